#include "pipeline/package_track.h"

#include <stdlib.h>
#include <string.h>

#define USUAL_FIRST (PACKAGE_PICTURE_CLOCK / 30)

static int64_t clock_of(enum package_track track)
{
	return track == PACKAGE_SOUND ? PACKAGE_SOUND_CLOCK : PACKAGE_PICTURE_CLOCK;
}

static int64_t to_picture(enum package_track track, int64_t ticks)
{
	return ticks * PACKAGE_PICTURE_CLOCK / clock_of(track);
}

static int64_t from_picture(enum package_track track, int64_t ticks)
{
	return ticks * clock_of(track) / PACKAGE_PICTURE_CLOCK;
}

/* ---- cuts ---- */

void package_cuts_begin(struct package_cuts *cuts, int64_t start, bool discontinuity)
{
	cuts->ring[cuts->next % PACKAGE_CUTS] = (struct package_cut){cuts->next, start, -1, discontinuity};
	cuts->next++;
}

struct package_cut *package_cuts_newest(struct package_cuts *cuts)
{
	return &cuts->ring[(cuts->next - 1) % PACKAGE_CUTS];
}

void package_cuts_end(struct package_cuts *cuts, int64_t end)
{
	package_cuts_newest(cuts)->end = end;
}

/** @return NULL: not begun yet. A follower that lags too far goes on with the oldest that is known. */
static const struct package_cut *find(const struct package_cuts *cuts, uint32_t *number)
{
	if (*number >= cuts->next)
		return NULL;
	if (cuts->next - *number > PACKAGE_CUTS)
		*number = cuts->next - PACKAGE_CUTS;
	return &cuts->ring[*number % PACKAGE_CUTS];
}

/* ---- one track ---- */

void package_line_init(struct package_line *line, enum package_track track, int64_t part_most,
                       const struct package_sink *sink)
{
	line->track = track;
	line->part_most = part_most;
	line->sink = sink;
	line->usual = track == PACKAGE_SOUND ? 1024 : USUAL_FIRST;
}

void package_line_clear(struct package_line *line)
{
	for (size_t i = 0; i < line->count; i++)
		free(line->samples[i].data);
	line->count = 0;
}

void package_line_open(struct package_line *line, const struct package_cut *cut)
{
	line->cut = *cut;
	line->parts = 0;
	line->first = line->end = from_picture(line->track, cut->start);
	line->open = true;
}

static void end_part(struct package_line *line)
{
	const struct package_sample *first = &line->samples[0];
	struct package_part part = {.track = line->track,
	                            .segment = line->cut.number,
	                            .part = line->parts,
	                            .init = first->init,
	                            .samples = line->samples,
	                            .count = line->count,
	                            .start = first->start,
	                            .duration = line->end - first->start,
	                            .independent = first->key,
	                            .discontinuity = line->parts == 0 && line->cut.discontinuity};

	if (line->count == 0)
		return;
	line->sink->part(&part, line->sink->ctx);
	line->parts++;
	package_line_clear(line);
}

static void tell_segment(const struct package_line *line, const struct package_cut *cut, uint32_t parts, int64_t start,
                         int64_t end)
{
	struct package_segment segment = {.track = line->track,
	                                  .segment = cut->number,
	                                  .parts = parts,
	                                  .start = start,
	                                  .duration = end - start,
	                                  .discontinuity = cut->discontinuity};

	line->sink->segment(&segment, line->sink->ctx);
}

static void tell_empty(const struct package_line *line, const struct package_cut *cut)
{
	tell_segment(line, cut, 0, from_picture(line->track, cut->start), from_picture(line->track, cut->end));
}

void package_line_close(struct package_line *line, const struct package_cut *cut)
{
	end_part(line);
	if (line->open && line->parts)
		tell_segment(line, cut, line->parts, line->first, line->end);
	else
		tell_empty(line, cut);
	line->open = false;
}

int64_t package_line_part_start(const struct package_line *line, int64_t start)
{
	return line->count ? line->samples[0].start : start;
}

int64_t package_line_usual(const struct package_line *line)
{
	return line->usual;
}

void package_line_place(struct package_line *line, struct package_sample *s)
{
	int64_t end = s->start + s->duration;

	if (line->count && (end - line->samples[0].start > line->part_most || line->count == PACKAGE_SAMPLES ||
	                    s->init != line->samples[0].init))
		end_part(line);
	if (line->count == 0 && line->parts == 0)
		line->first = s->start;
	line->samples[line->count++] = *s;
	*s = (struct package_sample){.data = NULL};
	line->end = end;
	line->usual = line->samples[line->count - 1].duration;
	/* another like this would not fit: why wait for it */
	if (end - line->samples[0].start + line->usual * 31 / 32 > line->part_most &&
	    (end - line->samples[0].start) * 100 >= line->part_most * 86)
		end_part(line);
}

/* ---- followers ---- */

void package_follower_init(struct package_follower *f, enum package_track track, int64_t part_most,
                           const struct package_sink *sink)
{
	package_line_init(&f->line, track, part_most, sink);
}

static void drop_oldest(struct package_follower *f)
{
	free(f->held[f->head].data);
	f->head = (f->head + 1) % PACKAGE_HELD;
	f->count--;
}

static void drop_held(struct package_follower *f)
{
	while (f->count)
		drop_oldest(f);
}

void package_follower_clear(struct package_follower *f)
{
	package_line_clear(&f->line);
	drop_held(f);
	free(f->held);
	f->held = NULL;
}

void package_follower_push(struct package_follower *f, struct package_sample *s)
{
	if (!f->held)
		f->held = calloc(PACKAGE_HELD, sizeof(*f->held));
	if (!f->held) {
		free(s->data);
		return;
	}
	if (f->count == PACKAGE_HELD)
		drop_oldest(f);
	f->held[(f->head + f->count) % PACKAGE_HELD] = *s;
	f->count++;
	*s = (struct package_sample){.data = NULL};
}

/** How long the oldest is shown. @return false: not known yet. */
static bool time_oldest(struct package_follower *f, const struct package_cut *cut)
{
	struct package_sample *s = &f->held[f->head];

	if (f->line.track == PACKAGE_SOUND)
		return true;
	if (f->count > 1)
		s->duration = f->held[(f->head + 1) % PACKAGE_HELD].start - s->start;
	else if (cut->end >= 0 && cut->end - s->start <= f->line.usual * 3 / 2)
		s->duration = cut->end - s->start;
	else
		return false;
	if (s->duration > f->line.part_most)
		s->duration = f->line.part_most;
	return true;
}

static void close_segment(struct package_follower *f, const struct package_cut *cut)
{
	package_line_close(&f->line, cut);
	f->segment++;
}

void package_follow(struct package_follower *f, struct package_cuts *cuts)
{
	while (f->count) {
		struct package_sample *s = &f->held[f->head];
		int64_t at = to_picture(f->line.track, s->start);
		const struct package_cut *cut = find(cuts, &f->segment);

		if (!cut || at > cuts->known)
			return;
		if (at < cut->start) {
			drop_oldest(f);
			continue;
		}
		if (cut->end >= 0 && at >= cut->end) {
			close_segment(f, cut);
			continue;
		}
		if (!f->line.open && f->line.track == PACKAGE_RUNG && !s->key) {
			drop_oldest(f);
			continue;
		}
		if (!time_oldest(f, cut))
			return;
		if (s->duration > 0) {
			if (!f->line.open)
				package_line_open(&f->line, cut);
			package_line_place(&f->line, s);
		}
		drop_oldest(f);
	}
}

void package_follower_skip(struct package_follower *f, struct package_cuts *cuts)
{
	const struct package_cut *cut;

	while ((cut = find(cuts, &f->segment)) && cut->end >= 0)
		close_segment(f, cut);
}

void package_follower_end(struct package_follower *f, struct package_cuts *cuts)
{
	package_follower_skip(f, cuts);
	drop_held(f);
}

void package_follower_drop(struct package_follower *f, struct package_cuts *cuts)
{
	const struct package_cut *cut = find(cuts, &f->segment);

	drop_held(f);
	if (cut && f->line.open)
		close_segment(f, cut);
}

void package_follower_restart(struct package_follower *f, struct package_cuts *cuts, int64_t start)
{
	const struct package_cut *cut;

	drop_held(f);
	while ((cut = find(cuts, &f->segment)) && cut->end >= 0 && start >= cut->end)
		close_segment(f, cut);
}
