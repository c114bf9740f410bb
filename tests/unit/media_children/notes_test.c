/* What children say and are told, their silence, and their limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"

static void run(struct fixture *f, const char *script, const struct media_child_spec *like)
{
	const char *argv[] = {"/bin/sh", "-c", script, NULL};
	struct media_child_spec spec = *like;

	spec.argv = argv;
	spec.started = on_started;
	spec.said = on_said;
	spec.ctx = &f->seen;
	assert_int_equal(media_children_run(f->children, "show", &spec), 0);
}

static const struct media_child_spec with_notes = {.notes = true}, with_both = {.notes = true, .seam = true};

/** A shell reads byte by byte, and a packet ends with what is read of it: one packet for each. */
static void tell(struct fixture *f, const char *text)
{
	for (; *text; text++)
		assert_int_equal(media_children_tell(f->children, "show", text, 1), 0);
}

static void notes_go_both_ways(void **state)
{
	struct fixture *f = *state;

	run(f, "echo hello >&4; while read line <&4; do echo \"told $line\" >&4; done", &with_both);
	wait_for(&f->seen, &f->seen.note_count, 1);
	tell(f, "package on\n");
	wait_for(&f->seen, &f->seen.note_count, 2);
	assert_string_equal(f->seen.notes[0], "hello\n");
	assert_string_equal(f->seen.notes[1], "told package on\n");
}

static void notes_do_without_a_seam(void **state)
{
	struct fixture *f = *state;

	run(f, "[ -e /proc/$$/fd/3 ] && echo seam >&4; echo hello >&4; exec sleep 60", &with_notes);
	wait_for(&f->seen, &f->seen.note_count, 1);
	assert_string_equal(f->seen.notes[0], "hello\n");
	assert_int_equal(f->seen.seam, -1);
}

/** What it said last before it crashed is heard, and the next life is another. */
static void last_words_are_heard(void **state)
{
	static const char *const words[] = {"one\n", "two\n", "three\n"};
	struct fixture *f = *state;
	struct seen seen;
	int i;

	run(f, "echo one >&4; echo two >&4; echo three >&4; exit 1", &with_notes);
	wait_for(&f->seen, &f->seen.note_count, 6);
	seen = snapshot(&f->seen);
	for (i = 0; i < 6; i++)
		assert_string_equal(seen.notes[i], words[i % 3]);
}

static void nobody_is_told(void **state)
{
	struct fixture *f = *state;
	char much[MEDIA_NOTE_BYTES + 1] = "";

	assert_int_equal(media_children_tell(f->children, "show", "x", 1), -ENOENT);
	run(f, "exec sleep 60", &(struct media_child_spec){.seam = true});
	wait_for(&f->seen, &f->seen.starts, 1);
	assert_int_equal(media_children_tell(f->children, "show", "x", 1), -ENOENT);
	assert_int_equal(media_children_tell(f->children, "show", much, sizeof(much)), -EMSGSIZE);
}

/** One that does not read is not waited for. */
static void the_deaf_are_not_waited_for(void **state)
{
	struct fixture *f = *state;
	char much[MEDIA_NOTE_BYTES];
	int64_t began = now_us();
	int rc = 0;

	memset(much, 'x', sizeof(much));
	run(f, "exec sleep 60", &with_notes);
	wait_for(&f->seen, &f->seen.starts, 1);
	while (rc == 0 && now_us() - began < PATIENCE_MS * 1000)
		rc = media_children_tell(f->children, "show", much, sizeof(much));
	assert_int_equal(rc, -EAGAIN);
}

static void a_note_too_long_is_left_out(void **state)
{
	struct fixture *f = *state;

	run(f, "head -c 8192 /dev/zero | dd bs=8192 iflag=fullblock 2>/dev/null >&4; echo after >&4; exec sleep 60",
	    &with_notes);
	wait_for(&f->seen, &f->seen.note_count, 1);
	assert_string_equal(f->seen.notes[0], "after\n");
	assert_int_equal(get(&f->seen, &f->seen.too_long), 1);
}

/** It has spoken and then hangs: killed, started again. */
static void silence_is_a_restart(void **state)
{
	struct fixture *f = *state;
	struct media_child_spec spec = {.notes = true, .silence_us = 300000};
	struct seen seen;

	run(f, "trap '' TERM; echo alive >&4; while :; do sleep 0.05; done", &spec);
	wait_for(&f->seen, &f->seen.starts, 3);
	seen = snapshot(&f->seen);
	assert_true(seen.silent >= 2);
	assert_true(seen.at_us[1] - seen.at_us[0] >= 300000);
}

static void who_speaks_lives(void **state)
{
	struct fixture *f = *state;
	struct media_child_spec spec = {.notes = true, .silence_us = 10000000};

	run(f, "i=0; while [ $i -lt 20 ]; do echo alive >&4; i=$((i+1)); sleep 0.02; done; exec sleep 60", &spec);
	wait_for(&f->seen, &f->seen.note_count, 20);
	assert_int_equal(get(&f->seen, &f->seen.starts), 1);
	assert_int_equal(get(&f->seen, &f->seen.silent), 0);
}

/** One that needs long before its first word is left in peace. */
static void silence_counts_from_the_first_word(void **state)
{
	struct fixture *f = *state;
	struct media_child_spec spec = {.notes = true, .silence_us = 50000};

	run(f, "sleep 0.5; echo alive >&4; exec sleep 60", &spec);
	wait_for(&f->seen, &f->seen.note_count, 1);
	assert_string_equal(f->seen.notes[0], "alive\n");
}

/** stop() returns only when no callback runs, so that what they use may be freed. */
static void nothing_is_said_after_stop(void **state)
{
	struct fixture *f = *state;
	int before;

	run(f, "while :; do echo noise >&4; done", &with_notes);
	wait_for(&f->seen, &f->seen.note_count, 10);
	media_children_stop(f->children, "show");
	before = get(&f->seen, &f->seen.note_count);
	wait_for(&f->seen, &f->seen.ended, 1);
	assert_int_equal(get(&f->seen, &f->seen.note_count), before);
}

static void limits_are_set(void **state)
{
	struct fixture *f = *state;
	struct media_child_spec spec = {.notes = true, .cpu_s = 77, .file_bytes = 1 << 20, .files = 33};

	run(f, "echo \"cpu $(ulimit -t) file $(ulimit -f) files $(ulimit -n)\" >&4; exec sleep 60", &spec);
	wait_for(&f->seen, &f->seen.note_count, 1);
	assert_string_equal(f->seen.notes[0], "cpu 77 file 2048 files 33\n");
}

/** The share of a core grows while the child lives. */
static void the_cpu_is_shared(void **state)
{
	struct fixture *f = *state;
	struct media_child_spec spec = {.notes = true, .cpu_percent = 1000};

	run(f,
	    "a=$(ulimit -S -t); echo \"$a $(ulimit -H -t)\" >&4; while [ $(ulimit -S -t) = $a ]; do sleep 0.1; done; "
	    "[ $(ulimit -S -t) -gt $a ] && echo more >&4; exec sleep 60",
	    &spec);
	wait_for(&f->seen, &f->seen.note_count, 2);
	assert_string_equal(f->seen.notes[0], "10 unlimited\n");
	assert_string_equal(f->seen.notes[1], "more\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(notes_go_both_ways, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(notes_do_without_a_seam, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(last_words_are_heard, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(nobody_is_told, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(the_deaf_are_not_waited_for, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_note_too_long_is_left_out, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(silence_is_a_restart, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(who_speaks_lives, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(silence_counts_from_the_first_word, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(nothing_is_said_after_stop, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(limits_are_set, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(the_cpu_is_shared, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
