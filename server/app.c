#include "app.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "admin.h"
#include "api/tokens.h"
#include "base/log.h"
#include "control.h"
#include "demo.h"
#include "hls/notes.h"
#include "ingest.h"
#include "lan.h"
#include "pipelines.h"
#include "recordings.h"
#include "signals.h"
#include "spool.h"

enum { EXIT_FAILED = 1 };

/* ---- commands from this thread ---- */

struct wait {
	pthread_mutex_t lock;
	pthread_cond_t told;
	bool done;
	struct show_result *result;
};

static void on_done(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct wait *wait = ctx;

	pthread_mutex_lock(&wait->lock);
	*wait->result = *result;
	wait->done = true;
	pthread_cond_signal(&wait->told);
	pthread_mutex_unlock(&wait->lock);
}

enum show_code app_command(struct show_controller *controller, struct show_command *command, struct show_result *result)
{
	struct wait wait = {.result = result};

	pthread_mutex_init(&wait.lock, NULL);
	pthread_cond_init(&wait.told, NULL);
	command->done = on_done;
	command->ctx = &wait;
	show_controller_post(controller, command);
	pthread_mutex_lock(&wait.lock);
	while (!wait.done)
		pthread_cond_wait(&wait.told, &wait.lock);
	pthread_mutex_unlock(&wait.lock);
	pthread_cond_destroy(&wait.told);
	pthread_mutex_destroy(&wait.lock);
	return result->code;
}

/* ---- what the parts tell one another ---- */

static void on_show_event(const struct show_event *event, void *ctx)
{
	struct app *app = ctx;

	ingest_show_event(app->ingest, event);
	if (app->api)
		api_show_event(app->api, event);
	recordings_show_event(app->recordings, event);
}

static void on_media_event(const struct media_event *event, void *ctx)
{
	struct app *app = ctx;
	struct base_id show;
	bool picture = event->type == MEDIA_STREAM_PICTURE;

	if ((picture || event->type == MEDIA_STREAM_PICTURE_LOST) && base_id_parse(event->stream, &show) == 0)
		show_controller_picture(app->controller, show, picture);
	ingest_media_event(app->ingest, event);
	api_media_event(app->api, event);
}

static void on_media_log(int level, const char *event, const char *detail, void *ctx)
{
	static const enum base_log_level levels[] = {BASE_LOG_DEBUG, BASE_LOG_INFO, BASE_LOG_WARN, BASE_LOG_ERROR};

	base_log(levels[level & 3], "media", event, "%s", detail);
}

static void on_pipeline(struct base_id show, bool wanted, void *ctx)
{
	struct app *app = ctx;
	char text[BASE_ID_TEXT];

	pipelines_want(app->pipelines, base_id_format(show, text), wanted);
	if (!wanted)
		demo_show_ended(app->demo, text);
}

static void on_disk_full(const char *show, void *ctx)
{
	pipelines_stop_recording(((struct app *)ctx)->pipelines, show);
}

static void on_watched(struct base_id show, bool watched, void *ctx)
{
	char text[BASE_ID_TEXT];

	pipelines_watch(((struct app *)ctx)->pipelines, base_id_format(show, text), watched);
}

static void on_spooled(struct base_id show, void *ctx)
{
	char text[BASE_ID_TEXT];

	spool_remove(((struct app *)ctx)->settings, base_id_format(show, text));
}

static bool says_full(const char *text, size_t len)
{
	struct hls_note note;
	const char *line;
	size_t line_len;

	while (hls_note_next(&text, &len, &line, &line_len))
		if (hls_note_read(line, line_len, &note) == 0 && note.verb == HLS_PROBLEM &&
		    strcmp(note.problem.code, "disk_full") == 0)
			return true;
	return false;
}

static void on_said(const char *show, const char *text, size_t len, void *ctx)
{
	struct app *app = ctx;
	struct base_id id;

	if (base_id_parse(show, &id) == 0)
		api_pipeline_said(app->api, id, text, len);
	if (says_full(text, len))
		recordings_full(app->recordings, show);
}

static int on_record(const char *show, char *path, size_t size, void *ctx)
{
	return recordings_folder(((struct app *)ctx)->recordings, show, path, size);
}

static void on_hosted(struct base_id show, void *ctx)
{
	struct app *app = ctx;
	char text[BASE_ID_TEXT];

	demo_taken_over(app->demo, base_id_format(show, text));
}

static bool on_rtmp(struct base_id show, enum api_rtmp what, void *ctx)
{
	return ingest_rtmp(((struct app *)ctx)->ingest, show, what);
}

static void on_broadcast(const struct api_broadcast *news, void *ctx)
{
	api_broadcast_news(((struct app *)ctx)->api, news);
}

static void on_srt_ready(int port, void *ctx)
{
	api_srt_ready(((struct app *)ctx)->api, port);
}

struct blocking {
	void (*run)(void *arg);
	void *arg;
};

static void run_blocking_job(void *arg, void *local)
{
	struct blocking *blocking = arg;

	blocking->run(blocking->arg);
	free(blocking);
}

static int run_blocking(void (*run)(void *arg), void *arg, void *ctx)
{
	struct app *app = ctx;
	struct blocking *blocking = malloc(sizeof *blocking);

	if (!blocking)
		return -EAGAIN;
	*blocking = (struct blocking){run, arg};
	if (base_jobs_submit(app->jobs, BASE_JOBS_PROVIDER, run_blocking_job, blocking) == 0)
		return 0;
	free(blocking);
	return -EAGAIN;
}

/* ---- beginning ---- */

static int open_controller(struct app *app, char *why, size_t why_len)
{
	struct show_config config = {.settings = app->settings,
	                             .store = app->store,
	                             .provider = app->provider,
	                             .run_blocking = run_blocking,
	                             .on_event = on_show_event,
	                             .ctx = app};
	int err = show_controller_start(&config, &app->controller);

	if (err)
		snprintf(why, why_len, "the shows cannot be loaded from %s: %s", app->settings->data_dir,
		         strerror(-err));
	return err;
}

static int open_jobs(struct app *app, char *why, size_t why_len)
{
	struct base_jobs_hooks hooks = {api_reader_open, api_reader_close, app->settings->data_dir};
	int err = base_jobs_create((size_t)app->settings->job_threads, &hooks, &app->jobs);

	if (err)
		snprintf(why, why_len, "the job threads cannot be started: %s", strerror(-err));
	return err;
}

static int open_store(struct app *app, char *why, size_t why_len)
{
	int err = store_open(app->settings->data_dir, why, why_len, &app->store);
	char spool[4200];

	snprintf(spool, sizeof spool, "%s/spool", app->settings->data_dir);
	if (!err && mkdir(spool, 0750) && errno != EEXIST) {
		err = -errno;
		snprintf(why, why_len, "%s: %s", spool, strerror(errno));
	}
	if (!err) {
		err = pay_provider_create(app->settings->payments, &app->provider);
		if (err)
			snprintf(why, why_len, "payments: there is no provider %s", app->settings->payments);
	}
	return err;
}

int app_open_market(struct app *app, char *why, size_t why_len)
{
	int err = open_store(app, why, why_len);

	if (!err)
		err = open_jobs(app, why, why_len);
	if (!err)
		err = open_controller(app, why, why_len);
	return err;
}

void app_close_market(struct app *app)
{
	show_controller_stop(app->controller);
	base_jobs_destroy(app->jobs);
	pay_provider_destroy(app->provider);
	store_close(app->store);
}

static int open_hub(struct app *app, char *why, size_t why_len)
{
	static const char *const pages[] = {"/s/{show}", "/replay/{show}",          "/u/{username}",
	                                    "/orders",   "/orders/{order}/receipt", "/studio",
	                                    "/admin"};
	int err = hub_create(app->settings, why, why_len, &app->hub);

	if (err)
		return err;
	app->api = api_create(&(struct api_config){.settings = app->settings,
	                                           .hub = app->hub,
	                                           .jobs = app->jobs,
	                                           .pipeline = on_pipeline,
	                                           .watched = on_watched,
	                                           .spooled = on_spooled,
	                                           .hosted = on_hosted,
	                                           .rtmp = on_rtmp,
	                                           .ctx = app});
	if (app->lan)
		lan_route(app->hub, app->settings);
	hub_static(app->hub, app->settings->web_dir);
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
		hub_static_page(app->hub, pages[i], "index.html");
	return 0;
}

static int open_media(struct app *app, char *why, size_t why_len)
{
	const struct base_settings *s = app->settings;
	struct media_config config = {.port = (uint16_t)s->media_port,
	                              .tcp = s->media_tcp,
	                              .tcp_connections = s->media_tcp_connections,
	                              .tcp_per_address = s->media_tcp_per_address,
	                              .announce = s->announce,
	                              .workers = s->media_workers,
	                              .together = s->media_together,
	                              .max_sessions = s->max_sessions,
	                              .start_bitrate_bps = s->start_bitrate_bps,
	                              .max_bitrate_bps = s->max_bitrate_bps,
	                              .keyframe_min_ms = s->keyframe_min_ms,
	                              .keyframe_every_us = s->keyframe_every_ms * 1000,
	                              .join_bitrate_bps = s->join_bitrate_bps,
	                              .join_most_us = s->join_most_ms * 1000,
	                              .gather_us = s->gather_ms * 1000,
	                              .segmentation_offload = s->segmentation_offload,
	                              .consent_timeout_s = s->consent_timeout_s,
	                              .on_event = on_media_event,
	                              .log = on_media_log,
	                              .ctx = app};
	int err = media_engine_create(&config, why, why_len, &app->media);

	if (err)
		return err;
	err = media_children_create(on_media_log, app, &app->children);
	if (err)
		snprintf(why, why_len, "the supervisor of child processes cannot start: %s", strerror(-err));
	return err;
}

static int open_ingest(struct app *app, char *why, size_t why_len)
{
	int err = ingest_create(app->settings, &app->ingest);

	if (err)
		snprintf(why, why_len, "the shows cannot be read from %s: %s", app->settings->data_dir, strerror(-err));
	return err;
}

/* Without it hosts have their browsers. */
static void run_ingest(struct app *app)
{
	int err = ingest_run(app->ingest, &(struct ingest_config){.settings = app->settings,
	                                                          .engine = app->media,
	                                                          .children = app->children,
	                                                          .news = on_broadcast,
	                                                          .ready = on_srt_ready,
	                                                          .ctx = app});

	if (err)
		base_log(BASE_LOG_ERROR, "app", "ingest", "broadcast apps cannot be served: %s", strerror(-err));
}

/* Events may come as soon as a thread runs, so the API is there first; nobody is served before hub_run. */
static int open_all(struct app *app, struct base_settings *settings, char *why, size_t why_len)
{
	int err = open_store(app, why, why_len);

	if (!err) {
		spool_choose(settings);
		err = spool_open(settings, why, why_len);
	}
	if (!err)
		err = open_jobs(app, why, why_len);
	if (!err)
		err = open_hub(app, why, why_len);
	if (!err)
		err = recordings_create(&(struct recordings_config){app->settings, on_disk_full, app},
		                        &app->recordings);
	if (!err)
		err = open_ingest(app, why, why_len);
	if (!err)
		err = open_controller(app, why, why_len);
	if (!err)
		err = open_media(app, why, why_len);
	if (err)
		return err;
	app->pipelines = pipelines_create(&(struct pipelines_config){.settings = app->settings,
	                                                             .engine = app->media,
	                                                             .children = app->children,
	                                                             .said = on_said,
	                                                             .record_to = on_record,
	                                                             .ctx = app});
	api_bind(app->api, &(struct api_engines){app->controller, app->media, app->provider});
	run_ingest(app);
	err = recordings_run(app->recordings, app->controller);
	if (err)
		snprintf(why, why_len, "the recordings' thread cannot be started: %s", strerror(-err));
	return err;
}

/* ---- end ---- */

static void close_all(struct app *app)
{
	media_children_destroy(app->children);
	if (app->api)
		api_close(app->api);
	media_engine_destroy(app->media);
	recordings_halt(app->recordings);
	app_close_market(app);
	recordings_destroy(app->recordings);
	api_destroy(app->api);
	hub_destroy(app->hub);
	pipelines_destroy(app->pipelines);
	ingest_destroy(app->ingest);
	demo_destroy(app->demo);
}

static void *hub_thread(void *arg)
{
	pthread_setname_np(pthread_self(), "hub");
	hub_run(((struct app *)arg)->hub);
	return NULL;
}

void app_url(const struct app *app, char *out, size_t size)
{
	const struct base_settings *s = app->settings;
	const char *host = "localhost";

	if (*s->public_url) {
		snprintf(out, size, "%s", s->public_url);
		return;
	}
	if (strcmp(s->bind, "0.0.0.0") != 0 && strcmp(s->bind, "::") != 0 && strcmp(s->bind, "127.0.0.1") != 0)
		host = s->bind;
	snprintf(out, size, strchr(host, ':') ? "%s://[%s]:%d" : "%s://%s:%d", *s->tls_cert ? "https" : "http", host,
	         hub_port(app->hub));
}

void app_folder(char *out, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", out, size - 1);
	char *slash;

	out[len > 0 ? len : 0] = '\0';
	slash = strrchr(out, '/');
	if (slash)
		*slash = '\0';
}

static void greet(struct app *app)
{
	char url[300];

	app_url(app, url, sizeof url);
	printf("\nTrunkshow is open:  %s\n", url);
	if (app->lan)
		lan_print_urls(app->settings, hub_port(app->hub));
	fflush(stdout);
}

static void serve(struct app *app, bool demo)
{
	struct control control = {.data_dir = app->settings->data_dir, .act = admin_act, .ctx = app};
	pthread_t hub;
	int err = pthread_create(&hub, NULL, hub_thread, app);

	if (err) {
		base_log(BASE_LOG_ERROR, "app", "failed", "the hub's thread cannot be started: %s", strerror(err));
		return;
	}
	control_open(&control);
	base_log(BASE_LOG_INFO, "app", "ready", "http_port=%d media_port=%d", hub_port(app->hub),
	         (int)media_engine_port(app->media));
	greet(app);
	if (demo)
		demo_start(app->demo);
	else
		admin_hint(app);
	/* Meanwhile this thread has time for `trunkshow admin`. */
	signals_wait(control.listener, control_ready, &control);
	control_close(&control);
	api_drain(app->api);
	/* The children get their SIGTERM now, so that they end while the viewers are told. */
	demo_stop(app->demo);
	hub_stop(app->hub);
	pthread_join(hub, NULL);
}

int app_serve(struct base_settings *settings, bool demo, bool lan)
{
	struct app app = {.settings = settings, .lan = lan};
	char why[512] = "";
	int err;

	signals_prepare();
	umask(027);
	err = open_all(&app, settings, why, sizeof why);
	if (err) {
		base_log(BASE_LOG_ERROR, "app", "failed", "%s", why);
		close_all(&app);
		return EXIT_FAILED;
	}
	if (demo)
		app.demo = demo_create(&app);
	serve(&app, demo);
	close_all(&app);
	spool_close(settings);
	base_log(BASE_LOG_INFO, "app", "stopped", "clean=yes");
	return 0;
}
