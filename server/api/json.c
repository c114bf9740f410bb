#include "api/json.h"

#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

#define KEY_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* The parser recurses, so depth is bounded before it runs. */
static bool too_deep(const char *text, size_t len)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > API_JSON_DEPTH)
				return true;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return false;
}

json_t *api_json_parse(const char *text, size_t len, const char **code, char *why, size_t why_len)
{
	json_error_t error;
	json_t *value;

	*code = "bad_json";
	if (too_deep(text, len)) {
		snprintf(why, why_len, "The JSON is nested more than %d deep.", API_JSON_DEPTH);
		return NULL;
	}
	value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (!value) {
		snprintf(why, why_len, "Not JSON that is accepted here: %.100s (byte %d).", error.text, error.position);
		return NULL;
	}
	if (!json_is_object(value)) {
		*code = "bad_request";
		snprintf(why, why_len, "The JSON must be an object.");
		json_decref(value);
		return NULL;
	}
	return value;
}

json_t *api_json_string(const char *text)
{
	json_t *string = json_string(text);
	char *whole;

	if (string)
		return string;
	whole = g_utf8_make_valid(text, -1);
	string = json_string(whole);
	g_free(whole);
	return string;
}

struct base_buffer *api_json_take(json_t *value)
{
	static const char wrong[] =
	        "{\"type\":\"error\",\"code\":\"internal\",\"detail\":\"The answer cannot be written.\"}";
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	struct base_buffer *buffer;

	if (!text) {
		/* Text in it that is no UTF-8: a mistake of ours, but nothing that a stranger may end the server with.
		 */
		base_log(BASE_LOG_ERROR, "api", "json", "an answer cannot be written");
		json_decref(value);
		return base_buffer_copy(wrong, sizeof wrong - 1);
	}
	buffer = base_buffer_copy(text, strlen(text));
	free(text);
	json_decref(value);
	return buffer;
}

void api_fields_init(struct api_fields *f, const json_t *object)
{
	*f = (struct api_fields){.object = object};
}

void api_fields_fail(struct api_fields *f, const char *format, ...)
{
	va_list args;

	if (f->failed)
		return;
	f->failed = true;
	va_start(args, format);
	vsnprintf(f->why, sizeof f->why, format, args);
	va_end(args);
}

static const json_t *get(const struct api_fields *f, const char *name)
{
	const json_t *value = f->object ? json_object_get(f->object, name) : NULL;

	return json_is_null(value) ? NULL : value;
}

const char *api_json_text(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && strlen(text) == json_string_length(value) ? text : NULL;
}

bool api_fields_has(const struct api_fields *f, const char *name)
{
	return get(f, name) != NULL;
}

static const json_t *want(struct api_fields *f, const char *name, enum api_need need)
{
	const json_t *value = f->failed ? NULL : get(f, name);

	if (!value && need == API_REQUIRED)
		api_fields_fail(f, "\"%s\" is missing.", name);
	return value;
}

const char *api_field_raw(struct api_fields *f, const char *name, enum api_need need, size_t max)
{
	const json_t *value = want(f, name, need);

	if (!value)
		return NULL;
	if (!json_is_string(value)) {
		api_fields_fail(f, "\"%s\" must be a string.", name);
		return NULL;
	}
	if (json_string_length(value) > max) {
		api_fields_fail(f, "\"%s\" is longer than %zu bytes.", name, max);
		return NULL;
	}
	if (!api_json_text(value))
		api_fields_fail(f, "\"%s\" holds control characters.", name);
	return api_json_text(value);
}

bool api_field_key(struct api_fields *f, const char *name, char out[64])
{
	const char *text = api_field_raw(f, name, API_REQUIRED, 63);

	out[0] = '\0';
	if (!text)
		return false;
	if (strlen(text) < 16 || strspn(text, KEY_LETTERS) != strlen(text)) {
		api_fields_fail(f, "\"%s\" must be a UUID, new for each request.", name);
		return false;
	}
	memcpy(out, text, strlen(text) + 1);
	return true;
}

/* Code points that change how what stands around them is read. Text is known to be UTF-8. */
static bool forbidden(const unsigned char *at, bool lines)
{
	if (at[0] < 0x20)
		return !(lines && (at[0] == '\n' || at[0] == '\t'));
	if (at[0] == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0))
		return true;
	if (at[0] == 0xe2 && at[1] == 0x80) /* line separators, bidi embeddings and overrides */
		return at[2] >= 0xa8 && at[2] <= 0xae;
	return at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9; /* bidi isolates */
}

static bool copy_text(struct api_fields *f, const char *name, const char *text, bool lines, size_t min, size_t max,
                      char *out)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		len--;
	if (len < min || len > max) {
		api_fields_fail(f, len < min ? "\"%s\" is too short." : "\"%s\" is too long.", name);
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (forbidden((const unsigned char *)text + i, lines)) {
			api_fields_fail(f, "\"%s\" holds control characters.", name);
			return false;
		}
	}
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

static bool field_copy(struct api_fields *f, const char *name, enum api_need need, bool lines, size_t min, size_t max,
                       char *out)
{
	/* Blanks around it do not count, but nobody needs more of them than text. */
	const char *text = api_field_raw(f, name, need, 2 * max + 64);

	out[0] = '\0';
	return text && copy_text(f, name, text, lines, min, max, out);
}

bool api_field_line(struct api_fields *f, const char *name, enum api_need need, size_t min, size_t max, char *out)
{
	return field_copy(f, name, need, false, min, max, out);
}

bool api_field_text(struct api_fields *f, const char *name, enum api_need need, size_t min, size_t max, char *out)
{
	return field_copy(f, name, need, true, min, max, out);
}

int64_t api_field_int(struct api_fields *f, const char *name, enum api_need need, int64_t min, int64_t max)
{
	const json_t *value = want(f, name, need);
	int64_t number;

	if (!value)
		return 0;
	if (!json_is_integer(value)) {
		api_fields_fail(f, "\"%s\" must be a whole number.", name);
		return 0;
	}
	number = json_integer_value(value);
	if (number < min || number > max) {
		api_fields_fail(f, "\"%s\" must be from %lld to %lld.", name, (long long)min, (long long)max);
		return 0;
	}
	return number;
}

bool api_field_bool(struct api_fields *f, const char *name, enum api_need need)
{
	const json_t *value = want(f, name, need);

	if (value && !json_is_boolean(value))
		api_fields_fail(f, "\"%s\" must be true or false.", name);
	return json_is_true(value);
}

struct base_id api_field_id(struct api_fields *f, const char *name, enum api_need need)
{
	struct base_id id = {{0}};
	const json_t *value = want(f, name, need);

	if (value && (!api_json_text(value) || base_id_parse(api_json_text(value), &id)))
		api_fields_fail(f, "\"%s\" is not an id.", name);
	return id;
}

const json_t *api_field_object(struct api_fields *f, const char *name, enum api_need need)
{
	const json_t *value = want(f, name, need);

	if (value && !json_is_object(value)) {
		api_fields_fail(f, "\"%s\" must be an object.", name);
		return NULL;
	}
	return value;
}

int64_t api_field_time(struct api_fields *f, const char *name, enum api_need need)
{
	const char *text = api_field_raw(f, name, need, 40);
	int64_t ms = 0;

	if (text && api_time_parse(text, &ms))
		api_fields_fail(f, "\"%s\" must be a time such as 2026-11-21T20:00:00Z.", name);
	return ms;
}

/* Exactly `count` digits. */
static const char *digits(const char *at, int count, int *out)
{
	if (!at)
		return NULL;
	for (*out = 0; count > 0; count--, at++) {
		if (*at < '0' || *at > '9')
			return NULL;
		*out = *out * 10 + (*at - '0');
	}
	return at;
}

static const char *skip(const char *at, const char *any)
{
	return at && *at && strchr(any, *at) ? at + 1 : NULL;
}

static const char *fraction(const char *at, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (!at || *at != '.')
		return at;
	if (at[1] < '0' || at[1] > '9')
		return NULL;
	for (at++; *at >= '0' && *at <= '9'; at++, scale /= 10)
		*ms += (*at - '0') * scale;
	return at;
}

static const char *offset(const char *at, int *seconds)
{
	int hours, minutes, sign;

	*seconds = 0;
	if (!at || *at == '\0')
		return NULL;
	if (*at == 'Z' || *at == 'z')
		return at + 1;
	sign = *at == '-' ? -1 : 1;
	at = digits(skip(digits(skip(at, "+-"), 2, &hours), ":"), 2, &minutes);
	if (!at || hours > 23 || minutes > 59)
		return NULL;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return at;
}

int api_time_parse(const char *text, int64_t *out_ms)
{
	struct tm tm = {0}, check;
	int ms, shift, year, month;
	time_t seconds;
	const char *at = text;

	at = skip(digits(at, 4, &year), "-");
	at = skip(digits(at, 2, &month), "-");
	at = skip(digits(at, 2, &tm.tm_mday), "Tt ");
	at = skip(digits(at, 2, &tm.tm_hour), ":");
	at = skip(digits(at, 2, &tm.tm_min), ":");
	at = offset(fraction(digits(at, 2, &tm.tm_sec), &ms), &shift);
	if (!at || *at || year < 1970 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return -EINVAL;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	check = tm;
	seconds = timegm(&check);
	/* timegm carries 31 April into May: a date that changed was none. */
	if (check.tm_mday != tm.tm_mday && tm.tm_sec != 60)
		return -EINVAL;
	if (month < 1 || month > 12 || tm.tm_mday < 1)
		return -EINVAL;
	*out_ms = ((int64_t)seconds - shift) * 1000 + ms;
	return *out_ms < 0 ? -EINVAL : 0;
}

void api_time_format(int64_t ms, char out[32])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
