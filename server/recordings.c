#include "recordings.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "app.h"
#include "base/clock.h"
#include "base/log.h"
#include "recordings_private.h"

#define WATCH_US (3 * INT64_C(1000000))  /* how often the disk is looked at while something is recorded */
#define SWEEP_US (60 * INT64_C(1000000)) /* how often age and size are */
#define CLOSE_US (3 * INT64_C(1000000))  /* after the end of a show its child may have two seconds to write */
#define SETTLE_US (3 * INT64_C(1000000)) /* after an item has left the picture its last parts are on the disk */
#define AGAIN_US (15 * INT64_C(1000000)) /* what failed for want of room or time is tried again */
#define CUTTING_US (50 * INT64_C(1000))  /* how often it is asked whether the cutter has ended */

/* ---- what other threads say ---- */

struct said {
	struct base_mail mail; /* first */
	enum recordings_news news;
	struct base_id show;
};

static void deliver(struct base_mail *mail, void *owner)
{
	const struct said *said = (const struct said *)mail;

	recordings_take(owner, said->news, said->show);
	free(mail);
}

static void say(struct recordings *recordings, enum recordings_news news, struct base_id show)
{
	struct said *said = calloc(1, sizeof *said);

	if (!said)
		abort();
	*said = (struct said){.mail.deliver = deliver, .news = news, .show = show};
	base_mailbox_post(recordings->box, &said->mail);
}

static bool was_full(struct recordings *recordings, struct base_id show)
{
	const struct recordings_full *full;

	pthread_mutex_lock(&recordings->lock);
	full = recordings->full;
	while (full && !base_id_equal(full->show, show))
		full = full->next;
	pthread_mutex_unlock(&recordings->lock);
	return full != NULL;
}

static void note_full(const struct store_recording *is, void *ctx)
{
	struct recordings *recordings = ctx;
	struct recordings_full *full = is->full && !was_full(recordings, is->show) ? malloc(sizeof *full) : NULL;

	if (!full)
		return;
	pthread_mutex_lock(&recordings->lock);
	*full = (struct recordings_full){recordings->full, is->show};
	recordings->full = full;
	pthread_mutex_unlock(&recordings->lock);
}

bool recordings_has_room(const struct base_settings *settings)
{
	struct statvfs fs;

	/* Where it cannot be found out, writing will tell. */
	return statvfs(settings->data_dir, &fs) != 0 ||
	       (uint64_t)fs.f_bavail * fs.f_frsize >= (uint64_t)settings->recordings_free_bytes;
}

static int make_folder(const char *path)
{
	return mkdir(path, 0750) && errno != EEXIST ? -errno : 0;
}

int recordings_folder(struct recordings *recordings, const char *show, char *path, size_t size)
{
	const struct base_settings *settings = recordings->settings;
	struct base_id id;
	int err;

	if (!settings->record || base_id_parse(show, &id))
		return -ENOENT;
	if (was_full(recordings, id))
		return -ENOSPC;
	if (!recordings_has_room(settings)) {
		say(recordings, RECORDINGS_FULL, id);
		return -ENOSPC;
	}
	snprintf(path, size, "%s/recordings", settings->data_dir);
	err = make_folder(path);
	api_replay_folder(settings, id, path, size);
	if (!err)
		err = make_folder(path);
	if (!err)
		say(recordings, RECORDINGS_BEGUN, id);
	else if (err == -ENOSPC)
		say(recordings, RECORDINGS_FULL, id);
	return err;
}

void recordings_full(struct recordings *recordings, const char *show)
{
	struct base_id id;

	if (base_id_parse(show, &id) == 0)
		say(recordings, RECORDINGS_FULL, id);
}

void recordings_show_event(struct recordings *recordings, const struct show_event *event)
{
	if (!recordings)
		return;
	if (event->type == SHOW_EVENT_SHOW && event->show.state == STORE_SHOW_ENDED)
		say(recordings, RECORDINGS_ENDED, event->show.id);
	else if (event->type == SHOW_EVENT_FEATURED)
		say(recordings, RECORDINGS_FEATURED, event->show.id);
	else if (event->type == SHOW_EVENT_RECORDING && event->recording.state == STORE_RECORDING_REMOVED)
		say(recordings, RECORDINGS_REMOVED, event->recording.show);
}

/* ---- the thread: what is to be done when ---- */

void recordings_plan(struct recordings *recordings, enum recordings_task task, struct base_id show, int64_t us)
{
	struct recordings_due due = {task, show, us};

	for (guint i = 0; i < recordings->due->len; i++) {
		struct recordings_due *other = &g_array_index(recordings->due, struct recordings_due, i);
		if (other->task == task && base_id_equal(other->show, show)) {
			other->us = us;
			return;
		}
	}
	g_array_append_val(recordings->due, due);
}

bool recordings_put(struct recordings *recordings, const struct store_recording *recording)
{
	struct show_command *command = show_command_new(SHOW_RECORDING);
	struct show_result *result = calloc(1, sizeof *result);
	bool stored;

	if (!result)
		abort();
	command->recording = *recording;
	app_command(recordings->controller, command, result);
	stored = result->code == SHOW_OK || result->code == SHOW_EXPIRED || result->code == SHOW_NOT_FOUND;
	free(result);
	return stored;
}

void recordings_off_air(struct recordings *recordings, struct base_id show)
{
	for (guint i = 0; i < recordings->on_air->len; i++)
		if (base_id_equal(g_array_index(recordings->on_air, struct base_id, i), show))
			g_array_remove_index_fast(recordings->on_air, i--);
}

static void begin(struct recordings *recordings, struct base_id show)
{
	struct store_recording now = {.show = show, .state = STORE_RECORDING, .begun_ms = base_clock_utc_ms()};

	if (store_recording_by_show(recordings->reader, show, &now) != 0 && !recordings_put(recordings, &now))
		recordings_plan(recordings, RECORDINGS_BEGIN, show, base_clock_monotonic_us() + AGAIN_US);
	recordings_off_air(recordings, show);
	g_array_append_val(recordings->on_air, show);
}

/* Nothing more of this show; the next one may find room again. */
static void stop_for_want_of_room(struct recordings *recordings, struct base_id show)
{
	struct store_recording is = {.show = show, .begun_ms = base_clock_utc_ms()};
	char text[BASE_ID_TEXT];
	bool told = was_full(recordings, show);

	is.full = true;
	note_full(&is, recordings);
	recordings->stop(base_id_format(show, text), recordings->ctx);
	if (store_recording_by_show(recordings->reader, show, &is) == 0 && is.full)
		return;
	if (!told)
		base_log(BASE_LOG_WARN, "recordings", "disk_full", "show=%s is not recorded any more", text);
	is.full = true;
	/* A full disk may refuse this, too: host and admins hear of it as soon as there is room for it. */
	if (!recordings_put(recordings, &is))
		recordings_plan(recordings, RECORDINGS_STOP, show, base_clock_monotonic_us() + AGAIN_US);
}

void recordings_take(struct recordings *recordings, enum recordings_news news, struct base_id show)
{
	int64_t now = base_clock_monotonic_us();

	switch (news) {
	case RECORDINGS_BEGUN:
		begin(recordings, show);
		break;
	case RECORDINGS_FULL:
		stop_for_want_of_room(recordings, show);
		break;
	case RECORDINGS_FEATURED:
		recordings_plan(recordings, RECORDINGS_CUT, show, now + SETTLE_US);
		break;
	case RECORDINGS_ENDED:
		recordings_plan(recordings, RECORDINGS_CLOSE, show, now + CLOSE_US);
		break;
	case RECORDINGS_REMOVED:
		recordings_cut_nothing_of(recordings, show);
		recordings_remove_files(recordings, show);
		/* Its child may have had something left to write. */
		recordings_plan(recordings, RECORDINGS_REMOVE, show, now + CLOSE_US);
		break;
	}
}

static void watch_the_disk(struct recordings *recordings)
{
	if (recordings->on_air->len == 0 || recordings_has_room(recordings->settings))
		return;
	for (guint i = 0; i < recordings->on_air->len; i++) {
		struct base_id show = g_array_index(recordings->on_air, struct base_id, i);
		if (!was_full(recordings, show))
			stop_for_want_of_room(recordings, show);
	}
}

static void close_one(struct recordings *recordings, struct base_id show)
{
	if (!recordings_close(recordings, show)) {
		recordings_plan(recordings, RECORDINGS_CLOSE, show, base_clock_monotonic_us() + AGAIN_US);
		return;
	}
	recordings_off_air(recordings, show);
	recordings_plan(recordings, RECORDINGS_CUT, show, 0);
	recordings->sweep_us = 0;
}

static void cut_one(struct recordings *recordings, struct base_id show)
{
	int err = recordings_cut(recordings, show);

	/* -ENOENT: nothing to cut is left. One at a time: whoever comes too early waits. */
	if (err == -EBUSY || err == 0)
		recordings_plan(recordings, RECORDINGS_CUT, show, base_clock_monotonic_us() + CUTTING_US);
	else if (err != -ENOENT)
		recordings_plan(recordings, RECORDINGS_CUT, show, base_clock_monotonic_us() + AGAIN_US);
}

static void (*const tasks[])(struct recordings *, struct base_id) = {
        [RECORDINGS_BEGIN] = begin, [RECORDINGS_STOP] = stop_for_want_of_room,     [RECORDINGS_CLOSE] = close_one,
        [RECORDINGS_CUT] = cut_one, [RECORDINGS_REMOVE] = recordings_remove_files,
};

/* What is due now; what these plan anew is for later. */
static void do_what_is_due(struct recordings *recordings, int64_t now)
{
	for (guint i = 0; i < recordings->due->len;) {
		struct recordings_due due = g_array_index(recordings->due, struct recordings_due, i);
		if (due.us > now) {
			i++;
			continue;
		}
		g_array_remove_index(recordings->due, i);
		tasks[due.task](recordings, due.show);
	}
}

static int64_t next_us(const struct recordings *recordings)
{
	int64_t next = recordings->sweep_us;

	for (guint i = 0; i < recordings->due->len; i++)
		next = MIN(next, g_array_index(recordings->due, struct recordings_due, i).us);
	return recordings->on_air->len ? MIN(next, recordings->watch_us) : next;
}

static void *run(void *arg)
{
	struct recordings *recordings = arg;

	pthread_setname_np(pthread_self(), "recordings");
	recordings_find_work(recordings);
	while (!atomic_load(&recordings->stopping)) {
		int64_t now = base_clock_monotonic_us();
		base_mailbox_drain(recordings->box, recordings);
		recordings_look_after_cutter(recordings);
		do_what_is_due(recordings, now);
		if (now >= recordings->watch_us) {
			watch_the_disk(recordings);
			recordings->watch_us = now + WATCH_US;
		}
		if (now >= recordings->sweep_us) {
			recordings->sweep_us = now + SWEEP_US;
			recordings_sweep(recordings);
		}
		now = base_clock_monotonic_us();
		base_mailbox_wait(recordings->box, recordings_is_cutting(recordings)
		                                           ? CUTTING_US
		                                           : CLAMP(next_us(recordings) - now, 0, SWEEP_US));
	}
	recordings_stop_cutter(recordings);
	return NULL;
}

/* ---- life ---- */

int recordings_create(const struct recordings_config *config, struct recordings **out)
{
	struct recordings *recordings = calloc(1, sizeof *recordings);
	int err = recordings ? base_mailbox_create(NULL, NULL, &recordings->box) : -ENOMEM;

	if (err) {
		free(recordings);
		return err;
	}
	recordings->settings = config->settings;
	recordings->stop = config->stop;
	recordings->ctx = config->ctx;
	recordings->due = g_array_new(FALSE, FALSE, sizeof(struct recordings_due));
	recordings->on_air = g_array_new(FALSE, FALSE, sizeof(struct base_id));
	pthread_mutex_init(&recordings->lock, NULL);
	*out = recordings;
	return 0;
}

int recordings_run(struct recordings *recordings, struct show_controller *controller)
{
	int err = store_reader_open(recordings->settings->data_dir, &recordings->reader);

	recordings->controller = controller;
	if (!err)
		err = store_recordings(recordings->reader, STORE_RECORDING, note_full, recordings);
	if (!err)
		err = -pthread_create(&recordings->thread, NULL, run, recordings);
	recordings->runs = !err;
	return err;
}

void recordings_halt(struct recordings *recordings)
{
	if (!recordings || !recordings->runs)
		return;
	recordings->runs = false;
	atomic_store(&recordings->stopping, true);
	say(recordings, RECORDINGS_FEATURED, (struct base_id){{0}}); /* wake it */
	pthread_join(recordings->thread, NULL);
}

void recordings_destroy(struct recordings *recordings)
{
	if (!recordings)
		return;
	store_reader_close(recordings->reader);
	base_mailbox_destroy(recordings->box);
	g_array_unref(recordings->due);
	g_array_unref(recordings->on_air);
	while (recordings->full) {
		struct recordings_full *full = recordings->full;
		recordings->full = full->next;
		free(full);
	}
	pthread_mutex_destroy(&recordings->lock);
	free(recordings);
}
