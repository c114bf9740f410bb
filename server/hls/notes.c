/* Lines of notes and journals: a verb, then key=value, the keys of each verb in a table. */
#include "hls/notes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_MOST 64
#define SEGMENT_MOST 100000000 /* of 2 s: six years */
#define BYTES_MOST (1LL << 40)
#define UTC_MOST_US (1LL << 53)
#define DURATION_MOST_US (60 * 1000000LL)
#define NUMBER_DIGITS 18 /* always fit 64 bits */

enum kind { NUMBER32, NUMBER64, FLAG, EPOCH, NAME, CODECS, MEDIA, CODE, DETAIL };

struct field {
	const char *key;
	enum kind kind;
	unsigned offset;
	int64_t min, max; /* numbers */
	bool optional;
};

struct word {
	const char *text;
	size_t len;
};

/* ---- the tables ---- */

#define AT(member) offsetof(struct hls_note, member)

static const struct field hello_fields[] = {{"epoch", EPOCH, AT(epoch), 0, 0, false}, {0}};

static const struct field track_fields[] = {
        {"name", NAME, AT(track.name), 0, 0, false},
        {"init", NUMBER32, AT(track.init), 0, SEGMENT_MOST, false},
        {"kind", MEDIA, AT(track.video), 0, 0, false},
        {"codecs", CODECS, AT(track.codecs), 0, 0, false},
        {"width", NUMBER32, AT(track.width), 0, 16384, true},
        {"height", NUMBER32, AT(track.height), 0, 16384, true},
        {"fps_milli", NUMBER32, AT(track.fps_milli), 0, 1000000, true},
        {"rate", NUMBER32, AT(track.rate), 0, 384000, true},
        {"channels", NUMBER32, AT(track.channels), 0, 64, true},
        {"bitrate", NUMBER64, AT(track.bitrate_bps), 0, 1000000000, false},
        {0},
};

static const struct field part_fields[] = {
        {"track", NAME, AT(part.track), 0, 0, false},
        {"segment", NUMBER32, AT(part.segment), 0, SEGMENT_MOST, false},
        {"part", NUMBER32, AT(part.part), 0, PARTS_MOST - 1, false},
        {"init", NUMBER32, AT(part.init), 0, SEGMENT_MOST, false},
        {"offset", NUMBER64, AT(part.offset), 0, BYTES_MOST, false},
        {"bytes", NUMBER64, AT(part.bytes), 1, BYTES_MOST, false},
        {"start_us", NUMBER64, AT(part.start_us), 0, UTC_MOST_US, false},
        {"duration_us", NUMBER64, AT(part.duration_us), 1, DURATION_MOST_US, false},
        {"independent", FLAG, AT(part.independent), 0, 0, false},
        {"discontinuity", FLAG, AT(part.discontinuity), 0, 0, true},
        {0},
};

static const struct field segment_fields[] = {
        {"track", NAME, AT(segment.track), 0, 0, false},
        {"segment", NUMBER32, AT(segment.segment), 0, SEGMENT_MOST, false},
        {"parts", NUMBER32, AT(segment.parts), 0, PARTS_MOST, false},
        {"bytes", NUMBER64, AT(segment.bytes), 0, BYTES_MOST, false},
        {"start_us", NUMBER64, AT(segment.start_us), 0, UTC_MOST_US, false},
        {"duration_us", NUMBER64, AT(segment.duration_us), 0, DURATION_MOST_US, false},
        {"discontinuity", FLAG, AT(segment.discontinuity), 0, 0, true},
        {0},
};

static const struct field status_fields[] = {
        {"frames", NUMBER64, AT(status.frames), 0, INT64_MAX, true},
        {"video_packets", NUMBER64, AT(status.video_packets), 0, INT64_MAX, true},
        {"dropped", NUMBER64, AT(status.dropped), 0, INT64_MAX, true},
        {"cpu_us", NUMBER64, AT(status.cpu_us), 0, INT64_MAX, true},
        {0},
};

static const struct field problem_fields[] = {
        {"code", CODE, AT(problem.code), 0, 0, false},
        {"detail", DETAIL, AT(problem.detail), 0, 0, true},
        {0},
};

static const struct {
	const char *word;
	enum hls_verb verb;
	const struct field *fields;
} verbs[] = {
        {"part", HLS_PART, part_fields},       {"segment", HLS_SEGMENT, segment_fields},
        {"status", HLS_STATUS, status_fields}, {"track", HLS_TRACK, track_fields},
        {"hello", HLS_HELLO, hello_fields},    {"problem", HLS_PROBLEM, problem_fields},
};

/* ---- values ---- */

static bool read_number(struct word value, int64_t *out)
{
	int64_t number = 0;

	if (value.len == 0 || value.len > NUMBER_DIGITS)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (value.text[i] < '0' || value.text[i] > '9')
			return false;
		number = number * 10 + (value.text[i] - '0');
	}
	*out = number;
	return true;
}

static bool is_one_of(struct word value, const char *letters)
{
	for (size_t i = 0; i < value.len; i++)
		if (!value.text[i] || !strchr(letters, value.text[i]))
			return false;
	return value.len > 0;
}

/* Text of these letters alone, so that it may stand in playlists and names of files as it is. */
static bool read_text(struct word value, const char *letters, size_t most, char *out)
{
	if (!is_one_of(value, letters) || value.len > most)
		return false;
	memcpy(out, value.text, value.len);
	out[value.len] = '\0';
	return true;
}

static bool is_word(struct word value, const char *text)
{
	return value.len == strlen(text) && memcmp(value.text, text, value.len) == 0;
}

static bool read_track_name(struct word value, char *out)
{
	return value.len >= 2 && read_text((struct word){value.text, 1}, "va", 1, out) &&
	       is_one_of((struct word){value.text + 1, value.len - 1}, "0123456789") &&
	       read_text(value, "va0123456789", HLS_TRACK_BYTES - 1, out);
}

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | ('A' <= c && c <= 'F' ? 32 : 0)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Percent-decoded; control characters become blanks, what is too long is cut. */
static bool read_detail(struct word value, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < value.len && n < HLS_DETAIL_BYTES - 1; i++) {
		unsigned char c = (unsigned char)value.text[i];
		if (c == '%') {
			int high = i + 2 < value.len ? hex(value.text[i + 1]) : -1;
			int low = high >= 0 ? hex(value.text[i + 2]) : -1;
			if (low < 0)
				return false;
			c = (unsigned char)(high * 16 + low);
			i += 2;
		}
		out[n++] = c < ' ' || c == 127 ? ' ' : (char)c;
	}
	out[n] = '\0';
	return true;
}

static bool read_media(struct word value, bool *video)
{
	*video = is_word(value, "video");
	return *video || is_word(value, "audio");
}

static bool put_number(const struct field *field, struct word value, void *at)
{
	int64_t number;
	int32_t small;

	if (!read_number(value, &number) || number < field->min || number > field->max)
		return false;
	small = (int32_t)number;
	if (field->kind == NUMBER32)
		memcpy(at, &small, sizeof small);
	else
		memcpy(at, &number, sizeof number);
	return true;
}

static bool put(const struct field *field, struct word value, struct hls_note *out)
{
	static const char codecs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.";
	void *at = (char *)out + field->offset;

	switch (field->kind) {
	case NUMBER32:
	case NUMBER64:
		return put_number(field, value, at);
	case FLAG:
		*(bool *)at = is_word(value, "1");
		return *(bool *)at || is_word(value, "0");
	case EPOCH:
		return value.len == HLS_EPOCH_BYTES - 1 && read_text(value, "0123456789abcdef", value.len, at);
	case NAME:
		return read_track_name(value, at);
	case CODECS:
		return read_text(value, codecs, HLS_CODECS_BYTES - 1, at);
	case MEDIA:
		return read_media(value, at);
	case CODE:
		return read_text(value, "abcdefghijklmnopqrstuvwxyz_", sizeof out->problem.code - 1, at);
	case DETAIL:
		return read_detail(value, at);
	}
	return false;
}

/* ---- the line ---- */

static struct word next_word(const char **text, size_t *len)
{
	struct word word;
	size_t skip = 0;

	while (skip < *len && (*text)[skip] == ' ')
		skip++;
	word = (struct word){*text + skip, 0};
	while (skip + word.len < *len && word.text[word.len] != ' ')
		word.len++;
	*text += skip + word.len;
	*len -= skip + word.len;
	return word;
}

static int take_pair(const struct field *fields, struct word pair, uint32_t *seen, struct hls_note *out)
{
	const char *equals = memchr(pair.text, '=', pair.len);
	struct word key, value;

	if (!equals)
		return -EBADMSG;
	key = (struct word){pair.text, (size_t)(equals - pair.text)};
	value = (struct word){equals + 1, pair.len - key.len - 1};
	for (unsigned i = 0; fields[i].key; i++) {
		if (!is_word(key, fields[i].key))
			continue;
		if (*seen & 1u << i || !put(&fields[i], value, out))
			return -EBADMSG;
		*seen |= 1u << i;
		break;
	}
	return 0;
}

static int take_pairs(const struct field *fields, const char *line, size_t len, struct hls_note *out)
{
	uint32_t seen = 0;
	struct word pair;
	int err;

	while ((pair = next_word(&line, &len)).len) {
		err = take_pair(fields, pair, &seen, out);
		if (err)
			return err;
	}
	for (unsigned i = 0; fields[i].key; i++)
		if (!fields[i].optional && !(seen & 1u << i))
			return -EBADMSG;
	return 0;
}

int hls_note_read(const char *line, size_t len, struct hls_note *out)
{
	struct word verb = next_word(&line, &len);

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		if (!is_word(verb, verbs[i].word))
			continue;
		out->verb = verbs[i].verb;
		return take_pairs(verbs[i].fields, line, len, out);
	}
	return -ENOENT;
}

bool hls_note_next(const char **text, size_t *len, const char **line, size_t *line_len)
{
	const char *end = *len ? memchr(*text, '\n', *len) : NULL;

	if (!end)
		return false;
	*line = *text;
	*line_len = (size_t)(end - *text);
	*len -= *line_len + 1;
	*text = end + 1;
	return true;
}
