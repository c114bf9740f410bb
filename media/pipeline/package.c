#include "pipeline/package.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/package_track.h"

#define MS (PACKAGE_PICTURE_CLOCK / 1000)
#define ASK_AGAIN (500 * MS)
#define ANSWER_FIRST (200 * MS) /* how long a host takes to answer, before it has done so */
#define ANSWER_LEAST (20 * MS)
#define ANSWER_MOST (1000 * MS)
#define QUIET (1000 * MS) /* so long without a picture: it is no mere loss */
#define SMALLEST (1 * MS) /* distance of two pictures */
#define APART (30 * MS)   /* of two stretches: more than a frame of sound that reaches over the end */

struct package {
	struct package_sink sink;
	struct package_cuts cuts;
	struct package_follower sound, rung;
	struct package_line line;      /* of the picture */
	struct package_sample pending; /* the newest: how long it is shown is not known yet */
	int64_t part, segment, late;   /* [ticks] */
	int64_t began, now, asked, answer;
	int64_t shown; /* when the newest picture that came began [ticks] */
	bool open, pictures, waiting, frozen, asking, rung_known, rung_on;
	uint32_t init;
};

static int64_t ticks(int64_t us)
{
	return us * PACKAGE_PICTURE_CLOCK / 1000000;
}

struct package *package_create(const struct package_config *config, const struct package_sink *sink)
{
	struct package *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->sink = *sink;
	p->part = ticks(config->part_us);
	p->segment = ticks(config->segment_us);
	p->late = ticks(config->late_us);
	p->answer = ANSWER_FIRST;
	package_line_init(&p->line, PACKAGE_PICTURE, p->part, &p->sink);
	package_follower_init(&p->sound, PACKAGE_SOUND, config->part_us * PACKAGE_SOUND_CLOCK / 1000000, &p->sink);
	package_follower_init(&p->rung, PACKAGE_RUNG, p->part, &p->sink);
	return p;
}

void package_destroy(struct package *p)
{
	if (!p)
		return;
	free(p->pending.data);
	package_line_clear(&p->line);
	package_follower_clear(&p->sound);
	package_follower_clear(&p->rung);
	free(p);
}

bool package_open(const struct package *p)
{
	return p->open;
}

int64_t package_began(const struct package *p)
{
	return p->began;
}

int64_t package_reached(const struct package *p)
{
	return p->cuts.known;
}

uint32_t package_segment(const struct package *p)
{
	return p->cuts.next - (p->open ? 1 : 0);
}

static struct package_cut *current(struct package *p)
{
	return package_cuts_newest(&p->cuts);
}

/** The followers take what the picture's progress allows. */
static void follow(struct package *p)
{
	package_follow(&p->sound, &p->cuts);
	if (p->rung_on)
		package_follow(&p->rung, &p->cuts);
	else if (p->rung_known)
		package_follower_skip(&p->rung, &p->cuts);
}

static void begin_segment(struct package *p, int64_t start, bool discontinuity)
{
	package_cuts_begin(&p->cuts, start, discontinuity);
	package_line_open(&p->line, current(p));
}

static void end_segment(struct package *p, int64_t end)
{
	package_cuts_end(&p->cuts, end);
	package_line_close(&p->line, current(p));
}

/** The pending picture is shown until then. */
static void settle(struct package *p, int64_t end)
{
	struct package_cut *cut = current(p);

	if (!p->waiting)
		return;
	p->waiting = false;
	p->pending.duration = end - p->pending.start;
	if (end - cut->start > 2 * p->segment) { /* no keyframe: it is cut all the same */
		end_segment(p, p->pending.start);
		begin_segment(p, p->pending.start, false);
	}
	package_line_place(&p->line, &p->pending);
}

/** @return whether it begins a segment. */
static bool cut_before(struct package *p, const struct package_sample *s)
{
	bool other = s->init != p->init;

	if (!s->key || (!other && s->start - current(p)->start < p->segment / 2))
		return false;
	end_segment(p, s->start);
	begin_segment(p, s->start, other);
	return true;
}

/** Where a stretch may begin. */
static int64_t after_last(const struct package *p, int64_t start)
{
	return p->cuts.next > 0 && start < p->cuts.known + APART ? p->cuts.known + APART : start;
}

static void take(struct package *p, struct package_sample *s)
{
	bool begins;

	if (!p->open) {
		s->start = after_last(p, s->start);
		p->open = p->pictures = true;
		p->began = s->start;
		p->asking = false;
		begin_segment(p, s->start, p->cuts.next > 0);
		begins = true;
	} else {
		settle(p, s->start);
		begins = cut_before(p, s);
	}
	p->init = s->init;
	p->pending = *s;
	*s = (struct package_sample){.data = NULL};
	p->waiting = true;
	p->cuts.known = p->pending.start;
	p->sink.picture(&p->pending, begins, p->sink.ctx);
}

/** What is shown at `start` because nothing came. @return whether there is anything to show. */
static bool freeze(struct package *p, int64_t start)
{
	/* a player must be able to begin now and then; but it is an older picture that it begins with */
	bool cut = start - current(p)->start >= p->segment && start - p->shown >= QUIET;
	struct package_sample still = {.start = start, .init = p->init};

	if (!p->sink.still(cut, &still, p->sink.ctx))
		return false;
	if (!p->frozen)
		p->asking = false; /* ask at once */
	p->frozen = true;
	take(p, &still);
	return true;
}

/** Show the pending picture, then still ones, until `until` lies in the part that is open. */
static bool fill(struct package *p, int64_t until)
{
	while (p->waiting) {
		int64_t base = package_line_part_start(&p->line, p->pending.start);
		int64_t full = base + p->part;

		if (full <= p->pending.start)
			full = p->pending.start + p->part;
		if (until <= full)
			return true;
		if (!freeze(p, full))
			return false;
	}
	return true;
}

static void heed_answer(struct package *p, int64_t start)
{
	int64_t took = start - p->asked;

	if (p->asking) {
		took = took < ANSWER_LEAST ? ANSWER_LEAST : took > ANSWER_MOST ? ANSWER_MOST : took;
		p->answer += (took - p->answer) / 4;
	}
	p->asking = false;
}

/** Ask for a keyframe, unless that has just been done. */
static void ask(struct package *p)
{
	if (p->asking && p->now - p->asked < ASK_AGAIN)
		return;
	p->asking = true;
	p->asked = p->now;
	p->sink.keyframe(p->sink.ctx);
}

bool package_picture(struct package *p, struct package_sample *s)
{
	if (p->open && !p->pictures)
		package_end(p);
	if (!s->key && (!p->open || p->frozen || s->init != p->init))
		goto drop;
	if (p->open) {
		if (s->start < p->pending.start + SMALLEST) {
			if (!s->key)
				goto drop;
			s->start = p->pending.start + SMALLEST;
		}
		/* more than a part without a picture: it came too late to be waited for, or the host sends few */
		if (!fill(p, s->start)) {
			package_end(p);
			return package_picture(p, s);
		}
		if (p->frozen && !s->key)
			goto drop;
		if (s->start < p->pending.start + SMALLEST)
			s->start = p->pending.start + SMALLEST;
	}
	if (s->key) {
		p->frozen = false;
		heed_answer(p, s->start);
	}
	p->shown = s->start;
	take(p, s);
	follow(p);
	return true;
drop:
	if (p->open && p->frozen) /* they come again, and build on what was not shown */
		ask(p);
	free(s->data);
	*s = (struct package_sample){.data = NULL};
	return false;
}

void package_begin_sound(struct package *p, int64_t start)
{
	if (p->open)
		package_end(p);
	start = after_last(p, start);
	p->open = true;
	p->pictures = false;
	p->began = start;
	begin_segment(p, start, p->cuts.next > 0);
	p->cuts.known = start;
}

void package_sound(struct package *p, struct package_sample *s)
{
	package_follower_push(&p->sound, s);
	package_follow(&p->sound, &p->cuts);
}

void package_rung(struct package *p, struct package_sample *s)
{
	if (!p->rung_on) {
		package_follower_restart(&p->rung, &p->cuts, s->start);
		p->rung_on = true;
	}
	package_follower_push(&p->rung, s);
	package_follow(&p->rung, &p->cuts);
	p->rung_known |= p->rung.line.open;
}

void package_rung_stop(struct package *p)
{
	if (!p->rung_on)
		return;
	p->rung_on = false;
	package_follower_drop(&p->rung, &p->cuts);
}

static void advance_sound(struct package *p, int64_t horizon)
{
	while (horizon - current(p)->start >= p->segment) {
		int64_t at = current(p)->start + p->segment;

		end_segment(p, at);
		begin_segment(p, at, false);
	}
	if (horizon > p->cuts.known)
		p->cuts.known = horizon;
}

void package_advance(struct package *p, int64_t now)
{
	p->now = now;
	if (!p->open)
		return;
	if (!p->pictures) {
		advance_sound(p, now - p->late);
	} else if (!fill(p, now - p->late)) {
		package_end(p);
		return;
	} else if (p->frozen ? !p->asking : p->now - current(p)->start >= p->segment - p->answer) {
		ask(p); /* of who sends no pictures once */
	}
	follow(p);
}

void package_end(struct package *p)
{
	int64_t end = p->cuts.known;

	if (!p->open)
		return;
	if (p->waiting) {
		int64_t base = package_line_part_start(&p->line, p->pending.start);

		end = p->pending.start + package_line_usual(&p->line);
		if (end > base + p->part && p->pending.start < base + p->part)
			end = base + p->part;
		settle(p, end);
	}
	p->open = p->frozen = p->asking = false;
	p->cuts.known = end;
	end_segment(p, end);
	follow(p);
	package_follower_end(&p->sound, &p->cuts);
	if (p->rung_on || p->rung_known)
		package_follower_end(&p->rung, &p->cuts);
	p->rung_on = false;
}
