#include "forward/early.h"

#include <string.h>

/** Record type handshake (22), and past the 13-byte record header the message type client_hello (1). */
static bool is_client_hello(const uint8_t *data, size_t len)
{
	return len > 13 && data[0] == 22 && data[13] == 1;
}

struct forward_early_hello *forward_early_find(struct forward_early *e, const struct media_path *from, int64_t now_us)
{
	for (size_t i = 0; i < FORWARD_EARLY_HELLOS; i++) {
		struct forward_early_hello *h = &e->hellos[i];
		if (h->count && now_us - h->at_us <= FORWARD_EARLY_US && media_path_same_peer(&h->from, from))
			return h;
	}
	return NULL;
}

void forward_early_keep(struct forward_early *e, const struct media_path *from, const uint8_t *data, size_t len,
                        int64_t now_us)
{
	if (!is_client_hello(data, len) || len > FORWARD_EARLY_BYTES)
		return;
	struct forward_early_hello *h = forward_early_find(e, from, now_us);
	if (!h) {
		h = &e->hellos[e->next];
		e->next = (e->next + 1) % FORWARD_EARLY_HELLOS;
		h->from = *from;
		h->at_us = now_us;
		h->count = 0;
	}
	if (h->count == FORWARD_EARLY_PARTS)
		return;
	memcpy(h->parts[h->count], data, len);
	h->lengths[h->count++] = len;
}
