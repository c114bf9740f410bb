/* From a host's sequence numbers and timestamps to those one viewer sees: one unbroken source, whatever the host does.
 * Pure.
 *
 * Inside one source of the host (an epoch of the track) the mapping is a constant offset: gaps and reordering show
 * through, and no two packets share a number. A new epoch begins above every number sent before. */
#ifndef MEDIA_FORWARD_REWRITE_H
#define MEDIA_FORWARD_REWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "forward/vp8.h"

/** How one epoch is told. */
struct forward_mapping {
	uint32_t epoch;   /**< 0: none */
	int64_t first_in; /**< oldest extended number that is mapped */
	int64_t offset;   /**< out = in + offset */
	uint32_t timestamp_offset;
	struct forward_vp8_offsets vp8;
};

struct forward_rewrite {
	struct forward_mapping now;    /**< no epoch: nothing was sent yet */
	struct forward_mapping before; /**< of the epoch before it, for repairs of what it sent */
	int64_t highest;               /**< newest number sent; before the first packet one less than it will be */
	uint32_t timestamp;            /**< of the newest packet, as sent */
	int64_t sent_us;               /**< when that was */
};

/** @param seq the first packet's number, below 2^15 so that the roll-over counter cannot be misread (RFC 3711 §3.3.1).
 */
void forward_rewrite_init(struct forward_rewrite *r, uint16_t seq, uint32_t timestamp);
/** Map an epoch from this packet on: the next free number, and a timestamp that has gone on by the time that passed.
 *  @param clock [Hz] */
void forward_rewrite_begin(struct forward_rewrite *r, uint32_t epoch, int64_t ext, uint32_t timestamp, uint32_t clock,
                           int64_t now_us);
/** The same with a timestamp of choice for that packet, or the least one possible where that would not go on.
 *  @param vp8 how its pictures' numbers go on from those sent before */
void forward_rewrite_begin_at(struct forward_rewrite *r, uint32_t epoch, int64_t ext, uint32_t timestamp,
                              uint32_t timestamp_out, struct forward_vp8_offsets vp8);
/** @return false: the packet is of another epoch or older than its begin, and must not be sent. */
bool forward_rewrite_map(struct forward_rewrite *r, uint32_t epoch, int64_t ext, uint32_t timestamp, int64_t now_us,
                         uint16_t *seq_out, uint32_t *timestamp_out);
/** Which packet did the viewer see under this number? @return the mapping under which it went; NULL: none of the
 * present epoch or of the one before. */
const struct forward_mapping *forward_rewrite_unmap(const struct forward_rewrite *r, uint16_t seq, int64_t *ext);
#endif
