/* A mirror's end: it subscribes, takes packets, and says what its viewers need. */
#include "forward/mirror.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward/link.h"
#include "forward/peers.h"
#include "forward/stream.h"

int forward_mirror_create(struct forward_stream *stream, uint8_t home)
{
	struct forward_mirror *mirror = calloc(1, sizeof *mirror);
	if (!mirror)
		return -ENOMEM;
	mirror->home = home;
	mirror->link.mirror = stream;
	mirror->link.worker = stream->worker->index;
	snprintf(mirror->link.name, sizeof mirror->link.name, "%s", stream->listed.name);
	mirror->next = stream->worker->mirrors;
	stream->worker->mirrors = stream;
	stream->mirror = mirror;
	return 0;
}

void forward_mirror_destroy(struct forward_stream *stream)
{
	struct forward_stream **at = &stream->worker->mirrors;
	while (*at != stream)
		at = &(*at)->mirror->next;
	*at = stream->mirror->next;
	free(stream->mirror);
	stream->mirror = NULL;
}

/** @return false: not taken, to be said again. */
static bool say(struct forward_stream *stream, enum forward_message_type type, size_t track)
{
	struct forward_mirror *mirror = stream->mirror;
	struct forward_message *m = forward_peers_claim(stream->worker, mirror->home, type);
	if (!m)
		return false;
	m->link = &mirror->link;
	m->track = (uint8_t)track;
	forward_peers_publish(stream->worker, mirror->home, m);
	return true;
}

void forward_mirror_enter(struct forward_stream *stream)
{
	struct forward_mirror *mirror = stream->mirror;
	if (mirror->state != FORWARD_MIRROR_OFF || stream->references == 0)
		return;
	if (say(stream, FORWARD_SUBSCRIBE, 0))
		mirror->state = FORWARD_MIRROR_ON;
}

bool forward_mirror_leave(struct forward_stream *stream)
{
	struct forward_mirror *mirror = stream->mirror;
	if (mirror->state == FORWARD_MIRROR_ON) {
		mirror->leave_due = !say(stream, FORWARD_UNSUBSCRIBE, 0);
		if (!mirror->leave_due)
			mirror->state = FORWARD_MIRROR_LEAVING;
	}
	return mirror->state == FORWARD_MIRROR_OFF;
}

void forward_mirror_want_keyframe(struct forward_stream *stream, const struct forward_track *track)
{
	struct forward_mirror *mirror = stream->mirror;
	if (mirror->state != FORWARD_MIRROR_ON)
		return;
	struct forward_message *m = forward_peers_claim(stream->worker, mirror->home, FORWARD_WANT_KEYFRAME);
	mirror->keyframe_due[track->index] = !m;
	if (!m)
		return;
	m->link = &mirror->link;
	m->track = track->index;
	m->epoch = track->epoch;
	m->ext = track->key_seen ? track->key_number : -1;
	forward_peers_publish(stream->worker, mirror->home, m);
}

void forward_mirror_want_packet(struct forward_stream *stream, const struct forward_track *track, int64_t ext)
{
	struct forward_mirror *mirror = stream->mirror;
	const struct forward_repair_line memory = {.bps = 0};
	/* many viewers lack the same packet at once; and those of a host that is gone are nowhere */
	if (mirror->state != FORWARD_MIRROR_ON || !forward_repairs_allow(&mirror->asked[track->index], (uint16_t)ext, 0,
	                                                                 false, &memory, stream->worker->now_us))
		return;
	struct forward_message *m = forward_peers_claim(stream->worker, mirror->home, FORWARD_WANT_PACKET);
	if (!m)
		return;
	m->link = &mirror->link;
	m->track = track->index;
	m->epoch = track->epoch;
	m->ext = ext;
	forward_peers_publish(stream->worker, mirror->home, m);
}

static void again(struct forward_stream *stream)
{
	struct forward_mirror *mirror = stream->mirror;
	forward_mirror_enter(stream);
	if (mirror->leave_due && stream->references == 0)
		forward_mirror_leave(stream);
	mirror->leave_due = mirror->leave_due && stream->references == 0;
	for (size_t i = 0; i < FORWARD_TRACKS; i++)
		if (mirror->keyframe_due[i])
			forward_mirror_want_keyframe(stream, &stream->tracks[i]);
}

void forward_mirrors_again(struct forward_worker *worker)
{
	for (struct forward_stream *s = worker->mirrors; s; s = s->mirror->next)
		again(s);
	forward_links_again(worker);
}

void forward_mirrors_watch(struct forward_worker *worker)
{
	for (struct forward_stream *s = worker->mirrors; s; s = s->mirror->next)
		for (size_t i = 0; i < FORWARD_TRACKS; i++)
			if (s->mirror->state == FORWARD_MIRROR_ON &&
			    forward_track_watched(&s->tracks[i], worker->now_us))
				(void)say(s, FORWARD_WATCHED, i); /* a second later it is said once more */
}

static void on_host(struct forward_worker *worker, const struct forward_message *m)
{
	m->mirror->host = m->host;
	forward_stream_codec_changed(m->mirror);
}

static void on_track(struct forward_worker *worker, const struct forward_message *m)
{
	struct forward_track *track = &m->mirror->tracks[m->track];
	const struct forward_shown *shown = &m->shown;
	if (forward_track_open(track) != 0)
		return;
	if (track->epoch != shown->epoch)
		track->receive.sequence.highest = -1;
	if (shown->key_seen && (track->epoch != shown->epoch || track->key_number != shown->key_number))
		m->mirror->mirror->keyframe_due[m->track] = false; /* who waited for one has it now */
	track->receive.sequence.started = true;
	track->epoch = shown->epoch;
	track->codec = shown->codec;
	track->ssrc = shown->ssrc;
	track->clock = shown->clock;
	track->key_seen = shown->key_seen;
	track->key_timestamp = shown->key_timestamp;
	track->key_number = shown->key_number;
	track->key_us = shown->key_us;
	track->width = shown->width;
	track->height = shown->height;
	track->meter.bps = shown->bps;
	track->meter.steady_bps = shown->steady_bps;
	m->mirror->ntp_offset = shown->ntp_offset;
}

static void on_packet(struct forward_worker *worker, const struct forward_message *m)
{
	struct forward_stream *stream = m->mirror;
	struct forward_track *track = &stream->tracks[m->track];
	const struct forward_packet *packet = m->packet;
	if (!track->cache || packet->epoch != track->epoch ||
	    forward_cache_get(track->cache, packet->epoch, packet->ext)) {
		forward_block_release(packet->block);
		return;
	}
	if (!forward_cache_refer(track->cache, packet))
		return;
	if (packet->ext > track->receive.sequence.highest)
		track->receive.sequence.highest = packet->ext;
	track->newest_us = worker->now_us;
	if (!m->early)
		forward_gather_packet(stream, track, packet);
}

static void on_primed(struct forward_worker *worker, const struct forward_message *m)
{
	struct forward_stream *stream = m->mirror;
	stream->mirror->primed = true;
	for (size_t i = 0; i < stream->viewer_count; i++)
		forward_stream_welcome(stream, stream->viewers[i]);
}

static void on_unlinked(struct forward_worker *worker, const struct forward_message *m)
{
	struct forward_stream *stream = m->mirror;
	stream->mirror->state = FORWARD_MIRROR_OFF;
	stream->mirror->primed = false;
	stream->host = (struct forward_host){0};
	/* who came meanwhile has it begin anew, with the next tick */
	forward_stream_release(stream);
}

static void (*const handlers[])(struct forward_worker *worker, const struct forward_message *m) = {
        [FORWARD_SUBSCRIBE] = forward_link_on_subscribe,
        [FORWARD_UNSUBSCRIBE] = forward_link_on_unsubscribe,
        [FORWARD_WANT_KEYFRAME] = forward_link_on_want_keyframe,
        [FORWARD_WANT_PACKET] = forward_link_on_want_packet,
        [FORWARD_WATCHED] = forward_link_on_watched,
        [FORWARD_HOST] = on_host,
        [FORWARD_TRACK] = on_track,
        [FORWARD_PACKET] = on_packet,
        [FORWARD_PRIMED] = on_primed,
        [FORWARD_UNLINKED] = on_unlinked,
        [FORWARD_ROUTE] = forward_peers_on_route,
        [FORWARD_UNROUTE] = forward_peers_on_unroute,
        [FORWARD_CONNECTION] = forward_peers_on_connection,
};

void forward_mirrors_receive(struct forward_worker *worker)
{
	enum { AT_ONCE = 1024 };
	struct forward_message *m;
	for (int i = 0; i < AT_ONCE && (m = forward_ring_front(&worker->inbox->messages)); i++) {
		handlers[m->type](worker, m);
		forward_ring_pop(&worker->inbox->messages);
	}
}

void forward_mirrors_drop(struct forward_worker *worker)
{
	struct forward_message *m;
	while ((m = forward_ring_front(&worker->inbox->messages))) {
		if (m->type == FORWARD_PACKET)
			forward_block_release(m->packet->block);
		if (m->type == FORWARD_CONNECTION)
			media_tcp_discard(m->connection);
		forward_ring_pop(&worker->inbox->messages);
	}
}
