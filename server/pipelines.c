#include "pipelines.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "spool.h"

#define PATH_BYTES 4300
#define SILENCE_US 3000000 /* it says how it is every second */
#define MEMORY_BYTES (4LL << 30)
#define CPU_PERCENT 300
#define FILE_BYTES (1LL << 30)
#define FILES 256

/* One for each show that ever had a child in this process: callbacks may still run on the supervisor's thread after the
 * child was stopped, so they live as long as the supervisor. */
struct pipeline {
	struct pipeline *next;
	struct pipelines *all;
	char show[MEDIA_STREAM_BYTES];
	char name[64];
	bool running;           /* hub thread */
	bool watched, recorded; /* guarded */
};

struct pipelines {
	struct pipelines_config config;
	pthread_mutex_t lock;
	struct pipeline *list; /* guarded; nobody leaves it */
};

struct pipelines *pipelines_create(const struct pipelines_config *config)
{
	struct pipelines *pipelines = calloc(1, sizeof *pipelines);

	if (!pipelines)
		abort();
	pipelines->config = *config;
	pthread_mutex_init(&pipelines->lock, NULL);
	return pipelines;
}

void pipelines_destroy(struct pipelines *pipelines)
{
	if (!pipelines)
		return;
	while (pipelines->list) {
		struct pipeline *pipeline = pipelines->list;
		pipelines->list = pipeline->next;
		free(pipeline);
	}
	pthread_mutex_destroy(&pipelines->lock);
	free(pipelines);
}

static struct pipeline *find(struct pipelines *pipelines, const char *show, bool make)
{
	struct pipeline *pipeline;

	pthread_mutex_lock(&pipelines->lock);
	pipeline = pipelines->list;
	while (pipeline && strcmp(pipeline->show, show) != 0)
		pipeline = pipeline->next;
	if (!pipeline && make) {
		pipeline = calloc(1, sizeof *pipeline);
		if (!pipeline)
			abort();
		pipeline->all = pipelines;
		snprintf(pipeline->show, sizeof pipeline->show, "%s", show);
		snprintf(pipeline->name, sizeof pipeline->name, "show-%s", show);
		pipeline->next = pipelines->list;
		pipelines->list = pipeline;
	}
	pthread_mutex_unlock(&pipelines->lock);
	return pipeline;
}

/* ---- what the child is told ---- */

/* Told under the lock, so that the last word is the newest. */
static void tell(struct pipeline *pipeline)
{
	const struct pipelines *all = pipeline->all;
	char text[128];
	int err;

	snprintf(text, sizeof text, "rung %s\nrecord %s\npackage %s\n", all->config.settings->hls_rung ? "on" : "off",
	         pipeline->recorded ? "on" : "off", pipeline->watched || pipeline->recorded ? "on" : "off");
	err = media_children_tell(all->config.children, pipeline->name, text, strlen(text));
	/* One that is not there is told when it starts. */
	if (err && err != -ENOENT && err != -EPIPE)
		base_log(BASE_LOG_WARN, "app", "pipeline", "show=%s is not told: %s", pipeline->show, strerror(-err));
}

static void change(struct pipelines *pipelines, const char *show, bool watched, bool stop_recording)
{
	struct pipeline *pipeline = find(pipelines, show, false);

	if (!pipeline)
		return;
	pthread_mutex_lock(&pipelines->lock);
	if (stop_recording)
		pipeline->recorded = false;
	else
		pipeline->watched = watched;
	tell(pipeline);
	pthread_mutex_unlock(&pipelines->lock);
}

void pipelines_watch(struct pipelines *pipelines, const char *show, bool watched)
{
	change(pipelines, show, watched, false);
}

void pipelines_stop_recording(struct pipelines *pipelines, const char *show)
{
	change(pipelines, show, false, true);
}

/* ---- callbacks: the supervisor's thread ---- */

/* Each time the child starts: its end of the seam becomes a subscriber of the show's stream. */
static void started(int fd, void *ctx)
{
	struct pipeline *pipeline = ctx;
	int err = media_stream_tap(pipeline->all->config.engine, pipeline->show, fd);

	if (err)
		base_log(BASE_LOG_WARN, "app", "pipeline", "show=%s cannot be tapped: %s", pipeline->show,
		         strerror(-err));
	pthread_mutex_lock(&pipeline->all->lock);
	tell(pipeline);
	pthread_mutex_unlock(&pipeline->all->lock);
}

static void said(const char *text, size_t len, void *ctx)
{
	struct pipeline *pipeline = ctx;

	pipeline->all->config.said(pipeline->show, text, len, pipeline->all->config.ctx);
}

/* ---- running it ---- */

static bool recording(struct pipeline *pipeline, char *path, size_t size)
{
	const struct pipelines_config *config = &pipeline->all->config;
	bool recorded = config->record_to && config->record_to(pipeline->show, path, size, config->ctx) == 0;

	pthread_mutex_lock(&pipeline->all->lock);
	pipeline->recorded = recorded;
	pthread_mutex_unlock(&pipeline->all->lock);
	return recorded;
}

static int run(struct pipeline *pipeline)
{
	const struct pipelines *all = pipeline->all;
	const struct base_settings *settings = all->config.settings;
	char spool[PATH_BYTES], registry[PATH_BYTES], record[PATH_BYTES], part[24], segment[24];
	bool recorded = recording(pipeline, record, sizeof record);
	int err = spool_folder(settings, pipeline->show, spool, sizeof spool);

	if (err)
		return err;
	snprintf(registry, sizeof registry, "%s/spool/plugins.registry", settings->data_dir);
	snprintf(part, sizeof part, "%d", (int)settings->hls_part_ms);
	snprintf(segment, sizeof segment, "%d", (int)settings->hls_segment_ms);
	const char *argv[] = {settings->pipeline_path,
	                      "--show",
	                      "--spool",
	                      spool,
	                      "--registry",
	                      registry,
	                      "--part-ms",
	                      part,
	                      "--segment-ms",
	                      segment,
	                      recorded ? "--record" : NULL,
	                      record,
	                      NULL};
	struct media_child_spec spec = {.argv = argv,
	                                .seam = true,
	                                .started = started,
	                                .notes = true,
	                                .said = said,
	                                .silence_us = SILENCE_US,
	                                .memory_bytes = MEMORY_BYTES,
	                                .cpu_percent = CPU_PERCENT,
	                                .file_bytes = FILE_BYTES,
	                                .files = FILES,
	                                .ctx = pipeline};
	return media_children_run(all->config.children, pipeline->name, &spec);
}

void pipelines_want(struct pipelines *pipelines, const char *show, bool wanted)
{
	struct pipeline *pipeline = find(pipelines, show, wanted);
	int err;

	if (!pipeline || pipeline->running == wanted)
		return;
	pipeline->running = wanted;
	if (!wanted) {
		media_children_stop(pipelines->config.children, pipeline->name);
		return;
	}
	err = run(pipeline);
	if (err) {
		/* The show goes on without a thumbnail. */
		pipeline->running = false;
		base_log(BASE_LOG_ERROR, "app", "pipeline", "show=%s cannot start: %s", show, strerror(-err));
	}
}
