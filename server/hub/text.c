#include "hub/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static size_t utf8_length(const unsigned char *at, size_t left)
{
	size_t len = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;

	if (len > left)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90) ||
	    (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return len;
}

bool text_is_utf8(const char *data, size_t len)
{
	const unsigned char *at = (const unsigned char *)data;

	while (len > 0) {
		size_t step = utf8_length(at, len);
		if (step == 0)
			return false;
		at += step;
		len -= step;
	}
	return true;
}

const char *text_find_cookie(const char *header, const char *name, size_t *len)
{
	size_t name_len = strlen(name);

	while (header && *header) {
		header += strspn(header, " \t;,");
		size_t pair = strcspn(header, ";");
		if (pair > name_len && header[name_len] == '=' && memcmp(header, name, name_len) == 0) {
			*len = pair - name_len - 1;
			while (*len > 0 && isspace((unsigned char)header[name_len + *len]))
				--*len;
			return header + name_len + 1;
		}
		header += pair;
	}
	return NULL;
}

/* The next comma separated element, blanks around it taken away. @return false at the end */
static bool next_element(const char **header, const char **element, size_t *len)
{
	*header += strspn(*header, " \t,");
	*element = *header;
	*len = strcspn(*header, ",");
	*header += *len;
	while (*len > 0 && isspace((unsigned char)(*element)[*len - 1]))
		--*len;
	return *len > 0;
}

bool text_accepts_coding(const char *header, const char *coding)
{
	const char *element;
	size_t len;

	while (header && next_element(&header, &element, &len)) {
		char item[64];

		if (len >= sizeof item)
			continue;
		memcpy(item, element, len);
		item[len] = '\0';
		char *params = strchr(item, ';'), *quality = params ? strcasestr(params, "q=") : NULL;
		item[strcspn(item, "; \t")] = '\0';
		if (strcasecmp(item, coding) == 0)
			return !quality || strtod(quality + 2, NULL) > 0;
	}
	return false;
}

bool text_matches_etag(const char *header, const char *etag)
{
	const char *element;
	size_t len;

	while (header && next_element(&header, &element, &len)) {
		if (len == 1 && *element == '*')
			return true;
		if (len > 2 && strncmp(element, "W/", 2) == 0) {
			element += 2;
			len -= 2;
		}
		if (len == strlen(etag) && memcmp(element, etag, len) == 0)
			return true;
	}
	return false;
}

bool text_has_token(const char *header, const char *token)
{
	const char *element;
	size_t len;

	while (header && next_element(&header, &element, &len))
		if (len == strlen(token) && strncasecmp(element, token, len) == 0)
			return true;
	return false;
}

bool text_is_own_origin(const char *origin, bool tls, const char *host, const char *public_url)
{
	const char *scheme = tls ? "https://" : "http://";

	if (public_url && *public_url && strcasecmp(origin, public_url) == 0)
		return true;
	return host && *host && strncasecmp(origin, scheme, strlen(scheme)) == 0 &&
	       strcasecmp(origin + strlen(scheme), host) == 0;
}

int text_parse_length(const char *text, uint64_t *out)
{
	uint64_t value = 0;

	if (*text == '\0')
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > 1ULL << 53)
			return -ERANGE;
	}
	*out = value;
	return 0;
}

/* Digits alone, as far as they go. @return how many; 0 also beyond 2^53 */
static size_t read_position(const char *text, uint64_t *out)
{
	char digits[20];
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len >= sizeof digits)
		return 0;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return text_parse_length(digits, out) == 0 ? len : 0;
}

static int last_bytes(const char *text, uint64_t size, uint64_t *from, uint64_t *to)
{
	uint64_t count;
	size_t len = read_position(text, &count);

	if (len == 0 || text[len])
		return 0;
	if (count == 0 || size == 0)
		return -1;
	*from = count < size ? size - count : 0;
	*to = size - 1;
	return 1;
}

int text_parse_range(const char *header, uint64_t size, uint64_t *from, uint64_t *to)
{
	uint64_t last = UINT64_MAX;
	size_t len;

	if (!header || strncasecmp(header, "bytes=", 6) != 0)
		return 0;
	header += 6;
	if (*header == '-')
		return last_bytes(header + 1, size, from, to);
	len = read_position(header, from);
	if (len == 0 || header[len] != '-')
		return 0;
	header += len + 1;
	len = *header ? read_position(header, &last) : 0;
	if (header[len] || (*header && len == 0) || last < *from)
		return 0;
	*to = last < size ? last : size - 1;
	return *from < size ? 1 : -1;
}

bool text_last_address(const char *header, char *out, size_t size)
{
	const char *comma = strrchr(header, ','), *at = comma ? comma + 1 : header;
	struct in6_addr address;
	size_t len;

	at += strspn(at, " \t");
	len = strcspn(at, " \t");
	if (len == 0 || len >= size)
		return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return inet_pton(AF_INET, out, &address) == 1 || inet_pton(AF_INET6, out, &address) == 1;
}

const char *text_content_type(const char *name)
{
	static const char *const types[][2] = {
	        {".html", "text/html; charset=utf-8"},
	        {".js", "text/javascript; charset=utf-8"},
	        {".mjs", "text/javascript; charset=utf-8"},
	        {".css", "text/css; charset=utf-8"},
	        {".json", "application/json"},
	        {".map", "application/json"},
	        {".webmanifest", "application/manifest+json"},
	        {".svg", "image/svg+xml"},
	        {".png", "image/png"},
	        {".jpg", "image/jpeg"},
	        {".jpeg", "image/jpeg"},
	        {".webp", "image/webp"},
	        {".avif", "image/avif"},
	        {".ico", "image/x-icon"},
	        {".woff2", "font/woff2"},
	        {".txt", "text/plain; charset=utf-8"},
	        {".wasm", "application/wasm"},
	        {".mp4", "video/mp4"},
	};
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		size_t ending = strlen(types[i][0]);
		if (len > ending && strcasecmp(name + len - ending, types[i][0]) == 0)
			return types[i][1];
	}
	return "application/octet-stream";
}

bool text_is_header_value(const char *value)
{
	for (; *value; value++)
		if ((unsigned char)*value < 0x20 || *value == 0x7f)
			return false;
	return true;
}
