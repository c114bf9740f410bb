/* The demo source as a child process with the seam between. */
#ifndef LOAD_SOURCE_H
#define LOAD_SOURCE_H

#include "load.h"

struct load_source {
	const struct load_options *options;
	const char *const *more; /**< arguments after those of the options, NULL at the end; may be NULL */
	void (*packet)(char kind, const uint8_t *body, size_t len, void *ctx);
	void *ctx;
	/* source.c's */
	int fd;
	int pid;
	int64_t due_us, backoff_us, started_us;
	struct load_watch watch;
};

void load_source_init(struct load_source *source);
/** Start it when it is not running, with back-off. */
void load_source_tick(struct load_source *source, int64_t now_us);
void load_source_keyframe(struct load_source *source);
void load_source_stop(struct load_source *source);
#endif
