/* What passes by the connections. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "transport/tcp_frame.h"
#include "transport/tcp_private.h"

enum { READS_AT_ONCE = 16 };

/** Sound and everything small (reports, checks, handshakes) may still be queued when picture no longer may. */
#define KEPT_FOR_SMALL (MEDIA_TCP_QUEUE_BYTES / 4)

/** Only who begins with a check may be one of ours. */
static bool acceptable(const struct media_tcp_connection *c, const uint8_t *data, size_t len)
{
	return c->vouched || media_datagram_kind(data, len) == MEDIA_DATAGRAM_STUN;
}

bool tcp_deliver(struct media_tcp *tcp, struct media_tcp_connection *c)
{
	uint64_t id = c->id;
	size_t len;
	int whole;
	while ((whole = media_frame_next(c->in + c->in_at, c->in_len - c->in_at, MEDIA_DATAGRAM_MAX, &len)) == 1) {
		struct media_udp_received r = {
		        .data = c->in + c->in_at + MEDIA_FRAME_HEAD, .len = len, .from = c->path};
		if (!acceptable(c, r.data, r.len)) {
			whole = -EBADMSG;
			break;
		}
		tcp->hooks.receive(&r, tcp->hooks.ctx);
		if (tcp_find(tcp, id) != c)
			return false;
		if (c->ending)
			return true;
		c->in_at += MEDIA_FRAME_HEAD + len;
	}
	if (whole < 0) {
		tcp->stats.malformed++;
		tcp_close(tcp, c);
		return false;
	}
	c->in_len -= c->in_at;
	memmove(c->in, c->in + c->in_at, c->in_len);
	c->in_at = 0;
	return true;
}

void tcp_read(struct media_tcp *tcp, struct media_tcp_connection *c)
{
	for (int i = 0; i < READS_AT_ONCE; i++) {
		size_t room = sizeof c->in - c->in_len;
		ssize_t n = recv(c->fd, c->in + c->in_len, room, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		/* with one direction closed nothing can be confirmed any more */
		if (n <= 0 || c->ending) {
			tcp_close(tcp, c);
			return;
		}
		c->in_len += (size_t)n;
		if (!tcp_deliver(tcp, c) || c->ending || (size_t)n < room)
			return;
	}
}

void tcp_write(struct media_tcp *tcp, struct media_tcp_connection *c)
{
	struct iovec pieces[2];
	struct msghdr message = {.msg_iov = pieces};
	while ((message.msg_iovlen = media_tcp_queue_peek(&c->out, pieces)) > 0) {
		ssize_t n = sendmsg(c->fd, &message, MSG_NOSIGNAL);
		tcp->stats.sends++;
		if (n >= 0) {
			media_tcp_queue_drop(&c->out, (size_t)n);
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN) {
			tcp_close(tcp, c);
			return;
		}
		c->blocked = true;
		tcp_watch(tcp, c, EPOLL_CTL_MOD);
		return;
	}
	if (c->ending)
		tcp_close(tcp, c);
}

void tcp_flush_later(struct media_tcp *tcp, struct media_tcp_connection *c)
{
	/* a blocked one goes on when epoll says so */
	if (c->queued || c->blocked)
		return;
	c->queued = true;
	tcp->flush[tcp->flush_count++] = c->id;
}

size_t media_tcp_waiting(const struct media_tcp *tcp, uint64_t connection)
{
	const struct media_tcp_connection *c = tcp_find(tcp, connection);
	return c ? c->out.used : 0;
}

void media_tcp_flush(struct media_tcp *tcp)
{
	while (tcp->flush_count > 0) {
		struct media_tcp_connection *c = tcp_find(tcp, tcp->flush[--tcp->flush_count]);
		c->queued = false;
		tcp_write(tcp, c);
	}
}

void media_tcp_send(struct media_tcp *tcp, uint64_t connection, const uint8_t *data, size_t len)
{
	struct media_tcp_connection *c = tcp_find(tcp, connection);
	bool large = len > MEDIA_TCP_LARGE_BYTES && media_datagram_kind(data, len) == MEDIA_DATAGRAM_RTP;
	if (!c || c->ending || !media_tcp_queue_add(&c->out, data, len, large ? KEPT_FOR_SMALL : 0)) {
		tcp->stats.dropped++;
		tcp->stats.dropped_large += large;
		return;
	}
	tcp->stats.sent++;
	tcp->stats.sent_bytes += len;
	tcp_flush_later(tcp, c);
}
