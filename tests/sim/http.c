#include "sim/http.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "sim/line.h"

#define HEAD_MAX 16384

struct sim_http {
	struct sim_line *line;
	bool secure;
	char authority[300];
	char *out;
	size_t out_len, sent;
	char *in;
	size_t in_len, in_size;
	bool bodyless; /**< HEAD */
};

static int write_request(struct sim_http *http, const struct sim_http_request *r, const struct sim_url *url)
{
	size_t size = strlen(url->path) + strlen(url->authority) + (r->token ? strlen(r->token) : 0) +
	              (r->type ? strlen(r->type) : 0) + (r->headers ? strlen(r->headers) : 0) + r->body_len + 512;
	int n;

	http->out = malloc(size);
	if (!http->out)
		return -ENOMEM;
	n = snprintf(http->out, size,
	             "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %zu\r\n%s%s%s%s%s%s%s\r\n",
	             r->method, url->path, url->authority, r->body_len, r->token ? "Authorization: Bearer " : "",
	             r->token ? r->token : "", r->token ? "\r\n" : "", r->type ? "Content-Type: " : "",
	             r->type ? r->type : "", r->type ? "\r\n" : "", r->headers ? r->headers : "");
	if (n < 0 || (size_t)n + r->body_len > size)
		return -EINVAL;
	if (r->body_len)
		memcpy(http->out + n, r->body, r->body_len);
	http->out_len = (size_t)n + r->body_len;
	http->bodyless = strcmp(r->method, "HEAD") == 0;
	snprintf(http->authority, sizeof(http->authority), "%s", url->authority);
	http->secure = url->secure;
	return 0;
}

int sim_http_start(const struct sim_http_request *request, struct sim_http **out)
{
	struct sim_http *http;
	struct sim_url url;
	int rc = sim_url_parse(request->url, &url);

	*out = NULL;
	if (rc < 0)
		return rc;
	http = calloc(1, sizeof(*http));
	if (!http)
		return -ENOMEM;
	rc = write_request(http, request, &url);
	if (rc == 0)
		rc = sim_line_start(&url, request->insecure, &http->line);
	if (rc < 0) {
		sim_http_destroy(http);
		return rc;
	}
	*out = http;
	return 0;
}

void sim_http_destroy(struct sim_http *http)
{
	if (!http)
		return;
	sim_line_destroy(http->line);
	free(http->out);
	free(http->in);
	free(http);
}

int sim_http_fd(const struct sim_http *http)
{
	return sim_line_fd(http->line);
}

short sim_http_events(const struct sim_http *http)
{
	return sim_line_events(http->line, http->sent < http->out_len);
}

static int send_more(struct sim_http *http)
{
	while (http->sent < http->out_len) {
		ssize_t n = sim_line_write(http->line, http->out + http->sent, http->out_len - http->sent);

		if (n < 0)
			return n == -EAGAIN ? 0 : (int)n;
		http->sent += (size_t)n;
	}
	return 0;
}

/** @return 1 at the end of the stream; 0; -errno. */
static int receive_more(struct sim_http *http)
{
	for (;;) {
		ssize_t n;

		if (http->in_len + 1 >= http->in_size) {
			size_t size = http->in_size ? http->in_size * 2 : 8192;
			char *grown = size > SIM_HTTP_BODY_MAX * 2 ? NULL : realloc(http->in, size);

			if (!grown)
				return -EMSGSIZE;
			http->in = grown;
			http->in_size = size;
		}
		n = sim_line_read(http->line, http->in + http->in_len, http->in_size - http->in_len - 1);
		if (n == 0)
			return 1;
		if (n < 0)
			return n == -EAGAIN ? 0 : (int)n;
		http->in_len += (size_t)n;
		http->in[http->in_len] = '\0';
	}
}

/** Copy a header's value. @return whether it is there. */
static bool header(const char *head, const char *name, char *out, size_t size)
{
	size_t len = strlen(name);
	const char *line;

	out[0] = '\0';
	for (line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " \t");
		snprintf(out, size, "%.*s", (int)strcspn(line, "\r\n"), line);
		return true;
	}
	return false;
}

/** Undo chunked coding in place. @return length; -EAGAIN unfinished; -EBADMSG. */
static ssize_t unchunk(char *body, size_t len)
{
	size_t at = 0, to = 0;

	for (;;) {
		char *eol = memmem(body + at, len - at, "\r\n", 2);
		unsigned long n;

		if (!eol)
			return -EAGAIN;
		n = strtoul(body + at, NULL, 16);
		at = (size_t)(eol - body) + 2;
		if (n > SIM_HTTP_BODY_MAX)
			return -EBADMSG;
		if (n == 0)
			return (ssize_t)to;
		if (len - at < n + 2)
			return -EAGAIN;
		memmove(body + to, body + at, n);
		to += n;
		at += n + 2;
	}
}

/** @return body length once it is whole; -EAGAIN; -EBADMSG. */
static ssize_t whole_body(const struct sim_http *http, const char *head, char *body, size_t len, int status, bool ended)
{
	char value[64];

	if (http->bodyless || status == 204 || status == 304)
		return 0;
	if (header(head, "transfer-encoding", value, sizeof(value)) && strcasecmp(value, "chunked") == 0) {
		char *copied = malloc(len + 1);
		ssize_t n;

		if (!copied)
			return -ENOMEM;
		memcpy(copied, body, len);
		copied[len] = '\0';
		n = unchunk(copied, len);
		if (n >= 0)
			memcpy(body, copied, (size_t)n);
		free(copied);
		return n == -EAGAIN && ended ? -EBADMSG : n;
	}
	if (header(head, "content-length", value, sizeof(value))) {
		size_t wanted = strtoull(value, NULL, 10);

		if (len >= wanted)
			return (ssize_t)wanted;
		return ended ? -EBADMSG : -EAGAIN;
	}
	return ended ? (ssize_t)len : -EAGAIN;
}

static int fill_response(struct sim_http *http, const char *head, const char *body, size_t len,
                         struct sim_http_response *out)
{
	char location[400];

	out->headers = strdup(head);
	out->body = malloc(len + 1);
	if (!out->headers || !out->body) {
		sim_http_response_clear(out);
		return -ENOMEM;
	}
	memcpy(out->body, body, len);
	out->body[len] = '\0';
	out->body_len = len;
	header(head, "etag", out->etag, sizeof(out->etag));
	header(head, "content-type", out->type, sizeof(out->type));
	if (header(head, "location", location, sizeof(location))) {
		if (location[0] == '/')
			snprintf(out->location, sizeof(out->location), "%s://%.100s%.390s",
			         http->secure ? "https" : "http", http->authority, location);
		else
			snprintf(out->location, sizeof(out->location), "%s", location);
	}
	return 0;
}

static int try_response(struct sim_http *http, bool ended, struct sim_http_response *out)
{
	char *end = http->in ? memmem(http->in, http->in_len, "\r\n\r\n", 4) : NULL, *body;
	ssize_t n;
	int rc;

	if (!end)
		return ended ? (http->in_len ? -EBADMSG : -ECONNRESET) : http->in_len > HEAD_MAX ? -EMSGSIZE : -EAGAIN;
	memset(out, 0, sizeof(*out));
	if (sscanf(http->in, "HTTP/1.%*d %d", &out->status) != 1)
		return -EBADMSG;
	body = end + 4;
	if (out->status >= 100 && out->status < 200) {
		http->in_len -= (size_t)(body - http->in);
		memmove(http->in, body, http->in_len + 1);
		return try_response(http, ended, out);
	}
	end[2] = '\0';
	n = whole_body(http, http->in, body, http->in_len - (size_t)(body - http->in), out->status, ended);
	rc = n < 0 ? (int)n : fill_response(http, http->in, body, (size_t)n, out);
	end[2] = '\r';
	return rc;
}

int sim_http_poll(struct sim_http *http, struct sim_http_response *response)
{
	int rc = send_more(http), ended;

	/* A server may refuse before it has read everything, and then closes: its answer counts, not our failed write.
	 */
	ended = receive_more(http);
	if (http->in_len == 0 && (rc < 0 || ended < 0))
		return rc < 0 ? rc : ended;
	return try_response(http, ended != 0, response);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int sim_http(const struct sim_http_request *request, int64_t timeout_ms, struct sim_http_response *response)
{
	int64_t end = now_ms() + timeout_ms, left;
	struct sim_http *http;
	int rc = sim_http_start(request, &http);

	if (rc < 0)
		return rc;
	do {
		struct pollfd wait = {.fd = sim_http_fd(http), .events = sim_http_events(http)};

		left = end - now_ms();
		if (left <= 0) {
			rc = -ETIMEDOUT;
			break;
		}
		poll(&wait, 1, (int)left);
		rc = sim_http_poll(http, response);
	} while (rc == -EAGAIN);
	sim_http_destroy(http);
	return rc;
}

void sim_http_response_clear(struct sim_http_response *response)
{
	free(response->headers);
	free(response->body);
	memset(response, 0, sizeof(*response));
}
