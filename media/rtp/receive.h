/* What a receiver knows of one source: loss, jitter, report blocks (RFC 3550 §6.4.1, A.3, A.8). Pure. */
#ifndef MEDIA_RTP_RECEIVE_H
#define MEDIA_RTP_RECEIVE_H

#include "rtp/rtcp.h"
#include "rtp/sequence.h"

/** Zeroed before use, with clock set. */
struct media_receive {
	uint32_t clock; /**< [Hz] */
	struct media_sequence sequence;
	int64_t base;      /**< first extended number */
	uint64_t received; /**< packets, duplicates excluded by the caller */
	int64_t expected_prior;
	uint64_t received_prior;
	uint32_t jitter16; /**< jitter × 16 [clock ticks] */
	uint32_t transit;
	bool has_transit;
	uint32_t lsr;  /**< middle of the newest sender report's NTP time, 0: none */
	int64_t sr_us; /**< when it came */
};

/** Note a packet that was not a repair. @param now_us arrival, monotonic [µs]. @return its extended number. */
int64_t media_receive_note(struct media_receive *r, uint16_t seq, uint32_t timestamp, int64_t now_us);
/** Note a repaired packet: it counts as received, not for the jitter. */
void media_receive_repaired(struct media_receive *r);
void media_receive_sender_report(struct media_receive *r, const struct media_rtcp_sr *sr, int64_t now_us);
/** Fill a report block and begin the next interval. */
void media_receive_block(struct media_receive *r, uint32_t ssrc, int64_t now_us, struct media_rtcp_block *out);
#endif
