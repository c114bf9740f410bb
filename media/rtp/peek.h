/* A look into payloads: is this where a keyframe starts, and how large is the picture? Pure. */
#ifndef MEDIA_RTP_PEEK_H
#define MEDIA_RTP_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct media_peek {
	bool keyframe;     /**< a keyframe starts here: SPS or the start of an IDR slice; VP8's key partition */
	bool parameters;   /**< H.264: the packet brings an SPS */
	int width, height; /**< 0: not told here */
};

/** H.264 as RFC 6184 packs it: single NAL units, STAP-A, FU-A. @return 0; -EBADMSG. */
__attribute__((warn_unused_result)) int media_peek_h264(const uint8_t *payload, size_t len, struct media_peek *out);
/** VP8 as RFC 7741 packs it. @return 0; -EBADMSG. */
__attribute__((warn_unused_result)) int media_peek_vp8(const uint8_t *payload, size_t len, struct media_peek *out);
/** @return bytes of the payload descriptor in front of VP8's own (RFC 7741 §4.2), fewer than len; -EBADMSG. */
__attribute__((warn_unused_result)) int media_peek_vp8_descriptor(const uint8_t *payload, size_t len);
/** Cropped size from a sequence parameter set (H.264 §7.3.2.1.1), NAL header included. @return 0; -EBADMSG. */
__attribute__((warn_unused_result)) int media_peek_sps(const uint8_t *nal, size_t len, int *width, int *height);
#endif
