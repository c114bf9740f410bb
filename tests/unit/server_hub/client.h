/* Clients that speak HTTP and WebSocket by hand over blocking sockets. Every call asserts; a client that waits longer
 * than CLIENT_PATIENCE_S fails its test. */
#ifndef TRUNKSHOW_TEST_HUB_CLIENT_H
#define TRUNKSHOW_TEST_HUB_CLIENT_H

#include "rig.h"

#define CLIENT_PATIENCE_S 60

/* ---- HTTP ---- */

struct reply {
	int status;
	char head[16384]; /**< status line and headers, NUL-terminated */
	char *body;       /**< NUL-terminated for convenience; free with reply_finish */
	size_t body_len;
};

int client_connect(const struct rig *rig);
void client_send(int fd, const void *data, size_t len);
void client_say(int fd, const char *text);
/** Read one response; for answers to HEAD there is no body. */
void client_read(int fd, bool head, struct reply *out);
/** Read until the peer closes. @return whether nothing came before that */
bool client_is_closed(int fd);
void reply_finish(struct reply *reply);
/** A header's value in a static buffer, NULL when absent. */
const char *reply_header(const struct reply *reply, const char *name);
/** Connect, send text, read one reply, close. */
void client_ask(const struct rig *rig, const char *text, struct reply *out);
/** Connect, send a GET, get 200 and this body, close. */
void client_expect(const struct rig *rig, const char *request, const char *body);
/** Send a line, headers and a body of len bytes; read the answer. At 200 it must be that body. */
void client_ask_with_body(int fd, const char *line, size_t len, struct reply *reply);

/* ---- WebSocket ---- */

struct frame {
	int opcode; /**< -1: the connection ended */
	size_t len;
	uint8_t *data; /**< NUL-terminated for convenience; free with free() */
};

enum { WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

/** Handshake at /ws; `headers` are extra lines, each ended by CRLF. @return the status; the socket stays open at 101 */
int ws_handshake(int fd, const char *path, const char *headers);
int ws_connect(const struct rig *rig);
void ws_send(int fd, bool final, int opcode, const void *data, size_t len);
void ws_say(int fd, const char *text);
void ws_read(int fd, struct frame *out);
/** Read a text frame and compare. */
void ws_expect(int fd, const char *text);
/** Read frames until a close comes. @return its code, or 0 when the connection ended without */
int ws_read_close(int fd);
#endif
