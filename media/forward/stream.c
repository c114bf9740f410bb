#include "forward/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward/layers.h"
#include "forward/publisher.h"

struct forward_stream *forward_stream_find(struct forward_worker *worker, const char *name)
{
	struct forward_map_node *n =
	        forward_map_first(&worker->streams, forward_map_hash(&worker->streams, name, strlen(name)));
	for (; n; n = forward_map_next(n)) {
		struct forward_stream *stream = forward_container(n, struct forward_stream, node);
		if (strcmp(stream->listed.name, name) == 0)
			return stream;
	}
	return NULL;
}

static struct forward_stream *make(struct forward_worker *worker, const char *name, uint8_t home)
{
	struct forward_stream *stream = calloc(1, sizeof *stream);
	if (!stream)
		return NULL;
	snprintf(stream->listed.name, sizeof stream->listed.name, "%s", name);
	stream->worker = worker;
	stream->listed.mirror = home != worker->index;
	if (stream->listed.mirror && forward_mirror_create(stream, home) != 0) {
		free(stream);
		return NULL;
	}
	return stream;
}

struct forward_stream *forward_stream_get(struct forward_worker *worker, const char *name, uint8_t home)
{
	struct forward_stream *stream = forward_stream_find(worker, name);
	if (stream)
		return stream;
	stream = make(worker, name, home);
	if (!stream)
		return NULL;
	forward_directory_hold_again(worker->directory, name);
	stream->tap.fd = -1;
	stream->gather.serial = 1;
	for (size_t i = 0; i < FORWARD_TRACKS; i++) {
		struct forward_track *track = &stream->tracks[i];
		track->kind = forward_kind_of(i);
		track->index = (uint8_t)i;
		track->layer = (uint8_t)(i < FORWARD_VIDEO ? 0 : i - FORWARD_VIDEO);
		track->pool = stream->mirror ? NULL : &worker->pool;
		track->keyframe.interval_us = worker->config->keyframe_min_ms * 1000;
	}
	forward_map_insert(&worker->streams, &stream->node, forward_map_hash(&worker->streams, name, strlen(name)));
	forward_directory_add_stream(worker->directory, &stream->listed);
	return stream;
}

static void take_apart(struct forward_stream *stream)
{
	struct forward_worker *worker = stream->worker;
	stream->dead = true;
	forward_gather_forget(stream);
	forward_map_remove(&worker->streams, &stream->node);
	forward_directory_remove_stream(worker->directory, &stream->listed);
	forward_directory_leave_place(worker->directory, stream->listed.name);
	for (size_t i = 0; i < FORWARD_TRACKS; i++)
		forward_track_finish(&stream->tracks[i]);
	free(stream->viewers);
	stream->viewers = NULL;
	if (stream->mirror)
		forward_mirror_destroy(stream);
}

void forward_stream_free(struct forward_stream *stream)
{
	take_apart(stream);
	free(stream);
}

void forward_stream_release(struct forward_stream *stream)
{
	struct forward_worker *worker = stream->worker;
	if (stream->references || stream->tap.fd >= 0 || stream->links || stream->dead)
		return;
	if (stream->mirror && !forward_mirror_leave(stream))
		return;
	take_apart(stream);
	/* an event of this round may still name it */
	stream->next_dead = worker->dead_streams;
	worker->dead_streams = stream;
}

static enum media_codec codec_of(const struct forward_stream *stream, enum forward_kind kind)
{
	return stream->host.codecs[kind];
}

/** What viewers know of the host, here and everywhere. */
static void note_host(struct forward_stream *stream)
{
	stream->host = (struct forward_host){.present = stream->publisher != NULL};
	for (int kind = 0; stream->publisher && kind < FORWARD_KINDS; kind++)
		stream->host.codecs[kind] = forward_agreed_first(&stream->publisher->tracks[kind]);
	forward_links_host(stream);
}

static void emit(const struct forward_stream *stream, const struct forward_session *session, enum media_event_type type,
                 const char *reason)
{
	const struct media_config *config = stream->worker->config;
	struct media_event event = {
	        .type = type,
	        .role = session->role,
	        .video = codec_of(stream, FORWARD_VIDEO),
	        .audio = codec_of(stream, FORWARD_AUDIO),
	        .reason = reason,
	        .user = session->user,
	};
	if (!config->on_event)
		return;
	memcpy(event.stream, stream->listed.name, sizeof event.stream);
	memcpy(event.session, session->listed.name, sizeof event.session);
	config->on_event(&event, config->ctx);
}

void forward_session_event(const struct forward_session *session, enum media_event_type type, const char *reason)
{
	emit(session->stream, session, type, reason);
}

void forward_stream_want_keyframe(struct forward_stream *stream, struct forward_track *track)
{
	if (stream->mirror) {
		forward_mirror_want_keyframe(stream, track);
		return;
	}
	forward_keyframe_want(&track->keyframe);
	if (stream->publisher)
		forward_publisher_keyframe(stream->publisher, track);
}

struct forward_track *forward_stream_best(struct forward_stream *stream)
{
	struct forward_track *best = &stream->tracks[FORWARD_VIDEO];
	for (size_t i = FORWARD_VIDEO + 1; i < FORWARD_TRACKS; i++) {
		struct forward_track *track = &stream->tracks[i];
		if (!forward_track_live(track, stream->worker->now_us))
			continue;
		if (!forward_track_live(best, stream->worker->now_us) || forward_track_better(track, best))
			best = track;
	}
	return best;
}

bool forward_stream_wants(struct forward_stream *stream, const struct forward_track *track)
{
	return forward_track_watched(track, stream->worker->now_us) || track == forward_stream_best(stream);
}

int64_t forward_stream_picture_us(const struct forward_stream *stream)
{
	int64_t newest_us = 0;
	for (size_t i = FORWARD_VIDEO; i < FORWARD_TRACKS; i++)
		newest_us = stream->tracks[i].newest_us > newest_us ? stream->tracks[i].newest_us : newest_us;
	return newest_us;
}

void forward_stream_set_picture(struct forward_stream *stream, bool picture)
{
	if (stream->picture == picture || !stream->publisher)
		return;
	stream->picture = picture;
	/* after a pause a new keyframe has to show that there is a picture again */
	for (size_t i = FORWARD_VIDEO; !picture && i < FORWARD_TRACKS; i++)
		stream->tracks[i].key_seen = false;
	forward_stream_publish_stats(stream);
	emit(stream, stream->publisher, picture ? MEDIA_STREAM_PICTURE : MEDIA_STREAM_PICTURE_LOST, "");
}

/** Tell a viewer, once per codec, that it cannot decode what the host sends. */
static void check_codec(struct forward_stream *stream, struct forward_session *viewer)
{
	enum media_codec video = codec_of(stream, FORWARD_VIDEO);
	if (video == MEDIA_NO_CODEC || viewer->told_codec == video)
		return;
	bool decodes = forward_agreed_codec(&viewer->tracks[FORWARD_VIDEO], video) != NULL;
	viewer->told_codec = decodes ? MEDIA_NO_CODEC : video;
	if (!decodes)
		forward_session_event(viewer, MEDIA_SESSION_CODEC, "codec not supported");
}

void forward_stream_codec_changed(struct forward_stream *stream)
{
	stream->tap.told = false;
	for (size_t i = 0; i < stream->viewer_count; i++)
		check_codec(stream, stream->viewers[i]);
	forward_stream_publish_stats(stream);
}

void forward_stream_publish(struct forward_stream *stream, struct forward_session *session)
{
	struct forward_session *old = stream->publisher;
	/* an older offer that connects last does not take over */
	if (old && old->serial > session->serial) {
		forward_session_close(session, "replaced");
		return;
	}
	if (old)
		forward_session_close(old, "replaced");
	stream->publisher = session;
	note_host(stream);
	stream->clocked = false;
	/* layers that this host does not have are the last one's */
	for (size_t i = FORWARD_VIDEO + 1; i < FORWARD_TRACKS; i++)
		if (i - FORWARD_VIDEO >= session->tracks[FORWARD_VIDEO].layer_count)
			stream->tracks[i].newest_us = 0;
	forward_stream_codec_changed(stream);
}

void forward_stream_unpublish(struct forward_stream *stream, struct forward_session *session)
{
	if (stream->publisher != session)
		return;
	forward_stream_set_picture(stream, false);
	stream->publisher = NULL;
	note_host(stream);
	forward_stream_publish_stats(stream);
}

int forward_stream_add_viewer(struct forward_stream *stream, struct forward_session *session)
{
	if (stream->viewer_count == stream->viewer_room) {
		size_t room = stream->viewer_room ? 2 * stream->viewer_room : 16;
		struct forward_session **grown = realloc(stream->viewers, room * sizeof(struct forward_session *));
		if (!grown)
			return -ENOMEM;
		stream->viewers = grown;
		stream->viewer_room = room;
	}
	session->viewer_index = stream->viewer_count;
	stream->viewers[stream->viewer_count++] = session;
	if (!stream->mirror || stream->mirror->primed)
		forward_stream_welcome(stream, session);
	return 0;
}

void forward_stream_welcome(struct forward_stream *stream, struct forward_session *viewer)
{
	check_codec(stream, viewer);
	if (!stream->host.present || !viewer->subscriptions[FORWARD_VIDEO].active)
		return;
	struct forward_track *video = forward_layers_first(viewer);
	if (!forward_subscription_join(viewer, video))
		forward_stream_want_keyframe(stream, video);
}

void forward_stream_remove_viewer(struct forward_stream *stream, struct forward_session *session)
{
	if (session->viewer_index >= stream->viewer_count || stream->viewers[session->viewer_index] != session)
		return;
	struct forward_session *last = stream->viewers[--stream->viewer_count];
	stream->viewers[session->viewer_index] = last;
	last->viewer_index = session->viewer_index;
}

void forward_stream_want_packet(struct forward_stream *stream, const struct forward_track *track, int64_t ext)
{
	if (stream->mirror)
		forward_mirror_want_packet(stream, track, ext);
}

static void close_all_of(struct forward_stream *stream, struct forward_session_list *list, const char *reason)
{
	for (struct forward_session *s = list->first, *next; s; s = next) {
		next = s->next;
		if (s->stream == stream)
			forward_session_close(s, reason);
	}
}

void forward_stream_close(struct forward_stream *stream, const char *reason)
{
	struct forward_worker *worker = stream->worker;
	stream->references++; /* it must outlive its sessions for as long as this takes */
	close_all_of(stream, &worker->viewers, reason);
	close_all_of(stream, &worker->publishers, reason);
	close_all_of(stream, &worker->handshaking, reason);
	close_all_of(stream, &worker->opening, reason);
	forward_tap_set(stream, -1);
	stream->references--;
	forward_stream_release(stream);
}

void forward_stream_packet(struct forward_stream *stream, struct forward_track *track, struct forward_packet *packet)
{
	forward_links_packet(stream, track, packet);
	forward_tap_packet(stream, track, packet);
	forward_gather_packet(stream, track, packet);
}

static void show_layers(struct forward_stream *stream, struct media_layer_stats layers[MEDIA_LAYERS])
{
	for (size_t i = 0; i < MEDIA_LAYERS; i++) {
		struct forward_track *track = &stream->tracks[FORWARD_VIDEO + i];
		forward_track_meter_roll(track, stream->worker->now_us);
		if (forward_track_live(track, stream->worker->now_us))
			layers[i] = (struct media_layer_stats){track->width, track->height, track->meter.bps};
	}
}

void forward_stream_publish_stats(struct forward_stream *stream)
{
	struct forward_track *video = forward_stream_best(stream), *audio = &stream->tracks[FORWARD_AUDIO];
	struct media_stream_stats stats = {.viewers = (int64_t)stream->viewer_count};
	if (stream->publisher) {
		int64_t now = stream->worker->now_us;
		show_layers(stream, stats.layers);
		forward_track_meter_roll(video, now);
		forward_track_meter_roll(audio, now);
		stats.picture = stream->picture;
		stats.video = codec_of(stream, FORWARD_VIDEO);
		stats.audio = codec_of(stream, FORWARD_AUDIO);
		stats.video_bps = video->meter.bps;
		stats.audio_bps = audio->meter.bps;
		stats.loss = forward_track_loss(video->epoch ? video : audio);
		stats.rtt_us = stream->publisher->rtt_us;
		stats.width = video->width;
		stats.height = video->height;
		stats.fps = video->meter.fps;
	}
	forward_directory_set_stream(stream->worker->directory, &stream->listed, &stats);
}
