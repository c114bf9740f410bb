#include "rtp/nack.h"

#include <string.h>

static void forget(struct media_nack *n, size_t index)
{
	n->count--;
	memmove(n->entries + index, n->entries + index + 1, (n->count - index) * sizeof n->entries[0]);
}

static void add_gap(struct media_nack *n, int64_t ext, int64_t now_us, bool *overrun)
{
	int64_t gap = ext - n->highest - 1;
	if (gap > (int64_t)(MEDIA_NACK_MAX - n->count)) {
		n->count = 0;
		*overrun = true;
		return;
	}
	for (int64_t missing = n->highest + 1; missing < ext; missing++)
		n->entries[n->count++] = (struct media_nack_entry){.ext = missing, .since_us = now_us};
}

static enum media_nack_result note_old(struct media_nack *n, int64_t ext, int64_t now_us, int64_t *rtt_us)
{
	for (size_t i = n->count; i-- > 0;) {
		struct media_nack_entry e = n->entries[i];
		if (e.ext < ext)
			break;
		if (e.ext > ext)
			continue;
		forget(n, i);
		if (e.retries == 0)
			return MEDIA_NACK_LATE;
		/* with two requests out nobody knows which one this answers */
		*rtt_us = e.retries == 1 ? now_us - e.asked_us : 0;
		return MEDIA_NACK_REPAIRED;
	}
	return MEDIA_NACK_UNKNOWN;
}

enum media_nack_result media_nack_note(struct media_nack *n, int64_t ext, int64_t now_us, int64_t *gap, int64_t *rtt_us,
                                       bool *overrun)
{
	*gap = 0;
	*rtt_us = 0;
	*overrun = false;
	if (n->started && ext <= n->highest)
		return note_old(n, ext, now_us, rtt_us);
	if (n->started && ext > n->highest + 1) {
		*gap = ext - n->highest - 1;
		add_gap(n, ext, now_us, overrun);
	}
	n->highest = ext;
	n->started = true;
	return *gap ? MEDIA_NACK_GAP : MEDIA_NACK_IN_ORDER;
}

bool media_nack_misses(const struct media_nack *n, int64_t ext)
{
	for (size_t i = n->count; i-- > 0 && n->entries[i].ext >= ext;)
		if (n->entries[i].ext == ext)
			return true;
	return false;
}

static bool is_due(const struct media_nack_entry *e, int64_t now_us, int64_t rtt_us)
{
	if (e->retries == 0)
		return now_us - e->since_us >= MEDIA_NACK_WAIT_US;
	int64_t interval = rtt_us > MEDIA_NACK_MIN_INTERVAL_US ? rtt_us : MEDIA_NACK_MIN_INTERVAL_US;
	return now_us - e->asked_us >= interval;
}

size_t media_nack_due(struct media_nack *n, int64_t now_us, int64_t rtt_us, uint16_t *seqs, size_t max, bool *given_up)
{
	size_t count = 0;
	*given_up = false;
	for (size_t i = 0; i < n->count;) {
		struct media_nack_entry *e = &n->entries[i];
		bool due = is_due(e, now_us, rtt_us);
		if (now_us - e->since_us > MEDIA_NACK_MAX_AGE_US || (due && e->retries >= MEDIA_NACK_RETRIES)) {
			forget(n, i);
			*given_up = true;
			continue;
		}
		if (due && count < max) {
			seqs[count++] = (uint16_t)e->ext;
			e->asked_us = now_us;
			e->retries++;
		}
		i++;
	}
	return count;
}
