/* trunkshow-pipeline --show, fed by --source through the test: thumbnails appear, survive a killed process, a new
 * codec, and rubbish. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/seam.h"
#include "process.h"
#include "seam_child.h"

#define PATIENCE_MS 60000

struct studio {
	char spool[64], thumbnail[80];
	struct seam_child source, show;
	char codecs[256];
	int keyframes_asked, statuses, drop_every, packets;
	int64_t frames, clock; /**< told by the last status; of the newest thumbnail */
};

static void start_source(struct studio *s, const char *codec)
{
	const char *arguments[] = {"--source", "--codec", codec,   "--width", "360",
	                           "--height", "640",     "--fps", "15",      NULL};

	s->source = seam_child_start(arguments);
}

static void start_show(struct studio *s)
{
	const char *arguments[] = {"--show", "--spool", s->spool, NULL};

	s->show = seam_child_start(arguments);
	if (s->codecs[0])
		seam_child_send(&s->show, MEDIA_SEAM_CODECS, s->codecs, strlen(s->codecs));
}

static int set_up(void **state)
{
	struct studio *s = calloc(1, sizeof(*s));

	snprintf(s->spool, sizeof(s->spool), "/tmp/trunkshow-spool-XXXXXX");
	if (!mkdtemp(s->spool))
		return -1;
	snprintf(s->thumbnail, sizeof(s->thumbnail), "%s/thumbnail.jpg", s->spool);
	s->clock = -1;
	start_source(s, "h264");
	start_show(s);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct studio *s = *state;

	assert_int_equal(seam_child_close(&s->source), 0);
	assert_int_equal(seam_child_close(&s->show), 0);
	unlink(s->thumbnail);
	assert_int_equal(rmdir(s->spool), 0); /* nothing else is left there */
	free(s);
	return 0;
}

static void from_source(struct studio *s)
{
	uint8_t body[MEDIA_SEAM_MAX];
	char kind;
	int n = seam_child_receive(&s->source, 0, &kind, body);

	assert_true(n > 0);
	if (kind == MEDIA_SEAM_CODECS)
		snprintf(s->codecs, sizeof(s->codecs), "%.*s", n, (const char *)body);
	if (kind == MEDIA_SEAM_VIDEO && s->drop_every && ++s->packets % s->drop_every == 0)
		return;
	seam_child_send(&s->show, kind, body, (size_t)n);
}

static void from_show(struct studio *s)
{
	uint8_t body[MEDIA_SEAM_MAX];
	char kind, text[256];
	int n = seam_child_receive(&s->show, 0, &kind, body);

	assert_true(n >= 0);
	if (kind == MEDIA_SEAM_KEYFRAME) {
		s->keyframes_asked++;
		seam_child_send(&s->source, MEDIA_SEAM_KEYFRAME, "", 0);
	} else if (n > 0) {
		assert_int_equal(kind, MEDIA_SEAM_STATUS);
		snprintf(text, sizeof(text), "%.*s", n, (const char *)body);
		assert_int_equal(sscanf(text, "frames=%ld", &s->frames), 1);
		s->statuses++;
	}
}

/** Pass everything on for a while. */
static void pass_on(struct studio *s, int ms)
{
	int64_t end = wall_ms() + ms;

	while (wall_ms() < end) {
		struct pollfd waits[2] = {{s->source.fd, POLLIN, 0}, {s->show.fd, POLLIN, 0}};

		poll(waits, 2, 10);
		if (waits[0].revents)
			from_source(s);
		if (waits[1].revents)
			from_show(s);
	}
}

/** Pass everything on until there is a thumbnail whose clock is newer than the last one's. */
static void await_thumbnail(struct studio *s)
{
	int64_t end = wall_ms() + PATIENCE_MS, clock = -1;

	while (clock < 0 || clock == s->clock) {
		struct rgb picture;
		uint8_t *data;
		size_t len;

		assert_true(wall_ms() < end);
		pass_on(s, 100);
		if (access(s->thumbnail, R_OK) != 0)
			continue;
		data = read_file(s->thumbnail, &len);
		picture = decode_picture("jpeg_pipe", data, len);
		assert_int_equal(picture.width, 480);
		assert_in_range(picture.height, 852, 854);
		clock = read_clock(&picture);
		assert_true(clock >= 0); /* a whole picture at every look */
		rgb_free(&picture);
		free(data);
	}
	assert_in_range(clock_age_ms(clock, wall_ms()), 0, PATIENCE_MS);
	s->clock = clock;
}

static void a_thumbnail_appears_and_is_renewed(void **state)
{
	struct studio *s = *state;
	int64_t first;

	await_thumbnail(s);
	first = s->clock;
	await_thumbnail(s);
	assert_in_range(clock_age_ms(first, s->clock), 9000, 30000);
	assert_true(s->statuses > 5 && s->frames > 30);
	assert_true(s->keyframes_asked <= 4); /* each costs the host quality */
}

static void a_killed_process_is_replaced(void **state)
{
	struct studio *s = *state;

	await_thumbnail(s);
	kill(s->show.pid, SIGKILL);
	assert_int_equal(seam_child_close(&s->show), 128 + SIGKILL);
	start_show(s);
	await_thumbnail(s); /* in the middle of a group of pictures: it has to ask */
	assert_true(s->keyframes_asked >= 1);
}

static void the_host_comes_back_with_another_codec(void **state)
{
	struct studio *s = *state;

	await_thumbnail(s);
	assert_int_equal(seam_child_close(&s->source), 0);
	start_source(s, "vp8");
	await_thumbnail(s);
	assert_non_null(strstr(s->codecs, "VP8"));
	assert_int_equal(seam_child_close(&s->source), 0);
	start_source(s, "h264");
	await_thumbnail(s);
}

static void losses_and_rubbish_are_survived(void **state)
{
	struct studio *s = *state;
	uint8_t rubbish[1200];
	int i, j;

	s->drop_every = 25;
	for (i = 0; i < 2000; i++) {
		for (j = 0; j < (int)sizeof(rubbish); j++)
			rubbish[j] = (uint8_t)rand();
		if (i % 3) /* RTP by its first byte, of the right payload type */
			memcpy(rubbish, "\x80\xe6", 2);
		seam_child_send(&s->show, i % 7 ? MEDIA_SEAM_VIDEO : (char)rubbish[20], rubbish,
		                (size_t)(i % (int)sizeof(rubbish)));
		if (i % 100 == 0)
			pass_on(s, 20);
	}
	seam_child_send(&s->show, MEDIA_SEAM_CODECS, "video=XYZ pt=999 clock=1\n", 25);
	seam_child_send(&s->show, MEDIA_SEAM_CODECS, "", 0);
	for (i = 0; i < PATIENCE_MS / 100 && !s->codecs[0]; i++) /* until the source has begun */
		pass_on(s, 100);
	assert_true(s->codecs[0]);
	seam_child_send(&s->show, MEDIA_SEAM_CODECS, s->codecs, strlen(s->codecs));
	unlink(s->thumbnail);
	s->drop_every = 0;
	s->clock = -1;
	await_thumbnail(s);
}

static void it_runs_confined(void **state)
{
	struct studio *s = *state;
	char path[64], line[128];
	int filtered = 0;
	FILE *status;

	await_thumbnail(s);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)s->show.pid);
	status = fopen(path, "r");
	assert_non_null(status);
	while (fgets(line, sizeof(line), status))
		filtered += strcmp(line, "Seccomp:\t2\n") == 0 || strcmp(line, "NoNewPrivs:\t1\n") == 0;
	fclose(status);
	assert_int_equal(filtered, 2);
}

static void sigterm_ends_it(void **state)
{
	struct studio *s = *state;

	await_thumbnail(s);
	kill(s->show.pid, SIGTERM);
	assert_int_equal(seam_child_close(&s->show), 0);
	start_show(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(a_thumbnail_appears_and_is_renewed, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_killed_process_is_replaced, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(the_host_comes_back_with_another_codec, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(losses_and_rubbish_are_survived, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(it_runs_confined, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(sigterm_ends_it, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
