/* A view of text that is not ours and has no NUL: how the offer is read without copying or allocating. Private to
 * media/sdp. */
#ifndef MEDIA_SDP_SPAN_H
#define MEDIA_SDP_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct media_span {
	const char *at;
	size_t len;
};

static inline bool media_span_is(struct media_span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

/** Equal but for case, as encoding and hash names are compared. */
static inline bool media_span_names(struct media_span span, const char *text)
{
	return span.len == strlen(text) && strncasecmp(span.at, text, span.len) == 0;
}

/** Cut off and return what stands before the first `by`; all of it when there is none. */
static inline struct media_span media_span_cut(struct media_span *rest, char by)
{
	const char *end = rest->len ? memchr(rest->at, by, rest->len) : NULL;
	struct media_span head = {rest->at, end ? (size_t)(end - rest->at) : rest->len};
	size_t used = end ? head.len + 1 : head.len;
	rest->at += used;
	rest->len -= used;
	return head;
}

static inline struct media_span media_span_trim(struct media_span span)
{
	while (span.len && (span.at[0] == ' ' || span.at[0] == '\t')) {
		span.at++;
		span.len--;
	}
	while (span.len && (span.at[span.len - 1] == ' ' || span.at[span.len - 1] == '\t'))
		span.len--;
	return span;
}

/** The next word, whatever the number of blanks before it; empty at the end. */
static inline struct media_span media_span_word(struct media_span *rest)
{
	*rest = media_span_trim(*rest);
	return media_span_cut(rest, ' ');
}

/** @return whether all of it fits, with a NUL; otherwise out is empty. */
static inline bool media_span_copy(struct media_span span, char *out, size_t size)
{
	bool fits = span.len < size;
	size_t len = fits ? span.len : 0;
	if (len)
		memcpy(out, span.at, len);
	out[len] = '\0';
	return fits;
}

/** Decimal digits alone, at most max. */
static inline bool media_span_number(struct media_span span, uint32_t max, uint32_t *out)
{
	uint64_t value = 0;
	if (span.len == 0 || span.len > 10)
		return false;
	for (size_t i = 0; i < span.len; i++) {
		if (span.at[i] < '0' || span.at[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(span.at[i] - '0');
	}
	*out = (uint32_t)value;
	return value <= max;
}

/** A token of RFC 8866 §9: visible ASCII without the characters that have a meaning in a line. */
static inline bool media_span_token(struct media_span span)
{
	for (size_t i = 0; i < span.len; i++) {
		if (span.at[i] <= ' ' || span.at[i] > '~' || strchr("\"(),/:;<=>?@[\\]", span.at[i]))
			return false;
	}
	return span.len > 0;
}
#endif
