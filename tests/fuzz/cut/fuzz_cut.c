/* What lies in a recording, to a clip. Each input is a list of (kind, 16-bit length, bytes): lines of a journal, init
 * segments, fragments. Checks what must hold whatever a broken disk has left: samples inside their fragment, a clip
 * that begins at a keyframe, is no longer than agreed and has no gap in its sound, and whose head the writer accepts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/cut.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define FROM_US INT64_C(1000000)
#define TO_US INT64_C(90000000)

enum { PIECES = 64 };

struct recording {
	struct journal journal;
	struct cut_track tracks[JOURNAL_TRACKS];
	uint8_t *pieces[PIECES]; /* in memory of their own, so that what is read past their end is seen */
	size_t count;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_stretch(const struct journal *j)
{
	struct cut_stretch s;
	if (cut_choose(j, FROM_US, TO_US, &s) != 0)
		return;
	require(s.first < s.end && s.end <= j->count && s.from_us < s.to_us);
	require(s.from_us >= FROM_US && s.to_us <= TO_US);
	require(cut_wants(j, &s, s.first) && cut_wants(j, &s, s.end - 1));
}

static void take_line(struct recording *r, const uint8_t *bytes, size_t len)
{
	char line[1024];
	len = len < sizeof line ? len : sizeof line - 1;
	memcpy(line, bytes, len);
	line[len] = '\0';
	(void)!journal_line(&r->journal, line, 0, TO_US);
}

static void take_fragment(struct cut_track *t, uint8_t *bytes, size_t len)
{
	size_t before = t->count;
	if (cut_add(t, bytes, len) != 0)
		return;
	for (size_t i = before; i < t->count; i++)
		require(t->samples[i].data >= bytes && t->samples[i].data + t->samples[i].size <= bytes + len);
}

static void take_piece(struct recording *r, unsigned kind, uint8_t *bytes, size_t len)
{
	struct cut_track *t = &r->tracks[kind & 1];
	struct mp4_read_init init;
	if (kind / 2 % 3 == 0) {
		take_line(r, bytes, len);
	} else if (kind / 2 % 3 == 1) {
		if (mp4_read_init(bytes, len, &init) == 0 && init.video == !(kind & 1)) {
			t->init = init;
			t->there = true;
		}
	} else if (t->there) {
		take_fragment(t, bytes, len);
	}
}

static void check_movie(const struct cut_track *pictures, const struct cut_track *sound)
{
	const struct cut_track *both[2] = {pictures, sound};
	struct mp4_movie_track tracks[2];
	struct mp4_sample *samples[2] = {NULL, NULL};
	struct mp4_chunk chunks[2];
	struct mp4_buffer b = {.len = 0};
	size_t count = 0;
	for (int t = 0; t < 2 && both[t]->count > 0; t++, count++) {
		const struct mp4_read_init *init = &both[t]->init;
		samples[t] = calloc(both[t]->count, sizeof **samples);
		require(samples[t] != NULL);
		for (size_t i = 0; i < both[t]->count; i++)
			samples[t][i] = (struct mp4_sample){.size = both[t]->samples[i].size,
			                                    .duration = both[t]->samples[i].duration,
			                                    .key = both[t]->samples[i].key};
		chunks[t] = (struct mp4_chunk){(uint32_t)t, (uint32_t)both[t]->count};
		tracks[t] = (struct mp4_movie_track){{.codec = t ? MP4_AAC : MP4_AVC1,
		                                      .id = (uint32_t)t + 1,
		                                      .timescale = init->timescale,
		                                      .sets = &init->sets,
		                                      .width = 16,
		                                      .height = 16,
		                                      .rate = init->rate,
		                                      .channels = init->channels},
		                                     samples[t],
		                                     both[t]->count};
	}
	require(mp4_movie(&b, tracks, count, chunks, count, 0) == 0);
	mp4_buffer_finish(&b);
	free(samples[0]);
	free(samples[1]);
}

static void check_clip(struct recording *r)
{
	struct cut_track *pictures = &r->tracks[JOURNAL_PICTURE], *sound = &r->tracks[JOURNAL_SOUND];
	bool whole = true;
	uint64_t length = 0;
	if (!pictures->there || cut_trim(pictures, sound, 90000, 9000000, &whole) != 0)
		return;
	require(pictures->count > 0 && pictures->samples[0].key);
	for (size_t i = 0; i < pictures->count; i++)
		length += pictures->samples[i].duration;
	uint64_t most = (uint64_t)CUT_MAX_US / 1000000 * pictures->init.timescale;
	/* and what the first picture is shown longer for the sound */
	require(length <= most + (uint64_t)MP4_AAC_SAMPLES * pictures->init.timescale /
	                                  (sound->there && sound->count ? sound->init.timescale : 1));
	for (size_t i = 0; i < sound->count && sound->there; i++)
		require(sound->samples[i].duration == MP4_AAC_SAMPLES && sound->samples[i].size > 0);
	check_movie(pictures, sound);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct recording r = {.count = 0};
	while (len >= 3 && r.count < PIECES) {
		unsigned kind = data[0];
		size_t size = (size_t)(data[1] << 8 | data[2]);
		data += 3;
		len -= 3;
		size = size > len ? len : size;
		uint8_t *piece = malloc(size ? size : 1);
		if (!piece)
			break;
		memcpy(piece, data, size);
		r.pieces[r.count++] = piece;
		take_piece(&r, kind, piece, size);
		data += size;
		len -= size;
	}
	check_stretch(&r.journal);
	check_clip(&r);
	for (int t = 0; t < JOURNAL_TRACKS; t++)
		cut_track_finish(&r.tracks[t]);
	journal_finish(&r.journal);
	while (r.count > 0)
		free(r.pieces[--r.count]);
	return 0;
}
