/* Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01). Pure. */
#ifndef MEDIA_RTP_TWCC_H
#define MEDIA_RTP_TWCC_H

#include "rtp/rtcp.h"
#include "rtp/sequence.h"

#define MEDIA_TWCC_WINDOW 4096      /**< arrivals remembered; a power of two */
#define MEDIA_TWCC_MAX_STATUSES 400 /**< packets told in one feedback, so that it stays under an MTU */

/** What has arrived over one transport. Zeroed before use. */
struct media_twcc {
	struct media_sequence sequence;
	int64_t next;     /**< first extended number the next feedback tells of */
	uint8_t fb_count; /**< feedback number, wraps */
	bool pending;     /**< something arrived since the last feedback */
	struct {
		int64_t ext, arrival_us;
	} arrivals[MEDIA_TWCC_WINDOW];
};

/** Note a packet with this transport-wide number. A late one is told again by the next feedback. */
void media_twcc_note(struct media_twcc *t, uint16_t seq, int64_t now_us);
/** Append one feedback packet and move on. @return true if more is waiting than fitted; call again.
 *  Writes nothing when nothing arrived. */
bool media_twcc_write(struct media_twcc *t, struct media_rtcp_writer *w, uint32_t sender, uint32_t media);

/** One packet's fate as a feedback tells it. */
struct media_twcc_status {
	uint16_t seq;
	bool received;
	int64_t arrival_us; /**< on the receiver's clock, from its reference time; multiples of 250 µs */
};

/** Read a feedback packet. @return statuses written (at most max); -EBADMSG. */
__attribute__((warn_unused_result)) int media_twcc_read(const struct media_rtcp *p, struct media_twcc_status *out,
                                                        size_t max);
#endif
