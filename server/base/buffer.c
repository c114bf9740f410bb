#include "base/buffer.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shared {
	struct base_buffer face; /* first: what callers hold */
	atomic_uint refs;
	uint8_t bytes[];
};

struct base_buffer *base_buffer_new(size_t len)
{
	struct shared *shared = len <= SIZE_MAX - sizeof *shared ? malloc(sizeof *shared + len) : NULL;

	if (!shared) {
		fputs("out of memory\n", stderr);
		abort();
	}
	shared->face.len = len;
	shared->face.data = shared->bytes;
	atomic_init(&shared->refs, 1);
	return &shared->face;
}

struct base_buffer *base_buffer_copy(const void *data, size_t len)
{
	struct base_buffer *buffer = base_buffer_new(len);

	if (len > 0)
		memcpy(buffer->data, data, len);
	return buffer;
}

struct base_buffer *base_buffer_ref(struct base_buffer *buffer)
{
	unsigned before = atomic_fetch_add_explicit(&((struct shared *)buffer)->refs, 1, memory_order_relaxed);

	assert(before > 0);
	(void)before;
	return buffer;
}

void base_buffer_unref(struct base_buffer *buffer)
{
	if (!buffer)
		return;
	/* acq_rel: the thread that frees has seen what every other holder did. */
	if (atomic_fetch_sub_explicit(&((struct shared *)buffer)->refs, 1, memory_order_acq_rel) == 1)
		free(buffer);
}
