/* Playlists in words: live media playlists with parts, deltas and hints; a recording's; the multivariant one. */
#include "hls/model.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define VERSION 9           /* EXT-X-SKIP */
#define PARTS_FOR_TARGETS 3 /* parts are named for so many target durations (RFC 8216bis §4.4.4.9) */
#define SKIP_TARGETS 6      /* least CAN-SKIP-UNTIL (§4.4.3.8) */
#define HOLD_BACK_TARGETS 3
#define HOLD_BACK_PARTS 3
#define BANDWIDTH_STEP 1000
#define SECONDS(us) ((us) / 1000000), (int)((us) % 1000000)
#define SECOND_FORMAT "%" PRId64 ".%06d"

/* ---- pieces of text ---- */

/* Without the zeros at its end: "0.3", "12". */
static void add_seconds(GString *out, const char *before, int64_t us)
{
	g_string_append(out, before);
	g_string_append_printf(out, SECOND_FORMAT, SECONDS(us));
	while (out->str[out->len - 1] == '0')
		g_string_truncate(out, out->len - 1);
	if (out->str[out->len - 1] == '.')
		g_string_truncate(out, out->len - 1);
}

static void add_date(GString *out, int64_t us)
{
	time_t seconds = us / 1000000;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	g_string_append_printf(out, "#EXT-X-PROGRAM-DATE-TIME:%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\n", tm.tm_year + 1900,
	                       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(us % 1000000 / 1000));
}

static struct base_buffer *finish(GString *out)
{
	struct base_buffer *buffer = base_buffer_copy(out->str, out->len);

	g_string_free(out, TRUE);
	return buffer;
}

/* ---- a list of segments ---- */

struct list {
	const struct hls_stream *stream;
	int track;
	GString *out;
	int64_t epoch, init; /* that the last EXT-X-MAP named; -1: none yet */
};

static void add_map(struct list *list, const struct hls_slot *slot)
{
	const struct hls_piece *piece = &slot->pieces[list->track];
	char name[HLS_FILE_BYTES];

	if (piece->parts == 0 || (list->epoch == slot->epoch && list->init == piece->init))
		return;
	hls_name_init(list->stream, slot, list->track, name);
	g_string_append_printf(list->out, "#EXT-X-MAP:URI=\"%s\"\n", name);
	list->epoch = slot->epoch;
	list->init = piece->init;
}

static void add_parts(struct list *list, const struct hls_slot *slot, int64_t msn)
{
	const struct hls_piece *piece = &slot->pieces[list->track];
	char name[HLS_FILE_BYTES];

	for (uint32_t p = 0; p < piece->parts; p++) {
		hls_name_part(list->stream, list->track, msn, p, name);
		add_seconds(list->out, "#EXT-X-PART:DURATION=", piece->list[p].duration_us);
		g_string_append_printf(list->out, ",URI=\"%s\"%s\n", name,
		                       piece->list[p].independent ? ",INDEPENDENT=YES" : "");
	}
}

static void add_segment(struct list *list, const struct hls_slot *slot, bool range)
{
	const struct hls_piece *piece = &slot->pieces[list->track];
	bool gap = piece->parts == 0;
	int64_t duration_us = piece->closed ? piece->duration_us : hls_slot_duration_us(slot);
	char name[HLS_FILE_BYTES];

	hls_name_segment(list->stream, slot, list->track, name);
	if (gap)
		g_string_append(list->out, "#EXT-X-GAP\n");
	add_seconds(list->out, "#EXTINF:", duration_us ? duration_us : list->stream->config.segment_us);
	if (range && piece->torn && !gap)
		g_string_append_printf(list->out, ",\n#EXT-X-BYTERANGE:%" PRIu64 "@0\n%s\n", piece->bytes, name);
	else
		g_string_append_printf(list->out, ",\n%s\n", name);
}

/* What stands before a segment's parts and its name. */
static void add_introduction(struct list *list, const struct hls_slot *slot, bool discontinuity)
{
	const struct hls_piece *piece = &slot->pieces[list->track];

	if (discontinuity)
		g_string_append(list->out, "#EXT-X-DISCONTINUITY\n");
	add_map(list, slot);
	if (piece->start_us)
		add_date(list->out, piece->start_us);
}

/* ---- a live media playlist ---- */

static int64_t piece_duration_us(const struct hls_stream *stream, int64_t msn, int track)
{
	const struct hls_slot *slot = hls_slot_at(stream, msn);

	return hls_piece_empty(&slot->pieces[track]) ? hls_slot_duration_us(slot) : slot->pieces[track].duration_us;
}

/* The first segment from whose start to the end no more than `us` pass; `end` is the one after the last. */
static int64_t back_from(const struct hls_stream *stream, int track, int64_t end, int64_t us)
{
	int64_t msn = end, sum = 0;

	while (msn > stream->listed) {
		sum += piece_duration_us(stream, msn - 1, track);
		if (sum > us)
			break;
		msn--;
	}
	return msn;
}

static bool all_independent(const struct hls_stream *stream, int track, int64_t end)
{
	for (int64_t msn = stream->listed; msn < end; msn++)
		if (hls_slot_at(stream, msn)->pieces[track].dependent)
			return false;
	return true;
}

static void add_head(const struct hls_stream *stream, int track, int64_t end, GString *out)
{
	g_string_append_printf(out, "#EXTM3U\n#EXT-X-VERSION:%d\n#EXT-X-TARGETDURATION:%" PRId64 "\n", VERSION,
	                       stream->target_us / 1000000);
	add_seconds(out,
	            "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=", HOLD_BACK_PARTS * stream->part_us);
	add_seconds(out, ",HOLD-BACK=", HOLD_BACK_TARGETS * stream->target_us);
	add_seconds(out, ",CAN-SKIP-UNTIL=", SKIP_TARGETS * stream->target_us);
	add_seconds(out, "\n#EXT-X-PART-INF:PART-TARGET=", stream->part_us);
	g_string_append_printf(out, "\n#EXT-X-MEDIA-SEQUENCE:%" PRId64 "\n#EXT-X-DISCONTINUITY-SEQUENCE:%" PRId64 "\n",
	                       stream->listed, stream->discontinuities);
	if (all_independent(stream, track, end))
		g_string_append(out, "#EXT-X-INDEPENDENT-SEGMENTS\n");
}

static void add_hint(const struct hls_stream *stream, int track, int64_t newest, GString *out)
{
	const struct hls_piece *piece = &hls_slot_at(stream, newest)->pieces[track];
	char name[HLS_FILE_BYTES];

	hls_name_part(stream, track, piece->closed ? newest + 1 : newest, piece->closed ? 0 : piece->parts, name);
	g_string_append_printf(out, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"%s\"\n", name);
}

static void add_reports(const struct hls_stream *stream, int track, GString *out)
{
	for (int t = 0; t < (int)stream->track_count; t++) {
		int64_t msn = hls_track_msn(stream, t);
		const struct hls_piece *piece = msn < 0 ? NULL : &hls_slot_at(stream, msn)->pieces[t];

		if (t == track || !piece || !stream->tracks[t].played)
			continue;
		g_string_append_printf(out, "#EXT-X-RENDITION-REPORT:URI=\"%s.m3u8\",LAST-MSN=%" PRId64,
		                       stream->tracks[t].note.name, msn);
		if (piece->parts)
			g_string_append_printf(out, ",LAST-PART=%" PRIu32, piece->parts - 1);
		g_string_append_c(out, '\n');
	}
}

/* The track's init segment stands before the first segment that is listed, skipped or not. */
static int64_t skipped_until(const struct hls_stream *stream, int track, int64_t end)
{
	return back_from(stream, track, end, SKIP_TARGETS * stream->target_us);
}

static struct base_buffer *render(const struct hls_stream *stream, int track, bool skip)
{
	int64_t newest = hls_track_msn(stream, track), end = newest + 1, first = stream->listed, parts;
	struct list list = {.stream = stream, .track = track, .out = g_string_sized_new(4096), .epoch = -1, .init = -1};

	parts = stream->ended ? end : back_from(stream, track, end, PARTS_FOR_TARGETS * stream->target_us);
	add_head(stream, track, end, list.out);
	if (skip)
		first = skipped_until(stream, track, end);
	if (first > stream->listed)
		g_string_append_printf(list.out, "#EXT-X-SKIP:SKIPPED-SEGMENTS=%" PRId64 "\n", first - stream->listed);
	for (int64_t msn = first; msn < end; msn++) {
		const struct hls_slot *slot = hls_slot_at(stream, msn);
		bool open = msn == newest && !slot->pieces[track].closed;

		add_introduction(&list, slot, slot->discontinuity);
		if (open || msn >= parts)
			add_parts(&list, slot, msn);
		if (!open)
			add_segment(&list, slot, false);
	}
	if (stream->ended) {
		g_string_append(list.out, "#EXT-X-ENDLIST\n");
	} else {
		add_hint(stream, track, newest, list.out);
		add_reports(stream, track, list.out);
	}
	return finish(list.out);
}

struct base_buffer *hls_stream_playlist(struct hls_stream *stream, int track, bool skip)
{
	struct base_buffer **kept;

	if (track < 0 || track >= (int)stream->track_count || !stream->tracks[track].played ||
	    hls_track_msn(stream, track) < stream->listed)
		return NULL;
	kept = &stream->tracks[track].rendered[skip];
	if (!*kept)
		*kept = render(stream, track, skip);
	return base_buffer_ref(*kept);
}

/* ---- a recording's ---- */

/* Whether anybody has anything: else it is cut out. */
static bool plays(const struct hls_slot *slot)
{
	for (size_t t = 0; t < HLS_TRACKS; t++)
		if (slot->pieces[t].parts)
			return true;
	return false;
}

static int64_t slot_start_us(const struct hls_slot *slot)
{
	int64_t start = INT64_MAX;

	for (size_t t = 0; t < HLS_TRACKS; t++)
		if (slot->pieces[t].parts && slot->pieces[t].start_us < start)
			start = slot->pieces[t].start_us;
	return start;
}

void hls_stream_span(const struct hls_stream *stream, struct hls_span *out)
{
	*out = (struct hls_span){.start_us = 0};
	for (size_t i = 0; i < stream->slot_count; i++) {
		const struct hls_slot *slot = stream->slots[i];

		if (!plays(slot))
			continue;
		if (out->segments++ == 0)
			out->start_us = slot_start_us(slot);
		out->end_us = slot_start_us(slot) + hls_slot_duration_us(slot);
		out->duration_us += hls_slot_duration_us(slot);
		for (size_t t = 0; t < HLS_TRACKS; t++)
			out->bytes += slot->pieces[t].bytes;
	}
}

int64_t hls_stream_position_us(const struct hls_stream *stream, int64_t wall_us)
{
	int64_t position = 0;

	for (size_t i = 0; i < stream->slot_count; i++) {
		const struct hls_slot *slot = stream->slots[i];
		int64_t into;

		if (!plays(slot))
			continue;
		into = wall_us - slot_start_us(slot);
		if (into < hls_slot_duration_us(slot))
			return position + (into > 0 ? into : 0);
		position += hls_slot_duration_us(slot);
	}
	return position;
}

struct base_buffer *hls_stream_vod(const struct hls_stream *stream, int track, const char *extra)
{
	struct list list = {.stream = stream, .track = track, .epoch = -1, .init = -1};
	bool cut = false, first = true;

	if (track < 0 || track >= (int)stream->track_count || !stream->tracks[track].played)
		return NULL;
	list.out = g_string_sized_new(256 + stream->slot_count * 128);
	g_string_append_printf(list.out,
	                       "#EXTM3U\n#EXT-X-VERSION:%d\n#EXT-X-TARGETDURATION:%" PRId64
	                       "\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MEDIA-SEQUENCE:0\n%s",
	                       VERSION, stream->target_us / 1000000,
	                       all_independent(stream, track, hls_next_msn(stream)) ? "#EXT-X-INDEPENDENT-SEGMENTS\n"
	                                                                            : "");
	if (extra)
		g_string_append(list.out, extra);
	for (size_t i = 0; i < stream->slot_count; i++) {
		cut |= stream->slots[i]->discontinuity;
		if (!plays(stream->slots[i]))
			continue;
		add_introduction(&list, stream->slots[i], cut && !first);
		add_segment(&list, stream->slots[i], true);
		cut = first = false;
	}
	g_string_append(list.out, "#EXT-X-ENDLIST\n");
	return finish(list.out);
}

/* ---- the multivariant playlist ---- */

struct rates {
	int64_t peak_bps, average_bps;
};

/* What a track has taken, segment by segment; where there is none yet, what it said it would. */
static struct rates measure(const struct hls_stream *stream, int track)
{
	struct rates rates = {stream->tracks[track].note.bitrate_bps, stream->tracks[track].note.bitrate_bps};
	int64_t us = 0;
	uint64_t bytes = 0;

	for (size_t i = 0; i < stream->slot_count; i++) {
		const struct hls_piece *piece = &stream->slots[i]->pieces[track];
		int64_t bps = 0;

		if (!piece->closed || piece->gap || piece->duration_us < stream->config.segment_us / 2)
			continue;
		bps = (int64_t)((double)piece->bytes * 8e6 / (double)piece->duration_us);
		rates.peak_bps = bps > rates.peak_bps ? bps : rates.peak_bps;
		bytes += piece->bytes;
		us += piece->duration_us;
	}
	if (us)
		rates.average_bps = (int64_t)((double)bytes * 8e6 / (double)us);
	return rates;
}

static bool offered(const struct hls_stream *stream, int track)
{
	for (int64_t msn = stream->listed; msn < hls_next_msn(stream); msn++)
		if (hls_slot_at(stream, msn)->pieces[track].parts)
			return true;
	return false;
}

static int64_t up(int64_t bps)
{
	return (bps + BANDWIDTH_STEP - 1) / BANDWIDTH_STEP * BANDWIDTH_STEP;
}

static void add_variant(const struct hls_stream *stream, int track, int sound, GString *out)
{
	const struct hls_note_track *note = &stream->tracks[track].note;
	struct rates mine = measure(stream, track), with = sound >= 0 ? measure(stream, sound) : (struct rates){0, 0};

	g_string_append_printf(
	        out, "#EXT-X-STREAM-INF:BANDWIDTH=%" PRId64 ",AVERAGE-BANDWIDTH=%" PRId64 ",CODECS=\"%s%s%s\"",
	        up(mine.peak_bps + with.peak_bps), up(mine.average_bps + with.average_bps), note->codecs,
	        sound >= 0 ? "," : "", sound >= 0 ? stream->tracks[sound].note.codecs : "");
	if (note->width && note->height)
		g_string_append_printf(out, ",RESOLUTION=%dx%d", note->width, note->height);
	if (note->fps_milli)
		g_string_append_printf(out, ",FRAME-RATE=%d.%03d", note->fps_milli / 1000, note->fps_milli % 1000);
	g_string_append_printf(out, "%s\n%s.m3u8\n", sound >= 0 ? ",AUDIO=\"sound\"" : "", note->name);
}

struct base_buffer *hls_stream_index(struct hls_stream *stream)
{
	int sound = -1, pictures = 0;
	GString *out;

	if (!stream->ready)
		return NULL;
	for (int t = 0; t < (int)stream->track_count; t++) {
		pictures += offered(stream, t) && stream->tracks[t].note.video;
		if (sound < 0 && offered(stream, t) && !stream->tracks[t].note.video)
			sound = t;
	}
	if (sound < 0 && !pictures)
		return NULL;
	out = g_string_sized_new(512);
	g_string_append_printf(out, "#EXTM3U\n#EXT-X-VERSION:%d\n", VERSION);
	if (sound >= 0 && pictures)
		g_string_append_printf(
		        out,
		        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"Sound\",DEFAULT=YES,AUTOSELECT=YES,"
		        "CHANNELS=\"%d\",URI=\"%s.m3u8\"\n",
		        stream->tracks[sound].note.channels ? stream->tracks[sound].note.channels : 2,
		        stream->tracks[sound].note.name);
	for (int t = 0; t < (int)stream->track_count; t++)
		if (offered(stream, t) && stream->tracks[t].note.video)
			add_variant(stream, t, sound, out);
	if (!pictures)
		add_variant(stream, sound, -1, out);
	return finish(out);
}
