#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/jobs.h"

static atomic_int started, stopped, ran, hashing, most_hashing;
static sem_t gate, inside;

static void *thread_start(void *ctx)
{
	int *local = malloc(sizeof *local);

	*local = *(int *)ctx;
	atomic_fetch_add(&started, 1);
	return local;
}

static void thread_stop(void *local)
{
	free(local);
	atomic_fetch_add(&stopped, 1);
}

static void check_local(void *arg, void *local)
{
	if (*(int *)local == 42)
		atomic_fetch_add(&ran, 1);
}

static void count(void *arg, void *local)
{
	atomic_fetch_add(&ran, 1);
}

/* Tells that it runs, and stays until it is let go. */
static void wait_at_gate(void *arg, void *local)
{
	int now = atomic_fetch_add(&hashing, 1) + 1, most = atomic_load(&most_hashing);

	while (now > most && !atomic_compare_exchange_weak(&most_hashing, &most, now))
		;
	sem_post(&inside);
	sem_wait(&gate);
	atomic_fetch_sub(&hashing, 1);
	atomic_fetch_add(&ran, 1);
}

static int reset(void **state)
{
	atomic_store(&started, 0);
	atomic_store(&stopped, 0);
	atomic_store(&ran, 0);
	atomic_store(&hashing, 0);
	atomic_store(&most_hashing, 0);
	sem_init(&gate, 0, 0);
	sem_init(&inside, 0, 0);
	return 0;
}

static void test_bounds(void **state)
{
	struct base_jobs *jobs;

	assert_int_equal(base_jobs_create(0, NULL, &jobs), -EINVAL);
	assert_int_equal(base_jobs_create(65, NULL, &jobs), -EINVAL);
	base_jobs_destroy(NULL);
}

static void test_all_run_before_the_end(void **state)
{
	struct base_jobs *jobs;
	int local = 42;
	struct base_jobs_hooks hooks = {thread_start, thread_stop, &local};

	assert_int_equal(base_jobs_create(3, &hooks, &jobs), 0);
	for (int i = 0; i < 200; i++)
		assert_int_equal(
		        base_jobs_submit(jobs, (enum base_jobs_class)(i % BASE_JOBS_CLASSES), check_local, NULL), 0);
	base_jobs_destroy(jobs);
	assert_int_equal(atomic_load(&ran), 200);
	assert_int_equal(atomic_load(&started), 3);
	assert_int_equal(atomic_load(&stopped), 3);
}

static void test_hashing_leaves_room_for_reads(void **state)
{
	struct base_jobs *jobs;

	assert_int_equal(base_jobs_create(4, NULL, &jobs), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(base_jobs_submit(jobs, BASE_JOBS_HASH, wait_at_gate, NULL), 0);
	sem_wait(&inside);
	sem_wait(&inside); /* two hash, the others must wait: reads run now, or this hangs */
	for (int i = 0; i < 50; i++)
		assert_int_equal(base_jobs_submit(jobs, BASE_JOBS_READ, i == 49 ? wait_at_gate : count, NULL), 0);
	sem_wait(&inside);
	for (int i = 0; i < 11; i++)
		sem_post(&gate);
	base_jobs_destroy(jobs);
	assert_int_equal(atomic_load(&ran), 60);
	assert_true(atomic_load(&most_hashing) <= 3); /* two of the class, and the read that waited too */
}

static void test_pictures_hold_up_no_sign_in(void **state)
{
	struct base_jobs *jobs;

	assert_int_equal(base_jobs_create(4, NULL, &jobs), 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(base_jobs_submit(jobs, BASE_JOBS_PICTURE, wait_at_gate, NULL), 0);
	sem_wait(&inside); /* one is worked on, the others wait: two may hash besides, or this hangs */
	for (int i = 0; i < 2; i++)
		assert_int_equal(base_jobs_submit(jobs, BASE_JOBS_HASH, wait_at_gate, NULL), 0);
	sem_wait(&inside);
	sem_wait(&inside);
	for (int i = 0; i < 10; i++)
		sem_post(&gate);
	base_jobs_destroy(jobs);
	assert_int_equal(atomic_load(&ran), 10);
}

static void test_one_thread_does_all(void **state)
{
	struct base_jobs *jobs;

	assert_int_equal(base_jobs_create(1, NULL, &jobs), 0);
	for (int i = 0; i < 30; i++)
		assert_int_equal(base_jobs_submit(jobs, (enum base_jobs_class)(i % BASE_JOBS_CLASSES), count, NULL), 0);
	base_jobs_destroy(jobs);
	assert_int_equal(atomic_load(&ran), 30);
}

static void test_a_full_class_refuses(void **state)
{
	struct base_jobs *jobs;
	int accepted = 0;

	assert_int_equal(base_jobs_create(2, NULL, &jobs), 0);
	assert_int_equal(base_jobs_submit(jobs, BASE_JOBS_HASH, wait_at_gate, NULL), 0);
	sem_wait(&inside);
	while (base_jobs_submit(jobs, BASE_JOBS_HASH, count, NULL) == 0)
		assert_true(++accepted <= 100000);
	assert_int_equal(base_jobs_submit(jobs, BASE_JOBS_HASH, count, NULL), -EAGAIN);
	assert_int_equal(base_jobs_submit(jobs, BASE_JOBS_READ, count, NULL), 0); /* other classes are not full */
	sem_post(&gate);
	base_jobs_destroy(jobs);
	assert_int_equal(atomic_load(&ran), accepted + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_bounds),
	        cmocka_unit_test_setup(test_all_run_before_the_end, reset),
	        cmocka_unit_test_setup(test_hashing_leaves_room_for_reads, reset),
	        cmocka_unit_test_setup(test_pictures_hold_up_no_sign_in, reset),
	        cmocka_unit_test_setup(test_one_thread_does_all, reset),
	        cmocka_unit_test_setup(test_a_full_class_refuses, reset),
	};

	return cmocka_run_group_tests_name("base_jobs", tests, NULL, NULL);
}
