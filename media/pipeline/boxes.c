#include "pipeline/boxes.h"

#include <stdlib.h>
#include <string.h>

#include "rtp/rtp.h"

#define BUFFER_MAX ((size_t)1 << 32)

bool box_reserve(struct mp4_buffer *b, size_t len)
{
	if (b->failed || len > BUFFER_MAX || b->len > BUFFER_MAX - len) {
		b->failed = true;
		return false;
	}
	if (b->len + len <= b->size)
		return true;
	size_t size = b->size < 4096 ? 4096 : b->size;
	while (size < b->len + len)
		size *= 2;
	uint8_t *data = realloc(b->data, size);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->size = size;
	return true;
}

void mp4_buffer_reset(struct mp4_buffer *b)
{
	b->len = 0;
	b->failed = false;
}

void mp4_buffer_finish(struct mp4_buffer *b)
{
	free(b->data);
	*b = (struct mp4_buffer){.data = NULL};
}

void box_bytes(struct mp4_buffer *b, const void *data, size_t len)
{
	if (len == 0 || !box_reserve(b, len))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void box_zeros(struct mp4_buffer *b, size_t count)
{
	if (count == 0 || !box_reserve(b, count))
		return;
	memset(b->data + b->len, 0, count);
	b->len += count;
}

void box_u8(struct mp4_buffer *b, unsigned v)
{
	uint8_t byte = (uint8_t)v;
	box_bytes(b, &byte, 1);
}

void box_u16(struct mp4_buffer *b, unsigned v)
{
	uint8_t bytes[2];
	media_put16(bytes, (uint16_t)v);
	box_bytes(b, bytes, sizeof bytes);
}

void box_u24(struct mp4_buffer *b, uint32_t v)
{
	uint8_t bytes[3];
	media_put24(bytes, v);
	box_bytes(b, bytes, sizeof bytes);
}

void box_u32(struct mp4_buffer *b, uint32_t v)
{
	uint8_t bytes[4];
	media_put32(bytes, v);
	box_bytes(b, bytes, sizeof bytes);
}

void box_u64(struct mp4_buffer *b, uint64_t v)
{
	box_u32(b, (uint32_t)(v >> 32));
	box_u32(b, (uint32_t)v);
}

void box_patch32(struct mp4_buffer *b, size_t at, uint32_t v)
{
	if (!b->failed)
		media_put32(b->data + at, v);
}

size_t box_begin(struct mp4_buffer *b, const char *type)
{
	size_t at = b->len;
	box_u32(b, 0);
	box_bytes(b, type, 4);
	return at;
}

size_t box_begin_full(struct mp4_buffer *b, const char *type, unsigned version, uint32_t flags)
{
	size_t at = box_begin(b, type);
	box_u32(b, (uint32_t)version << 24 | flags);
	return at;
}

void box_end(struct mp4_buffer *b, size_t box)
{
	box_patch32(b, box, (uint32_t)(b->len - box));
}

void box_brands(struct mp4_buffer *b, uint32_t minor, const char *const *brands)
{
	size_t ftyp = box_begin(b, "ftyp");
	box_bytes(b, brands[0], 4);
	box_u32(b, minor);
	for (size_t i = 0; brands[i]; i++)
		box_bytes(b, brands[i], 4);
	box_end(b, ftyp);
}
