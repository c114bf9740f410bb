#include "forward/directory.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct forward_directory {
	pthread_mutex_t lock; /**< of everything below */
	size_t max_sessions;
	struct forward_map sessions, streams;
	struct media_stats stats;
};

int forward_directory_create(size_t max_sessions, struct forward_directory **out)
{
	struct forward_directory *d = calloc(1, sizeof *d);
	if (!d)
		return -ENOMEM;
	d->max_sessions = max_sessions;
	pthread_mutex_init(&d->lock, NULL);
	if (forward_map_init(&d->sessions, max_sessions) != 0 || forward_map_init(&d->streams, max_sessions) != 0) {
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
	pthread_mutex_unlock(&d->lock);
	return s ? 0 : -ENOENT;
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
	pthread_mutex_lock(&d->lock);
	struct forward_map_node *n = forward_map_first(&d->streams, forward_map_hash(&d->streams, name, strlen(name)));
	for (; n && status != 0; n = forward_map_next(n)) {
		struct forward_listed_stream *s = forward_container(n, struct forward_listed_stream, node);
		if (strcmp(s->name, name) != 0)
			continue;
		*out = s->stats;
		status = 0;
	}
	pthread_mutex_unlock(&d->lock);
	return status;
}

void forward_directory_set_stats(struct forward_directory *d, const struct media_stats *stats)
{
	pthread_mutex_lock(&d->lock);
	d->stats = *stats;
	pthread_mutex_unlock(&d->lock);
}

void forward_directory_get_stats(struct forward_directory *d, struct media_stats *out)
{
	pthread_mutex_lock(&d->lock);
	*out = d->stats;
	pthread_mutex_unlock(&d->lock);
}
