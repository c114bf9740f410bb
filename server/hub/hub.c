/* The hub's life: its loop, its mailbox, its timers, its end. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "hub/hub_private.h"

#define WHEEL_MS 1000

/* ---- any thread ---- */

/* The context may be going away while others still post, so that asking for it and using it is one step. */
void hub_wake(struct hub *hub)
{
	pthread_mutex_lock(&hub->wake_lock);
	if (hub->wakeable)
		lws_cancel_service(hub->context);
	pthread_mutex_unlock(&hub->wake_lock);
}

static void wake(void *ctx)
{
	hub_wake(ctx);
}

void hub_post(struct hub *hub, struct base_mail *mail)
{
	base_mailbox_post(hub->mailbox, mail);
}

void hub_stop(struct hub *hub)
{
	atomic_store(&hub->stop_asked, true);
	hub_wake(hub);
}

/* ---- the loop ---- */

static void begin_stop(struct hub *hub)
{
	static const char notice[] =
	        "{\"type\":\"notice\",\"code\":\"restarting\",\"text\":\"The server restarts, one moment please.\"}";
	struct base_buffer *message = base_buffer_copy(notice, sizeof notice - 1);

	hub->stopping_since_us = base_clock_monotonic_us();
	listen_close(hub);
	conn_close_all(hub, message, LWS_CLOSE_STATUS_GOINGAWAY, "restarting");
	base_buffer_unref(message);
}

static bool stop_is_done(const struct hub *hub)
{
	return hub->stopping_since_us > 0 && ((hub->conn_count == 0 && hub->request_count == 0) ||
	                                      base_clock_monotonic_us() - hub->stopping_since_us > HUB_STOP_US);
}

static void on_spin(uv_idle_t *handle)
{
	/* Its being there keeps the loop from sleeping; on_prepare does the work. */
}

/* Runs before the loop sleeps: everything that callbacks have left to send goes out here, gathered. */
static void on_prepare(uv_prepare_t *handle)
{
	struct hub *hub = handle->data;

	if (atomic_load(&hub->stop_asked) && hub->stopping_since_us == 0)
		begin_stop(hub);
	conn_flush_dirty(hub);
	bool more = topic_run(hub);
	conn_reap(hub);
	if (more || hub->dirty || hub->doomed)
		uv_idle_start(&hub->spin, on_spin);
	else
		uv_idle_stop(&hub->spin);
	if (stop_is_done(hub))
		uv_stop(&hub->loop);
}

static void on_wheel(uv_timer_t *handle)
{
	struct hub *hub = handle->data;
	int64_t now_us = base_clock_monotonic_us();

	peer_wheel(hub, now_us);
	conn_wheel(hub, now_us);
	/* What lws schedules from here it would only see with its next event: give it one. */
	hub_wake(hub);
}

static void start_handles(struct hub *hub)
{
	uv_prepare_init(&hub->loop, &hub->prepare);
	uv_idle_init(&hub->loop, &hub->spin);
	uv_timer_init(&hub->loop, &hub->wheel);
	hub->prepare.data = hub->wheel.data = hub;
	uv_prepare_start(&hub->prepare, on_prepare);
	uv_timer_start(&hub->wheel, on_wheel, WHEEL_MS, WHEEL_MS);
}

/* ---- timers ---- */

static void timer_closed(uv_handle_t *handle)
{
	free(handle);
}

static void timer_fired(uv_timer_t *handle)
{
	struct hub_timer *timer = (struct hub_timer *)handle;
	void (*fn)(void *ctx) = timer->fn;
	void *ctx = timer->ctx;

	uv_close((uv_handle_t *)handle, timer_closed);
	fn(ctx);
}

struct hub_timer *hub_timer_start(struct hub *hub, int64_t delay_us, void (*fn)(void *ctx), void *ctx)
{
	struct hub_timer *timer = calloc(1, sizeof *timer);

	if (!timer)
		abort();
	timer->fn = fn;
	timer->ctx = ctx;
	uv_timer_init(&hub->loop, &timer->uv);
	timer->uv.data = timer; /* how the end knows one of these among the loop's handles */
	uv_update_time(&hub->loop);
	uv_timer_start(&timer->uv, timer_fired, delay_us > 0 ? (uint64_t)(delay_us + 999) / 1000 : 0, 0);
	return timer;
}

void hub_timer_cancel(struct hub_timer *timer)
{
	if (timer && !uv_is_closing((uv_handle_t *)&timer->uv))
		uv_close((uv_handle_t *)&timer->uv, timer_closed);
}

/* ---- beginning and end ---- */

static void close_handle(uv_handle_t *handle, void *ctx)
{
	struct hub *hub = ctx;

	if (uv_is_closing(handle))
		return;
	if (handle->data == handle)
		uv_close(handle, timer_closed);
	else if (handle == (uv_handle_t *)&hub->prepare || handle == (uv_handle_t *)&hub->spin ||
	         handle == (uv_handle_t *)&hub->wheel)
		uv_close(handle, NULL);
}

/* Close every connection (their closed() runs now) and everything of the loop. */
static void tear_down(struct hub *hub)
{
	if (hub->torn_down)
		return;
	hub->torn_down = true;
	listen_close(hub);
	pthread_mutex_lock(&hub->wake_lock);
	hub->wakeable = false;
	pthread_mutex_unlock(&hub->wake_lock);
	topic_drop_timers(hub);
	if (hub->context)
		lws_context_destroy(hub->context);
	uv_walk(&hub->loop, close_handle, hub);
	uv_run(&hub->loop, UV_RUN_DEFAULT);
	/* closed() may have started timers meanwhile. */
	uv_walk(&hub->loop, close_handle, hub);
	uv_run(&hub->loop, UV_RUN_DEFAULT);
	/* With a loop of ours the first call only began it. */
	if (hub->context)
		lws_context_destroy(hub->context);
	if (uv_loop_close(&hub->loop) != 0)
		base_log(BASE_LOG_WARN, HUB_PART, "loop_busy", "handles are left");
}

static int set_up(struct hub *hub, char *why, size_t why_len)
{
	int err = base_mailbox_create(wake, hub, &hub->mailbox);

	if (err) {
		snprintf(why, why_len, "no mailbox: %s", strerror(-err));
		return err;
	}
	start_handles(hub);
	err = listen_open(hub, why, why_len);
	if (!err)
		err = context_open(hub, why, why_len);
	if (!err)
		listen_start(hub);
	return err;
}

int hub_create(const struct base_settings *settings, char *why, size_t why_len, struct hub **out)
{
	struct hub *hub = calloc(1, sizeof *hub);

	if (!hub)
		return -ENOMEM;
	hub->settings = settings;
	hub->listen_fd = hub->spare_fd = -1;
	pthread_mutex_init(&hub->wake_lock, NULL);
	addresses_init(&hub->addresses, *settings->public_url != '\0');
	uv_loop_init(&hub->loop);
	int err = set_up(hub, why, why_len);
	if (err) {
		hub_destroy(hub);
		return err;
	}
	hub->wakeable = true;
	*out = hub;
	return 0;
}

void hub_run(struct hub *hub)
{
	/* What was posted before there was anybody to wake. */
	hub_wake(hub);
	uv_run(&hub->loop, UV_RUN_DEFAULT);
	tear_down(hub);
}

void hub_destroy(struct hub *hub)
{
	if (!hub)
		return;
	tear_down(hub);
	base_mailbox_destroy(hub->mailbox);
	static_finish(hub->files);
	for (size_t i = 0; i < hub->pages.count; i++)
		free(hub->pages.routes[i].ctx);
	route_table_finish(&hub->pages);
	route_table_finish(&hub->routes);
	addresses_finish(&hub->addresses);
	tokens_finish(&hub->request_tokens);
	tokens_finish(&hub->conn_tokens);
	pthread_mutex_destroy(&hub->wake_lock);
	free(hub);
}

int hub_port(const struct hub *hub)
{
	return hub->port;
}

void hub_set_owner(struct hub *hub, void *owner)
{
	hub->owner = owner;
}

void hub_route(struct hub *hub, const struct hub_route *route)
{
	route_table_add(&hub->routes, route);
}

void hub_on_ws(struct hub *hub, const struct hub_ws_handlers *handlers)
{
	hub->ws = *handlers;
}

void hub_stats_get(const struct hub *hub, struct hub_stats *out)
{
	*out = hub->stats;
}
