/* H.264 parameter sets as they pass by, to be told again in front of a keyframe that comes without (RFC 6184). Pure. */
#ifndef MEDIA_RTP_PARAMETERS_H
#define MEDIA_RTP_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEDIA_PARAMETERS_PICTURES 4    /**< picture parameter sets kept */
#define MEDIA_PARAMETERS_SET_BYTES 200 /**< a larger one is not kept: browsers' have 10 to 40 */
#define MEDIA_PARAMETERS_MAX (1 + (1 + MEDIA_PARAMETERS_PICTURES) * (2 + MEDIA_PARAMETERS_SET_BYTES))

struct media_parameter_set {
	size_t len; /**< NAL unit with its header; 0: none */
	uint8_t nal[MEDIA_PARAMETERS_SET_BYTES];
};

/** Zeroed before use. */
struct media_parameters {
	struct media_parameter_set sequence, pictures[MEDIA_PARAMETERS_PICTURES];
};

/** Keep the sets in a payload (single NAL units and STAP-A). Another sequence parameter set makes those of pictures
 * void.
 *  @return whether a sequence parameter set was in it. */
bool media_parameters_note(struct media_parameters *p, const uint8_t *payload, size_t len);
/** All of them as one STAP-A. @return length; 0: there are not both, or they do not fit. */
size_t media_parameters_write(const struct media_parameters *p, uint8_t *out, size_t size);
#endif
