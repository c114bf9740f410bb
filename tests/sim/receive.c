/* RTP on its way in: authenticity, order, loss and its repair. */
#include "sim/internal.h"

#include <errno.h>
#include <string.h>

#include "sim/frames.h"

#define MOST_GAP 100
#define REORDER_US 5000
#define NACK_AGAIN_US 60000
#define NACK_TRIES 12
#define KEY_AGAIN_US 1000000
#define SAMPLE_FROM 256

static void give_up(struct sim_peer *peer, enum sim_kind kind, uint64_t count)
{
	struct sim_receiver *r = &peer->receivers[kind];

	peer->tracks[kind].lost += count;
	if (kind != SIM_VIDEO || peer->config.faults.no_pli || peer->now_us - r->asked_key_us < KEY_AGAIN_US)
		return;
	r->asked_key_us = peer->now_us;
	sim_peer_send_pli(peer);
}

static void note_gap(struct sim_peer *peer, enum sim_kind kind, uint16_t from, uint16_t count)
{
	struct sim_receiver *r = &peer->receivers[kind];
	uint16_t i;

	peer->tracks[kind].gaps += count;
	if (count > MOST_GAP || kind == SIM_AUDIO) {
		give_up(peer, kind, count);
		return;
	}
	for (i = 0; i < count; i++) {
		if (r->missing_count == SIM_MISSING) {
			give_up(peer, kind, 1);
			memmove(r->missing, r->missing + 1, sizeof(r->missing[0]) * --r->missing_count);
		}
		r->missing[r->missing_count++] =
		        (struct sim_missing){.sequence = (uint16_t)(from + i), .found_us = peer->now_us};
	}
}

/** A packet from the past: one we missed, or one we have. @return whether it is news. */
static bool fill_gap(struct sim_peer *peer, enum sim_kind kind, uint16_t sequence)
{
	struct sim_receiver *r = &peer->receivers[kind];
	size_t i;

	for (i = 0; i < r->missing_count; i++) {
		if (r->missing[i].sequence != sequence)
			continue;
		if (r->missing[i].tries > 0)
			peer->tracks[kind].recovered++;
		else
			peer->tracks[kind].reordered++;
		r->missing_count--;
		memmove(r->missing + i, r->missing + i + 1, sizeof(r->missing[0]) * (r->missing_count - i));
		return true;
	}
	peer->tracks[kind].duplicates++;
	return false;
}

static void note_jitter(struct sim_peer *peer, enum sim_kind kind, uint32_t timestamp)
{
	struct sim_receiver *r = &peer->receivers[kind];
	int64_t rate = kind == SIM_AUDIO ? 48000 : 90000;
	int32_t transit = (int32_t)((uint32_t)(peer->now_us * rate / 1000000) - timestamp), d = transit - r->transit;

	r->transit = transit;
	d = d < 0 ? -d : d;
	if (r->received > 1)
		r->jitter_q4 += (uint32_t)d - ((r->jitter_q4 + 8) >> 4);
}

/** @return whether the packet is new. */
static bool note_sequence(struct sim_peer *peer, enum sim_kind kind, uint32_t ssrc, uint16_t sequence)
{
	struct sim_receiver *r = &peer->receivers[kind];
	struct sim_track_stats *t = &peer->tracks[kind];
	int16_t ahead;

	if (!r->started || r->ssrc != ssrc) {
		int64_t asked = r->asked_key_us;

		*r = (struct sim_receiver){
		        .started = true, .ssrc = ssrc, .base_sequence = sequence, .asked_key_us = asked};
		t->sequence = sequence;
		r->received = 1;
		return true;
	}
	ahead = (int16_t)(sequence - t->sequence);
	if (ahead == 0) {
		t->duplicates++;
		return false;
	}
	if (ahead < 0) {
		if (!fill_gap(peer, kind, sequence))
			return false;
		r->received++;
		return true;
	}
	if (sequence < t->sequence)
		r->cycles += 1 << 16;
	if (ahead > 1)
		note_gap(peer, kind, (uint16_t)(t->sequence + 1), (uint16_t)(ahead - 1));
	t->sequence = sequence;
	r->received++;
	return true;
}

static void note_picture(struct sim_peer *peer, const uint8_t *packet, const uint8_t *payload, size_t len)
{
	const struct sim_agreed *video = &peer->answer.tracks[SIM_VIDEO];
	enum media_codec codec = (packet[1] & 0x7f) == video->vp8_pt ? MEDIA_VP8 : MEDIA_H264;
	struct sim_track_stats *t = &peer->tracks[SIM_VIDEO];

	t->frames += packet[1] >> 7;
	if (!sim_frame_starts_key(codec, payload, len))
		return;
	if (t->keyframes > 0 && peer->key_timestamp == sim_u32(packet + 4)) /* parameter sets and slice are one */
		return;
	peer->key_timestamp = sim_u32(packet + 4);
	t->keyframes++;
	if (t->first_keyframe_us == 0)
		t->first_keyframe_us = peer->now_us;
}

static bool kind_of(const struct sim_peer *peer, int pt, enum sim_kind *kind)
{
	const struct sim_agreed *video = &peer->answer.tracks[SIM_VIDEO];

	*kind = pt == peer->answer.tracks[SIM_AUDIO].pt ? SIM_AUDIO : SIM_VIDEO;
	return *kind == SIM_AUDIO || pt == video->pt || pt == video->h264_pt || pt == video->vp8_pt;
}

/** RFC 4588: the original number in front of the payload, the original's payload type and SSRC in the header. @return
 * new length, 0: padding only. */
static size_t unwrap_rtx(struct sim_peer *peer, uint8_t *data, size_t len, size_t at, int apt)
{
	if (len < at + 2)
		return 0;
	data[1] = (uint8_t)((data[1] & 0x80) | apt);
	memcpy(data + 2, data + at, 2);
	sim_put32(data + 8, peer->receivers[SIM_VIDEO].ssrc);
	memmove(data + at, data + at + 2, len - at - 2);
	return len - 2;
}

/** A packet that is not of the sample: its header is all that is looked at. @return false: it is to be decrypted. */
static bool skim(struct sim_peer *peer, const uint8_t *data, size_t len)
{
	size_t tag = peer->profile == MEDIA_SRTP_AEAD_AES_128_GCM ? 16 : 10;
	struct sim_track_stats *t;
	enum sim_kind kind;

	if (peer->config.sample < 2 || len < 12 + tag || sim_u16(data + 2) % peer->config.sample == 0 ||
	    peer->answer.apt[data[1] & 0x7f] >= 0 || !kind_of(peer, data[1] & 0x7f, &kind))
		return false;
	t = &peer->tracks[kind];
	if (t->packets < SAMPLE_FROM || t->ssrc != sim_u32(data + 8))
		return false;
	if (!note_sequence(peer, kind, t->ssrc, sim_u16(data + 2)))
		return true;
	t->packets++;
	t->bytes += len - tag;
	t->timestamp = sim_u32(data + 4);
	t->frames += kind == SIM_VIDEO ? data[1] >> 7 : 0;
	note_jitter(peer, kind, t->timestamp);
	sim_note_pace(peer, kind, t->timestamp);
	return true;
}

void sim_receive_rtp(struct sim_peer *peer, uint8_t *data, size_t len)
{
	struct sim_track_stats *t;
	enum sim_kind kind;
	size_t at, end;
	int n, pt;

	sim_arrivals_note(peer, data, len);
	if (peer->receive && skim(peer, data, len))
		return;
	n = peer->receive ? media_srtp_unprotect(peer->receive, data, len) : -EACCES;
	if (n < 12) {
		peer->stats.srtp_failed += peer->receive != NULL;
		return;
	}
	len = (size_t)n;
	at = 12 + (size_t)(data[0] & 15) * 4;
	if ((data[0] & 0x10) && len >= at + 4)
		at += 4 + (size_t)sim_u16(data + at + 2) * 4;
	if (at > len)
		return;
	pt = data[1] & 0x7f;
	if (peer->answer.apt[pt] >= 0 && (data[0] & 0x20) && data[len - 1] >= len - at) {
		peer->stats.paddings++;
		return;
	}
	if (peer->answer.apt[pt] >= 0) {
		len = unwrap_rtx(peer, data, len, at, peer->answer.apt[pt]);
		pt = data[1] & 0x7f;
	}
	if (len < at || !kind_of(peer, pt, &kind) || !note_sequence(peer, kind, sim_u32(data + 8), sim_u16(data + 2)))
		return;
	t = &peer->tracks[kind];
	t->packets++;
	t->bytes += len;
	t->pt = (uint8_t)pt;
	t->ssrc = sim_u32(data + 8);
	t->timestamp = sim_u32(data + 4);
	if (t->first_packet_us == 0)
		t->first_packet_us = peer->now_us;
	note_jitter(peer, kind, t->timestamp);
	sim_note_pace(peer, kind, t->timestamp);
	end = (data[0] & 0x20) && data[len - 1] <= len - at ? len - data[len - 1] : len;
	if (kind == SIM_VIDEO)
		note_picture(peer, data, data + at, end - at);
	if (peer->config.on_rtp)
		peer->config.on_rtp(peer, kind, data, len, peer->config.ctx);
}

/** Ask for what is missing, again and again, then give it up. */
void sim_receive_timers(struct sim_peer *peer)
{
	struct sim_receiver *r = &peer->receivers[SIM_VIDEO];
	uint16_t ask[SIM_MISSING];
	size_t i, kept = 0, count = 0, lost = 0;

	for (i = 0; i < r->missing_count; i++) {
		struct sim_missing m = r->missing[i];

		if (m.tries >= NACK_TRIES || peer->now_us - m.found_us > 1000000) {
			lost++;
			continue;
		}
		if (peer->now_us - m.found_us >= REORDER_US && peer->now_us - m.asked_us >= NACK_AGAIN_US) {
			m.asked_us = peer->now_us;
			m.tries++;
			ask[count++] = m.sequence;
		}
		r->missing[kept++] = m;
	}
	r->missing_count = kept;
	if (count > 0 && !peer->config.faults.no_nack)
		sim_peer_send_nack(peer, ask, count);
	if (lost > 0)
		give_up(peer, SIM_VIDEO, lost);
}
