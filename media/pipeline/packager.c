#include "pipeline/packager.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/avc.h"

#define LATE_US 400000            /* what reordering, repair and jitter may cost before we go on without */
#define GONE_US 1000000           /* so long no picture: nobody is there to be asked */
#define AWAY_US 3000000           /* so long nothing at all: the host is away */
#define EARLY_MOST 250            /* packets of sound: 5 s */
#define ASK_AGAIN_US 500000       /* the seam's keyframe clock gathers; this only keeps it short */
#define STUCK_US 3000000          /* no output although there is input */
#define PICTURE_BEHIND_US 1000000 /* transcoding the picture: more is no longer live */
#define RUNG_BEHIND_US 500000
#define BEHIND_FOR_US 3000000
#define TELL_AGAIN_US 60000000
#define RUNG_EDGE 360
#define RUNG_BPS 500000
#define TRANSCODED_BPS 2500000

static int64_t to_ticks(const struct packager *p, int64_t us)
{
	return (int64_t)timeline_ticks(us, p->origin_us, PACKAGE_PICTURE_CLOCK);
}

static int64_t ticks_of(int64_t us)
{
	return us * PACKAGE_PICTURE_CLOCK / 1000000;
}

static int64_t to_samples(const struct packager *p, int64_t us)
{
	return (int64_t)timeline_ticks(us, p->origin_us, PACKAGE_SOUND_CLOCK);
}

static void tell_problem(const char *code, const char *what)
{
	char detail[128], line[NOTES_LINE_MAX];

	fprintf(stderr, "%s: %s\n", code, what);
	snprintf(line, sizeof(line), "problem code=%s detail=%s\n", code, notes_encode(what, detail, sizeof(detail)));
	notes_say(line);
}

static void free_unit(gpointer unit)
{
	struct host_unit *u = unit;

	free(u->data);
	free(u);
}

/* ---- what the package tells ---- */

static void on_part(const struct package_part *part, void *ctx)
{
	struct packager *p = ctx;

	publish_part(&p->publish, part);
}

static void on_segment(const struct package_segment *segment, void *ctx)
{
	struct packager *p = ctx;

	publish_segment(&p->publish, segment);
}

static bool on_still(bool key, struct package_sample *out, void *ctx)
{
	struct packager *p = ctx;

	return freeze_make(&p->freeze, key, out);
}

static void on_keyframe(void *ctx)
{
	struct packager *p = ctx;

	if (p->vp8)
		p->force_key = true; /* our own encoder: the host need not know */
	else
		p->keyframe_wanted = true;
}

static bool open_rung(struct packager *p)
{
	const struct publish_track *full = &p->publish.tracks[PACKAGE_PICTURE];
	int edge = full->width < full->height ? full->width : full->height;

	if (edge <= RUNG_EDGE)
		return false;
	p->rung_init = full->init;
	return to_h264_open(&p->rung, TO_H264_H264, (full->width * RUNG_EDGE / edge + 1) & ~1,
	                    (full->height * RUNG_EDGE / edge + 1) & ~1, RUNG_BPS, p->config.wake);
}

static void close_rung(struct packager *p)
{
	to_h264_close(&p->rung);
	package_rung_stop(p->package);
}

static void on_picture(const struct package_sample *s, bool begins, void *ctx)
{
	struct packager *p = ctx;
	uint8_t *copy;

	freeze_note(&p->freeze, p->publish.tracks[PACKAGE_PICTURE].sets, s);
	if (!p->wishes.rung || p->rung_refused)
		return;
	if (begins && s->key && (!branch_is_open(&p->rung.branch) || p->rung_init != s->init) && !open_rung(p))
		return;
	if (!branch_is_open(&p->rung.branch))
		return;
	copy = avc_to_start_codes(s->data, s->len);
	to_h264_push(&p->rung, copy, s->len, s->start, begins);
}

/* ---- begin and end ---- */

int packager_begin(struct packager *p, const struct packager_config *config)
{
	struct package_config cuts = {.part_us = config->part_us, .segment_us = config->segment_us, .late_us = LATE_US};
	struct package_sink sink = {.part = on_part,
	                            .segment = on_segment,
	                            .picture = on_picture,
	                            .still = on_still,
	                            .keyframe = on_keyframe,
	                            .ctx = p};
	int rc;

	*p = (struct packager){.config = *config, .early = g_queue_new()};
	rc = publish_begin(&p->publish, config->spool, config->record);
	if (rc < 0)
		return rc;
	p->package = package_create(&cuts, &sink);
	return p->package ? 0 : -ENOMEM;
}

/** What goes on from before a stretch's end must not go into the next. */
static void close_stretch(struct packager *p)
{
	to_h264_close(&p->rung);
	to_aac_end(&p->sound);
	g_queue_clear_full(p->early, free_unit);
	p->open = false;
}

static void end_stretch(struct packager *p)
{
	package_end(p->package);
	close_stretch(p);
	p->force_key = true;
}

void packager_finish(struct packager *p)
{
	end_stretch(p);
	to_h264_close(&p->picture);
	package_destroy(p->package);
	publish_finish(&p->publish);
	freeze_clear(&p->freeze);
	g_queue_free_full(p->early, free_unit);
}

void packager_wish(struct packager *p, const struct notes_wishes *wishes)
{
	uint32_t next = package_segment(p->package) + package_open(p->package);

	if (!wishes->rung) {
		p->rung_refused = false;
		close_rung(p);
	}
	if (p->wishes.package && !wishes->package) {
		end_stretch(p);
		to_h264_close(&p->picture);
	}
	p->wishes = *wishes;
	publish_record(&p->publish, wishes->record && wishes->package, next);
}

void packager_codecs(struct packager *p, const struct host *host)
{
	end_stretch(p);
	to_h264_close(&p->picture);
	p->vp8 = host->video && host->codec == ASSEMBLE_VP8;
}

/* ---- units in ---- */

static const struct publish_track *track_of(const struct packager *p, enum package_track which)
{
	return &p->publish.tracks[which];
}

/** The picture's init segment, when a key picture needs another. @return false: its sets are of no use. */
static bool announce(struct packager *p, const struct h264_sets *sets)
{
	if (!publish_picture(&p->publish, PACKAGE_PICTURE, sets, p->vp8 ? TRANSCODED_BPS : 0))
		return false;
	publish_sound(&p->publish, TO_AAC_RATE, TO_AAC_CHANNELS, TO_AAC_BITRATE);
	return true;
}

static void hear(struct packager *p, struct host_unit *u)
{
	to_aac_packet(&p->sound, u->data, u->len, u->samples, to_samples(p, u->time_us), u->lost);
	u->data = NULL;
}

/** A stretch has begun: its sound begins with it. */
static void begin_stretch(struct packager *p)
{
	int64_t start = package_began(p->package) * PACKAGE_SOUND_CLOCK / PACKAGE_PICTURE_CLOCK;
	struct host_unit *u;

	p->open = true;
	to_aac_begin(&p->sound, start, p->config.wake);
	while ((u = g_queue_pop_head(p->early))) {
		if (u->time_us >= p->origin_us && to_samples(p, u->time_us) >= start)
			hear(p, u);
		free_unit(u);
	}
}

static void take_picture(struct packager *p, struct package_sample *s)
{
	s->init = p->publish.tracks[PACKAGE_PICTURE].init;
	package_picture(p->package, s);
	if (package_open(p->package) && !p->open)
		begin_stretch(p);
}

static void packaged_picture(struct packager *p, struct host_unit *u)
{
	struct package_sample s = {.data = u->data, .len = u->len, .start = to_ticks(p, u->time_us), .key = u->key};

	if (u->b_frames && !p->b_frames_told) {
		p->b_frames_told = true;
		tell_problem("b_frames", "pictures are sent in another order than they are shown");
	}
	if (u->b_frames || (u->key && u->sets && !announce(p, u->sets)) || !track_of(p, PACKAGE_PICTURE)->announced)
		return;
	u->data = NULL;
	take_picture(p, &s);
}

/** VP8: whole GOPs are left out while the encoder is behind. */
static void transcoded_picture(struct packager *p, struct host_unit *u)
{
	if (p->overrun && (!u->key || branch_behind_us(&p->picture.branch) > PICTURE_BEHIND_US / 4))
		return;
	p->overrun = false;
	if (!branch_is_open(&p->picture.branch) &&
	    (!u->key || !to_h264_open(&p->picture, TO_H264_VP8, 0, 0, TRANSCODED_BPS, p->config.wake)))
		return;
	to_h264_push(&p->picture, u->data, u->len, to_ticks(p, u->time_us), p->force_key);
	p->force_key = false;
	u->data = NULL;
}

static void picture_unit(struct packager *p, struct host_unit *u)
{
	if (u->restarted || u->stepped)
		end_stretch(p);
	if (p->origin_us == 0) {
		if (!u->key)
			return;
		p->origin_us = p->publish.origin_us = u->time_us;
	}
	if (p->vp8)
		transcoded_picture(p, u);
	else
		packaged_picture(p, u);
}

static void sound_unit(struct packager *p, struct host_unit *u)
{
	struct host_unit *early;

	if (p->open) {
		hear(p, u);
		return;
	}
	early = calloc(1, sizeof(*early));
	if (!early)
		return;
	*early = *u;
	early->sets = NULL;
	u->data = NULL;
	g_queue_push_tail(p->early, early);
	if (g_queue_get_length(p->early) > EARLY_MOST)
		free_unit(g_queue_pop_head(p->early));
}

/** Sound alone, of a host who has no picture to send. */
static void begin_with_sound(struct packager *p, const struct host_unit *u)
{
	if (p->origin_us == 0)
		p->origin_us = p->publish.origin_us = u->time_us;
	publish_sound(&p->publish, TO_AAC_RATE, TO_AAC_CHANNELS, TO_AAC_BITRATE);
	package_begin_sound(p->package, to_ticks(p, u->time_us));
	begin_stretch(p);
}

void packager_unit(struct packager *p, const struct host *host, struct host_unit *u)
{
	if (!p->wishes.package)
		return;
	if (u->picture) {
		picture_unit(p, u);
		return;
	}
	if (!host->video && !p->open)
		begin_with_sound(p, u);
	sound_unit(p, u);
}

/* ---- what comes out, and the clock ---- */

static void pull_sound(struct packager *p)
{
	struct package_sample s;

	while (to_aac_pull(&p->sound, &s))
		package_sound(p->package, &s);
}

static void pull_picture(struct packager *p)
{
	struct package_sample s;
	bool changed;

	while (to_h264_pull(&p->picture, &s, &changed)) {
		if ((changed && !announce(p, &p->picture.sets)) || !track_of(p, PACKAGE_PICTURE)->announced)
			free(s.data);
		else
			take_picture(p, &s);
	}
}

static void pull_rung(struct packager *p)
{
	struct package_sample s;
	bool changed;

	while (to_h264_pull(&p->rung, &s, &changed)) {
		if (changed)
			publish_picture(&p->publish, PACKAGE_RUNG, &p->rung.sets, RUNG_BPS);
		s.init = track_of(p, PACKAGE_RUNG)->init;
		if (track_of(p, PACKAGE_RUNG)->announced)
			package_rung(p->package, &s);
		else
			free(s.data);
	}
}

static void heed_lateness(struct packager *p, int64_t now_us)
{
	bool late = to_h264_late(&p->picture, PICTURE_BEHIND_US, BEHIND_FOR_US, now_us);

	if (branch_is_open(&p->rung.branch) &&
	    (late || to_h264_late(&p->rung, RUNG_BEHIND_US, BEHIND_FOR_US, now_us))) {
		p->rung_refused = true;
		close_rung(p);
		p->picture.late_since_us = 0; /* that may be enough: look again */
		tell_problem("no_time", "the smaller picture takes more time than this machine has");
		return;
	}
	if (branch_behind_us(&p->picture.branch) > 2 * PICTURE_BEHIND_US)
		p->overrun = true;
	if (late && (p->overrun_told_us == 0 || now_us - p->overrun_told_us > TELL_AGAIN_US)) {
		p->overrun_told_us = now_us;
		tell_problem("no_time", "making H.264 of this picture takes more time than this machine has");
	}
}

static bool healthy(struct packager *p, int64_t now_us)
{
	struct branch *const branches[] = {&p->sound.branch, &p->picture.branch, &p->rung.branch};

	for (size_t i = 0; i < G_N_ELEMENTS(branches); i++) {
		if (branch_failed(branches[i]))
			return false;
		if (branch_stuck_us(branches[i], now_us) > STUCK_US) {
			fprintf(stderr, "an encoder hangs\n");
			return false;
		}
	}
	return true;
}

static void advance_stretch(struct packager *p, const struct host *host, int64_t now_us)
{
	int64_t host_us = host_time_us(host, now_us);

	if (now_us - host->heard_us > AWAY_US) {
		end_stretch(p);
		return;
	}
	to_aac_fill(&p->sound, to_samples(p, host_us - LATE_US));
	package_advance(p->package, to_h264_not_after(&p->picture, to_ticks(p, host_us), ticks_of(LATE_US)));
	if (!package_open(p->package))
		close_stretch(p);
}

bool packager_advance(struct packager *p, const struct host *host, int64_t now_us)
{
	pull_picture(p);
	pull_sound(p);
	pull_rung(p);
	heed_lateness(p, now_us);
	if (p->open)
		advance_stretch(p, host, now_us);
	publish_check(&p->publish);
	spool_sweep(&p->publish.spool, now_us);
	return healthy(p, now_us);
}

bool packager_wants_keyframe(struct packager *p, const struct host *host, int64_t now_us)
{
	bool wanted = p->keyframe_wanted || host_wants_keyframe(host) || p->overrun ||
	              (!p->open && host->video && !host->held_keys);

	if (!p->wishes.package || !wanted || now_us - p->asked_us < ASK_AGAIN_US || now_us - host->seen_us > GONE_US)
		return false;
	if (p->vp8 && !p->open && branch_is_open(&p->picture.branch) && !p->overrun && !host_wants_keyframe(host))
		return false; /* our encoder is about to give one */
	p->keyframe_wanted = false;
	p->asked_us = now_us;
	return true;
}
