/* RTP packets as a host sends them, in a row that tests may cut, swap and lose. */
#ifndef TEST_PACKETS_H
#define TEST_PACKETS_H

#include "media_files.h"

struct packet {
	uint8_t data[1600];
	size_t len;
	int64_t at_us;  /**< when it comes */
	size_t picture; /**< which unit it is of */
};

struct packets {
	struct packet *list;
	size_t count;
	/* what the next one gets */
	uint16_t seq;
	uint32_t timestamp, ssrc;
	uint8_t pt;
	int64_t at_us;
	size_t picture;
};

enum { SETS_TOGETHER = 1, SETS_ONCE = 2, NO_MARKER = 4, PADDED = 8 };

void packets_add(struct packets *p, const void *payload, size_t len, bool marker, bool padded);
/** One H.264 access unit: NAL units of up to 1,000 bytes alone, larger ones in pieces; SETS_TOGETHER: SPS and PPS in
 * one packet (STAP-A); SETS_ONCE: only in front of the first. */
void packets_add_h264(struct packets *p, const struct mp4_sample *unit, int flags);
void packets_add_vp8(struct packets *p, const struct mp4_sample *unit);
/** All of a stream, a picture every 33 ms. */
struct packets packets_of(const struct media *m, bool vp8, int flags);
void packets_remove(struct packets *p, size_t index);
void packets_swap(struct packets *p, size_t a, size_t b); /**< the arrival times stay in order */
/** @return the nth packet (from 0) of a picture */
size_t packets_find(const struct packets *p, size_t picture, size_t nth);
size_t packets_of_picture(const struct packets *p, size_t picture); /**< how many */
void packets_free(struct packets *p);
#endif
