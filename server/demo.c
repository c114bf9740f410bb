#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "base/log.h"
#include "demo_market.h"

#define CHILD "demo-host"

struct demo {
	struct app *app; /* constant */

	pthread_mutex_t lock; /* guards what follows: main starts the host, the hub's thread ends it */
	char show[BASE_ID_TEXT];
	bool running;
};

struct demo *demo_create(struct app *app)
{
	struct demo *demo = calloc(1, sizeof *demo);

	if (!demo)
		abort();
	demo->app = app;
	pthread_mutex_init(&demo->lock, NULL);
	return demo;
}

void demo_destroy(struct demo *demo)
{
	if (!demo)
		return;
	pthread_mutex_destroy(&demo->lock);
	free(demo);
}

/* ---- the simulated host ---- */

/* Where the server listens, seen from here: by loopback wherever it can be. */
static void whip_url(const struct app *app, const char *show, char *out, size_t size)
{
	const struct base_settings *s = app->settings;
	bool every = strcmp(s->bind, "::") == 0 || strcmp(s->bind, "0.0.0.0") == 0;
	const char *host = every ? "127.0.0.1" : s->bind;

	snprintf(out, size, strchr(host, ':') ? "%s://[%s]:%d/whip/%s" : "%s://%s:%d/whip/%s",
	         *s->tls_cert ? "https" : "http", host, hub_port(app->hub), show);
}

static int start_host(struct demo *demo, const struct store_show *show)
{
	struct app *app = demo->app;
	char folder[4096], program[4200], pictures[4200], registry[4200], url[512], id[BASE_ID_TEXT];
	bool drawn = demo_pictures(pictures, sizeof pictures);
	int err;

	app_folder(folder, sizeof folder);
	snprintf(program, sizeof program, "%s/trunkshow-load", folder);
	snprintf(registry, sizeof registry, "%s/spool/plugins.registry", app->settings->data_dir);
	whip_url(app, base_id_format(show->id, id), url, sizeof url);
	/* It speaks with the server that starts it: whose certificate that is need not be asked. */
	const char *argv[] = {program,
	                      "host",
	                      "--whip",
	                      url,
	                      "--token",
	                      show->publish_key,
	                      "--insecure",
	                      "--",
	                      "--registry",
	                      registry,
	                      drawn ? "--items" : NULL,
	                      pictures,
	                      NULL};
	struct media_child_spec spec = {.argv = argv};
	if (access(program, X_OK)) {
		base_log(BASE_LOG_WARN, "demo", "host", "%s is not there: nobody is on air", program);
		return -ENOENT;
	}
	pthread_mutex_lock(&demo->lock);
	snprintf(demo->show, sizeof demo->show, "%s", id);
	err = media_children_run(app->children, CHILD, &spec);
	demo->running = err == 0;
	pthread_mutex_unlock(&demo->lock);
	return err;
}

static void stop_host(struct demo *demo, const char *show, const char *why)
{
	bool stop;

	pthread_mutex_lock(&demo->lock);
	stop = demo->running && (!show || strcmp(show, demo->show) == 0);
	demo->running = demo->running && !stop;
	pthread_mutex_unlock(&demo->lock);
	if (!stop)
		return;
	base_log(BASE_LOG_INFO, "demo", "host_leaves", "%s", why);
	media_children_stop(demo->app->children, CHILD);
}

void demo_stop(struct demo *demo)
{
	if (demo)
		stop_host(demo, NULL, "the server ends");
}

void demo_show_ended(struct demo *demo, const char *show)
{
	if (demo)
		stop_host(demo, show, "the show has ended");
}

void demo_taken_over(struct demo *demo, const char *show)
{
	if (demo)
		stop_host(demo, show, "somebody hosts the show from the studio");
}

/* ---- what there is already ---- */

static void take_first(const struct store_show *show, void *ctx)
{
	struct store_show *out = ctx;

	if (base_id_is_zero(out->id))
		*out = *show;
}

static bool empty(struct store_reader *reader)
{
	int64_t accounts = 1, shows;

	return store_counts(reader, &accounts, &shows) == 0 && accounts == 0;
}

/* The passwords are random and kept hashed, so they are written down for the next start, for the owner's eyes alone. */
static FILE *open_notes(const struct app *app, int flags, const char *mode)
{
	char path[4200];
	FILE *file;
	int fd;

	snprintf(path, sizeof path, "%s/demo-accounts", app->settings->data_dir);
	fd = open(path, flags | O_CLOEXEC, 0600);
	file = fd < 0 ? NULL : fdopen(fd, mode);
	if (!file && fd >= 0)
		close(fd);
	return file;
}

static int make_market(struct app *app)
{
	FILE *notes = open_notes(app, O_WRONLY | O_CREAT | O_TRUNC, "w");
	int err;

	if (!notes) {
		base_log(BASE_LOG_ERROR, "demo", "failed", "%s/demo-accounts: %s", app->settings->data_dir,
		         strerror(errno));
		return -EIO;
	}
	err = demo_market_make(app, notes);
	if (fclose(notes) && !err)
		err = -EIO;
	return err;
}

static void print_accounts(struct app *app)
{
	FILE *notes = open_notes(app, O_RDONLY, "r");
	char line[256];

	if (!notes)
		return;
	printf("\n  %-10s %-18s\n", "username", "password");
	while (fgets(line, sizeof line, notes)) {
		char name[64], password[64], what[64];
		if (sscanf(line, "%63s %63s %63[^\n]", name, password, what) == 3)
			printf("  %-10s %-18s %s\n", name, password, what);
	}
	fclose(notes);
}

static void print_places(struct app *app, const struct store_show *show)
{
	char url[300], id[BASE_ID_TEXT];

	app_url(app, url, sizeof url);
	printf("  the show          %s/s/%s\n", url, base_id_format(show->id, id));
	printf("  the studio        %s/studio\n  the admin's desk  %s/admin\n", url, url);
	print_accounts(app);
	printf("\n  Cards: 4242424242424242 pays, 4000000000000002 is declined.  Ctrl-C ends it.\n\n");
	fflush(stdout);
}

/* The show to look at. */
static int begin(struct demo *demo, struct store_reader *reader, struct store_show *show)
{
	struct app *app = demo->app;
	struct store_account host;
	int err = empty(reader) ? make_market(app) : 0;

	if (err)
		return err;
	err = store_account_by_username(reader, DEMO_HOST, &host);
	if (err) {
		base_log(BASE_LOG_WARN, "demo", "host", "%s holds a market without the demo's host: only served",
		         app->settings->data_dir);
		return err;
	}
	err = store_shows(reader, STORE_SHOW_LIVE, &host.person.id, 1, take_first, show);
	if (!err && base_id_is_zero(show->id))
		err = demo_market_go_live(app, reader, host.person.id, show);
	return err;
}

void demo_start(struct demo *demo)
{
	struct app *app = demo->app;
	struct store_reader *reader;
	struct store_show show = {0};

	if (store_reader_open(app->settings->data_dir, &reader))
		return;
	if (begin(demo, reader, &show) == 0) {
		(void)start_host(demo, &show);
		print_places(app, &show);
	}
	store_reader_close(reader);
}
