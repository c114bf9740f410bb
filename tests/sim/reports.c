/* RTCP: sender and receiver reports, NACK, PLI, BYE (RFC 3550, RFC 4585). */
#include "sim/internal.h"

#include <errno.h>
#include <string.h>

#define RTCP_MAX 1200

enum { SR = 200, RR = 201, SDES = 202, BYE = 203, RTPFB = 205, PSFB = 206 };
enum { FB_NACK = 1, FB_TWCC = 15, FB_PLI = 1, FB_FIR = 4, FB_AFB = 15 };

struct compound {
	uint8_t data[RTCP_MAX];
	size_t len;
};

static void put_header(uint8_t *at, int count, int type, size_t len)
{
	at[0] = (uint8_t)(0x80 | count);
	at[1] = (uint8_t)type;
	sim_put16(at + 2, (uint16_t)(len / 4 - 1));
}

static uint32_t own_ssrc(const struct sim_peer *peer)
{
	return peer->senders[peer->answer.tracks[SIM_VIDEO].active ? SIM_VIDEO : SIM_AUDIO].ssrc;
}

static void add_sdes(struct compound *c, const struct sim_peer *peer, uint32_t ssrc)
{
	uint8_t *at = c->data + c->len;
	size_t name = strlen(peer->cname), len = (8 + 2 + name + 1 + 3) / 4 * 4;

	memset(at, 0, len);
	put_header(at, 1, SDES, len);
	sim_put32(at + 4, ssrc);
	at[8] = 1;
	at[9] = (uint8_t)name;
	memcpy(at + 10, peer->cname, name);
	c->len += len;
}

static size_t put_block(struct sim_peer *peer, enum sim_kind kind, uint8_t *at)
{
	struct sim_receiver *r = &peer->receivers[kind];
	uint32_t highest = r->cycles + peer->tracks[kind].sequence;
	uint64_t expected = (uint64_t)highest - r->base_sequence + 1, step, got;
	int64_t lost = (int64_t)expected - (int64_t)r->received, fraction;

	if (!r->started)
		return 0;
	step = expected - r->expected_prior;
	got = r->received - r->received_prior;
	r->expected_prior = expected;
	r->received_prior = r->received;
	fraction = step > got ? (int64_t)((step - got) * 256 / step) : 0;
	lost = lost < 0 ? 0 : lost > 0x7fffff ? 0x7fffff : lost;
	sim_put32(at, r->ssrc);
	sim_put32(at + 4, (uint32_t)(fraction > 255 ? 255 : fraction) << 24 | (uint32_t)lost);
	sim_put32(at + 8, highest);
	sim_put32(at + 12, r->jitter_q4 >> 4);
	sim_put32(at + 16, r->last_sr);
	sim_put32(at + 20, r->last_sr ? (uint32_t)((peer->now_us - r->last_sr_us) * 65536 / 1000000) : 0);
	return 24;
}

static void add_receiver_report(struct compound *c, struct sim_peer *peer)
{
	uint8_t *at = c->data + c->len;
	size_t len = 8;
	int kind;

	for (kind = 0; kind < SIM_KINDS; kind++)
		len += put_block(peer, kind, at + len);
	put_header(at, (int)(len - 8) / 24, RR, len);
	sim_put32(at + 4, own_ssrc(peer));
	c->len += len;
}

static bool add_sender_report(struct compound *c, const struct sim_peer *peer, const struct sim_sender *s)
{
	int64_t since = peer->now_us - s->ntp_us;
	uint8_t *at = c->data + c->len;
	uint64_t ntp;

	if (!s->clocked || s->packets == 0)
		return false;
	ntp = s->ntp + (uint64_t)((__int128)since * ((int64_t)1 << 32) / 1000000);
	put_header(at, 0, SR, 28);
	sim_put32(at + 4, s->ssrc);
	sim_put32(at + 8, (uint32_t)(ntp >> 32));
	sim_put32(at + 12, (uint32_t)ntp);
	sim_put32(at + 16, s->rtp + (uint32_t)(since * s->clock_rate / 1000000));
	sim_put32(at + 20, (uint32_t)s->packets);
	sim_put32(at + 24, (uint32_t)s->octets);
	c->len += 28;
	add_sdes(c, peer, s->ssrc);
	return true;
}

int sim_peer_send_rtcp(struct sim_peer *peer, const uint8_t *packet, size_t len)
{
	uint8_t data[SIM_PACKET_MAX];
	int n;

	if (peer->state != SIM_CONNECTED)
		return -ENOTCONN;
	n = media_srtp_protect_rtcp(peer->send, packet, len, data, sizeof(data));
	return n < 0 ? n : sim_peer_output(peer, sim_peer_target(peer), data, (size_t)n);
}

void sim_reports_timers(struct sim_peer *peer)
{
	struct compound c = {.len = 0};
	bool sender = false;
	int i;

	if (peer->now_us < peer->report_us)
		return;
	peer->report_us = peer->now_us + 1000000;
	if (peer->config.faults.no_reports)
		return;
	for (i = 0; i < SIM_SENDERS; i++)
		sender |= add_sender_report(&c, peer, &peer->senders[i]);
	if (!sender) {
		add_receiver_report(&c, peer);
		add_sdes(&c, peer, own_ssrc(peer));
	}
	sim_peer_send_rtcp(peer, c.data, c.len);
}

int sim_peer_sender_clock(struct sim_peer *peer, enum sim_kind kind, uint64_t ntp, uint32_t rtp)
{
	struct sim_sender *s = sim_sender_of(peer, kind);

	if (!s->clocked)
		peer->report_us = peer->now_us;
	s->clocked = true;
	s->ntp = ntp;
	s->rtp = rtp;
	s->ntp_us = peer->now_us;
	return 0;
}

/** A compound that may carry feedback: an empty receiver report in front. */
static int send_feedback(struct sim_peer *peer, const uint8_t *feedback, size_t len)
{
	struct compound c = {.len = 8};

	put_header(c.data, 0, RR, 8);
	sim_put32(c.data + 4, own_ssrc(peer));
	add_sdes(&c, peer, own_ssrc(peer));
	memcpy(c.data + c.len, feedback, len);
	return sim_peer_send_rtcp(peer, c.data, c.len + len);
}

static uint32_t video_source(const struct sim_peer *peer)
{
	const struct sim_receiver *r = &peer->receivers[SIM_VIDEO];

	return r->started ? r->ssrc : peer->answer.tracks[SIM_VIDEO].ssrc;
}

int sim_peer_send_pli(struct sim_peer *peer)
{
	uint8_t pli[12];

	put_header(pli, FB_PLI, PSFB, sizeof(pli));
	sim_put32(pli + 4, own_ssrc(peer));
	sim_put32(pli + 8, video_source(peer));
	peer->tracks[SIM_VIDEO].plis++;
	return send_feedback(peer, pli, sizeof(pli));
}

int sim_peer_send_nack(struct sim_peer *peer, const uint16_t *sequence, size_t count)
{
	uint8_t nack[12 + 4 * SIM_MISSING] = {0};
	size_t len = 12, i;

	for (i = 0; i < count && len < sizeof(nack); i++) {
		uint16_t after = (uint16_t)(sequence[i] - sim_u16(nack + len - 4) - 1);

		if (len > 12 && after < 16) {
			sim_put16(nack + len - 2, (uint16_t)(sim_u16(nack + len - 2) | 1 << after));
			continue;
		}
		sim_put16(nack + len, sequence[i]);
		sim_put16(nack + len + 2, 0);
		len += 4;
	}
	put_header(nack, FB_NACK, RTPFB, len);
	sim_put32(nack + 4, own_ssrc(peer));
	sim_put32(nack + 8, video_source(peer));
	peer->tracks[SIM_VIDEO].nacks++;
	return send_feedback(peer, nack, len);
}

/** Transport-wide feedback, from its base number on. */
void sim_reports_send_arrivals(struct sim_peer *peer, const uint8_t *body, size_t len)
{
	uint8_t feedback[RTCP_MAX] = {0};
	size_t whole = (12 + len + 3) / 4 * 4;

	put_header(feedback, FB_TWCC, RTPFB, whole);
	sim_put32(feedback + 4, own_ssrc(peer));
	sim_put32(feedback + 8, video_source(peer));
	memcpy(feedback + 12, body, len);
	if (whole > 12 + len) { /* padded as browsers do: by octets, not by words */
		feedback[0] |= 0x20;
		feedback[whole - 1] = (uint8_t)(whole - 12 - len);
	}
	send_feedback(peer, feedback, whole);
}

void sim_reports_bye(struct sim_peer *peer)
{
	struct compound c = {.len = 8};
	uint8_t *bye;
	int kind;

	put_header(c.data, 0, RR, 8);
	sim_put32(c.data + 4, own_ssrc(peer));
	add_sdes(&c, peer, own_ssrc(peer));
	bye = c.data + c.len;
	for (kind = 0; kind < SIM_KINDS; kind++)
		sim_put32(bye + 4 + 4 * kind, peer->senders[kind].ssrc);
	put_header(bye, SIM_KINDS, BYE, 4 + 4 * SIM_KINDS);
	sim_peer_send_rtcp(peer, c.data, c.len + 4 + 4 * SIM_KINDS);
}

/* ---- what comes in ---- */

/** @param layer may be NULL */
static int kind_of_sender(const struct sim_peer *peer, uint32_t ssrc, unsigned *layer)
{
	int i;

	for (i = 0; i < SIM_SENDERS; i++) {
		if (peer->senders[i].ssrc != ssrc)
			continue;
		if (layer)
			*layer = i < SIM_KINDS ? 0 : (unsigned)(i - SIM_KINDS) + 1;
		return i < SIM_KINDS ? i : SIM_VIDEO;
	}
	return -1;
}

static void read_sender_report(struct sim_peer *peer, const uint8_t *p, size_t len)
{
	uint32_t ssrc = sim_u32(p + 4);
	int kind;

	for (kind = 0; len >= 28 && kind < SIM_KINDS; kind++) {
		struct sim_receiver *r = &peer->receivers[kind];
		struct sim_track_stats *t = &peer->tracks[kind];

		if (ssrc != (r->started ? r->ssrc : peer->answer.tracks[kind].ssrc))
			continue;
		t->reports++;
		t->sr_ntp = (uint64_t)sim_u32(p + 8) << 32 | sim_u32(p + 12);
		t->sr_rtp = sim_u32(p + 16);
		r->last_sr = (uint32_t)(t->sr_ntp >> 16);
		r->last_sr_us = peer->now_us;
	}
}

static void read_blocks(struct sim_peer *peer, const uint8_t *p, size_t len, size_t at)
{
	int count = p[0] & 31;

	for (; count > 0 && at + 24 <= len; count--, at += 24) {
		int kind = kind_of_sender(peer, sim_u32(p + at), NULL);

		if (kind >= 0)
			peer->tracks[kind].reports++;
	}
}

static void read_nack(struct sim_peer *peer, const uint8_t *p, size_t len)
{
	unsigned sending = peer->layer, layer = 0;
	int kind = kind_of_sender(peer, sim_u32(p + 8), &layer), bit;
	size_t at;

	if (kind < 0)
		return;
	peer->layer = layer;
	peer->tracks[kind].nacks++;
	for (at = 12; at + 4 <= len; at += 4) {
		uint16_t first = sim_u16(p + at), mask = sim_u16(p + at + 2);

		sim_send_repair(peer, kind, first);
		for (bit = 0; bit < 16; bit++) {
			if (mask >> bit & 1)
				sim_send_repair(peer, kind, (uint16_t)(first + bit + 1));
		}
	}
	peer->layer = sending;
}

static void read_feedback(struct sim_peer *peer, const uint8_t *p, size_t len)
{
	int format = p[0] & 31;

	if (len < 12)
		return;
	if (p[1] == RTPFB) {
		if (format == FB_NACK)
			read_nack(peer, p, len);
		else if (format == FB_TWCC)
			peer->stats.twcc_feedback++;
		return;
	}
	if (format == FB_AFB)
		peer->stats.remb++;
	if (format != FB_PLI && format != FB_FIR)
		return;
	peer->tracks[SIM_VIDEO].plis++;
	if (kind_of_sender(peer, sim_u32(p + (format == FB_FIR && len >= 16 ? 12 : 8)), &peer->asked_layer) >= 0)
		peer->stats.layer_plis[peer->asked_layer]++;
	if (peer->config.on_keyframe_wanted)
		peer->config.on_keyframe_wanted(peer, peer->config.ctx);
}

void sim_reports_input(struct sim_peer *peer, uint8_t *data, size_t len)
{
	int n = peer->receive ? media_srtp_unprotect_rtcp(peer->receive, data, len) : -EACCES;
	bool bye = false;
	size_t at = 0;

	if (n < 0) {
		peer->stats.srtp_failed += peer->receive != NULL;
		return;
	}
	if (peer->config.on_rtcp)
		peer->config.on_rtcp(peer, data, (size_t)n, peer->config.ctx);
	while (at + 8 <= (size_t)n && peer->state == SIM_CONNECTED) {
		const uint8_t *p = data + at;
		size_t one = ((size_t)sim_u16(p + 2) + 1) * 4;

		if (one < 8 || at + one > (size_t)n)
			break;
		if (p[1] == SR)
			read_sender_report(peer, p, one);
		if (p[1] == SR || p[1] == RR)
			read_blocks(peer, p, one, p[1] == SR ? 28 : 8);
		if (p[1] == RTPFB || p[1] == PSFB)
			read_feedback(peer, p, one);
		bye |= p[1] == BYE;
		at += one;
	}
	if (bye)
		sim_peer_enter(peer, SIM_CLOSED, "BYE from the other side");
}
