/* The hash table, the directory other threads ask, and the ring of commands. */
#include "check.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>

#include "forward/commands.h"
#include "forward/directory.h"
#include "forward/map.h"

struct item {
	struct forward_map_node node;
	int key;
};

static struct item *find(const struct forward_map *map, int key)
{
	struct forward_map_node *n = forward_map_first(map, forward_map_hash(map, &key, sizeof key));
	for (; n; n = forward_map_next(n))
		if (forward_container(n, struct item, node)->key == key)
			return forward_container(n, struct item, node);
	return NULL;
}

static void a_map_finds_what_it_holds(void **state)
{
	static struct item items[2000];
	struct forward_map map;
	assert_int_equal(forward_map_init(&map, 100), 0); /* fuller than expected is slower, not wrong */
	for (int i = 0; i < 2000; i++) {
		items[i].key = i;
		forward_map_insert(&map, &items[i].node, forward_map_hash(&map, &i, sizeof i));
	}
	for (int i = 0; i < 2000; i += 2)
		forward_map_remove(&map, &items[i].node);
	assert_int_equal(map.count, 1000);
	for (int i = 0; i < 2000; i++)
		assert_ptr_equal(find(&map, i), i % 2 ? &items[i] : NULL);
	forward_map_finish(&map);
}

static void a_maps_key_is_secret(void **state)
{
	struct forward_map a, b;
	assert_int_equal(forward_map_init(&a, 16), 0);
	assert_int_equal(forward_map_init(&b, 16), 0);
	assert_true(forward_map_hash(&a, "address", 7) == forward_map_hash(&a, "address", 7));
	assert_true(forward_map_hash(&a, "address", 7) != forward_map_hash(&b, "address", 7));
	assert_true(forward_map_hash(&a, "a\0", 2) != forward_map_hash(&a, "a", 1));
	forward_map_finish(&a);
	forward_map_finish(&b);
}

static void a_directory_is_bounded_and_closes_once(void **state)
{
	struct forward_directory *d;
	struct forward_listed_session a = {.name = "a"}, b = {.name = "b"}, c = {.name = "c"};
	assert_int_equal(forward_directory_create(2, 1, &d), 0);
	assert_int_equal(forward_directory_add_session(d, &a), 0);
	assert_int_equal(forward_directory_add_session(d, &b), 0);
	assert_int_equal(forward_directory_add_session(d, &c), -EUSERS);
	assert_int_equal(forward_directory_close_session(d, "a"), 0);
	assert_int_equal(forward_directory_close_session(d, "a"), -ENOENT);
	assert_int_equal(forward_directory_close_session(d, "c"), -ENOENT);
	forward_directory_remove_session(d, &a);
	assert_int_equal(forward_directory_add_session(d, &c), 0);
	forward_directory_destroy(d);
}

static void a_directory_tells_of_streams(void **state)
{
	struct forward_directory *d;
	struct forward_listed_stream s = {.name = "show"};
	struct media_stream_stats stats = {.video = MEDIA_VP8, .viewers = 7}, got;
	assert_int_equal(forward_directory_create(2, 1, &d), 0);
	assert_int_equal(forward_directory_get_stream(d, "show", &got), -ENOENT);
	forward_directory_add_stream(d, &s);
	forward_directory_set_stream(d, &s, &stats);
	assert_int_equal(forward_directory_get_stream(d, "show", &got), 0);
	assert_int_equal(got.viewers, 7);
	forward_directory_remove_stream(d, &s);
	assert_int_equal(forward_directory_get_stream(d, "show", &got), -ENOENT);
	forward_directory_destroy(d);
}

enum { THREADS = 4, EACH = 5000 };

static void *push_many(void *arg)
{
	for (int i = 0; i < EACH; i++)
		forward_commands_push(arg, &(struct forward_command){.type = FORWARD_KEYFRAME, .fd = i});
	return NULL;
}

/** More than the ring holds, from several threads at once: pushers wait, nothing is lost, the descriptor tells the
 * truth. */
static void commands_arrive_all(void **state)
{
	struct forward_commands *c;
	struct forward_command command;
	pthread_t threads[THREADS];
	int64_t sum = 0;
	int count = 0;
	assert_int_equal(forward_commands_create(&c), 0);
	assert_false(forward_commands_pop(c, &command));
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, push_many, c), 0);
	while (count < THREADS * EACH) {
		struct pollfd wait = {.fd = forward_commands_fd(c), .events = POLLIN};
		assert_int_equal(poll(&wait, 1, 30000), 1);
		while (forward_commands_pop(c, &command)) {
			sum += command.fd;
			count++;
		}
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(sum, (int64_t)THREADS * EACH * (EACH - 1) / 2);
	forward_commands_destroy(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_map_finds_what_it_holds),
	        cmocka_unit_test(a_maps_key_is_secret),
	        cmocka_unit_test(a_directory_is_bounded_and_closes_once),
	        cmocka_unit_test(a_directory_tells_of_streams),
	        cmocka_unit_test(commands_arrive_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
