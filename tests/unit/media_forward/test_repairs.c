#include "check.h"

#include "forward/early.h"
#include "forward/subscription.h"
#include <netinet/in.h>

static void the_same_packet_not_twice_at_once(void **state)
{
	struct forward_repairs r = {0};
	assert_true(forward_repairs_allow(&r, 7, 1000000));
	assert_false(forward_repairs_allow(&r, 7, 1000000 + FORWARD_REPAIR_PAUSE_US - 1));
	assert_true(forward_repairs_allow(&r, 7, 1000000 + FORWARD_REPAIR_PAUSE_US));
	assert_true(forward_repairs_allow(&r, 8, 1000000 + FORWARD_REPAIR_PAUSE_US));
}

static void a_greedy_viewer_is_limited(void **state)
{
	struct forward_repairs r = {0};
	int allowed = 0;
	uint16_t seq = 0;
	for (int64_t now = 1000000; now < 11000000; now += 100)
		allowed += forward_repairs_allow(&r, seq++, now);
	assert_in_range(allowed, 10 * FORWARD_REPAIR_RATE, 10 * FORWARD_REPAIR_RATE + FORWARD_REPAIR_BURST + 1);
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
	        cmocka_unit_test(early_hellos_wait_for_their_check),
	        cmocka_unit_test(early_hellos_are_few),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
