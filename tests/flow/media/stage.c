#include "stage.h"

#include <stdio.h>

/** Each story is told with one worker, and again with several, where everybody is on another one. */
static int64_t workers(void)
{
	const char *text = getenv("MEDIA_WORKERS");
	return text ? atoi(text) : 1;
}

struct media_config stage_config(void)
{
	return (struct media_config){
	        .announce = "127.0.0.1",
	        .workers = workers(),
	        .together = 0,
	        .max_sessions = 100,
	        .start_bitrate_bps = 1500000,
	        .max_bitrate_bps = 4000000,
	        .keyframe_min_ms = 1000,
	        .gather_us = 10000,
	        .join_bitrate_bps = 10000000,
	        .join_most_us = 300000,
	        .segmentation_offload = true,
	        .tcp = true,
	        .tcp_connections = 100,
	        .tcp_per_address = 100,
	        .consent_timeout_s = 35,
	};
}

static void on_event(const struct media_event *event, void *ctx)
{
	struct stage *stage = ctx;
	pthread_mutex_lock(&stage->lock);
	assert_true(stage->event_count < STAGE_EVENTS);
	stage->events[stage->event_count++] = *event;
	pthread_mutex_unlock(&stage->lock);
}

struct stage *stage_open(const struct media_config *config)
{
	struct stage *stage = calloc(1, sizeof *stage);
	char why[200];
	assert_non_null(stage);
	pthread_mutex_init(&stage->lock, NULL);
	stage->config = config ? *config : stage_config();
	stage->local_address = "127.0.0.1";
	stage->config.on_event = on_event;
	stage->config.ctx = stage;
	if (media_engine_create(&stage->config, why, sizeof why, &stage->engine) != 0)
		fail_msg("%s", why);
	return stage;
}

static void peer_free(struct stage_peer *peer)
{
	sim_peer_destroy(peer->sim);
	for (int kind = 0; kind < SIM_KINDS; kind++)
		free(peer->logs[kind].seen);
	free(peer->layers);
	free(peer);
}

void stage_close(struct stage *stage)
{
	media_engine_destroy(stage->engine);
	for (size_t i = 0; i < stage->peer_count; i++)
		peer_free(stage->peers[i]);
	pthread_mutex_destroy(&stage->lock);
	free(stage);
}

static void on_rtp(struct sim_peer *sim, enum sim_kind kind, const uint8_t *packet, size_t len, void *ctx)
{
	struct stage_peer *peer = ctx;
	struct stage_log *log = &peer->logs[kind];
	if (log->count == STAGE_SEEN)
		return;
	size_t at = packet[0] & 0x10 ? 16 + 4 * (size_t)(packet[14] << 8 | packet[15]) : 12;
	/* padding that makes packets equally long is no content (RFC 3550 §5.1) */
	if (packet[0] & 0x20 && packet[len - 1] <= len - at)
		len -= packet[len - 1];
	struct stage_seen *s = &log->seen[log->count++];
	*s = (struct stage_seen){
	        .seq = (uint16_t)(packet[2] << 8 | packet[3]),
	        .timestamp =
	                (uint32_t)packet[4] << 24 | (uint32_t)packet[5] << 16 | (uint32_t)packet[6] << 8 | packet[7],
	        .ssrc = (uint32_t)packet[8] << 24 | (uint32_t)packet[9] << 16 | (uint32_t)packet[10] << 8 | packet[11],
	        .pt = packet[1] & 0x7f,
	        .extension = packet[0] & 0x10,
	};
	if (kind == SIM_VIDEO && len > at + 5) {
		s->picture = (packet[at + 2] & 0x7f) << 8 | packet[at + 3];
		s->layer = packet[at + 4];
	}
	s->intact = stage_payload_intact(packet + at, len - at, &s->counter);
}

static void on_keyframe_wanted(struct sim_peer *sim, void *ctx)
{
	struct stage_peer *peer = ctx;
	peer->key_wanted = true;
	peer->key_requests++;
	if (peer->layers) {
		peer->layers[sim_peer_asked_layer(sim)].key_wanted = true;
		peer->layers[sim_peer_asked_layer(sim)].key_requests++;
	}
}

struct stage_peer *stage_enter(struct stage *stage, const char *stream, const struct sim_peer_config *config)
{
	struct stage_peer *peer = calloc(1, sizeof *peer);
	struct sim_peer_config own = *config;
	char why[300];
	assert_non_null(peer);
	assert_true(stage->peer_count < STAGE_PEERS);
	for (int kind = 0; kind < SIM_KINDS; kind++)
		assert_non_null(peer->logs[kind].seen = calloc(STAGE_SEEN, sizeof(struct stage_seen)));
	own.on_rtp = on_rtp;
	own.on_keyframe_wanted = on_keyframe_wanted;
	own.ctx = peer;
	peer->stage = stage;
	peer->role = config->role;
	assert_int_equal(sim_peer_create(&own, sim_now_us(), &peer->sim), 0);
	const char *sdp = sim_peer_offer(peer->sim);
	struct media_offer offer = {.role = config->role,
	                            .stream = stream,
	                            .sdp = sdp,
	                            .sdp_len = strlen(sdp),
	                            .local_address = stage->local_address};
	if (media_session_open(stage->engine, &offer, &peer->answer, why, sizeof why) != 0)
		fail_msg("%s", why);
	memcpy(peer->session, peer->answer.session, sizeof peer->session);
	assert_int_equal(sim_peer_answer(peer->sim, peer->answer.sdp, strlen(peer->answer.sdp), sim_now_us()), 0);
	free(peer->answer.sdp);
	peer->answer.sdp = NULL;
	peer->on_air = config->role == MEDIA_PUBLISH;
	peer->codec = peer->answer.video;
	stage->peers[stage->peer_count++] = peer;
	return peer;
}

struct stage_peer *stage_host(struct stage *stage, const char *stream)
{
	struct sim_peer_config config = {.role = MEDIA_PUBLISH};
	struct stage_peer *host = stage_enter(stage, stream, &config);
	stage_until_state(host, SIM_CONNECTED);
	return host;
}

struct stage_peer *stage_layered_host(struct stage *stage, const char *stream, enum media_codec codec)
{
	struct sim_peer_config config = {.role = MEDIA_PUBLISH, .layers = SIM_LAYERS, .no_h264 = codec != MEDIA_H264};
	struct stage_peer *host = stage_enter(stage, stream, &config);
	assert_non_null(host->layers = calloc(SIM_LAYERS, sizeof *host->layers));
	assert_int_equal(sim_peer_agreed(host->sim, SIM_VIDEO)->layers, SIM_LAYERS);
	assert_int_equal(host->codec, codec);
	stage_until_state(host, SIM_CONNECTED);
	return host;
}

struct stage_peer *stage_viewer(struct stage *stage, const char *stream)
{
	struct sim_peer_config config = {.role = MEDIA_VIEW};
	struct stage_peer *viewer = stage_enter(stage, stream, &config);
	stage_until_state(viewer, SIM_CONNECTED);
	return viewer;
}

void stage_remove(struct stage_peer *peer)
{
	struct stage *stage = peer->stage;
	for (size_t i = 0; i < stage->peer_count; i++) {
		if (stage->peers[i] != peer)
			continue;
		stage->peers[i] = stage->peers[--stage->peer_count];
		break;
	}
	peer_free(peer);
}

bool stage_play(struct stage *stage, int64_t ms, bool (*done)(struct stage *stage, void *ctx), void *ctx)
{
	int64_t end = sim_now_us() + ms * 1000;
	while (!done || !done(stage, ctx)) {
		struct sim_peer *sims[STAGE_PEERS];
		int64_t now = sim_now_us();
		if (now >= end)
			return false;
		for (size_t i = 0; i < stage->peer_count; i++) {
			sims[i] = stage->peers[i]->sim;
			if (stage->peers[i]->role == MEDIA_PUBLISH)
				stage_host_tick(stage->peers[i], now);
		}
		sim_peers_run(sims, stage->peer_count, 3, NULL, NULL);
	}
	return true;
}

void stage_until(struct stage *stage, bool (*done)(struct stage *stage, void *ctx), void *ctx)
{
	assert_true(stage_play(stage, STAGE_PATIENCE_MS, done, ctx));
}

struct awaited {
	const struct stage_peer *peer;
	enum sim_state state;
	enum sim_kind kind;
	size_t count;
	enum media_event_type type;
};

static bool in_state(struct stage *stage, void *ctx)
{
	const struct awaited *a = ctx;
	return sim_peer_state(a->peer->sim) == a->state;
}

void stage_until_state(struct stage_peer *peer, enum sim_state state)
{
	struct awaited a = {.peer = peer, .state = state};
	stage_until(peer->stage, in_state, &a);
}

static bool has_seen(struct stage *stage, void *ctx)
{
	const struct awaited *a = ctx;
	return a->peer->logs[a->kind].count >= a->count;
}

void stage_until_seen(struct stage_peer *viewer, enum sim_kind kind, size_t count)
{
	struct awaited a = {.peer = viewer, .kind = kind, .count = viewer->logs[kind].count + count};
	stage_until(viewer->stage, has_seen, &a);
}

static bool has_happened(struct stage *stage, void *ctx)
{
	const struct awaited *a = ctx;
	return stage_events(stage, a->peer, a->type) > 0;
}

void stage_until_event(struct stage *stage, const struct stage_peer *peer, enum media_event_type type)
{
	struct awaited a = {.peer = peer, .type = type};
	stage_until(stage, has_happened, &a);
}

bool stage_event(struct stage *stage, const struct stage_peer *peer, enum media_event_type type,
                 struct media_event *out)
{
	bool found = false;
	pthread_mutex_lock(&stage->lock);
	for (size_t i = 0; i < stage->event_count; i++) {
		const struct media_event *e = &stage->events[i];
		if (e->type != type || (peer && strcmp(e->session, peer->session) != 0))
			continue;
		*out = *e;
		found = true;
	}
	pthread_mutex_unlock(&stage->lock);
	return found;
}

size_t stage_events(struct stage *stage, const struct stage_peer *peer, enum media_event_type type)
{
	size_t count = 0;
	pthread_mutex_lock(&stage->lock);
	for (size_t i = 0; i < stage->event_count; i++)
		count += stage->events[i].type == type &&
		         (!peer || strcmp(stage->events[i].session, peer->session) == 0);
	pthread_mutex_unlock(&stage->lock);
	return count;
}

struct stats_wait {
	bool (*done)(const struct media_stats *stats);
	struct media_stats stats;
};

static bool stats_reached(struct stage *stage, void *ctx)
{
	struct stats_wait *wait = ctx;
	media_engine_stats(stage->engine, &wait->stats);
	return wait->done(&wait->stats);
}

struct media_stats stage_until_stats(struct stage *stage, bool (*done)(const struct media_stats *stats))
{
	struct stats_wait wait = {.done = done};
	stage_until(stage, stats_reached, &wait);
	return wait.stats;
}

static int by_counter(const void *a, const void *b)
{
	const struct stage_seen *x = a, *y = b;
	return x->counter < y->counter ? -1 : x->counter > y->counter;
}

void stage_assert_complete(const struct stage_peer *viewer, enum sim_kind kind, size_t from)
{
	const struct stage_log *log = &viewer->logs[kind];
	assert_true(log->count > from);
	size_t n = log->count - from;
	struct stage_seen *sorted = malloc(n * sizeof *sorted);
	assert_non_null(sorted);
	memcpy(sorted, log->seen + from, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, by_counter);
	for (size_t i = 0; i < n; i++) {
		assert_true(sorted[i].intact);
		assert_int_equal(sorted[i].counter, sorted[0].counter + i);
	}
	free(sorted);
}

void stage_assert_one_sequence(const struct stage_peer *viewer, enum sim_kind kind)
{
	const struct stage_log *log = &viewer->logs[kind];
	assert_true(log->count > 0);
	for (size_t i = 0; i < log->count; i++) {
		const struct stage_seen *s = &log->seen[i], *first = &log->seen[0];
		/* the host's own are gone; where numbers for the transport are agreed, all packets have one */
		assert_int_equal(s->extension != 0, sim_peer_agreed(viewer->sim, kind)->twcc_id > 0);
		assert_int_equal(s->ssrc, first->ssrc);
		assert_int_equal((uint16_t)(s->seq - first->seq), (uint16_t)(s->counter - first->counter));
	}
	assert_true(log->seen[0].seq < 0x8000);
}
