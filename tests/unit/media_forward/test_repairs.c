#include "check.h"

#include "forward/early.h"
#include "forward/repairs.h"
#include <netinet/in.h>

enum { SECOND = 1000000, PACKET = 1200 };

/** Of a viewer whose line nobody knows. */
static bool allow(struct forward_repairs *r, uint16_t seq, int64_t now_us)
{
	const struct forward_repair_line unknown = {.bps = 0};
	return forward_repairs_allow(r, seq, PACKET, false, &unknown, now_us);
}

static void the_same_packet_not_twice_at_once(void **state)
{
	struct forward_repairs r = {0};
	assert_true(allow(&r, 7, 1000000));
	assert_false(allow(&r, 7, 1000000 + FORWARD_REPAIR_PAUSE_US - 1));
	assert_true(allow(&r, 7, 1000000 + FORWARD_REPAIR_PAUSE_US));
	assert_true(allow(&r, 8, 1000000 + FORWARD_REPAIR_PAUSE_US));
}

static void a_greedy_viewer_is_limited(void **state)
{
	struct forward_repairs r = {0};
	int allowed = 0;
	uint16_t seq = 0;
	for (int64_t now = 1000000; now < 11000000; now += 100)
		allowed += allow(&r, seq++, now);
	assert_in_range(allowed, 10 * FORWARD_REPAIR_RATE, 10 * FORWARD_REPAIR_RATE + FORWARD_REPAIR_BURST + 1);
}

static void not_again_while_it_may_be_on_its_way(void **state)
{
	const struct forward_repair_line far = {.rtt_us = 350000};
	struct forward_repairs r = {0};
	assert_true(forward_repairs_allow(&r, 7, PACKET, false, &far, SECOND));
	assert_false(forward_repairs_allow(&r, 7, PACKET, false, &far, SECOND + far.rtt_us - 1));
	assert_true(forward_repairs_allow(&r, 7, PACKET, false, &far, SECOND + far.rtt_us));
}

/** A viewer on such a line asks for more than it can get. @return what it gets [bit/s] */
static int64_t granted(const struct forward_repair_line *line, bool stale)
{
	enum { SECONDS = 20 };
	struct forward_repairs r = {0};
	uint16_t seq = 0;
	int64_t bits = 0;
	for (int64_t now = SECOND; now < (1 + SECONDS) * (int64_t)SECOND; now += 1000)
		if (forward_repairs_allow(&r, seq++, PACKET, stale, line, now) && now > 2 * SECOND)
			bits += PACKET * 8;
	return bits / (SECONDS - 1);
}

static void repairs_have_what_is_left_of_a_line(void **state)
{
	const struct forward_repair_line half = {.bps = 1000000, .others = 500000},
	                                 full = {.bps = 1000000, .others = 3000000};
	assert_in_range(granted(&half, false), 480000, 520000);
	/* a line may lose much however little is sent: some share is theirs always */
	assert_in_range(granted(&full, false), 240000, 260000);
	/* what lies before the newest keyframe has the same rate, and leaves half of what is saved up to the rest */
	assert_in_range(granted(&full, true), 240000, 260000);
}

static void what_is_behind_comes_last(void **state)
{
	const struct forward_repair_line line = {.bps = 300000, .others = 250000};
	struct forward_repairs r = {0};
	int stale = 0, urgent = 0;
	for (uint16_t seq = 0; seq < 50; seq++)
		stale += forward_repairs_allow(&r, seq, PACKET, true, &line, SECOND);
	for (uint16_t seq = 50; seq < 100; seq++)
		urgent += forward_repairs_allow(&r, seq, PACKET, false, &line, SECOND);
	/* 75 kb/s for half a second are four packets */
	assert_int_equal(stale, 2);
	assert_int_equal(urgent, 2);
}

static struct media_path address(uint16_t port)
{
	struct media_path path = {0};
	struct sockaddr_in *in = (struct sockaddr_in *)&path.remote;
	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	return path;
}

static const uint8_t hello[20] = {22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 1};

static void early_hellos_wait_for_their_check(void **state)
{
	static struct forward_early e;
	struct media_path a = address(1000), b = address(1001), connection = a;
	uint8_t other[20];
	memset(&e, 0, sizeof e);
	memcpy(other, hello, sizeof other);
	other[0] = 21; /* an alert */
	forward_early_keep(&e, &a, other, sizeof other, 0);
	forward_early_keep(&e, &a, hello, 13, 0);
	assert_null(forward_early_find(&e, &a, 0));
	for (int i = 0; i < 10; i++)
		forward_early_keep(&e, &a, hello, sizeof hello, 0);
	struct forward_early_hello *h = forward_early_find(&e, &a, FORWARD_EARLY_US);
	assert_non_null(h);
	assert_int_equal(h->count, FORWARD_EARLY_PARTS);
	assert_memory_equal(h->parts[0], hello, sizeof hello);
	assert_null(forward_early_find(&e, &b, 0));
	connection.tcp = 7;
	assert_null(forward_early_find(&e, &connection, 0));
	assert_null(forward_early_find(&e, &a, FORWARD_EARLY_US + 1));
}

static void early_hellos_are_few(void **state)
{
	static struct forward_early e;
	memset(&e, 0, sizeof e);
	for (uint16_t port = 1; port <= 1000; port++) {
		struct media_path a = address(port);
		forward_early_keep(&e, &a, hello, sizeof hello, 0);
	}
	struct media_path oldest = address(1000 - FORWARD_EARLY_HELLOS),
	                  kept = address(1000 - FORWARD_EARLY_HELLOS + 1);
	assert_null(forward_early_find(&e, &oldest, 0));
	assert_non_null(forward_early_find(&e, &kept, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_same_packet_not_twice_at_once),
	        cmocka_unit_test(a_greedy_viewer_is_limited),
	        cmocka_unit_test(not_again_while_it_may_be_on_its_way),
	        cmocka_unit_test(repairs_have_what_is_left_of_a_line),
	        cmocka_unit_test(what_is_behind_comes_last),
	        cmocka_unit_test(early_hellos_wait_for_their_check),
	        cmocka_unit_test(early_hellos_are_few),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
