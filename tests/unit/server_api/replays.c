/* A recording's journal becomes playlists and a time line, torn off as it may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "api/replays.h"
#include "store/writer.h"

#define T0_MS INT64_C(1790000000000)

struct stage {
	char dir[64], journal[200];
	struct base_settings settings;
	struct store *store;
	struct store_reader *reader;
	struct api_replays *replays;
	struct base_id show, listing;
};

static void add_account_and_show(struct stage *s)
{
	struct store_account account = {.person = {.id = base_id_new(), .username = "host", .display_name = "Host"}};
	struct store_show show = {.id = s->show, .host.id = account.person.id, .state = STORE_SHOW_ENDED};

	assert_int_equal(store_begin(s->store), 0);
	assert_int_equal(store_insert_account(s->store, &account), 0);
	assert_int_equal(store_insert_show(s->store, &show), 0);
	assert_int_equal(store_commit(s->store), 0);
}

static void add_feature(struct stage *s, int64_t from_ms, int64_t to_ms)
{
	struct store_feature feature = {.id = base_id_new(),
	                                .show = s->show,
	                                .item = base_id_new(),
	                                .listing = s->listing,
	                                .from_ms = T0_MS + from_ms,
	                                .to_ms = T0_MS + to_ms};

	assert_int_equal(store_begin(s->store), 0);
	assert_int_equal(store_insert_feature(s->store, &feature), 0);
	assert_int_equal(store_commit(s->store), 0);
}

static int setup(void **state)
{
	struct stage *s = calloc(1, sizeof *s);
	char folder[128], why[256];

	assert_non_null(s);
	strcpy(s->dir, "/tmp/replays-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	s->settings.data_dir = s->dir;
	s->show = base_id_new();
	s->listing = base_id_new();
	assert_int_equal(store_open(s->dir, why, sizeof why, &s->store), 0);
	assert_int_equal(store_reader_open(s->dir, &s->reader), 0);
	s->replays = api_replays_create(&s->settings);
	add_account_and_show(s);
	snprintf(folder, sizeof folder, "%s/recordings", s->dir);
	assert_int_equal(mkdir(folder, 0700), 0);
	api_replay_folder(&s->settings, s->show, folder, sizeof folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	snprintf(s->journal, sizeof s->journal, "%s/journal", folder);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct stage *s = *state;
	char command[128];

	api_replays_destroy(s->replays);
	store_reader_close(s->reader);
	store_close(s->store);
	snprintf(command, sizeof command, "rm -r '%s'", s->dir);
	assert_int_equal(system(command), 0);
	free(s);
	return 0;
}

static void say(struct stage *s, const char *text)
{
	FILE *out = fopen(s->journal, "a");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void say_hello(struct stage *s, const char *epoch)
{
	char text[512];

	snprintf(text, sizeof text,
	         "hello epoch=%s\n"
	         "track name=v0 init=0 kind=video codecs=avc1.42e01f width=720 height=1280 fps_milli=30000 "
	         "bitrate=900000\n"
	         "track name=a0 init=0 kind=audio codecs=mp4a.40.2 rate=48000 channels=2 bitrate=96000\n",
	         epoch);
	say(s, text);
}

/* Two seconds of both tracks in two parts each. */
static void say_segment(struct stage *s, int number, int64_t at_ms)
{
	static const char *const tracks[] = {"v0", "a0"};
	char text[1024];

	for (int t = 0; t < 2; t++) {
		int64_t us = (T0_MS + at_ms) * 1000;
		snprintf(text, sizeof text,
		         "part track=%s segment=%d part=0 init=0 offset=0 bytes=500 start_us=%lld duration_us=1000000"
		         " independent=1 discontinuity=0\n"
		         "part track=%s segment=%d part=1 init=0 offset=500 bytes=500 start_us=%lld duration_us=1000000"
		         " independent=0 discontinuity=0\n"
		         "segment track=%s segment=%d parts=2 bytes=1000 start_us=%lld duration_us=2000000"
		         " discontinuity=0\n",
		         tracks[t], number, (long long)us, tracks[t], number, (long long)us + 1000000, tracks[t],
		         number, (long long)us);
		say(s, text);
	}
}

static char *playlist(struct stage *s, const char *name)
{
	struct base_buffer *buffer = api_replays_playlist(s->replays, s->reader, s->show, name);
	char *text = buffer ? strndup((const char *)buffer->data, buffer->len) : NULL;

	base_buffer_unref(buffer);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static void playlists(void **state)
{
	struct stage *s = *state;
	char *text, id[BASE_ID_TEXT], range[128];

	assert_null(playlist(s, "index.m3u8"));
	say_hello(s, "00000000000000aa");
	for (int i = 0; i < 3; i++)
		say_segment(s, i, i * 2000);
	add_feature(s, 500, 2750);
	add_feature(s, 100000, 200000); /* when nothing was recorded any more */
	text = playlist(s, "index.m3u8");
	assert_non_null(text);
	assert_non_null(strstr(text, "v0.m3u8"));
	assert_non_null(strstr(text, "a0.m3u8"));
	free(text);
	text = playlist(s, "v0.m3u8");
	assert_non_null(text);
	assert_int_equal(count(text, "#EXTINF:"), 3);
	assert_int_equal(count(text, "#EXT-X-ENDLIST"), 1);
	assert_int_equal(count(text, "#EXT-X-DATERANGE:"), 1);
	snprintf(range, sizeof range, "DURATION=2.250,X-LISTING=\"%s\"", base_id_format(s->listing, id));
	assert_non_null(strstr(text, range));
	assert_non_null(strstr(text, "START-DATE=\"2026-09-21T14:13:20.500Z\""));
	free(text);
	assert_null(playlist(s, "v7.m3u8"));
	assert_null(playlist(s, "journal"));
	assert_null(playlist(s, ".m3u8"));
}

static void a_torn_line_counts_once_it_is_whole(void **state)
{
	struct stage *s = *state;
	char *text;

	say_hello(s, "00000000000000aa");
	say_segment(s, 0, 0);
	say(s, "part track=v0 segment=1 part=0 init=0 offset=0 bytes=500 start_us=17900000020");
	text = playlist(s, "v0.m3u8");
	assert_int_equal(count(text, "#EXTINF:"), 1);
	free(text);
	say(s, "00000 duration_us=700000 independent=1 discontinuity=0\n");
	text = playlist(s, "v0.m3u8"); /* the child went on writing for a moment */
	assert_int_equal(count(text, "#EXTINF:"), 2);
	assert_non_null(strstr(text, "#EXTINF:0.7"));
	free(text);
}

static void gaps_are_cut_from_the_time_line(void **state)
{
	struct stage *s = *state;
	struct api_moment moments[] = {
	        {T0_MS + 1000, T0_MS + 3000}, {T0_MS + 10000, T0_MS + 61000}, {T0_MS - 9000, T0_MS + 900000}};
	int64_t duration_ms;

	assert_false(api_replays_place(s->replays, s->show, moments, 3, &duration_ms));
	say_hello(s, "00000000000000aa");
	say_segment(s, 0, 0);
	say_segment(s, 1, 2000);
	say_hello(s, "00000000000000ab"); /* a minute later: the server was killed */
	say_segment(s, 0, 60000);
	assert_true(api_replays_place(s->replays, s->show, moments, 3, &duration_ms));
	assert_int_equal(duration_ms, 6000);
	assert_true(moments[0].from_ms == 1000 && moments[0].to_ms == 3000);
	assert_true(moments[1].from_ms == 4000 && moments[1].to_ms == 5000);
	assert_true(moments[2].from_ms == 0 && moments[2].to_ms == 6000);
	char *text = playlist(s, "a0.m3u8");
	assert_int_equal(count(text, "#EXT-X-DISCONTINUITY\n"), 1);
	free(text);
}

/* More than are kept: each is found again. */
static void many_replays(void **state)
{
	struct stage *s = *state;
	struct base_id first = s->show;
	char folder[128];

	for (int round = 0; round < 12; round++) {
		s->show = base_id_new();
		api_replay_folder(&s->settings, s->show, folder, sizeof folder);
		assert_int_equal(mkdir(folder, 0700), 0);
		snprintf(s->journal, sizeof s->journal, "%s/journal", folder);
		say_hello(s, "00000000000000aa");
		for (int i = 0; i <= round; i++)
			say_segment(s, i, i * 2000);
		char *text = playlist(s, "v0.m3u8");
		assert_int_equal(count(text, "#EXTINF:"), round + 1);
		free(text);
	}
	s->show = first;
	assert_null(playlist(s, "v0.m3u8"));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(playlists),
	        TEST(a_torn_line_counts_once_it_is_whole),
	        TEST(gaps_are_cut_from_the_time_line),
	        TEST(many_replays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
