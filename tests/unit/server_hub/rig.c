#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rig.h"

#include <semaphore.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

void rig_prepare(struct rig *rig)
{
	base_log_init(BASE_LOG_ERROR, 1);
	base_settings_init(&rig->settings);
	rig_set(rig, "http_port", "0");
}

void rig_set(struct rig *rig, const char *name, const char *value)
{
	char why[512];

	if (base_settings_set(&rig->settings, name, value, why, sizeof why) != 0)
		fail_msg("%s", why);
}

void rig_create(struct rig *rig)
{
	char why[512] = "";

	if (hub_create(&rig->settings, why, sizeof why, &rig->hub) != 0)
		fail_msg("%s", why);
	rig->port = hub_port(rig->hub);
}

static void *run(void *arg)
{
	hub_run(arg);
	return NULL;
}

void rig_start(struct rig *rig)
{
	assert_int_equal(pthread_create(&rig->thread, NULL, run, rig->hub), 0);
}

void rig_serve(struct rig *rig, const struct hub_route *routes, size_t count)
{
	rig_create(rig);
	for (size_t i = 0; i < count; i++)
		hub_route(rig->hub, &routes[i]);
	rig_start(rig);
}

void rig_stop(struct rig *rig)
{
	hub_stop(rig->hub);
	pthread_join(rig->thread, NULL);
	hub_destroy(rig->hub);
	base_settings_finish(&rig->settings);
}

struct errand {
	struct base_mail mail;
	struct hub *hub;
	void (*fn)(struct hub *hub, void *ctx);
	void *ctx;
	sem_t done;
};

static void run_errand(struct base_mail *mail, void *owner)
{
	struct errand *errand = (struct errand *)mail;

	errand->fn(errand->hub, errand->ctx);
	sem_post(&errand->done);
}

void rig_do(struct rig *rig, void (*fn)(struct hub *hub, void *ctx), void *ctx)
{
	struct errand errand = {.mail.deliver = run_errand, .hub = rig->hub, .fn = fn, .ctx = ctx};

	sem_init(&errand.done, 0, 0);
	hub_post(rig->hub, &errand.mail);
	while (sem_wait(&errand.done) != 0)
		;
	sem_destroy(&errand.done);
}

static void count_requests(struct hub *hub, void *ctx)
{
	*(size_t *)ctx = hub->request_count;
}

size_t rig_requests(struct rig *rig)
{
	size_t count;

	rig_do(rig, count_requests, &count);
	return count;
}

void rig_await_request(struct rig *rig)
{
	while (rig_requests(rig) == 0)
		;
}

static void turn_wheel(struct hub *hub, void *ctx)
{
	peer_wheel(hub, *(int64_t *)ctx);
}

void rig_turn_wheel(struct rig *rig, int64_t now_us)
{
	rig_do(rig, turn_wheel, &now_us);
}

static void turn_ws_wheel(struct hub *hub, void *ctx)
{
	for (int i = 0; i < HUB_WHEEL_SLOTS; i++)
		conn_wheel(hub, base_clock_monotonic_us() + *(int64_t *)ctx);
}

void rig_turn_ws_wheel(struct rig *rig, int64_t later_us)
{
	rig_do(rig, turn_ws_wheel, &later_us);
}

/* ---- what handlers answer ---- */

void rig_reply_text(struct hub_request *r, const char *text)
{
	struct base_buffer *body = base_buffer_copy(text, strlen(text));

	hub_request_reply(r, 200, "text/plain", NULL, 0, body);
	base_buffer_unref(body);
}

void rig_reply_body(struct hub_request *r, void *ctx)
{
	const uint8_t *data;
	size_t len;

	hub_request_body(r, &data, &len);
	struct base_buffer *body = base_buffer_copy(data, len);
	hub_request_reply(r, 200, "application/octet-stream", NULL, 0, body);
	base_buffer_unref(body);
}

void rig_send_text(struct hub_conn *conn, const char *text, size_t len)
{
	struct base_buffer *message = base_buffer_copy(text, len);

	hub_conn_send(conn, HUB_MUST, message);
	base_buffer_unref(message);
}
