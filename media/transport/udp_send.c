/* The way out of the UDP port: datagrams become runs (UDP_SEGMENT), runs a batch (sendmmsg). */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/udp.h>

#include "transport/tcp.h"
#include "transport/udp_private.h"

#define REFUSALS_MAX 8 /**< runs refused in a row: neither kernel nor device can do it */

void media_udp_offload(struct media_udp *udp, bool on)
{
	int size = 0; /* asks for nothing, but only a kernel that knows the option takes it */
	udp->offload = on && setsockopt(udp->fd, SOL_UDP, UDP_SEGMENT, &size, sizeof size) == 0;
	udp->refusals = 0;
}

void media_udp_carry_tcp(struct media_udp *udp, struct media_tcp *tcp)
{
	udp->tcp = tcp;
}

bool media_udp_offloads(const struct media_udp *udp)
{
	return udp->offload;
}

uint8_t *media_udp_reserve(struct media_udp *udp, size_t size)
{
	if (size > MEDIA_DATAGRAM_MAX)
		return NULL;
	if (UDP_ARENA_BYTES - udp->out_used < size)
		media_udp_flush(udp);
	udp->out_reserved = size;
	return udp->out_data + udp->out_used;
}

/** May a datagram of this size ride with the newest message? */
static bool rides_along(const struct media_udp *udp, const struct media_path *to, size_t len)
{
	if (!udp->offload || udp->out_count == 0)
		return false;
	const struct udp_run *run = &udp->runs[udp->out_count - 1];
	return !run->closed && len <= run->segment && run->count < MEDIA_UDP_RUN &&
	       udp->out_iov[udp->out_count - 1].iov_len + len <= MEDIA_UDP_RUN_BYTES &&
	       udp_address_equal(&udp->out_path.remote, &to->remote) &&
	       udp_address_equal(&udp->out_path.local, &to->local);
}

static void extend(struct media_udp *udp, size_t len)
{
	struct udp_run *run = &udp->runs[udp->out_count - 1];
	udp->out_iov[udp->out_count - 1].iov_len += len;
	udp->out_used += len;
	run->closed = len < run->segment;
	if (++run->count == 2)
		udp_control_segment(&udp->out[udp->out_count - 1].msg_hdr, &udp->out_control[udp->out_count - 1],
		                    run->segment);
}

static void begin(struct media_udp *udp, const struct media_path *to, size_t len)
{
	if (udp->out_count == MEDIA_UDP_BATCH) { /* the datagram is in the arena already: it moves to the front */
		const uint8_t *data = udp->out_data + udp->out_used;
		media_udp_flush(udp);
		memmove(udp->out_data, data, len);
	}
	size_t i = udp->out_count;
	struct msghdr *header = &udp->out[i].msg_hdr;
	header->msg_namelen = udp_address_to_kernel(&to->remote, udp->family, &udp->out_to[i]);
	if (header->msg_namelen == 0) { /* IPv6 from an IPv4 socket */
		udp->stats.dropped++;
		return;
	}
	header->msg_control = &udp->out_control[i];
	udp_control_write(header, &to->local, udp->family);
	udp->out_iov[i] = (struct iovec){udp->out_data + udp->out_used, len};
	udp->runs[i] = (struct udp_run){.segment = (uint16_t)len, .count = 1, .closed = len == 0};
	udp->out_path = *to;
	udp->out_used += len;
	udp->out_count++;
}

void media_udp_commit(struct media_udp *udp, const struct media_path *to, size_t len)
{
	assert(len <= udp->out_reserved);
	udp->out_reserved = 0;
	if (to->tcp) {
		if (udp->tcp)
			media_tcp_send(udp->tcp, to->tcp, udp->out_data + udp->out_used, len);
		return;
	}
	if (rides_along(udp, to, len))
		extend(udp, len);
	else
		begin(udp, to, len);
}

static void count_sent(struct media_udp *udp, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++) {
		udp->stats.sent += udp->runs[i].count;
		udp->stats.sent_bytes += udp->out_iov[i].iov_len;
		udp->stats.messages++;
		if (udp->runs[i].count > 1)
			udp->refusals = 0;
	}
}

static size_t datagrams(const struct media_udp *udp, size_t from, size_t to)
{
	size_t n = 0;
	for (size_t i = from; i < to; i++)
		n += udp->runs[i].count;
	return n;
}

enum fate { ASK_AGAIN, LOST, ALL_LOST };

/** What the kernel's refusal means for the datagram and those behind it. */
static enum fate fate_of(int error)
{
	if (error == EINTR || error == ECONNREFUSED) /* the latter reports an earlier datagram's fate */
		return ASK_AGAIN;
	/* full: whatever is late now is better lost than queued behind what comes */
	return error == EAGAIN || error == ENOBUFS || error == ENOMEM ? ALL_LOST : LOST;
}

/** One run as its datagrams. @return false: the socket is full. */
static bool send_apart(struct media_udp *udp, size_t i)
{
	struct msghdr header = udp->out[i].msg_hdr;
	struct iovec piece = udp->out_iov[i];
	size_t left = udp->out_iov[i].iov_len;
	udp_control_whole(&header);
	header.msg_iov = &piece;
	while (left > 0) {
		piece.iov_len = left < udp->runs[i].segment ? left : udp->runs[i].segment;
		udp->stats.sends++;
		ssize_t n = sendmsg(udp->fd, &header, 0);
		enum fate fate = n < 0 ? fate_of(errno) : LOST;
		if (n < 0 && fate == ASK_AGAIN)
			continue;
		if (fate == ALL_LOST) {
			udp->stats.dropped += (left + udp->runs[i].segment - 1) / udp->runs[i].segment;
			return false;
		}
		udp->stats.sent += n >= 0;
		udp->stats.sent_bytes += n >= 0 ? piece.iov_len : 0;
		udp->stats.messages += n >= 0;
		udp->stats.dropped += n < 0;
		piece.iov_base = (uint8_t *)piece.iov_base + piece.iov_len;
		left -= piece.iov_len;
	}
	return true;
}

/** The kernel refused a run as a run: the device lacks checksum offload (EIO), or the segments do not fit its path
 * (EINVAL). It goes apart; where that is how it always is, so do all that follow. @return false: the socket is full. */
static bool refuse_run(struct media_udp *udp, size_t i, int error)
{
	if (error == EIO || ++udp->refusals >= REFUSALS_MAX)
		udp->offload = false;
	return send_apart(udp, i);
}

/** @return how many messages are done with. */
static size_t after_refusal(struct media_udp *udp, size_t at, int error)
{
	bool run = udp->runs[at].count > 1 && (error == EIO || error == EINVAL);
	enum fate fate = fate_of(error);
	if (run && refuse_run(udp, at, error))
		return 1;
	if (run || fate == ALL_LOST) {
		udp->stats.dropped += datagrams(udp, at + (run ? 1 : 0), udp->out_count);
		return udp->out_count - at;
	}
	udp->stats.dropped += fate == LOST ? udp->runs[at].count : 0;
	return fate == LOST ? 1 : 0;
}

void media_udp_flush(struct media_udp *udp)
{
	for (size_t at = 0; at < udp->out_count;) {
		int n = sendmmsg(udp->fd, udp->out + at, (unsigned int)(udp->out_count - at), 0);
		udp->stats.sends++;
		if (n > 0)
			count_sent(udp, at, (size_t)n);
		at += n > 0 ? (size_t)n : after_refusal(udp, at, errno);
	}
	udp->out_count = udp->out_used = 0;
	if (udp->tcp)
		media_tcp_flush(udp->tcp);
}

void media_udp_stats_get(const struct media_udp *udp, struct media_udp_stats *out)
{
	*out = udp->stats;
	out->offload = udp->offload;
}
