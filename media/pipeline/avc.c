#include "pipeline/avc.h"

#include <stdlib.h>
#include <string.h>

/** @return where the next start code (00 00 01) begins; len: none. */
static size_t start_code(const uint8_t *data, size_t len, size_t at)
{
	for (; at + 3 <= len; at++) {
		if (data[at] == 0 && data[at + 1] == 0 && data[at + 2] == 1)
			return at;
	}
	return len;
}

uint8_t *avc_from_start_codes(const uint8_t *data, size_t len, struct h264_sets *sets, size_t *out_len)
{
	/* start codes of three bytes grow by one; a NAL unit is at least one byte */
	uint8_t *out = malloc(len + len / 4 + 8);
	size_t n = 0, at = start_code(data, len, 0);

	while (out && at < len) {
		size_t begin = at + 3, next = start_code(data, len, begin), end = next;

		while (end > begin && data[end - 1] == 0) /* trailing zeroes, and the first of four */
			end--;
		if (end > begin) {
			size_t nal = end - begin;

			if (sets && ((data[begin] & 31) == H264_SPS || (data[begin] & 31) == H264_PPS) &&
			    h264_sets_take(sets, data + begin, nal) < 0)
				break;
			out[n] = (uint8_t)(nal >> 24);
			out[n + 1] = (uint8_t)(nal >> 16);
			out[n + 2] = (uint8_t)(nal >> 8);
			out[n + 3] = (uint8_t)nal;
			memcpy(out + n + 4, data + begin, nal);
			n += 4 + nal;
		}
		at = next;
	}
	if (n == 0) {
		free(out);
		return NULL;
	}
	*out_len = n;
	return out;
}

uint8_t *avc_to_start_codes(const uint8_t *unit, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		return NULL;
	memcpy(copy, unit, len);
	if (h264_to_start_codes(copy, len) == 0)
		return copy;
	free(copy);
	return NULL;
}
