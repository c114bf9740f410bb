#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int client_connect(const struct rig *rig)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)rig->port)};
	struct timeval patience = {.tv_sec = CLIENT_PATIENCE_S};
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

void client_send(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			return; /* the server may have ended it: the reading side tells */
		at += n;
		len -= (size_t)n;
	}
}

void client_say(int fd, const char *text)
{
	client_send(fd, text, strlen(text));
}

/* @return 1; 0 at the end of the stream */
static int read_exactly(int fd, void *out, size_t len)
{
	char *at = out;

	while (len > 0) {
		ssize_t n = recv(fd, at, len, 0);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			fail_msg("nothing came for %d s", CLIENT_PATIENCE_S);
		if (n <= 0)
			return 0;
		at += n;
		len -= (size_t)n;
	}
	return 1;
}

bool client_is_closed(int fd)
{
	char byte;

	return read_exactly(fd, &byte, 1) == 0;
}

const char *reply_header(const struct reply *reply, const char *name)
{
	static char value[4096];
	size_t len = strlen(name);

	for (const char *line = strstr(reply->head, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " ");
		snprintf(value, sizeof value, "%.*s", (int)strcspn(line, "\r"), line);
		return value;
	}
	return NULL;
}

void client_read(int fd, bool head, struct reply *out)
{
	size_t len = 0;

	memset(out, 0, sizeof *out);
	while (len < 4 || memcmp(out->head + len - 4, "\r\n\r\n", 4) != 0) {
		assert_true(len < sizeof out->head - 1);
		if (!read_exactly(fd, out->head + len, 1))
			fail_msg("the connection ended within the head: \"%s\"", out->head);
		len++;
	}
	assert_int_equal(sscanf(out->head, "HTTP/1.1 %d ", &out->status), 1);
	const char *length = reply_header(out, "Content-Length");
	out->body_len = length && !head && out->status != 304 ? strtoul(length, NULL, 10) : 0;
	out->body = calloc(1, out->body_len + 1);
	assert_true(read_exactly(fd, out->body, out->body_len));
}

void reply_finish(struct reply *reply)
{
	free(reply->body);
	reply->body = NULL;
}

void client_ask(const struct rig *rig, const char *text, struct reply *out)
{
	int fd = client_connect(rig);

	client_say(fd, text);
	client_read(fd, strncmp(text, "HEAD ", 5) == 0, out);
	close(fd);
}

void client_expect(const struct rig *rig, const char *request, const char *body)
{
	struct reply reply;

	client_ask(rig, request, &reply);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, body);
	reply_finish(&reply);
}

void client_ask_with_body(int fd, const char *line, size_t len, struct reply *reply)
{
	char head[512];
	char *body = malloc(len + 1);

	for (size_t i = 0; i < len; i++)
		body[i] = (char)('a' + i % 23);
	snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", line, len);
	client_say(fd, head);
	client_send(fd, body, len);
	client_read(fd, false, reply);
	if (reply->status == 200) {
		assert_int_equal(reply->body_len, len);
		assert_memory_equal(reply->body, body, len);
	}
	free(body);
}

/* ---- WebSocket ---- */

int ws_handshake(int fd, const char *path, const char *headers)
{
	char text[4096];
	struct reply reply;

	snprintf(text, sizeof text,
	         "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
	         path, headers);
	client_say(fd, text);
	client_read(fd, false, &reply);
	if (reply.status == 101)
		/* RFC 6455 §1.3 has this key and its answer. */
		assert_string_equal(reply_header(&reply, "Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	reply_finish(&reply);
	return reply.status;
}

int ws_connect(const struct rig *rig)
{
	int fd = client_connect(rig);

	assert_int_equal(
	        ws_handshake(fd, "/ws", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: trunkshow.v1\r\n"), 101);
	return fd;
}

void ws_send(int fd, bool final, int opcode, const void *data, size_t len)
{
	static const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
	uint8_t *frame = malloc(len + 14);
	size_t at = 0;

	frame[at++] = (uint8_t)((final ? 0x80 : 0) | opcode);
	if (len < 126) {
		frame[at++] = (uint8_t)(0x80 | len);
	} else if (len < 65536) {
		frame[at++] = 0x80 | 126;
		frame[at++] = (uint8_t)(len >> 8);
		frame[at++] = (uint8_t)len;
	} else {
		frame[at++] = 0x80 | 127;
		for (int shift = 56; shift >= 0; shift -= 8)
			frame[at++] = (uint8_t)((uint64_t)len >> shift);
	}
	memcpy(frame + at, mask, 4);
	at += 4;
	for (size_t i = 0; i < len; i++)
		frame[at + i] = ((const uint8_t *)data)[i] ^ mask[i & 3];
	client_send(fd, frame, at + len);
	free(frame);
}

void ws_say(int fd, const char *text)
{
	ws_send(fd, true, WS_TEXT, text, strlen(text));
}

void ws_read(int fd, struct frame *out)
{
	uint8_t head[2], more[8];

	*out = (struct frame){.opcode = -1};
	if (!read_exactly(fd, head, 2))
		return;
	assert_int_equal(head[0] & 0xf0, 0x80); /* whole messages, no extension */
	assert_int_equal(head[1] & 0x80, 0);    /* servers do not mask */
	out->len = head[1];
	if (out->len >= 126) {
		size_t bytes = out->len == 126 ? 2 : 8;
		assert_true(read_exactly(fd, more, bytes));
		out->len = 0;
		for (size_t i = 0; i < bytes; i++)
			out->len = out->len << 8 | more[i];
	}
	assert_true(out->len < 64u << 20);
	out->data = calloc(1, out->len + 1);
	if (!read_exactly(fd, out->data, out->len)) {
		free(out->data);
		*out = (struct frame){.opcode = -1};
		return;
	}
	out->opcode = head[0] & 0xf;
}

void ws_expect(int fd, const char *text)
{
	struct frame frame;

	ws_read(fd, &frame);
	assert_int_equal(frame.opcode, WS_TEXT);
	assert_string_equal((char *)frame.data, text);
	free(frame.data);
}

int ws_read_close(int fd)
{
	for (;;) {
		struct frame frame;
		int code = 0;

		ws_read(fd, &frame);
		if (frame.opcode == WS_CLOSE)
			code = frame.len >= 2 ? frame.data[0] << 8 | frame.data[1] : 1005;
		free(frame.data);
		if (frame.opcode == WS_CLOSE || frame.opcode == -1)
			return code;
	}
}
