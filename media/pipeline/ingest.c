/* --ingest: hosts that come with broadcast apps, all of them in one process, which alone of trunkshow-pipeline's modes
 * has the network: SRT on one port, and RTMP fetched from the server in front of us.
 *
 * The server says who may (fd 4: digests of keys), and gives each host the socket of its media (fd 3), which is that
 * host's seam: so a host that the server does not want any more is cut by closing it.
 *
 *   fd 4, from the server   listen port=7883 latency_ms=120 limited=1 passphrase=TEXT   (first of all; passphrase may
 *                                                                                        be absent, and is encoded)
 *                           key show=ID digest=HEX | key show=ID digest=-
 *                           pull show=ID on=1|0
 *   fd 4, to the server     ready port=7883
 *                           open host=N show=ID via=srt|rtmp address=TEXT   it waits for its socket
 *                           lost host=N    back host=N via=…                its line broke, and came back
 *                           problem host=N code=WORD                        see ingest_host.h
 *                           closed host=N
 *                           refused count=N reason=WORD address=TEXT        at most each second
 *                           status hosts=N                                  each second
 *   fd 3, from the server   open host=N (with a descriptor) | refuse host=N */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pipeline/ingest_guests.h"
#include "pipeline/ingest_keys.h"
#include "pipeline/notes.h"
#include "pipeline/pipeline.h"
#include "pipeline/seam.h"
#include "pipeline/srt.h"

#define SECOND_US 1000000
#define BUSY_MS 10
#define IDLE_MS 100
#define NOTES_AT_ONCE 256

static const char *const plugins[] = {"coreelements",
                                      "app",
                                      "mpegtsdemux",
                                      "videoparsersbad",
                                      "audioparsers",
                                      "libav",
                                      "opus",
                                      "opusparse",
                                      "rtp",
                                      "openh264",
                                      "audioconvert",
                                      "audioresample",
                                      "videoconvertscale",
                                      "flv",
                                      "rtmp2",
                                      NULL};

struct ingest {
	struct ingest_keys *keys;
	struct ingest_guests *guests;
	bool listens;
	bool failed;
	int64_t second_us;
};

/* ---- what the server says ---- */

static char *decode(const char *text)
{
	char *plain = g_uri_unescape_string(text, NULL);

	return plain ? plain : g_strdup("");
}

static void on_listen(struct ingest *in, const char *line)
{
	char passphrase[300] = "", why[160], text[64];
	g_autofree char *secret = NULL;
	unsigned port, latency, limited;
	const char *at = strstr(line, " passphrase=");

	if (in->listens || sscanf(line, "listen port=%u latency_ms=%u limited=%u", &port, &latency, &limited) != 3)
		return;
	if (at)
		g_strlcpy(passphrase, at + strlen(" passphrase="), sizeof(passphrase));
	secret = decode(passphrase);
	struct ingest_srt_config config = {.port = (uint16_t)port,
	                                   .latency_ms = (int)latency,
	                                   .passphrase = secret,
	                                   .keys = in->keys,
	                                   .limited = limited != 0,
	                                   .room = ingest_guests_room,
	                                   .ctx = in->guests};
	in->failed = ingest_srt_open(&config, why, sizeof(why)) < 0;
	explicit_bzero(secret, strlen(secret));
	explicit_bzero(passphrase, sizeof(passphrase));
	if (in->failed) {
		fprintf(stderr, "SRT cannot listen at port %u: %s\n", port, why);
		return;
	}
	in->listens = true;
	snprintf(text, sizeof(text), "ready port=%d\n", ingest_srt_port());
	notes_say(text);
}

static bool read_hex(const char *hex, uint8_t digest[INGEST_DIGEST])
{
	int i;

	for (i = 0; i < INGEST_DIGEST; i++) {
		if (!g_ascii_isxdigit(hex[2 * i]) || !g_ascii_isxdigit(hex[2 * i + 1]))
			return false;
		digest[i] = (uint8_t)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
	}
	return hex[2 * i] == '\0';
}

static void on_key(struct ingest *in, const char *line)
{
	char show[INGEST_SHOW], hex[2 * INGEST_DIGEST + 2];
	uint8_t digest[INGEST_DIGEST];

	if (sscanf(line, "key show=%39s digest=%65s", show, hex) != 2)
		return;
	if (ingest_keys_set(in->keys, show, read_hex(hex, digest) ? digest : NULL))
		ingest_guests_key_changed(in->guests, show);
}

static void on_pull(struct ingest *in, const char *line)
{
	char show[INGEST_SHOW];
	int on;

	if (sscanf(line, "pull show=%39s on=%d", show, &on) == 2)
		ingest_guests_pull(in->guests, show, on != 0);
}

static void heed(struct ingest *in, const char *line)
{
	static const struct {
		const char *verb;
		void (*act)(struct ingest *in, const char *line);
	} verbs[] = {{"key ", on_key}, {"pull ", on_pull}, {"listen ", on_listen}};

	for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
		if (g_str_has_prefix(line, verbs[i].verb))
			verbs[i].act(in, line);
	}
}

/** @return false: the server has gone. */
static bool read_notes(struct ingest *in)
{
	for (int i = 0; i < NOTES_AT_ONCE; i++) {
		char text[NOTES_MAX + 1], *line, *rest = text;
		ssize_t n = recv(NOTES_FD, text, NOTES_MAX, MSG_DONTWAIT);

		if (n <= 0)
			return n < 0 && (errno == EAGAIN || errno == EINTR);
		text[n] = '\0';
		while ((line = strsep(&rest, "\n")))
			heed(in, line);
		explicit_bzero(text, sizeof(text));
	}
	return true;
}

/** A host's socket, or the word that it gets none. @return false: the server has gone. */
static bool read_sockets(struct ingest *in)
{
	for (;;) {
		union {
			char room[CMSG_SPACE(sizeof(int))];
			struct cmsghdr align;
		} control;
		char text[64];
		struct iovec part = {text, sizeof(text) - 1};
		struct msghdr message = {
		        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(MEDIA_SEAM_FD, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
		unsigned host;
		int fd = -1;

		if (n <= 0)
			return n < 0 && (errno == EAGAIN || errno == EINTR);
		text[n] = '\0';
		if (c && c->cmsg_type == SCM_RIGHTS)
			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
		if (sscanf(text, "open host=%u", &host) == 1 && fd >= 0)
			ingest_guests_open(in->guests, host, fd);
		else if (sscanf(text, "refuse host=%u", &host) == 1)
			ingest_guests_refuse(in->guests, host);
		else if (fd >= 0)
			close(fd);
	}
}

/* ---- the loop ---- */

static void each_second(struct ingest *in, int64_t now)
{
	char reason[160], text[240];
	unsigned refused;

	if (now - in->second_us < SECOND_US)
		return;
	in->second_us = now;
	refused = ingest_srt_refused(reason, sizeof(reason));
	if (refused) {
		snprintf(text, sizeof(text), "refused count=%u %s\n", refused, reason);
		notes_say(text);
	}
	ingest_guests_report(in->guests);
	snprintf(text, sizeof(text), "status hosts=%u\n", ingest_guests_count(in->guests));
	notes_say(text);
}

static int serve(struct ingest *in)
{
	int signals = pipeline_signals();

	for (;;) {
		struct pollfd ended = {.fd = signals, .events = POLLIN};
		struct ingest_srt_guest guest;
		int64_t now;

		ingest_srt_wait(ingest_guests_count(in->guests) ? BUSY_MS : IDLE_MS);
		if (poll(&ended, 1, 0) > 0 || !read_notes(in) || !read_sockets(in))
			return PIPELINE_OK;
		if (in->failed)
			return PIPELINE_FAILED;
		now = pipeline_now_us();
		while (ingest_srt_accept(&guest))
			ingest_guests_come(in->guests, &guest);
		ingest_guests_step(in->guests, now);
		each_second(in, now);
		if (!notes_flush())
			return PIPELINE_OK;
	}
}

int pipeline_ingest(const struct pipeline_options *options)
{
	struct ingest in = {.keys = ingest_keys_create()};
	struct ingest_guests_config config = {
	        .hosts = (unsigned)options->hosts,
	        .limits = {.max_bps = options->max_bps, .reencode = options->reencode, .bitrate_bps = options->bitrate},
	        .pull = options->pull,
	};

	if (!pipeline_seam_open() || !notes_open()) {
		fprintf(stderr, "--ingest wants sockets on fd 3 and fd 4\n");
		return PIPELINE_USAGE;
	}
	if (!pipeline_start(plugins) || pipeline_confine_online((unsigned)options->hosts) < 0)
		return PIPELINE_FAILED;
	in.guests = ingest_guests_create(&config);
	return serve(&in);
}
