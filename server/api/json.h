/* Strict, bounded JSON in; typed getters that remember the first fault in words for the sender. */
#ifndef TRUNKSHOW_API_JSON_H
#define TRUNKSHOW_API_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/id.h"

#define API_JSON_DEPTH 16 /**< deepest nesting of arrays and objects that is read */

/** Read one JSON object: UTF-8, no duplicate keys, nothing after it, at most API_JSON_DEPTH deep, integers within 64
 * bits.
 *  @return the object, a new reference; NULL with a code ("bad_json", or "bad_request" for JSON that is no object) and
 * a sentence in `why`. Pure. Thread: any. */
json_t *api_json_parse(const char *text, size_t len, const char **code, char *why, size_t why_len);

/** A string of text that should be UTF-8 and may have been cut inside a character: what is none becomes U+FFFD. Every
 * answer that repeats what a stranger sent goes through here, because jansson makes nothing of other text.
 *  @return a new reference, never NULL. Pure. Thread: any. */
json_t *api_json_string(const char *text);

/** Write a value compactly. Takes the reference. @return a buffer with one reference; for a value that could not be
 * built an error with the code "internal". Thread: any. */
struct base_buffer *api_json_take(json_t *value);

/** Reads fields of one object. The first fault is kept; after it every getter gives its fallback. */
struct api_fields {
	const json_t *object;
	bool failed;
	char why[192];
};

enum api_need { API_OPTIONAL, API_REQUIRED };

void api_fields_init(struct api_fields *f, const json_t *object);
/** Record a fault in words, unless there is one. */
__attribute__((format(printf, 2, 3))) void api_fields_fail(struct api_fields *f, const char *format, ...);
/** The string value, NULL when it is none or holds NUL. */
const char *api_json_text(const json_t *value);
bool api_fields_has(const struct api_fields *f, const char *name); /**< present and not null */

/** A line of text: min..max bytes after blanks around it are taken away, no control or bidi override characters; copied
 * to out (size max + 1).
 *  @return whether it was there. Absent and optional: out is "". */
bool api_field_line(struct api_fields *f, const char *name, enum api_need need, size_t min, size_t max, char *out);
/** The same, but newlines and tabs are allowed. */
bool api_field_text(struct api_fields *f, const char *name, enum api_need need, size_t min, size_t max, char *out);
/** An idempotency key that a client made: 16 to 63 of A-Z a-z 0-9 - _ (a UUID fits). */
bool api_field_key(struct api_fields *f, const char *name, char out[64]);
/** Text as sent, borrowed from the object; NULL if absent. @param max bytes */
const char *api_field_raw(struct api_fields *f, const char *name, enum api_need need, size_t max);
/** A whole number within bounds (1.0 is none). @return it, or 0. */
int64_t api_field_int(struct api_fields *f, const char *name, enum api_need need, int64_t min, int64_t max);
bool api_field_bool(struct api_fields *f, const char *name, enum api_need need);
/** An id. @return it, or zero. */
struct base_id api_field_id(struct api_fields *f, const char *name, enum api_need need);
/** An object, borrowed; NULL if absent. */
const json_t *api_field_object(struct api_fields *f, const char *name, enum api_need need);
/** RFC 3339 date and time with an offset; null or absent: 0. @return milliseconds since the epoch. */
int64_t api_field_time(struct api_fields *f, const char *name, enum api_need need);

/** Parse RFC 3339 ("2026-11-21T20:00:00Z", fractions and offsets). @return 0; -EINVAL. Pure. */
__attribute__((warn_unused_result)) int api_time_parse(const char *text, int64_t *out_ms);
/** Write as "2026-11-21T20:00:00Z". */
void api_time_format(int64_t ms, char out[32]);
#endif
