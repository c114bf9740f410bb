#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

#define ASK_TIMEOUT_US 10000000
#define BACKOFF_FIRST_US 250000
#define BACKOFF_MOST_US 8000000
#define GOOD_LIFE_US 10000000

static void retry_later(struct load_connection *c, int64_t now)
{
	sim_http_destroy(c->http);
	sim_peer_destroy(c->peer);
	c->http = NULL;
	c->peer = NULL;
	c->location[0] = '\0';
	c->state = c->again ? LOAD_WAITING : LOAD_OVER;
	/* Jitter, so that many do not come back at one moment. */
	c->due_us = now + c->backoff_us / 2 + (int64_t)((double)c->backoff_us * drand48() / 2);
	c->backoff_us = c->backoff_us * 2 > BACKOFF_MOST_US ? BACKOFF_MOST_US : c->backoff_us * 2;
}

static void refused(struct load_connection *c, int64_t now, int status, const char *detail)
{
	json_t *text = json_stringn(detail, strnlen(detail, 300));

	/* What a server says need not be UTF-8, and a cut may fall into a character. */
	load_emit(json_pack("{s:s,s:i,s:i,s:o}", "event", "refused", "number", c->number, "status", status, "detail",
	                    text ? text : json_string("")));
	retry_later(c, now);
}

static void lost(struct load_connection *c, int64_t now)
{
	bool was_connected = c->state == LOAD_CONNECTED;

	if (was_connected && now - c->connected_us >= GOOD_LIFE_US)
		c->backoff_us = BACKOFF_FIRST_US;
	load_emit(json_pack("{s:s,s:i,s:s}", "event", was_connected ? "closed" : "failed", "number", c->number,
	                    "reason", sim_peer_reason(c->peer)));
	if (was_connected && c->closed)
		c->closed(c);
	retry_later(c, now);
}

/** Goodbye, and back again soon. */
static void leave(struct load_connection *c, int64_t now)
{
	sim_peer_close(c->peer);
	if (c->closed)
		c->closed(c);
	c->backoff_us = BACKOFF_FIRST_US;
	retry_later(c, now);
}

static void follow_peer(struct load_connection *c, enum sim_state state, int64_t now)
{
	if (state == SIM_CONNECTED && c->state == LOAD_CONNECTING) {
		c->state = LOAD_CONNECTED;
		c->connected_us = now;
		c->leave_us = c->stay_us ? now + (int64_t)((double)c->stay_us * (0.5 + drand48())) : INT64_MAX;
		load_emit(json_pack("{s:s,s:i,s:I,s:s}", "event", "connected", "number", c->number, "ms",
		                    (json_int_t)((now - c->asked_us) / 1000), "srtp",
		                    sim_peer_profile(c->peer) == MEDIA_SRTP_AEAD_AES_128_GCM
		                            ? "AEAD_AES_128_GCM"
		                            : "AES128_CM_HMAC_SHA1_80"));
		if (c->connected)
			c->connected(c);
	} else if (state >= SIM_CLOSED) {
		lost(c, now);
	}
}

static void take_answer(struct load_connection *c, const struct sim_http_response *response, int64_t now)
{
	snprintf(c->location, sizeof(c->location), "%s", response->location);
	if (sim_peer_answer(c->peer, response->body, response->body_len, now) < 0) {
		refused(c, now, response->status, "the answer cannot be used");
		return;
	}
	c->state = LOAD_CONNECTING;
	load_loop_watch(sim_peer_fd(c->peer), POLLIN, &c->watch);
}

static void follow_http(struct load_connection *c, int64_t now)
{
	struct sim_http_response response;
	int rc = sim_http_poll(c->http, &response);

	if (rc == -EAGAIN && now - c->asked_us > ASK_TIMEOUT_US)
		rc = -ETIMEDOUT;
	if (rc == -EAGAIN) {
		load_loop_watch(sim_http_fd(c->http), sim_http_events(c->http), &c->watch);
		return;
	}
	sim_http_destroy(c->http);
	c->http = NULL;
	if (rc < 0) {
		refused(c, now, 0,
		        rc == -EKEYREJECTED ? "the server's certificate is not trusted; --insecure takes any"
		                            : strerror(-rc));
		return;
	}
	if (response.status == 201)
		take_answer(c, &response, now);
	else
		refused(c, now, response.status, response.body);
	sim_http_response_clear(&response);
}

static void ask(struct load_connection *c, int64_t now)
{
	struct sim_http_request request = {.method = "POST",
	                                   .url = c->options->url,
	                                   .token = c->options->token,
	                                   .type = "application/sdp",
	                                   .insecure = c->options->insecure};
	int rc = sim_peer_create(&c->config, now, &c->peer);

	c->asked_us = now;
	if (rc < 0) {
		refused(c, now, 0, strerror(-rc));
		return;
	}
	request.body = sim_peer_offer(c->peer);
	request.body_len = strlen(request.body);
	rc = sim_http_start(&request, &c->http);
	if (rc < 0) {
		refused(c, now, 0, strerror(-rc));
		return;
	}
	c->state = LOAD_ASKING;
	load_loop_watch(sim_http_fd(c->http), sim_http_events(c->http), &c->watch);
}

static void ready(void *ctx)
{
	struct load_connection *c = ctx;
	int64_t now = sim_now_us();

	if (c->state == LOAD_ASKING)
		follow_http(c, now);
	else if (c->state == LOAD_CONNECTING || c->state == LOAD_CONNECTED)
		follow_peer(c, sim_peer_poll(c->peer, now), now);
}

void load_connection_init(struct load_connection *c)
{
	c->state = LOAD_WAITING;
	c->backoff_us = BACKOFF_FIRST_US;
	c->watch = (struct load_watch){ready, c};
}

void load_connection_tick(struct load_connection *c, int64_t now_us)
{
	switch (c->state) {
	case LOAD_WAITING:
		if (now_us >= c->due_us)
			ask(c, now_us);
		break;
	case LOAD_ASKING:
		if (now_us - c->asked_us > ASK_TIMEOUT_US)
			follow_http(c, now_us);
		break;
	case LOAD_CONNECTING:
	case LOAD_CONNECTED:
		if (c->state == LOAD_CONNECTED && now_us >= c->leave_us)
			leave(c, now_us);
		else if (sim_peer_timeout_us(c->peer, now_us) == 0)
			follow_peer(c, sim_peer_poll(c->peer, now_us), now_us);
		break;
	case LOAD_OVER:
		break;
	}
}

void load_connection_finish(struct load_connection *c, int64_t timeout_ms)
{
	struct sim_http_request request = {
	        .method = "DELETE", .url = c->location, .token = c->options->token, .insecure = c->options->insecure};
	struct sim_http_response response;

	if (c->peer)
		sim_peer_close(c->peer);
	if (c->location[0] && timeout_ms > 0 && sim_http(&request, timeout_ms, &response) == 0)
		sim_http_response_clear(&response);
	sim_http_destroy(c->http);
	sim_peer_destroy(c->peer);
	c->http = NULL;
	c->peer = NULL;
	c->state = LOAD_OVER;
}
