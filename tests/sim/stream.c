/* The peer's way by TCP: an active candidate (RFC 6544) that connects to the server's passive one; messages are framed
 * (RFC 4571). */
#include "sim/internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/tcp_frame.h"
#include "transport/tcp_queue.h"
#include "transport/udp.h"

#define QUEUE_BYTES (256 << 10)
#define BRINGS_US 20000           /**< that a narrow line may have brought before it was looked at */
#define RECEIVE_BUFFER (32 << 10) /**< so that a stuck peer is soon one [bytes] */

struct sim_stream {
	struct media_tcp_queue out;
	size_t in_len;
	bool lost;
	int64_t paid_us; /**< a narrow line is busy until then with what was read */
	uint8_t in[2 * MEDIA_DATAGRAM_MAX];
	uint8_t out_data[QUEUE_BYTES];
};

int sim_stream_connect(struct sim_peer *peer)
{
	const struct sim_candidate *to = sim_peer_target(peer);
	int room = RECEIVE_BUFFER, on = 1, fd;

	if (!to)
		return -ENOTCONN;
	if (!peer->stream)
		peer->stream = calloc(1, sizeof(*peer->stream));
	if (!peer->stream)
		return -ENOMEM;
	fd = socket(peer->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	close(peer->fd);
	peer->fd = fd;
	peer->stream->out = (struct media_tcp_queue){.data = peer->stream->out_data, .size = QUEUE_BYTES};
	peer->stream->in_len = 0;
	peer->stream->lost = false;
	if (connect(fd, (const struct sockaddr *)&to->address, to->address_len) < 0 && errno != EINPROGRESS)
		return -errno;
	return 0;
}

static void write_some(struct sim_peer *peer)
{
	struct sim_stream *s = peer->stream;
	struct iovec pieces[2];
	struct msghdr message = {.msg_iov = pieces};

	while ((message.msg_iovlen = media_tcp_queue_peek(&s->out, pieces)) > 0) {
		ssize_t n = sendmsg(peer->fd, &message, MSG_NOSIGNAL);

		if (n < 0) {
			s->lost = errno != EAGAIN && errno != ENOTCONN && errno != EINTR;
			return;
		}
		media_tcp_queue_drop(&s->out, (size_t)n);
	}
}

int sim_stream_output(struct sim_peer *peer, const uint8_t *data, size_t len)
{
	if (!peer->stream || peer->stream->lost)
		return -ENOTCONN;
	if (!media_tcp_queue_add(&peer->stream->out, data, len, 0))
		return -EAGAIN;
	write_some(peer);
	return 0;
}

/** Hand out whole messages. @return false: what came is no frame. */
static bool deliver(struct sim_peer *peer)
{
	struct sim_stream *s = peer->stream;
	size_t at = 0, len;
	int whole;

	while ((whole = media_frame_next(s->in + at, s->in_len - at, MEDIA_DATAGRAM_MAX, &len)) == 1) {
		sim_peer_input(peer, s->in + at + MEDIA_FRAME_HEAD, len);
		at += MEDIA_FRAME_HEAD + len;
	}
	s->in_len -= at;
	memmove(s->in, s->in + at, s->in_len);
	return whole == 0;
}

/** How much a narrow line has brought. */
static size_t brought(const struct sim_peer *peer, size_t room)
{
	return peer->config.faults.stuck || peer->stream->paid_us > peer->now_us ? 0 : room;
}

static void note_brought(struct sim_peer *peer, size_t len)
{
	struct sim_stream *s = peer->stream;
	int64_t bps = peer->config.faults.narrow_bps;

	if (bps)
		s->paid_us = (s->paid_us > peer->now_us - BRINGS_US ? s->paid_us : peer->now_us - BRINGS_US) +
		             (int64_t)len * 8000000 / bps;
}

void sim_stream_poll(struct sim_peer *peer)
{
	struct sim_stream *s = peer->stream;
	ssize_t n;

	if (s->lost)
		return;
	write_some(peer);
	peer->from = sim_peer_target(peer)->address;
	for (size_t room; (room = brought(peer, sizeof(s->in) - s->in_len)) > 0;) {
		n = recv(peer->fd, s->in + s->in_len, room, 0);
		if (n == -1) {
			s->lost = errno != EAGAIN && errno != ENOTCONN && errno != EINTR;
			return;
		}
		note_brought(peer, (size_t)n);
		s->in_len += (size_t)n;
		s->lost = n == 0 || !deliver(peer);
		if (s->lost)
			return;
	}
}

bool sim_stream_deaf(const struct sim_peer *peer)
{
	return peer->stream && (peer->stream->lost || brought(peer, 1) == 0);
}

bool sim_stream_waits(const struct sim_peer *peer)
{
	return peer->stream && !peer->stream->lost &&
	       (peer->stream->out.used > 0 || peer->stream->paid_us > peer->now_us);
}

bool sim_peer_connection_lost(const struct sim_peer *peer)
{
	return peer->stream && peer->stream->lost;
}
