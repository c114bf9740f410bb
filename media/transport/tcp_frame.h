/* Messages in a byte stream (RFC 4571): two bytes of length, then the message. Pure. */
#ifndef MEDIA_TRANSPORT_TCP_FRAME_H
#define MEDIA_TRANSPORT_TCP_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define MEDIA_FRAME_HEAD 2 /**< [bytes] */

/** Is there a whole message at the front? @param most longest message that is taken @param message its length
 * @return 1: yes, from data + MEDIA_FRAME_HEAD on; 0: more bytes are needed; -EMSGSIZE: it is longer than `most`. */
__attribute__((warn_unused_result)) int media_frame_next(const uint8_t *data, size_t len, size_t most, size_t *message);

static inline void media_frame_write_head(uint8_t *out, size_t message)
{
	out[0] = (uint8_t)(message >> 8);
	out[1] = (uint8_t)message;
}
#endif
