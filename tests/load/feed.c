/* What the source makes as plain RTP. Nobody is there who could ask for a keyframe: there is one every few seconds. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pipeline/seam.h"
#include "source.h"

#define KEYFRAME_US 2000000

struct feed {
	struct load_source source;
	int fd;
	struct sockaddr_in to[SIM_KINDS];
	int64_t keyframe_us;
	uint64_t packets;
};

static void on_packet(char kind, const uint8_t *body, size_t len, void *ctx)
{
	struct feed *f = ctx;
	const struct sockaddr_in *to = kind == MEDIA_SEAM_VIDEO   ? &f->to[SIM_VIDEO]
	                               : kind == MEDIA_SEAM_AUDIO ? &f->to[SIM_AUDIO]
	                                                          : NULL;

	if (to && sendto(f->fd, body, len, MSG_NOSIGNAL, (const struct sockaddr *)to, sizeof(*to)) == (ssize_t)len &&
	    f->packets++ == 0)
		load_emit(json_pack("{s:s}", "event", "connected"));
}

static bool tick(int64_t now_us, void *ctx)
{
	struct feed *f = ctx;

	load_source_tick(&f->source, now_us);
	if (now_us - f->keyframe_us >= KEYFRAME_US) {
		f->keyframe_us = now_us;
		load_source_keyframe(&f->source);
	}
	return true;
}

int load_feed(const struct load_options *options)
{
	struct feed f = {.source = {.options = options, .packet = on_packet, .ctx = &f}};
	struct sockaddr_in to = {.sin_family = AF_INET};

	if (inet_pton(AF_INET, options->url, &to.sin_addr) != 1 || options->audio < 1 || options->audio > 65535 ||
	    options->video < 1 || options->video > 65535) {
		fputs("trunkshow-load feed: --to is an IPv4 address, --audio and --video are ports\n", stderr);
		return 64;
	}
	f.to[SIM_AUDIO] = f.to[SIM_VIDEO] = to;
	f.to[SIM_AUDIO].sin_port = htons((uint16_t)options->audio);
	f.to[SIM_VIDEO].sin_port = htons((uint16_t)options->video);
	f.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (f.fd < 0 || load_loop_open() < 0)
		return 1;
	load_source_init(&f.source);
	load_loop_run(options->seconds, tick, &f);
	load_source_stop(&f.source);
	close(f.fd);
	load_emit(json_pack("{s:s,s:I}", "event", "summary", "packets", (json_int_t)f.packets));
	return 0;
}
