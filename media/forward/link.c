#include "forward/link.h"

#include <string.h>

#include "forward/peers.h"
#include "forward/stream.h"

enum { PRIMED_MAX = 1024 }; /**< packets of a picture that are handed over for who joins: more is not caught up with */

/** Something was not taken: with the next tick again. */
static void put_off(struct forward_link *link)
{
	struct forward_worker *worker = link->source->worker;
	if (link->due)
		return;
	link->due = true;
	link->next_due = worker->links_due;
	worker->links_due = link;
}

static struct forward_message *claim(struct forward_link *link, enum forward_message_type type)
{
	struct forward_message *m = forward_peers_claim(link->source->worker, link->worker, type);
	if (m)
		m->mirror = link->mirror;
	return m;
}

static void publish(struct forward_link *link, struct forward_message *m)
{
	forward_peers_publish(link->source->worker, link->worker, m);
}

static void tell_host(struct forward_link *link)
{
	struct forward_message *m = claim(link, FORWARD_HOST);
	link->host_due = !m;
	if (!m) {
		put_off(link);
		return;
	}
	m->host = link->source->host;
	publish(link, m);
}

/** Has anything changed that the mirror has to know before the next packet? */
static bool knows(const struct forward_shown *told, const struct forward_track *track)
{
	return told->epoch == track->epoch && told->key_number == track->key_number && told->key_us == track->key_us &&
	       told->key_seen == track->key_seen && told->clock.at_us == track->clock.at_us &&
	       told->clock.known == track->clock.known && told->width == track->width &&
	       told->height == track->height && told->steady_bps == track->meter.steady_bps;
}

/** @return false: not taken. */
static bool tell_track(struct forward_link *link, const struct forward_track *track)
{
	struct forward_shown *told = &link->told[track->index];
	if (knows(told, track))
		return true;
	struct forward_message *m = claim(link, FORWARD_TRACK);
	if (!m)
		return false;
	*told = (struct forward_shown){
	        .epoch = track->epoch,
	        .ssrc = track->ssrc,
	        .key_timestamp = track->key_timestamp,
	        .codec = track->codec,
	        .clock = track->clock,
	        .ntp_offset = link->source->ntp_offset,
	        .key_number = track->key_number,
	        .key_us = track->key_us,
	        .bps = track->meter.bps,
	        .steady_bps = track->meter.steady_bps,
	        .width = track->width,
	        .height = track->height,
	        .key_seen = track->key_seen,
	};
	m->track = track->index;
	m->shown = *told;
	publish(link, m);
	return true;
}

static bool hand_over(struct forward_link *link, const struct forward_track *track, const struct forward_packet *packet,
                      bool early)
{
	struct forward_message *m = tell_track(link, track) ? claim(link, FORWARD_PACKET) : NULL;
	if (!m)
		return false;
	forward_block_hold(packet->block);
	m->track = track->index;
	m->early = early;
	m->packet = packet;
	publish(link, m);
	return true;
}

/** Its viewers lose it; the picture's begin anew with the next keyframe where repairs do not help. */
static void lose(struct forward_link *link, const struct forward_track *track)
{
	link->source->worker->stats.handover_drops++;
	if (track->kind == FORWARD_VIDEO && !link->losing)
		forward_stream_want_keyframe(link->source, &link->source->tracks[track->index]);
	link->losing = true;
}

void forward_links_packet(struct forward_stream *stream, const struct forward_track *track,
                          const struct forward_packet *packet)
{
	for (struct forward_link *link = stream->links; link; link = link->next) {
		if (link->gone)
			continue;
		if (hand_over(link, track, packet, false))
			link->losing = false;
		else
			lose(link, track);
	}
}

void forward_links_host(struct forward_stream *stream)
{
	for (struct forward_link *link = stream->links; link; link = link->next)
		if (!link->gone)
			tell_host(link);
}

static void tell_primed(struct forward_link *link)
{
	struct forward_message *m = claim(link, FORWARD_PRIMED);
	link->primed_due = !m;
	if (m)
		publish(link, m);
	else
		put_off(link);
}

/** The newest keyframe and what followed it. */
static void prime(struct forward_link *link, const struct forward_track *track)
{
	int64_t newest = track->epoch ? forward_track_newest(track) : 0;
	if (track->epoch == 0 || !tell_track(link, track) || !track->key_seen ||
	    newest - track->key_number >= PRIMED_MAX)
		return;
	for (int64_t ext = track->key_number; ext <= newest; ext++) {
		const struct forward_packet *packet = forward_cache_get(track->cache, track->epoch, ext);
		if (packet && !hand_over(link, track, packet, true))
			return;
	}
}

/** @return false: not taken. */
static bool let_go(struct forward_link *link)
{
	struct forward_message *m = claim(link, FORWARD_UNLINKED);
	if (m)
		publish(link, m);
	return m != NULL;
}

/** Memory is short: the mirror tries again. Without a source there is nobody to say it later. */
static void refuse(struct forward_worker *worker, struct forward_link *link)
{
	struct forward_message *m = forward_peers_claim(worker, link->worker, FORWARD_UNLINKED);
	if (!m)
		return;
	m->mirror = link->mirror;
	forward_peers_publish(worker, link->worker, m);
}

void forward_link_on_subscribe(struct forward_worker *worker, const struct forward_message *m)
{
	struct forward_link *link = m->link;
	struct forward_stream *stream = forward_stream_get(worker, link->name, worker->index);
	if (!stream) {
		refuse(worker, link);
		return;
	}
	link->source = stream;
	link->next = stream->links;
	link->due = link->gone = link->losing = false;
	memset(link->told, 0, sizeof link->told);
	stream->links = link;
	tell_host(link);
	for (size_t i = 0; i < FORWARD_TRACKS; i++)
		prime(link, &stream->tracks[i]);
	tell_primed(link);
}

static void remove_from(struct forward_link **at, struct forward_link *link, bool due)
{
	while (*at != link)
		at = due ? &(*at)->next_due : &(*at)->next;
	*at = due ? link->next_due : link->next;
}

/** The last word: after it the link is the mirror's again. Until it is taken, the source stays. */
static void finish(struct forward_link *link)
{
	struct forward_stream *source = link->source;
	link->gone = true;
	if (!let_go(link)) {
		put_off(link);
		return;
	}
	remove_from(&source->links, link, false);
	if (link->due)
		remove_from(&source->worker->links_due, link, true);
	link->source = NULL;
	forward_stream_release(source);
}

void forward_links_again(struct forward_worker *worker)
{
	struct forward_link *link = worker->links_due;
	worker->links_due = NULL;
	for (struct forward_link *next; link; link = next) {
		next = link->next_due;
		link->due = false;
		if (link->gone) {
			finish(link);
			continue;
		}
		if (link->host_due)
			tell_host(link);
		if (link->primed_due)
			tell_primed(link);
	}
}

void forward_link_on_unsubscribe(struct forward_worker *worker, const struct forward_message *m)
{
	if (m->link->source)
		finish(m->link);
	else
		refuse(worker, m->link);
}

/** A keyframe has gone to the mirror that it did not know of when it asked: that one was meant. */
static bool served(const struct forward_link *link, const struct forward_message *m)
{
	const struct forward_shown *told = &link->told[m->track];
	return told->key_seen && (told->epoch != m->epoch || told->key_number > m->ext);
}

void forward_link_on_want_keyframe(struct forward_worker *worker, const struct forward_message *m)
{
	struct forward_stream *source = m->link->source;
	if (source && !served(m->link, m))
		forward_stream_want_keyframe(source, &source->tracks[m->track]);
}

void forward_link_on_want_packet(struct forward_worker *worker, const struct forward_message *m)
{
	const struct forward_stream *source = m->link->source;
	const struct forward_track *track = source ? &source->tracks[m->track] : NULL;
	const struct forward_packet *packet =
	        track && track->cache ? forward_cache_get(track->cache, m->epoch, m->ext) : NULL;
	if (packet && m->epoch == track->epoch)
		(void)hand_over(m->link, track, packet, false); /* it is asked for again */
}

void forward_link_on_watched(struct forward_worker *worker, const struct forward_message *m)
{
	if (m->link->source)
		m->link->source->tracks[m->track].watched_us = worker->now_us;
}
