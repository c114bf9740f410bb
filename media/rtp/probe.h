/* Probes: a short stretch of packets at a rate above the estimate, and what arrived of it at which rate. Pure. */
#ifndef MEDIA_RTP_PROBE_H
#define MEDIA_RTP_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum media_probe_state { MEDIA_PROBE_IDLE, MEDIA_PROBE_SENDING, MEDIA_PROBE_WAITING };

/** Zeroed before use. */
struct media_probe {
	enum media_probe_state state;
	uint8_t cluster;  /**< marks its packets, 1..7 in turn */
	uint16_t newest;  /**< number sent of it */
	int64_t rate_bps; /**< to be sent at; 0: media sets the pace */
	int64_t most_us;  /**< how long it may be sent */
	int64_t begun_us, ended_us;
	uint32_t sent_bytes, sent_count;
	/* what has arrived of it */
	uint32_t bytes, count;
	struct media_probe_burst {
		int64_t sent_us, begin_us, end_us; /**< when it left; when its first and last packet arrived */
		uint32_t bytes;
	} first, last;
};

struct media_probe_result {
	int64_t bps;    /**< the estimate it supports; 0: it failed */
	bool saturated; /**< less came than was sent: that is the line, or near it */
	bool lossless;
};

void media_probe_begin(struct media_probe *p, int64_t rate_bps, int64_t most_us, int64_t now_us);
/** A packet left. @return its cluster; 0: no probe runs. */
uint8_t media_probe_sent(struct media_probe *p, uint16_t number, size_t size);
/** How many bytes of padding would keep up the rate now; 0 when enough was sent. */
size_t media_probe_lacks(const struct media_probe *p, int64_t now_us);
/** End its sending, if it is long enough or has to end. @return whether it still sends. */
bool media_probe_sending(struct media_probe *p, int64_t now_us);
void media_probe_arrived(struct media_probe *p, uint8_t cluster, size_t size, int64_t sent_us, int64_t arrival_us);
/** Told of packets up to this number. @return true: it has ended, and this is the result. */
bool media_probe_told(struct media_probe *p, uint16_t number, int64_t rtt_us, int64_t now_us,
                      struct media_probe_result *out);
#endif
