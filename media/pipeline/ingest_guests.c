#include "pipeline/ingest_guests.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/notes.h"
#include "pipeline/pipeline.h"

#define WAIT_US 5000000       /**< for the server's socket */
#define LOST_US 10000000      /**< for a line that broke to come back */
#define FETCH_AGAIN_US 500000 /**< between two attempts to fetch */
#define MESSAGES_AT_ONCE 256  /**< of one guest: others are heard meanwhile */

struct guest {
	unsigned number;
	char show[INGEST_SHOW];
	enum { WAITING, ON, LOST } state;
	int socket;   /**< SRT's, -1: none */
	bool fetched; /**< by RTMP */
	bool there;   /**< RTMP: it is there to be fetched */
	bool over;    /**< to be forgotten */
	int64_t since_us, fetch_us;
	struct ingest_host host;
};

struct ingest_guests {
	struct ingest_guests_config config;
	GPtrArray *list;
	unsigned next;
	GMutex lock;
	GHashTable *shows; /**< with the lock: of those that are here */
};

struct ingest_guests *ingest_guests_create(const struct ingest_guests_config *config)
{
	struct ingest_guests *guests = g_new0(struct ingest_guests, 1);

	guests->config = *config;
	guests->list = g_ptr_array_new();
	guests->shows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_mutex_init(&guests->lock);
	return guests;
}

bool ingest_guests_room(const char *show, void *ctx)
{
	struct ingest_guests *guests = ctx;
	bool room;

	g_mutex_lock(&guests->lock);
	room = g_hash_table_size(guests->shows) < guests->config.hosts || g_hash_table_contains(guests->shows, show);
	g_mutex_unlock(&guests->lock);
	return room;
}

unsigned ingest_guests_count(const struct ingest_guests *guests)
{
	return guests->list->len;
}

static struct guest *by_show(const struct ingest_guests *guests, const char *show)
{
	for (guint i = 0; i < guests->list->len; i++) {
		struct guest *guest = g_ptr_array_index(guests->list, i);

		if (!guest->over && strcmp(guest->show, show) == 0)
			return guest;
	}
	return NULL;
}

static struct guest *by_number(const struct ingest_guests *guests, unsigned number)
{
	for (guint i = 0; i < guests->list->len; i++) {
		struct guest *guest = g_ptr_array_index(guests->list, i);

		if (!guest->over && guest->number == number)
			return guest;
	}
	return NULL;
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	char text[NOTES_LINE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	notes_say(text);
}

static const char *via(const struct guest *guest)
{
	return guest->fetched ? "rtmp" : "srt";
}

/* ---- lines ---- */

static void hang_up(struct guest *guest)
{
	if (guest->socket >= 0)
		ingest_srt_end(guest->socket);
	guest->socket = -1;
	ingest_line_end(&guest->host);
}

/** What it brings goes on air. */
static void begin(struct ingest_guests *guests, struct guest *guest, int64_t now)
{
	g_autofree char *url = guest->fetched ? g_strdup_printf("%s/%s", guests->config.pull, guest->show) : NULL;

	guest->fetch_us = now;
	if (ingest_line_begin(&guest->host, url) < 0) {
		hang_up(guest);
		return;
	}
	if (guest->socket >= 0)
		ingest_srt_watch(guest->socket);
}

static void lose(struct guest *guest, int64_t now)
{
	hang_up(guest);
	if (guest->state != ON)
		return;
	guest->state = LOST;
	guest->since_us = now;
	say("lost host=%u\n", guest->number);
}

static void cut(struct guest *guest)
{
	if (guest->over)
		return;
	hang_up(guest);
	guest->over = true;
	say("closed host=%u\n", guest->number);
}

/* ---- coming and going ---- */

static struct guest *add(struct ingest_guests *guests, const char *show, const char *address, bool fetched)
{
	struct guest *guest = g_new0(struct guest, 1);

	guest->number = ++guests->next;
	g_strlcpy(guest->show, show, sizeof(guest->show));
	guest->socket = -1;
	guest->fetched = fetched;
	guest->since_us = pipeline_now_us();
	guest->host.limits = &guests->config.limits;
	guest->host.out.fd = -1;
	g_ptr_array_add(guests->list, guest);
	g_mutex_lock(&guests->lock);
	g_hash_table_add(guests->shows, g_strdup(show));
	g_mutex_unlock(&guests->lock);
	say("open host=%u show=%s via=%s address=%s\n", guest->number, show, via(guest), address);
	return guest;
}

static void forget(struct ingest_guests *guests, struct guest *guest)
{
	g_mutex_lock(&guests->lock);
	if (!by_show(guests, guest->show))
		g_hash_table_remove(guests->shows, guest->show);
	g_mutex_unlock(&guests->lock);
	if (guest->host.out.fd >= 0)
		ingest_out_finish(&guest->host.out);
	g_ptr_array_remove_fast(guests->list, guest);
	g_free(guest);
}

void ingest_guests_come(struct ingest_guests *guests, const struct ingest_srt_guest *came)
{
	struct guest *guest = by_show(guests, came->show);

	if (guest)
		hang_up(guest);
	else if (!ingest_guests_room(came->show, guests)) {
		ingest_srt_end(came->socket);
		return;
	} else
		guest = add(guests, came->show, came->address, false);
	guest->socket = came->socket;
	guest->fetched = false;
	if (guest->state == WAITING)
		return;
	guest->state = ON;
	say("back host=%u via=%s\n", guest->number, via(guest));
	begin(guests, guest, pipeline_now_us());
}

void ingest_guests_pull(struct ingest_guests *guests, const char *show, bool on)
{
	struct guest *guest = by_show(guests, show);

	if (!guests->config.pull || (!guest && (!on || !ingest_guests_room(show, guests))))
		return;
	if (!guest)
		guest = add(guests, show, "-", true);
	if (on && !guest->fetched) {
		hang_up(guest);
		guest->fetched = true;
		if (guest->state == ON)
			guest->state = LOST;
		guest->since_us = pipeline_now_us();
	}
	guest->there = on;
	if (!on && guest->fetched && guest->state == ON)
		lose(guest, pipeline_now_us());
}

void ingest_guests_open(struct ingest_guests *guests, unsigned number, int fd)
{
	struct guest *guest = by_number(guests, number);

	if (!guest || guest->state != WAITING) {
		close(fd);
		return;
	}
	ingest_out_init(&guest->host.out, fd);
	guest->state = ON;
	begin(guests, guest, pipeline_now_us());
}

void ingest_guests_refuse(struct ingest_guests *guests, unsigned number)
{
	struct guest *guest = by_number(guests, number);

	if (guest)
		cut(guest);
}

void ingest_guests_key_changed(struct ingest_guests *guests, const char *show)
{
	struct guest *guest = by_show(guests, show);

	if (guest)
		cut(guest);
}

/* ---- time goes by ---- */

static void hear(struct guest *guest, int64_t now)
{
	uint8_t message[INGEST_SRT_MESSAGE];
	int n = 0;

	for (int i = 0; i < MESSAGES_AT_ONCE && (n = ingest_srt_receive(guest->socket, message, sizeof(message))) > 0;
	     i++)
		ingest_line_push(guest->host.line, message, (size_t)n);
	if (n < 0)
		lose(guest, now);
}

static void heed_problem(struct guest *guest)
{
	enum ingest_problem problem = ingest_host_take_problem(&guest->host);

	if (problem == INGEST_FINE)
		return;
	say("problem host=%u code=%s\n", guest->number, ingest_problem_code(problem));
	if (problem < INGEST_WARNINGS)
		cut(guest);
}

static void go_on(struct guest *guest, int64_t now)
{
	if (guest->socket >= 0)
		hear(guest, now);
	if (guest->host.line && !ingest_line_tick(guest->host.line))
		lose(guest, now);
	heed_problem(guest);
	if (guest->over)
		return;
	if (ingest_out_wants_keyframe(&guest->host.out) && guest->host.line)
		ingest_line_keyframe(guest->host.line);
	if (ingest_out_gone(&guest->host.out))
		cut(guest);
}

/** What is fetched comes a moment after we are told of it, and may pause. */
static void fetch_again(struct ingest_guests *guests, struct guest *guest, int64_t now)
{
	if (!guest->fetched || !guest->there || guest->host.line || now - guest->fetch_us < FETCH_AGAIN_US)
		return;
	begin(guests, guest, now);
}

/** A line that is fetched again is back once something has come over it. */
static void come_back(struct guest *guest)
{
	if (guest->state != LOST || !guest->host.line || !g_atomic_int_get(&guest->host.line->has_video))
		return;
	guest->state = ON;
	say("back host=%u via=%s\n", guest->number, via(guest));
}

static void step(struct ingest_guests *guests, struct guest *guest, int64_t now)
{
	if (guest->state == WAITING) {
		if (now - guest->since_us > WAIT_US)
			cut(guest);
		return;
	}
	go_on(guest, now);
	if (guest->over)
		return;
	if (guest->state == LOST && now - guest->since_us > LOST_US) {
		cut(guest);
		return;
	}
	fetch_again(guests, guest, now);
	come_back(guest);
}

void ingest_guests_step(struct ingest_guests *guests, int64_t now)
{
	for (guint i = guests->list->len; i-- > 0;) {
		struct guest *guest = g_ptr_array_index(guests->list, i);

		if (!guest->over)
			step(guests, guest, now);
		if (guest->over)
			forget(guests, guest);
	}
}

void ingest_guests_report(struct ingest_guests *guests)
{
	for (guint i = 0; i < guests->list->len; i++) {
		struct guest *guest = g_ptr_array_index(guests->list, i);

		if (guest->state != WAITING)
			ingest_out_report(&guest->host.out);
	}
}
