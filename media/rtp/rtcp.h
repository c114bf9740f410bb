/* RTCP: SR, RR, SDES, BYE (RFC 3550 §6), NACK and PLI (RFC 4585), FIR (RFC 5104), REMB
 * (draft-alvestrand-rmcat-remb-03) and the frame of transport-wide feedback (see twcc.h). Pure. */
#ifndef MEDIA_RTP_RTCP_H
#define MEDIA_RTP_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MEDIA_RTCP_SR = 200,
	MEDIA_RTCP_RR = 201,
	MEDIA_RTCP_SDES = 202,
	MEDIA_RTCP_BYE = 203,
	MEDIA_RTCP_APP = 204,
	MEDIA_RTCP_RTPFB = 205,
	MEDIA_RTCP_PSFB = 206,
};
enum { MEDIA_RTPFB_NACK = 1, MEDIA_RTPFB_TWCC = 15 };
enum { MEDIA_PSFB_PLI = 1, MEDIA_PSFB_FIR = 4, MEDIA_PSFB_AFB = 15 };

/** One packet of a compound; borrows from it. */
struct media_rtcp {
	uint8_t type;
	uint8_t count;       /**< report count, source count or feedback format */
	const uint8_t *body; /**< after the 4-byte header, padding removed */
	size_t len;
};

/** Walk a compound (reduced-size ones, RFC 5506, too): *data and *len advance.
 *  @return 1 a packet; 0 the end; -EBADMSG malformed. */
__attribute__((warn_unused_result)) int media_rtcp_next(const uint8_t **data, size_t *len, struct media_rtcp *out);
/** Is the whole compound well-formed? Ask before acting on any of it. @return 0; -EBADMSG. */
__attribute__((warn_unused_result)) int media_rtcp_check(const uint8_t *data, size_t len);

struct media_rtcp_sr {
	uint32_t ssrc;
	uint64_t ntp;
	uint32_t rtp_time, packets, octets;
};

struct media_rtcp_block {
	uint32_t ssrc;
	uint8_t fraction_lost; /**< of 256 */
	int32_t lost;          /**< cumulative, 24 bits signed */
	uint32_t highest;      /**< extended highest sequence number */
	uint32_t jitter;       /**< [clock ticks] */
	uint32_t lsr, dlsr;    /**< [1/65536 s] */
};

/* Readers: each @return 0; -EBADMSG if the packet is of another type or too short. */
__attribute__((warn_unused_result)) int media_rtcp_read_sr(const struct media_rtcp *p, struct media_rtcp_sr *out);
/** Block `index` of an SR or RR. @return 0; -ENOENT past the last; -EBADMSG. */
__attribute__((warn_unused_result)) int media_rtcp_read_block(const struct media_rtcp *p, size_t index,
                                                              struct media_rtcp_block *out);
/** Sender and media source of a feedback packet. */
__attribute__((warn_unused_result)) int media_rtcp_read_feedback(const struct media_rtcp *p, uint32_t *sender,
                                                                 uint32_t *media);
/** Sequence numbers a generic NACK asks for. @return how many were written (at most max); -EBADMSG. */
__attribute__((warn_unused_result)) int media_rtcp_read_nack(const struct media_rtcp *p, uint16_t *seqs, size_t max);
/** Does a FIR name this source? */
bool media_rtcp_fir_names(const struct media_rtcp *p, uint32_t ssrc);
/** @return 0; -EBADMSG not a REMB. bps saturates. */
__attribute__((warn_unused_result)) int media_rtcp_read_remb(const struct media_rtcp *p, uint64_t *bps);
/** Source `index` of a BYE. @return 0; -ENOENT; -EBADMSG. */
__attribute__((warn_unused_result)) int media_rtcp_read_bye(const struct media_rtcp *p, size_t index, uint32_t *ssrc);
/** First chunk's CNAME. @return 0; -ENOENT none; -EBADMSG. cname borrows. */
__attribute__((warn_unused_result)) int media_rtcp_read_cname(const struct media_rtcp *p, uint32_t *ssrc,
                                                              const char **cname, size_t *len);

/** A compound being written. `failed` sticks once something did not fit. */
struct media_rtcp_writer {
	uint8_t *data;
	size_t size, len;
	bool failed;
};

void media_rtcp_write_sr(struct media_rtcp_writer *w, const struct media_rtcp_sr *sr,
                         const struct media_rtcp_block *blocks, size_t count);
void media_rtcp_write_rr(struct media_rtcp_writer *w, uint32_t ssrc, const struct media_rtcp_block *blocks,
                         size_t count);
void media_rtcp_write_cname(struct media_rtcp_writer *w, uint32_t ssrc, const char *cname);
void media_rtcp_write_bye(struct media_rtcp_writer *w, const uint32_t *ssrcs, size_t count);
/** seqs ascending (modulo 2^16), packed into PID + BLP pairs. */
void media_rtcp_write_nack(struct media_rtcp_writer *w, uint32_t sender, uint32_t media, const uint16_t *seqs,
                           size_t count);
void media_rtcp_write_pli(struct media_rtcp_writer *w, uint32_t sender, uint32_t media);
void media_rtcp_write_fir(struct media_rtcp_writer *w, uint32_t sender, uint32_t media, uint8_t number);
void media_rtcp_write_remb(struct media_rtcp_writer *w, uint32_t sender, uint64_t bps, const uint32_t *ssrcs,
                           size_t count);
/** Open a packet of `type` with `count`; @return its body with room for len bytes, len rounded up to words and zeroed;
 * NULL if it does not fit. */
uint8_t *media_rtcp_write_raw(struct media_rtcp_writer *w, uint8_t type, uint8_t count, size_t len);
#endif
