/* Notes become slots: numbering over the pipeline's lives, what is missing, the window. */
#include "hls/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MOST 50000      /* of a recording: 28 hours */
#define SKIPPED_MOST 8        /* segments that may be missing in a row and are said to be gaps */
#define SILENT_MOST 2         /* segments without a track that was announced */
#define PART_STRETCH_US 50000 /* a part that is longer by no more than this is a frame too long, not a pause */

struct hls_stream *hls_stream_create(const struct hls_config *config)
{
	struct hls_stream *stream = calloc(1, sizeof *stream);

	if (!stream)
		abort();
	stream->config = *config;
	stream->oldest = stream->listed = config->first_msn;
	stream->part_us = config->part_us;
	stream->target_us = (2 * config->segment_us + 999999) / 1000000 * 1000000;
	return stream;
}

static void slot_free(struct hls_slot *slot)
{
	for (size_t t = 0; t < HLS_TRACKS; t++)
		free(slot->pieces[t].list);
	free(slot);
}

void hls_stream_destroy(struct hls_stream *stream)
{
	if (!stream)
		return;
	for (size_t i = 0; i < stream->slot_count; i++)
		slot_free(stream->slots[i]);
	for (size_t t = 0; t < stream->track_count; t++) {
		base_buffer_unref(stream->tracks[t].rendered[0]);
		base_buffer_unref(stream->tracks[t].rendered[1]);
	}
	free(stream->slots);
	free(stream->epochs);
	free(stream);
}

/* ---- looking ---- */

struct hls_slot *hls_slot_at(const struct hls_stream *stream, int64_t msn)
{
	if (msn < stream->oldest || msn >= hls_next_msn(stream))
		return NULL;
	return stream->slots[msn - stream->oldest];
}

int64_t hls_next_msn(const struct hls_stream *stream)
{
	return stream->oldest + (int64_t)stream->slot_count;
}

bool hls_piece_empty(const struct hls_piece *piece)
{
	return !piece->closed && piece->parts == 0;
}

int64_t hls_track_msn(const struct hls_stream *stream, int track)
{
	for (int64_t msn = hls_next_msn(stream) - 1; msn >= stream->oldest; msn--)
		if (!hls_piece_empty(&hls_slot_at(stream, msn)->pieces[track]))
			return msn;
	return -1;
}

struct hls_epoch *hls_epoch_of(const struct hls_stream *stream, const struct hls_slot *slot)
{
	return &stream->epochs[slot->epoch - stream->oldest_epoch];
}

int64_t hls_slot_duration_us(const struct hls_slot *slot)
{
	int64_t longest = 0;

	for (size_t t = 0; t < HLS_TRACKS; t++)
		if (slot->pieces[t].duration_us > longest)
			longest = slot->pieces[t].duration_us;
	return longest;
}

static int64_t slot_end_us(const struct hls_slot *slot)
{
	int64_t end = slot->begun_us;

	for (size_t t = 0; t < HLS_TRACKS; t++)
		if (slot->pieces[t].start_us + slot->pieces[t].duration_us > end)
			end = slot->pieces[t].start_us + slot->pieces[t].duration_us;
	return end;
}

int hls_stream_track(const struct hls_stream *stream, const char *name, size_t len)
{
	for (size_t t = 0; t < stream->track_count; t++)
		if (strlen(stream->tracks[t].note.name) == len && memcmp(stream->tracks[t].note.name, name, len) == 0)
			return (int)t;
	return -1;
}

bool hls_stream_ended(const struct hls_stream *stream)
{
	return stream->ended;
}

int64_t hls_stream_target_us(const struct hls_stream *stream)
{
	return stream->target_us;
}

static struct hls_epoch *newest_epoch(const struct hls_stream *stream)
{
	return stream->epoch_count ? &stream->epochs[stream->epoch_count - 1] : NULL;
}

/* ---- changing ---- */

/* What was rendered of a track is no longer true. */
static void touch(struct hls_stream *stream, size_t track)
{
	for (int skip = 0; skip < 2; skip++) {
		base_buffer_unref(stream->tracks[track].rendered[skip]);
		stream->tracks[track].rendered[skip] = NULL;
	}
}

static void promise(struct hls_stream *stream, const struct hls_piece *piece)
{
	/* Rounded to the nearest second it must not exceed the target (RFC 8216bis §4.4.3.1). */
	int64_t rounded = (piece->duration_us + 500000) / 1000000 * 1000000;

	if (rounded > stream->target_us)
		stream->target_us = rounded;
}

static void close_piece(struct hls_stream *stream, struct hls_slot *slot, size_t track)
{
	struct hls_piece *piece = &slot->pieces[track];

	if (piece->closed)
		return;
	piece->closed = piece->torn = true;
	if (piece->parts == 0) {
		piece->gap = true;
		piece->duration_us = hls_slot_duration_us(slot);
		if (piece->duration_us == 0)
			piece->duration_us = stream->config.segment_us;
	}
	for (size_t t = 0; t < HLS_TRACKS && !piece->start_us; t++)
		piece->start_us = slot->pieces[t].start_us;
	if (!piece->start_us)
		piece->start_us = slot->begun_us;
	promise(stream, piece);
	if (track < stream->track_count)
		touch(stream, track);
}

/* Nothing more comes for the slots before this one. Tracks that nobody has announced yet are settled too: theirs began
 * later. */
static void settle_before(struct hls_stream *stream, int64_t msn)
{
	for (int64_t at = msn - 1; at >= stream->oldest; at--) {
		struct hls_slot *slot = hls_slot_at(stream, at);
		bool open = false;

		for (size_t t = 0; t < HLS_TRACKS; t++) {
			open |= !slot->pieces[t].closed;
			close_piece(stream, slot, t);
		}
		if (!open)
			break;
	}
}

static struct hls_slot *add_slot(struct hls_stream *stream, uint32_t segment)
{
	struct hls_slot *slot = calloc(1, sizeof *slot);

	if (stream->slot_count == stream->slot_room) {
		stream->slot_room = stream->slot_room ? 2 * stream->slot_room : 64;
		stream->slots = realloc(stream->slots, stream->slot_room * sizeof *stream->slots);
	}
	if (!slot || !stream->slots)
		abort();
	slot->epoch = stream->oldest_epoch + (int64_t)stream->epoch_count - 1;
	slot->segment = segment;
	slot->begun_us = stream->slot_count ? slot_end_us(stream->slots[stream->slot_count - 1]) : 0;
	slot->discontinuity = stream->broken && hls_next_msn(stream) > stream->config.first_msn;
	stream->broken = false;
	stream->slots[stream->slot_count++] = slot;
	return slot;
}

/* The slot of a segment of this epoch, made if it is the next or a few are missing before it. @return NULL: it is past,
 * or too much is kept. */
static struct hls_slot *slot_of(struct hls_stream *stream, uint32_t segment)
{
	struct hls_epoch *epoch = newest_epoch(stream);
	int64_t next = hls_next_msn(stream), msn;

	if (!epoch)
		return NULL;
	msn = epoch->first_msn + segment;
	if (msn < next) {
		struct hls_slot *slot = hls_slot_at(stream, msn);
		return slot && hls_epoch_of(stream, slot) == epoch ? slot : NULL;
	}
	if (msn > next)
		stream->broken = true;
	if (msn > next + SKIPPED_MOST) {
		epoch->first_msn = next - segment;
		msn = next;
	}
	while (next <= msn && stream->slot_count < SLOTS_MOST) {
		add_slot(stream, segment - (uint32_t)(msn - next));
		settle_before(stream, next - 1);
		next++;
	}
	return next > msn ? hls_slot_at(stream, msn) : NULL;
}

static bool take_hello(struct hls_stream *stream, const char *name)
{
	struct hls_epoch *epoch;

	for (size_t i = 0; i < stream->epoch_count; i++)
		if (strcmp(stream->epochs[i].name, name) == 0)
			return false;
	settle_before(stream, hls_next_msn(stream));
	epoch = newest_epoch(stream);
	/* One that has made nothing leaves no trace. */
	if (!epoch || (stream->slot_count && hls_epoch_of(stream, stream->slots[stream->slot_count - 1]) == epoch)) {
		stream->epochs = realloc(stream->epochs, (stream->epoch_count + 1) * sizeof *stream->epochs);
		if (!stream->epochs)
			abort();
		epoch = &stream->epochs[stream->epoch_count++];
	}
	*epoch = (struct hls_epoch){.first_msn = hls_next_msn(stream)};
	memcpy(epoch->name, name, HLS_EPOCH_BYTES);
	for (size_t t = 0; t < HLS_TRACKS; t++)
		epoch->inits[t] = -1;
	for (size_t t = 0; t < stream->track_count; t++) {
		stream->tracks[t].announced = false;
		touch(stream, t);
	}
	stream->broken = true;
	return true;
}

static bool take_track(struct hls_stream *stream, const struct hls_note_track *note)
{
	struct hls_epoch *epoch = newest_epoch(stream);
	int t = hls_stream_track(stream, note->name, strlen(note->name));

	if (!epoch || (t < 0 && stream->track_count == HLS_TRACKS))
		return false;
	if (t < 0)
		t = (int)stream->track_count++;
	stream->tracks[t].note = *note;
	stream->tracks[t].announced = true;
	if ((int64_t)note->init > epoch->inits[t])
		epoch->inits[t] = note->init;
	return true;
}

static void judge_ready(struct hls_stream *stream)
{
	bool all = stream->track_count > 0;

	for (size_t t = 0; t < stream->track_count; t++)
		all &= stream->tracks[t].played || !stream->tracks[t].announced;
	/* One that was announced and never comes holds nobody up. */
	stream->ready |= all || hls_next_msn(stream) > stream->config.first_msn + SILENT_MOST;
}

bool hls_stream_ready(const struct hls_stream *stream)
{
	return stream->ready;
}

static void begin_piece(struct hls_stream *stream, struct hls_slot *slot, int track, const struct hls_note_part *note)
{
	struct hls_piece *piece = &slot->pieces[track];

	piece->init = note->init;
	piece->start_us = note->start_us;
	piece->dependent = !note->independent;
	/* Before the very first there is nothing to be continuous with. */
	if (note->discontinuity && slot != hls_slot_at(stream, stream->config.first_msn))
		slot->discontinuity = true;
	if (stream->config.window_us == 0)
		return;
	piece->list = calloc(HLS_PARTS, sizeof *piece->list);
	if (!piece->list)
		abort();
}

static bool take_part(struct hls_stream *stream, const struct hls_note_part *note)
{
	int t = hls_stream_track(stream, note->track, strlen(note->track));
	struct hls_slot *slot = t < 0 ? NULL : slot_of(stream, note->segment);
	struct hls_piece *piece = slot ? &slot->pieces[t] : NULL;

	if (!piece || piece->closed || note->part != piece->parts || note->offset != piece->bytes ||
	    piece->parts == HLS_PARTS || (int64_t)note->init > newest_epoch(stream)->inits[t])
		return false;
	if (piece->parts == 0)
		begin_piece(stream, slot, t, note);
	if (piece->list)
		piece->list[piece->parts] = (struct hls_part){.offset = note->offset,
		                                              .bytes = note->bytes,
		                                              .duration_us = note->duration_us,
		                                              .independent = note->independent};
	piece->parts++;
	piece->bytes += note->bytes;
	piece->duration_us += note->duration_us;
	if (note->duration_us > stream->part_us && note->duration_us <= stream->config.part_us + PART_STRETCH_US)
		stream->part_us = note->duration_us;
	stream->tracks[t].played = true;
	touch(stream, (size_t)t);
	judge_ready(stream);
	return true;
}

static bool take_segment(struct hls_stream *stream, const struct hls_note_segment *note)
{
	int t = hls_stream_track(stream, note->track, strlen(note->track));
	struct hls_slot *slot = t < 0 ? NULL : slot_of(stream, note->segment);
	struct hls_piece *piece = slot ? &slot->pieces[t] : NULL;

	if (!piece || piece->closed)
		return false;
	if (note->parts == 0 && piece->parts == 0) {
		piece->start_us = note->start_us;
		piece->duration_us = note->duration_us;
	}
	close_piece(stream, slot, (size_t)t);
	/* The parts have the last word on what there is; where the sums differ, so does the file. */
	piece->torn = note->bytes != piece->bytes;
	return true;
}

/* ---- the window ---- */

static void drop_oldest(struct hls_stream *stream)
{
	int64_t epoch;

	slot_free(stream->slots[0]);
	stream->slot_count--;
	memmove(stream->slots, stream->slots + 1, stream->slot_count * sizeof *stream->slots);
	stream->oldest++;
	epoch = stream->slot_count ? stream->slots[0]->epoch : stream->oldest_epoch + (int64_t)stream->epoch_count - 1;
	if (epoch == stream->oldest_epoch)
		return;
	stream->epoch_count -= (size_t)(epoch - stream->oldest_epoch);
	memmove(stream->epochs, stream->epochs + (epoch - stream->oldest_epoch),
	        stream->epoch_count * sizeof *stream->epochs);
	stream->oldest_epoch = epoch;
}

/* What was made so long ago has been deleted, however little was made since. */
static bool too_old(const struct hls_stream *stream, const struct hls_slot *slot)
{
	return slot_end_us(slot) < slot_end_us(stream->slots[stream->slot_count - 1]) - 2 * stream->config.window_us;
}

/* The first of the slots before `end` that together last as long as the window, at least `first`. */
static int64_t window_from(const struct hls_stream *stream, int64_t first, int64_t end)
{
	int64_t sum = 0, msn = end;

	while (msn > first && sum < stream->config.window_us && !too_old(stream, hls_slot_at(stream, msn - 1)))
		sum += hls_slot_duration_us(hls_slot_at(stream, --msn));
	return msn;
}

static void window_move(struct hls_stream *stream)
{
	int64_t listed, kept;

	if (stream->config.window_us == 0 || stream->slot_count == 0)
		return;
	listed = window_from(stream, stream->listed, hls_next_msn(stream));
	kept = window_from(stream, stream->oldest, listed);
	for (; stream->listed < listed; stream->listed++)
		stream->discontinuities += hls_slot_at(stream, stream->listed)->discontinuity;
	while (stream->oldest < kept)
		drop_oldest(stream);
}

/* ---- the face ---- */

static bool take(struct hls_stream *stream, const struct hls_note *note)
{
	switch (note->verb) {
	case HLS_HELLO:
		return take_hello(stream, note->epoch);
	case HLS_TRACK:
		return take_track(stream, &note->track);
	case HLS_PART:
		return take_part(stream, &note->part);
	case HLS_SEGMENT:
		return take_segment(stream, &note->segment);
	case HLS_STATUS:
	case HLS_PROBLEM:
		break;
	}
	return false;
}

bool hls_stream_feed(struct hls_stream *stream, const char *text, size_t len)
{
	struct hls_note note;
	bool changed = false;
	const char *line;
	size_t line_len;

	while (!stream->ended && hls_note_next(&text, &len, &line, &line_len))
		if (hls_note_read(line, line_len, &note) == 0)
			changed |= take(stream, &note);
	if (changed)
		window_move(stream);
	return changed;
}

void hls_stream_end(struct hls_stream *stream)
{
	settle_before(stream, hls_next_msn(stream));
	stream->ended = true;
	for (size_t t = 0; t < stream->track_count; t++)
		touch(stream, t);
}
