#include "pipeline/ingest_out.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pipeline/seam.h"
#include "rtp/ntp.h"

#define RTP_HEADER 12
#define STEP_NS 20000000 /**< between the last packet of one line and the first of the next, at least */

static const int64_t rates[INGEST_TRACKS] = {[INGEST_VIDEO] = 90000, [INGEST_AUDIO] = 48000};

static int64_t monotonic_ns(void)
{
	return g_get_monotonic_time() * 1000;
}

/** With the lock held. */
static void send_message(struct ingest_out *out, char kind, const void *body, size_t len)
{
	struct iovec parts[2] = {{&kind, 1}, {(void *)(uintptr_t)body, len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	if (out->fd < 0 || out->gone || sendmsg(out->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return;
	if (errno == EAGAIN || errno == ENOBUFS)
		out->dropped++;
	else if (errno != EINTR)
		out->gone = true;
}

void ingest_out_init(struct ingest_out *out, int fd)
{
	static const char codecs[] = "video=H264 pt=102 clock=90000\naudio=OPUS pt=111 clock=48000\n";
	int room = MEDIA_SEAM_BUFFER, i;

	memset(out, 0, sizeof(*out));
	g_mutex_init(&out->lock);
	out->fd = fd;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	out->wall_ns = g_get_real_time() * 1000 - monotonic_ns();
	out->base_ns = out->wall_ns + monotonic_ns();
	for (i = 0; i < INGEST_TRACKS; i++) {
		out->tracks[i].ssrc = (g_random_int() & ~1u) | (unsigned)i;
		out->tracks[i].rtp_base = g_random_int();
		out->tracks[i].seq = (uint16_t)g_random_int_range(0, 0x8000);
	}
	send_message(out, MEDIA_SEAM_CODECS, codecs, sizeof(codecs) - 1);
}

void ingest_out_finish(struct ingest_out *out)
{
	if (out->fd >= 0)
		close(out->fd);
	out->fd = -1;
	g_mutex_clear(&out->lock);
}

void ingest_out_line(struct ingest_out *out)
{
	g_mutex_lock(&out->lock);
	out->begun = false;
	g_mutex_unlock(&out->lock);
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

/** The RTP time of a track that goes with a time [Unix ns]. */
static uint32_t rtp_time(const struct ingest_out *out, int track, int64_t ns)
{
	int64_t since = ns - out->base_ns, s = since / 1000000000, rest = since % 1000000000;

	return out->tracks[track].rtp_base +
	       (uint32_t)(s * rates[track] + (rest * rates[track] + 500000000) / 1000000000);
}

/** When what is in a packet was taken, by our clock: the first of a line came just now. */
static int64_t time_of(struct ingest_out *out, int64_t running_ns)
{
	int64_t now = out->wall_ns + monotonic_ns(), ns;

	if (!out->begun) {
		out->begun = true;
		out->line_running_ns = running_ns;
		out->line_ns = out->newest_ns && now < out->newest_ns + STEP_NS ? out->newest_ns + STEP_NS : now;
	}
	ns = out->line_ns + running_ns - out->line_running_ns;
	out->newest_ns = ns > out->newest_ns ? ns : out->newest_ns;
	return ns;
}

void ingest_out_packet(struct ingest_out *out, enum ingest_track track, const uint8_t *packet, size_t len,
                       int64_t running_ns)
{
	uint8_t copy[MEDIA_SEAM_MAX];

	if (len < RTP_HEADER || len >= sizeof(copy))
		return;
	memcpy(copy, packet, len);
	g_mutex_lock(&out->lock);
	put16(copy + 2, out->tracks[track].seq++);
	put32(copy + 4, rtp_time(out, track, time_of(out, running_ns)));
	put32(copy + 8, out->tracks[track].ssrc);
	out->tracks[track].packets++;
	out->tracks[track].bytes += len - RTP_HEADER;
	send_message(out, track == INGEST_VIDEO ? MEDIA_SEAM_VIDEO : MEDIA_SEAM_AUDIO, copy, len);
	g_mutex_unlock(&out->lock);
}

/** RFC 3550 §6.4.1. */
static void put_report(const struct ingest_out *out, int track, int64_t ns, uint8_t *at)
{
	uint64_t ntp = media_ntp_from_unix_us(ns / 1000);

	memset(at, 0, 28);
	at[0] = 0x80;
	at[1] = 200;
	at[3] = 6;
	put32(at + 4, out->tracks[track].ssrc);
	put32(at + 8, (uint32_t)(ntp >> 32));
	put32(at + 12, (uint32_t)ntp);
	put32(at + 16, rtp_time(out, track, ns));
	put32(at + 20, (uint32_t)out->tracks[track].packets);
	put32(at + 24, (uint32_t)out->tracks[track].bytes);
}

void ingest_out_report(struct ingest_out *out)
{
	uint8_t compound[INGEST_TRACKS * 28];
	size_t len = 0;
	int i;

	g_mutex_lock(&out->lock);
	for (i = 0; i < INGEST_TRACKS && out->newest_ns; i++) {
		if (out->tracks[i].packets == 0)
			continue;
		put_report(out, i, out->newest_ns / 1000 * 1000, compound + len);
		len += 28;
	}
	if (len > 0)
		send_message(out, MEDIA_SEAM_RTCP, compound, len);
	send_message(out, MEDIA_SEAM_STATUS, "", 0);
	g_mutex_unlock(&out->lock);
}

bool ingest_out_wants_keyframe(struct ingest_out *out)
{
	char message[16];
	bool wanted = false;
	ssize_t n;

	g_mutex_lock(&out->lock);
	while (out->fd >= 0 && (n = recv(out->fd, message, sizeof(message), MSG_DONTWAIT)) >= 0) {
		if (n == 0) {
			out->gone = true;
			break;
		}
		wanted |= message[0] == MEDIA_SEAM_KEYFRAME;
	}
	g_mutex_unlock(&out->lock);
	return wanted;
}

bool ingest_out_gone(struct ingest_out *out)
{
	bool gone;

	g_mutex_lock(&out->lock);
	gone = out->gone;
	g_mutex_unlock(&out->lock);
	return gone;
}
