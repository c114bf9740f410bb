#include "forward/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "forward/engine.h"
#include "forward/publisher.h"
#include "forward/random.h"
#include "forward/session.h"
#include "forward/stream.h"
#include "pipeline/seam.h"

enum {
	SOURCES_AT_ONCE = 32,
	MESSAGES_AT_ONCE = 64, /**< of one source: a hasty one does not keep the worker from the others */
	CODECS_MAX = 256
};

/* ---- what it says of its codecs ---- */

static const struct {
	const char *prefix;
	enum forward_kind kind;
	enum media_codec codec;
} known[] = {
        {"video=H264 pt=", FORWARD_VIDEO, MEDIA_H264},
        {"video=VP8 pt=", FORWARD_VIDEO, MEDIA_VP8},
        {"audio=OPUS pt=", FORWARD_AUDIO, MEDIA_OPUS},
};

/** @param text behind "pt=" */
static bool read_numbers(const char *text, struct forward_codec *codec)
{
	char *end;
	unsigned long pt = strtoul(text, &end, 10);
	if (end == text || pt > 127 || strncmp(end, " clock=", 7) != 0)
		return false;
	const char *clock = end + 7;
	unsigned long hz = strtoul(clock, &end, 10);
	if (end == clock || *end != '\0' || hz == 0 || hz > 1000000)
		return false;
	codec->pt = (uint8_t)pt;
	codec->clock = (uint32_t)hz;
	return true;
}

static void read_line(const char *line, struct forward_agreed tracks[FORWARD_KINDS])
{
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		size_t len = strlen(known[i].prefix);
		struct forward_codec codec = {.codec = known[i].codec, .rtx_pt = -1};
		if (strncmp(line, known[i].prefix, len) != 0 || !read_numbers(line + len, &codec))
			continue;
		tracks[known[i].kind] = (struct forward_agreed){.accepted = true, .codec_count = 1};
		tracks[known[i].kind].codecs[0] = codec;
	}
}

int forward_source_codecs(const char *text, size_t len, struct forward_agreed tracks[FORWARD_KINDS])
{
	char copy[CODECS_MAX], *rest = NULL;
	memset(tracks, 0, FORWARD_KINDS * sizeof tracks[0]);
	if (len >= sizeof copy)
		return -EBADMSG;
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		read_line(line, tracks);
	return tracks[FORWARD_VIDEO].accepted || tracks[FORWARD_AUDIO].accepted ? 0 : -EBADMSG;
}

static bool same_codec(const struct forward_agreed *a, const struct forward_agreed *b)
{
	return a->accepted == b->accepted && a->codecs[0].codec == b->codecs[0].codec &&
	       a->codecs[0].pt == b->codecs[0].pt && a->codecs[0].clock == b->codecs[0].clock;
}

/* ---- what it says ---- */

static void on_codecs(struct forward_session *session, const uint8_t *data, size_t len)
{
	struct forward_agreed tracks[FORWARD_KINDS];
	if (forward_source_codecs((const char *)data, len, tracks) != 0) {
		forward_session_close(session, "no codec in common");
		return;
	}
	if (!session->connected) {
		memcpy(session->tracks, tracks, sizeof tracks);
		forward_session_connect(session);
		return;
	}
	/* another set is another host, with a socket of its own */
	for (int kind = 0; kind < FORWARD_KINDS; kind++)
		if (!same_codec(&session->tracks[kind], &tracks[kind])) {
			forward_session_close(session, "codecs changed");
			return;
		}
}

static void on_rtp(struct forward_session *session, const uint8_t *data, size_t len)
{
	if (session->connected)
		forward_publisher_rtp(session, data, len);
}

static void on_rtcp(struct forward_session *session, const uint8_t *data, size_t len)
{
	if (media_rtcp_check(data, len) != 0)
		session->worker->stats.rtp_malformed++;
	else if (session->connected)
		forward_publisher_rtcp(session, data, len);
}

static void on_message(struct forward_session *session, uint8_t kind, const uint8_t *data, size_t len)
{
	/* what checks are to others */
	session->ice.last_check_us = session->worker->now_us;
	switch (kind) {
	case MEDIA_SEAM_CODECS:
		on_codecs(session, data, len);
		break;
	case MEDIA_SEAM_VIDEO:
	case MEDIA_SEAM_AUDIO:
		on_rtp(session, data, len);
		break;
	case MEDIA_SEAM_RTCP:
		on_rtcp(session, data, len);
		break;
	default: /* progress */
		break;
	}
}

static void read_source(struct forward_session *session)
{
	uint8_t message[MEDIA_SEAM_MAX];
	for (int i = 0; i < MESSAGES_AT_ONCE && !session->closed; i++) {
		ssize_t n = recv(session->plain_fd, message, sizeof message, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
			return;
		if (n <= 0)
			forward_session_close(session, "closed by peer");
		else
			on_message(session, message[0], message + 1, (size_t)n - 1);
	}
}

void forward_sources_readable(struct forward_worker *worker)
{
	struct epoll_event events[SOURCES_AT_ONCE];
	int n = epoll_wait(worker->sources_fd, events, SOURCES_AT_ONCE, 0);
	/* sessions that end in this round are freed after it */
	for (int i = 0; i < n; i++)
		read_source(events[i].data.ptr);
}

void forward_source_begin(struct forward_session *session)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = session};
	int flags = fcntl(session->plain_fd, F_GETFL);
	if (flags >= 0)
		fcntl(session->plain_fd, F_SETFL, flags | O_NONBLOCK);
	session->ice.last_check_us = session->worker->now_us;
	if (epoll_ctl(session->worker->sources_fd, EPOLL_CTL_ADD, session->plain_fd, &event) != 0)
		forward_session_close(session, "cannot be heard");
}

void forward_source_end(struct forward_session *session)
{
	/* not only by closing it: a copy of it in a process just forking would keep it in the set */
	epoll_ctl(session->worker->sources_fd, EPOLL_CTL_DEL, session->plain_fd, NULL);
	close(session->plain_fd);
	session->plain_fd = -1;
}

void forward_source_keyframe(struct forward_session *session)
{
	static const char message = MEDIA_SEAM_KEYFRAME;
	/* where there is no room for it, as many wait already */
	(void)send(session->plain_fd, &message, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* ---- how it comes to be ---- */

/** With the stream's place held, which goes to the session. */
static int hand_over(struct media_engine *engine, struct forward_session *session)
{
	int status = forward_directory_add_session(engine->directory, &session->listed);
	if (status != 0)
		return status;
	struct forward_worker *owner = engine->workers[session->listed.owner];
	atomic_fetch_add(&owner->burden, 1);
	forward_commands_push(owner->commands, &(struct forward_command){.type = FORWARD_OPEN, .session = session});
	return 0;
}

static struct forward_session *make(const char *stream, int fd, uint64_t user)
{
	struct forward_session *session = calloc(1, sizeof *session);
	if (!session)
		return NULL;
	snprintf(session->stream_name, sizeof session->stream_name, "%s", stream);
	forward_random_hex(session->listed.name, (MEDIA_SESSION_BYTES - 1) / 2);
	forward_random_hex(session->cname, 8);
	session->role = MEDIA_PUBLISH;
	session->user = user;
	session->plain = true;
	session->plain_fd = fd;
	return session;
}

int media_stream_source(struct media_engine *engine, const char *stream, int fd, uint64_t user,
                        char session_name[MEDIA_SESSION_BYTES])
{
	if (fd < 0)
		return -EBADF;
	struct forward_session *session = strlen(stream) < MEDIA_STREAM_BYTES ? make(stream, fd, user) : NULL;
	if (!session) {
		close(fd);
		return strlen(stream) < MEDIA_STREAM_BYTES ? -ENOMEM : -ENAMETOOLONG;
	}
	int home = forward_engine_hold_place(engine, stream);
	int status = home < 0 ? home : 0;
	if (home >= 0) {
		session->home = session->listed.owner = (uint8_t)home;
		/* before it is the worker's, who may end it at once */
		memcpy(session_name, session->listed.name, MEDIA_SESSION_BYTES);
		status = hand_over(engine, session);
		if (status != 0)
			forward_directory_leave_place(engine->directory, stream);
	}
	if (status != 0)
		forward_session_free(session);
	return status;
}
