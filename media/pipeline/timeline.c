#include "pipeline/timeline.h"

#include <errno.h>

#include "rtp/ntp.h"
#include "rtp/rtcp.h"

#define FRESH_US 30000000    /* a report older than this says nothing of a source that begins */
#define PLAUSIBLE_US 2000000 /* that a first report may differ by from what arrival says */
#define FOREIGN_US 10000000  /* beyond this it is another clock */
#define ALIKE_US 150000      /* two reports that differ from the mapping by the same */
#define STEADY_US 2000       /* what is not worth smoothing */
#define REBASE_US 5000000    /* timestamps that leave arrival by so much have begun anew */
#define EASE_PER 1000        /* the whole is moved back by one part of so many of the time that passes */
#define FAR_AHEAD_US 200000  /* what is from so far in the future goes back five times as fast */
#define EASE_MOST_US 40000   /* of time without anything counts no more than this */
#define BEHIND_US 1000       /* the least step onwards where time would go back */

void timeline_begin(struct timeline *t, int64_t now_us, int64_t wall_us)
{
	*t = (struct timeline){.now0_us = now_us, .wall0_us = wall_us};
}

void timeline_track(struct timeline *t, int track, uint32_t clock)
{
	if (t->tracks[track].clock != clock)
		t->tracks[track] = (struct timeline_track){.clock = clock, .last_us = t->tracks[track].last_us};
}

static int64_t span_us(const struct timeline_track *tr, int64_t ticks)
{
	return ticks / tr->clock * 1000000 + ticks % tr->clock * 1000000 / tr->clock;
}

static int64_t extend(const struct timeline_track *tr, uint32_t timestamp)
{
	return tr->extended + (int32_t)(timestamp - tr->newest);
}

/** Without what is still to be smoothed. */
static int64_t time_of(const struct timeline_track *tr, int64_t ticks)
{
	return tr->base_us + span_us(tr, ticks - tr->base_ticks);
}

/** Move all tracks together, so that they keep their distances. */
static void move_all(struct timeline *t, int64_t by_us)
{
	t->offset_us += by_us;
	for (int i = 0; i < TIMELINE_TRACKS; i++) {
		struct timeline_track *tr = &t->tracks[i];
		tr->base_us += by_us;
		tr->stepped |= tr->mapped;
	}
}

/** Time must not go back: where a track would, all go on. */
static void keep_rising(struct timeline *t, struct timeline_track *tr, int64_t next_us)
{
	if (tr->last_us != 0 && next_us < tr->last_us + BEHIND_US)
		move_all(t, tr->last_us + BEHIND_US - next_us);
}

static struct timeline_report *find_report(struct timeline *t, uint32_t ssrc)
{
	for (int i = 0; i < TIMELINE_REPORTS; i++)
		if (t->reports[i].there && t->reports[i].ssrc == ssrc)
			return &t->reports[i];
	return NULL;
}

/** Does no track that is heard have a report any more? Then it may be another host, with another clock. */
static bool forgotten(const struct timeline *t)
{
	for (int i = 0; i < TIMELINE_TRACKS; i++)
		if (t->tracks[i].started && t->tracks[i].reported)
			return false;
	return true;
}

/** Has any time been given out of the sources now heard? */
static bool in_use(const struct timeline *t)
{
	for (int i = 0; i < TIMELINE_TRACKS; i++)
		if (t->tracks[i].started && t->tracks[i].mapped)
			return true;
	return false;
}

/** Move all back at once, but not behind what was given out of earlier sources. */
static void move_back(struct timeline *t, int64_t by_us)
{
	for (int i = 0; i < TIMELINE_TRACKS; i++) {
		const struct timeline_track *tr = &t->tracks[i];
		int64_t room_us = tr->base_us - (tr->last_us + BEHIND_US);
		if (tr->started && tr->last_us != 0 && room_us < by_us)
			by_us = room_us;
	}
	if (by_us <= 0)
		return;
	t->offset_us -= by_us;
	for (int i = 0; i < TIMELINE_TRACKS; i++)
		t->tracks[i].base_us -= by_us;
}

/** Move all back by and by. */
static void ease_back(struct timeline *t, int64_t lead_us, int64_t passed_us)
{
	int64_t most_us = passed_us * (lead_us > FAR_AHEAD_US ? 5 : 1) / EASE_PER,
	        by_us = lead_us < most_us ? lead_us : most_us;
	t->offset_us -= by_us;
	for (int i = 0; i < TIMELINE_TRACKS; i++)
		t->tracks[i].slew_us -= by_us;
}

/** A unit that has arrived cannot be from later than now: then the ones before it were late. */
static void heed_arrival(struct timeline *t, struct timeline_track *tr, int64_t ticks, int64_t arrival_us)
{
	int64_t lead_us = time_of(tr, ticks) + tr->slew_us - (t->wall0_us + (arrival_us - t->now0_us));
	int64_t passed_us = arrival_us - t->eased_us;
	if (lead_us <= 0)
		return;
	if (!tr->reported && !tr->mapped) { /* its own affair: nothing ties it to the others yet */
		if (tr->last_us == 0 || tr->base_us - lead_us > tr->last_us)
			tr->base_us -= lead_us;
	} else if (in_use(t)) {
		if (passed_us < EASE_PER)
			return;
		ease_back(t, lead_us, passed_us < EASE_MOST_US ? passed_us : EASE_MOST_US);
		t->eased_us = arrival_us;
	} else {
		move_back(t, lead_us);
	}
}

static void apply(struct timeline *t, struct timeline_track *tr, const struct timeline_report *report);

static void begin_source(struct timeline *t, struct timeline_track *tr, uint32_t ssrc, uint32_t timestamp,
                         int64_t arrival_us)
{
	bool again = tr->started;
	*tr = (struct timeline_track){.clock = tr->clock,
	                              .ssrc = ssrc,
	                              .started = true,
	                              .stepped = again && tr->last_us != 0,
	                              .newest = timestamp,
	                              .extended = timestamp,
	                              .base_ticks = timestamp,
	                              .base_us = t->wall0_us + (arrival_us - t->now0_us),
	                              .began_us = arrival_us,
	                              .noted_us = arrival_us,
	                              .own_us = 0,
	                              .last_us = tr->last_us};
	if (forgotten(t))
		t->anchored = false;
	const struct timeline_report *report = find_report(t, ssrc);
	if (report && arrival_us - report->now_us < FRESH_US)
		apply(t, tr, report);
	heed_arrival(t, tr, tr->extended, arrival_us);
	keep_rising(t, tr, tr->base_us);
}

void timeline_note(struct timeline *t, int track, uint32_t ssrc, uint32_t timestamp, int64_t arrival_us)
{
	struct timeline_track *tr = &t->tracks[track];
	if (tr->clock == 0)
		return;
	if (!tr->started || tr->ssrc != ssrc) {
		begin_source(t, tr, ssrc, timestamp, arrival_us);
		return;
	}
	int64_t ticks = extend(tr, timestamp);
	int64_t apart_us = span_us(tr, ticks - tr->extended) - (arrival_us - tr->noted_us);
	if (apart_us > REBASE_US || apart_us < -REBASE_US) {
		struct timeline_report *old = find_report(t, ssrc);
		if (old) /* of timestamps that are no more */
			old->there = false;
		begin_source(t, tr, ssrc, timestamp, arrival_us);
		return;
	}
	if (ticks > tr->extended) {
		tr->extended = ticks;
		tr->newest = timestamp;
	}
	tr->noted_us = arrival_us;
	heed_arrival(t, tr, ticks, arrival_us);
}

/** Move one track, at once. */
static void step(struct timeline *t, struct timeline_track *tr, int64_t by_us)
{
	tr->base_us += by_us;
	tr->slew_us = 0;
	tr->stepped |= tr->mapped;
	keep_rising(t, tr, time_of(tr, tr->extended));
}

static int64_t distance(int64_t a, int64_t b)
{
	return a < b ? b - a : a - b;
}

static void trust(struct timeline_track *tr, int64_t now_us)
{
	tr->reported = true;
	tr->doubted = false;
	tr->trusted_us = now_us;
}

/** A report that differs by much. Either the host's clock was set anew, and all its tracks will say so: then the
 *  timeline goes on as it was. Or this track alone has jumped. Who is right shows with the next report. */
static void doubt(struct timeline *t, struct timeline_track *tr, int64_t error_us, int64_t now_us)
{
	struct timeline_track *other = &t->tracks[tr == &t->tracks[0]];
	bool heard = other->started && other->reported;
	if (heard && other->doubted && distance(other->doubt_us, error_us) < ALIKE_US) {
		t->offset_us -= error_us;
		trust(tr, now_us);
		trust(other, now_us);
		return;
	}
	if (!tr->doubted || distance(tr->doubt_us, error_us) > ALIKE_US) {
		tr->doubted = true;
		tr->doubt_us = error_us;
		tr->doubted_us = now_us;
		return;
	}
	if (!heard)
		t->offset_us -= error_us;
	else if (error_us > FOREIGN_US || error_us < -FOREIGN_US)
		tr->own_us -= error_us;
	else if (other->trusted_us < tr->doubted_us)
		return; /* the other has not said anything since */
	else
		step(t, tr, error_us);
	trust(tr, now_us);
}

static void apply(struct timeline *t, struct timeline_track *tr, const struct timeline_report *report)
{
	int64_t predicted = time_of(tr, extend(tr, report->rtp));
	if (!t->anchored) {
		t->offset_us = predicted - report->host_us - tr->own_us;
		t->anchored = true;
		trust(tr, report->now_us);
		return;
	}
	int64_t error_us = report->host_us + t->offset_us + tr->own_us - predicted, off_us = distance(error_us, 0);
	if (!tr->reported && !tr->mapped && off_us < PLAUSIBLE_US) {
		tr->base_us += error_us; /* nobody has seen it yet */
		trust(tr, report->now_us);
	} else if (off_us <= TIMELINE_STEP_US) {
		tr->slew_us = off_us < STEADY_US ? 0 : error_us;
		trust(tr, report->now_us);
	} else {
		doubt(t, tr, error_us, report->now_us);
	}
}

static void keep_report(struct timeline *t, const struct timeline_report *report)
{
	struct timeline_report *place = find_report(t, report->ssrc);
	if (!place) { /* a free one, or the oldest */
		place = &t->reports[0];
		for (int i = 1; i < TIMELINE_REPORTS && place->there; i++)
			if (!t->reports[i].there || t->reports[i].now_us < place->now_us)
				place = &t->reports[i];
	}
	*place = *report;
}

static void take_report(struct timeline *t, const struct media_rtcp_sr *sr, int64_t now_us)
{
	struct timeline_report report = {.ssrc = sr->ssrc,
	                                 .rtp = sr->rtp_time,
	                                 .host_us = ((int64_t)(sr->ntp >> 32) - MEDIA_NTP_UNIX_S) * 1000000 +
	                                            (int64_t)((sr->ntp & 0xFFFFFFFF) * 1000000 >> 32),
	                                 .now_us = now_us,
	                                 .there = true};
	if (sr->ntp == 0) /* a sender that knows no time says so */
		return;
	keep_report(t, &report);
	for (int i = 0; i < TIMELINE_TRACKS; i++)
		if (t->tracks[i].started && t->tracks[i].ssrc == report.ssrc)
			apply(t, &t->tracks[i], &report);
}

int timeline_rtcp(struct timeline *t, const uint8_t *data, size_t len, int64_t now_us)
{
	struct media_rtcp packet;
	struct media_rtcp_sr sr;
	if (media_rtcp_check(data, len) != 0)
		return -EBADMSG;
	while (media_rtcp_next(&data, &len, &packet) == 1)
		if (packet.type == MEDIA_RTCP_SR && media_rtcp_read_sr(&packet, &sr) == 0)
			take_report(t, &sr, now_us);
	return 0;
}

bool timeline_settled(const struct timeline *t, int64_t now_us)
{
	int64_t first_us = INT64_MAX;
	for (int i = 0; i < TIMELINE_TRACKS; i++)
		if (t->tracks[i].started && t->tracks[i].began_us < first_us)
			first_us = t->tracks[i].began_us;
	if (first_us == INT64_MAX || (!in_use(t) && now_us - first_us < TIMELINE_LEAST_US))
		return false;
	for (int i = 0; i < TIMELINE_TRACKS; i++) {
		const struct timeline_track *tr = &t->tracks[i];
		int64_t since_us = tr->started ? tr->began_us : first_us;
		if (tr->clock && !tr->reported && now_us - since_us < TIMELINE_SETTLE_US)
			return false;
	}
	return true;
}

/** Smooth a part of what is to be smoothed, as much as the time since the last one given out allows. */
static int64_t slew(struct timeline_track *tr, int64_t ticks)
{
	int64_t us = time_of(tr, ticks);
	int64_t most = tr->mapped ? span_us(tr, ticks - tr->mapped_ticks) * TIMELINE_SLEW_PERMILLE / 1000 : 0;
	if (tr->slew_us == 0 || most <= 0)
		return us;
	int64_t by = tr->slew_us > most ? most : tr->slew_us < -most ? -most : tr->slew_us;
	tr->slew_us -= by;
	tr->base_us = us + by;
	tr->base_ticks = ticks;
	return tr->base_us;
}

int64_t timeline_map(struct timeline *t, int track, uint32_t timestamp, bool *stepped)
{
	struct timeline_track *tr = &t->tracks[track];
	if (!tr->started)
		return tr->last_us;
	int64_t ticks = extend(tr, timestamp);
	/* one that is newer than all that was noted is of a source that was left before it was mapped */
	ticks = ticks > tr->extended ? tr->extended : ticks;
	int64_t us = slew(tr, ticks);
	if (tr->last_us != 0 && us <= tr->last_us)
		us = tr->last_us + 1;
	if (stepped)
		*stepped = tr->stepped;
	tr->stepped = false;
	if (!tr->mapped || ticks > tr->mapped_ticks)
		tr->mapped_ticks = ticks;
	tr->mapped = true;
	tr->last_us = us;
	return us;
}
