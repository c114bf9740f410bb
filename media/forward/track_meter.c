/* The numbers about a track that are shown: rate, frames, loss. */
#include "forward/track.h"

enum { BUCKETS = FORWARD_LOSS_SECONDS + 1, SECOND_US = 1000000 };

void forward_track_meter_roll(struct forward_track *track, int64_t now_us)
{
	struct forward_meter *m = &track->meter;
	int64_t second = now_us / SECOND_US, passed = second - m->second;
	if (passed <= 0)
		return;
	bool whole = m->bps > 0; /* it began before the second did */
	m->bps = (int64_t)m->bytes * 8 / passed;
	if (whole)
		m->steady_bps = m->steady_bps ? (3 * m->steady_bps + m->bps) / 4 : m->bps;
	m->fps = (double)m->frames / (double)passed;
	m->bytes = m->frames = 0;
	for (int64_t i = 1; i <= passed && i <= BUCKETS; i++)
		m->expected[(m->second + i) % BUCKETS] = m->missing[(m->second + i) % BUCKETS] = 0;
	m->second = second;
}

double forward_track_loss(const struct forward_track *track)
{
	uint64_t expected = 0, missing = 0;
	for (size_t i = 0; i < BUCKETS; i++) {
		expected += track->meter.expected[i];
		missing += track->meter.missing[i];
	}
	return expected && missing < expected ? (double)missing / (double)expected : missing ? 1.0 : 0.0;
}
