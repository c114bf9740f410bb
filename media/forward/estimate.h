/* What each viewer's line carries: packets get transport-wide numbers as they are encrypted, feedback becomes an
 * estimate (rtp/bandwidth.h), and where a better layer is wanted, padding probes for it. Thread: owning worker. */
#ifndef MEDIA_FORWARD_ESTIMATE_H
#define MEDIA_FORWARD_ESTIMATE_H

#include "rtp/bandwidth.h"

struct forward_session;
struct forward_worker;

#define FORWARD_ESTIMATE_EXTENSION 8 /**< of the header, where numbers are agreed; always, so that runs stay equal */

/** Of one viewer. */
struct forward_estimate {
	struct media_bandwidth bandwidth;
	int64_t round_us, sent_us;          /**< this round of the worker, and when its first packet was encrypted */
	struct forward_session *next_probe; /**< of the worker's list of those that send one */
	bool probing;                       /**< is in it */
};

/** A viewer has connected. One that did not agree to numbers gets no estimate, nor one for which there is no memory. */
void forward_estimate_create(struct forward_session *session);
void forward_estimate_destroy(struct forward_session *session); /**< also where there is none */

/** A packet is about to be encrypted: number it in an extension behind its fixed header, where there must be room.
 *  @param id of the extension, 0: not agreed @param len behind the header, encrypted [bytes]
 *  @return how long the extension is: 0 or FORWARD_ESTIMATE_EXTENSION. */
size_t forward_estimate_number(struct forward_session *session, uint8_t id, uint8_t *header, size_t len);
void forward_estimate_feedback(struct forward_session *session, const struct media_rtcp *p);
/** What the viewer itself thinks that its line carries (REMB). */
void forward_estimate_limit(struct forward_session *session, uint64_t bps);

/** Packets are to be numbered soon. Accepts NULL. */
static inline void forward_estimate_prefetch(const struct forward_estimate *e)
{
	if (!e)
		return;
	__builtin_prefetch(&e->bandwidth.sent, 1);
	__builtin_prefetch(&e->bandwidth.probe);
	__builtin_prefetch(&e->bandwidth.unanswered_us);
	__builtin_prefetch(&e->round_us, 1);
}

/** @return what the line carries; 0: not known. */
int64_t forward_estimate_bps(const struct forward_session *session);
/** How long until word of a packet is back, queues and all; 0: not known. */
int64_t forward_estimate_rtt_us(const struct forward_session *session);
/** More is wanted than the estimate: see whether the line has it. 0: not any more. */
void forward_estimate_want(struct forward_session *session, int64_t bps);
/** The viewer is being sent more than live for a while: that serves as a probe. */
void forward_estimate_catch_up(struct forward_session *session);

/** Send on what probes need. */
void forward_estimate_tick(struct forward_worker *worker);
/** Once a second: notice silence, begin probes that are due, count viewers by estimate. */
void forward_estimate_second(struct forward_worker *worker);
#endif
