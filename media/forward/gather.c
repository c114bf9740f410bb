#include "forward/gather.h"

#include <string.h>

#include "forward/stream.h"

#define WINDOW_US 250000 /**< over which the worker's load is looked at: one keyframe makes no busy worker */
#define BUSY_FROM_PC 10  /**< of its time: from here on packets wait */
#define BUSY_FULL_PC 40  /**< and from here on as long as they may */

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

void forward_gather_equalise(struct forward_outgoing *packets, size_t count)
{
	size_t first = 0, least = 0, most = 0; /* of the run that packet i may join */
	for (size_t i = 0; i < count; i++) {
		size_t len = packets[i].packet->len;
		size_t lower = len < least ? len : least, upper = len > most ? len : most;
		bool joins = i > first && !packets[i].packet->padded && upper - lower <= FORWARD_PADDING_MAX;
		if (!joins) {
			pad(packets + first, i - first, most);
			first = i;
		}
		least = joins ? lower : len;
		most = joins ? upper : len;
	}
	pad(packets + first, count - first, most);
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

/** The waiting packets of a track that are still there. */
static size_t collect(const struct forward_stream *stream, size_t at, struct forward_outgoing *out)
{
	const struct forward_gather *g = &stream->gather;
	const struct forward_track *track = &stream->tracks[at];
	size_t n = 0;
	for (size_t i = 0; i < g->count[at]; i++) {
		/* of a source that another has replaced meanwhile, nothing more is sent */
		const struct forward_packet *p =
		        g->waiting[at][i].epoch == track->epoch
		                ? forward_cache_get(track->cache, track->epoch, g->waiting[at][i].ext)
		                : NULL;
		if (!p)
			continue;
		out[n++] = (struct forward_outgoing){.packet = p};
		forward_latency_begin(&stream->worker->latency, p->came_us, stream->worker->now_us);
	}
	return n;
}

/** To one viewer after the other. Sound goes behind the picture: shorter, it rides along with the run before it. */
static void send_waiting(struct forward_stream *stream)
{
	struct forward_outgoing packets[FORWARD_TRACKS][FORWARD_GATHER_MAX];
	struct forward_gather *g = &stream->gather;
	size_t count[FORWARD_TRACKS];
	for (size_t t = 0; t < FORWARD_TRACKS; t++) {
		count[t] = collect(stream, t, packets[t]);
		if (forward_kind_of(t) == FORWARD_VIDEO && media_udp_offloads(stream->worker->udp))
			forward_gather_equalise(packets[t], count[t]);
	}
	for (size_t i = 0; i < stream->viewer_count; i++)
		for (size_t t = FORWARD_TRACKS; t-- > 0;)
			for (size_t n = 0; n < count[t]; n++)
				forward_subscription_send(stream->viewers[i], &stream->tracks[t], packets[t][n].packet,
				                          packets[t][n].padding);
	memset(g->count, 0, sizeof g->count);
	g->serial++;
}

void forward_gather_packet(struct forward_stream *stream, struct forward_track *track,
                           const struct forward_packet *packet)
{
	struct forward_gather *g = &stream->gather;
	if (stream->viewer_count == 0)
		return;
	if (g->count[track->index] == FORWARD_GATHER_MAX)
		send_waiting(stream);
	if (!g->queued)
		queue(stream);
	size_t i = g->count[track->index]++;
	g->waiting[track->index][i].epoch = packet->epoch;
	g->waiting[track->index][i].ext = packet->ext;
	if (track->kind == FORWARD_VIDEO && packet->marker) /* the frame is complete: nothing to wait for */
		g->due_us = stream->worker->now_us;
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
		*at = stream->gather.next;
		stream->gather.queued = false;
		send_waiting(stream);
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
