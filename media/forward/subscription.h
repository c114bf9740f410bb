/* What one viewer gets of one track: its numbers, its payload types, its repairs, its sender reports. */
#ifndef MEDIA_FORWARD_SUBSCRIPTION_H
#define MEDIA_FORWARD_SUBSCRIPTION_H

#include "forward/agreed.h"
#include "forward/cache.h"
#include "forward/catch_up.h"
#include "forward/choose.h"
#include "forward/keyframe.h"
#include "forward/repairs.h"
#include "forward/rewrite.h"

struct forward_outgoing;
struct forward_session;
struct forward_track;

struct forward_subscription {
	bool active;       /**< the answer accepted this kind */
	uint8_t track;     /**< of the stream, that it gets */
	uint8_t wanted;    /**< that it changes to at the next keyframe; the same as track: none */
	bool reported;     /**< the viewer has told what it lost */
	bool frame_open;   /**< the newest packet was not its frame's last */
	int64_t wanted_us; /**< since when */
	struct forward_choice choice;
	double loss; /**< as the viewer reports it, over some seconds; counts once it has */
	uint32_t ssrc, rtx_ssrc;
	uint8_t ext_twcc;      /**< extension with the packet's transport-wide number; 0: not agreed */
	uint32_t chosen_epoch; /**< pt and rtx_pt are for this epoch's codec */
	int pt, rtx_pt;        /**< -1: the viewer cannot decode it; no RTX */
	uint16_t rtx_seq;
	struct forward_rewrite rewrite;
	uint32_t packets, octets;          /**< for sender reports; payload only */
	int64_t report_us;                 /**< next sender report */
	uint32_t report_epoch;             /**< reported for this epoch already */
	struct forward_catch_up *catch_up; /**< runs, or ran a moment ago; NULL: none */
	uint32_t begun_gather; /**< began during this gathering, of which it has what came up to begun_through */
	int64_t begun_through;
	struct forward_keyframe_asker asker;
	struct forward_repairs *repairs; /**< own, since the first was asked for; most viewers never do */
};

void forward_subscription_init(struct forward_subscription *s, enum forward_kind kind,
                               const struct forward_agreed *agreed);
/** Send packets of the track on to the viewer, those that are mapped or with which it begins. */
void forward_subscription_send(struct forward_session *session, struct forward_track *track,
                               const struct forward_outgoing *packets, size_t count);
/** Has a track anything for the viewer? */
static inline bool forward_subscription_takes(const struct forward_subscription *s, size_t track)
{
	return s->track == track || s->wanted == track;
}
/** Map the track's epoch from this packet on, going on from what was sent before, and send what of it is in the cache.
 */
void forward_subscription_begin(struct forward_session *session, struct forward_track *track,
                                const struct forward_packet *packet);
/** Does the viewer take this kind, in what the host sends it as? */
bool forward_subscription_decodes(struct forward_session *session, const struct forward_track *track);
/** Is the cache being sent to it faster than it came? */
bool forward_subscription_catching_up(const struct forward_subscription *s);
/** Begin at the newest keyframe, out of the cache, if live is caught up with soon enough. @return false: not, a new one
 * is needed. */
bool forward_subscription_join(struct forward_session *session, struct forward_track *track);
/** Send on what is due of catching up. */
void forward_subscription_catch_up(struct forward_session *session, enum forward_kind kind);
/** Forget catching up once nobody asks for repairs of it any more. */
void forward_subscription_tidy(struct forward_session *session, enum forward_kind kind);
void forward_subscription_finish(struct forward_session *session, enum forward_kind kind);
/** The viewer lacks these packets. */
void forward_subscription_repair(struct forward_session *session, enum forward_kind kind, const uint16_t *seqs,
                                 size_t count);
/** Is the viewer sent more than its line is known to carry? */
bool forward_subscription_congested(const struct forward_session *session);
/** Can the viewer be sent anything a second time? */
static inline bool forward_subscription_repairs(const struct forward_subscription *s)
{
	return s->active && s->rtx_pt >= 0;
}
/** Send about so many bytes that say nothing, by the source of the picture's repairs. @return packets sent. */
size_t forward_subscription_pad(struct forward_session *session, size_t bytes);
#endif
