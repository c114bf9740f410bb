/* What of a stream waits to be sent on. Packets of a frame go to a viewer in a row, because a row of equal ones costs
 * little more than one (transport/udp.h); so a packet waits for the round to end, and, when the worker is busy, a
 * little longer for its companions. Thread: owning worker. */
#ifndef MEDIA_FORWARD_GATHER_H
#define MEDIA_FORWARD_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forward/agreed.h"
#include "forward/cache.h"

#define FORWARD_GATHER_MAX 256 /**< packets of a track that wait; then the oldest go */
#define FORWARD_GATHER_SLICE                                                                                           \
	24 /**< of a track go in one pass over the viewers: a keyframe is no reason not to read                        \
	    */
#define FORWARD_GATHER_LATE_US 5000    /**< for sound that is later than that nothing waits */
#define FORWARD_GATHER_ROOM (64 << 10) /**< for copies of packets that are padded [bytes] */

struct forward_stream;
struct forward_track;
struct forward_worker;

/** How sound comes: its next packet can ride along with a picture's, where a datagram of its own would cost as much as
 * ten. Zeroed before use. Pure. */
struct forward_rhythm {
	int64_t ext, came_us; /**< of its newest packet */
	uint32_t timestamp;
	int64_t every_us; /**< 0: not known */
};
/** One came. @param clock [Hz] */
void forward_rhythm_note(struct forward_rhythm *r, int64_t ext, uint32_t timestamp, uint32_t clock, int64_t now_us);
/** Is the next to come until then? */
bool forward_rhythm_expects(const struct forward_rhythm *r, int64_t now_us, int64_t until_us);

struct forward_gather {
	struct {
		uint32_t epoch;
		int64_t ext;
	} waiting[FORWARD_TRACKS][FORWARD_GATHER_MAX]; /**< names of packets in the tracks' caches, as they came */
	size_t count[FORWARD_TRACKS];
	uint32_t serial; /**< of this gathering, from 1 */
	bool queued;     /**< among the worker's streams that have something waiting */
	bool whole;      /**< the newest packet of the picture that waits ends a frame */
	int64_t due_us;
	struct forward_rhythm sound;
	struct forward_stream *next;
};

/** A packet for every viewer of the stream. */
void forward_gather_packet(struct forward_stream *stream, struct forward_track *track,
                           const struct forward_packet *packet);
/** Send what is due now. @return when the next is due [monotonic µs]; INT64_MAX: nothing waits. */
int64_t forward_gather_send_due(struct forward_worker *worker);
/** The stream ends: nothing of it waits any more. */
void forward_gather_forget(struct forward_stream *stream);

/** How busy the worker is, and for how long packets therefore wait. Zeroed before use. Pure. */
struct forward_load {
	int64_t since_us, idle_us; /**< of the running window */
	int64_t hold_us;
	int busy_pc; /**< over the newest whole window */
};
/** A round began at now_us after idle_us of waiting for it. @param most_us the longest that a packet may wait. */
void forward_load_note(struct forward_load *load, int64_t now_us, int64_t idle_us, int64_t most_us);

#define FORWARD_PADDING_MAX 16   /**< that equal sizes are worth [bytes] */
#define FORWARD_PADDING_SHARE 16 /**< or that part of the longest, at most 255 bytes */

/** A packet as it goes to every viewer. */
struct forward_outgoing {
	const struct forward_packet *packet;
	uint8_t padding;        /**< octets behind it */
	const uint8_t *payload; /**< NULL: the packet's own; else a copy with the padding behind it */
};
/** Make packets that differ by little equally long, by RTP padding (RFC 3550 §5.1), so that they make one run. Pure. */
void forward_gather_equalise(struct forward_outgoing *packets, size_t count);
#endif
