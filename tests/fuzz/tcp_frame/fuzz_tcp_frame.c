/* Any bytes in any portions as framed messages: the portions change nothing, and what is queued again is the same
 * stream. The first byte says how the others are portioned. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "transport/tcp_frame.h"
#include "transport/tcp_queue.h"
#include "transport/udp.h"

enum { IN_BYTES = 8192, RING_BYTES = 5000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/** How far the stream is good, message by message, without portions. */
static size_t whole(const uint8_t *data, size_t len, int *status)
{
	size_t at = 0, message;
	while ((*status = media_frame_next(data + at, len - at, MEDIA_DATAGRAM_MAX, &message)) == 1) {
		require(message <= MEDIA_DATAGRAM_MAX && at + MEDIA_FRAME_HEAD + message <= len);
		at += MEDIA_FRAME_HEAD + message;
	}
	require(*status == 0 || *status == -EMSGSIZE);
	return at;
}

/** What leaves the queue in portions is the stream up to here. */
static void drain(struct media_tcp_queue *q, size_t portion, const uint8_t *stream, size_t *seen)
{
	struct iovec pieces[2];
	size_t count = media_tcp_queue_peek(q, pieces);
	if (count == 0)
		return;
	size_t n = pieces[0].iov_len < portion ? pieces[0].iov_len : portion;
	require(memcmp(pieces[0].iov_base, stream + *seen, n) == 0);
	media_tcp_queue_drop(q, n);
	*seen += n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t in[IN_BYTES], ring[RING_BYTES];
	struct media_tcp_queue q = {.data = ring, .size = sizeof ring};
	if (len < 2)
		return 0;
	size_t portion = 1 + (size_t)data[0] * 7, in_len = 0, at = 0, queued = 0, left = 0, message;
	int status, end = 0;
	data++;
	len--;
	size_t good = whole(data, len, &status);
	while (end == 0 && at < len) {
		size_t room = sizeof in - in_len, n = portion < room ? portion : room, used = 0;
		n = n < len - at ? n : len - at;
		require(n > 0);
		memcpy(in + in_len, data + at, n);
		in_len += n;
		at += n;
		while ((end = media_frame_next(in + used, in_len - used, MEDIA_DATAGRAM_MAX, &message)) == 1) {
			while (!media_tcp_queue_add(&q, in + used + MEDIA_FRAME_HEAD, message, 0))
				drain(&q, portion, data, &left);
			used += MEDIA_FRAME_HEAD + message;
			queued += MEDIA_FRAME_HEAD + message;
		}
		in_len -= used;
		memmove(in, in + used, in_len);
	}
	while (q.used)
		drain(&q, portion, data, &left);
	require(end == status && queued == good && left == good);
	return 0;
}
