#include "sim/internal.h"

#include <errno.h>
#include <string.h>

#include "sim/frames.h"

#define CHUNK 1100
#define FRAME_MAX (1 << 20)
#define NTP_EPOCH 2208988800u /* 1900 to 1970 [s]; any constant would do, this one looks like a clock */

static const uint8_t sps[] = {0x67, 0x42, 0xe0, 0x1f, 0xda, 0x02, 0x80, 0xbf, 0xe5, 0x40}; /* 42e01f, 640x360 */
static const uint8_t pps[] = {0x68, 0xce, 0x38, 0x80};
static const uint8_t vp8_key[] = {0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01}; /* 640x360 */

/** The RTP time of now_us, tied to the sender's clock. */
static uint32_t rtp_time(struct sim_peer *peer, enum sim_kind kind, int64_t now_us)
{
	int64_t rate = kind == SIM_AUDIO ? 48000 : 90000;
	uint32_t rtp = peer->frame_clock + (uint32_t)(now_us * rate / 1000000);
	uint64_t ntp = ((uint64_t)NTP_EPOCH << 32) + (uint64_t)((__int128)now_us * ((int64_t)1 << 32) / 1000000);

	if (!peer->senders[kind].clocked) {
		sim_peer_sender_clock(peer, kind, ntp, rtp);
		peer->senders[kind].ntp_us = now_us;
	}
	return rtp;
}

static int send_parameter_sets(struct sim_peer *peer, uint32_t timestamp)
{
	uint8_t stap[1 + 2 + sizeof(sps) + 2 + sizeof(pps)];

	stap[0] = 0x78; /* STAP-A, highest importance */
	sim_put16(stap + 1, sizeof(sps));
	memcpy(stap + 3, sps, sizeof(sps));
	sim_put16(stap + 3 + sizeof(sps), sizeof(pps));
	memcpy(stap + 5 + sizeof(sps), pps, sizeof(pps));
	return sim_peer_send_rtp(peer, SIM_VIDEO, timestamp, false, stap, sizeof(stap));
}

static int send_h264(struct sim_peer *peer, bool keyframe, size_t bytes, uint32_t timestamp)
{
	uint8_t payload[CHUNK], type = keyframe ? 5 : 1, importance = keyframe ? 0x60 : 0x40;
	int sent = 0, rc = 0;
	size_t at;

	if (keyframe) {
		rc = send_parameter_sets(peer, timestamp);
		sent++;
	}
	for (at = 0; rc == 0 && at < bytes; at += CHUNK - 2) {
		size_t n = bytes - at < CHUNK - 2 ? bytes - at : CHUNK - 2;
		bool first = at == 0, last = at + n == bytes;

		memset(payload, (uint8_t)(at / CHUNK + 1), sizeof(payload));
		payload[0] = importance | 28;
		payload[1] = (uint8_t)((first ? 0x80 : 0) | (last ? 0x40 : 0) | type);
		rc = sim_peer_send_rtp(peer, SIM_VIDEO, timestamp, last, payload, n + 2);
		sent++;
	}
	return rc < 0 ? rc : sent;
}

static int send_vp8(struct sim_peer *peer, bool keyframe, size_t bytes, uint32_t timestamp)
{
	uint8_t payload[CHUNK];
	int sent = 0, rc = 0;
	size_t at;

	peer->picture_id = (uint16_t)((peer->picture_id + 1) & 0x7fff);
	for (at = 0; rc == 0 && at < bytes; at += CHUNK - 4) {
		size_t n = bytes - at < CHUNK - 4 ? bytes - at : CHUNK - 4;

		memset(payload, (uint8_t)(at / CHUNK + 1), sizeof(payload));
		payload[0] = at == 0 ? 0x90 : 0x80;
		payload[1] = 0x80;
		sim_put16(payload + 2, 0x8000 | peer->picture_id);
		if (at == 0 && keyframe)
			memcpy(payload + 4, vp8_key, sizeof(vp8_key));
		else if (at == 0)
			payload[4] = 0x11;
		rc = sim_peer_send_rtp(peer, SIM_VIDEO, timestamp, at + n == bytes, payload, n + 4);
		sent++;
	}
	return rc < 0 ? rc : sent;
}

int sim_frame_video(struct sim_peer *peer, enum media_codec codec, bool keyframe, size_t bytes, int64_t now_us)
{
	uint32_t timestamp = rtp_time(peer, SIM_VIDEO, now_us);
	int rc = sim_peer_use_codec(peer, codec);

	if (rc < 0)
		return rc;
	bytes = bytes < sizeof(vp8_key) + 2 ? sizeof(vp8_key) + 2 : bytes > FRAME_MAX ? FRAME_MAX : bytes;
	if (codec == MEDIA_VP8)
		return send_vp8(peer, keyframe, bytes, timestamp);
	return send_h264(peer, keyframe, bytes, timestamp);
}

int sim_frame_audio(struct sim_peer *peer, int64_t now_us)
{
	static const uint8_t opus[] = {0x78, 0x80, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a};

	return sim_peer_send_rtp(peer, SIM_AUDIO, rtp_time(peer, SIM_AUDIO, now_us), false, opus, sizeof(opus));
}

static bool h264_starts_key(const uint8_t *p, size_t len)
{
	uint8_t type = p[0] & 31;
	size_t at, n;

	if (type == 28)
		return len >= 2 && (p[1] & 0x80) && (p[1] & 31) == 5;
	if (type != 24)
		return type == 5 || type == 7;
	for (at = 1; at + 3 <= len; at += 2 + n) {
		n = sim_u16(p + at);
		type = p[at + 2] & 31;
		if (type == 5 || type == 7)
			return true;
	}
	return false;
}

static bool vp8_starts_key(const uint8_t *p, size_t len)
{
	size_t at = 1;

	if (!(p[0] & 0x10) || (p[0] & 7))
		return false;
	if (p[0] & 0x80) {
		uint8_t x = len > 1 ? p[1] : 0;

		at = 2;
		if (x & 0x80)
			at += len > 2 && (p[2] & 0x80) ? 2 : 1;
		at += (x & 0x40) ? 1 : 0;
		at += (x & 0x30) ? 1 : 0;
	}
	return at < len && !(p[at] & 1);
}

bool sim_frame_starts_key(enum media_codec codec, const uint8_t *payload, size_t len)
{
	if (len == 0)
		return false;
	return codec == MEDIA_VP8 ? vp8_starts_key(payload, len) : h264_starts_key(payload, len);
}
