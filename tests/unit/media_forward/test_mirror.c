/* A source and its mirror on two workers that nobody runs: what was said lies in their inboxes until it is taken. */
#include "check.h"

#include <stdlib.h>

#include "forward/link.h"
#include "forward/peers.h"
#include "forward/stream.h"

enum { TRACK = FORWARD_VIDEO, LEN = 200, MOST = 10000 };

struct pair {
	struct media_config config;
	struct forward_worker *workers[2];
	struct forward_stream *source, *mirror;
	struct forward_track *track;
};

static struct forward_stream *stream_on(struct forward_worker *worker)
{
	struct forward_stream *stream = calloc(1, sizeof *stream);
	assert_non_null(stream);
	stream->worker = worker;
	stream->tap.fd = -1;
	stream->gather.serial = 1;
	for (size_t i = 0; i < FORWARD_TRACKS; i++) {
		stream->tracks[i].kind = forward_kind_of(i);
		stream->tracks[i].index = (uint8_t)i;
	}
	return stream;
}

/** The mirror has subscribed, and knows that there is nothing yet. */
static void pair_open(struct pair *pair)
{
	*pair = (struct pair){.config = {0}};
	for (uint8_t i = 0; i < 2; i++) {
		struct forward_worker *w = pair->workers[i] = aligned_alloc(64, (sizeof *w + 63) / 64 * 64);
		assert_non_null(w);
		memset(w, 0, sizeof *w);
		w->index = w->via = i;
		w->config = &pair->config;
		w->peers = pair->workers;
		w->peer_count = 2;
		w->now_us = 1000000;
		assert_int_equal(forward_inbox_create(&w->inbox), 0);
	}
	pair->source = stream_on(pair->workers[0]);
	pair->mirror = stream_on(pair->workers[1]);
	pair->mirror->references = 1;
	assert_int_equal(forward_mirror_create(pair->mirror, 0), 0);
	struct forward_link *link = &pair->mirror->mirror->link;
	link->source = pair->source;
	pair->source->links = link;
	pair->mirror->mirror->state = FORWARD_MIRROR_ON;
	pair->track = &pair->source->tracks[TRACK];
	pair->track->receive.sequence.highest = 0;
	assert_int_equal(forward_track_begin(pair->track, &(struct forward_codec){.clock = 90000}, 7), 0);
}

static void pair_close(struct pair *pair)
{
	for (int i = 0; i < 2; i++)
		forward_mirrors_drop(pair->workers[i]);
	forward_mirror_destroy(pair->mirror);
	struct forward_stream *streams[] = {pair->source, pair->mirror};
	for (int i = 0; i < 2; i++) {
		for (size_t t = 0; t < FORWARD_TRACKS; t++)
			forward_track_finish(&streams[i]->tracks[t]);
		free(streams[i]);
		forward_inbox_destroy(pair->workers[i]->inbox);
		free(pair->workers[i]);
	}
}

/** The host has sent a packet. */
static void sends(struct pair *pair, int64_t ext)
{
	struct forward_packet *p = forward_cache_add(pair->track->cache, pair->track->epoch, ext, LEN);
	assert_non_null(p);
	memset(p->data, (int)(ext & 0xFF), LEN);
	forward_links_packet(pair->source, pair->track, p);
}

static void hears(struct forward_worker *worker)
{
	while (forward_ring_front(&worker->inbox->messages))
		forward_mirrors_receive(worker);
}

static const struct forward_packet *mirrored(const struct pair *pair, int64_t ext)
{
	const struct forward_track *track = &pair->mirror->tracks[TRACK];
	return track->cache ? forward_cache_get(track->cache, track->epoch, ext) : NULL;
}

static void a_full_inbox_loses_packets_and_wants_one_keyframe(void **state)
{
	struct pair pair;
	pair_open(&pair);
	const struct media_stats *stats = &pair.workers[0]->stats;
	const struct forward_link *link = pair.source->links;
	int64_t ext = 1;
	for (; stats->handover_drops == 0 && ext < MOST; ext++)
		sends(&pair, ext);
	assert_int_equal(stats->handover_drops, 1);
	int64_t first_lost = ext - 1;
	assert_true(first_lost > 1000);
	assert_true(link->losing);
	assert_true(pair.track->keyframe.wanted);
	/* what goes on being lost is the same hole */
	pair.track->keyframe.wanted = false;
	for (int i = 0; i < 10; i++)
		sends(&pair, ext++);
	assert_int_equal(stats->handover_drops, 11);
	assert_false(pair.track->keyframe.wanted);
	/* there is room again: it goes on, and the next hole is another */
	hears(pair.workers[1]);
	assert_non_null(mirrored(&pair, first_lost - 1));
	assert_null(mirrored(&pair, first_lost));
	sends(&pair, ext);
	assert_false(link->losing);
	hears(pair.workers[1]);
	assert_non_null(mirrored(&pair, ext));
	assert_int_equal(stats->handover_drops, 11);
	while (stats->handover_drops == 11)
		sends(&pair, ++ext);
	assert_true(pair.track->keyframe.wanted);
	pair_close(&pair);
}

static void what_the_inbox_lost_is_fetched_when_viewers_lack_it(void **state)
{
	struct pair pair;
	pair_open(&pair);
	const struct media_stats *stats = &pair.workers[0]->stats;
	int64_t ext = 1;
	for (; stats->handover_drops == 0 && ext < MOST; ext++)
		sends(&pair, ext);
	int64_t lost = ext - 1;
	hears(pair.workers[1]);
	sends(&pair, ext);
	hears(pair.workers[1]);
	assert_null(mirrored(&pair, lost));
	/* of many who lack it the source hears once */
	for (int i = 0; i < 100; i++)
		forward_stream_want_packet(pair.mirror, &pair.mirror->tracks[TRACK], lost);
	const struct forward_message *m = forward_ring_front(&pair.workers[0]->inbox->messages);
	assert_non_null(m);
	assert_int_equal(m->type, FORWARD_WANT_PACKET);
	assert_int_equal(m->ext, lost);
	forward_mirrors_receive(pair.workers[0]);
	m = forward_ring_front(&pair.workers[1]->inbox->messages);
	assert_non_null(m);
	assert_int_equal(m->type, FORWARD_PACKET);
	hears(pair.workers[1]);
	const struct forward_packet *p = mirrored(&pair, lost);
	assert_non_null(p);
	assert_int_equal(p->len, LEN);
	for (size_t i = 0; i < LEN; i++)
		assert_int_equal(p->data[i], lost & 0xFF);
	/* by reference: both caches have the one copy */
	assert_ptr_equal(p->data, forward_cache_get(pair.track->cache, pair.track->epoch, lost)->data);
	/* the newest stays the newest */
	assert_int_equal(forward_track_newest(&pair.mirror->tracks[TRACK]), ext);
	pair_close(&pair);
}

static void a_packet_that_is_nowhere_is_not_sent(void **state)
{
	struct pair pair;
	pair_open(&pair);
	for (int64_t ext = 1; ext <= 10; ext++)
		sends(&pair, ext == 5 ? 11 : ext);
	hears(pair.workers[1]);
	forward_stream_want_packet(pair.mirror, &pair.mirror->tracks[TRACK], 5);
	hears(pair.workers[0]);
	assert_null(forward_ring_front(&pair.workers[1]->inbox->messages));
	pair_close(&pair);
}

/** A wish for a keyframe that found no room is said again with the next tick. */
static void a_wish_outlasts_a_full_inbox(void **state)
{
	struct pair pair;
	pair_open(&pair);
	struct forward_worker *source = pair.workers[0], *mirror = pair.workers[1];
	struct forward_message *m;
	size_t filled = 0;
	for (; (m = forward_peers_claim(mirror, 0, FORWARD_WATCHED)) != NULL; filled++) {
		m->link = &pair.mirror->mirror->link;
		m->track = TRACK;
		forward_peers_publish(mirror, 0, m);
	}
	assert_true(filled > 1000);
	forward_stream_want_keyframe(pair.mirror, &pair.mirror->tracks[TRACK]);
	hears(source);
	assert_false(pair.track->keyframe.wanted);
	forward_mirrors_again(mirror);
	hears(source);
	assert_true(pair.track->keyframe.wanted);
	/* once */
	pair.track->keyframe.wanted = false;
	forward_mirrors_again(mirror);
	assert_null(forward_ring_front(&source->inbox->messages));
	pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_full_inbox_loses_packets_and_wants_one_keyframe),
	        cmocka_unit_test(what_the_inbox_lost_is_fetched_when_viewers_lack_it),
	        cmocka_unit_test(a_packet_that_is_nowhere_is_not_sent),
	        cmocka_unit_test(a_wish_outlasts_a_full_inbox),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
