/* The tracks of one host on one clock: RTP timestamps to microseconds (Unix), through the sender reports' NTP time (RFC
 * 3550 §6.4.1). Pure: time comes in as an argument. One thread.
 *
 * The clock is the host's own, moved once so that it agrees with the server's wall clock where the epoch begins. Until
 * a track has its first report it goes by arrival; a report that says otherwise moves it, slowly when the difference is
 * small, at once (a step, which is a discontinuity) when it is not. All times rise within an epoch, per track.
 *
 * Nothing comes from the future: the packet that was the fastest on its way says where the server's clock stands. What
 * was late (it waited while the process began) is found out before the first time is given out, and corrected slowly
 * after that. */
#ifndef PIPELINE_TIMELINE_H
#define PIPELINE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMELINE_TRACKS 2
#define TIMELINE_REPORTS 8         /**< sources whose reports are remembered, heard or not */
#define TIMELINE_SETTLE_US 1200000 /**< after the first packet: then it goes on without reports */
#define TIMELINE_LEAST_US 300000   /**< so long the first packets tell how late the others came */
#define TIMELINE_STEP_US 400000    /**< what differs by more is not smoothed */
#define TIMELINE_SLEW_PERMILLE 20  /**< how much faster or slower a track runs while it is smoothed */

struct timeline_report {
	uint32_t ssrc, rtp;
	int64_t host_us; /**< the host's clock, Unix [µs] */
	int64_t now_us;  /**< when it came */
	bool there;
};

struct timeline_track {
	uint32_t clock; /**< [Hz]; 0: there is no such track */
	uint32_t ssrc;
	bool started;
	bool reported;               /**< by this source */
	bool mapped;                 /**< a time of this source was given out */
	bool stepped;                /**< the next one given out lies behind a jump */
	bool doubted;                /**< a report differed too much, and no other has confirmed it yet */
	uint32_t newest;             /**< RTP timestamp */
	int64_t extended;            /**< the same, unwrapped [clock ticks] */
	int64_t began_us, noted_us;  /**< monotonic arrival of its first and newest packet */
	int64_t base_ticks, base_us; /**< a point of the mapping */
	int64_t slew_us;             /**< still to be smoothed */
	int64_t mapped_ticks;        /**< of the newest time given out, once mapped */
	int64_t own_us;              /**< of a host whose tracks have clocks of their own: added to their reports */
	int64_t last_us;             /**< newest time given out */
	int64_t doubt_us;            /**< what the doubted report differed by */
	int64_t trusted_us;          /**< when the newest good report came, monotonic */
	int64_t doubted_us;          /**< when the doubted one came */
};

/** Begun by timeline_begin. */
struct timeline {
	int64_t now0_us, wall0_us; /**< the same moment on the monotonic and the wall clock */
	bool anchored;
	int64_t offset_us; /**< timeline = host's clock + offset, once anchored */
	int64_t eased_us;  /**< monotonic: up to when the whole has been moved back */
	struct timeline_track tracks[TIMELINE_TRACKS];
	struct timeline_report reports[TIMELINE_REPORTS];
};

/** @param now_us monotonic [µs]; wall_us: the server's wall clock at that moment, Unix [µs]. Clears everything. */
void timeline_begin(struct timeline *t, int64_t now_us, int64_t wall_us);
/** There is such a track. @param track 0 or 1; clock: of its RTP timestamps [Hz], greater than 0. */
void timeline_track(struct timeline *t, int track, uint32_t clock);
/** A compound RTCP packet: sender reports are taken, the rest is ignored. @return 0; -EBADMSG. */
int timeline_rtcp(struct timeline *t, const uint8_t *data, size_t len, int64_t now_us);

/** Have all tracks that are heard a report (or waited long enough for one), and were enough packets seen? Before that
 *  A/V sync is not known: hold units back until then. @return false also before the first packet of any. */
bool timeline_settled(const struct timeline *t, int64_t now_us);
/** Note a packet or unit: its source and timestamp against its arrival. Begins the track's mapping, or begins it anew
 *  when the source is another one. To be called as units come, also while they are held back; then map them later. */
void timeline_note(struct timeline *t, int track, uint32_t ssrc, uint32_t timestamp, int64_t arrival_us);
/** When is this timestamp? @param timestamp of the source noted last, within 2^31 ticks of the newest.
 *  @param stepped  set when the time jumped between the last one mapped and this: a discontinuity (may be NULL).
 *  @return µs, Unix; greater than for the unit of this track that was mapped before it (a track of which nothing was
 *  noted has no times: its last one, or 0). */
int64_t timeline_map(struct timeline *t, int track, uint32_t timestamp, bool *stepped);

/** A point of the timeline in ticks of a medium from an origin, rounded the same way for all: differences of such ticks
 *  are durations that add up. @return at least 0. */
static inline uint64_t timeline_ticks(int64_t us, int64_t origin_us, uint32_t timescale)
{
	int64_t d = us > origin_us ? us - origin_us : 0;
	return (uint64_t)(d / 1000000 * timescale + (d % 1000000 * timescale + 500000) / 1000000);
}
#endif
