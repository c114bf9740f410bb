/* What was sent over one transport lately, by transport-wide number: size, time, and what became of it. Pure. */
#ifndef MEDIA_RTP_SENT_H
#define MEDIA_RTP_SENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEDIA_SENT_PACKETS 512     /**< remembered; a power of two */
#define MEDIA_SENT_KEPT_US 4000000 /**< older ones are forgotten: half of what 16 bits of time can tell apart */
#define MEDIA_SENT_CLUSTERS 7      /**< 1..7 name probes, 0 what is none */

enum media_sent_fate {
	MEDIA_SENT_FLYING,
	MEDIA_SENT_LOST,
	MEDIA_SENT_RECEIVED,
	MEDIA_SENT_PASSED /**< later ones were told of, but not this: its feedback was lost, or is late */
};

/** Zeroed before use. Four bytes a packet, as every viewer has one. */
struct media_sent {
	int64_t newest_us;    /**< of the newest packet */
	uint16_t next, count; /**< next number; how many before it are known */
	struct {
		uint16_t what; /**< fate (2 bits), cluster (3), size (11) */
		uint16_t time; /**< [125 µs], wraps */
	} packets[MEDIA_SENT_PACKETS];
};

struct media_sent_packet {
	int64_t sent_us; /**< to 125 µs */
	uint16_t size;   /**< [bytes] */
	uint8_t cluster;
	enum media_sent_fate fate;
};

/** @param size at most 2,047 @return its number. */
uint16_t media_sent_add(struct media_sent *s, size_t size, uint8_t cluster, int64_t now_us);
/** @return false: never sent, or too long ago. */
bool media_sent_get(const struct media_sent *s, uint16_t number, int64_t now_us, struct media_sent_packet *out);
/** Note what became of a packet that media_sent_get has found. */
void media_sent_settle(struct media_sent *s, uint16_t number, enum media_sent_fate fate);
/** Those that fly in a row right before this number are passed. @return their bytes. */
uint32_t media_sent_pass(struct media_sent *s, uint16_t number);
#endif
