#include "check.h"

#include <errno.h>

#include "rtp/rtp.h"
#include "rtp/twcc.h"

static struct media_twcc twcc;
static uint8_t data[2000];
static struct media_twcc_status statuses[MEDIA_TWCC_READ_MAX];

/** All of a feedback. @return statuses; -EBADMSG. */
static int read_all(const struct media_rtcp *p)
{
	struct media_twcc_reader reader;
	int n = 0, error = media_twcc_open(&reader, p);
	while (error == 0 && media_twcc_next(&reader, &statuses[n])) {
		statuses[n].arrival_us += statuses[n].received ? (int64_t)reader.reference * 64000 : 0;
		n++;
	}
	return error ? error : n;
}

static int setup(void **state)
{
	memset(&twcc, 0, sizeof twcc);
	return 0;
}

static struct media_rtcp feedback(bool *more)
{
	struct media_rtcp_writer w = {.data = data, .size = sizeof data};
	*more = media_twcc_write(&twcc, &w, 1, 2);
	assert_false(w.failed);
	const uint8_t *at = data;
	size_t len = w.len;
	struct media_rtcp p = {0};
	if (w.len)
		assert_int_equal(media_rtcp_next(&at, &len, &p), 1);
	assert_true(w.len <= 1200);
	return p;
}

static void nothing_arrived_nothing_said(void **state)
{
	bool more;
	assert_null(feedback(&more).body);
	assert_false(more);
}

/** The draft's layout, byte for byte: run of received small deltas, then the deltas. */
static void wire_of_three_packets(void **state)
{
	static const uint8_t wire[] = {0,    0,    0,    1,    0,    0,    0,    2, 0x00, 0x0A, 0x00,
	                               0x03, 0x00, 0x00, 0x02, 0x00, 0x20, 0x03, 4, 8,    40,   0};
	bool more;
	media_twcc_note(&twcc, 10, 2 * 64000 + 1000);
	media_twcc_note(&twcc, 11, 2 * 64000 + 3000);
	media_twcc_note(&twcc, 12, 2 * 64000 + 13000);
	struct media_rtcp p = feedback(&more);
	assert_int_equal(p.type, MEDIA_RTCP_RTPFB);
	assert_int_equal(p.count, MEDIA_RTPFB_TWCC);
	assert_int_equal(p.len, (sizeof wire + 3) / 4 * 4);
	assert_memory_equal(p.body, wire, sizeof wire - 1);
}

/** What was noted comes back: losses, reordering, small, large and negative deltas, across the wrap. */
static void pattern_round_trip(void **state)
{
	const uint16_t first = 65500;
	int64_t arrivals[100], now = 5000000;
	bool more;
	for (int i = 0; i < 100; i++) {
		now += i % 13 == 0 ? 90000 : i % 5 * 250;
		arrivals[i] = i % 7 == 3 ? -1 : now;
	}
	arrivals[50] = arrivals[54] + 750; /* overtaken: a negative delta follows */
	for (int i = 0; i < 100; i++)
		if (arrivals[i] >= 0 && i != 50)
			media_twcc_note(&twcc, (uint16_t)(first + i), arrivals[i]);
	media_twcc_note(&twcc, (uint16_t)(first + 50), arrivals[50]);
	struct media_rtcp p = feedback(&more);
	assert_false(more);
	assert_int_equal(read_all(&p), 100);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(statuses[i].seq, (uint16_t)(first + i));
		assert_int_equal(statuses[i].received, arrivals[i] >= 0);
		if (arrivals[i] >= 0)
			assert_int_equal(statuses[i].arrival_us, arrivals[i] / 250 * 250);
	}
}

static void losses_between_feedbacks_are_told(void **state)
{
	bool more;
	media_twcc_note(&twcc, 1, 1000);
	feedback(&more);
	media_twcc_note(&twcc, 5, 2000);
	struct media_rtcp p = feedback(&more);
	assert_int_equal(read_all(&p), 4);
	assert_int_equal(statuses[0].seq, 2);
	assert_false(statuses[0].received || statuses[1].received || statuses[2].received);
	assert_true(statuses[3].received);
	assert_int_equal(p.body[15], 1); /* the second feedback */
}

static void a_late_packet_is_told_after_all(void **state)
{
	bool more;
	media_twcc_note(&twcc, 1, 1000);
	media_twcc_note(&twcc, 3, 2000);
	feedback(&more);
	media_twcc_note(&twcc, 2, 9000);
	struct media_rtcp p = feedback(&more);
	assert_true(read_all(&p) >= 1);
	assert_int_equal(statuses[0].seq, 2);
	assert_true(statuses[0].received);
}

static void many_packets_take_several_feedbacks(void **state)
{
	bool more = true;
	int told = 0, packets = 0;
	for (int i = 0; i < 1000; i++)
		media_twcc_note(&twcc, (uint16_t)i, i * 70000);
	while (more) {
		struct media_rtcp p = feedback(&more);
		int n = read_all(&p);
		assert_true(n > 0);
		assert_int_equal(statuses[0].seq, told);
		told += n;
		packets++;
	}
	assert_int_equal(told, 1000);
	assert_true(packets >= 3);
}

/** A pause longer than a delta can tell (8.19 s) begins a new feedback. */
static void a_pause_ends_a_feedback(void **state)
{
	bool more;
	media_twcc_note(&twcc, 1, 1000000);
	media_twcc_note(&twcc, 2, 10000000);
	struct media_rtcp p = feedback(&more);
	assert_true(more);
	assert_int_equal(read_all(&p), 1);
	p = feedback(&more);
	assert_false(more);
	assert_int_equal(read_all(&p), 1);
	assert_int_equal(statuses[0].arrival_us, 10000000);
}

/** An attacker's jump over half the numbers costs one bounded feedback. */
static void a_jump_is_bounded(void **state)
{
	bool more;
	media_twcc_note(&twcc, 0, 1000);
	feedback(&more);
	media_twcc_note(&twcc, 32000, 2000);
	struct media_rtcp p = feedback(&more);
	assert_false(more);
	int n = read_all(&p);
	assert_in_range(n, 1, MEDIA_TWCC_MAX_STATUSES);
	assert_int_equal(statuses[n - 1].seq, 32000);
	assert_true(statuses[n - 1].received);
}

static void every_truncation_is_refused(void **state)
{
	bool more;
	for (int i = 0; i < 60; i++)
		if (i % 4)
			media_twcc_note(&twcc, (uint16_t)i, 1000000 + i * i * 100);
	struct media_rtcp p = feedback(&more);
	assert_int_equal(read_all(&p), 59);
	for (size_t len = 0; len + 4 <= p.len; len++) {
		struct media_rtcp cut = p;
		uint8_t *copy = exact_copy(p.body, len);
		cut.body = copy;
		cut.len = len;
		assert_int_equal(read_all(&cut), -EBADMSG);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(nothing_arrived_nothing_said, setup),
	        cmocka_unit_test_setup(wire_of_three_packets, setup),
	        cmocka_unit_test_setup(pattern_round_trip, setup),
	        cmocka_unit_test_setup(losses_between_feedbacks_are_told, setup),
	        cmocka_unit_test_setup(a_late_packet_is_told_after_all, setup),
	        cmocka_unit_test_setup(many_packets_take_several_feedbacks, setup),
	        cmocka_unit_test_setup(a_pause_ends_a_feedback, setup),
	        cmocka_unit_test_setup(a_jump_is_bounded, setup),
	        cmocka_unit_test_setup(every_truncation_is_refused, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
