/* What a worker is told by the others: packets by reference and what goes with them, and datagrams of its sessions that
 * came by another's socket. Bounded rings without a lock, and an eventfd for when it sleeps. */
#ifndef MEDIA_FORWARD_INBOX_H
#define MEDIA_FORWARD_INBOX_H

#include "forward/ring.h"
#include "forward/track.h"
#include "transport/udp.h"

struct forward_link;
struct forward_packet;
struct forward_stream;
struct media_tcp_connection;

/** A host as its viewers' workers know it. */
struct forward_host {
	bool present;
	enum media_codec codecs[FORWARD_KINDS]; /**< what it sends */
};

/** Of a track, what its viewers' workers know beside its packets. */
struct forward_shown {
	uint32_t epoch, ssrc, key_timestamp;
	struct forward_codec codec;
	struct forward_clock clock;
	int64_t ntp_offset, key_number, key_us, bps, steady_bps;
	int width, height;
	bool key_seen;
};

enum forward_message_type {
	/* from a mirror's worker to its source's */
	FORWARD_SUBSCRIBE,     /**< link: lent until FORWARD_UNLINKED comes back */
	FORWARD_UNSUBSCRIBE,   /**< link */
	FORWARD_WANT_KEYFRAME, /**< link, track; epoch, ext: of the newest keyframe that the mirror knows, ext -1: none
	                        */
	FORWARD_WANT_PACKET,   /**< link, track, epoch, ext: viewers lack it, and so does the mirror */
	FORWARD_WATCHED,       /**< link, track */
	/* and back */
	FORWARD_HOST,     /**< mirror, host */
	FORWARD_TRACK,    /**< mirror, track, shown */
	FORWARD_PACKET,   /**< mirror, track, packet: with a reference to its block; early: out of the source's cache */
	FORWARD_PRIMED,   /**< mirror: the packets before were all that the source has for who joins */
	FORWARD_UNLINKED, /**< mirror: nothing of its source comes after this */
	/* from a session's worker to where its datagrams come in, and from there */
	FORWARD_ROUTE,      /**< path: datagrams from there are for the sender of this */
	FORWARD_UNROUTE,    /**< path: no longer */
	FORWARD_CONNECTION, /**< connection: taken over */
};

struct forward_message {
	enum forward_message_type type;
	uint8_t from; /**< worker */
	uint8_t track;
	bool early;
	union {
		struct forward_link *link;
		struct forward_stream *mirror;
		struct media_tcp_connection *connection;
	};
	union {
		struct {
			uint32_t epoch;
			int64_t ext;
		};
		struct forward_host host;
		struct forward_shown shown;
		const struct forward_packet *packet;
		struct media_path path;
	};
};

struct forward_datagram {
	uint8_t from; /**< worker by whose socket it came */
	size_t len;
	struct media_path path;
	uint8_t data[MEDIA_DATAGRAM_MAX];
};

struct forward_inbox {
	struct forward_ring messages, datagrams;
	int fd;             /**< readable after a wake */
	atomic_bool asleep; /**< the worker waits, or is about to */
};

/** @return 0; -ENOMEM; -errno. */
__attribute__((warn_unused_result)) int forward_inbox_create(struct forward_inbox **out);
void forward_inbox_destroy(struct forward_inbox *inbox); /**< accepts NULL */
/** After something was published. Thread: any. */
void forward_inbox_wake(struct forward_inbox *inbox);
/** The worker is about to wait. @return false: something is there, it must not. */
bool forward_inbox_sleep(struct forward_inbox *inbox);
void forward_inbox_awake(struct forward_inbox *inbox);
/** Its fd can be read. */
void forward_inbox_heard(struct forward_inbox *inbox);
#endif
