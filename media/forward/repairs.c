#include "forward/repairs.h"

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/** What repairs may have of the line [bit/s]. */
static int64_t share_of(const struct forward_repair_line *line)
{
	int64_t left = line->bps - line->others, share = line->bps * FORWARD_REPAIR_SHARE_PC / 100;
	return left > share ? left : share;
}

static void fill(struct forward_repairs *r, int64_t now_us)
{
	const int64_t full_us = 1000000 / FORWARD_REPAIR_RATE * FORWARD_REPAIR_BURST;
	int64_t passed_us = r->filled_us ? now_us - r->filled_us : FORWARD_REPAIR_SAVED_US;
	r->tokens_us = least(r->tokens_us + passed_us, full_us);
	r->line_us = least(r->line_us + passed_us, FORWARD_REPAIR_SAVED_US);
	r->filled_us = now_us;
}

bool forward_repairs_allow(struct forward_repairs *r, uint16_t seq, size_t len, bool stale,
                           const struct forward_repair_line *line, int64_t now_us)
{
	const int64_t cost_us = 1000000 / FORWARD_REPAIR_RATE;
	size_t slot = seq % FORWARD_REPAIRS_REMEMBERED;
	int64_t pause_us = line->rtt_us > FORWARD_REPAIR_PAUSE_US ? line->rtt_us : FORWARD_REPAIR_PAUSE_US;
	fill(r, now_us);
	if (r->newest[slot].at_us && r->newest[slot].seq == seq && now_us - r->newest[slot].at_us < pause_us)
		return false;
	if (r->tokens_us < cost_us)
		return false;
	if (line->bps && r->line_us <= (stale ? FORWARD_REPAIR_SAVED_US / 2 : 0))
		return false;
	r->tokens_us -= cost_us;
	r->line_us -= line->bps ? (int64_t)len * 8000000 / share_of(line) : 0;
	r->newest[slot].seq = seq;
	r->newest[slot].at_us = now_us;
	return true;
}
