/* The spool's files: appended to, named, cleared away when they are old, cut back where a disk is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/spool.h"

#define EPOCH "0123456789abcdef"

struct place {
	char folder[64];
	struct spool spool;
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	snprintf(p->folder, sizeof(p->folder), "/tmp/trunkshow-spool-XXXXXX");
	if (!mkdtemp(p->folder) || spool_open(&p->spool, p->folder, EPOCH) < 0)
		return -1;
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	char command[96];

	snprintf(command, sizeof(command), "rm -r %s", p->folder);
	assert_int_equal(system(command), 0);
	close(p->spool.folder_fd);
	free(p);
	return 0;
}

static int64_t size_of(const struct place *p, const char *name)
{
	struct stat st;

	return fstatat(p->spool.folder_fd, name, &st, 0) == 0 ? (int64_t)st.st_size : -1;
}

static void parts_follow_one_another(void **state)
{
	struct place *p = *state;
	uint64_t offset;

	assert_int_equal(spool_write_init(&p->spool, PACKAGE_SOUND, 2, (const uint8_t *)"init", 4), 0);
	assert_int_equal(size_of(p, EPOCH "-a0-i2.mp4"), 4);
	assert_int_equal(spool_append(&p->spool, PACKAGE_PICTURE, 0, (const uint8_t *)"one", 3, &offset), 0);
	assert_int_equal(offset, 0);
	assert_int_equal(spool_append(&p->spool, PACKAGE_RUNG, 0, (const uint8_t *)"other", 5, &offset), 0);
	assert_int_equal(spool_append(&p->spool, PACKAGE_PICTURE, 0, (const uint8_t *)"three", 5, &offset), 0);
	assert_int_equal(offset, 3);
	assert_true(spool_is_whole(&p->spool, PACKAGE_PICTURE, 0));
	assert_int_equal(spool_end_segment(&p->spool, PACKAGE_PICTURE, 0), 8);
	assert_int_equal(size_of(p, EPOCH "-v0-0.m4s"), 8);
	assert_int_equal(spool_append(&p->spool, PACKAGE_PICTURE, 1, (const uint8_t *)"x", 1, &offset), 0);
	assert_int_equal(offset, 0);
	assert_int_equal(spool_end_segment(&p->spool, PACKAGE_PICTURE, 1), 1);
	assert_int_equal(spool_end_segment(&p->spool, PACKAGE_RUNG, 0), 5);
	assert_int_equal(spool_end_segment(&p->spool, PACKAGE_SOUND, 0), 0); /* nothing was written */
}

static void what_does_not_fit_is_gone_again(void **state)
{
	struct place *p = *state;
	struct rlimit before, small;
	uint8_t data[600] = {0};
	uint64_t offset;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = (struct rlimit){1000, before.rlim_max};
	assert_int_equal(spool_append(&p->spool, PACKAGE_PICTURE, 0, data, sizeof(data), &offset), 0);
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(spool_append(&p->spool, PACKAGE_PICTURE, 0, data, sizeof(data), &offset), -ENOSPC);
	assert_int_equal(size_of(p, EPOCH "-v0-0.m4s"), 600); /* what has been named stays */
	assert_false(spool_is_whole(&p->spool, PACKAGE_PICTURE, 0));
	assert_int_equal(spool_append(&p->spool, PACKAGE_PICTURE, 0, data, 1, &offset), -EPIPE);
	assert_int_equal(spool_append(&p->spool, PACKAGE_PICTURE, 1, data, sizeof(data), &offset),
	                 0); /* a new segment */
	setrlimit(RLIMIT_FSIZE, &before);
	spool_end_segment(&p->spool, PACKAGE_PICTURE, 1);
}

static void make(const struct place *p, const char *name, int age_s)
{
	struct timespec times[2] = {{.tv_sec = time(NULL) - age_s}, {.tv_sec = time(NULL) - age_s}};
	int fd = openat(p->spool.folder_fd, name, O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static void what_is_old_goes(void **state)
{
	struct place *p = *state;
	/* of this life and of an earlier one; init segments of this life are wanted for as long as it lasts */
	const char *const gone[] = {EPOCH "-v0-1.m4s", "fedcba9876543210-a0-7.m4s", "fedcba9876543210-a0-i0.mp4"};
	const char *const kept[] = {EPOCH "-v0-i0.mp4", "thumbnail.jpg"};
	size_t i;

	for (i = 0; i < 3; i++)
		make(p, gone[i], SPOOL_KEEP_S + 10);
	for (i = 0; i < 2; i++)
		make(p, kept[i], SPOOL_KEEP_S + 10);
	make(p, EPOCH "-v0-2.m4s", SPOOL_KEEP_S - 20);
	make(p, "fedcba9876543210-v0-i0.mp4", 5);
	spool_sweep(&p->spool, 1000000000);
	for (i = 0; i < 3; i++)
		assert_int_equal(size_of(p, gone[i]), -1);
	for (i = 0; i < 2; i++)
		assert_int_equal(size_of(p, kept[i]), 0);
	assert_int_equal(size_of(p, EPOCH "-v0-2.m4s"), 0);
	assert_int_equal(size_of(p, "fedcba9876543210-v0-i0.mp4"), 0);
	make(p, EPOCH "-v0-3.m4s", SPOOL_KEEP_S + 10);
	spool_sweep(&p->spool, 1000001000); /* not at each call */
	assert_int_equal(size_of(p, EPOCH "-v0-3.m4s"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(parts_follow_one_another, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(what_does_not_fit_is_gone_again, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(what_is_old_goes, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
