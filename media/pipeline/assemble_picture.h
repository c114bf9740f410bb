/* Inside of assemble: pictures put together from payloads. */
#ifndef PIPELINE_ASSEMBLE_PICTURE_H
#define PIPELINE_ASSEMBLE_PICTURE_H

#include "pipeline/assemble.h"

/** Room in front of a picture for the parameter sets that it lacks. */
#define ASSEMBLE_HEADROOM ((4 + H264_SET_MAX) * (1 + H264_PPS_MAX))

/** Append bytes. @return false: no memory or too large; the picture is damaged. */
bool assemble_append(struct assemble_picture *p, const uint8_t *data, size_t len);

/** Take one payload into the open picture; what is malformed makes it a damaged one. */
void assemble_h264_take(struct assemble *a, const uint8_t *payload, size_t len);
void assemble_vp8_take(struct assemble *a, const uint8_t *payload, size_t len);

/** The picture's packets are all there: fill data, len, keyframe, size. @return 1 good; 0 nothing to show in it
 *  (parameter sets alone); -EBADMSG not a whole picture. */
__attribute__((warn_unused_result)) int assemble_h264_close(struct assemble *a, struct assemble_unit *out);
__attribute__((warn_unused_result)) int assemble_vp8_close(struct assemble *a, struct assemble_unit *out);
#endif
