#include "check.h"

#include "forward/owner.h"
#include "forward/routes.h"

static void a_stream_goes_to_who_has_least_to_do(void **state)
{
	const struct forward_burden workers[] = {{5, 10}, {3, 10}, {3, 5}, {9, 0}};
	assert_int_equal(forward_owner_of_stream(workers, 4), 2);
	assert_int_equal(forward_owner_of_stream(workers, 1), 0);
}

static void a_busy_worker_is_avoided(void **state)
{
	const struct forward_burden workers[] = {{1, 95}, {100, 20}};
	assert_int_equal(forward_owner_of_stream(workers, 2), 1);
	assert_int_equal(forward_owner_of_viewer(workers, 2, 0, 1000), 1);
	const struct forward_burden all[] = {{5, 95}, {4, 90}};
	assert_int_equal(forward_owner_of_viewer(all, 2, 0, 1000), 0);
}

/** Viewers stay with their host, then take turns. */
static void a_small_show_stays_together_and_a_large_one_spreads(void **state)
{
	struct forward_burden workers[3] = {{0}};
	workers[1].sessions = 1; /* the host */
	for (int i = 0; i < 10; i++)
		workers[forward_owner_of_viewer(workers, 3, 1, 8)].sessions++;
	assert_int_equal(workers[0].sessions + workers[2].sessions, 2);
	for (int i = 0; i < 300; i++)
		workers[forward_owner_of_viewer(workers, 3, 1, 8)].sessions++;
	assert_in_range(workers[0].sessions, 95, 105);
	assert_in_range(workers[1].sessions, 103, 113);
}

static void routes_are_learned_and_forgotten_last(void **state)
{
	struct forward_routes *routes;
	assert_int_equal(forward_routes_create(8, &routes), 0);
	assert_int_equal(forward_routes_find(routes, 77), -1);
	forward_routes_learn(routes, 77, 3, 1000);
	assert_int_equal(forward_routes_find(routes, 77), 3);
	/* more addresses than there is room for: those vouched for last stay */
	for (uint64_t hash = 1; hash < 10000; hash++)
		forward_routes_learn(routes, hash << 20 | 5, 2, 2000 + (int64_t)hash);
	assert_int_equal(forward_routes_find(routes, UINT64_C(9999) << 20 | 5), 2);
	assert_int_equal(forward_routes_find(routes, UINT64_C(1) << 20 | 5), -1);
	forward_routes_destroy(routes);
	forward_routes_destroy(NULL);
}

static void an_address_in_use_is_not_taken_away(void **state)
{
	struct forward_routes *routes;
	assert_int_equal(forward_routes_create(8, &routes), 0);
	forward_routes_learn(routes, 77, 3, 1000);
	forward_routes_learn(routes, 77, 2, 1000 + FORWARD_ROUTE_HELD_US - 1);
	assert_int_equal(forward_routes_find(routes, 77), 3);
	forward_routes_learn(routes, 77, 3, 2000);
	forward_routes_learn(routes, 77, 2, 1000 + FORWARD_ROUTE_HELD_US);
	assert_int_equal(forward_routes_find(routes, 77), 3);
	assert_true(forward_routes_held(routes, 77, 2000 + FORWARD_ROUTE_HELD_US - 1));
	assert_false(forward_routes_held(routes, 77, 2000 + FORWARD_ROUTE_HELD_US));
	assert_false(forward_routes_held(routes, 78, 2000));
	forward_routes_learn(routes, 77, 2, 2000 + FORWARD_ROUTE_HELD_US);
	assert_int_equal(forward_routes_find(routes, 77), 2);
	forward_routes_destroy(routes);
}

static void an_address_given_up_is_free_at_once(void **state)
{
	struct forward_routes *routes;
	assert_int_equal(forward_routes_create(8, &routes), 0);
	forward_routes_learn(routes, 77, 3, 1000);
	forward_routes_forget(routes, 77, 2); /* not its owner */
	forward_routes_forget(routes, 78, 3);
	assert_int_equal(forward_routes_find(routes, 77), 3);
	forward_routes_forget(routes, 77, 3);
	assert_int_equal(forward_routes_find(routes, 77), -1);
	forward_routes_learn(routes, 77, 2, 1001);
	assert_int_equal(forward_routes_find(routes, 77), 2);
	forward_routes_destroy(routes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_stream_goes_to_who_has_least_to_do),
	        cmocka_unit_test(a_busy_worker_is_avoided),
	        cmocka_unit_test(a_small_show_stays_together_and_a_large_one_spreads),
	        cmocka_unit_test(routes_are_learned_and_forgotten_last),
	        cmocka_unit_test(an_address_in_use_is_not_taken_away),
	        cmocka_unit_test(an_address_given_up_is_free_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
