#include "pipeline/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/seam.h"

#define HELD_MOST 4000 /* units: two tracks for more than 20 s */
#define AHEAD_SHIFT 7  /* how slowly the estimate forgets its fastest packet */
#define VIDEO 0
#define AUDIO 1

void host_begin(struct host *h, const struct host_sink *sink, int64_t now_us, int64_t wall_us)
{
	*h = (struct host){.sink = *sink, .held = g_queue_new()};
	timeline_begin(&h->timeline, now_us, wall_us);
}

static void free_unit(struct host_unit *u)
{
	free(u->data);
	free(u->sets);
	free(u);
}

static void drop_held(struct host *h)
{
	struct host_unit *u;

	while ((u = g_queue_pop_head(h->held)))
		free_unit(u);
	h->held_keys = 0;
}

void host_finish(struct host *h)
{
	assemble_finish(&h->picture);
	assemble_finish(&h->sound);
	drop_held(h);
	g_queue_free(h->held);
	h->held = NULL;
}

/** "video=H264 pt=102 clock=90000" @return whether there is such a line. */
static bool read_codec(const char *text, const char *kind, char name[16], int *pt, unsigned *clock)
{
	g_autofree char *start = g_strdup_printf("%s=", kind);
	const char *line = strstr(text, start);

	return line && sscanf(line + strlen(start), "%15s pt=%d clock=%u", name, pt, clock) == 3 && *pt >= 0 &&
	       *pt <= 127 && *clock >= 8000 && *clock <= 192000;
}

static void set_track(struct host *h, bool *there, struct assemble *a, enum assemble_codec codec, int pt)
{
	if (*there && a->codec == codec && a->pt == pt)
		return;
	assemble_finish(a);
	*there = assemble_begin(a, codec, pt) == 0;
	drop_held(h);
	h->sink.codecs(h->sink.ctx);
}

static void end_track(struct host *h, bool *there, struct assemble *a)
{
	if (!*there)
		return;
	assemble_finish(a);
	*there = false;
	drop_held(h);
	h->sink.codecs(h->sink.ctx);
}

void host_codecs(struct host *h, const char *text)
{
	char name[16];
	unsigned clock;
	int pt;

	if (read_codec(text, "video", name, &pt, &clock) && (strcmp(name, "H264") == 0 || strcmp(name, "VP8") == 0)) {
		h->codec = name[0] == 'H' ? ASSEMBLE_H264 : ASSEMBLE_VP8;
		set_track(h, &h->video, &h->picture, h->codec, pt);
		timeline_track(&h->timeline, VIDEO, clock);
	} else {
		end_track(h, &h->video, &h->picture);
	}
	if (read_codec(text, "audio", name, &pt, &clock) && strcmp(name, "OPUS") == 0) {
		set_track(h, &h->audio, &h->sound, ASSEMBLE_OPUS, pt);
		timeline_track(&h->timeline, AUDIO, clock);
	} else {
		end_track(h, &h->audio, &h->sound);
	}
}

static void note_clock(struct host *h, const struct host_unit *u)
{
	int64_t ahead = u->time_us - u->arrival_us;

	if (!h->clocked || u->stepped || u->restarted || ahead > h->ahead_us)
		h->ahead_us = ahead;
	else
		h->ahead_us += (ahead - h->ahead_us) / (1 << AHEAD_SHIFT);
	h->clocked = true;
}

int64_t host_time_us(const struct host *h, int64_t now_us)
{
	return now_us + h->ahead_us;
}

static void give_out(struct host *h, struct host_unit *u)
{
	u->time_us = timeline_map(&h->timeline, u->picture ? VIDEO : AUDIO, u->timestamp, &u->stepped);
	note_clock(h, u);
	h->sink.unit(u, h->sink.ctx);
	free_unit(u);
}

/** Those that waited for their clocks. */
static void release(struct host *h, int64_t now_us)
{
	struct host_unit *u;

	if (!timeline_settled(&h->timeline, now_us))
		return;
	h->held_keys = 0;
	while ((u = g_queue_pop_head(h->held)))
		give_out(h, u);
}

static struct host_unit *copy(const struct host *h, bool picture, const struct assemble_unit *unit)
{
	struct host_unit *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	*u = (struct host_unit){.picture = picture,
	                        .data = malloc(unit->len ? unit->len : 1),
	                        .len = unit->len,
	                        .arrival_us = unit->arrival_us,
	                        .key = unit->keyframe,
	                        .lost = unit->lost,
	                        .restarted = unit->restarted,
	                        .b_frames = unit->b_frames,
	                        .width = unit->width,
	                        .height = unit->height,
	                        .samples = unit->samples,
	                        .timestamp = unit->timestamp,
	                        .ssrc = unit->ssrc};
	if (picture && u->key && h->codec == ASSEMBLE_H264) {
		u->sets = malloc(sizeof(*u->sets));
		if (u->sets)
			*u->sets = h->picture.sets;
	}
	if (!u->data || (picture && u->key && h->codec == ASSEMBLE_H264 && !u->sets)) {
		free_unit(u);
		return NULL;
	}
	memcpy(u->data, unit->data, unit->len);
	return u;
}

static void take(struct host *h, bool picture, const struct assemble_unit *unit, int64_t now_us)
{
	struct host_unit *u;

	timeline_note(&h->timeline, picture ? VIDEO : AUDIO, unit->ssrc, unit->timestamp, unit->arrival_us);
	if (!h->wanted && !(picture && unit->keyframe))
		return;
	u = copy(h, picture, unit);
	if (!u)
		return;
	if (picture && u->key)
		h->sink.keyframe(u, h->sink.ctx);
	if (!h->wanted || g_queue_get_length(h->held) >= HELD_MOST) {
		h->dropped += h->wanted;
		free_unit(u);
		return;
	}
	g_queue_push_tail(h->held, u);
	h->held_keys += picture && u->key;
}

static void pull(struct host *h, bool there, bool picture, struct assemble *a, int64_t now_us)
{
	struct assemble_unit unit;

	while (there && assemble_pull(a, now_us, &unit) > 0)
		take(h, picture, &unit, now_us);
}

void host_packet(struct host *h, char kind, const uint8_t *data, size_t len, int64_t now_us)
{
	if (kind == MEDIA_SEAM_RTCP) {
		(void)timeline_rtcp(&h->timeline, data, len, now_us);
		return;
	}
	h->heard_us = now_us;
	if (kind == MEDIA_SEAM_VIDEO && h->video && len >= 12) {
		h->seen_us = now_us;
		h->packets++;
		h->frames += data[1] >> 7;
		(void)assemble_push(&h->picture, data, len, now_us);
		pull(h, true, true, &h->picture, now_us);
	} else if (kind == MEDIA_SEAM_AUDIO && h->audio) {
		(void)assemble_push(&h->sound, data, len, now_us);
		pull(h, true, false, &h->sound, now_us);
	}
	release(h, now_us);
}

int64_t host_advance(struct host *h, int64_t now_us)
{
	int64_t due = INT64_MAX;

	pull(h, h->video, true, &h->picture, now_us);
	pull(h, h->audio, false, &h->sound, now_us);
	release(h, now_us);
	if (h->video)
		due = assemble_due_us(&h->picture);
	if (h->audio && assemble_due_us(&h->sound) < due)
		due = assemble_due_us(&h->sound);
	return due;
}

bool host_wants_keyframe(const struct host *h)
{
	return h->video && h->picture.stats.packets > 0 && assemble_wants_keyframe(&h->picture);
}
