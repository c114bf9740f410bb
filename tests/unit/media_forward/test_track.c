#include "check.h"

#include "forward/track.h"
#include "rtp/ntp.h"

static const uint8_t sps[] = {0x67, 0x42, 0xc0, 0x1e, 0x8c, 0x8d, 0x40, 0x50,
                              0x17, 0xfc, 0xb0, 0x0f, 0x08, 0x84, 0x6a}; /* 640x360 */
static const uint8_t idr[] = {0x65, 0x88, 0x84}, delta[] = {0x41, 0x9a, 0x02};
static const struct forward_codec h264 = {.codec = MEDIA_H264, .pt = 102, .rtx_pt = -1, .clock = 90000, .nack = true};
static struct forward_track track;

static int setup(void **state)
{
	memset(&track, 0, sizeof track);
	track.kind = FORWARD_VIDEO;
	track.keyframe.interval_us = 1000000;
	return forward_track_begin(&track, &h264, 0xABCD);
}

static int teardown(void **state)
{
	forward_track_finish(&track);
	return 0;
}

static struct forward_taken take(uint16_t seq, uint32_t timestamp, bool marker, const uint8_t *payload, size_t len,
                                 int64_t now)
{
	struct media_rtp rtp = {.marker = marker,
	                        .pt = 102,
	                        .seq = seq,
	                        .timestamp = timestamp,
	                        .ssrc = 0xABCD,
	                        .payload = payload,
	                        .payload_len = len};
	return forward_track_take(&track, &rtp, false, now);
}

#define TAKE(seq, timestamp, marker, payload, now) take(seq, timestamp, marker, payload, sizeof(payload), now)

static void a_viewer_may_start_at_parameters(void **state)
{
	struct forward_taken t = TAKE(10, 0, false, delta, 0);
	assert_non_null(t.packet);
	assert_false(t.packet->starts);
	assert_true(t.wants_keyframe); /* nothing to begin with yet */
	t = TAKE(11, 3000, false, sps, 1000);
	assert_true(t.packet->starts);
	assert_false(t.wants_keyframe || t.completes_picture);
	assert_int_equal(track.width, 640);
	assert_int_equal(track.height, 360);
	/* the IDR that follows its parameters is no place to begin */
	t = TAKE(12, 3000, true, idr, 2000);
	assert_false(t.packet->starts);
	assert_true(t.completes_picture);
}

static void without_parameters_in_band_an_idr_will_do(void **state)
{
	assert_true(TAKE(10, 0, true, idr, 0).packet->starts);
}

static void a_keyframe_serves_who_waits(void **state)
{
	forward_keyframe_want(&track.keyframe);
	TAKE(10, 0, true, delta, 0);
	assert_true(track.keyframe.wanted);
	TAKE(11, 3000, true, sps, 0);
	assert_false(track.keyframe.wanted);
}

static void packets_are_kept_plain(void **state)
{
	struct forward_packet *p = TAKE(65535, 0x11223344, true, idr, 0).packet;
	assert_int_equal(p->len, MEDIA_RTP_HEADER + sizeof idr);
	assert_memory_equal(p->data + MEDIA_RTP_HEADER, idr, sizeof idr);
	assert_true(p->marker);
	assert_int_equal(p->timestamp, 0x11223344);
	assert_ptr_equal(forward_cache_get(track.cache, track.epoch, p->ext), p);
}

static void padding_alone_is_shortened(void **state)
{
	struct forward_packet *p = take(10, 0, false, NULL, 0, 0).packet;
	assert_true(p->padded);
	assert_int_equal(p->len, MEDIA_RTP_HEADER + 1);
	assert_int_equal(p->data[0], 0xA0);
	assert_int_equal(p->data[MEDIA_RTP_HEADER], 1);
	assert_false(p->starts);
}

static void duplicates_and_the_very_old_are_dropped(void **state)
{
	assert_non_null(TAKE(5000, 0, true, delta, 0).packet);
	assert_null(TAKE(5000, 0, true, delta, 0).packet);
	assert_int_equal(track.receive.received, 1);
	for (uint16_t i = 1; i < 2100; i++)
		TAKE((uint16_t)(5000 + i), i, true, delta, i);
	assert_null(TAKE(4990, 0, true, delta, 0).packet);
}

static void a_stray_number_is_dropped_and_two_make_an_epoch(void **state)
{
	uint32_t epoch = track.epoch;
	TAKE(100, 0, true, delta, 0);
	assert_null(TAKE(30000, 0, true, delta, 0).packet);
	assert_non_null(TAKE(101, 0, true, delta, 0).packet);
	assert_null(TAKE(30001, 0, true, delta, 0).packet); /* the first was forgotten meanwhile */
	assert_int_equal(track.epoch, epoch);
	struct forward_packet *p = TAKE(30002, 0, true, delta, 0).packet;
	assert_non_null(p);
	assert_int_not_equal(track.epoch, epoch);
	assert_int_equal(p->epoch, track.epoch);
	assert_int_equal(forward_epoch_track(track.epoch), track.index);
	assert_int_equal(track.nack.count, 0);
}

static void loss_is_measured_before_repair(void **state)
{
	uint16_t seqs[8];
	bool given_up;
	for (uint16_t i = 0; i < 100; i++)
		if (i % 10 != 5)
			TAKE(i, i * 3000u, true, delta, i * 10000);
	assert_true(forward_track_loss(&track) > 0.09 && forward_track_loss(&track) < 0.11);
	/* a repair does not change what the line is like */
	assert_int_equal(media_nack_due(&track.nack, 1000000, 0, seqs, 8, &given_up), 8);
	TAKE(seqs[0], 0, true, delta, 1040000);
	assert_true(forward_track_loss(&track) > 0.09);
	/* after a while it is over */
	for (uint16_t i = 100; i < 900; i++)
		TAKE(i, i * 3000u, true, delta, i * 10000);
	assert_true(forward_track_loss(&track) == 0.0);
}

static void a_repair_tells_the_round_trip(void **state)
{
	uint16_t seqs[8];
	bool given_up;
	struct media_rtp rtp = {.pt = 102, .seq = 2, .ssrc = 0xABCD, .payload = delta, .payload_len = sizeof delta};
	TAKE(1, 0, true, delta, 0);
	TAKE(3, 0, true, delta, 0);
	assert_int_equal(media_nack_due(&track.nack, 10000, 0, seqs, 8, &given_up), 1);
	struct forward_taken t = forward_track_take(&track, &rtp, true, 45000);
	assert_non_null(t.packet);
	assert_int_equal(t.rtt_us, 35000);
	assert_int_equal(track.receive.received, 3);
}

/** Padding by RTX: old packets once more. */
static void a_repair_that_nobody_misses_is_dropped(void **state)
{
	struct media_rtp rtp = {.pt = 102, .ssrc = 0xABCD, .payload = delta, .payload_len = sizeof delta};
	uint8_t large[1400] = {0x41};
	for (uint16_t i = 0; i < 1500; i++) /* more than the cache has bytes for */
		take((uint16_t)(100 + i), i, true, large, sizeof large, i);
	uint64_t received = track.receive.received;
	for (uint16_t seq = 90; seq < 1700; seq++) {
		rtp.seq = seq;
		assert_null(forward_track_take(&track, &rtp, true, 2000).packet);
	}
	assert_int_equal(track.receive.received, received);
	assert_int_equal(track.nack.count, 0);
	assert_non_null(TAKE(1600, 1500, true, delta, 2000).packet);
}

static void a_gap_beyond_repair_wants_a_keyframe(void **state)
{
	TAKE(1, 0, true, idr, 0);
	assert_false(TAKE(2, 3000, true, delta, 0).wants_keyframe);
	assert_true(TAKE(400, 6000, true, delta, 0).wants_keyframe);
}

static void rates_and_frames_per_second(void **state)
{
	for (int i = 0; i < 90; i++) {
		TAKE((uint16_t)(2 * i), (uint32_t)i * 3000, false, delta, i * 33333);
		TAKE((uint16_t)(2 * i + 1), (uint32_t)i * 3000, true, delta, i * 33333);
	}
	assert_true(track.meter.fps > 29 && track.meter.fps < 32);
	assert_in_range(track.meter.bps, 29 * 6 * 8, 32 * 6 * 8);
	/* a second of which only the end was heard says nothing of the rate */
	assert_in_range(track.meter.steady_bps, 29 * 6 * 8, 32 * 6 * 8);
	forward_track_meter_roll(&track, 60000000);
	assert_true(track.meter.fps < 1);
}

/** A sender report's pair, moved on: both sides by the same time (RFC 3550 §6.4.1). */
static void the_hosts_clock_moves_on(void **state)
{
	uint64_t ntp;
	uint32_t rtp_time;
	track.clock = (struct forward_clock){
	        .known = true, .ntp = (uint64_t)100 << 32, .rtp_time = 0xFFFFFFFF, .at_us = 5000000};
	forward_track_clock_at(&track, 6500000, &ntp, &rtp_time);
	assert_true(ntp == ((uint64_t)101 << 32 | 0x80000000u));
	assert_int_equal(rtp_time, 135000 - 1);
}

static const uint8_t sets[] = {0x78, 0,    15,   0x67, 0x42, 0xc0, 0x1e, 0x8c, 0x8d, 0x40, 0x50, 0x17,
                               0xfc, 0xb0, 0x0f, 0x08, 0x84, 0x6a, 0,    4,    0x68, 0xce, 0x3c, 0x80};

/** What is put in front of this packet. */
static struct forward_packet *in_front(uint16_t seq, uint32_t timestamp, bool repair)
{
	struct media_rtp rtp = {.marker = true,
	                        .pt = 102,
	                        .seq = seq,
	                        .timestamp = timestamp,
	                        .payload = idr,
	                        .payload_len = sizeof idr};
	return forward_track_complete(&track, &rtp, repair, 0);
}

static void a_keyframe_without_its_sets_gets_those_of_before(void **state)
{
	assert_null(in_front(10, 0, false)); /* none are known */
	int64_t first = TAKE(10, 100, false, sets, 0).packet->ext;
	assert_null(in_front(11, 100, false)); /* they came with it */
	assert_int_equal(TAKE(11, 100, true, idr, 0).packet->ext, first + 1);
	TAKE(12, 3100, true, delta, 0);
	forward_keyframe_want(&track.keyframe);
	struct forward_packet *p = in_front(13, 6100, false);
	assert_non_null(p);
	assert_int_equal(p->ext, first + 3);
	assert_true(p->starts);
	assert_false(p->marker || p->padded);
	assert_int_equal(p->timestamp, 6100);
	assert_int_equal(p->len, MEDIA_RTP_HEADER + sizeof sets);
	assert_memory_equal(p->data + MEDIA_RTP_HEADER, sets, sizeof sets);
	assert_false(track.keyframe.wanted);
	/* the keyframe itself takes the next number, and its other slices get nothing more */
	struct forward_taken t = TAKE(13, 6100, false, idr, 0);
	assert_int_equal(t.packet->ext, first + 4);
	assert_false(t.packet->starts);
	assert_null(in_front(14, 6100, false));
	assert_true(TAKE(14, 6100, true, idr, 0).completes_picture);
	assert_int_equal(forward_track_newest(&track), first + 5);
}

static void nothing_is_put_where_a_number_is_missing(void **state)
{
	int64_t first = TAKE(10, 100, false, sets, 0).packet->ext;
	TAKE(11, 100, true, idr, 0);
	assert_null(in_front(13, 6100, false)); /* the sets may be in 12 */
	TAKE(13, 6100, true, idr, 0);
	assert_null(in_front(12, 6100, false)); /* late: its neighbours have their numbers */
	assert_null(in_front(14, 9100, true));
	assert_non_null(in_front(14, 9100, false));
	assert_int_equal(TAKE(14, 9100, true, idr, 0).packet->ext, first + 5);
	/* what comes late keeps its old number */
	assert_int_equal(TAKE(12, 6100, true, delta, 0).packet->ext, first + 2);
	assert_null(TAKE(12, 6100, true, delta, 0).packet);
}

static void numbers_are_never_given_twice(void **state)
{
	struct forward_numbers n = {0};
	bool used[400] = {false};
	/* every fifth packet has one put in front; two in three packets come late */
	for (int64_t ext = 100; ext < 300; ext++) {
		if (ext % 5 == 0) {
			int64_t put = forward_numbers_insert(&n, ext);
			assert_false(used[put - 100]);
			used[put - 100] = true;
		}
		int64_t late = ext % 3 == 0 ? ext : ext % 3 == 1 ? ext - 60 : ext - 90, number;
		number = forward_numbers_of(&n, late);
		if (number < 0) {
			assert_true(ext - late > 70 && ext >= 180);
			continue;
		}
		if (late < 100)
			continue;
		assert_false(used[number - 100]);
		used[number - 100] = true;
	}
	assert_int_equal(forward_numbers_of(&n, 299), 299 + 40);
}

/** Where one who joins begins: at the first packet of what makes the newest keyframe. */
static void the_newest_keyframe_is_remembered_by_its_first_packet(void **state)
{
	TAKE(9, 0, true, delta, 900000);
	assert_false(track.key_seen);
	struct forward_packet *first = TAKE(10, 3000, false, sps, 1000000).packet;
	TAKE(11, 3000, false, sets, 1010000); /* told again: it began before */
	TAKE(12, 3000, true, idr, 1020000);
	TAKE(13, 6000, true, delta, 1030000);
	assert_true(track.key_seen);
	assert_ptr_equal(forward_cache_get(track.cache, track.epoch, track.key_number), first);
	assert_int_equal(track.key_us, 1000000);
	/* of another source there is none yet */
	assert_int_equal(forward_track_begin(&track, &h264, 1), 0);
	assert_false(track.key_seen);
}

static void vp8_starts_at_its_key_frames(void **state)
{
	static const struct forward_codec vp8 = {.codec = MEDIA_VP8, .pt = 96, .rtx_pt = -1, .clock = 90000};
	static const uint8_t key[] = {0x10, 0x50, 0x4a, 0x02, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00},
	                     inter[] = {0x10, 0x51};
	assert_int_equal(forward_track_begin(&track, &vp8, 1), 0);
	assert_false(TAKE(1, 0, true, inter, 0).packet->starts);
	assert_true(TAKE(2, 3000, true, key, 0).packet->starts);
	assert_int_equal(track.width, 320);
	assert_int_equal(track.height, 180);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(a_viewer_may_start_at_parameters),
	        TEST(without_parameters_in_band_an_idr_will_do),
	        TEST(a_keyframe_serves_who_waits),
	        TEST(packets_are_kept_plain),
	        TEST(padding_alone_is_shortened),
	        TEST(duplicates_and_the_very_old_are_dropped),
	        TEST(a_stray_number_is_dropped_and_two_make_an_epoch),
	        TEST(loss_is_measured_before_repair),
	        TEST(a_repair_tells_the_round_trip),
	        TEST(a_repair_that_nobody_misses_is_dropped),
	        TEST(a_gap_beyond_repair_wants_a_keyframe),
	        TEST(rates_and_frames_per_second),
	        TEST(the_hosts_clock_moves_on),
	        TEST(a_keyframe_without_its_sets_gets_those_of_before),
	        TEST(nothing_is_put_where_a_number_is_missing),
	        TEST(numbers_are_never_given_twice),
	        TEST(the_newest_keyframe_is_remembered_by_its_first_packet),
	        TEST(vp8_starts_at_its_key_frames),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
