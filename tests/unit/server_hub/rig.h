/* A hub in a thread of its own, and what its handlers answer. Every call asserts. */
#ifndef TRUNKSHOW_TEST_HUB_RIG_H
#define TRUNKSHOW_TEST_HUB_RIG_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/hub_private.h"

struct rig {
	struct base_settings settings;
	struct hub *hub;
	pthread_t thread;
	int port;
};

/** Settings for a test: loopback, a free port, small limits where the test sets them. */
void rig_prepare(struct rig *rig);
void rig_set(struct rig *rig, const char *name, const char *value);
/** Create the hub; routes can be added then. */
void rig_create(struct rig *rig);
void rig_start(struct rig *rig);
/** Create it, with these routes, and start it. */
void rig_serve(struct rig *rig, const struct hub_route *routes, size_t count);
void rig_stop(struct rig *rig);
/** Run fn(ctx) on the hub thread and wait for it. */
void rig_do(struct rig *rig, void (*fn)(struct hub *hub, void *ctx), void *ctx);
/** How many requests are open. */
size_t rig_requests(struct rig *rig);
void rig_await_request(struct rig *rig); /**< until there is one */
/** The timers of connections and requests are told that it is now_us. */
void rig_turn_wheel(struct rig *rig, int64_t now_us);
/** Those of all WebSockets, that it is so much later than it is. */
void rig_turn_ws_wheel(struct rig *rig, int64_t later_us);

/* On the hub thread: what handlers answer. */
void rig_reply_text(struct hub_request *r, const char *text);
void rig_reply_body(struct hub_request *r, void *ctx); /**< with what was sent */
void rig_send_text(struct hub_conn *conn, const char *text, size_t len);
#endif
