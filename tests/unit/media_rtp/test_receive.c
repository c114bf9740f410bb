#include "check.h"

#include "rtp/receive.h"

static void unwraps_over_the_end(void **state)
{
	struct media_sequence s = {0};
	int64_t first = media_sequence_take(&s, 65534);
	assert_int_equal(media_sequence_take(&s, 65535), first + 1);
	assert_int_equal(media_sequence_take(&s, 1), first + 3);
	assert_int_equal(media_sequence_take(&s, 0), first + 2); /* late */
	assert_int_equal(s.highest, first + 3);
	assert_int_equal(media_sequence_peek(&s, 65530), first - 4);
	assert_int_equal(s.highest, first + 3);
	assert_int_equal(media_sequence_peek(&s, 0x7FFF), first + 1 + 0x8000);
}

static void counts_loss_by_interval(void **state)
{
	struct media_receive r = {.clock = 90000};
	struct media_rtcp_block b;
	for (int i = 0; i < 100; i++)
		if (i % 4 != 1)
			media_receive_note(&r, (uint16_t)(65500 + i), (uint32_t)i * 3000, i * 33333);
	media_receive_block(&r, 7, 4000000, &b);
	assert_int_equal(b.ssrc, 7);
	assert_int_equal(b.lost, 25);
	assert_int_equal(b.fraction_lost, 64);
	assert_int_equal(b.highest, 65536 + 63); /* one roll-over told */
	assert_int_equal(b.lsr, 0);
	media_receive_repaired(&r);
	media_receive_block(&r, 7, 4000000, &b);
	assert_int_equal(b.lost, 24);
	assert_int_equal(b.fraction_lost, 0);
}

static void more_received_than_expected_is_negative_loss(void **state)
{
	struct media_receive r = {.clock = 90000};
	struct media_rtcp_block b;
	for (int i = 0; i < 10; i++)
		media_receive_note(&r, 5, 0, 0);
	media_receive_block(&r, 7, 0, &b);
	assert_int_equal(b.lost, -9);
	assert_int_equal(b.fraction_lost, 0);
}

/** RFC 3550 A.8 with a transit that alternates by D: J converges to D. */
static void jitter_converges(void **state)
{
	struct media_receive r = {.clock = 90000};
	struct media_rtcp_block b;
	for (int i = 0; i < 500; i++)
		media_receive_note(&r, (uint16_t)i, (uint32_t)i * 900, (int64_t)i * 10000 + (i % 2 ? 1000 : 0));
	media_receive_block(&r, 7, 0, &b);
	assert_in_range(b.jitter, 88, 90); /* 1 ms at 90 kHz */
}

static void steady_arrival_has_no_jitter_even_after_years(void **state)
{
	struct media_receive r = {.clock = 48000};
	struct media_rtcp_block b;
	int64_t start = INT64_C(1) << 52;
	for (int i = 0; i < 100; i++)
		media_receive_note(&r, (uint16_t)i, 0xFFFFFF00u + (uint32_t)i * 960, start + (int64_t)i * 20000);
	media_receive_block(&r, 7, 0, &b);
	assert_in_range(b.jitter, 0, 1);
}

static void echoes_the_sender_report(void **state)
{
	struct media_receive r = {.clock = 90000};
	struct media_rtcp_sr sr = {.ntp = 0x1122334455667788};
	struct media_rtcp_block b;
	media_receive_sender_report(&r, &sr, 1000000);
	media_receive_block(&r, 7, 1500000, &b);
	assert_int_equal(b.lsr, 0x33445566);
	assert_int_equal(b.dlsr, 32768);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(unwraps_over_the_end),
	        cmocka_unit_test(counts_loss_by_interval),
	        cmocka_unit_test(more_received_than_expected_is_negative_loss),
	        cmocka_unit_test(jitter_converges),
	        cmocka_unit_test(steady_arrival_has_no_jitter_even_after_years),
	        cmocka_unit_test(echoes_the_sender_report),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
