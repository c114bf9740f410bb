#include "pipeline/srt.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <srt/access_control.h>
#include <srt/srt.h>

#include "pipeline/pipeline.h"
#include "pipeline/streamid.h"

#define BACKLOG 16
#define IDLE_MS 3000 /**< a line on which nothing comes for so long is broken */

static struct ingest_srt_config config;
static SRTSOCKET listener = SRT_INVALID_SOCK;
static int poll_id = -1, port;

static GMutex refused_lock;
static unsigned refused_count;
static char refused_reason[160];

/* ---- the door: on a thread of libsrt's ---- */

/** As limits count it: an address, of IPv6 the network. */
static void name_of(const struct sockaddr *peer, char *out, size_t size)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)peer;
	struct in6_addr network = {0};
	char text[INET6_ADDRSTRLEN] = "?";

	if (peer->sa_family == AF_INET) {
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, text, sizeof(text));
	} else if (peer->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, text, sizeof(text));
	} else if (peer->sa_family == AF_INET6) {
		memcpy(&network, &in6->sin6_addr, 8);
		inet_ntop(AF_INET6, &network, text, sizeof(text));
	}
	snprintf(out, size, "%s", text);
}

static int refuse(SRTSOCKET socket, const char *address, const char *reason, int code)
{
	g_mutex_lock(&refused_lock);
	refused_count++;
	snprintf(refused_reason, sizeof(refused_reason), "reason=%s address=%s", reason, address);
	g_mutex_unlock(&refused_lock);
	srt_setrejectreason(socket, code);
	return -1;
}

/** Whoever has no key learns nothing of which shows there are. */
static int admit(void *ctx, SRTSOCKET socket, int version, const struct sockaddr *peer, const char *text)
{
	struct streamid id;
	char address[64];
	int64_t now = pipeline_now_us();
	int rc;

	(void)ctx;
	(void)version;
	name_of(peer, address, sizeof(address));
	if (config.limited && ingest_keys_blamed(config.keys, address, now))
		return refuse(socket, address, "often", SRT_REJX_OVERLOAD);
	rc = streamid_read(text ? text : "", &id);
	if (rc == -ENOTSUP)
		return refuse(socket, address, "mode", SRT_REJX_BAD_MODE);
	if (rc < 0 || !ingest_keys_match(config.keys, id.show, id.key)) {
		ingest_keys_blame(config.keys, address, now);
		explicit_bzero(&id, sizeof(id));
		return refuse(socket, address, rc < 0 ? "streamid" : "key",
		              rc < 0 ? SRT_REJX_BAD_REQUEST : SRT_REJX_UNAUTHORIZED);
	}
	explicit_bzero(id.key, sizeof(id.key));
	if (!config.room(id.show, config.ctx))
		return refuse(socket, address, "full", SRT_REJX_OVERLOAD);
	return 0;
}

unsigned ingest_srt_refused(char *reason, size_t size)
{
	unsigned count;

	g_mutex_lock(&refused_lock);
	count = refused_count;
	refused_count = 0;
	snprintf(reason, size, "%s", refused_reason);
	g_mutex_unlock(&refused_lock);
	return count;
}

/* ---- opening ---- */

static bool set(SRTSOCKET socket, SRT_SOCKOPT option, const void *value, int len)
{
	return srt_setsockflag(socket, option, value, len) == 0;
}

static bool set_up(SRTSOCKET socket)
{
	const bool no = false;
	const int zero = 0, idle = IDLE_MS, latency = config.latency_ms;
	bool fine = set(socket, SRTO_RCVSYN, &no, sizeof(no)) && set(socket, SRTO_IPV6ONLY, &zero, sizeof(zero)) &&
	            set(socket, SRTO_PEERIDLETIMEO, &idle, sizeof(idle)) &&
	            set(socket, SRTO_LATENCY, &latency, sizeof(latency));

	if (fine && config.passphrase && *config.passphrase)
		fine = set(socket, SRTO_PASSPHRASE, config.passphrase, (int)strlen(config.passphrase));
	return fine && srt_listen_callback(socket, admit, NULL) == 0;
}

static bool bind_to(SRTSOCKET socket, bool v6)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(config.port)};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(config.port)};

	return v6 ? srt_bind(socket, (const struct sockaddr *)(const void *)&in6, sizeof(in6)) == 0
	          : srt_bind(socket, (const struct sockaddr *)(const void *)&in, sizeof(in)) == 0;
}

/** @return whether it listens. */
static bool listen_at(bool v6)
{
	listener = srt_create_socket();
	if (listener != SRT_INVALID_SOCK && set_up(listener) && bind_to(listener, v6) &&
	    srt_listen(listener, BACKLOG) == 0)
		return true;
	if (listener != SRT_INVALID_SOCK)
		srt_close(listener);
	listener = SRT_INVALID_SOCK;
	return false;
}

int ingest_srt_open(const struct ingest_srt_config *how, char *why, size_t why_len)
{
	struct sockaddr_storage bound;
	int len = sizeof(bound), events = SRT_EPOLL_IN | SRT_EPOLL_ERR;

	config = *how;
	srt_startup();
	srt_setloglevel(LOG_CRIT);
	poll_id = srt_epoll_create();
	srt_epoll_set(poll_id, SRT_EPOLL_ENABLE_EMPTY);
	/* a machine without IPv6 has the other alone */
	if (!listen_at(true) && !listen_at(false)) {
		snprintf(why, why_len, "%s", srt_getlasterror_str());
		return -EADDRINUSE;
	}
	srt_getsockname(listener, (struct sockaddr *)&bound, &len);
	port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&bound)->sin6_port
	                                         : ((struct sockaddr_in *)(void *)&bound)->sin_port);
	srt_epoll_add_usock(poll_id, listener, &events);
	return 0;
}

int ingest_srt_port(void)
{
	return port;
}

void ingest_srt_wait(int timeout_ms)
{
	SRT_EPOLL_EVENT events[8];

	if (poll_id < 0) {
		poll_id = srt_epoll_create();
		srt_epoll_set(poll_id, SRT_EPOLL_ENABLE_EMPTY);
	}
	srt_epoll_uwait(poll_id, events, 8, timeout_ms);
}

/* ---- guests ---- */

bool ingest_srt_accept(struct ingest_srt_guest *guest)
{
	struct sockaddr_storage peer;
	struct streamid id;
	char text[513] = "";
	int len = sizeof(peer), text_len = sizeof(text) - 1;
	SRTSOCKET socket;

	if (listener == SRT_INVALID_SOCK)
		return false;
	while ((socket = srt_accept(listener, (struct sockaddr *)&peer, &len)) != SRT_INVALID_SOCK) {
		if (srt_getsockflag(socket, SRTO_STREAMID, text, &text_len) == 0 && streamid_read(text, &id) == 0 &&
		    ingest_keys_match(config.keys, id.show, id.key)) {
			*guest = (struct ingest_srt_guest){.socket = socket};
			memcpy(guest->show, id.show, sizeof(guest->show));
			name_of((struct sockaddr *)&peer, guest->address, sizeof(guest->address));
			explicit_bzero(&id, sizeof(id));
			explicit_bzero(text, sizeof(text));
			return true;
		}
		srt_close(socket); /* the key became another meanwhile */
		len = sizeof(peer);
		text_len = sizeof(text) - 1;
	}
	return false;
}

void ingest_srt_watch(int socket)
{
	int events = SRT_EPOLL_IN | SRT_EPOLL_ERR;

	srt_epoll_add_usock(poll_id, socket, &events);
}

int ingest_srt_receive(int socket, uint8_t *message, size_t size)
{
	int n = srt_recvmsg(socket, (char *)message, (int)size);

	if (n >= 0)
		return n;
	return srt_getlasterror(NULL) == SRT_EASYNCRCV ? 0 : -EPIPE;
}

void ingest_srt_end(int socket)
{
	srt_epoll_remove_usock(poll_id, socket);
	srt_close(socket);
}
