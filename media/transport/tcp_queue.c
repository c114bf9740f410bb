#include "transport/tcp_queue.h"

#include <string.h>

#include "transport/tcp_frame.h"

static void put(struct media_tcp_queue *q, const uint8_t *data, size_t len)
{
	size_t at = (q->head + q->used) % q->size, first = q->size - at < len ? q->size - at : len;
	memcpy(q->data + at, data, first);
	memcpy(q->data, data + first, len - first);
	q->used += len;
}

bool media_tcp_queue_add(struct media_tcp_queue *q, const uint8_t *message, size_t len, size_t room)
{
	uint8_t head[MEDIA_FRAME_HEAD];
	if (len > UINT16_MAX || q->size - q->used < sizeof head + len + room)
		return false;
	media_frame_write_head(head, len);
	put(q, head, sizeof head);
	put(q, message, len);
	return true;
}

size_t media_tcp_queue_peek(const struct media_tcp_queue *q, struct iovec out[2])
{
	size_t first = q->size - q->head < q->used ? q->size - q->head : q->used;
	out[0] = (struct iovec){q->data + q->head, first};
	out[1] = (struct iovec){q->data, q->used - first};
	return q->used == 0 ? 0 : q->used > first ? 2 : 1;
}

void media_tcp_queue_drop(struct media_tcp_queue *q, size_t len)
{
	q->used -= len;
	/* from the front again whenever it can: memory that was never needed stays untouched */
	q->head = q->used ? (q->head + len) % q->size : 0;
}
