/* What parameter sets and pictures say, against ffprobe's reading of the same stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media_files.h"

/** profile, size and reordering as ffprobe tells them. */
static char *probe(const char *path)
{
	const char *argv[] = {"ffprobe",
	                      "-v",
	                      "error",
	                      "-f",
	                      "h264",
	                      "-show_entries",
	                      "stream=width,height,has_b_frames,level",
	                      "-of",
	                      "compact=p=0:nk=1",
	                      path,
	                      NULL};

	return run_clean(argv);
}

static struct media_sps sps_of(const struct media *m)
{
	struct media_sps sps;

	assert_int_equal(media_sps_read(m->sets.sps.data, m->sets.sps.len, &sps), 0);
	return sps;
}

static void write_stream(const char *path, const struct media *m)
{
	FILE *file = fopen(path, "wb");
	size_t i;

	assert_non_null(file);
	for (i = 0; i < m->count; i++) {
		uint8_t *unit = malloc(m->samples[i].size);

		assert_non_null(unit);
		memcpy(unit, m->samples[i].data, m->samples[i].size);
		assert_int_equal(h264_to_start_codes(unit, m->samples[i].size), 0);
		assert_int_equal(fwrite(unit, 1, m->samples[i].size, file), m->samples[i].size);
		free(unit);
	}
	fclose(file);
}

static void sizes_and_order_are_as_ffprobe_says(void **state)
{
	static const struct {
		const char *size, *more;
		bool b_frames;
	} streams[] = {
	        {"320x240", "bframes=0", false},
	        {"426x250", "bframes=0:cabac=1:8x8dct=1", false},
	        {"322x182", "bframes=2:b-adapt=0", true},
	        {"640x360", "bframes=3:b-adapt=0:b-pyramid=normal:nal-hrd=vbr:vbv-maxrate=900:vbv-bufsize=900", true},
	        {"64x48", "bframes=0:sar=4/3:colorprim=bt709:overscan=show:videoformat=pal", false},
	        {"320x240", "bframes=0:tff=1", false},
	};
	char folder[64], path[128], line[64], *text;
	size_t i, k;

	(void)state;
	folder_make(folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s/stream.h264", folder);
	for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		struct media m = media_pictures(streams[i].size, 25, 12, streams[i].more);
		struct media_sps sps = sps_of(&m);
		size_t with_b = 0;

		write_stream(path, &m);
		text = probe(path);
		snprintf(line, sizeof(line), "%d|%d|%d|%d\n", sps.width, sps.height, sps.reorder, sps.level);
		assert_string_equal(text, line);
		assert_int_equal(sps.reorder > 0, streams[i].b_frames);
		free(text);
		for (k = 0; k < m.count; k++) {
			struct h264_unit unit;

			assert_int_equal(h264_unit_read(m.samples[k].data, m.samples[k].size, &unit), 0);
			assert_true(unit.slices && unit.first);
			assert_int_equal(unit.keyframe, m.samples[k].key);
			assert_int_equal(unit.sps && unit.pps, m.samples[k].key);
			with_b += unit.b_frames;
		}
		assert_int_equal(with_b > 0, streams[i].b_frames);
		media_free(&m);
	}
	folder_remove(folder);
}

/** Without VUI: OpenH264's baseline cannot reorder, a main profile may. */
static void a_set_that_does_not_tell_is_judged_by_its_profile(void **state)
{
	uint8_t nal[] = {0x67, 0x42, 0xC0, 0x1E, 0x8C, 0x8D, 0x40, 0x50, 0x17, 0xFC, 0xB0, 0x0F, 0x08, 0x84, 0x6A};
	struct media_sps sps;

	(void)state;
	assert_int_equal(media_sps_read(nal, sizeof(nal), &sps), 0);
	assert_int_equal(sps.width, 640);
	assert_int_equal(sps.height, 360);
	assert_int_equal(sps.reorder, 0);
	assert_int_equal(sps.profile, 66);
	assert_int_equal(sps.constraints, 0xC0);
	assert_int_equal(sps.level, 30);
	nal[1] = 77;
	/* cut behind the size: what follows is not known */
	assert_int_equal(media_sps_read(nal, 12, &sps), 0);
	assert_int_equal(sps.reorder, -1);
}

static void sets_are_kept_and_changes_counted(void **state)
{
	struct media one = media_pictures("320x240", 25, 1, "bframes=0"),
	             two = media_pictures("160x120", 25, 1, "bframes=0");
	struct h264_sets sets = {.changes = 0};
	uint8_t zeros[H264_SET_MAX + 8] = {0}, pps[] = {0x68, 0xCE, 0x3C, 0x80}, written[1024];
	size_t len, at = 0, nal_len;
	const uint8_t *nal;

	(void)state;
	assert_int_equal(h264_sets_take(&sets, one.sets.pps[0].data, one.sets.pps[0].len), 0);
	assert_false(h264_sets_whole(&sets));
	assert_int_equal(h264_sets_take(&sets, one.sets.sps.data, one.sets.sps.len), 0);
	assert_false(h264_sets_whole(&sets)); /* a PPS is of the SPS before it */
	assert_int_equal(h264_sets_take(&sets, one.sets.pps[0].data, one.sets.pps[0].len), 0);
	assert_true(h264_sets_whole(&sets));
	assert_int_equal(sets.changes, 3);
	/* the same again, with zeros behind it */
	memcpy(zeros, one.sets.sps.data, one.sets.sps.len);
	assert_int_equal(h264_sets_take(&sets, zeros, one.sets.sps.len + 3u), 0);
	assert_int_equal(sets.changes, 3);
	assert_true(h264_sets_whole(&sets));
	/* another PPS beside the first: ids 1 (010) and 0 (1) */
	pps[1] = 0x4E;
	assert_int_equal(h264_sets_take(&sets, pps, sizeof(pps)), 0);
	assert_int_equal(sets.pps_count, 2);
	assert_memory_equal(sets.pps[1].data, pps, sizeof(pps));
	len = h264_sets_write(&sets, written, sizeof(written));
	assert_int_equal(len, 12u + sets.sps.len + sets.pps[0].len + sets.pps[1].len);
	nal = h264_next(written, len, &at, &nal_len);
	assert_memory_equal(nal, sets.sps.data, nal_len);
	assert_int_equal(h264_sets_write(&sets, written, len - 1), 0);
	/* another picture */
	assert_int_equal(h264_sets_take(&sets, two.sets.sps.data, two.sets.sps.len), 0);
	assert_int_equal(sets.pps_count, 0);
	assert_int_equal(sets.changes, 5);
	/* what is broken or too large changes nothing */
	assert_int_equal(h264_sets_take(&sets, (const uint8_t *)"\x67\x42", 2), -EBADMSG);
	memset(zeros, 0x68, sizeof(zeros));
	assert_int_equal(h264_sets_take(&sets, zeros, sizeof(zeros)), -EMSGSIZE);
	assert_int_equal(h264_sets_take(&sets, (const uint8_t *)"\x68\x00", 2), -EBADMSG);
	assert_int_equal(sets.changes, 5);
	media_free(&one);
	media_free(&two);
}

static void no_more_sets_than_there_is_room_for(void **state)
{
	struct h264_sets sets = {.changes = 0};
	unsigned id;

	(void)state;
	/* ids from 7 on, in Exp-Golomb: 000 1xxx; the newest first, they stand in order */
	for (id = 14; id >= 7; id--) {
		uint8_t pps[3] = {0x68, (uint8_t)(0x10 | (id - 7) << 1 | 1), 0x80};

		assert_int_equal(h264_sets_take(&sets, pps, sizeof(pps)), 0);
	}
	assert_int_equal(sets.pps_count, H264_PPS_MAX);
	for (id = 0; id < H264_PPS_MAX; id++)
		assert_int_equal(sets.pps[id].data[1], 0x11 | id << 1);
	assert_int_equal(h264_sets_take(&sets, (const uint8_t *)"\x68\xCE\x80", 3), -ENOSPC);
	assert_int_equal(sets.pps_count, H264_PPS_MAX);
}

static void lengths_that_do_not_fit_are_refused(void **state)
{
	static const uint8_t longer[] = {0, 0, 0, 3, 0x41, 0x80}, none[] = {0, 0, 0, 0},
	                     rest[] = {0, 0, 0, 1, 0x06, 0, 0};
	uint8_t copy[8];
	struct h264_unit unit;

	(void)state;
	assert_int_equal(h264_unit_read(longer, sizeof(longer), &unit), -EBADMSG);
	assert_int_equal(h264_unit_read(none, sizeof(none), &unit), -EBADMSG);
	assert_int_equal(h264_unit_read(rest, sizeof(rest), &unit), -EBADMSG);
	memcpy(copy, rest, sizeof(rest));
	assert_int_equal(h264_to_start_codes(copy, sizeof(rest)), -EBADMSG);
	assert_int_equal(h264_unit_read(rest, 5, &unit), 0);
	assert_false(unit.slices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sizes_and_order_are_as_ffprobe_says),
	        cmocka_unit_test(a_set_that_does_not_tell_is_judged_by_its_profile),
	        cmocka_unit_test(sets_are_kept_and_changes_counted),
	        cmocka_unit_test(no_more_sets_than_there_is_room_for),
	        cmocka_unit_test(lengths_that_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
