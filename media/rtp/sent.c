#include "rtp/sent.h"

enum { TICK_US = 125, SIZE_BITS = 11, SIZE_MASK = (1 << SIZE_BITS) - 1, FATE_SHIFT = 14 };

static uint16_t tick(int64_t us)
{
	return (uint16_t)(us / TICK_US);
}

static uint16_t oldest(const struct media_sent *s)
{
	return (uint16_t)(s->next - s->count);
}

/** Forget what is too old for its 16 bits of time to be told from something younger. */
static void forget(struct media_sent *s, int64_t now_us)
{
	if (now_us - s->newest_us > MEDIA_SENT_KEPT_US)
		s->count = 0;
	if (s->count == MEDIA_SENT_PACKETS)
		s->count--;
	while (s->count > 0 && (uint16_t)(tick(now_us) - s->packets[oldest(s) % MEDIA_SENT_PACKETS].time) >
	                               MEDIA_SENT_KEPT_US / TICK_US)
		s->count--;
}

uint16_t media_sent_add(struct media_sent *s, size_t size, uint8_t cluster, int64_t now_us)
{
	size_t slot = s->next % MEDIA_SENT_PACKETS;
	forget(s, now_us);
	s->packets[slot].what = (uint16_t)(cluster << SIZE_BITS | (size < SIZE_MASK ? size : SIZE_MASK));
	s->packets[slot].time = tick(now_us);
	s->newest_us = now_us;
	s->count++;
	return s->next++;
}

bool media_sent_get(const struct media_sent *s, uint16_t number, int64_t now_us, struct media_sent_packet *out)
{
	size_t slot = number % MEDIA_SENT_PACKETS;
	if ((uint16_t)(s->next - 1 - number) >= s->count || now_us - s->newest_us > MEDIA_SENT_KEPT_US)
		return false;
	int64_t newest = s->newest_us / TICK_US;
	out->sent_us = (newest - (uint16_t)((uint16_t)newest - s->packets[slot].time)) * TICK_US;
	out->size = s->packets[slot].what & SIZE_MASK;
	out->cluster = s->packets[slot].what >> SIZE_BITS & MEDIA_SENT_CLUSTERS;
	out->fate = (enum media_sent_fate)(s->packets[slot].what >> FATE_SHIFT);
	return true;
}

void media_sent_settle(struct media_sent *s, uint16_t number, enum media_sent_fate fate)
{
	size_t slot = number % MEDIA_SENT_PACKETS;
	s->packets[slot].what = (uint16_t)((s->packets[slot].what & ~(3 << FATE_SHIFT)) | fate << FATE_SHIFT);
}

uint32_t media_sent_pass(struct media_sent *s, uint16_t number)
{
	uint32_t bytes = 0;
	while ((uint16_t)(s->next - 1 - --number) < s->count) {
		uint16_t what = s->packets[number % MEDIA_SENT_PACKETS].what;
		if (what >> FATE_SHIFT != MEDIA_SENT_FLYING)
			break;
		bytes += what & SIZE_MASK;
		media_sent_settle(s, number, MEDIA_SENT_PASSED);
	}
	return bytes;
}
