/* What one transport can carry, estimated by who sends over it (draft-ietf-rmcat-gcc-02): packets are numbered,
 * feedback tells when they arrived, and what the delay, the losses and probes allow is the estimate. Knows no time of
 * its own; bounded, about 2.7 KB. Pure. */
#ifndef MEDIA_RTP_BANDWIDTH_H
#define MEDIA_RTP_BANDWIDTH_H

#include "rtp/acked.h"
#include "rtp/aimd.h"
#include "rtp/interarrival.h"
#include "rtp/loss.h"
#include "rtp/overuse.h"
#include "rtp/probe.h"
#include "rtp/rtcp.h"
#include "rtp/sent.h"
#include "rtp/trendline.h"

/** The receiver's clock, as its feedback tells it, laid beside ours. */
struct media_bandwidth_clock {
	bool known;
	uint32_t reference; /**< newest; [64 ms] */
	int64_t base_us;    /**< what it stands for on our clock */
	int64_t offset_us;  /**< between sending and arriving, of the newest packet */
};

/** Zeroed before use. All times are monotonic and above zero [µs]. */
struct media_bandwidth {
	struct media_sent sent;
	struct media_bandwidth_clock clock;
	struct media_interarrival interarrival;
	struct media_trendline trendline;
	struct media_overuse overuse;
	struct media_acked acked;
	struct media_aimd aimd;
	struct media_loss loss;
	struct media_probe probe;
	int64_t told_us;                  /**< newest feedback */
	int64_t unanswered_us;            /**< first packet since; 0: none */
	int64_t cut_us;                   /**< newest cut because nothing was told; 0: none since the newest feedback */
	int64_t most_bps;                 /**< as the receiver says itself; 0: it does not */
	int64_t want_bps;                 /**< 0: nothing beyond the estimate is wanted */
	int64_t probe_us, probe_pause_us; /**< the next not before; how long after one that failed */
};

/** A packet leaves. @param size as it goes to the wire, at most 2,047 [bytes] @return the number it must carry. */
uint16_t media_bandwidth_sent(struct media_bandwidth *b, size_t size, int64_t now_us);
/** Feedback came. @return 0; -EBADMSG: nothing changed. */
__attribute__((warn_unused_result)) int media_bandwidth_feedback(struct media_bandwidth *b, const struct media_rtcp *p,
                                                                 int64_t now_us);
/** @return the estimate; 0: not known yet. */
int64_t media_bandwidth_bps(const struct media_bandwidth *b);
/** The receiver's own opinion, an upper bound (REMB). */
void media_bandwidth_limit(struct media_bandwidth *b, int64_t bps);
/** Ask now and then: when packets have gone unanswered for long, the estimate sinks. */
void media_bandwidth_silence(struct media_bandwidth *b, int64_t now_us);

/** What the estimate should reach, for which it may be probed for. 0: nothing. */
void media_bandwidth_want(struct media_bandwidth *b, int64_t bps);
/** Begin a probe towards what is wanted, if one is due. @return whether it began. */
bool media_bandwidth_probe(struct media_bandwidth *b, int64_t now_us);
/** Packets that are sent fast anyway begin, for at most so long: they serve as a probe, unless one is on its way. */
void media_bandwidth_probe_with(struct media_bandwidth *b, int64_t most_us, int64_t now_us);
/** @param lacks set to the bytes that padding should add now @return whether the probe is still being sent. */
bool media_bandwidth_probing(struct media_bandwidth *b, int64_t now_us, size_t *lacks);
#endif
