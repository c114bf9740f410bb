#include "forward/gather.h"

#include <string.h>

#include "forward/stream.h"

#define WINDOW_US 250000 /**< over which the worker's load is looked at: one keyframe makes no busy worker */
#define BUSY_FROM_PC 12  /**< of its time: from here on packets wait */
#define BUSY_FULL_PC 20  /**< and from here on as long as they may */

void forward_load_note(struct forward_load *load, int64_t now_us, int64_t idle_us, int64_t most_us)
{
	if (load->since_us == 0)
		load->since_us = now_us;
	load->idle_us += idle_us;
	int64_t window = now_us - load->since_us;
	if (window < WINDOW_US)
		return;
	int64_t busy = 100 - (load->idle_us < window ? 100 * load->idle_us / window : 100);
	load->busy_pc = (int)busy;
	int64_t want = busy <= BUSY_FROM_PC   ? 0
	               : busy >= BUSY_FULL_PC ? most_us
	                                      : most_us * (busy - BUSY_FROM_PC) / (BUSY_FULL_PC - BUSY_FROM_PC);
	/* waiting makes the worker less busy: go half the way, so that the two do not chase each other */
	load->hold_us = want == 0 && load->hold_us < most_us / 8 ? 0 : (load->hold_us + want) / 2;
	load->since_us = now_us;
	load->idle_us = 0;
}

static void pad(struct forward_outgoing *packets, size_t count, size_t longest)
{
	for (size_t i = 0; i < count; i++)
		if (!packets[i].packet->padded)
			packets[i].padding = (uint8_t)(longest - packets[i].packet->len);
}

/** Many hosts split a frame evenly and have a few bytes less for its last packet: that one would end the run. */
static bool worth_it(size_t least, size_t most)
{
	return most - least <= FORWARD_PADDING_MAX ||
	       (most - least <= most / FORWARD_PADDING_SHARE && most - least <= UINT8_MAX);
}

void forward_gather_equalise(struct forward_outgoing *packets, size_t count)
{
	size_t first = 0, least = 0, most = 0; /* of the run that packet i may join */
	for (size_t i = 0; i < count; i++) {
		size_t len = packets[i].packet->len;
		size_t lower = len < least ? len : least, upper = len > most ? len : most;
		bool joins = i > first && !packets[i].packet->padded && worth_it(lower, upper);
		if (!joins) {
			pad(packets + first, i - first, most);
			first = i;
		}
		least = joins ? lower : len;
		most = joins ? upper : len;
	}
	pad(packets + first, count - first, most);
}

void forward_rhythm_note(struct forward_rhythm *r, int64_t ext, uint32_t timestamp, uint32_t clock, int64_t now_us)
{
	if (ext <= r->ext && r->came_us)
		return;
	uint32_t step = timestamp - r->timestamp;
	r->every_us = r->came_us && ext == r->ext + 1 && clock && step < clock ? (int64_t)step * 1000000 / clock : 0;
	r->ext = ext;
	r->timestamp = timestamp;
	r->came_us = now_us;
}

bool forward_rhythm_expects(const struct forward_rhythm *r, int64_t now_us, int64_t until_us)
{
	int64_t next_us = r->came_us + r->every_us;
	return r->every_us && next_us <= until_us && now_us - next_us <= FORWARD_GATHER_LATE_US;
}

static void queue(struct forward_stream *stream)
{
	struct forward_worker *worker = stream->worker;
	struct forward_gather *g = &stream->gather;
	g->queued = true;
	g->due_us = worker->now_us + worker->load.hold_us;
	g->next = worker->gathering;
	worker->gathering = stream;
}

/** The oldest of a track's waiting packets, those that are still there; the others move up. */
static size_t collect(struct forward_stream *stream, size_t at, struct forward_outgoing *out)
{
	struct forward_gather *g = &stream->gather;
	const struct forward_track *track = &stream->tracks[at];
	size_t n = 0, taken = 0;
	for (; taken < g->count[at] && n < FORWARD_GATHER_SLICE; taken++) {
		/* of a source that another has replaced meanwhile, nothing more is sent */
		const struct forward_packet *p =
		        g->waiting[at][taken].epoch == track->epoch
		                ? forward_cache_get(track->cache, track->epoch, g->waiting[at][taken].ext)
		                : NULL;
		if (!p)
			continue;
		out[n++] = (struct forward_outgoing){.packet = p};
		forward_latency_begin(&stream->worker->latency, p->came_us, stream->worker->now_us);
	}
	g->count[at] -= taken;
	memmove(g->waiting[at], g->waiting[at] + taken, g->count[at] * sizeof g->waiting[at][0]);
	return n;
}

/** Packets that are padded, as one piece each: made once, encrypted for every viewer. Where there is no room, padding
 * is put behind them as they are sent. @param used of the room @return then. */
static size_t put_together(struct forward_worker *worker, struct forward_outgoing *packets, size_t count, size_t used)
{
	for (size_t i = 0; i < count; i++) {
		struct forward_outgoing *o = &packets[i];
		size_t len = o->packet->len - MEDIA_RTP_HEADER;
		uint8_t *copy = worker->padded + used;
		if (o->padding == 0 || used + len + o->padding > sizeof worker->padded)
			continue;
		memcpy(copy, o->packet->data + MEDIA_RTP_HEADER, len);
		memset(copy + len, 0, o->padding);
		copy[len + o->padding - 1] = o->padding;
		o->payload = copy;
		used += len + o->padding;
	}
	return used;
}

/** A viewer's state is spread over several places, each found by the one before: have those of the next ones underway.
 */
static void fetch_ahead(const struct forward_stream *stream, size_t i)
{
	if (i + 3 < stream->viewer_count)
		forward_session_prefetch(stream->viewers[i + 3]);
	if (i + 2 < stream->viewer_count)
		forward_session_prefetch_behind(stream->viewers[i + 2]);
	if (i + 1 < stream->viewer_count)
		media_srtp_prefetch(stream->viewers[i + 1]->out);
}

/** To one viewer after the other. Sound goes behind the picture: shorter, it rides along with the run before it. */
static void send_waiting(struct forward_stream *stream)
{
	struct forward_outgoing packets[FORWARD_TRACKS][FORWARD_GATHER_SLICE];
	struct forward_gather *g = &stream->gather;
	size_t count[FORWARD_TRACKS], used = 0;
	bool left = false;
	for (size_t t = 0; t < FORWARD_TRACKS; t++) {
		count[t] = collect(stream, t, packets[t]);
		left = left || g->count[t];
		if (forward_kind_of(t) == FORWARD_AUDIO || !media_udp_offloads(stream->worker->udp))
			continue;
		forward_gather_equalise(packets[t], count[t]);
		used = put_together(stream->worker, packets[t], count[t], used);
	}
	for (size_t i = 0; i < stream->viewer_count; i++) {
		fetch_ahead(stream, i);
		for (size_t t = FORWARD_TRACKS; t-- > 0;)
			if (count[t])
				forward_subscription_send(stream->viewers[i], &stream->tracks[t], packets[t], count[t]);
	}
	if (!left)
		g->serial++;
}

/** When a packet has just come, until when does what waits still wait? */
static int64_t due(const struct forward_gather *g, enum forward_kind kind, int64_t now_us)
{
	/* The frame is complete: nothing to wait for but sound, which comes in between and alone would cost as much as
	 * a frame. */
	bool wait = !g->whole || (kind == FORWARD_VIDEO && g->count[FORWARD_AUDIO] == 0 &&
	                          forward_rhythm_expects(&g->sound, now_us, g->due_us));
	return wait ? g->due_us : now_us;
}

void forward_gather_packet(struct forward_stream *stream, struct forward_track *track,
                           const struct forward_packet *packet)
{
	struct forward_gather *g = &stream->gather;
	int64_t now_us = stream->worker->now_us;
	if (track->kind == FORWARD_AUDIO)
		forward_rhythm_note(&g->sound, packet->ext, packet->timestamp, track->codec.clock, now_us);
	if (stream->viewer_count == 0)
		return;
	if (g->count[track->index] == FORWARD_GATHER_MAX)
		send_waiting(stream);
	if (!g->queued)
		queue(stream);
	size_t i = g->count[track->index]++;
	g->waiting[track->index][i].epoch = packet->epoch;
	g->waiting[track->index][i].ext = packet->ext;
	if (track->kind == FORWARD_VIDEO)
		g->whole = packet->marker;
	g->due_us = due(g, track->kind, now_us);
}

static bool something_waits(const struct forward_gather *g)
{
	size_t waiting = 0;
	for (size_t t = 0; t < FORWARD_TRACKS; t++)
		waiting += g->count[t];
	return waiting > 0;
}

int64_t forward_gather_send_due(struct forward_worker *worker)
{
	int64_t next = INT64_MAX;
	for (struct forward_stream **at = &worker->gathering; *at;) {
		struct forward_stream *stream = *at;
		if (stream->gather.due_us > worker->now_us) {
			next = stream->gather.due_us < next ? stream->gather.due_us : next;
			at = &stream->gather.next;
			continue;
		}
		send_waiting(stream);
		if (something_waits(&stream->gather)) { /* first see what has come meanwhile */
			next = worker->now_us;
			at = &stream->gather.next;
			continue;
		}
		*at = stream->gather.next;
		stream->gather.queued = stream->gather.whole = false;
	}
	return next;
}

void forward_gather_forget(struct forward_stream *stream)
{
	struct forward_stream **at = &stream->worker->gathering;
	if (!stream->gather.queued)
		return;
	while (*at != stream)
		at = &(*at)->gather.next;
	*at = stream->gather.next;
	stream->gather.queued = false;
	memset(stream->gather.count, 0, sizeof stream->gather.count);
}
