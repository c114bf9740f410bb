/* trunkshow-pipeline --clip as a process, on recordings made by the writer; ffprobe, ffmpeg and mp4box.js look at what
 * it cuts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recording.h"

#define SECOND INT64_C(1000000)
#define TITLE "the file that was there before"

/** A white picture and a tone from x.5 to x.6 of each second. */
#define FLASHES                                                                                                        \
	"color=c=black:s=320x240:r=30,drawbox=x=0:y=0:w=iw:h=ih:color=white:t=fill:enable='between(mod(t,1),0.49,0."   \
	"59)'"
#define BEEPS "aevalsrc='if(between(mod(t,1),0.5,0.6),sin(2000*PI*t),0)|0':s=48000:d=%d"

static struct media flashes, beeps; /* 14 s */

static int make_media(void **state)
{
	char source[128];

	(void)state;
	flashes = media_pictures_of(FLASHES, 30, 14 * 30, "keyint=60:min-keyint=60:bframes=0");
	snprintf(source, sizeof(source), BEEPS, 14);
	beeps = media_sound_of(source, 2);
	return 0;
}

static int free_media(void **state)
{
	(void)state;
	media_free(&flashes);
	media_free(&beeps);
	return 0;
}

struct clip {
	struct output output;
	int64_t start_us, duration_us;
	int width, height, sound, whole;
	char out[128], poster[128];
};

/** Cut from and to, counted from the recording's origin. */
static struct clip cut(const struct recording *r, int64_t from_us, int64_t to_us)
{
	char from[32], to[32];
	struct clip c = {.width = 0};
	const char *argv[] = {PIPELINE_PROGRAM, "--clip", "--record", r->folder, "--from", from, "--to", to,
	                      "--out",          c.out,    "--poster", c.poster,  NULL};

	snprintf(from, sizeof(from), "%" PRId64, RECORDING_ORIGIN + from_us);
	snprintf(to, sizeof(to), "%" PRId64, RECORDING_ORIGIN + to_us);
	recording_path(r, "clip.mp4", c.out, sizeof(c.out));
	recording_path(r, "clip.jpg", c.poster, sizeof(c.poster));
	c.output = process_run(argv, "", 0);
	if (c.output.code == 0) {
		c.output.data[c.output.len] = '\0';
		assert_int_equal(sscanf((const char *)c.output.data,
		                        "clip start_us=%" SCNd64 " duration_us=%" SCNd64
		                        " width=%d height=%d sound=%d whole=%d\n",
		                        &c.start_us, &c.duration_us, &c.width, &c.height, &c.sound, &c.whole),
		                 6);
		c.start_us -= RECORDING_ORIGIN;
		assert_string_equal(c.output.errors, "");
	}
	return c;
}

static char *probe(const char *path, const char *stream, const char *entries)
{
	const char *argv[] = {
	        "ffprobe",          "-v", "warning", "-select_streams", stream, "-show_entries", entries, "-of",
	        "compact=p=0:nk=1", path, NULL};

	return run_clean(argv);
}

static void expect_text(char *text, const char *expected)
{
	if (!strstr(text, expected))
		fail_msg("no \"%s\" in:\n%.2000s", expected, text);
	free(text);
}

/** Plain, playable from the front: moov before mdat, no fragments, no edit lists, avc1 whose samples have no parameter
 *  sets in them, one keyframe at the front; every picture and all sound decode without a complaint. */
static void check_file(const struct clip *c)
{
	const char *boxes[] = {NODE_PROGRAM, TEST_FOLDER "/mp4box.mjs", c->out, NULL};
	const char *decode[] = {"ffmpeg", "-nostdin", "-v",   "warning", "-xerror", "-i",
	                        c->out,   "-f",       "null", "-",       NULL};
	char *text = run_clean(boxes), *stream = "boxes ftyp moov(mvhd trak(tkhd mdia(mdhd hdlr minf(vmhd dinf(dref) "
	                                         "stbl(stsd(avc1(avcC)) stts stss stsc stsz stco))))";

	if (strncmp(text, stream, strlen(stream)) != 0)
		fail_msg("%.600s", text);
	assert_non_null(strstr(text, c->sound ? " trak(tkhd mdia(mdhd hdlr minf(smhd dinf(dref) stbl(stsd(mp4a(esds)) "
	                                        "stts stsc stsz stco))))) mdat\n"
	                                      : ") mdat\n"));
	assert_non_null(strstr(text, "\nsample 1 0 0 "));
	free(text);
	text = probe(c->out, "v", "packet=flags");
	assert_memory_equal(text, "K", 1);
	free(text);
	free(run_clean(decode));
}

static void check_duration(const struct clip *c, double seconds)
{
	char *text = probe(c->out, "v", "format=duration");

	if (atof(text) < seconds - 0.05 || atof(text) > seconds + 0.05)
		fail_msg("%s is not %f", text, seconds);
	free(text);
	assert_true(llabs(c->duration_us - (int64_t)(seconds * 1e6)) < 50000);
}

static void check_poster(const struct clip *c, int width, int height)
{
	size_t len;
	uint8_t *data = read_file(c->poster, &len);
	struct rgb picture = decode_picture("jpeg_pipe", data, len);

	assert_int_equal(picture.width, width);
	assert_int_equal(picture.height, height);
	rgb_free(&picture);
	free(data);
}

/** No file but the recording's own and what was asked for. */
static void check_folder(const struct recording *r, bool clip)
{
	DIR *dir = opendir(r->folder);
	struct dirent *entry;
	bool movie = false, poster = false;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		movie |= strcmp(entry->d_name, "clip.mp4") == 0;
		poster |= strcmp(entry->d_name, "clip.jpg") == 0;
		if (strncmp(entry->d_name, "clip.", 5) == 0)
			assert_int_equal(strlen(entry->d_name), 8);
	}
	closedir(dir);
	assert_int_equal(movie, clip);
	assert_int_equal(poster, clip);
}

/** When the nth picture after a dark one is white, and when the nth beep begins [s]; -1 there is none. */
static double nth_flash(const char *path, int nth)
{
	const char *argv[] = {"ffmpeg",   "-nostdin", "-v",        "error",       "-i",  path,
	                      "-map",     "0:v",      "-fps_mode", "passthrough", "-vf", "scale=1:1",
	                      "-pix_fmt", "gray",     "-f",        "rawvideo",    "-",   NULL};
	struct output o = process_run(argv, "", 0);
	char *times = probe(path, "v", "packet=pts_time"), *at = times;
	double time = -1;
	size_t i;

	for (i = 0; i < o.len && time < 0; i++) {
		if (o.data[i] > 128 && (i == 0 || o.data[i - 1] <= 128) && nth-- == 0)
			time = atof(at);
		at = strchr(at, '\n') + 1;
	}
	free(times);
	output_free(&o);
	return time;
}

static double nth_beep(const char *path, int nth)
{
	const char *argv[] = {"ffmpeg", "-nostdin",       "-v", "error", "-i", path, "-map", "0:a",
	                      "-af",    "pan=mono|c0=c0", "-f", "s16le", "-",  NULL};
	struct output o = process_run(argv, "", 0);
	const int16_t *samples = (const int16_t *)(const void *)o.data;
	size_t i, quiet = 48000;
	double time = -1;

	for (i = 0; i < o.len / 2 && time < 0; i++) {
		bool loud = abs(samples[i]) > 4000;

		if (loud && quiet > 4800 && nth-- == 0)
			time = (double)i / 48000;
		quiet = loud ? 0 : quiet + 1;
	}
	output_free(&o);
	return time;
}

/** Picture and sound of the nth flash are together, where they belong. */
static void check_sync(const struct clip *c, int nth, double at)
{
	double flash = nth_flash(c->out, nth), beep = nth_beep(c->out, nth);

	if (flash < at - 0.035 || flash > at + 0.035)
		fail_msg("flash %d at %f and not %f", nth, flash, at);
	if (beep < flash - 0.008 || beep > flash + 0.008)
		fail_msg("flash %d at %f, its beep at %f", nth, flash, beep);
}

static void a_clip_begins_at_the_keyframe_before(void **state)
{
	struct recording r = recording_make();
	struct clip c;

	(void)state;
	recording_add(&r, &(struct stretch){.pictures = &flashes, .sound = &beeps, .at_us = 20000});
	c = cut(&r, 5520000, 11520000);
	assert_int_equal(c.output.code, 0);
	assert_int_equal(c.start_us, 4020000);
	assert_true(c.whole && c.sound);
	check_file(&c);
	check_duration(&c, 7.5);
	expect_text(probe(c.out, "v", "stream=codec_name,width,height,nb_frames"), "h264|320|240|225\n");
	expect_text(probe(c.out, "a", "stream=codec_name,sample_rate,channels"), "aac|48000|2\n");
	expect_text(probe(c.out, "v", "format_tags=creation_time"), "2026-09-21T");
	check_poster(&c, 320, 240);
	check_sync(&c, 0, 0.5);
	check_sync(&c, 6, 6.5);
	check_folder(&r, true);
	output_free(&c.output);
	recording_free(&r);
}

static void a_clip_lasts_a_minute_at_most(void **state)
{
	struct recording r = recording_make();
	struct media pictures = media_pictures("160x120", 10, 1000, "keyint=20:min-keyint=20:bframes=0");
	struct media sound = media_sound(48000, 2, 100);
	struct clip c;

	(void)state;
	recording_add(&r, &(struct stretch){.pictures = &pictures, .sound = &sound});
	c = cut(&r, 11 * SECOND, 99 * SECOND);
	assert_int_equal(c.output.code, 0);
	assert_int_equal(c.start_us, 10 * SECOND);
	check_file(&c);
	check_duration(&c, 60);
	output_free(&c.output);
	media_free(&pictures);
	media_free(&sound);
	recording_free(&r);
}

/** 6 s, a break of some kind, 8 s of another size: wanted from 2 to 12. */
static void over_a_break(bool epoch, bool discontinuity, int64_t gap_us)
{
	struct recording r = recording_make();
	struct media first = media_pictures("160x120", 30, 180, "keyint=60:min-keyint=60:bframes=0");
	struct clip c;

	recording_add(&r, &(struct stretch){.pictures = &first, .sound = &beeps});
	if (epoch)
		recording_epoch(&r, 'b', 6 * SECOND + gap_us);
	recording_add(&r, &(struct stretch){.pictures = &flashes,
	                                    .sound = &beeps,
	                                    .at_us = 6 * SECOND + gap_us,
	                                    .discontinuity = discontinuity});
	c = cut(&r, 2500000, 12500000);
	assert_int_equal(c.output.code, 0);
	assert_int_equal(c.start_us, 6 * SECOND + gap_us);
	assert_false(c.whole);
	assert_int_equal(c.width, 320);
	check_file(&c);
	check_duration(&c, (double)(6500000 - gap_us) / 1e6);
	check_sync(&c, 2, 2.5);
	output_free(&c.output);
	/* what lies before the break is there, too */
	c = cut(&r, 2500000, 5500000);
	assert_int_equal(c.output.code, 0);
	assert_true(c.whole);
	assert_int_equal(c.width, 160);
	check_file(&c);
	check_duration(&c, 3.5);
	check_poster(&c, 160, 120);
	output_free(&c.output);
	media_free(&first);
	recording_free(&r);
}

static void over_a_break_the_longest_stretch_is_taken(void **state)
{
	(void)state;
	over_a_break(false, true, 0);
	over_a_break(true, false, 0);
	over_a_break(true, true, 500000);
}

static void what_was_killed_is_cut_up_to_its_last_part(void **state)
{
	struct recording r = recording_make();
	char path[256], line[160];
	size_t len;
	uint8_t *segment;
	struct clip c;

	(void)state;
	recording_add(&r, &(struct stretch){.pictures = &flashes, .sound = &beeps});
	/* a part whose bytes never came, and a line that was being written */
	snprintf(line, sizeof(line),
	         "part track=v0 segment=7 part=0 init=0 offset=0 bytes=5000 start_us=%" PRId64
	         " duration_us=300000 independent=1 discontinuity=0\n",
	         RECORDING_ORIGIN + 14 * SECOND);
	recording_journal(&r, line);
	recording_journal(&r, "part track=v0 segment=7 part=1 init=0 off");
	c = cut(&r, 10500000, 16 * SECOND);
	assert_int_equal(c.output.code, 0);
	assert_false(c.whole);
	check_file(&c);
	check_duration(&c, 4);
	output_free(&c.output);
	/* the disk has lost the end of a segment */
	snprintf(path, sizeof(path), "%s/aaaaaaaaaaaaaaaa-v0-4.m4s", r.folder);
	segment = read_file(path, &len);
	write_file(path, segment, len / 2);
	free(segment);
	c = cut(&r, 4500000, 11500000);
	assert_int_equal(c.output.code, 0);
	assert_false(c.whole);
	check_file(&c);
	assert_true(c.duration_us > 4 * SECOND && c.duration_us < 6 * SECOND);
	output_free(&c.output);
	recording_free(&r);
}

static void sound_that_is_missing_is_silence(void **state)
{
	struct recording r = recording_make();
	struct clip c;
	double flash;

	(void)state;
	recording_add(&r, &(struct stretch){.pictures = &flashes,
	                                    .sound = &beeps,
	                                    .silent_from_us = 5 * SECOND,
	                                    .silent_to_us = 7900000});
	c = cut(&r, 4500000, 11500000);
	assert_int_equal(c.output.code, 0);
	check_file(&c);
	check_duration(&c, 7.5);
	check_sync(&c, 0, 0.5);
	/* beeps 1, 2 and 3 are not there; 4 is where it belongs */
	flash = nth_flash(c.out, 4);
	assert_true(flash > 4.46 && flash < 4.54);
	assert_true(nth_beep(c.out, 1) > flash - 0.012 && nth_beep(c.out, 1) < flash + 0.012);
	output_free(&c.output);
	recording_free(&r);
}

static void without_sound_there_are_pictures(void **state)
{
	struct recording r = recording_make();
	struct clip c;

	(void)state;
	recording_add(&r, &(struct stretch){.pictures = &flashes});
	c = cut(&r, 2500000, 5000000);
	assert_int_equal(c.output.code, 0);
	assert_false(c.sound);
	check_file(&c);
	check_duration(&c, 3);
	output_free(&c.output);
	recording_free(&r);
}

static void where_nothing_was_recorded_there_is_no_clip(void **state)
{
	struct recording r = recording_make();
	struct clip c;
	uint8_t *data;
	size_t len;

	(void)state;
	c = cut(&r, 0, 5 * SECOND);
	assert_int_equal(c.output.code, 2);
	output_free(&c.output);
	recording_add(&r, &(struct stretch){.pictures = &flashes, .sound = &beeps});
	c = cut(&r, 20 * SECOND, 25 * SECOND);
	assert_int_equal(c.output.code, 2);
	assert_true(strlen(c.output.errors) > 0);
	output_free(&c.output);
	check_folder(&r, false);
	/* and a file that was there before stays */
	write_file(c.out, TITLE, sizeof(TITLE));
	c = cut(&r, 20 * SECOND, 25 * SECOND);
	data = read_file(c.out, &len);
	assert_int_equal(len, sizeof(TITLE));
	assert_memory_equal(data, TITLE, len);
	free(data);
	output_free(&c.output);
	c = cut(&r, 5 * SECOND, 5 * SECOND);
	assert_int_equal(c.output.code, 64);
	output_free(&c.output);
	recording_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_clip_begins_at_the_keyframe_before),
	        cmocka_unit_test(a_clip_lasts_a_minute_at_most),
	        cmocka_unit_test(over_a_break_the_longest_stretch_is_taken),
	        cmocka_unit_test(what_was_killed_is_cut_up_to_its_last_part),
	        cmocka_unit_test(sound_that_is_missing_is_silence),
	        cmocka_unit_test(without_sound_there_are_pictures),
	        cmocka_unit_test(where_nothing_was_recorded_there_is_no_clip),
	};

	return cmocka_run_group_tests(tests, make_media, free_media);
}
