/* The hosts that the child speaks of: what it says, and what is done about it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "ingest_private.h"

#define LINE_BYTES 512
#define SEAM_BUFFER (4 << 20) /* the default holds few packets [bytes] */

/* ---- giving a host its socket ---- */

/* With the lock held. @param fd -1: it is refused */
static void answer(const struct ingest *ingest, unsigned number, int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.room = ""};
	char text[64];
	struct iovec part = {text,
	                     (size_t)snprintf(text, sizeof text, "%s host=%u\n", fd >= 0 ? "open" : "refuse", number)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
		struct cmsghdr *c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	/* a child that does not read gives its host up after some seconds */
	if (ingest->fd >= 0 && sendmsg(ingest->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		base_log(BASE_LOG_WARN, "ingest", "host", "host=%u cannot be given its socket: %s", number,
		         strerror(errno));
}

/* Its media becomes the show's. @return 0; -errno, nothing was opened. */
static int open_media(struct ingest *ingest, struct ingest_host *host, int *fd)
{
	int fds[2], room = SEAM_BUFFER, err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	if (setsockopt(fds[1], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) < 0)
		(void)setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	err = media_stream_source(ingest->config.engine, host->name, fds[0], 0, host->session);
	if (err)
		close(fds[1]);
	else
		*fd = fds[1];
	return err;
}

/* @return whether the show may be published to; with its host. */
static bool allowed(struct ingest *ingest, struct ingest_host *host)
{
	pthread_mutex_lock(&ingest->lock);
	const struct ingest_show *show = ingest_show_find(ingest, host->name);
	bool may = show && ingest_show_allowed(show) && !ingest->closing;

	if (may) {
		host->show = show->id;
		host->host = show->host;
	}
	pthread_mutex_unlock(&ingest->lock);
	return may;
}

static void news(struct ingest *ingest, const struct ingest_host *host, enum api_broadcast_state state,
                 const char *code)
{
	struct api_broadcast about = {.show = host->show, .host = host->host, .via = host->via, .state = state};

	snprintf(about.code, sizeof about.code, "%s", code);
	ingest->config.news(&about, ingest->config.ctx);
}

static void on_open(struct ingest *ingest, unsigned number, const char *line)
{
	struct ingest_host *host = calloc(1, sizeof *host);
	char via[8], address[64];
	int fd = -1, err = -EACCES;

	if (!host)
		abort();
	host->number = number;
	if (sscanf(line, "open host=%*u show=%26s via=%7s address=%63s", host->name, via, address) != 3)
		return free(host);
	host->via = strcmp(via, "rtmp") == 0 ? API_VIA_RTMP : API_VIA_SRT;
	if (allowed(ingest, host))
		err = open_media(ingest, host, &fd);
	base_log(BASE_LOG_INFO, "ingest", err ? "refused" : "host", "show=%s via=%s address=%s%s%s", host->name, via,
	         address, err ? ": " : "", err ? strerror(-err) : "");
	pthread_mutex_lock(&ingest->lock);
	answer(ingest, number, fd);
	if (!err) {
		host->next = ingest->hosts;
		ingest->hosts = host;
	}
	pthread_mutex_unlock(&ingest->lock);
	if (err)
		return free(host);
	close(fd);
	news(ingest, host, API_BROADCAST_ON, "");
	ingest_cut(ingest, NULL); /* the key may have become another meanwhile */
}

/* ---- what becomes of it ---- */

/* A copy of the one that the line speaks of. @param remove it is over */
static bool find(struct ingest *ingest, unsigned number, bool remove, struct ingest_host *out)
{
	bool found = false;

	pthread_mutex_lock(&ingest->lock);
	for (struct ingest_host **link = &ingest->hosts; *link && !found; link = &(*link)->next) {
		struct ingest_host *host = *link;
		if (host->number != number)
			continue;
		*out = *host;
		found = true;
		if (remove) {
			*link = host->next;
			free(host);
			break;
		}
	}
	pthread_mutex_unlock(&ingest->lock);
	return found;
}

static void on_lost(struct ingest *ingest, unsigned number, const char *line)
{
	struct ingest_host host;

	if (find(ingest, number, false, &host))
		news(ingest, &host, API_BROADCAST_LOST, "");
}

static void on_back(struct ingest *ingest, unsigned number, const char *line)
{
	struct ingest_host host;

	pthread_mutex_lock(&ingest->lock);
	for (struct ingest_host *at = ingest->hosts; at; at = at->next)
		if (at->number == number)
			at->via = strstr(line, " via=rtmp") ? API_VIA_RTMP : API_VIA_SRT;
	pthread_mutex_unlock(&ingest->lock);
	if (find(ingest, number, false, &host))
		news(ingest, &host, API_BROADCAST_ON, "");
}

static void on_problem(struct ingest *ingest, unsigned number, const char *line)
{
	struct ingest_host host;
	char code[16];

	if (sscanf(line, "problem host=%*u code=%15s", code) != 1 || !find(ingest, number, false, &host))
		return;
	base_log(BASE_LOG_INFO, "ingest", "problem", "show=%s code=%s", host.name, code);
	news(ingest, &host, API_BROADCAST_PROBLEM, code);
}

/* What was not wanted by RTMP is still being sent to nginx, which asks again in a moment. */
static void refuse_rtmp(struct ingest *ingest, const char *name)
{
	pthread_mutex_lock(&ingest->lock);
	struct ingest_show *show = ingest_show_find(ingest, name);
	if (show && show->fetch) {
		show->fetch = false;
		show->refused = show->due = true;
		ingest_tell_due(ingest);
	}
	pthread_mutex_unlock(&ingest->lock);
}

static void on_closed(struct ingest *ingest, unsigned number, const char *line)
{
	struct ingest_host host;

	if (!find(ingest, number, true, &host))
		return;
	if (host.via == API_VIA_RTMP)
		refuse_rtmp(ingest, host.name);
	news(ingest, &host, API_BROADCAST_OFF, "");
}

static void on_refused(struct ingest *ingest, unsigned number, const char *line)
{
	base_log(BASE_LOG_INFO, "ingest", "refused", "%s", line + strlen("refused "));
}

static void on_ready(struct ingest *ingest, unsigned number, const char *line)
{
	int port;

	if (sscanf(line, "ready port=%d", &port) != 1)
		return;
	base_log(BASE_LOG_INFO, "ingest", "srt", "srt_port=%d", port);
	ingest->config.ready(port, ingest->config.ctx);
}

static void on_status(struct ingest *ingest, unsigned number, const char *line)
{
	pthread_mutex_lock(&ingest->lock);
	ingest_tell_due(ingest);
	pthread_mutex_unlock(&ingest->lock);
}

static void heed(struct ingest *ingest, const char *line)
{
	static const struct {
		const char *verb;
		void (*act)(struct ingest *ingest, unsigned number, const char *line);
	} verbs[] = {
	        {"open ", on_open},     {"lost ", on_lost},   {"back ", on_back},     {"problem ", on_problem},
	        {"closed ", on_closed}, {"ready ", on_ready}, {"status ", on_status}, {"refused ", on_refused},
	};
	const char *at = strstr(line, " host=");
	unsigned number = at ? (unsigned)strtoul(at + strlen(" host="), NULL, 10) : 0;

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strncmp(line, verbs[i].verb, strlen(verbs[i].verb)) == 0)
			verbs[i].act(ingest, number, line);
}

void ingest_said(const char *text, size_t len, void *ctx)
{
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t line_len = end ? (size_t)(end - text) : len;
		char line[LINE_BYTES];

		if (line_len < sizeof line) {
			memcpy(line, text, line_len);
			line[line_len] = '\0';
			heed(ctx, line);
		}
		line_len += end != NULL;
		text += line_len;
		len -= line_len;
	}
}

/* ---- cutting off ---- */

/* One that is to be cut and has not been. With the lock held. */
static bool next_to_cut(struct ingest *ingest, const char *show, char session[MEDIA_SESSION_BYTES])
{
	for (struct ingest_host *host = ingest->hosts; host; host = host->next) {
		const struct ingest_show *is = ingest_show_find(ingest, host->name);
		bool due = show ? strcmp(host->name, show) == 0 : !is || !ingest_show_allowed(is);
		if (host->cut || !due)
			continue;
		host->cut = true;
		memcpy(session, host->session, MEDIA_SESSION_BYTES);
		return true;
	}
	return false;
}

void ingest_cut(struct ingest *ingest, const char *show)
{
	char session[MEDIA_SESSION_BYTES];
	bool found;

	do {
		pthread_mutex_lock(&ingest->lock);
		found = next_to_cut(ingest, show, session);
		pthread_mutex_unlock(&ingest->lock);
		/* not with the lock: an event of the engine may be waiting for it */
		if (found)
			(void)media_session_close(ingest->config.engine, session);
	} while (found);
}

void ingest_hosts_gone(struct ingest *ingest)
{
	struct ingest_host *host;

	pthread_mutex_lock(&ingest->lock);
	host = ingest->hosts;
	ingest->hosts = NULL;
	pthread_mutex_unlock(&ingest->lock);
	while (host) {
		struct ingest_host *next = host->next;
		if (!ingest->closing)
			news(ingest, host, API_BROADCAST_OFF, "");
		free(host);
		host = next;
	}
}
