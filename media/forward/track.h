/* One track of a stream: what the host sends, whoever the host is and whatever it sends it as. An epoch is one source
 * of the host (one SSRC and codec, without a jump in its numbers). */
#ifndef MEDIA_FORWARD_TRACK_H
#define MEDIA_FORWARD_TRACK_H

#include "forward/agreed.h"
#include "forward/cache.h"
#include "forward/keyframe.h"
#include "forward/numbers.h"
#include "forward/vp8.h"
#include "rtp/nack.h"
#include "rtp/parameters.h"
#include "rtp/peek.h"
#include "rtp/receive.h"
#include "rtp/rtp.h"

#define FORWARD_LOSS_SECONDS 5
#define FORWARD_LAYER_SILENT_US 1000000 /**< a layer of which nothing comes for so long is not there */
#define FORWARD_WATCHED_US 3000000
#define FORWARD_JUMP 3000 /**< a jump of sequence numbers beyond this is a new source (RFC 3550 A.1) */

/** Newest sender report of the host for this epoch. */
struct forward_clock {
	bool known;
	uint64_t ntp; /**< the host's, as it came */
	uint32_t rtp_time;
	int64_t at_us;
};

/** Per second, for the numbers that are shown. */
struct forward_meter {
	int64_t second; /**< which second the newest bucket is */
	uint32_t expected[FORWARD_LOSS_SECONDS + 1], missing[FORWARD_LOSS_SECONDS + 1];
	uint64_t bytes, frames; /**< of the running second */
	uint32_t frame_timestamp;
	int64_t bps;
	int64_t steady_bps; /**< over some seconds; 0: not a whole one yet */
	double fps;
};

struct forward_track {
	enum forward_kind kind;
	uint8_t index;  /**< its place in the stream: 0 the sound, FORWARD_VIDEO + layer the picture's layers */
	uint8_t layer;  /**< of the picture, as the host counts them */
	uint32_t epoch; /**< 0: nothing came yet; no two tracks of a stream share one, see forward_epoch_track() */
	struct forward_codec codec;
	uint32_t ssrc;               /**< the host's */
	struct forward_pool *pool;   /**< where the cache's blocks come from; NULL: none */
	struct forward_cache *cache; /**< NULL: there has been no host yet */
	struct media_receive receive;
	struct media_nack nack;
	struct forward_numbers numbers; /**< from the host's to those in the cache and beyond */
	struct forward_keyframe keyframe;
	struct forward_clock clock;
	struct forward_meter meter;
	bool jumped; /**< the last number was far off; a second one that follows it makes a new epoch */
	uint16_t jump_next;
	bool parameters; /**< H.264: SPS come in band */
	struct media_parameters sets;
	uint32_t sets_timestamp; /**< of the frame that brought them */
	struct forward_vp8 vp8;  /**< goes on from source to source */
	bool key_seen;           /**< a keyframe of this epoch began */
	uint32_t key_timestamp;
	int64_t key_number, key_us; /**< where and when it began */
	int width, height;
	int64_t newest_us;  /**< when the newest packet came, 0: never */
	int64_t watched_us; /**< when somebody watched it last, or wanted to */
};

/** The track that an epoch is of. */
static inline size_t forward_epoch_track(uint32_t epoch)
{
	return epoch % FORWARD_TRACKS;
}

/** What became of an incoming packet. */
struct forward_taken {
	struct forward_packet *packet; /**< in the cache; NULL: not to be forwarded */
	bool wants_keyframe;
	bool completes_picture; /**< a keyframe's last packet */
	int64_t rtt_us;         /**< measured by a repair; 0: not */
};

/** Get ready for a host's source: cache made, statistics reset, next epoch. @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int forward_track_begin(struct forward_track *track,
                                                            const struct forward_codec *codec, uint32_t ssrc);
/** Have a cache. @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int forward_track_open(struct forward_track *track);
void forward_track_finish(struct forward_track *track);
/** A keyframe that comes without its parameter sets, because the host tells them only once, gets them from us: a packet
 * in front of it, with a number of its own. Ask before forward_track_take. @return NULL: nothing to put there. */
struct forward_packet *forward_track_complete(struct forward_track *track, const struct media_rtp *rtp, bool repair,
                                              int64_t now_us);
/** Does it come? A host whose line sinks stops its best layers. */
static inline bool forward_track_live(const struct forward_track *track, int64_t now_us)
{
	return track->newest_us && now_us - track->newest_us < FORWARD_LAYER_SILENT_US;
}

static inline bool forward_track_watched(const struct forward_track *track, int64_t now_us)
{
	return track->watched_us && now_us - track->watched_us < FORWARD_WATCHED_US;
}

/** Is one layer a better picture than another? */
static inline bool forward_track_better(const struct forward_track *track, const struct forward_track *than)
{
	int64_t pixels = (int64_t)track->width * track->height, other = (int64_t)than->width * than->height;
	return pixels != other ? pixels > other : track->meter.steady_bps > than->meter.steady_bps;
}

/** The newest number in the cache. */
int64_t forward_track_newest(const struct forward_track *track);
/** Account for a packet, look into it, keep it. @param repair it came as RTX. */
struct forward_taken forward_track_take(struct forward_track *track, const struct media_rtp *rtp, bool repair,
                                        int64_t now_us);
/** Close the running second of the meter if it is over. */
void forward_track_meter_roll(struct forward_track *track, int64_t now_us);
/** Lost before repair over the last seconds, 0–1. */
double forward_track_loss(const struct forward_track *track);
/** The RTP time and the host's NTP time that go together now; only when clock.known. */
void forward_track_clock_at(const struct forward_track *track, int64_t now_us, uint64_t *ntp, uint32_t *rtp_time);
#endif
