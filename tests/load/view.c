/* Viewers: how many connect, how soon they see a picture, what they lose. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "load.h"

#define STATS_US 1000000
#define SETTLED_US 2000000 /* from then on a viewer was there before, when others come */
#define SPARE_DESCRIPTORS 32
#define PAUSE_US 1000000 /* a picture that was away for so long has come back */

struct viewer {
	struct load_connection connection;
	enum media_codec codec;
	uint64_t keyframes; /**< of this connection, at the last look */
	int64_t picture_us; /**< newest video packet */
	bool resumed;       /**< after a pause: the next keyframe is news */
	int64_t connect_us, packet_us,
	        keyframe_us; /**< from the request on; -1: not yet; of the first connection that got there */
	int64_t gap_us;      /**< longest that a picture kept a settled viewer waiting; -1: it never was one */
	struct sim_track_stats past[SIM_KINDS]; /**< of connections that are over */
};

struct view {
	const struct load_options *options;
	struct media_dtls_context *dtls;
	struct viewer *viewers;
	struct load_window window;
	int64_t began_us, stats_us, all_us; /**< all_us: since when all are connected, 0: not yet */
	int64_t gap_us;                     /**< the longest of the last second, of all settled viewers */
};

static void add(struct sim_track_stats *sum, const struct sim_track_stats *t)
{
	sum->packets += t->packets;
	sum->bytes += t->bytes;
	sum->frames += t->frames;
	sum->keyframes += t->keyframes;
	sum->lost += t->lost;
	sum->recovered += t->recovered;
	sum->duplicates += t->duplicates;
	sum->plis += t->plis;
	sum->reports += t->reports;
}

static void on_connected(struct load_connection *c)
{
	struct viewer *v = c->ctx;

	v->keyframes = 0;
	v->codec = MEDIA_NO_CODEC;
	v->resumed = true;
	if (v->connect_us < 0)
		v->connect_us = c->connected_us - c->asked_us;
}

static void on_closed(struct load_connection *c)
{
	struct viewer *v = c->ctx;
	int kind;

	for (kind = 0; kind < SIM_KINDS; kind++)
		add(&v->past[kind], sim_peer_track(c->peer, kind));
}

static void tell_keyframe(struct viewer *v, int64_t now)
{
	load_emit(json_pack("{s:s,s:i,s:s,s:I}", "event", "keyframe", "number", v->connection.number, "codec",
	                    v->codec == MEDIA_VP8 ? "vp8" : "h264", "ms",
	                    (json_int_t)((now - v->connection.asked_us) / 1000)));
}

static void on_rtp(struct sim_peer *peer, enum sim_kind kind, const uint8_t *packet, size_t len, void *ctx)
{
	const struct sim_track_stats *t = sim_peer_track(peer, SIM_VIDEO);
	struct viewer *v = ctx;
	int64_t now = sim_now_us();
	enum media_codec codec;

	(void)packet;
	(void)len;
	if (v->packet_us < 0)
		v->packet_us = now - v->connection.asked_us;
	if (kind != SIM_VIDEO)
		return;
	v->resumed |= now - v->picture_us > PAUSE_US;
	v->picture_us = now;
	if (t->keyframes == v->keyframes)
		return;
	v->keyframes = t->keyframes;
	if (v->keyframe_us < 0)
		v->keyframe_us = now - v->connection.asked_us;
	codec = t->pt == sim_peer_agreed(peer, SIM_VIDEO)->vp8_pt ? MEDIA_VP8 : MEDIA_H264;
	if (!v->resumed && codec == v->codec)
		return;
	v->resumed = false;
	v->codec = codec;
	tell_keyframe(v, now);
}

static void viewer_init(struct view *view, struct viewer *v, int number)
{
	const char *codec = view->options->codec;

	v->connect_us = v->packet_us = v->keyframe_us = v->gap_us = -1;
	v->connection = (struct load_connection){
	        .options = view->options,
	        .config = {.role = MEDIA_VIEW,
	                   .no_h264 = codec && strcmp(codec, "vp8") == 0,
	                   .no_vp8 = codec && strcmp(codec, "h264") == 0,
	                   .dtls = view->dtls,
	                   .back = MEDIA_SRTP_BACK_OPENSSL,
	                   .consent_timeout_us = LOAD_CONSENT_US,
	                   .sample = (unsigned)view->options->sample,
	                   .arrivals = view->options->gaps,
	                   .on_rtp = on_rtp,
	                   .ctx = v},
	        .number = number,
	        .again = view->options->reconnect || view->options->stay > 0,
	        .stay_us = view->options->stay * 1000000,
	        .connected = on_connected,
	        .closed = on_closed,
	        .ctx = v,
	};
	load_connection_init(&v->connection);
	if (view->options->rate > 0)
		v->connection.due_us = view->began_us + number * 1000000 / view->options->rate;
}

/** Everything received so far, by all. @return connected now. */
static int sum_up(const struct view *view, struct sim_track_stats sum[SIM_KINDS])
{
	int i, kind, connected = 0;

	memset(sum, 0, sizeof(*sum) * SIM_KINDS);
	for (i = 0; i < view->options->count; i++) {
		const struct viewer *v = &view->viewers[i];

		for (kind = 0; kind < SIM_KINDS; kind++) {
			add(&sum[kind], &v->past[kind]);
			if (v->connection.state == LOAD_CONNECTED)
				add(&sum[kind], sim_peer_track(v->connection.peer, kind));
		}
		connected += v->connection.state == LOAD_CONNECTED;
	}
	return connected;
}

static json_t *counters(const char *event, const struct view *view)
{
	struct sim_track_stats sum[SIM_KINDS];
	int connected = sum_up(view, sum);
	const struct sim_track_stats *v = &sum[SIM_VIDEO], *a = &sum[SIM_AUDIO];

	return json_pack("{s:s,s:i,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "event", event, "count",
	                 view->options->count, "connected", connected, "packets", (json_int_t)(v->packets + a->packets),
	                 "bytes", (json_int_t)(v->bytes + a->bytes), "audio_packets", (json_int_t)a->packets, "frames",
	                 (json_int_t)v->frames, "keyframes", (json_int_t)v->keyframes, "lost",
	                 (json_int_t)(v->lost + a->lost), "audio_lost", (json_int_t)a->lost, "recovered",
	                 (json_int_t)v->recovered, "plis", (json_int_t)v->plis, "reports",
	                 (json_int_t)(v->reports + a->reports));
}

/** @return connected now. */
static int delivered(const struct view *view, struct load_delivered *out)
{
	struct sim_track_stats sum[SIM_KINDS];
	int connected = sum_up(view, sum);

	*out = (struct load_delivered){.packets = sum[SIM_VIDEO].packets + sum[SIM_AUDIO].packets,
	                               .bytes = sum[SIM_VIDEO].bytes + sum[SIM_AUDIO].bytes,
	                               .lost = sum[SIM_VIDEO].lost + sum[SIM_AUDIO].lost,
	                               .audio_packets = sum[SIM_AUDIO].packets,
	                               .audio_bytes = sum[SIM_AUDIO].bytes};
	return connected;
}

/** What is delivered counts from a while after the last viewer has come. @return whether it has been counted for as
 * long as it should. */
static bool count_window(struct view *view, int64_t now_us)
{
	const struct load_options *o = view->options;
	struct load_delivered so_far;
	int i, ever = 0;

	for (i = 0; view->all_us == 0 && i < o->count; i++)
		ever += view->viewers[i].connect_us >= 0;
	if (view->all_us == 0 && ever == o->count)
		view->all_us = now_us;
	if (view->window.open)
		return o->window > 0 && now_us - view->window.began_us >= o->window * 1000000;
	if (view->all_us == 0 || now_us - view->all_us < o->warmup * 1000000)
		return false;
	delivered(view, &so_far);
	load_window_open(&view->window, now_us, &so_far, o->pid);
	load_emit(json_pack("{s:s}", "event", "window"));
	return false;
}

/** How late packets were for those who have been there for a while. */
static void note_gaps(struct view *view, int64_t now_us)
{
	view->gap_us = -1;
	for (int i = 0; i < view->options->count; i++) {
		struct viewer *v = &view->viewers[i];
		int64_t late_us;

		if (v->connection.state != LOAD_CONNECTED)
			continue;
		late_us = sim_peer_late_us(v->connection.peer, SIM_VIDEO);
		if (now_us - v->connection.connected_us < SETTLED_US + STATS_US)
			continue; /* of a second in part of which it caught up */
		v->gap_us = late_us > v->gap_us ? late_us : v->gap_us;
		view->gap_us = late_us > view->gap_us ? late_us : view->gap_us;
	}
}

static void tell(struct view *view, int64_t now_us)
{
	json_t *out = counters("stats", view);
	struct load_process server;

	if (view->options->gaps) {
		note_gaps(view, now_us);
		json_object_set_new(out, "gap_ms",
		                    view->gap_us < 0 ? json_null() : json_real((double)view->gap_us / 1000));
	}
	if (view->options->pid && load_process_read(view->options->pid, &server) == 0)
		json_object_set_new(out, "rss_bytes", json_integer(server.rss_bytes));
	load_emit(out);
}

static bool tick(int64_t now_us, void *ctx)
{
	struct view *view = ctx;
	int i, over = 0;

	if (count_window(view, now_us))
		return false;
	for (i = 0; i < view->options->count; i++) {
		load_connection_tick(&view->viewers[i].connection, now_us);
		over += view->viewers[i].connection.state == LOAD_OVER;
	}
	if (now_us - view->stats_us >= STATS_US) {
		view->stats_us = now_us;
		tell(view, now_us);
	}
	return over < view->options->count;
}

/** How long it took the viewers to get somewhere. @param offset of the time in struct viewer. */
static json_t *spread(const struct view *view, size_t offset)
{
	int64_t *values = calloc((size_t)view->options->count, sizeof(*values));
	json_t *out;

	for (int i = 0; values && i < view->options->count; i++)
		memcpy(&values[i], (const char *)&view->viewers[i] + offset, sizeof(*values));
	out = values ? load_spread(values, (size_t)view->options->count) : json_null();
	free(values);
	return out;
}

static json_t *measured(const struct view *view)
{
	struct load_delivered all;
	int connected = delivered(view, &all);

	return load_window_close(&view->window, sim_now_us(), &all, connected, view->options->pid);
}

static int summary(const struct view *view)
{
	json_t *out = counters("summary", view);
	int i, ever = 0;

	for (i = 0; i < view->options->count; i++)
		ever += view->viewers[i].connect_us >= 0;
	json_object_set_new(out, "ever_connected", json_integer(ever));
	json_object_set_new(out, "connect_ms", spread(view, offsetof(struct viewer, connect_us)));
	json_object_set_new(out, "first_packet_ms", spread(view, offsetof(struct viewer, packet_us)));
	json_object_set_new(out, "first_keyframe_ms", spread(view, offsetof(struct viewer, keyframe_us)));
	if (view->options->gaps)
		json_object_set_new(out, "gap_ms", spread(view, offsetof(struct viewer, gap_us)));
	if (view->window.open)
		json_object_set_new(out, "window", measured(view));
	if (view->options->table)
		load_print_table(out);
	load_emit(out);
	return ever == view->options->count ? 0 : 1;
}

/** Each viewer takes a descriptor, and a second one while it asks. @return 0; -EMFILE. */
static int descriptors_for(int count)
{
	rlim_t wanted = 2 * (rlim_t)count + SPARE_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur < (rlim_t)count + SPARE_DESCRIPTORS ? -EMFILE : 0;
}

int load_view(const struct load_options *options)
{
	struct view view = {.options = options, .stats_us = sim_now_us(), .began_us = sim_now_us()};
	int i, rc;

	if (options->pid && load_process_read(options->pid, &view.window.before) < 0) {
		fprintf(stderr, "trunkshow-load: there is no process %ld\n", (long)options->pid);
		return 1;
	}
	if (descriptors_for(options->count) < 0) {
		fprintf(stderr,
		        "trunkshow-load: %d viewers need more descriptors than this process may have (ulimit -Hn)\n",
		        options->count);
		return 1;
	}
	if (load_loop_open() < 0 || media_dtls_context_create(&view.dtls) < 0)
		return 1;
	view.viewers = calloc((size_t)options->count, sizeof(*view.viewers));
	if (!view.viewers)
		return 1;
	for (i = 0; i < options->count; i++)
		viewer_init(&view, &view.viewers[i], i);
	load_loop_run(options->seconds, tick, &view);
	rc = summary(&view);
	for (i = 0; i < options->count; i++)
		load_connection_finish(&view.viewers[i].connection, i < 16 ? 200 : 0);
	free(view.viewers);
	media_dtls_context_destroy(view.dtls);
	return rc;
}
