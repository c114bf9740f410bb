/* Boxes (ISO/IEC 14496-12 §4.2) into a growing buffer; big endian. Inside of the mp4 writer. */
#ifndef PIPELINE_BOXES_H
#define PIPELINE_BOXES_H

#include "pipeline/mp4.h"

void box_u8(struct mp4_buffer *b, unsigned v);
void box_u16(struct mp4_buffer *b, unsigned v);
void box_u24(struct mp4_buffer *b, uint32_t v);
void box_u32(struct mp4_buffer *b, uint32_t v);
void box_u64(struct mp4_buffer *b, uint64_t v);
void box_bytes(struct mp4_buffer *b, const void *data, size_t len);
void box_zeros(struct mp4_buffer *b, size_t count);
/** Room for len bytes more. @return whether it is there. */
bool box_reserve(struct mp4_buffer *b, size_t len);
/** Write over four bytes that were written before. */
void box_patch32(struct mp4_buffer *b, size_t at, uint32_t v);

/** @param type four characters. @return what box_end wants. */
size_t box_begin(struct mp4_buffer *b, const char *type);
size_t box_begin_full(struct mp4_buffer *b, const char *type, unsigned version, uint32_t flags);
void box_end(struct mp4_buffer *b, size_t box);

/** ftyp. @param brands the major brand, then the compatible ones, NULL at the end. */
void box_brands(struct mp4_buffer *b, uint32_t minor, const char *const *brands);
/** mvhd. @param created seconds since 1904; duration [timescale]; next: track_ID that is free. */
void box_movie_header(struct mp4_buffer *b, uint32_t created, uint32_t timescale, uint64_t duration, uint32_t next);

/** A trak that stays open at its stbl, behind stsd: the caller writes the tables. */
struct box_trak {
	size_t trak, mdia, minf, stbl;
};
/** @param movie_duration [the movie's timescale]; duration [the track's]. @return 0; -EINVAL. */
__attribute__((warn_unused_result)) int box_trak_begin(struct mp4_buffer *b, const struct mp4_track *track,
                                                       uint32_t created, uint64_t movie_duration, uint64_t duration,
                                                       struct box_trak *out);
void box_trak_end(struct mp4_buffer *b, const struct box_trak *trak);
#endif
