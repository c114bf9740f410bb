/* A TCP port under test with a clock of its own, and clients that talk to it over loopback. Every call asserts. */
#ifndef TESTS_MEDIA_TRANSPORT_TCP_WORLD_H
#define TESTS_MEDIA_TRANSPORT_TCP_WORLD_H

#include "bytes.h"
#include "transport/tcp.h"

#define WORLD_MESSAGES 256
#define WORLD_SILENT_US 35000000

struct world_message {
	struct media_path from;
	size_t len;
	uint8_t data[MEDIA_DATAGRAM_MAX];
};

struct world {
	struct media_tcp_bounds *bounds;
	struct media_tcp *tcp;
	struct media_udp *udp; /**< the way out */
	int64_t now_us;
	size_t count;
	/** What to do with a message, besides keeping it; may be NULL. */
	void (*on_message)(struct world *world, const struct media_udp_received *received);
	struct world_message messages[WORLD_MESSAGES];
};

struct world *world_open(size_t in_all, size_t by_address);
/** Another owner of connections, without a listener, under the same bounds; udp alone is its own. */
struct world *world_beside(struct world *first);
void world_close(struct world *world);
void world_close_beside(struct world *beside);

int world_connect(const struct world *world, const char *address);
/** Let the port work until it has got so many messages. */
void world_until_messages(struct world *world, size_t count);
/** … until so many are connected. */
void world_until_connected(struct world *world, size_t count);
struct media_tcp_stats world_stats(const struct world *world);
/** Send a message by the way out. */
void world_reply(struct world *world, const struct media_path *to, const void *data, size_t len);

/** A check as far as the port looks at it, of `len` bytes from 20 on, with a number in it. @return len */
size_t world_check(uint8_t *out, size_t len, uint8_t number);
/** A client sends a message with its head. */
void world_say(int fd, const void *message, size_t len);
/** A client reads exactly this message. */
void world_expect(int fd, const void *message, size_t len);
/** A client finds its connection closed, once it has read what there was. @return how much that was */
size_t world_expect_closed(int fd);
#endif
