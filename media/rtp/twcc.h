/* Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01). Pure. */
#ifndef MEDIA_RTP_TWCC_H
#define MEDIA_RTP_TWCC_H

#include "rtp/rtcp.h"
#include "rtp/sequence.h"

#define MEDIA_TWCC_WINDOW 4096      /**< arrivals remembered; a power of two */
#define MEDIA_TWCC_MAX_STATUSES 400 /**< packets told in one feedback, so that it stays under an MTU */
#define MEDIA_TWCC_READ_MAX 2048    /**< packets told in one that is read: more than anybody remembers */

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
	int64_t arrival_us; /**< since the feedback's reference time; multiples of 250 µs */
};

/** A feedback being read, status by status; borrows from the packet. */
struct media_twcc_reader {
	uint16_t base, count; /**< first number told of, and how many numbers */
	uint32_t reference;   /**< on the receiver's clock, 24 bits, wraps [64 ms] */
	size_t at;            /**< statuses read */
	const uint8_t *chunk, *delta;
	uint16_t left; /**< symbols of the present chunk */
	int64_t clock_us;
};

/** The difference between two reference times, the nearest one as they wrap [µs]. */
int64_t media_twcc_reference_step(uint32_t from, uint32_t to);
/** Check the whole packet. Nothing that tells of more than MEDIA_TWCC_READ_MAX packets is taken.
 *  @return 0; -EBADMSG. */
__attribute__((warn_unused_result)) int media_twcc_open(struct media_twcc_reader *r, const struct media_rtcp *p);
/** @return false at the end. */
bool media_twcc_next(struct media_twcc_reader *r, struct media_twcc_status *out);
#endif
