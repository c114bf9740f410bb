/* Small parsers for what stands in HTTP headers and frames. Pure and bounded. */
#ifndef TRUNKSHOW_HUB_TEXT_H
#define TRUNKSHOW_HUB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whether data is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool text_is_utf8(const char *data, size_t len);

/** Find a cookie's value in a Cookie header (RFC 6265 §4.2). @return the value, not NUL-terminated, or NULL */
const char *text_find_cookie(const char *header, const char *name, size_t *len);

/** Whether Accept-Encoding takes `coding` ("br", "gzip"): named with q above 0 (RFC 9110 §12.5.3); NULL header: no. */
bool text_accepts_coding(const char *header, const char *coding);

/** Whether If-None-Match names etag (quotes included) or is "*"; weak comparison (RFC 9110 §13.1.2). NULL header: no.
 */
bool text_matches_etag(const char *header, const char *etag);

/** Whether a comma separated header (Connection, Sec-WebSocket-Protocol) holds the token, any case. NULL header: no. */
bool text_has_token(const char *header, const char *token);

/** Whether an Origin header names this server: scheme and Host, or public_url. An empty host matches nothing. */
bool text_is_own_origin(const char *origin, bool tls, const char *host, const char *public_url);

/** Read a Content-Length: digits alone. @return 0; -EINVAL; -ERANGE beyond 2^53 */
__attribute__((warn_unused_result)) int text_parse_length(const char *text, uint64_t *out);

/** Read a Range header about a file of a size (RFC 9110 §14.2): the first and the last byte that are wanted.
 * @return 1; 0: the whole file (no header, another unit, several ranges, no range at all); -1: there is nothing of that
 * (416) */
int text_parse_range(const char *header, uint64_t size, uint64_t *from, uint64_t *to);

/** The last address of X-Forwarded-For: the one the nearest proxy has seen. @return false when it is no IP address. */
bool text_last_address(const char *header, char *out, size_t size);

/** The media type that goes with a file name's ending; application/octet-stream when unknown. */
const char *text_content_type(const char *name);

/** Whether a header may carry the value: no control characters. */
bool text_is_header_value(const char *value);
#endif
