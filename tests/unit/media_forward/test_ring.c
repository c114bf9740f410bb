#include "check.h"

#include <pthread.h>
#include <sched.h>

#include "forward/ring.h"

static void is_bounded_and_keeps_the_order(void **state)
{
	struct forward_ring ring;
	assert_int_equal(forward_ring_init(&ring, 4, sizeof(int)), 0);
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 4; i++) {
			int *slot = forward_ring_claim(&ring);
			assert_non_null(slot);
			*slot = 10 * round + i;
			forward_ring_publish(slot);
		}
		assert_null(forward_ring_claim(&ring));
		for (int i = 0; i < 4; i++) {
			assert_int_equal(*(int *)forward_ring_front(&ring), 10 * round + i);
			forward_ring_pop(&ring);
		}
		assert_null(forward_ring_front(&ring));
	}
	forward_ring_finish(&ring);
}

static void what_is_not_published_is_not_there(void **state)
{
	struct forward_ring ring;
	assert_int_equal(forward_ring_init(&ring, 4, sizeof(int)), 0);
	int *first = forward_ring_claim(&ring), *second = forward_ring_claim(&ring);
	*second = 2;
	forward_ring_publish(second);
	assert_null(forward_ring_front(&ring));
	*first = 1;
	forward_ring_publish(first);
	assert_int_equal(*(int *)forward_ring_front(&ring), 1);
	forward_ring_finish(&ring);
}

enum { WRITERS = 3, EACH = 20000 };

struct writer {
	pthread_t thread;
	struct forward_ring *ring;
	unsigned number;
};

static void *write_all(void *arg)
{
	struct writer *w = arg;
	for (unsigned i = 0; i < EACH;) {
		unsigned *slot = forward_ring_claim(w->ring);
		if (!slot) {
			sched_yield();
			continue;
		}
		slot[0] = w->number;
		slot[1] = i++;
		forward_ring_publish(slot);
	}
	return NULL;
}

static void several_writers_lose_nothing(void **state)
{
	struct forward_ring ring;
	struct writer writers[WRITERS];
	unsigned next[WRITERS] = {0};
	assert_int_equal(forward_ring_init(&ring, 64, 2 * sizeof(unsigned)), 0);
	for (unsigned i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){.ring = &ring, .number = i};
		assert_int_equal(pthread_create(&writers[i].thread, NULL, write_all, &writers[i]), 0);
	}
	for (unsigned seen = 0; seen < WRITERS * EACH;) {
		const unsigned *slot = forward_ring_front(&ring);
		if (!slot) {
			sched_yield();
			continue;
		}
		assert_true(slot[0] < WRITERS);
		assert_int_equal(slot[1], next[slot[0]]++);
		forward_ring_pop(&ring);
		seen++;
	}
	for (unsigned i = 0; i < WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
	assert_null(forward_ring_front(&ring));
	forward_ring_finish(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(is_bounded_and_keeps_the_order),
	        cmocka_unit_test(what_is_not_published_is_not_there),
	        cmocka_unit_test(several_writers_lose_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
