#include "pipeline/assemble.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/assemble_picture.h"
#include "rtp/rtp.h"

#define PICTURE_FIRST 65536 /* room at first [bytes] */
#define FAR_BEHIND 256      /* so far behind nothing comes late by itself */
#define BEHIND_RUN 8        /* packets in a row: then the source has begun anew */
#define AHEAD_RUN 2         /* packets in a row: then so much has been lost */

static struct assemble_packet *slot(const struct assemble *a, int64_t ext)
{
	return &a->window[ext & (ASSEMBLE_WINDOW - 1)];
}

static uint8_t *payload_of(const struct assemble *a, const struct assemble_packet *p)
{
	return a->payloads + (size_t)(p - a->window) * ASSEMBLE_PACKET_MAX;
}

static void clear_window(struct assemble *a)
{
	if (a->held > 0)
		memset(a->window, 0, ASSEMBLE_WINDOW * sizeof *a->window);
	a->held = 0;
}

static void close_picture(struct assemble *a)
{
	struct assemble_picture *p = &a->picture;
	*p = (struct assemble_picture){.data = p->data, .size = p->size, .len = ASSEMBLE_HEADROOM};
}

/** Nothing that came before counts any more. */
static void begin_source(struct assemble *a, uint32_t ssrc)
{
	uint32_t changes = a->sets.changes + 1;
	clear_window(a);
	close_picture(a);
	a->sets = (struct h264_sets){.changes = changes};
	a->sequence = (struct media_sequence){.started = false};
	a->next = 0;
	a->far_run = 0;
	a->gap = a->lost = a->brings_sets = false;
	a->started = a->restarted = true;
	a->waiting = a->codec != ASSEMBLE_OPUS;
	a->ssrc = ssrc;
}

int assemble_begin(struct assemble *a, enum assemble_codec codec, int pt)
{
	*a = (struct assemble){.codec = codec, .pt = pt, .waiting = codec != ASSEMBLE_OPUS};
	a->window = calloc(ASSEMBLE_WINDOW, sizeof *a->window);
	a->payloads = malloc((size_t)ASSEMBLE_WINDOW * ASSEMBLE_PACKET_MAX);
	if (!a->window || !a->payloads) {
		assemble_finish(a);
		return -ENOMEM;
	}
	close_picture(a);
	return 0;
}

void assemble_finish(struct assemble *a)
{
	free(a->window);
	free(a->payloads);
	free(a->picture.data);
	a->window = NULL;
	a->payloads = NULL;
	a->picture.data = NULL;
}

bool assemble_append(struct assemble_picture *p, const uint8_t *data, size_t len)
{
	if (len > ASSEMBLE_UNIT_MAX || p->len - ASSEMBLE_HEADROOM > ASSEMBLE_UNIT_MAX - len) {
		p->damaged = true;
		return false;
	}
	if (p->len + len > p->size) {
		size_t size = p->size ? p->size : PICTURE_FIRST;
		while (size < p->len + len)
			size *= 2;
		uint8_t *grown = realloc(p->data, size);
		if (!grown) {
			p->damaged = true;
			return false;
		}
		p->data = grown;
		p->size = size;
	}
	memcpy(p->data + p->len, data, len);
	p->len += len;
	return true;
}

/** Packets far from the others are believed when they come in a row. @return how many have. */
static unsigned note_far(struct assemble *a, uint16_t seq)
{
	a->far_run = a->far_run > 0 && seq == a->far_next ? a->far_run + 1 : 1;
	a->far_next = (uint16_t)(seq + 1);
	return a->far_run;
}

/** More is missing than the window holds: what is held can be of no use. */
static void leap(struct assemble *a, int64_t ext)
{
	a->stats.lost += (uint64_t)(ext - a->next) - a->held;
	clear_window(a);
	a->gap = a->lost = true;
	a->next = ext;
}

/** Whether a packet is to be taken that is not far from the others, or is believed. May begin the source anew. */
static bool heed_sequence(struct assemble *a, uint16_t seq, int64_t ext)
{
	if (a->next == 0 || (ext >= a->next && ext - a->next < ASSEMBLE_WINDOW)) {
		a->far_run = 0;
		return a->next == 0 || slot(a, ext)->ext != ext;
	}
	if (ext < a->next && (a->next - ext <= FAR_BEHIND || note_far(a, seq) < BEHIND_RUN))
		return false;
	if (ext < a->next)
		begin_source(a, a->ssrc);
	else if (note_far(a, seq) < AHEAD_RUN)
		return false;
	else
		leap(a, ext);
	a->far_run = 0;
	return true;
}

/** Whose packet is it? @return false: of a source that was left. */
static bool heed_source(struct assemble *a, uint32_t ssrc, int64_t now_us)
{
	if (a->started && ssrc == a->ssrc)
		return true;
	if (a->started && a->former_until_us > now_us && ssrc == a->former_ssrc)
		return false;
	if (a->started) {
		a->former_ssrc = a->ssrc;
		a->former_until_us = now_us + ASSEMBLE_STRAY_US;
	}
	begin_source(a, ssrc);
	return true;
}

static void store(struct assemble *a, const struct media_rtp *rtp, int64_t ext, int64_t now_us)
{
	struct assemble_packet *p = slot(a, ext);
	bool ours = a->pt < 0 || rtp->pt == a->pt;
	*p = (struct assemble_packet){.ext = ext,
	                              .arrival_us = now_us,
	                              .timestamp = rtp->timestamp,
	                              .len = ours ? (uint16_t)rtp->payload_len : 0,
	                              .marker = rtp->marker};
	if (p->len > 0)
		memcpy(payload_of(a, p), rtp->payload, p->len);
	a->held++;
}

int assemble_push(struct assemble *a, const uint8_t *packet, size_t len, int64_t now_us)
{
	struct media_rtp rtp;
	if (media_rtp_parse(packet, len, &rtp) != 0 || rtp.payload_len > ASSEMBLE_PACKET_MAX)
		return -EBADMSG;
	a->stats.packets++;
	if (!heed_source(a, rtp.ssrc, now_us)) {
		a->stats.late++;
		return -EALREADY;
	}
	if (!heed_sequence(a, rtp.seq, media_sequence_peek(&a->sequence, rtp.seq))) {
		a->stats.late++;
		return -EALREADY;
	}
	int64_t ext = media_sequence_take(&a->sequence, rtp.seq);
	if (a->next == 0)
		a->next = ext;
	store(a, &rtp, ext, now_us);
	return 0;
}

/** The first packet behind a gap. */
static struct assemble_packet *first_held(const struct assemble *a)
{
	for (int64_t ext = a->next; ext < a->next + ASSEMBLE_WINDOW; ext++)
		if (slot(a, ext)->ext == ext)
			return slot(a, ext);
	return NULL;
}

int64_t assemble_due_us(const struct assemble *a)
{
	struct assemble_packet *first = a->held > 0 ? first_held(a) : NULL;
	if (!first)
		return INT64_MAX;
	return first->ext == a->next ? first->arrival_us : first->arrival_us + ASSEMBLE_PATIENCE_US;
}

bool assemble_wants_keyframe(const struct assemble *a)
{
	return a->waiting;
}

/** The packet whose turn it is. @return NULL: none yet. */
static struct assemble_packet *head(struct assemble *a, int64_t now_us)
{
	struct assemble_packet *first = a->held > 0 ? first_held(a) : NULL;
	if (!first || first->ext == a->next)
		return first;
	if (now_us - first->arrival_us < ASSEMBLE_PATIENCE_US)
		return NULL;
	a->stats.lost += (uint64_t)(first->ext - a->next);
	a->next = first->ext;
	a->gap = a->lost = true;
	return first;
}

static void free_packet(struct assemble *a, struct assemble_packet *p)
{
	p->ext = 0;
	a->held--;
	a->next++;
}

static void fill(struct assemble *a, struct assemble_unit *out, uint32_t timestamp, int64_t arrival_us)
{
	out->ssrc = a->ssrc;
	out->timestamp = timestamp;
	out->arrival_us = arrival_us;
	out->restarted = a->restarted;
	out->lost = a->lost && !a->restarted;
	a->lost = a->restarted = false;
	a->stats.units++;
}

/** Sound: each packet is a unit; its bytes stay where they are until the next push. @return 1; 0 it is no sound. */
static int take_sound(struct assemble *a, struct assemble_packet *p, struct assemble_unit *out)
{
	bool sound = p->len > 0;
	uint32_t samples = sound ? assemble_opus_samples(payload_of(a, p), p->len) : 0;
	a->lost |= sound && samples == 0;
	a->gap = false;
	if (samples > 0) {
		*out = (struct assemble_unit){
		        .data = payload_of(a, p), .len = p->len, .keyframe = true, .samples = samples};
		fill(a, out, p->timestamp, p->arrival_us);
	}
	free_packet(a, p);
	return samples > 0;
}

/** The open picture has ended. @return 1 it is given out; 0 it is not. */
static int end_picture(struct assemble *a, struct assemble_unit *out)
{
	*out = (struct assemble_unit){.data = NULL};
	uint32_t timestamp = a->picture.timestamp;
	int64_t arrival_us = a->picture.arrival_us;
	int rc = a->codec == ASSEMBLE_H264 ? assemble_h264_close(a, out) : assemble_vp8_close(a, out);
	if (a->codec == ASSEMBLE_VP8 && a->picture.after_gap && !a->picture.keyframe)
		rc = -EBADMSG;
	if (rc == 0) /* the gap is still in front of what comes next */
		a->gap |= a->picture.after_gap;
	close_picture(a); /* its bytes stay where they are until the next payload */
	if (rc == 0)
		return 0;
	if (rc < 0 || (a->waiting && !out->keyframe)) {
		a->stats.dropped++;
		a->lost = a->waiting = true;
		return 0;
	}
	a->waiting = false;
	if (out->keyframe)
		a->changes_given = a->sets.changes;
	fill(a, out, timestamp, arrival_us);
	return 1;
}

static void take_payload(struct assemble *a, struct assemble_packet *p)
{
	struct assemble_picture *picture = &a->picture;
	if (!picture->open) {
		picture->open = true;
		picture->timestamp = p->timestamp;
		picture->arrival_us = p->arrival_us;
		picture->after_gap = a->gap;
	} else if (a->gap) {
		picture->damaged = true;
	}
	a->gap = false;
	if (a->codec == ASSEMBLE_H264)
		assemble_h264_take(a, payload_of(a, p), p->len);
	else
		assemble_vp8_take(a, payload_of(a, p), p->len);
}

int assemble_pull(struct assemble *a, int64_t now_us, struct assemble_unit *out)
{
	struct assemble_packet *p;
	while ((p = head(a, now_us))) {
		bool marker = p->marker && p->len > 0;
		if (a->codec == ASSEMBLE_OPUS) {
			if (take_sound(a, p, out))
				return 1;
			continue;
		}
		/* one that has no marker ends where another begins; what is missing between them may be its end */
		if (a->picture.open && p->len > 0 && p->timestamp != a->picture.timestamp) {
			a->picture.damaged |= a->gap;
			if (end_picture(a, out))
				return 1;
		}
		if (p->len > 0)
			take_payload(a, p);
		free_packet(a, p);
		if (marker && end_picture(a, out))
			return 1;
	}
	return 0;
}

uint32_t assemble_opus_samples(const uint8_t *packet, size_t len)
{
	static const uint16_t silk[4] = {480, 960, 1920, 2880}, celt[4] = {120, 240, 480, 960};
	if (len == 0)
		return 0;
	unsigned config = packet[0] >> 3, code = packet[0] & 3;
	uint32_t frame = config < 12 ? silk[config & 3] : config < 16 ? (config & 1 ? 960 : 480) : celt[config & 3];
	uint32_t count = code == 0 ? 1 : code < 3 ? 2 : len > 1 ? packet[1] & 0x3Fu : 0;
	return frame * count <= 5760 ? frame * count : 0; /* 120 ms at most */
}
