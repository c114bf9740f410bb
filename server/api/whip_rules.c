#include "api/whip_rules.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void api_whip_etag(const char *ufrag, char *out, size_t size)
{
	snprintf(out, size, "\"%.40s\"", ufrag);
}

/* Compare the media type at text, up to its parameters, with type. */
static bool same_type(const char *text, size_t len, const char *type)
{
	size_t end = 0;

	while (end < len && !strchr("; \t", text[end]))
		end++;
	return end == strlen(type) && strncasecmp(text, type, end) == 0;
}

bool api_whip_is_type(const char *content_type, const char *type)
{
	return content_type && same_type(content_type, strlen(content_type), type);
}

/* One element of a comma-separated header, blanks around it taken away. @return NULL at the end. */
static const char *next_element(const char **list, size_t *len)
{
	const char *at = *list + strspn(*list, ", \t"), *end;
	bool quoted = false;

	if (!*at)
		return NULL;
	for (end = at; *end && (quoted || *end != ','); end++)
		if (*end == '"')
			quoted = !quoted;
	*list = end;
	while (end > at && strchr(" \t", end[-1]))
		end--;
	*len = (size_t)(end - at);
	return at;
}

bool api_whip_accepts(const char *accept, const char *type)
{
	const char *element;
	size_t len, major = strcspn(type, "/") + 1;

	if (!accept || accept[strspn(accept, ", \t")] == '\0')
		return true;
	while ((element = next_element(&accept, &len))) {
		if (same_type(element, len, "*/*") || same_type(element, len, type))
			return true;
		if (len > major && strncasecmp(element, type, major) == 0 && element[major] == '*')
			return true;
	}
	return false;
}

bool api_whip_matches(const char *if_match, const char *etag)
{
	const char *element;
	size_t len;

	while ((element = next_element(&if_match, &len))) {
		/* RFC 9725 §4.3.3 writes the star of a restart between quotes */
		if ((len == 1 && *element == '*') || (len == 3 && memcmp(element, "\"*\"", 3) == 0))
			return true;
		if (len == strlen(etag) && strncmp(element, etag, len) == 0)
			return true;
	}
	return false;
}

/* The value of the first line that starts with prefix. */
static const char *find_line(const char *text, size_t len, const char *prefix, size_t *value_len)
{
	size_t prefix_len = strlen(prefix);

	for (size_t at = 0; at < len;) {
		const char *line = text + at, *end = memchr(line, '\n', len - at);
		size_t line_len = end ? (size_t)(end - line) : len - at;

		at += line_len + 1;
		if (line_len && line[line_len - 1] == '\r')
			line_len--;
		if (line_len > prefix_len && memcmp(line, prefix, prefix_len) == 0) {
			*value_len = line_len - prefix_len;
			return line + prefix_len;
		}
	}
	return NULL;
}

bool api_whip_find_ufrag(const char *sdp, size_t len, char *out, size_t size)
{
	size_t value_len;
	const char *value = find_line(sdp, len, "a=ice-ufrag:", &value_len);

	if (!value || value_len >= size)
		return false;
	memcpy(out, value, value_len);
	out[value_len] = '\0';
	return true;
}

enum api_whip_patch api_whip_read_patch(const char *fragment, size_t len, const char *ufrag)
{
	char theirs[257];
	size_t unused;

	if (api_whip_find_ufrag(fragment, len, theirs, sizeof theirs))
		return !ufrag || strcmp(theirs, ufrag) == 0 ? API_WHIP_TRICKLE : API_WHIP_RESTART;
	if (find_line(fragment, len, "a=candidate:", &unused) ||
	    find_line(fragment, len, "a=end-of-candidate", &unused) || find_line(fragment, len, "a=mid:", &unused))
		return API_WHIP_TRICKLE;
	return API_WHIP_NONSENSE;
}
