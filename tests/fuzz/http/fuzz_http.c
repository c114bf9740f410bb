/* Request heads: whatever comes, what is accepted is well-formed and lies within the input. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hub/http_parse.h"
#include "hub/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(int truth)
{
	if (!truth)
		abort();
}

static void require_within(struct http_slice slice, const char *data, size_t len)
{
	require(slice.len == 0 || (slice.text >= data && slice.text + slice.len <= data + len));
}

/* What handlers look into. */
static void look_into(struct http_slice slice)
{
	char *value = strndup(slice.text, slice.len), address[46];
	size_t cookie_len = 0;
	uint64_t length;

	require(value != NULL);
	const char *cookie = text_find_cookie(value, "session", &cookie_len);
	require(!cookie || (cookie >= value && cookie + cookie_len <= value + strlen(value)));
	text_accepts_coding(value, "br");
	text_matches_etag(value, "\"x\"");
	text_has_token(value, "close");
	text_is_own_origin(value, 1, "example.org", "https://shop.example");
	text_last_address(value, address, sizeof address);
	if (text_parse_length(value, &length) == 0)
		require(length <= (uint64_t)1 << 53);
	free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *data = (const char *)bytes;
	struct http_head head;
	long taken = http_parse_head(data, len, &head);

	if (taken <= 0)
		return 0;
	require((size_t)taken <= len && head.header_count <= HTTP_HEADERS && head.method < HUB_METHODS);
	require_within(head.path, data, len);
	require_within(head.query, data, len);
	for (size_t i = 0; i < head.header_count; i++) {
		require_within(head.headers[i].name, data, len);
		require_within(head.headers[i].value, data, len);
		look_into(head.headers[i].value);
	}
	/* The same head must come out of a stream that has brought no more than it. */
	require(http_parse_head(data, (size_t)taken, &head) == taken &&
	        http_parse_head(data, (size_t)taken - 1, &head) == 0);

	char *path = malloc(head.path.len + 1), *query = malloc(head.query.len + 2);
	require(path && query);
	if (http_decode_path(head.path, path, head.path.len + 1) == 0)
		require(path[0] == '/' && !strstr(path, "/../") && text_is_utf8(path, strlen(path)));
	http_decode_query(head.query, query);
	for (const char *at = query; *at; at += strlen(at) + 1)
		require(text_is_utf8(at, strlen(at)));
	free(path);
	free(query);
	return 0;
}
