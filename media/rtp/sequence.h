/* Sequence numbers that wrap at 16 bits, made into numbers that do not. Pure. */
#ifndef MEDIA_RTP_SEQUENCE_H
#define MEDIA_RTP_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

/** Zeroed before use. */
struct media_sequence {
	bool started;
	int64_t highest; /**< newest extended number; its low 16 bits are the number on the wire */
};

/** The extended number of seq, nearest to the highest one; nothing changes. The first one is taken as 65536 + seq,
 *  so that packets older than the first stay positive. */
static inline int64_t media_sequence_peek(const struct media_sequence *s, uint16_t seq)
{
	if (!s->started)
		return 65536 + (int64_t)seq;
	return s->highest + (int16_t)(uint16_t)(seq - (uint16_t)s->highest);
}

/** As peek, and the highest moves. */
static inline int64_t media_sequence_take(struct media_sequence *s, uint16_t seq)
{
	int64_t ext = media_sequence_peek(s, seq);
	if (!s->started || ext > s->highest)
		s->highest = ext;
	s->started = true;
	return ext;
}
#endif
