/* How much one viewer is sent a second time: what it asks for costs us, and a hostile one asks for much; it costs its
 * line too, and one that is full would only lose more. Pure. */
#ifndef MEDIA_FORWARD_REPAIRS_H
#define MEDIA_FORWARD_REPAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORWARD_REPAIRS_REMEMBERED 128
#define FORWARD_REPAIR_PAUSE_US 15000 /**< the same packet is not repaired again sooner */
#define FORWARD_REPAIR_RATE 1000      /**< repairs a viewer may get [1/s] */
#define FORWARD_REPAIR_BURST 250
#define FORWARD_REPAIR_SHARE_PC 25     /**< of its line repairs may have, however little the rest leaves */
#define FORWARD_REPAIR_SAVED_US 500000 /**< of its line's share may be saved up for a burst of losses */

/** Of the asker's line. */
struct forward_repair_line {
	int64_t bps;    /**< what it carries; 0: unknown, and no bound */
	int64_t others; /**< what goes over it besides repairs [bit/s] */
	int64_t rtt_us; /**< 0: unknown. What was sent again within it may be on its way still, however often it is
	                   asked for */
};

/** Zeroed before use. */
struct forward_repairs {
	int64_t filled_us;
	int64_t tokens_us; /**< credit; one repair costs 1/rate */
	int64_t line_us;   /**< the same of the line's share: one costs the time that it takes there */
	struct {
		uint16_t seq;
		int64_t at_us;
	} newest[FORWARD_REPAIRS_REMEMBERED];
};

/** May this packet be repaired now? True spends credit.
 *  @param len of the packet [bytes] @param stale who asks can go on without it: only while there is plenty */
bool forward_repairs_allow(struct forward_repairs *r, uint16_t seq, size_t len, bool stale,
                           const struct forward_repair_line *line, int64_t now_us);
#endif
