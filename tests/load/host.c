/* A host: what the source makes, published by WHIP; it comes back for as long as it takes. */
#include <stdio.h>
#include <string.h>

#include "pipeline/seam.h"
#include "source.h"

#define STATS_US 1000000

/* What the layers below the best make of the source, smallest first. */
static const char *const smaller[SIM_LAYERS - 1][7] = {
        {"--width", "180", "--height", "320", "--bitrate", "150000", NULL},
        {"--width", "360", "--height", "640", "--bitrate", "500000", NULL},
};

/** One size of the picture; the best brings the sound, too. */
struct layer {
	struct host *host;
	struct load_source source;
	unsigned number;
	bool best;
	uint32_t ssrc[SIM_KINDS]; /**< the source's, as its packets tell */
};

struct host {
	struct load_connection connection;
	struct layer layers[SIM_LAYERS];
	unsigned count;
	int64_t stats_us;
};

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/** @return whether packets of the layer can be sent now: we are connected, and the server takes it. */
static bool begin(const struct layer *layer, enum sim_kind kind)
{
	const struct load_connection *c = &layer->host->connection;

	return c->state == LOAD_CONNECTED &&
	       (kind == SIM_AUDIO ? layer->best : sim_peer_use_layer(c->peer, layer->number) == 0);
}

static void forward(struct layer *layer, enum sim_kind kind, const uint8_t *packet, size_t len)
{
	if (len < 12)
		return;
	layer->ssrc[kind] = u32(packet + 8);
	if (begin(layer, kind))
		sim_peer_forward_rtp(layer->host->connection.peer, kind, packet, len);
}

/** The source's sender reports tie both RTP clocks to one wall clock; the peer sends its own from that. */
static void take_reports(struct layer *layer, const uint8_t *p, size_t len)
{
	size_t at = 0;
	int kind;

	while (at + 28 <= len && p[at + 1] == 200) {
		for (kind = 0; kind < SIM_KINDS; kind++) {
			if (layer->ssrc[kind] == u32(p + at + 4) && begin(layer, kind))
				sim_peer_sender_clock(layer->host->connection.peer, kind,
				                      (uint64_t)u32(p + at + 8) << 32 | u32(p + at + 12),
				                      u32(p + at + 16));
		}
		at += 28;
	}
}

static void on_packet(char kind, const uint8_t *body, size_t len, void *ctx)
{
	struct layer *layer = ctx;

	if (kind == MEDIA_SEAM_VIDEO)
		forward(layer, SIM_VIDEO, body, len);
	else if (kind == MEDIA_SEAM_AUDIO)
		forward(layer, SIM_AUDIO, body, len);
	else if (kind == MEDIA_SEAM_RTCP)
		take_reports(layer, body, len);
}

static void on_connected(struct load_connection *c)
{
	struct host *h = c->ctx;

	for (unsigned i = 0; i < h->count; i++)
		load_source_keyframe(&h->layers[i].source);
}

static void on_keyframe_wanted(struct sim_peer *peer, void *ctx)
{
	struct host *h = ctx;
	unsigned layer = h->count > 1 ? sim_peer_asked_layer(peer) : 0;

	load_source_keyframe(&h->layers[layer < h->count ? layer : 0].source);
}

static json_t *counters(const char *event, const struct host *h)
{
	bool connected = h->connection.state == LOAD_CONNECTED;
	static const struct sim_track_stats none;
	const struct sim_track_stats *v = connected ? sim_peer_track(h->connection.peer, SIM_VIDEO) : &none;
	const struct sim_track_stats *a = connected ? sim_peer_track(h->connection.peer, SIM_AUDIO) : &none;

	return json_pack("{s:s,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "event", event, "connected", (int)connected,
	                 "packets", (json_int_t)(v->packets + a->packets), "bytes", (json_int_t)(v->bytes + a->bytes),
	                 "audio_packets", (json_int_t)a->packets, "plis", (json_int_t)v->plis, "nacks",
	                 (json_int_t)v->nacks, "repairs", (json_int_t)v->repairs, "reports", (json_int_t)v->reports);
}

static bool tick(int64_t now_us, void *ctx)
{
	struct host *h = ctx;

	for (unsigned i = 0; i < h->count; i++)
		load_source_tick(&h->layers[i].source, now_us);
	load_connection_tick(&h->connection, now_us);
	if (h->connection.options->stats && now_us - h->stats_us >= STATS_US) {
		h->stats_us = now_us;
		load_emit(counters("stats", h));
	}
	return true;
}

static void prepare_layers(struct host *h, const struct load_options *options)
{
	h->count = options->layers > 1 ? (unsigned)options->layers : 1;
	for (unsigned i = 0; i < h->count; i++) {
		struct layer *layer = &h->layers[i];
		bool best = i + 1 == h->count;

		*layer = (struct layer){.host = h, .number = i, .best = best};
		layer->source = (struct load_source){
		        .options = options, .more = best ? NULL : smaller[i], .packet = on_packet, .ctx = layer};
		load_source_init(&layer->source);
	}
}

int load_host(const struct load_options *options)
{
	bool vp8 = options->codec && strcmp(options->codec, "vp8") == 0;
	struct host h = {.stats_us = sim_now_us()};

	h.connection = (struct load_connection){
	        .options = options,
	        .config = {.role = MEDIA_PUBLISH,
	                   .no_h264 = vp8,
	                   .no_vp8 = !vp8,
	                   .layers = options->layers > 1 ? (unsigned)options->layers : 0,
	                   .back = MEDIA_SRTP_BACK_OPENSSL,
	                   .consent_timeout_us = LOAD_CONSENT_US,
	                   .on_keyframe_wanted = on_keyframe_wanted,
	                   .ctx = &h},
	        .again = true,
	        .connected = on_connected,
	        .ctx = &h,
	};
	if (load_loop_open() < 0)
		return 1;
	prepare_layers(&h, options);
	load_connection_init(&h.connection);
	load_loop_run(options->seconds, tick, &h);
	load_emit(counters("summary", &h));
	load_connection_finish(&h.connection, 1000);
	for (unsigned i = 0; i < h.count; i++)
		load_source_stop(&h.layers[i].source);
	return 0;
}
