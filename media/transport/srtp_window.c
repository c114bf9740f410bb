/* Packet indices of SRTP: which index a sequence number means, and which have been seen or used. */
#include "transport/srtp_back.h"

#include <errno.h>
#include <string.h>

int srtp_window_check(const struct srtp_window *w, uint64_t index)
{
	if (!w->any || index > w->top)
		return 0;
	if (w->top - index >= SRTP_WINDOW)
		return -EALREADY;
	uint64_t bit = index % SRTP_WINDOW;
	return w->bits[bit / 64] >> (bit % 64) & 1 ? -EALREADY : 0;
}

static void advance(struct srtp_window *w, uint64_t index)
{
	if (!w->any || index - w->top >= SRTP_WINDOW) {
		memset(w->bits, 0, sizeof w->bits);
	} else {
		for (uint64_t i = w->top + 1; i <= index; i++)
			w->bits[i % SRTP_WINDOW / 64] &= ~(1ull << (i % 64));
	}
	w->any = true;
	w->top = index;
}

void srtp_window_mark(struct srtp_window *w, uint64_t index)
{
	if (!w->any || index > w->top)
		advance(w, index);
	w->bits[index % SRTP_WINDOW / 64] |= 1ull << (index % 64);
}

uint64_t srtp_window_guess(const struct srtp_window *w, uint16_t seq)
{
	if (!w->any)
		return seq;
	uint64_t roc = w->top >> 16;
	int32_t distance = (int32_t)seq - (int32_t)(w->top & 0xffff);
	/* Before the first roll-over there is no older period: a stream that was first seen just behind the roll-over
	 * of its sequence numbers finds its way this way, as libsrtp does it */
	if (distance > 0x8000 && roc > 0)
		roc--;
	else if (distance < -0x8000)
		roc++;
	return roc << 16 | seq;
}
