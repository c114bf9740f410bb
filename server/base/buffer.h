/* Immutable bytes that many share: atomic reference count, freed by the last. */
#ifndef TRUNKSHOW_BASE_BUFFER_H
#define TRUNKSHOW_BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct base_buffer {
	size_t len;
	uint8_t *data; /**< points behind this struct; writable until shared */
};

/** @return a buffer of len bytes with one reference; aborts when memory is out, as GLib does. Thread: any. */
struct base_buffer *base_buffer_new(size_t len);
struct base_buffer *base_buffer_copy(const void *data, size_t len);
struct base_buffer *base_buffer_ref(struct base_buffer *buffer);
void base_buffer_unref(struct base_buffer *buffer); /**< accepts NULL */
#endif
