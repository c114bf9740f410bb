/* What a picture file says of itself, before anything decodes it (JPEG: ITU T.81; PNG: W3C; WebP: RFC 9649;
 * orientation: TIFF 6.0, Exif). Pure. */
#ifndef PIPELINE_PICTURE_HEADER_H
#define PIPELINE_PICTURE_HEADER_H

#include <stddef.h>
#include <stdint.h>

enum picture_kind { PICTURE_NONE, PICTURE_JPEG, PICTURE_PNG, PICTURE_WEBP };

struct picture_header {
	enum picture_kind kind;
	uint32_t width, height; /**< as stored, before the orientation is applied [pixels] */
	int orientation;        /**< Exif, 1 (upright) to 8 */
	const char *problem;    /**< static text when refused */
};

/** Read the header of a whole file; a file that ends before its picture does is refused.
 *  @return 0; -EBADMSG no picture, broken, or of a kind we do not take: out->problem says which. */
__attribute__((warn_unused_result)) int picture_header_read(const uint8_t *data, size_t len,
                                                            struct picture_header *out);
#endif
