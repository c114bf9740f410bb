/* Offers written and answers read by the peer's own, plain means: an independent view of what the server's SDP code
 * does. */
#include "sim/internal.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define H264_PT 102
#define VP8_PT 96
#define OPUS_PT 111
#define OFFER_MAX 8192
#define LINE_MAX_BYTES 1024
#define MID_ID 4
#define TWCC_ID 3
#define RID_ID 10
#define RRID_ID 11
#define TWCC_URI "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
#define MID_URI "urn:ietf:params:rtp-hdrext:sdes:mid"
#define RID_URI "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
#define RRID_URI "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
#define H264_FMTP "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"

const char *const sim_rids[SIM_LAYERS] = {"l", "m", "h"};

struct text {
	char *data;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text->data + text->len, OFFER_MAX - text->len, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= OFFER_MAX - text->len)
		abort();
	text->len += (size_t)n;
}

static void add_section_head(struct text *text, const struct sim_peer *peer, const char *fingerprint, const char *kind,
                             const char *pts, int mid)
{
	add(text, "m=%s 9 UDP/TLS/RTP/SAVPF%s\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n", kind, pts);
	add(text, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=ice-options:trickle\r\n", peer->ufrag, peer->pwd);
	add(text, "a=fingerprint:sha-256 %s\r\na=setup:actpass\r\na=mid:%d\r\n", fingerprint, mid);
	add(text, "a=extmap:%d %s\r\n", MID_ID, MID_URI);
	if (!peer->config.no_arrivals)
		add(text, "a=extmap:%d %s\r\n", TWCC_ID, TWCC_URI);
	add(text, "a=%s\r\na=rtcp-mux\r\na=rtcp-rsize\r\n",
	    peer->config.role == MEDIA_PUBLISH ? "sendonly" : "recvonly");
}

static void add_sources(struct text *text, const struct sim_peer *peer, const struct sim_sender *sender, bool rtx)
{
	if (peer->config.role != MEDIA_PUBLISH)
		return;
	add(text, "a=msid:sim sim\r\n");
	if (rtx)
		add(text, "a=ssrc-group:FID %u %u\r\n", sender->ssrc, sender->rtx_ssrc);
	add(text, "a=ssrc:%u cname:%s\r\n", sender->ssrc, peer->cname);
	if (rtx)
		add(text, "a=ssrc:%u cname:%s\r\n", sender->rtx_ssrc, peer->cname);
}

static void add_layers(struct text *text, const struct sim_peer *peer)
{
	unsigned i;

	add(text, "a=msid:sim sim\r\na=extmap:%d %s\r\na=extmap:%d %s\r\n", RID_ID, RID_URI, RRID_ID, RRID_URI);
	for (i = 0; i < peer->config.layers && i < SIM_LAYERS; i++)
		add(text, "a=rid:%s send\r\n", sim_rids[i]);
	for (i = 0; i < peer->config.layers && i < SIM_LAYERS; i++)
		add(text, "%s%s", i ? ";" : "a=simulcast:send ", sim_rids[i]);
	add(text, "\r\n");
}

static void add_video_codec(struct text *text, int pt, const char *name, const char *fmtp, bool rtx)
{
	add(text, "a=rtpmap:%d %s/90000\r\n", pt, name);
	add(text, "a=rtcp-fb:%d transport-cc\r\na=rtcp-fb:%d ccm fir\r\na=rtcp-fb:%d nack\r\na=rtcp-fb:%d nack pli\r\n",
	    pt, pt, pt, pt);
	if (fmtp)
		add(text, "a=fmtp:%d %s\r\n", pt, fmtp);
	if (rtx)
		add(text, "a=rtpmap:%d rtx/90000\r\na=fmtp:%d apt=%d\r\n", pt + 1, pt + 1, pt);
}

static void add_video(struct text *text, const struct sim_peer *peer, const char *fingerprint, int mid)
{
	const struct sim_peer_config *config = &peer->config;
	int h264 = H264_PT + config->pt_shift, vp8 = VP8_PT + config->pt_shift;
	bool rtx = !config->no_rtx;
	char pts[64] = "";
	size_t used = 0;

	if (!config->no_h264)
		used += (size_t)snprintf(pts, sizeof(pts), rtx ? " %d %d" : " %d", h264, h264 + 1);
	if (!config->no_vp8)
		snprintf(pts + used, sizeof(pts) - used, rtx ? " %d %d" : " %d", vp8, vp8 + 1);
	add_section_head(text, peer, fingerprint, "video", pts, mid);
	if (!config->no_h264)
		add_video_codec(text, h264, "H264", H264_FMTP, rtx);
	if (!config->no_vp8)
		add_video_codec(text, vp8, "VP8", NULL, rtx);
	if (config->layers)
		add_layers(text, peer);
	else
		add_sources(text, peer, &peer->senders[SIM_VIDEO], rtx);
}

static void add_audio(struct text *text, const struct sim_peer *peer, const char *fingerprint, int mid)
{
	int opus = OPUS_PT + peer->config.pt_shift;
	char pts[16];

	snprintf(pts, sizeof(pts), " %d", opus);
	add_section_head(text, peer, fingerprint, "audio", pts, mid);
	add(text, "a=rtpmap:%d opus/48000/2\r\na=rtcp-fb:%d transport-cc\r\na=fmtp:%d minptime=10;useinbandfec=1\r\n",
	    opus, opus, opus);
	add_sources(text, peer, &peer->senders[SIM_AUDIO], false);
}

char *sim_sdp_offer(const struct sim_peer *peer, const char *fingerprint)
{
	bool audio = !peer->config.no_opus, video = !peer->config.no_h264 || !peer->config.no_vp8;
	struct text text = {calloc(1, OFFER_MAX), 0};
	uint32_t session;

	if (!text.data)
		return NULL;
	sim_random(&session, sizeof(session));
	add(&text, "v=0\r\no=- %u 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", session);
	add(&text, "a=group:BUNDLE%s%s\r\na=msid-semantic: WMS sim\r\n", audio || video ? " 0" : "",
	    audio && video ? " 1" : "");
	if (audio)
		add_audio(&text, peer, fingerprint, 0);
	if (video)
		add_video(&text, peer, fingerprint, audio ? 1 : 0);
	return text.data;
}

/* ---- the answer ---- */

struct reading {
	struct sim_peer *peer;
	struct sim_agreed *track; /**< section being read, NULL before the first and in refused ones */
	int pts[8];
	size_t pt_count;
};

/** IPv4 goes through the dual-stack socket as a mapped address. */
static bool read_address(const struct sim_peer *peer, struct sim_candidate *c, const char *address, uint16_t port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&c->address;
	struct sockaddr_in *in = (struct sockaddr_in *)&c->address;
	char mapped[80];

	memset(c, 0, sizeof(*c));
	if (peer->family == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		c->address_len = sizeof(*in);
		return inet_pton(AF_INET, address, &in->sin_addr) == 1;
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	c->address_len = sizeof(*in6);
	snprintf(mapped, sizeof(mapped), strchr(address, ':') ? "%s" : "::ffff:%s", address);
	return inet_pton(AF_INET6, mapped, &in6->sin6_addr) == 1;
}

static void read_candidate(struct sim_peer *peer, const char *value)
{
	struct sim_answer *answer = &peer->answer;
	struct sim_candidate c;
	char transport[8], address[64], type[8];
	unsigned component, port;

	bool tcp;

	if (sscanf(value, "%*32s %u %7s %*u %63s %u typ %7s", &component, transport, address, &port, type) != 5)
		return;
	tcp = strcasecmp(transport, "tcp") == 0 && strstr(value, " tcptype passive");
	if (component != 1 || (strcasecmp(transport, "udp") != 0 && !tcp) || port == 0 || port > 65535)
		return;
	if (!read_address(peer, &c, address, (uint16_t)port))
		return;
	if (tcp && answer->passive.address_len == 0)
		answer->passive = c;
	if (tcp == peer->config.tcp &&
	    answer->candidate_count < (tcp || peer->config.only_candidate ? 1 : SIM_CANDIDATES))
		answer->candidates[answer->candidate_count++] = c;
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static void read_rtpmap(struct reading *r, const char *value)
{
	struct sim_agreed *t = r->track;
	char name[32];
	int pt;

	if (!t || sscanf(value, "%d %31[^/ ]", &pt, name) != 2)
		return;
	if (strcasecmp(name, "H264") == 0) {
		t->h264 = true;
		t->h264_pt = pt;
	} else if (strcasecmp(name, "VP8") == 0) {
		t->vp8 = true;
		t->vp8_pt = pt;
	}
	if (r->pt_count == 0 || pt != r->pts[0])
		return;
	t->pt = pt;
	t->codec = strcasecmp(name, "H264") == 0   ? MEDIA_H264
	           : strcasecmp(name, "VP8") == 0  ? MEDIA_VP8
	           : strcasecmp(name, "opus") == 0 ? MEDIA_OPUS
	                                           : MEDIA_NO_CODEC;
}

static void read_fmtp(struct reading *r, const char *value)
{
	struct sim_agreed *t = r->track;
	const char *start;
	int pt, apt;

	if (!t || sscanf(value, "%d", &pt) != 1)
		return;
	if (sscanf(value, "%*d apt=%d", &apt) == 1) {
		if (pt >= 0 && pt < 128)
			r->peer->answer.apt[pt] = apt;
		if (apt == t->pt)
			t->rtx_pt = pt;
		return;
	}
	value += strcspn(value, " ");
	if (pt == t->pt && *value)
		copy(t->fmtp, sizeof(t->fmtp), value + 1);
	start = strstr(value, "x-google-start-bitrate=");
	if (start)
		t->start_kbps = (uint32_t)strtoul(start + 23, NULL, 10);
}

static void read_extmap(struct reading *r, const char *value)
{
	char uri[160];
	int id;

	if (!r->track || sscanf(value, "%d%*[^ ] %159s", &id, uri) != 2) {
		if (!r->track || sscanf(value, "%d %159s", &id, uri) != 2)
			return;
	}
	if (strcmp(uri, TWCC_URI) == 0)
		r->track->twcc_id = id;
	else if (strcmp(uri, MID_URI) == 0)
		r->track->mid_id = id;
	else if (strcmp(uri, RID_URI) == 0)
		r->track->rid_id = id;
	else if (strcmp(uri, RRID_URI) == 0)
		r->track->rrid_id = id;
}

static void read_ssrc(struct reading *r, const char *value)
{
	struct sim_agreed *t = r->track;
	uint32_t ssrc = (uint32_t)strtoul(value, NULL, 10);

	if (t && t->ssrc == 0)
		t->ssrc = ssrc;
	else if (t && t->ssrc != ssrc && t->rtx_ssrc == 0)
		t->rtx_ssrc = ssrc;
}

static void read_group(struct reading *r, const char *value)
{
	if (r->track)
		(void)!sscanf(value, "FID %u %u", &r->track->ssrc, &r->track->rtx_ssrc);
}

/** "recv l;m;h": the layers that are taken, of those offered the first ones */
static void read_simulcast(struct reading *r, const char *value)
{
	size_t at = strlen("recv ");

	if (!r->track || strncmp(value, "recv ", at) != 0)
		return;
	for (r->track->layers = 0; r->track->layers < SIM_LAYERS; r->track->layers++) {
		size_t len = strcspn(value + at, ";");

		if (len != strlen(sim_rids[r->track->layers]) ||
		    memcmp(value + at, sim_rids[r->track->layers], len) != 0)
			return;
		at += len + (value[at + len] == ';');
	}
}

static void read_attribute(struct reading *r, const char *line)
{
	struct sim_answer *a = &r->peer->answer;
	const char *value = strchr(line, ':');
	size_t name = value ? (size_t)(value - line) : strlen(line);

	value = value ? value + 1 : "";
#define IS(text) (name == sizeof(text) - 1 && memcmp(line, text, name) == 0)
	if (IS("ice-ufrag"))
		copy(a->ufrag, sizeof(a->ufrag), value);
	else if (IS("ice-pwd"))
		copy(a->pwd, sizeof(a->pwd), value);
	else if (IS("fingerprint"))
		copy(a->fingerprint, sizeof(a->fingerprint), value);
	else if (IS("candidate"))
		read_candidate(r->peer, value);
	else if (IS("rtpmap"))
		read_rtpmap(r, value);
	else if (IS("fmtp"))
		read_fmtp(r, value);
	else if (IS("extmap"))
		read_extmap(r, value);
	else if (IS("ssrc"))
		read_ssrc(r, value);
	else if (IS("simulcast"))
		read_simulcast(r, value);
	else if (IS("ssrc-group"))
		read_group(r, value);
	else if (IS("mid") && r->track)
		copy(r->track->mid, sizeof(r->track->mid), value);
	else if (IS("inactive") && r->track)
		r->track->active = false;
#undef IS
}

static void read_media(struct reading *r, const char *line)
{
	const char *p;
	char kind[16];
	unsigned port;
	int used = 0;

	r->track = NULL;
	r->pt_count = 0;
	if (sscanf(line, "%15s %u %*s%n", kind, &port, &used) != 2 || used == 0 || port == 0)
		return;
	if (strcmp(kind, "audio") == 0)
		r->track = &r->peer->answer.tracks[SIM_AUDIO];
	else if (strcmp(kind, "video") == 0)
		r->track = &r->peer->answer.tracks[SIM_VIDEO];
	else
		return;
	r->track->active = true;
	for (p = line + used; r->pt_count < 8 && *p == ' '; r->pt_count++)
		r->pts[r->pt_count] = (int)strtol(p, (char **)&p, 10);
}

int sim_sdp_answer(struct sim_peer *peer, const char *text, size_t len)
{
	struct reading r = {.peer = peer};
	struct sim_answer *a = &peer->answer;
	const char *end = text + len, *eol;
	char line[LINE_MAX_BYTES];
	int kind;

	memset(a, 0, sizeof(*a));
	memset(a->apt, -1, sizeof(a->apt));
	for (kind = 0; kind < SIM_KINDS; kind++)
		a->tracks[kind].pt = a->tracks[kind].rtx_pt = a->tracks[kind].h264_pt = a->tracks[kind].vp8_pt = -1;
	if (len < 3 || memcmp(text, "v=0", 3) != 0)
		return -EBADMSG;
	for (; text < end; text = eol + 1) {
		size_t n;

		eol = memchr(text, '\n', (size_t)(end - text));
		eol = eol ? eol : end;
		n = (size_t)(eol - text);
		while (n > 0 && isspace((unsigned char)text[n - 1]))
			n--;
		if (n < 2 || n >= sizeof(line) || text[1] != '=')
			continue;
		memcpy(line, text, n);
		line[n] = '\0';
		if (line[0] == 'm')
			read_media(&r, line + 2);
		else if (line[0] == 'a')
			read_attribute(&r, line + 2);
	}
	if (a->candidate_count == 0 || !a->ufrag[0] || !a->pwd[0] || !a->fingerprint[0])
		return -ENOTCONN;
	return 0;
}
