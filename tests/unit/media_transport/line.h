/* Two DTLS associations joined by a line that loses, repeats, reorders and cuts. Every call asserts. */
#ifndef TESTS_MEDIA_TRANSPORT_LINE_H
#define TESTS_MEDIA_TRANSPORT_LINE_H

#include <stdbool.h>

#include "transport/dtls.h"

#define LINE_QUEUE 64

struct datagram {
	size_t len;
	uint8_t data[1500];
};

struct end {
	struct media_dtls *dtls;
	struct line *line;
	size_t out_count;
	struct datagram out[LINE_QUEUE];
};

/** What goes wrong on the line; all zero: nothing. */
struct faults {
	int lose;       /**< the first, second, … datagram is lost, 0: none */
	int repeat;     /**< the first, second, … is delivered twice, -1: all */
	bool backwards; /**< each flight's datagrams in reverse order */
	int pieces;     /**< a ClientHello is cut into so many datagrams, 0: whole */
	bool pieces_backwards;
};

struct line {
	struct faults faults;
	int sent;          /**< datagrams so far, of both */
	struct end end[2]; /**< 0: client, 1: server */
};

int64_t line_now_us(void);
/** Neither a datagram longer than the MTU nor half a record. */
void line_check_records(const uint8_t *data, size_t len);
/** The hook of an end; ctx: that end. */
void line_send(const uint8_t *data, size_t len, void *ctx);
/** "sha-256 AB:CD:…" of a context; the last two stay. */
const char *line_fingerprint(const struct media_dtls_context *context);

/** Each end expects the other's certificate, or what it is told to expect. No faults yet. */
void line_join(struct line *line, struct media_dtls_context *client, struct media_dtls_context *server);
void line_join_as(struct line *line, struct media_dtls_context *client, struct media_dtls_context *server,
                  const char *client_expects, const char *server_expects);
void line_part(struct line *line);
/** What this end has sent reaches the other. */
void line_carry(struct line *line, int from);
/** Until both ends are through with their handshake, one way or another. */
void line_run(struct line *line);
/** Both ends are, with this profile and keys that fit. */
void line_assert_connected(struct line *line, enum media_srtp_profile want);
#endif
