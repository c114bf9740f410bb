/* The head of an HTTP/1.1 request (RFC 9112), read strictly: what two parsers could read differently is refused. Pure;
 * nothing is allocated, the result points into the text. */
#ifndef TRUNKSHOW_HUB_HTTP_PARSE_H
#define TRUNKSHOW_HUB_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "hub/hub.h"

#define HTTP_HEADERS 64

struct http_slice {
	const char *text;
	size_t len;
};

struct http_head {
	enum hub_method method;
	struct http_slice path;  /**< as sent, without the query; starts with a slash */
	struct http_slice query; /**< as sent, without '?' */
	int minor;               /**< of HTTP/1.x: 0 or 1 */
	struct {
		struct http_slice name, value; /**< value without blanks around it */
	} headers[HTTP_HEADERS];
	size_t header_count;
};

/** Read one head from the start of data.
 *  @return its length with the empty line; 0 when it is not all there; -EBADMSG malformed (400); -E2BIG too many
 * headers (431); -EOPNOTSUPP a method that is not served (501); -EPROTONOSUPPORT another version of HTTP (505) */
__attribute__((warn_unused_result)) long http_parse_head(const char *data, size_t len, struct http_head *out);

/** Decode a path: %XX, then valid UTF-8 without control characters, no "." or ".." segment. @return 0; -EBADMSG */
__attribute__((warn_unused_result)) int http_decode_path(struct http_slice path, char *out, size_t size);

/** Decode a query into "name=value" strings, each NUL-terminated, the list ended by an empty one. Pairs that cannot be
 * decoded are left out. out must hold query.len + 2 bytes. */
void http_decode_query(struct http_slice query, char *out);
#endif
