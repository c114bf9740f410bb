/* The list of a host's missing packets and when to ask for them (RFC 4585). Pure. */
#ifndef MEDIA_RTP_NACK_H
#define MEDIA_RTP_NACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEDIA_NACK_MAX 256      /**< most packets missing at once */
#define MEDIA_NACK_RETRIES 10   /**< times one packet is asked for */
#define MEDIA_NACK_WAIT_US 5000 /**< a packet may be this late before it is asked for [µs] */
#define MEDIA_NACK_MIN_INTERVAL_US 20000
#define MEDIA_NACK_MAX_AGE_US 1000000 /**< given up then [µs] */

struct media_nack_entry {
	int64_t ext;      /**< extended sequence number */
	int64_t since_us; /**< missed since */
	int64_t asked_us; /**< newest request; 0: none yet */
	uint8_t retries;
};

/** Zeroed before use. Entries ascend. */
struct media_nack {
	bool started;
	int64_t highest;
	size_t count;
	struct media_nack_entry entries[MEDIA_NACK_MAX];
};

enum media_nack_result {
	MEDIA_NACK_IN_ORDER,
	MEDIA_NACK_GAP,      /**< packets before it are now missing; *gap says how many */
	MEDIA_NACK_LATE,     /**< was missing, never asked for: reordered */
	MEDIA_NACK_REPAIRED, /**< was asked for; *rtt_us is set when exactly one request was made */
	MEDIA_NACK_UNKNOWN,  /**< old, and not on the list */
};

/** A packet came. On a gap of more than MEDIA_NACK_MAX the list is emptied and *overrun set: only a keyframe helps. */
enum media_nack_result media_nack_note(struct media_nack *n, int64_t ext, int64_t now_us, int64_t *gap, int64_t *rtt_us,
                                       bool *overrun);
/** Is this packet missing? */
bool media_nack_misses(const struct media_nack *n, int64_t ext);
/** What to ask for now. @param rtt_us to the host, 0: unknown; a packet is asked for again after one of it.
 *  @return how many were written; *given_up is set when a packet was dropped from the list. */
size_t media_nack_due(struct media_nack *n, int64_t now_us, int64_t rtt_us, uint16_t *seqs, size_t max, bool *given_up);
#endif
