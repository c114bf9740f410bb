/* The supervisor of child processes, with shells as children. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

static void run(struct fixture *f, const char *script, bool seam, int64_t memory_bytes)
{
	const char *argv[] = {"/bin/sh", "-c", script, NULL};
	struct media_child_spec spec = {
	        .argv = argv, .seam = seam, .started = on_started, .memory_bytes = memory_bytes, .ctx = &f->seen};

	assert_int_equal(media_children_run(f->children, "show", &spec), 0);
}

static int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void crash_loop_backs_off(void **state)
{
	struct fixture *f = *state;
	struct seen seen;
	int i;

	run(f, "exit 1", false, 0);
	wait_for(&f->seen, &f->seen.starts, 5);
	seen = snapshot(&f->seen);
	for (i = 1; i < 5; i++)
		assert_true(seen.at_us[i] - seen.at_us[i - 1] >= 95000LL << (i - 1));
	assert_int_equal(seen.seam, -1);
}

static void seam_reaches_both_ways_and_again_after_a_crash(void **state)
{
	struct fixture *f = *state;
	char text[64];
	int fd;

	run(f, "read line <&3; echo got $line >&3; exit 3", true, 0);
	wait_for(&f->seen, &f->seen.starts, 1);
	fd = get(&f->seen, &f->seen.seam);
	send_to_shell(fd, "one\n");
	receive(&f->seen, text, sizeof(text));
	assert_string_equal(text, "got one\n");
	wait_for(&f->seen, &f->seen.starts, 2);
	fd = get(&f->seen, &f->seen.seam);
	send_to_shell(fd, "two\n");
	receive(&f->seen, text, sizeof(text));
	assert_string_equal(text, "got two\n");
}

static void seam_holds_many_packets(void **state)
{
	struct fixture *f = *state;
	uint8_t packet[1200] = {'V'};
	int i, fd;

	run(f, "exec sleep 60", true, 0);
	wait_for(&f->seen, &f->seen.starts, 1);
	fd = get(&f->seen, &f->seen.seam);
	for (i = 0; i < 500; i++)
		assert_int_equal(send(fd, packet, sizeof(packet), MSG_DONTWAIT), sizeof(packet));
}

static void stop_ends_a_willing_child(void **state)
{
	struct fixture *f = *state;
	int64_t began;

	run(f, "exec sleep 600", false, 0);
	wait_for(&f->seen, &f->seen.starts, 1);
	began = now_us();
	media_children_stop(f->children, "show");
	assert_true(now_us() - began < 1000000);
	wait_for(&f->seen, &f->seen.ended, 1);
	assert_int_equal(get(&f->seen, &f->seen.killed), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie */
	assert_int_equal(errno, ECHILD);
	usleep(300000);
	assert_int_equal(get(&f->seen, &f->seen.starts), 1);
}

static void stop_kills_a_stubborn_child(void **state)
{
	struct fixture *f = *state;
	char text[64];
	int64_t began;
	pid_t pid;

	run(f, "trap '' TERM; echo $$ >&3; while :; do sleep 0.05; done", true, 0);
	wait_for(&f->seen, &f->seen.starts, 1);
	receive(&f->seen, text, sizeof(text));
	pid = (pid_t)atoi(text);
	began = now_us();
	media_children_stop(f->children, "show");
	assert_true(now_us() - began < 1000000);
	wait_for(&f->seen, &f->seen.ended, 1);
	assert_true(now_us() - began >= 1900000);
	assert_int_equal(get(&f->seen, &f->seen.killed), 1);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void a_name_is_free_again_after_stop(void **state)
{
	struct fixture *f = *state;
	const char *argv[] = {"/bin/true", NULL};
	struct media_child_spec spec = {.argv = argv};

	run(f, "trap '' TERM; while :; do sleep 0.05; done", false, 0);
	assert_int_equal(media_children_run(f->children, "show", &spec), -EEXIST);
	wait_for(&f->seen, &f->seen.starts, 1);
	media_children_stop(f->children, "show");
	run(f, "exec sleep 600", false, 0);
	wait_for(&f->seen, &f->seen.starts, 2);
	media_children_stop(f->children, "nobody");
}

static void destroy_is_bounded(void **state)
{
	struct fixture *f = *state;
	int64_t began;

	run(f, "trap '' TERM; while :; do sleep 0.05; done", true, 0);
	wait_for(&f->seen, &f->seen.starts, 1);
	began = now_us();
	media_children_destroy(f->children);
	f->children = NULL;
	assert_true(now_us() - began < 10000000);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void child_inherits_nothing_else(void **state)
{
	struct fixture *f = *state;
	struct seen seen;
	int leak = open("/dev/null", 0), i;

	assert_true(leak >= 0);
	run(f,
	    "l=; i=0; while [ $i -lt 300 ]; do [ -e /proc/$$/fd/$i ] && l=\"$l $i\"; i=$((i+1)); done; echo fds:$l; "
	    "exec sleep 60",
	    true, 0);
	wait_for(&f->seen, &f->seen.line_count, 1);
	seen = snapshot(&f->seen);
	for (i = 0; i < seen.line_count; i++)
		assert_string_equal(seen.lines[i], "show: fds: 0 1 2 3");
	close(leak);
}

static void restarts_leak_no_descriptor(void **state)
{
	struct fixture *f = *state;
	int before, after, i;

	run(f, "exit 0", true, 0);
	wait_for(&f->seen, &f->seen.ended, 1);
	media_children_stop(f->children, "show");
	before = open_descriptors();
	for (i = 2; i < 22; i++) {
		run(f, "echo hello; exit 0", true, 0);
		wait_for(&f->seen, &f->seen.ended, i);
		media_children_stop(f->children, "show");
	}
	after = open_descriptors();
	assert_int_equal(after, before);
}

static void output_is_cut_to_lines_at_a_rate(void **state)
{
	struct fixture *f = *state;
	struct seen seen;
	int i;

	run(f, "printf 'a\\033[31mb\\n'; i=0; while [ $i -lt 3000 ]; do echo noise; i=$((i+1)); done; exec sleep 60",
	    false, 0);
	wait_for(&f->seen, &f->seen.line_count, 20);
	seen = snapshot(&f->seen);
	assert_string_equal(seen.lines[0], "show: a [31mb");
	for (i = 1; i < 20; i++)
		assert_string_equal(seen.lines[i], "show: noise");
}

static void memory_is_limited(void **state)
{
	struct fixture *f = *state;
	struct seen seen;
	const char *expected = SANITIZED ? "show: unlimited" : "show: 262144";

	run(f, "ulimit -v; exec sleep 60", false, 256 << 20);
	wait_for(&f->seen, &f->seen.line_count, 1);
	seen = snapshot(&f->seen);
	assert_string_equal(seen.lines[0], expected);
}

static void a_missing_program_is_tried_again(void **state)
{
	struct fixture *f = *state;
	const char *argv[] = {"/nonexistent/program", NULL};
	struct media_child_spec spec = {.argv = argv, .started = on_started, .ctx = &f->seen};

	assert_int_equal(media_children_run(f->children, "show", &spec), 0);
	wait_for(&f->seen, &f->seen.ended, 2);
	assert_string_equal(f->seen.lines[0], "show: cannot be executed");
}

/** A server that ends without a word must take its children along. */
static void children_die_with_the_server(void **state)
{
	struct fixture *f;
	int tell[2], status;
	char text[64] = "";
	pid_t server, child;

	(void)state;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	assert_int_equal(pipe(tell), 0);
	server = fork();
	if (server == 0) {
		void *inner;

		if (set_up(&inner) < 0)
			_exit(1);
		f = inner;
		run(f, "trap '' TERM; echo $$ >&3; while :; do sleep 0.05; done", true, 0);
		wait_for(&f->seen, &f->seen.starts, 1);
		receive(&f->seen, text, sizeof(text));
		if (write(tell[1], text, strlen(text)) < 0)
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	assert_true(read(tell[0], text, sizeof(text) - 1) > 0);
	child = (pid_t)atoi(text);
	assert_int_equal(waitpid(server, &status, 0), server);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	while (waitpid(-1, NULL, 0) > 0) /* the shell's own sleep */
		;
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	close(tell[0]);
	close(tell[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(children_die_with_the_server),
	        cmocka_unit_test_setup_teardown(crash_loop_backs_off, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(seam_reaches_both_ways_and_again_after_a_crash, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(seam_holds_many_packets, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(stop_ends_a_willing_child, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(stop_kills_a_stubborn_child, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_name_is_free_again_after_stop, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(destroy_is_bounded, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(child_inherits_nothing_else, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(restarts_leak_no_descriptor, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(output_is_cut_to_lines_at_a_rate, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(memory_is_limited, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_missing_program_is_tried_again, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
