#include "rtp/acked.h"

#include <stddef.h>
#include <string.h>

static int64_t slot_of(int64_t us)
{
	return us / MEDIA_ACKED_SLOT_US;
}

static size_t place(int64_t slot)
{
	return (size_t)slot % MEDIA_ACKED_SLOTS;
}

void media_acked_add(struct media_acked *a, int64_t arrival_us, uint32_t size)
{
	int64_t newest = slot_of(a->newest_us), slot = slot_of(arrival_us);
	if (a->first_us == 0 || slot - newest >= MEDIA_ACKED_SLOTS) {
		memset(a, 0, sizeof *a);
		a->first_us = arrival_us;
	} else if (newest - slot >= MEDIA_ACKED_SLOTS) {
		return;
	}
	for (int64_t i = newest + 1; a->newest_us && i <= slot; i++)
		a->bytes[place(i)] = 0;
	a->newest_us = arrival_us > a->newest_us ? arrival_us : a->newest_us;
	a->first_us = arrival_us < a->first_us ? arrival_us : a->first_us;
	a->bytes[place(slot)] += size;
}

int64_t media_acked_bps(const struct media_acked *a, int64_t over_us)
{
	int64_t slots = over_us / MEDIA_ACKED_SLOT_US, newest = slot_of(a->newest_us), sum = 0;
	int64_t from_us = (newest - slots + 1) * MEDIA_ACKED_SLOT_US;
	from_us = from_us > a->first_us ? from_us : a->first_us;
	if (a->first_us == 0 || a->newest_us - from_us < over_us * 3 / 4)
		return 0;
	for (int64_t i = newest - slots + 1; i <= newest; i++)
		sum += a->bytes[place(i)];
	return sum * 8 * 1000000 / (a->newest_us - from_us);
}
