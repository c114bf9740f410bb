/* The recordings' own thread, with a real controller and store: what it finds at its start, and what grows too old. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../server_show/stage.h"
#include "app.h"
#include "base/clock.h"
#include "recordings.h"

#define DAY_MS INT64_C(86400000)
#define PATIENCE_MS 30000

/* As in app.c, of which the rest is not wanted here. */
enum show_code app_command(struct show_controller *controller, struct show_command *command, struct show_result *result)
{
	struct stage s = {.controller = controller};

	*result = stage_ask(&s, command, (struct base_id){{0}});
	return result->code;
}

struct fixture {
	struct stage stage;
	struct recordings *recordings;
	struct store_reader *reader;
};

static void on_event(const struct show_event *event, void *ctx)
{
	recordings_show_event(((struct fixture *)ctx)->recordings, event);
}

static void on_full(const char *show, void *ctx)
{
	fail_msg("%s has no room", show);
}

static void path_of(const struct fixture *f, const char *name, char out[300])
{
	snprintf(out, 300, "%s/recordings%s%s", f->stage.dir, *name ? "/" : "", name);
}

static void make_folder(const struct fixture *f, const char *name)
{
	char path[300], file[340];
	int fd;

	path_of(f, "", path);
	mkdir(path, 0700);
	path_of(f, name, path);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(file, sizeof file, "%s/journal", path);
	fd = open(file, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0 && write(fd, "hello", 5) == 5);
	close(fd);
}

static bool is_there(const struct fixture *f, const char *name)
{
	char path[300];

	path_of(f, name, path);
	return access(path, F_OK) == 0;
}

static void expect_gone(const struct fixture *f, const char *name)
{
	for (int ms = 0; is_there(f, name); ms += 10) {
		assert_true(ms < PATIENCE_MS);
		usleep(10000);
	}
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	stage_init(&f->stage);
	free(f->stage.settings.data_dir);
	f->stage.settings.data_dir = strdup(f->stage.dir);
	f->stage.settings.recordings_free_bytes = 0;
	f->stage.on_event = on_event;
	f->stage.ctx = f;
	assert_int_equal(recordings_create(&(struct recordings_config){&f->stage.settings, on_full, f}, &f->recordings),
	                 0);
	stage_start(&f->stage);
	stage_populate(&f->stage, 3);
	assert_int_equal(store_reader_open(f->stage.dir, &f->reader), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[400];

	recordings_halt(f->recordings);
	stage_stop(&f->stage);
	recordings_destroy(f->recordings);
	store_reader_close(f->reader);
	snprintf(command, sizeof command, "rm -rf '%s/recordings'", f->stage.dir);
	assert_int_equal(system(command), 0);
	stage_finish(&f->stage);
	free(f);
	return 0;
}

static void run(struct fixture *f)
{
	assert_int_equal(recordings_run(f->recordings, f->stage.controller), 0);
}

static struct base_id make_show(struct fixture *f, bool ended)
{
	struct show_command *command = show_command_new(SHOW_CREATE);
	struct base_id show;

	snprintf(command->show.title, sizeof command->show.title, "Another");
	show = stage_ask(&f->stage, command, f->stage.host).show.id;
	for (int i = 0; i <= ended; i++) {
		command = show_command_new(i ? SHOW_END : SHOW_START);
		command->show_id = show;
		assert_int_equal(stage_ask(&f->stage, command, f->stage.host).code, SHOW_OK);
	}
	return show;
}

static void record(struct fixture *f, struct base_id show, enum store_recording_state state, int64_t days_ago)
{
	struct show_command *command = show_command_new(SHOW_RECORDING);
	int64_t then_ms = base_clock_utc_ms() - days_ago * DAY_MS;
	char name[BASE_ID_TEXT];

	command->recording = (struct store_recording){.show = show,
	                                              .state = state,
	                                              .bytes = 1000,
	                                              .duration_ms = 1000,
	                                              .begun_ms = then_ms,
	                                              .ended_ms = then_ms};
	assert_int_equal(stage_ask(&f->stage, command, (struct base_id){{0}}).code, SHOW_OK);
	make_folder(f, base_id_format(show, name));
}

static enum store_recording_state state_of(struct fixture *f, struct base_id show)
{
	struct store_recording is;

	assert_int_equal(store_recording_by_show(f->reader, show, &is), 0);
	return is.state;
}

static void the_old_go(void **state)
{
	struct fixture *f = *state;
	struct base_id old = make_show(f, true), young = make_show(f, true), live = make_show(f, false);
	char name[BASE_ID_TEXT];

	record(f, old, STORE_RECORDED, 31);
	record(f, young, STORE_RECORDED, 29);
	record(f, live, STORE_RECORDING, 40);
	run(f);
	expect_gone(f, base_id_format(old, name));
	assert_int_equal(state_of(f, old), STORE_RECORDING_REMOVED);
	assert_int_equal(state_of(f, young), STORE_RECORDED);
	assert_int_equal(state_of(f, live), STORE_RECORDING); /* on air, however long */
	assert_true(is_there(f, base_id_format(young, name)));
	assert_true(is_there(f, base_id_format(live, name)));
}

static void for_good_is_for_good(void **state)
{
	struct fixture *f = *state;
	struct base_id old = make_show(f, true), removed = make_show(f, true);
	struct show_command *command;
	char name[BASE_ID_TEXT];

	f->stage.settings.recordings_days = 0;
	record(f, old, STORE_RECORDED, 4000);
	record(f, removed, STORE_RECORDED, 1);
	run(f);
	command = show_command_new(SHOW_RECORDING_REMOVE);
	command->show_id = removed;
	assert_int_equal(stage_ask(&f->stage, command, f->stage.host).code, SHOW_OK);
	expect_gone(f, base_id_format(removed, name)); /* after the thread had looked at all there is */
	assert_int_equal(state_of(f, old), STORE_RECORDED);
	assert_true(is_there(f, base_id_format(old, name)));
}

static void what_is_forgotten_goes(void **state)
{
	struct fixture *f = *state;
	struct base_id removed = make_show(f, true);
	struct base_id before = base_id_new(), now = base_id_new();
	char removed_name[BASE_ID_TEXT], before_name[BASE_ID_TEXT], now_name[BASE_ID_TEXT], path[300];
	const struct timespec old[2] = {{1000000, 0}, {1000000, 0}};

	make_folder(f, base_id_format(before, before_name)); /* of no show that is recorded */
	path_of(f, before_name, path);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	make_folder(f, base_id_format(now, now_name)); /* made just now: its row may come */
	make_folder(f, "lost+found");
	record(f, removed, STORE_RECORDED, 1);
	base_id_format(removed, removed_name);
	struct show_command *command = show_command_new(SHOW_RECORDING_REMOVE);
	command->show_id = removed; /* and then the server was killed */
	assert_int_equal(stage_ask(&f->stage, command, f->stage.host).code, SHOW_OK);
	assert_true(is_there(f, removed_name));
	run(f);
	expect_gone(f, before_name);
	expect_gone(f, removed_name);
	assert_true(is_there(f, now_name));
	assert_true(is_there(f, "lost+found"));
}

static void an_empty_recording_is_none(void **state)
{
	struct fixture *f = *state;
	struct base_id show = make_show(f, true);
	char name[BASE_ID_TEXT];

	record(f, show, STORE_RECORDING, 0); /* left open by a server that was killed; its journal names nothing */
	run(f);
	expect_gone(f, base_id_format(show, name));
	assert_int_equal(state_of(f, show), STORE_RECORDING_REMOVED);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(the_old_go),
	        TEST(for_good_is_for_good),
	        TEST(what_is_forgotten_goes),
	        TEST(an_empty_recording_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
