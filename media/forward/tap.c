/* A stream's tap: the packets as the host sent them, into a SOCK_SEQPACKET socket (media/pipeline/seam.h). It never
 * blocks. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "forward/publisher.h"
#include "forward/stream.h"
#include "pipeline/seam.h"

#define BETTER_US 3000000

static const char *codec_name(enum media_codec codec)
{
	static const char *const names[] = {
	        [MEDIA_NO_CODEC] = "", [MEDIA_H264] = "H264", [MEDIA_VP8] = "VP8", [MEDIA_OPUS] = "OPUS"};
	return names[codec];
}

static void want_keyframe(struct forward_stream *stream)
{
	forward_stream_want_keyframe(stream, stream->tap.track ? &stream->tracks[stream->tap.track]
	                                                       : forward_stream_best(stream));
}

static void end(struct forward_stream *stream)
{
	if (stream->tap.fd >= 0) {
		forward_worker_unwatch(stream->worker, stream->tap.fd);
		close(stream->tap.fd);
	}
	stream->tap = (struct forward_tap){.fd = -1};
}

static void prepare(int fd)
{
	int bytes = MEDIA_SEAM_BUFFER, flags = fcntl(fd, F_GETFL);
	if (flags >= 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	/* beyond the system's limit where we may, else as far as it goes */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

void forward_tap_set(struct forward_stream *stream, int fd)
{
	end(stream);
	if (fd < 0)
		return;
	prepare(fd);
	if (forward_worker_watch(stream->worker, fd, stream) != 0) {
		forward_worker_log(stream->worker, 3, "tap-failed", stream->listed.name);
		close(fd);
		return;
	}
	stream->tap.fd = fd;
	want_keyframe(stream);
}

/** @return false: it was not taken, or the tap is gone. */
static bool put(struct forward_stream *stream, char kind, const void *head, size_t head_len, const void *body,
                size_t body_len)
{
	struct iovec parts[] = {{&kind, 1}, {(void *)head, head_len}, {(void *)body, body_len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
	if (sendmsg(stream->tap.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS && errno != EMSGSIZE && errno != EINTR)
		end(stream);
	return false;
}

/** First of all, and whenever a source of the host changed. */
static bool tell_codecs(struct forward_stream *stream)
{
	char text[160];
	int len = 0;
	for (int kind = FORWARD_KINDS - 1; kind >= 0; kind--) {
		const struct forward_agreed *agreed = &stream->publisher->tracks[kind];
		if (agreed->codec_count)
			len += snprintf(text + len, sizeof text - (size_t)len, "%s=%s pt=%u clock=%u\n",
			                kind == FORWARD_VIDEO ? "video" : "audio", codec_name(agreed->codecs[0].codec),
			                agreed->codecs[0].pt, agreed->codecs[0].clock);
	}
	stream->tap.told = put(stream, MEDIA_SEAM_CODECS, text, (size_t)len, NULL, 0);
	return stream->tap.told;
}

static void dropped(struct forward_stream *stream)
{
	stream->worker->stats.tap_drops++;
	want_keyframe(stream);
}

/** All of the sound; of the picture one layer at a time, the best. It changes at a keyframe; to a better one once that
 * has come for a while, for what reads the tap begins anew with each. */
static bool takes(struct forward_stream *stream, const struct forward_track *track, const struct forward_packet *packet)
{
	struct forward_tap *tap = &stream->tap;
	struct forward_track *best = forward_stream_best(stream);
	int64_t now_us = stream->worker->now_us;
	if (track->kind == FORWARD_AUDIO)
		return true;
	if (tap->track == 0)
		tap->track = best->index;
	if (tap->track == best->index) {
		tap->better_us = 0;
		return track == best;
	}
	if (tap->better_us == 0)
		tap->better_us = now_us;
	if (now_us - tap->better_us >= BETTER_US || !forward_track_live(&stream->tracks[tap->track], now_us)) {
		if (track == best && packet->starts) {
			tap->track = best->index;
			tap->told = false;
			return true;
		}
		forward_stream_want_keyframe(stream, best);
	}
	return track->index == tap->track;
}

void forward_tap_packet(struct forward_stream *stream, const struct forward_track *track,
                        const struct forward_packet *packet)
{
	uint8_t header[MEDIA_RTP_HEADER];
	if (stream->tap.fd < 0 || !stream->publisher || !takes(stream, track, packet))
		return;
	if (!stream->tap.told && !tell_codecs(stream)) {
		dropped(stream);
		return;
	}
	/* viewers' headers are written over the cached one: this is the host's own */
	media_rtp_write_header(header, packet->padded, (uint8_t)((packet->marker ? 0x80 : 0) | track->codec.pt),
	                       (uint16_t)packet->ext, packet->timestamp, track->ssrc);
	if (put(stream, track->kind == FORWARD_VIDEO ? MEDIA_SEAM_VIDEO : MEDIA_SEAM_AUDIO, header, sizeof header,
	        packet->data + MEDIA_RTP_HEADER, packet->len - MEDIA_RTP_HEADER))
		stream->worker->stats.tap_packets++;
	else
		dropped(stream);
}

void forward_tap_rtcp(struct forward_stream *stream, const uint8_t *data, size_t len)
{
	if (stream->tap.fd < 0 || len >= MEDIA_SEAM_MAX || (!stream->tap.told && !tell_codecs(stream)))
		return;
	if (!put(stream, MEDIA_SEAM_RTCP, data, len, NULL, 0))
		stream->worker->stats.tap_drops++;
}

void forward_tap_readable(struct forward_stream *stream)
{
	uint8_t message[MEDIA_SEAM_MAX];
	/* bounded: a chatty child does not keep the worker from its packets */
	for (int i = 0; i < 16 && stream->tap.fd >= 0; i++) {
		ssize_t n = recv(stream->tap.fd, message, sizeof message, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
			return;
		if (n <= 0) {
			end(stream);
			forward_stream_release(stream);
			return;
		}
		if (message[0] == MEDIA_SEAM_KEYFRAME)
			want_keyframe(stream);
	}
}
