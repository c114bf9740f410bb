/* RTP packets (RFC 3550 §5.1) with header extensions (RFC 8285): pure parser and builder. */
#ifndef MEDIA_RTP_RTP_H
#define MEDIA_RTP_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEDIA_RTP_HEADER 12 /**< fixed part [bytes] */

/*   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *  |                           timestamp                           |
 *  |           synchronization source (SSRC) identifier            |
 *  |  CSRC list, then if X: profile (16), length in words (16), …  |
 */
struct media_rtp {
	bool marker;
	uint8_t pt;
	uint16_t seq;
	uint32_t timestamp; /**< [clock ticks] */
	uint32_t ssrc;
	uint8_t csrc_count;
	uint8_t padding;            /**< padding bytes at the end, the count byte included */
	uint16_t extension_profile; /**< 0xBEDE one-byte, 0x100x two-byte; 0 if there is no extension */
	const uint8_t *extension;   /**< elements, without the 4-byte extension header; NULL if none */
	size_t extension_len;
	const uint8_t *payload; /**< borrows from the packet */
	size_t payload_len;     /**< without padding [bytes] */
};

/** @return 0; -EBADMSG malformed or truncated. Borrows data. No state, no allocation. */
__attribute__((warn_unused_result)) int media_rtp_parse(const uint8_t *data, size_t len, struct media_rtp *out);

/** One element of a header extension; zeroed before the first media_rtp_element_next. */
struct media_rtp_element {
	uint8_t id;
	const uint8_t *data;
	size_t len;
	size_t offset; /**< where the walk goes on */
};

/** Walk the elements of a one-byte or two-byte extension. Id 15 of the one-byte form ends the walk (RFC 8285 §4.2).
 *  @return false at the end, or at the first malformed element. */
bool media_rtp_element_next(const struct media_rtp *rtp, struct media_rtp_element *element);
/** Find the element with this id (1–255; 0 finds nothing). @return its data or NULL. */
const uint8_t *media_rtp_element_find(const struct media_rtp *rtp, uint8_t id, size_t *len);

/** What media_rtp_build writes: a header with up to four one-byte extension elements (ids 1–14, 1–16 bytes). */
struct media_rtp_build {
	bool marker, padded;
	uint8_t pt;
	uint16_t seq;
	uint32_t timestamp, ssrc;
	size_t element_count;
	struct {
		uint8_t id;
		const void *data;
		size_t len;
	} elements[4];
	const void *payload;
	size_t payload_len;
};

/** @return length; -EMSGSIZE; -EINVAL element out of range. */
__attribute__((warn_unused_result)) int media_rtp_build(const struct media_rtp_build *b, uint8_t *out, size_t size);

/** Write the fixed 12-byte header; `marker_pt` is the second byte. */
void media_rtp_write_header(uint8_t *out, bool padded, uint8_t marker_pt, uint16_t seq, uint32_t timestamp,
                            uint32_t ssrc);

static inline uint16_t media_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t media_get24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}
static inline uint32_t media_get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline void media_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}
static inline void media_put24(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 16);
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)v;
}
static inline void media_put32(uint8_t *p, uint32_t v)
{
	media_put16(p, (uint16_t)(v >> 16));
	media_put16(p + 2, (uint16_t)v);
}
#endif
