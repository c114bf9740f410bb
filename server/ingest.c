#include "ingest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "ingest_private.h"
#include "store/store.h"

#define SILENCE_US 5000000 /* of a process that speaks each second */
#define SHOWS_MAX 100000
#define HOST_BYTES (256LL << 20) /* of memory for each host, and once for itself */

/* ---- shows ---- */

static void load_show(const struct store_show *show, void *ctx)
{
	(void)ingest_show_is(ctx, show);
}

static int load_bans(struct ingest *ingest, struct store_reader *reader)
{
	g_autoptr(GList) all = g_hash_table_get_values(ingest->shows);
	struct store_account account;

	for (GList *at = all; at; at = at->next) {
		const struct ingest_show *show = at->data;
		int err = store_account_by_id(reader, show->host, &account);
		if (err && err != -ENOENT)
			return err;
		if (!err && account.banned)
			(void)ingest_account_is(ingest, show->host, true);
	}
	return 0;
}

static int load(struct ingest *ingest, const char *data_dir)
{
	struct store_reader *reader;
	int err = store_reader_open(data_dir, &reader);

	if (err)
		return err;
	err = store_shows(reader, STORE_SHOW_LIVE, NULL, SHOWS_MAX, load_show, ingest);
	if (!err)
		err = store_shows(reader, STORE_SHOW_SCHEDULED, NULL, SHOWS_MAX, load_show, ingest);
	if (!err)
		err = load_bans(ingest, reader);
	store_reader_close(reader);
	return err;
}

static guint hash_id(gconstpointer id)
{
	guint hash;

	memcpy(&hash, ((const struct base_id *)id)->bytes + BASE_ID_BYTES - sizeof hash, sizeof hash);
	return hash;
}

static gboolean equal_ids(gconstpointer a, gconstpointer b)
{
	return base_id_equal(*(const struct base_id *)a, *(const struct base_id *)b);
}

int ingest_create(const struct base_settings *settings, struct ingest **out)
{
	struct ingest *ingest = calloc(1, sizeof *ingest);
	int err;

	if (!ingest)
		abort();
	pthread_mutex_init(&ingest->lock, NULL);
	ingest->fd = -1;
	ingest->config.settings = settings;
	ingest->shows = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	ingest->banned = g_hash_table_new_full(hash_id, equal_ids, g_free, NULL);
	err = load(ingest, settings->data_dir);
	if (err)
		ingest_destroy(ingest);
	else
		*out = ingest;
	return err;
}

void ingest_destroy(struct ingest *ingest)
{
	if (!ingest)
		return;
	ingest->closing = true;
	ingest_hosts_gone(ingest);
	if (ingest->fd >= 0)
		close(ingest->fd);
	g_hash_table_destroy(ingest->shows);
	g_hash_table_destroy(ingest->banned);
	pthread_mutex_destroy(&ingest->lock);
	free(ingest);
}

/* ---- the child ---- */

/* First of all: where to listen, and the passphrase, which is not for the list of processes. */
static void tell_listen(const struct ingest *ingest)
{
	const struct base_settings *s = ingest->config.settings;
	g_autofree char *secret = g_uri_escape_string(s->srt_passphrase, NULL, FALSE);
	char text[512];
	int len = snprintf(text, sizeof text, "listen port=%d latency_ms=%d limited=%d%s%s\n", (int)s->srt_port,
	                   (int)s->srt_latency_ms, s->rate_limits, *secret ? " passphrase=" : "", secret);

	if (s->srt)
		(void)media_children_tell(ingest->config.children, INGEST_CHILD, text, (size_t)len);
	explicit_bzero(secret, strlen(secret));
	explicit_bzero(text, sizeof text);
}

static void started(int fd, void *ctx)
{
	struct ingest *ingest = ctx;

	ingest_hosts_gone(ingest); /* with the process that spoke of them */
	tell_listen(ingest);
	pthread_mutex_lock(&ingest->lock);
	if (ingest->fd >= 0)
		close(ingest->fd);
	ingest->fd = fd;
	ingest_all_due(ingest);
	ingest_tell_due(ingest);
	pthread_mutex_unlock(&ingest->lock);
}

int ingest_run(struct ingest *ingest, const struct ingest_config *config)
{
	const struct base_settings *s = config->settings;
	char registry[4300], hosts[24], max_bps[24], bitrate[24];
	const char *argv[16] = {s->pipeline_path, "--ingest", "--registry", registry, "--hosts", hosts,
	                        "--max-bps",      max_bps,    "--bitrate",  bitrate};
	size_t count = 10;

	pthread_mutex_lock(&ingest->lock);
	ingest->config = *config;
	pthread_mutex_unlock(&ingest->lock);
	if (!s->srt && !*s->rtmp_url)
		return 0;
	snprintf(registry, sizeof registry, "%s/spool/plugins.registry", s->data_dir);
	snprintf(hosts, sizeof hosts, "%lld", (long long)s->ingest_hosts);
	snprintf(max_bps, sizeof max_bps, "%lld", (long long)s->ingest_max_bps);
	snprintf(bitrate, sizeof bitrate, "%lld", (long long)s->start_bitrate_bps);
	if (s->ingest_reencode)
		argv[count++] = "--reencode";
	if (*s->rtmp_url && *s->rtmp_pull) {
		argv[count++] = "--pull";
		argv[count++] = s->rtmp_pull;
	}
	struct media_child_spec spec = {.argv = argv,
	                                .seam = true,
	                                .started = started,
	                                .notes = true,
	                                .said = ingest_said,
	                                .silence_us = SILENCE_US,
	                                .memory_bytes = HOST_BYTES * (s->ingest_hosts + 4),
	                                .ctx = ingest};
	return media_children_run(config->children, INGEST_CHILD, &spec);
}

/* ---- what the other parts say ---- */

static void on_show(struct ingest *ingest, const struct store_show *is)
{
	char name[BASE_ID_TEXT];
	bool cut;

	pthread_mutex_lock(&ingest->lock);
	cut = ingest_show_is(ingest, is);
	if (cut)
		ingest_tell_due(ingest);
	pthread_mutex_unlock(&ingest->lock);
	if (cut)
		ingest_cut(ingest, base_id_format(is->id, name));
}

static void on_account(struct ingest *ingest, const struct store_account *account)
{
	bool changed;

	pthread_mutex_lock(&ingest->lock);
	changed = ingest_account_is(ingest, account->person.id, account->banned);
	if (changed)
		ingest_tell_due(ingest);
	pthread_mutex_unlock(&ingest->lock);
	if (changed)
		ingest_cut(ingest, NULL);
}

void ingest_show_event(struct ingest *ingest, const struct show_event *event)
{
	if (!ingest)
		return;
	if (event->type == SHOW_EVENT_SHOW)
		on_show(ingest, &event->show);
	else if (event->type == SHOW_EVENT_ACCOUNT)
		on_account(ingest, &event->account);
}

/* What is over need not be cut any more; the child hears of it by its end of the socket. */
void ingest_media_event(struct ingest *ingest, const struct media_event *event)
{
	if (!ingest || event->type != MEDIA_SESSION_CLOSED || event->role != MEDIA_PUBLISH)
		return;
	pthread_mutex_lock(&ingest->lock);
	for (struct ingest_host *host = ingest->hosts; host; host = host->next)
		if (strcmp(host->session, event->session) == 0)
			host->cut = true;
	pthread_mutex_unlock(&ingest->lock);
}

bool ingest_rtmp(struct ingest *ingest, struct base_id id, enum api_rtmp what)
{
	char name[BASE_ID_TEXT];
	bool goes_on = false;

	pthread_mutex_lock(&ingest->lock);
	struct ingest_show *show = ingest_show_find(ingest, base_id_format(id, name));
	if (show && ingest_show_allowed(show)) {
		if (what != API_RTMP_GOES_ON)
			show->refused = false;
		goes_on = !show->refused;
		bool fetch = what != API_RTMP_ENDS && goes_on;
		if (show->fetch != fetch) {
			show->fetch = fetch;
			show->due = true;
			ingest_tell_due(ingest);
		}
	}
	pthread_mutex_unlock(&ingest->lock);
	return goes_on;
}
