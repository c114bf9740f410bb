/* When to ask a host for a keyframe: one clock for all who want one. Every request costs the host quality. Pure. */
#ifndef MEDIA_FORWARD_KEYFRAME_H
#define MEDIA_FORWARD_KEYFRAME_H

#include <stdbool.h>
#include <stdint.h>

/** Zeroed before use, with interval_us set. */
struct forward_keyframe {
	int64_t interval_us; /**< least time between requests */
	bool wanted;         /**< by somebody, since the newest keyframe */
	bool asked;          /**< at least once: asked_us counts */
	int64_t asked_us;
};

/** Somebody wants a keyframe. */
static inline void forward_keyframe_want(struct forward_keyframe *k)
{
	k->wanted = true;
}

/** A keyframe began: everybody who waited is served. */
static inline void forward_keyframe_arrived(struct forward_keyframe *k)
{
	k->wanted = false;
}

/** Shall a request go to the host now? At once when none went for an interval, else at its end; again each interval
 * until one arrives. True counts as asked. */
static inline bool forward_keyframe_due(struct forward_keyframe *k, int64_t now_us)
{
	if (!k->wanted || (k->asked && now_us - k->asked_us < k->interval_us))
		return false;
	k->asked = true;
	k->asked_us = now_us;
	return true;
}

/** One viewer's requests: a viewer who asks again and again is heard ever more seldom. Zeroed before use. */
struct forward_keyframe_asker {
	int64_t heard_us;
	unsigned doubled; /**< how often the pause has been doubled */
	bool heard;
};

#define FORWARD_ASKER_PAUSE_US 500000      /**< after a first request [µs] */
#define FORWARD_ASKER_DOUBLINGS 4          /**< up to 8 s */
#define FORWARD_ASKER_CONGESTED_US 4000000 /**< at least, where a line is full already: keyframes are large */
#define FORWARD_ASKER_FORGIVEN_US 15000000

/** May this request count? @param congested the asker's line carries less than it is sent */
static inline bool forward_keyframe_asker_heard(struct forward_keyframe_asker *a, bool congested, int64_t now_us)
{
	int64_t pause_us = (int64_t)FORWARD_ASKER_PAUSE_US << a->doubled;
	if (congested && pause_us < FORWARD_ASKER_CONGESTED_US)
		pause_us = FORWARD_ASKER_CONGESTED_US;
	if (a->heard && now_us - a->heard_us < pause_us)
		return false;
	if (!a->heard || now_us - a->heard_us >= FORWARD_ASKER_FORGIVEN_US)
		a->doubled = 0;
	else if (a->doubled < FORWARD_ASKER_DOUBLINGS)
		a->doubled++;
	a->heard = true;
	a->heard_us = now_us;
	return true;
}
#endif
