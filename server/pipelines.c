#include "pipelines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define PATH_BYTES 4300

/* One for each show that ever had a child in this process: started() may still run on the supervisor's thread after the
 * child was stopped, so they live as long as the supervisor. */
struct pipeline {
	struct pipeline *next;
	struct media_engine *engine;
	char show[MEDIA_STREAM_BYTES];
	char name[64];
	bool running;
};

struct pipelines {
	const struct base_settings *settings;
	struct media_engine *engine;
	struct media_children *children;
	struct pipeline *list; /* hub thread */
};

struct pipelines *pipelines_create(const struct base_settings *settings, struct media_engine *engine,
                                   struct media_children *children)
{
	struct pipelines *pipelines = calloc(1, sizeof *pipelines);

	if (!pipelines)
		abort();
	*pipelines = (struct pipelines){.settings = settings, .engine = engine, .children = children};
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
	free(pipelines);
}

/* Each time the child starts: its end of the seam becomes a subscriber of the show's stream. */
static void started(int fd, void *ctx)
{
	struct pipeline *pipeline = ctx;
	int err = media_stream_tap(pipeline->engine, pipeline->show, fd);

	if (err)
		base_log(BASE_LOG_WARN, "app", "pipeline", "show=%s cannot be tapped: %s", pipeline->show,
		         strerror(-err));
}

static struct pipeline *find(struct pipelines *pipelines, const char *show, bool make)
{
	struct pipeline *pipeline = pipelines->list;

	while (pipeline && strcmp(pipeline->show, show) != 0)
		pipeline = pipeline->next;
	if (pipeline || !make)
		return pipeline;
	pipeline = calloc(1, sizeof *pipeline);
	if (!pipeline)
		abort();
	pipeline->engine = pipelines->engine;
	snprintf(pipeline->show, sizeof pipeline->show, "%s", show);
	snprintf(pipeline->name, sizeof pipeline->name, "show-%s", show);
	pipeline->next = pipelines->list;
	pipelines->list = pipeline;
	return pipeline;
}

static int make_folder(const char *path)
{
	return mkdir(path, 0750) && errno != EEXIST ? -errno : 0;
}

static int run(struct pipelines *pipelines, struct pipeline *pipeline)
{
	const char *data_dir = pipelines->settings->data_dir;
	char spool[PATH_BYTES], registry[PATH_BYTES];
	int err;

	snprintf(registry, sizeof registry, "%s/spool/plugins.registry", data_dir);
	snprintf(spool, sizeof spool, "%s/spool/%s", data_dir, pipeline->show);
	err = make_folder(spool);
	if (err)
		return err;
	const char *argv[] = {
	        pipelines->settings->pipeline_path, "--show", "--spool", spool, "--registry", registry, NULL};
	struct media_child_spec spec = {.argv = argv, .seam = true, .started = started, .ctx = pipeline};
	return media_children_run(pipelines->children, pipeline->name, &spec);
}

void pipelines_want(struct pipelines *pipelines, const char *show, bool wanted)
{
	struct pipeline *pipeline = find(pipelines, show, wanted);
	int err;

	if (!pipeline || pipeline->running == wanted)
		return;
	pipeline->running = wanted;
	if (!wanted) {
		media_children_stop(pipelines->children, pipeline->name);
		return;
	}
	err = run(pipelines, pipeline);
	if (err) {
		/* The show goes on without a thumbnail. */
		pipeline->running = false;
		base_log(BASE_LOG_ERROR, "app", "pipeline", "show=%s cannot start: %s", show, strerror(-err));
	}
}
