/* What the simulated host sends: packets that look right to a forwarder, each with its counter and content that follows
 * from it. */
#include "stage.h"

enum { TAIL = 64, VIDEO_INTERVAL_US = 33333, AUDIO_INTERVAL_US = 20000, DELTA_PACKETS = 3, KEY_PACKETS = 5 };

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static uint8_t filler(uint32_t counter, size_t i)
{
	uint32_t x = (counter * 2654435761u) ^ (uint32_t)(i * 40503u);
	return (uint8_t)((x >> 13 ^ x) | 1);
}

/** The last TAIL bytes: filler, then the counter. */
static size_t put_tail(uint8_t *p, size_t at, uint32_t counter)
{
	for (size_t i = 0; i < TAIL - 4; i++)
		p[at + i] = filler(counter, i);
	put32(p + at + TAIL - 4, counter);
	return at + TAIL;
}

bool stage_payload_intact(const uint8_t *payload, size_t len, uint32_t *counter)
{
	if (len < TAIL)
		return false;
	const uint8_t *tail = payload + len - TAIL, *c = tail + TAIL - 4;
	*counter = (uint32_t)c[0] << 24 | (uint32_t)c[1] << 16 | (uint32_t)c[2] << 8 | c[3];
	for (size_t i = 0; i < TAIL - 4; i++)
		if (tail[i] != filler(*counter, i))
			return false;
	return true;
}

static void send(struct stage_peer *host, enum sim_kind kind, bool marker, const void *head, size_t head_len,
                 int64_t now_us)
{
	uint8_t payload[1200];
	uint32_t rate = kind == SIM_VIDEO ? 90 : 48, counter = host->counters[kind];
	memcpy(payload, head, head_len);
	/* sizes differ from packet to packet */
	size_t pad = kind == SIM_VIDEO ? 300 + counter * 37 % 500 : counter % 40;
	memset(payload + head_len, 0x55, pad);
	size_t len = put_tail(payload, head_len + pad, counter);
	uint32_t timestamp = host->timestamp_base[kind] + (uint32_t)((now_us - host->started_us) * rate / 1000);
	if (counter < STAGE_SEEN)
		host->capture_us[kind][counter] = now_us;
	if (sim_peer_send_rtp(host->sim, kind, timestamp, marker, payload, len) == 0)
		host->counters[kind]++;
}

/** SPS (640x360), PPS and, for the counter, an SEI in one STAP-A; then the IDR in fragments. */
static void h264_frame(struct stage_peer *host, bool key, int64_t now_us)
{
	static const uint8_t sets[] = {0x78, 0,    15,   0x67, 0x42, 0xc0, 0x1e, 0x8c, 0x8d, 0x40, 0x50, 0x17,
	                               0xfc, 0xb0, 0x0f, 0x08, 0x84, 0x6a, 0,    4,    0x68, 0xce, 0x3c, 0x80};
	if (key && !(host->sets_once && host->counters[SIM_VIDEO] > 0)) {
		uint8_t head[sizeof sets + 2];
		uint32_t counter = host->counters[SIM_VIDEO];
		size_t sei = 300 + counter * 37 % 500 + TAIL;
		memcpy(head, sets, sizeof sets);
		head[sizeof sets] = (uint8_t)(sei >> 8);
		head[sizeof sets + 1] = (uint8_t)sei;
		send(host, SIM_VIDEO, false, head, sizeof head, now_us);
	}
	int count = key ? KEY_PACKETS : DELTA_PACKETS;
	for (int i = 0; i < count; i++) {
		uint8_t head[] = {key ? 0x7c : 0x5c,
		                  (uint8_t)((i == 0 ? 0x80 : 0) | (i == count - 1 ? 0x40 : 0) | (key ? 5 : 1))};
		send(host, SIM_VIDEO, i == count - 1, head, sizeof head, now_us);
	}
}

static void vp8_frame(struct stage_peer *host, bool key, int64_t now_us)
{
	static const uint8_t key_head[] = {0x50, 0x4a, 0x02, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01};
	int count = key ? KEY_PACKETS : DELTA_PACKETS;
	uint32_t picture = host->pictures_base + host->frames;
	for (int i = 0; i < count; i++) {
		/* S at the start of a frame; a picture id of 15 bits, TL0PICIDX, TID 0 */
		uint8_t head[6 + sizeof key_head] = {
		        i ? 0x80 : 0x90,  0xe0, (uint8_t)(0x80 | (picture >> 8 & 0x7f)), (uint8_t)picture,
		        (uint8_t)picture, 0x20};
		size_t len = 6;
		if (i == 0 && key) {
			memcpy(head + 6, key_head, sizeof key_head);
			len += sizeof key_head;
		} else if (i == 0) {
			head[len++] = 0x51;
		}
		send(host, SIM_VIDEO, i == count - 1, head, len, now_us);
	}
}

/** A host whose wall clock is years off, as phones' may be: only differences count. */
static void start_clocks(struct stage_peer *host, int64_t now_us)
{
	host->started_us = now_us;
	for (int kind = 0; kind < SIM_KINDS; kind++) {
		host->timestamp_base[kind] =
		        0xFFFFF000u + 977u * (uint32_t)kind + sim_peer_ssrc(host->sim, (enum sim_kind)kind);
		host->next_us[kind] = now_us;
		sim_peer_sender_clock(host->sim, (enum sim_kind)kind, (uint64_t)0xBC000000 << 32,
		                      host->timestamp_base[kind]);
	}
}

void stage_host_tick(struct stage_peer *host, int64_t now_us)
{
	if (!host->on_air || sim_peer_state(host->sim) != SIM_CONNECTED)
		return;
	if (host->started_us == 0)
		start_clocks(host, now_us);
	if (!host->mute && now_us >= host->next_us[SIM_AUDIO]) {
		host->next_us[SIM_AUDIO] = now_us + AUDIO_INTERVAL_US;
		send(host, SIM_AUDIO, false, "\x78", 1, now_us);
	}
	if (now_us < host->next_us[SIM_VIDEO])
		return;
	host->next_us[SIM_VIDEO] = now_us + VIDEO_INTERVAL_US;
	bool key = host->frames == 0 || (host->key_wanted && !host->no_keyframes);
	host->key_wanted = key ? false : host->key_wanted;
	host->frames++;
	if (host->codec == MEDIA_VP8)
		vp8_frame(host, key, now_us);
	else
		h264_frame(host, key, now_us);
}
