#include "forward/directory.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct forward_directory {
	pthread_mutex_t lock; /**< of everything below */
	size_t max_sessions;
	struct forward_map sessions, streams, places;
	size_t workers;
	struct media_stats stats[]; /**< of each worker */
};

/** Where a stream lives. */
struct place {
	struct forward_map_node node;
	char name[MEDIA_STREAM_BYTES];
	size_t references;
	int worker;
};

int forward_directory_create(size_t max_sessions, size_t workers, struct forward_directory **out)
{
	struct forward_directory *d = calloc(1, sizeof *d + workers * sizeof d->stats[0]);
	if (!d)
		return -ENOMEM;
	d->workers = workers;
	d->max_sessions = max_sessions;
	pthread_mutex_init(&d->lock, NULL);
	if (forward_map_init(&d->sessions, max_sessions) != 0 || forward_map_init(&d->streams, max_sessions) != 0 ||
	    forward_map_init(&d->places, max_sessions) != 0) {
		forward_directory_destroy(d);
		return -ENOMEM;
	}
	*out = d;
	return 0;
}

void forward_directory_destroy(struct forward_directory *d)
{
	if (!d)
		return;
	forward_map_finish(&d->sessions);
	forward_map_finish(&d->streams);
	forward_map_finish(&d->places);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

int forward_directory_add_session(struct forward_directory *d, struct forward_listed_session *s)
{
	int status = -EUSERS;
	pthread_mutex_lock(&d->lock);
	if (d->sessions.count < d->max_sessions) {
		forward_map_insert(&d->sessions, &s->node, forward_map_hash(&d->sessions, s->name, strlen(s->name)));
		status = 0;
	}
	pthread_mutex_unlock(&d->lock);
	return status;
}

void forward_directory_remove_session(struct forward_directory *d, struct forward_listed_session *s)
{
	pthread_mutex_lock(&d->lock);
	forward_map_remove(&d->sessions, &s->node);
	pthread_mutex_unlock(&d->lock);
}

/** Unless it is closing; with the lock held. @return NULL */
static struct forward_listed_session *session_find(const struct forward_directory *d, const char *name)
{
	struct forward_map_node *n =
	        forward_map_first(&d->sessions, forward_map_hash(&d->sessions, name, strlen(name)));
	for (; n; n = forward_map_next(n)) {
		struct forward_listed_session *s = forward_container(n, struct forward_listed_session, node);
		if (strcmp(s->name, name) == 0 && !s->closing)
			return s;
	}
	return NULL;
}

int forward_directory_close_session(struct forward_directory *d, const char *name)
{
	pthread_mutex_lock(&d->lock);
	struct forward_listed_session *s = session_find(d, name);
	if (s)
		s->closing = true;
	int owner = s ? s->owner : -ENOENT;
	pthread_mutex_unlock(&d->lock);
	return owner;
}

int forward_directory_visit_session(struct forward_directory *d, const char *name,
                                    int (*visit)(struct forward_listed_session *s, void *ctx), void *ctx)
{
	pthread_mutex_lock(&d->lock);
	struct forward_listed_session *s = session_find(d, name);
	int status = s ? visit(s, ctx) : -ENOENT;
	pthread_mutex_unlock(&d->lock);
	return status;
}

/** With the lock held. @return NULL */
static struct place *place_find(const struct forward_directory *d, const char *name)
{
	struct forward_map_node *n = forward_map_first(&d->places, forward_map_hash(&d->places, name, strlen(name)));
	for (; n; n = forward_map_next(n)) {
		struct place *place = forward_container(n, struct place, node);
		if (strcmp(place->name, name) == 0)
			return place;
	}
	return NULL;
}

/** With the lock held. @return NULL: no memory */
static struct place *place_make(struct forward_directory *d, const char *name, int worker)
{
	struct place *place = calloc(1, sizeof *place);
	if (!place)
		return NULL;
	snprintf(place->name, sizeof place->name, "%s", name);
	place->worker = worker;
	forward_map_insert(&d->places, &place->node, forward_map_hash(&d->places, name, strlen(name)));
	return place;
}

int forward_directory_hold_place(struct forward_directory *d, const char *name, int candidate)
{
	pthread_mutex_lock(&d->lock);
	struct place *place = place_find(d, name);
	int worker = candidate < 0 ? -ENOENT : -ENOMEM;
	if (!place && candidate >= 0)
		place = place_make(d, name, candidate);
	if (place) {
		place->references++;
		worker = place->worker;
	}
	pthread_mutex_unlock(&d->lock);
	return worker;
}

void forward_directory_hold_again(struct forward_directory *d, const char *name)
{
	forward_directory_hold_place(d, name, -1);
}

void forward_directory_leave_place(struct forward_directory *d, const char *name)
{
	pthread_mutex_lock(&d->lock);
	struct place *place = place_find(d, name);
	bool last = place && --place->references == 0;
	if (last)
		forward_map_remove(&d->places, &place->node);
	pthread_mutex_unlock(&d->lock);
	if (last)
		free(place);
}

void forward_directory_add_stream(struct forward_directory *d, struct forward_listed_stream *s)
{
	pthread_mutex_lock(&d->lock);
	forward_map_insert(&d->streams, &s->node, forward_map_hash(&d->streams, s->name, strlen(s->name)));
	pthread_mutex_unlock(&d->lock);
}

void forward_directory_remove_stream(struct forward_directory *d, struct forward_listed_stream *s)
{
	pthread_mutex_lock(&d->lock);
	forward_map_remove(&d->streams, &s->node);
	pthread_mutex_unlock(&d->lock);
}

void forward_directory_set_stream(struct forward_directory *d, struct forward_listed_stream *s,
                                  const struct media_stream_stats *stats)
{
	pthread_mutex_lock(&d->lock);
	s->stats = *stats;
	pthread_mutex_unlock(&d->lock);
}

int forward_directory_get_stream(struct forward_directory *d, const char *name, struct media_stream_stats *out)
{
	int status = -ENOENT;
	int64_t viewers = 0;
	*out = (struct media_stream_stats){0};
	pthread_mutex_lock(&d->lock);
	struct forward_map_node *n = forward_map_first(&d->streams, forward_map_hash(&d->streams, name, strlen(name)));
	for (; n; n = forward_map_next(n)) {
		struct forward_listed_stream *s = forward_container(n, struct forward_listed_stream, node);
		if (strcmp(s->name, name) != 0)
			continue;
		viewers += s->stats.viewers;
		if (!s->mirror)
			*out = s->stats;
		status = 0;
	}
	pthread_mutex_unlock(&d->lock);
	out->viewers = viewers;
	return status;
}

void forward_directory_set_stats(struct forward_directory *d, size_t worker, const struct media_stats *stats)
{
	pthread_mutex_lock(&d->lock);
	d->stats[worker] = *stats;
	pthread_mutex_unlock(&d->lock);
}

/** Every field is a count of 64 bits (media.h). */
static void add_up(struct media_stats *sum, const struct media_stats *stats)
{
	enum { COUNTS = sizeof *sum / sizeof(uint64_t) };
	_Static_assert(sizeof *sum % sizeof(uint64_t) == 0, "a field is no count");
	uint64_t a[COUNTS], b[COUNTS];
	memcpy(a, sum, sizeof a);
	memcpy(b, stats, sizeof b);
	for (size_t i = 0; i < COUNTS; i++)
		a[i] += b[i];
	memcpy(sum, a, sizeof a);
}

void forward_directory_get_stats(struct forward_directory *d, struct media_stats *out)
{
	*out = (struct media_stats){0};
	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->workers; i++)
		add_up(out, &d->stats[i]);
	pthread_mutex_unlock(&d->lock);
}
