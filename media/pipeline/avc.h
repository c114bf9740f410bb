/* H.264 as encoders give it (start codes, Annex B) to what files want (lengths), with its parameter sets. Pure. */
#ifndef PIPELINE_AVC_H
#define PIPELINE_AVC_H

#include "pipeline/h264.h"

/** @param sets  take the parameter sets found (may be NULL). @return malloc'd unit of *out_len bytes; NULL: no memory,
 * or nothing in it. */
uint8_t *avc_from_start_codes(const uint8_t *data, size_t len, struct h264_sets *sets, size_t *out_len);
/** A copy with start codes, malloc'd, of the same length. @return NULL: no memory, or malformed. */
uint8_t *avc_to_start_codes(const uint8_t *unit, size_t len);
#endif
