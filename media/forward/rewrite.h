/* From a host's sequence numbers and timestamps to those one viewer sees: one unbroken source, whatever the host does.
 * Pure.
 *
 * Inside one source of the host (an epoch of the track) the mapping is a constant offset: gaps and reordering show
 * through, and no two packets share a number. A new epoch begins above every number sent before. */
#ifndef MEDIA_FORWARD_REWRITE_H
#define MEDIA_FORWARD_REWRITE_H

#include <stdbool.h>
#include <stdint.h>

struct forward_rewrite {
	uint32_t epoch;   /**< mapped now; 0: nothing was sent yet */
	int64_t first_in; /**< oldest extended number that is mapped */
	int64_t offset;   /**< out = in + offset */
	uint32_t timestamp_offset;
	int64_t highest;    /**< newest number sent; before the first packet one less than it will be */
	uint32_t timestamp; /**< of the newest packet, as sent */
	int64_t sent_us;    /**< when that was */
};

/** @param seq the first packet's number, below 2^15 so that the roll-over counter cannot be misread (RFC 3711 §3.3.1).
 */
void forward_rewrite_init(struct forward_rewrite *r, uint16_t seq, uint32_t timestamp);
/** Map an epoch from this packet on: the next free number, and a timestamp that has gone on by the time that passed.
 *  @param clock [Hz] */
void forward_rewrite_begin(struct forward_rewrite *r, uint32_t epoch, int64_t ext, uint32_t timestamp, uint32_t clock,
                           int64_t now_us);
/** @return false: the packet is of another epoch or older than its begin, and must not be sent. */
bool forward_rewrite_map(struct forward_rewrite *r, uint32_t epoch, int64_t ext, uint32_t timestamp, int64_t now_us,
                         uint16_t *seq_out, uint32_t *timestamp_out);
/** Which packet did the viewer see under this number? @return false: none of the present epoch. */
bool forward_rewrite_unmap(const struct forward_rewrite *r, uint16_t seq, int64_t *ext);
#endif
