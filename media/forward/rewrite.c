#include "forward/rewrite.h"

void forward_rewrite_init(struct forward_rewrite *r, uint16_t seq, uint32_t timestamp)
{
	/* one roll-over up, so that numbers before the first stay positive */
	*r = (struct forward_rewrite){.highest = 65536 + (int64_t)(seq & 0x7FFF) - 1, .timestamp = timestamp};
}

void forward_rewrite_begin(struct forward_rewrite *r, uint32_t epoch, int64_t ext, uint32_t timestamp, uint32_t clock,
                           int64_t now_us)
{
	uint32_t step = 0;
	if (r->epoch != 0) {
		/* a day's pause is as good as a longer one, and the product stays in range */
		int64_t passed = now_us - r->sent_us;
		passed = passed < 0 ? 0 : passed > INT64_C(86400000000) ? INT64_C(86400000000) : passed;
		step = (uint32_t)(passed * (int64_t)clock / 1000000);
		step = step ? step : 1;
	}
	r->epoch = epoch;
	r->first_in = ext;
	r->offset = r->highest + 1 - ext;
	r->timestamp_offset = r->timestamp + step - timestamp;
}

bool forward_rewrite_map(struct forward_rewrite *r, uint32_t epoch, int64_t ext, uint32_t timestamp, int64_t now_us,
                         uint16_t *seq_out, uint32_t *timestamp_out)
{
	if (r->epoch != epoch || epoch == 0 || ext < r->first_in)
		return false;
	int64_t out = ext + r->offset;
	*seq_out = (uint16_t)out;
	*timestamp_out = timestamp + r->timestamp_offset;
	if (out > r->highest) {
		r->highest = out;
		r->timestamp = *timestamp_out;
		r->sent_us = now_us;
	}
	return true;
}

bool forward_rewrite_unmap(const struct forward_rewrite *r, uint16_t seq, int64_t *ext)
{
	if (r->epoch == 0)
		return false;
	int64_t out = r->highest - (uint16_t)((uint16_t)r->highest - seq);
	*ext = out - r->offset;
	return *ext >= r->first_in;
}
