/* Names of files, and what lies behind them. */
#include "hls/model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD_SEGMENTS 2 /* further ahead a request is a mistake (RFC 8216bis §6.2.5.2) */
#define AHEAD_US 3000000 /* likewise in parts */

struct name {
	int64_t epoch;
	int track;
	bool init;
	uint32_t number;
	int64_t part; /* -1: none */
};

static void name_of(const struct hls_stream *stream, const struct hls_slot *slot, int track, const char *kind,
                    uint32_t number, const char *ending, char out[HLS_FILE_BYTES])
{
	snprintf(out, HLS_FILE_BYTES, "%s-%s-%s%" PRIu32 ".%s", hls_epoch_of(stream, slot)->name,
	         stream->tracks[track].note.name, kind, number, ending);
}

void hls_name_init(const struct hls_stream *stream, const struct hls_slot *slot, int track, char out[HLS_FILE_BYTES])
{
	name_of(stream, slot, track, "i", slot->pieces[track].init, "mp4", out);
}

void hls_name_segment(const struct hls_stream *stream, const struct hls_slot *slot, int track, char out[HLS_FILE_BYTES])
{
	name_of(stream, slot, track, "", slot->segment, "m4s", out);
}

void hls_name_part(const struct hls_stream *stream, int track, int64_t msn, uint32_t part, char out[HLS_FILE_BYTES])
{
	const struct hls_epoch *newest = &stream->epochs[stream->epoch_count - 1];
	const struct hls_slot *slot = hls_slot_at(stream, msn);
	const struct hls_epoch *epoch = slot ? hls_epoch_of(stream, slot) : newest;

	snprintf(out, HLS_FILE_BYTES, "%s-%s-%" PRId64 ".%" PRIu32 ".m4s", epoch->name, stream->tracks[track].note.name,
	         msn - epoch->first_msn, part);
}

/* ---- reading a name ---- */

/* Digits without leading zeros, so that each file has one name. */
static bool read_number(const char **at, uint32_t *out)
{
	uint64_t number = 0;
	size_t n = 0;

	for (; (*at)[n] >= '0' && (*at)[n] <= '9' && n < 9; n++)
		number = number * 10 + (uint64_t)((*at)[n] - '0');
	if (n == 0 || ((*at)[0] == '0' && n > 1))
		return false;
	*at += n;
	*out = (uint32_t)number;
	return true;
}

static int64_t find_epoch(const struct hls_stream *stream, const char *name)
{
	for (size_t i = 0; i < stream->epoch_count; i++)
		if (memcmp(stream->epochs[i].name, name, HLS_EPOCH_BYTES - 1) == 0)
			return stream->oldest_epoch + (int64_t)i;
	return -1;
}

/* `at` is what follows the track's name. */
static bool read_rest(const char *at, struct name *out)
{
	uint32_t part;

	out->init = *at == 'i';
	out->part = -1;
	at += out->init;
	if (!read_number(&at, &out->number))
		return false;
	if (out->init)
		return strcmp(at, ".mp4") == 0;
	if (strcmp(at, ".m4s") == 0)
		return true;
	if (*at++ != '.' || !read_number(&at, &part))
		return false;
	out->part = part;
	return strcmp(at, ".m4s") == 0;
}

static bool read_name(const struct hls_stream *stream, const char *name, struct name *out)
{
	const char *track = name + HLS_EPOCH_BYTES, *end;

	if (strnlen(name, HLS_FILE_BYTES) == HLS_FILE_BYTES || strlen(name) < HLS_EPOCH_BYTES ||
	    name[HLS_EPOCH_BYTES - 1] != '-')
		return false;
	out->epoch = find_epoch(stream, name);
	end = strchr(track, '-');
	if (out->epoch < 0 || !end)
		return false;
	out->track = hls_stream_track(stream, track, (size_t)(end - track));
	return out->track >= 0 && read_rest(end + 1, out);
}

/* ---- what is there ---- */

static bool is_newest(const struct hls_stream *stream, const struct name *name)
{
	return name->epoch == stream->oldest_epoch + (int64_t)stream->epoch_count - 1 && !stream->ended;
}

static enum hls_state find_init(const struct hls_stream *stream, const struct name *name)
{
	return (int64_t)name->number <= stream->epochs[name->epoch - stream->oldest_epoch].inits[name->track]
	               ? HLS_THERE
	               : HLS_GONE;
}

/* What begins at the next moment: the part after the last one, the first of a segment after one that is closed. */
static bool is_next(const struct hls_stream *stream, const struct name *name, int64_t msn)
{
	const struct hls_slot *slot = hls_slot_at(stream, msn), *before = hls_slot_at(stream, msn - 1);
	const struct hls_piece *piece = slot ? &slot->pieces[name->track] : NULL;
	int64_t wanted = name->part < 0 ? 0 : name->part;

	if (!is_newest(stream, name) || (!slot && msn != hls_next_msn(stream)))
		return false;
	if (piece && !hls_piece_empty(piece))
		return !piece->closed && (name->part < 0 || wanted == piece->parts);
	/* Nothing of it yet: it is next if what was before it is done with, or is of another life. */
	return wanted == 0 && (!before || before->pieces[name->track].closed);
}

static enum hls_state find_media(const struct hls_stream *stream, const struct name *name, struct hls_place *out)
{
	int64_t msn = stream->epochs[name->epoch - stream->oldest_epoch].first_msn + name->number;
	const struct hls_slot *slot = hls_slot_at(stream, msn);
	const struct hls_piece *piece = slot && slot->epoch == name->epoch ? &slot->pieces[name->track] : NULL;

	if (piece && name->part < 0 && piece->closed && !piece->gap) {
		out->bytes = piece->bytes;
		return HLS_THERE;
	}
	if (piece && piece->list && name->part >= 0 && name->part < piece->parts) {
		out->offset = piece->list[name->part].offset;
		out->bytes = piece->list[name->part].bytes;
		out->part = true;
		return HLS_THERE;
	}
	return is_next(stream, name, msn) ? HLS_COMING : HLS_GONE;
}

enum hls_state hls_stream_find(const struct hls_stream *stream, const char *name, struct hls_place *out)
{
	struct name read;
	enum hls_state state;

	*out = (struct hls_place){.offset = 0};
	if (!read_name(stream, name, &read))
		return HLS_GONE;
	state = read.init ? find_init(stream, &read) : find_media(stream, &read, out);
	if (state == HLS_THERE)
		snprintf(out->file, sizeof out->file, read.init ? "%s-%s-i%" PRIu32 ".mp4" : "%s-%s-%" PRIu32 ".m4s",
		         stream->epochs[read.epoch - stream->oldest_epoch].name, stream->tracks[read.track].note.name,
		         read.number);
	return state;
}

/* ---- what a playlist has come to ---- */

/* Of the newest segment, msn, or one after it. */
static enum hls_state reached_newest(const struct hls_piece *piece, int64_t part, int64_t most)
{
	if (piece->closed || (part >= 0 && part < piece->parts))
		return HLS_THERE;
	return part > (int64_t)piece->parts + most ? HLS_GONE : HLS_COMING;
}

enum hls_state hls_stream_reached(const struct hls_stream *stream, int track, int64_t msn, int64_t part)
{
	int64_t newest = hls_track_msn(stream, track), most = (AHEAD_US + stream->part_us - 1) / stream->part_us;
	const struct hls_piece *piece = newest < 0 ? NULL : &hls_slot_at(stream, newest)->pieces[track];

	if (newest < 0)
		newest = stream->oldest - 1;
	/* A part beyond the end of a finished segment is the next one's first (RFC 8216bis §6.2.5.2). */
	if (piece && msn == newest && piece->closed && !piece->gap && part >= (int64_t)piece->parts) {
		msn++;
		part = 0;
	}
	if (stream->ended || msn < newest)
		return HLS_THERE;
	if (msn == newest)
		return piece ? reached_newest(piece, part, most) : HLS_COMING;
	return msn > newest + AHEAD_SEGMENTS || part > most ? HLS_GONE : HLS_COMING;
}
