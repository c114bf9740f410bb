/* Still pictures in memory: decoded to RGBA, encoded to JPEG. */
#ifndef PIPELINE_STILL_H
#define PIPELINE_STILL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Rows of RGBA, each width * 4 bytes; alpha not premultiplied. */
struct still {
	int width, height;
	uint8_t *pixels;
};
void still_clear(struct still *still);

/** Decode and scale. @param decoder GStreamer element, "jpegdec" and so on; caps of its input; width and height wanted,
 * 0: as it is.
 *  @return 0; -EBADMSG it does not decode; -ENOMEM; -EIO plug-ins. */
__attribute__((warn_unused_result)) int still_decode(const char *decoder, const char *caps, const uint8_t *data,
                                                     size_t len, int width, int height, struct still *out);
/** Lay it on white, turn it upright (Exif orientation 1 to 8). @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int still_finish(struct still *still, int orientation);
/** Write as JPEG; alpha is ignored. @return 0; -EIO. */
__attribute__((warn_unused_result)) int still_encode(const struct still *still, int quality, FILE *out);
/** The size that fits into max_edge without enlarging. */
void still_fit(int max_edge, int *width, int *height);
#endif
