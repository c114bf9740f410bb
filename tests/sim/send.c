/* RTP on its way out: headers, protection, what is kept for repair. */
#include "sim/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MID_PACKETS 200 /* a sender names its section until it may assume that the other side has learnt the SSRC */

void sim_send_init(struct sim_peer *peer)
{
	int i;

	for (i = 0; i < SIM_SENDERS; i++) {
		struct sim_sender *s = &peer->senders[i];

		do {
			sim_random(&s->ssrc, sizeof(s->ssrc));
			sim_random(&s->rtx_ssrc, sizeof(s->rtx_ssrc));
		} while (s->ssrc == 0 || s->rtx_ssrc == 0 || s->ssrc == s->rtx_ssrc);
		sim_random(&s->sequence, sizeof(s->sequence));
		s->sequence &= 0x7fff;
		s->rtx_sequence = s->sequence ^ 0x1234;
		s->clock_rate = i == SIM_AUDIO ? 48000 : 90000;
	}
	sim_random(&peer->frame_clock, sizeof(peer->frame_clock));
}

int sim_send_ready(struct sim_peer *peer)
{
	int i;

	for (i = 0; i < SIM_SENDERS; i++) {
		struct sim_sender *s = &peer->senders[i];
		struct sim_agreed *agreed = &peer->answer.tracks[i < SIM_KINDS ? i : SIM_VIDEO];

		s->pt = i < SIM_KINDS || agreed->layers > (unsigned)(i - SIM_KINDS) + 1 ? agreed->pt : -1;
		if (peer->config.role != MEDIA_PUBLISH || s->pt < 0)
			continue;
		if (i < SIM_KINDS) {
			agreed->ssrc = s->ssrc;
			agreed->rtx_ssrc = s->rtx_ssrc;
		}
		s->sent = calloc(SIM_SENT, sizeof(*s->sent));
		if (!s->sent)
			return -ENOMEM;
	}
	return 0;
}

void sim_send_free(struct sim_peer *peer)
{
	int i;

	for (i = 0; i < SIM_SENDERS; i++)
		free(peer->senders[i].sent);
}

int sim_peer_use_codec(struct sim_peer *peer, enum media_codec codec)
{
	const struct sim_agreed *video = &peer->answer.tracks[SIM_VIDEO];
	int pt = codec == MEDIA_H264 ? video->h264_pt : codec == MEDIA_VP8 ? video->vp8_pt : -1;

	if (pt < 0)
		return -ENOENT;
	sim_sender_of(peer, SIM_VIDEO)->pt = pt;
	return 0;
}

int sim_peer_use_layer(struct sim_peer *peer, unsigned layer)
{
	if (layer >= (peer->answer.tracks[SIM_VIDEO].layers ? peer->answer.tracks[SIM_VIDEO].layers : 1))
		return -ENOENT;
	peer->layer = layer;
	return 0;
}

static size_t put_element(uint8_t *out, size_t at, int id, const char *text)
{
	size_t len = strlen(text);

	if (id <= 0 || len == 0 || len > 16)
		return at;
	out[at++] = (uint8_t)(id << 4 | (int)(len - 1));
	memcpy(out + at, text, len);
	return at + len;
}

/** MID and RID while the other side may still need them, and the transport-wide number. @return bytes, padded to 32
 * bits. */
static size_t put_extensions(struct sim_peer *peer, enum sim_kind kind, bool rtx, uint8_t *out)
{
	const struct sim_agreed *agreed = &peer->answer.tracks[kind];
	const struct sim_sender *s = sim_sender_of(peer, kind);
	size_t len = 4;

	if (rtx ? s->repairs < MID_PACKETS : s->packets < MID_PACKETS) {
		len = put_element(out, len, agreed->mid_id, agreed->mid);
		if (agreed->layers)
			len = put_element(out, len, rtx ? agreed->rrid_id : agreed->rid_id, sim_rids[peer->layer]);
	}
	if (agreed->twcc_id > 0) {
		out[len++] = (uint8_t)(agreed->twcc_id << 4 | 1);
		sim_put16(out + len, peer->twcc_sequence++);
		len += 2;
	}
	if (len == 4)
		return 0;
	while (len % 4)
		out[len++] = 0;
	sim_put16(out, 0xbede);
	sim_put16(out + 2, (uint16_t)(len / 4 - 1));
	return len;
}

struct packet {
	int pt;
	bool marker;
	uint16_t sequence;
	uint32_t timestamp, ssrc;
	int original; /**< RTX: sequence number of what is sent again, else -1 */
	const uint8_t *payload;
	size_t len;
};

/** @return bytes; -EMSGSIZE. */
static int put_packet(struct sim_peer *peer, enum sim_kind kind, const struct packet *p, uint8_t out[SIM_PACKET_MAX])
{
	size_t len = 12;

	if (p->len + 64 + MEDIA_SRTP_OVERHEAD > SIM_PACKET_MAX)
		return -EMSGSIZE;
	out[1] = (uint8_t)((p->marker ? 0x80 : 0) | (p->pt & 0x7f));
	sim_put16(out + 2, p->sequence);
	sim_put32(out + 4, p->timestamp);
	sim_put32(out + 8, p->ssrc);
	len += put_extensions(peer, kind, p->original >= 0, out + len);
	out[0] = len > 12 ? 0x90 : 0x80;
	if (p->original >= 0) {
		sim_put16(out + len, (uint16_t)p->original);
		len += 2;
	}
	memcpy(out + len, p->payload, p->len);
	return (int)(len + p->len);
}

static int protect(struct sim_peer *peer, const uint8_t *plain, size_t len, struct sim_sent *out)
{
	int n = media_srtp_protect(peer->send, plain, len, out->data, sizeof(out->data));

	if (n < 0)
		return n;
	out->len = (uint16_t)n;
	return 0;
}

/** @return the payload type that repeats packets of `pt`, -1: none was agreed. */
static int rtx_of(const struct sim_peer *peer, int pt)
{
	int i;

	for (i = 0; i < 128; i++) {
		if (peer->answer.apt[i] == pt)
			return i;
	}
	return -1;
}

/** Keep for repair: plain where RTX will wrap it anew, else the ciphertext that may be repeated. */
static void keep(struct sim_peer *peer, enum sim_kind kind, uint16_t sequence, const uint8_t *plain, size_t len)
{
	struct sim_sender *s = sim_sender_of(peer, kind);
	struct sim_sent *kept = &s->sent[sequence % SIM_SENT];

	kept->sequence = sequence;
	kept->len = s->last.len;
	if (rtx_of(peer, s->pt) < 0) {
		memcpy(kept->data, s->last.data, s->last.len);
		return;
	}
	memcpy(kept->data, plain, len);
	kept->len = (uint16_t)len;
}

static int send_packet(struct sim_peer *peer, enum sim_kind kind, const struct packet *p)
{
	struct sim_sender *s = sim_sender_of(peer, kind);
	unsigned drop = peer->config.faults.drop_sent_every;
	uint8_t plain[SIM_PACKET_MAX];
	int len, rc;

	if (peer->state != SIM_CONNECTED || s->pt < 0)
		return -ENOTCONN;
	len = put_packet(peer, kind, p, plain);
	if (len < 0)
		return len;
	rc = protect(peer, plain, (size_t)len, &s->last);
	if (rc < 0)
		return rc;
	if (s->sent)
		keep(peer, kind, p->sequence, plain, (size_t)len);
	s->packets++;
	s->octets += p->len;
	peer->tracks[kind].packets++;
	peer->tracks[kind].bytes += (uint64_t)len;
	if (drop > 0 && ++peer->rtp_left % drop == 0)
		return 0;
	return sim_peer_output(peer, sim_peer_target(peer), s->last.data, s->last.len);
}

int sim_peer_send_rtp(struct sim_peer *peer, enum sim_kind kind, uint32_t timestamp, bool marker,
                      const uint8_t *payload, size_t len)
{
	struct sim_sender *s = sim_sender_of(peer, kind);
	struct packet p = {s->pt, marker, s->sequence, timestamp, s->ssrc, -1, payload, len};
	int rc = send_packet(peer, kind, &p);

	if (rc != -ENOTCONN)
		s->sequence++;
	return rc;
}

/** @return where the payload starts; -EINVAL. */
static int payload_offset(const uint8_t *packet, size_t len)
{
	size_t at;

	if (len < 12 || packet[0] >> 6 != 2)
		return -EINVAL;
	at = 12 + (size_t)(packet[0] & 15) * 4;
	if (packet[0] & 0x10) {
		if (len < at + 4)
			return -EINVAL;
		at += 4 + (size_t)sim_u16(packet + at + 2) * 4;
	}
	return at <= len ? (int)at : -EINVAL;
}

int sim_peer_forward_rtp(struct sim_peer *peer, enum sim_kind kind, const uint8_t *packet, size_t len)
{
	struct sim_sender *s = sim_sender_of(peer, kind);
	int at = payload_offset(packet, len);
	struct packet p;

	if (at < 0)
		return at;
	p = (struct packet){s->pt, packet[1] >> 7, sim_u16(packet + 2), sim_u32(packet + 4), s->ssrc,
	                    -1,    packet + at,    len - (size_t)at};
	return send_packet(peer, kind, &p);
}

/** Answer a NACK: with RTX under its own SSRC, without it the identical ciphertext. */
void sim_send_repair(struct sim_peer *peer, enum sim_kind kind, uint16_t sequence)
{
	struct sim_sender *s = sim_sender_of(peer, kind);
	const struct sim_sent *kept = s->sent ? &s->sent[sequence % SIM_SENT] : NULL;
	int rtx_pt = rtx_of(peer, s->pt);
	struct sim_sent again;
	uint8_t plain[SIM_PACKET_MAX];
	struct packet p;
	int at, len;

	if (!kept || kept->len == 0 || kept->sequence != sequence || peer->config.faults.no_repair)
		return;
	peer->tracks[kind].repairs++;
	if (rtx_pt < 0) {
		sim_peer_output(peer, sim_peer_target(peer), kept->data, kept->len);
		return;
	}
	at = payload_offset(kept->data, kept->len);
	p = (struct packet){rtx_pt,      kept->data[1] >> 7, s->rtx_sequence++, sim_u32(kept->data + 4),
	                    s->rtx_ssrc, sequence,           kept->data + at,   kept->len - (size_t)at};
	len = put_packet(peer, kind, &p, plain);
	if (len < 0 || protect(peer, plain, (size_t)len, &again) != 0)
		return;
	peer->tracks[kind].rtx++;
	s->repairs++;
	sim_peer_output(peer, sim_peer_target(peer), again.data, again.len);
}

int sim_peer_replay(struct sim_peer *peer)
{
	const struct sim_sender *s = &peer->senders[peer->senders[SIM_VIDEO].last.len ? SIM_VIDEO : SIM_AUDIO];

	if (s->last.len == 0)
		return -ENOTCONN;
	return sim_peer_output(peer, sim_peer_target(peer), s->last.data, s->last.len);
}

int sim_peer_send_forged(struct sim_peer *peer, enum sim_kind kind)
{
	const struct sim_sender *s = &peer->senders[kind];
	uint8_t data[12 + 100 + 16];

	if (s->pt < 0)
		return -ENOTCONN;
	sim_random(data, sizeof(data));
	data[0] = 0x80;
	data[1] = (uint8_t)(s->pt & 0x7f);
	sim_put16(data + 2, s->sequence);
	sim_put32(data + 8, s->ssrc);
	return sim_peer_output(peer, sim_peer_target(peer), data, sizeof(data));
}

uint32_t sim_peer_ssrc(const struct sim_peer *peer, enum sim_kind kind)
{
	return peer->senders[kind].ssrc;
}

unsigned sim_peer_asked_layer(const struct sim_peer *peer)
{
	return peer->asked_layer;
}
