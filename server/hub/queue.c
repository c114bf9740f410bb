#include "hub/queue.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void queue_init(struct queue *queue, size_t limit_bytes)
{
	*queue = (struct queue){.limit_bytes = limit_bytes};
}

static struct queue_entry *entry_at(const struct queue *queue, size_t n)
{
	return &queue->ring[(queue->head + n) % queue->capacity];
}

const struct queue_entry *queue_at(const struct queue *queue, size_t n)
{
	return entry_at(queue, n);
}

static size_t cost(const struct queue_entry *entry)
{
	return entry->message->len + QUEUE_ENTRY_BYTES;
}

static void pop(struct queue *queue)
{
	struct queue_entry *entry = entry_at(queue, 0);

	queue->bytes -= cost(entry);
	base_buffer_unref(entry->message);
	queue->head = (queue->head + 1) % queue->capacity;
	queue->count--;
}

void queue_clear(struct queue *queue)
{
	while (queue->count > 0)
		pop(queue);
	queue->gap = 0;
}

void queue_finish(struct queue *queue)
{
	queue_clear(queue);
	free(queue->ring);
	queue->ring = NULL;
	queue->capacity = queue->head = 0;
}

static void grow(struct queue *queue)
{
	size_t capacity = queue->capacity ? queue->capacity * 2 : 8;
	struct queue_entry *ring = malloc(capacity * sizeof *ring);

	if (!ring)
		abort();
	for (size_t i = 0; i < queue->count; i++)
		ring[i] = *entry_at(queue, i);
	free(queue->ring);
	queue->ring = ring;
	queue->capacity = capacity;
	queue->head = 0;
}

/* Lose the oldest messages of one class until the queue is at `target` bytes. */
static void lose(struct queue *queue, enum hub_class class, size_t target)
{
	size_t kept = 0;

	for (size_t i = 0; i < queue->count; i++) {
		struct queue_entry *entry = entry_at(queue, i);

		if (entry->class == class && queue->bytes > target) {
			queue->bytes -= cost(entry);
			base_buffer_unref(entry->message);
			queue->gap++;
			queue->lost[class]++;
		} else {
			*entry_at(queue, kept++) = *entry;
		}
	}
	queue->count = kept;
}

int queue_push(struct queue *queue, enum hub_class class, uint64_t mark, struct base_buffer *message)
{
	struct queue_entry entry = {base_buffer_ref(message), mark, class};

	if (queue->count == queue->capacity)
		grow(queue);
	*entry_at(queue, queue->count++) = entry;
	queue->bytes += cost(&entry);
	if (queue->bytes <= queue->limit_bytes)
		return 0;
	for (int least = HUB_REACTION; least < HUB_MUST; least++)
		if (queue->bytes > queue->limit_bytes / 4 * 3)
			lose(queue, (enum hub_class)least, queue->limit_bytes / 4 * 3);
	return queue->bytes > queue->limit_bytes ? -ENOBUFS : 0;
}

/* How many of the oldest messages fit into max_bytes, and how long the array with them is. */
static size_t fitting(const struct queue *queue, size_t gap_len, size_t max_bytes, size_t *array_len)
{
	size_t taken = 0, len = 2 + gap_len;

	for (; taken < queue->count; taken++) {
		size_t more = entry_at(queue, taken)->message->len + (len > 2);
		if (taken > 0 && len + more > max_bytes)
			break;
		len += more;
	}
	*array_len = len;
	return taken;
}

static struct base_buffer *compose(const struct queue *queue, size_t headroom, size_t max_bytes, size_t *taken)
{
	char gap[64] = "";
	size_t gap_len = 0, len;

	if (queue->count == 0 && queue->gap == 0)
		return NULL;
	if (queue->gap > 0)
		gap_len = (size_t)snprintf(gap, sizeof gap, "{\"type\":\"gap\",\"dropped\":%" PRIu64 "}", queue->gap);
	*taken = fitting(queue, gap_len, max_bytes, &len);

	struct base_buffer *frame = base_buffer_new(headroom + len);
	uint8_t *at = frame->data + headroom;
	*at++ = '[';
	memcpy(at, gap, gap_len);
	at += gap_len;
	for (size_t i = 0; i < *taken; i++) {
		const struct base_buffer *message = entry_at(queue, i)->message;
		if (i > 0 || gap_len > 0)
			*at++ = ',';
		memcpy(at, message->data, message->len);
		at += message->len;
	}
	*at = ']';
	return frame;
}

struct base_buffer *queue_frame(const struct queue *queue, size_t headroom)
{
	size_t taken;

	return compose(queue, headroom, SIZE_MAX, &taken);
}

struct base_buffer *queue_take_frame(struct queue *queue, size_t headroom, size_t max_bytes)
{
	size_t taken = 0;
	struct base_buffer *frame = compose(queue, headroom, max_bytes, &taken);

	while (taken-- > 0)
		pop(queue);
	queue->gap = 0;
	return frame;
}
