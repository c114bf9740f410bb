#include "hub/http_parse.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "hub/text.h"

/* RFC 9110 §5.6.2 */
static bool is_token_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != 0 && strchr("!#$%&'*+-.^_`|~", c));
}

static size_t token_length(const char *text, size_t len)
{
	size_t at = 0;

	while (at < len && is_token_char((unsigned char)text[at]))
		at++;
	return at;
}

/* The line at the start of data, without its CRLF. @return bytes with the CRLF; 0 when it is not all there; -EBADMSG */
static long take_line(const char *data, size_t len, struct http_slice *line)
{
	const char *end = memchr(data, '\n', len);

	if (!end)
		/* A CR that no LF follows is no line end. */
		return memchr(data, '\r', len ? len - 1 : 0) ? -EBADMSG : 0;
	if (end == data || end[-1] != '\r' || memchr(data, '\r', (size_t)(end - data - 1)))
		return -EBADMSG;
	*line = (struct http_slice){data, (size_t)(end - data - 1)};
	return end - data + 1;
}

static int parse_method(struct http_slice name, enum hub_method *out)
{
	static const struct {
		const char *name;
		enum hub_method method;
	} methods[] = {
	        {"GET", HUB_GET},     {"HEAD", HUB_HEAD},     {"POST", HUB_POST},       {"PUT", HUB_PUT},
	        {"PATCH", HUB_PATCH}, {"DELETE", HUB_DELETE}, {"OPTIONS", HUB_OPTIONS},
	};

	if (name.len == 0 || token_length(name.text, name.len) != name.len)
		return -EBADMSG;
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		if (strlen(methods[i].name) == name.len && memcmp(methods[i].name, name.text, name.len) == 0) {
			*out = methods[i].method;
			return 0;
		}
	}
	return -EOPNOTSUPP;
}

static int parse_target(struct http_slice target, struct http_head *out)
{
	/* absolute-form, which proxies may send (RFC 9112 §3.2.2): the path begins behind the authority */
	if (target.len > 7 && strncasecmp(target.text, "http://", 7) == 0) {
		const char *slash = memchr(target.text + 7, '/', target.len - 7);
		if (!slash)
			return -EBADMSG;
		target.len -= (size_t)(slash - target.text);
		target.text = slash;
	}
	if (target.len == 0 || target.text[0] != '/')
		return -EBADMSG;
	for (size_t i = 0; i < target.len; i++)
		if ((unsigned char)target.text[i] <= 0x20 || target.text[i] == 0x7f || target.text[i] == '#')
			return -EBADMSG;
	const char *mark = memchr(target.text, '?', target.len);
	size_t path_len = mark ? (size_t)(mark - target.text) : target.len;
	out->path = (struct http_slice){target.text, path_len};
	out->query = mark ? (struct http_slice){mark + 1, target.len - path_len - 1} : (struct http_slice){"", 0};
	return 0;
}

static int parse_version(struct http_slice version, int *minor)
{
	if (version.len != 8 || memcmp(version.text, "HTTP/", 5) != 0 || version.text[6] != '.')
		return -EBADMSG;
	if (version.text[5] != '1' || (version.text[7] != '0' && version.text[7] != '1'))
		return -EPROTONOSUPPORT;
	*minor = version.text[7] - '0';
	return 0;
}

static int parse_request_line(struct http_slice line, struct http_head *out)
{
	const char *first = memchr(line.text, ' ', line.len), *last = memrchr(line.text, ' ', line.len);
	int err;

	if (!first || first == last)
		return -EBADMSG;
	struct http_slice method = {line.text, (size_t)(first - line.text)},
	                  target = {first + 1, (size_t)(last - first - 1)},
	                  version = {last + 1, (size_t)(line.text + line.len - last - 1)};
	err = parse_version(version, &out->minor);
	if (!err)
		err = parse_method(method, &out->method);
	return err ? err : parse_target(target, out);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int parse_header(struct http_slice line, struct http_head *out)
{
	size_t name = token_length(line.text, line.len), start = name + 1, end = line.len;

	/* Blanks before the colon and folded lines are how requests are smuggled (RFC 9112 §5.1, §5.2). */
	if (name == 0 || name == line.len || line.text[name] != ':')
		return -EBADMSG;
	while (start < end && is_blank(line.text[start]))
		start++;
	while (end > start && is_blank(line.text[end - 1]))
		end--;
	for (size_t i = start; i < end; i++)
		if (((unsigned char)line.text[i] < 0x20 && line.text[i] != '\t') || line.text[i] == 0x7f)
			return -EBADMSG;
	if (out->header_count == HTTP_HEADERS)
		return -E2BIG;
	out->headers[out->header_count].name = (struct http_slice){line.text, name};
	out->headers[out->header_count++].value = (struct http_slice){line.text + start, end - start};
	return 0;
}

static size_t count_headers(const struct http_head *head, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < head->header_count; i++)
		count += head->headers[i].name.len == strlen(name) &&
		         strncasecmp(head->headers[i].name.text, name, head->headers[i].name.len) == 0;
	return count;
}

/* What may stand in a request only once (RFC 9110 §7.2, RFC 9112 §6.3). */
static int check_whole(const struct http_head *head)
{
	size_t hosts = count_headers(head, "host");

	if (hosts > 1 || (hosts == 0 && head->minor == 1) || count_headers(head, "content-length") > 1 ||
	    count_headers(head, "transfer-encoding") > 1)
		return -EBADMSG;
	return 0;
}

long http_parse_head(const char *data, size_t len, struct http_head *out)
{
	struct http_slice line = {0};
	size_t at = 0;
	long step;
	int err;

	memset(out, 0, sizeof *out);
	/* One empty line before a request is forgiven (RFC 9112 §2.2). */
	if (len >= 2 && data[0] == '\r' && data[1] == '\n')
		at = 2;
	if ((step = take_line(data + at, len - at, &line)) <= 0)
		return step;
	err = parse_request_line(line, out);
	if (err)
		return err;
	for (;;) {
		at += (size_t)step;
		if ((step = take_line(data + at, len - at, &line)) <= 0)
			return step;
		if (line.len == 0) {
			err = check_whole(out);
			return err ? err : (long)at + step;
		}
		err = parse_header(line, out);
		if (err)
			return err;
	}
}

static int hex(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	                              : -1;
}

/* Decode %XX (and '+' as blank). @return bytes written, or -EBADMSG for broken escapes and NUL */
static long decode(struct http_slice in, bool plus, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < in.len; i++) {
		char c = in.text[i];

		if (c == '%') {
			if (i + 2 >= in.len || hex(in.text[i + 1]) < 0 || hex(in.text[i + 2]) < 0)
				return -EBADMSG;
			c = (char)(hex(in.text[i + 1]) << 4 | hex(in.text[i + 2]));
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c == '\0')
			return -EBADMSG;
		out[len++] = c;
	}
	return (long)len;
}

int http_decode_path(struct http_slice path, char *out, size_t size)
{
	if (path.len >= size)
		return -EBADMSG;
	long len = decode(path, false, out);
	if (len < 0)
		return -EBADMSG;
	out[len] = '\0';
	if (!text_is_utf8(out, (size_t)len) || !text_is_header_value(out) || strchr(out, '\\'))
		return -EBADMSG;
	for (const char *slash = out; slash; slash = strchr(slash + 1, '/')) {
		size_t segment = strcspn(slash + 1, "/");
		if ((segment == 1 && slash[1] == '.') || (segment == 2 && slash[1] == '.' && slash[2] == '.'))
			return -EBADMSG;
	}
	return 0;
}

void http_decode_query(struct http_slice query, char *out)
{
	while (query.len > 0) {
		const char *amp = memchr(query.text, '&', query.len);
		struct http_slice pair = {query.text, amp ? (size_t)(amp - query.text) : query.len};
		long len = decode(pair, true, out);

		if (len > 0 && text_is_utf8(out, (size_t)len)) {
			out[len] = '\0';
			out += len + 1;
		}
		query.text += pair.len + (amp != NULL);
		query.len -= pair.len + (amp != NULL);
	}
	*out = '\0';
}
