/* What the simulated host sends: packets that look right to a forwarder, each with its counter and content that follows
 * from it. */
#include "stage.h"

enum { TAIL = 64, VIDEO_INTERVAL_US = 33333, AUDIO_INTERVAL_US = 20000, DELTA_PACKETS = 3, KEY_PACKETS = 5 };

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static uint8_t filler(uint32_t counter, size_t i)
{
	uint32_t x = (counter * 2654435761u) ^ (uint32_t)(i * 40503u);
	return (uint8_t)((x >> 13 ^ x) | 1);
}

size_t stage_payload_put(uint8_t *p, size_t at, uint32_t counter)
{
	for (size_t i = 0; i < TAIL - 4; i++)
		p[at + i] = filler(counter, i);
	put32(p + at + TAIL - 4, counter);
	return at + TAIL;
}

bool stage_payload_intact(const uint8_t *payload, size_t len, uint32_t *counter)
{
	if (len < TAIL)
		return false;
	const uint8_t *tail = payload + len - TAIL, *c = tail + TAIL - 4;
	*counter = (uint32_t)c[0] << 24 | (uint32_t)c[1] << 16 | (uint32_t)c[2] << 8 | c[3];
	for (size_t i = 0; i < TAIL - 4; i++)
		if (tail[i] != filler(*counter, i))
			return false;
	return true;
}

static void send(struct stage_peer *host, enum sim_kind kind, bool marker, const void *head, size_t head_len,
                 int64_t now_us)
{
	uint8_t payload[1200];
	uint32_t rate = kind == SIM_VIDEO ? 90 : 48, number = host->counters[kind];
	uint32_t counter = number | (kind == SIM_VIDEO ? host->layer << 28 : 0);
	memcpy(payload, head, head_len);
	/* sizes differ from packet to packet */
	size_t pad = kind == SIM_VIDEO ? 300 + number * 37 % 500 : number % 40;
	memset(payload + head_len, 0x55, pad);
	size_t len = stage_payload_put(payload, head_len + pad, counter);
	uint32_t timestamp = host->timestamp_base[kind] + (uint32_t)((now_us - host->started_us) * rate / 1000);
	if (number < STAGE_SEEN)
		*(host->layers && kind == SIM_VIDEO ? &host->layers[host->layer].capture_us[number]
		                                    : &host->capture_us[kind][number]) = now_us;
	if (sim_peer_send_rtp(host->sim, kind, timestamp, marker, payload, len) == 0)
		host->counters[kind]++;
}

/** Of a frame. */
static int packets(const struct stage_peer *host, bool key)
{
	static const int of_layer[SIM_LAYERS] = {1, 3, 10};
	int delta = host->layers ? of_layer[host->layer] : DELTA_PACKETS;
	return key ? delta + KEY_PACKETS - DELTA_PACKETS : delta;
}

/** SPS (640x360), PPS and, for the counter, an SEI in one STAP-A; then the IDR in fragments. */
static void h264_frame(struct stage_peer *host, bool key, int64_t now_us)
{
	static const uint8_t sets[] = {0x78, 0,    15,   0x67, 0x42, 0xc0, 0x1e, 0x8c, 0x8d, 0x40, 0x50, 0x17,
	                               0xfc, 0xb0, 0x0f, 0x08, 0x84, 0x6a, 0,    4,    0x68, 0xce, 0x3c, 0x80};
	if (key && !(host->sets_once && host->counters[SIM_VIDEO] > 0)) {
		uint8_t head[sizeof sets + 2];
		uint32_t counter = host->counters[SIM_VIDEO];
		size_t sei = 300 + counter * 37 % 500 + TAIL;
		memcpy(head, sets, sizeof sets);
		head[sizeof sets] = (uint8_t)(sei >> 8);
		head[sizeof sets + 1] = (uint8_t)sei;
		send(host, SIM_VIDEO, false, head, sizeof head, now_us);
	}
	int count = packets(host, key);
	for (int i = 0; i < count; i++) {
		uint8_t head[] = {key ? 0x7c : 0x5c,
		                  (uint8_t)((i == 0 ? 0x80 : 0) | (i == count - 1 ? 0x40 : 0) | (key ? 5 : 1))};
		send(host, SIM_VIDEO, i == count - 1, head, sizeof head, now_us);
	}
}

static void vp8_frame(struct stage_peer *host, bool key, int64_t now_us)
{
	const uint32_t width = host->layers ? 320u << host->layer : 640, height = width * 9 / 16;
	const uint8_t key_head[] = {0x50,
	                            0x4a,
	                            0x02,
	                            0x9d,
	                            0x01,
	                            0x2a,
	                            (uint8_t)width,
	                            (uint8_t)(width >> 8),
	                            (uint8_t)height,
	                            (uint8_t)(height >> 8)};
	int count = packets(host, key);
	uint32_t picture = host->pictures_base + host->frames;
	for (int i = 0; i < count; i++) {
		/* S at the start of a frame; a picture id of 15 bits, TL0PICIDX, TID 0 */
		uint8_t head[6 + sizeof key_head] = {
		        i ? 0x80 : 0x90,  0xe0, (uint8_t)(0x80 | (picture >> 8 & 0x7f)), (uint8_t)picture,
		        (uint8_t)picture, 0x20};
		size_t len = 6;
		if (i == 0 && key) {
			memcpy(head + 6, key_head, sizeof key_head);
			len += sizeof key_head;
		} else if (i == 0) {
			head[len++] = 0x51;
		}
		send(host, SIM_VIDEO, i == count - 1, head, len, now_us);
	}
}

/** A host whose wall clock is years off, as phones' may be: only differences count. */
static void start_clocks(struct stage_peer *host, int64_t now_us)
{
	host->started_us = now_us;
	for (int kind = 0; kind < SIM_KINDS; kind++) {
		host->timestamp_base[kind] =
		        0xFFFFF000u + 977u * (uint32_t)kind + sim_peer_ssrc(host->sim, (enum sim_kind)kind);
		host->next_us[kind] = now_us;
		sim_peer_sender_clock(host->sim, (enum sim_kind)kind, (uint64_t)0xBC000000 << 32,
		                      host->timestamp_base[kind]);
	}
	for (unsigned i = 0; host->layers && i < SIM_LAYERS; i++) {
		host->layers[i].timestamp_base = 0x7FFFF000u + 0x23456789u * i;
		host->layers[i].pictures_base = 0x7FF0u + 4321u * i;
		assert_int_equal(sim_peer_use_layer(host->sim, i), 0);
		sim_peer_sender_clock(host->sim, SIM_VIDEO, (uint64_t)0xBC000000 << 32, host->layers[i].timestamp_base);
	}
}

static void frame(struct stage_peer *host, bool *key_wanted, int64_t now_us)
{
	bool key = host->frames == 0 || (*key_wanted && !host->no_keyframes);
	*key_wanted = key ? false : *key_wanted;
	host->frames++;
	if (host->codec == MEDIA_VP8)
		vp8_frame(host, key, now_us);
	else
		h264_frame(host, key, now_us);
}

/** The host takes a layer's numbers for its own, or gives them back. */
static void wear(struct stage_peer *host, struct stage_layer *layer, bool on)
{
	struct stage_layer *to = on ? NULL : layer;
	uint32_t *own[] = {&host->counters[SIM_VIDEO], &host->timestamp_base[SIM_VIDEO], &host->pictures_base,
	                   &host->frames};
	uint32_t *its[] = {&layer->counter, &layer->timestamp_base, &layer->pictures_base, &layer->frames};
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		*(to ? its[i] : own[i]) = *(to ? own[i] : its[i]);
}

/** One picture in all sizes, each a source with numbers and times of its own. */
static void layered_frame(struct stage_peer *host, int64_t now_us)
{
	for (host->layer = 0; host->layer < SIM_LAYERS; host->layer++) {
		struct stage_layer *layer = &host->layers[host->layer];
		if (layer->silent)
			continue;
		assert_int_equal(sim_peer_use_layer(host->sim, host->layer), 0);
		wear(host, layer, true);
		frame(host, &layer->key_wanted, now_us);
		wear(host, layer, false);
	}
	host->layer = 0;
}

void stage_host_tick(struct stage_peer *host, int64_t now_us)
{
	if (!host->on_air || sim_peer_state(host->sim) != SIM_CONNECTED)
		return;
	if (host->started_us == 0)
		start_clocks(host, now_us);
	if (!host->mute && now_us >= host->next_us[SIM_AUDIO]) {
		host->next_us[SIM_AUDIO] = now_us + AUDIO_INTERVAL_US;
		send(host, SIM_AUDIO, false, "\x78", 1, now_us);
	}
	if (now_us < host->next_us[SIM_VIDEO])
		return;
	host->next_us[SIM_VIDEO] = now_us + VIDEO_INTERVAL_US;
	if (host->layers)
		layered_frame(host, now_us);
	else
		frame(host, &host->key_wanted, now_us);
}
