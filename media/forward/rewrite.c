#include "forward/rewrite.h"

#include <stddef.h>

void forward_rewrite_init(struct forward_rewrite *r, uint16_t seq, uint32_t timestamp)
{
	/* one roll-over up, so that numbers before the first stay positive */
	*r = (struct forward_rewrite){.highest = 65536 + (int64_t)(seq & 0x7FFF) - 1, .timestamp = timestamp};
}

void forward_rewrite_begin_at(struct forward_rewrite *r, uint32_t epoch, int64_t ext, uint32_t timestamp,
                              uint32_t timestamp_out, struct forward_vp8_offsets vp8)
{
	if (r->now.epoch != 0 && (int32_t)(timestamp_out - r->timestamp) <= 0)
		timestamp_out = r->timestamp + 1;
	r->before = r->now;
	r->now = (struct forward_mapping){
	        .epoch = epoch,
	        .first_in = ext,
	        .offset = r->highest + 1 - ext,
	        .timestamp_offset = timestamp_out - timestamp,
	        .vp8 = vp8,
	};
}

void forward_rewrite_begin(struct forward_rewrite *r, uint32_t epoch, int64_t ext, uint32_t timestamp, uint32_t clock,
                           int64_t now_us)
{
	uint32_t step = 0;
	if (r->now.epoch != 0) {
		/* a day's pause is as good as a longer one, and the product stays in range */
		int64_t passed = now_us - r->sent_us;
		passed = passed < 0 ? 0 : passed > INT64_C(86400000000) ? INT64_C(86400000000) : passed;
		step = (uint32_t)(passed * (int64_t)clock / 1000000);
	}
	forward_rewrite_begin_at(r, epoch, ext, timestamp, r->timestamp + step, r->now.vp8);
}

bool forward_rewrite_map(struct forward_rewrite *r, uint32_t epoch, int64_t ext, uint32_t timestamp, int64_t now_us,
                         uint16_t *seq_out, uint32_t *timestamp_out)
{
	if (r->now.epoch != epoch || epoch == 0 || ext < r->now.first_in)
		return false;
	int64_t out = ext + r->now.offset;
	*seq_out = (uint16_t)out;
	*timestamp_out = timestamp + r->now.timestamp_offset;
	if (out > r->highest) {
		r->highest = out;
		r->timestamp = *timestamp_out;
		r->sent_us = now_us;
	}
	return true;
}

const struct forward_mapping *forward_rewrite_unmap(const struct forward_rewrite *r, uint16_t seq, int64_t *ext)
{
	int64_t out = r->highest - (uint16_t)((uint16_t)r->highest - seq);
	const struct forward_mapping *mappings[] = {&r->now, &r->before};
	for (size_t i = 0; i < 2; i++) {
		*ext = out - mappings[i]->offset;
		if (mappings[i]->epoch != 0 && *ext >= mappings[i]->first_in)
			return mappings[i];
	}
	return NULL;
}
