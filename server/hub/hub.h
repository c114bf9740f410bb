/* The hub: libwebsockets on libuv, one thread. HTTP/1.1, WebSocket, connections, topics with bounded send
 * queues, static files, a routing table. It knows no resource: server/api registers routes and messages.
 *
 * Threads: hub_create, hub_route, hub_on_* before hub_run. hub_post, hub_stop and hub_wake from any thread. Everything
 * else on the hub thread, inside a callback or a posted mail. */
#ifndef TRUNKSHOW_HUB_HUB_H
#define TRUNKSHOW_HUB_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/mailbox.h"
#include "base/settings.h"

struct hub;
struct hub_request; /**< one HTTP exchange; lives until answered or the peer is gone */
struct hub_conn;    /**< one WebSocket */
struct hub_topic;   /**< everybody who gets the same frames */

/* ---- life ---- */

/** Create context and listener. @return 0; -EADDRINUSE; -EINVAL (TLS files), -errno; `why` says which. */
__attribute__((warn_unused_result)) int hub_create(const struct base_settings *settings, char *why, size_t why_len,
                                                   struct hub **out);
void hub_run(struct hub *hub);  /**< serve until hub_stop; makes the calling thread the hub thread */
void hub_stop(struct hub *hub); /**< any thread; sends a `restarting` notice, closes 1001, hub_run returns */
void hub_destroy(struct hub *hub);
int hub_port(const struct hub *hub); /**< the port really bound (http_port 0 lets the kernel choose) */

/** Deliver mail on the hub thread with the `owner` given to hub_set_owner. Thread: any. */
void hub_post(struct hub *hub, struct base_mail *mail);
void hub_set_owner(struct hub *hub, void *owner);

/** Call fn(ctx) once after delay_us, on the hub thread. @return a timer to cancel; freed after it ran and when hub_run
 * returns. */
struct hub_timer *hub_timer_start(struct hub *hub, int64_t delay_us, void (*fn)(void *ctx), void *ctx);
void hub_timer_cancel(struct hub_timer *timer);

/* ---- HTTP ---- */

enum hub_method { HUB_GET, HUB_POST, HUB_PATCH, HUB_PUT, HUB_DELETE, HUB_OPTIONS, HUB_HEAD, HUB_METHODS };

struct hub_route {
	enum hub_method method;
	const char *pattern; /**< "/api/v1/shows/{id}/items/{item}"; {x} matches one segment of at most 128 bytes */
	const char *content_type; /**< body's required type prefix, NULL for none or any; else 415 */
	size_t max_body;          /**< bytes; 0: no body allowed; more is 413 before it is read */
	/** Called on the hub thread when the whole body is there. Must answer now or later, exactly once. */
	void (*handle)(struct hub_request *request, void *ctx);
	void *ctx;
	/** NULL, or asked before a body beyond 16 KB is read: so that strangers never have much of it kept for them.
	 * Must answer, or call hub_request_receive, now or later. */
	void (*admit)(struct hub_request *request, void *ctx);
};

/** Register; the table is copied. A path known with other methods answers 405 with Allow, unknown ones 404 problem
 * details. */
void hub_route(struct hub *hub, const struct hub_route *route);

const char *hub_request_param(const struct hub_request *r, size_t index);     /**< the n-th {x}, decoded; "" if none */
const char *hub_request_query(const struct hub_request *r, const char *name); /**< decoded; NULL if absent */
const char *hub_request_header(const struct hub_request *r,
                               const char *name); /**< lower-case name; NULL if absent. At least: authorization,
content-type, cookie, origin, host, if-none-match, if-match, user-agent, accept, x-forwarded-for */
const char *hub_request_cookie(const struct hub_request *r, const char *name); /**< NULL if absent */
const char *hub_request_address(const struct hub_request *r); /**< peer; x-forwarded-for only from a loopback peer */
bool hub_request_is_tls(const struct hub_request *r); /**< own TLS, or x-forwarded-proto https from a loopback peer */
bool hub_request_same_origin(const struct hub_request *r); /**< Origin absent or of this server (Host, or public_url) */
/** Read the body of a request that its route's `admit` was asked about; then its `handle` is called. */
void hub_request_receive(struct hub_request *r);
void hub_request_body(const struct hub_request *r, const uint8_t **data, size_t *len);

struct hub_header {
	const char *name, *value;
};
/** A reply may come long after handle returned: keep a token and look it up, because the peer may have gone. */
uint64_t hub_request_token(const struct hub_request *r);
struct hub_request *hub_request_find(struct hub *hub, uint64_t token); /**< NULL if gone */

/** The answer may be long in coming: notice meanwhile when the peer goes, so that hub_request_find knows. */
void hub_request_wait(struct hub_request *r);

/** Answer. body may be NULL; takes no reference away from the caller. Content-Length, security headers, Date and,
 * unless given, Cache-Control: no-store are added; a header with control characters is left out. Ends the request: r is
 * invalid after. */
void hub_request_reply(struct hub_request *r, int status, const char *content_type, const struct hub_header *headers,
                       size_t header_count, struct base_buffer *body);
/** RFC 9457 problem details with `code`. */
void hub_request_problem(struct hub_request *r, int status, const char *code, const char *detail);
const char *hub_status_reason(int status); /**< its words (RFC 9110 §15); any thread */
/** A file of the data folder or the spool, or the range of it that was asked for, with ETag; 404 problem when absent.
 * Never follows what leaves its folder. */
void hub_request_reply_file(struct hub_request *r, const char *path, const char *content_type,
                            const char *cache_control);
#define HUB_FILE_HEADERS 10
/** The same with further headers, HUB_FILE_HEADERS at most. */
void hub_request_reply_file_with(struct hub_request *r, const char *path, const char *content_type,
                                 const char *cache_control, const struct hub_header *headers, size_t header_count);

/** Serve built pages from dir: "/" and the given page routes map to index.html, hashed assets are immutable, ETag,
 * .br/.gz variants by Accept-Encoding, Content-Security-Policy. */
void hub_static(struct hub *hub, const char *dir);
void hub_static_page(struct hub *hub, const char *pattern, const char *file); /**< "/s/{show}" -> "index.html" */

/* ---- WebSocket ---- */

struct hub_ws_handlers {
	void (*open)(struct hub_conn *conn, void *ctx);
	/** One complete text message of valid UTF-8, at most max_frame_bytes. Data is valid during the call.
	 * arrived_us: monotonic, when its last bytes were read. */
	void (*message)(struct hub_conn *conn, const char *text, size_t len, int64_t arrived_us, void *ctx);
	void (*closed)(struct hub_conn *conn, void *ctx); /**< last call for conn */
	void *ctx;
};
/** "/ws" with the subprotocol `trunkshow.v1`; a foreign Origin is refused 403. */
void hub_on_ws(struct hub *hub, const struct hub_ws_handlers *handlers);

void hub_conn_set_data(struct hub_conn *conn, void *data);
void *hub_conn_data(const struct hub_conn *conn);
uint64_t hub_conn_token(const struct hub_conn *conn);
struct hub_conn *hub_conn_find(struct hub *hub, uint64_t token); /**< NULL if gone */
const char *hub_conn_cookie(const struct hub_conn *conn,
                            const char *name); /**< as sent with the handshake; valid in open() only */
const char *hub_conn_header(const struct hub_conn *conn, const char *name); /**< likewise */
const char *hub_conn_address(const struct hub_conn *conn);

/** What may be lost when a line is slow, most dispensable first; HUB_MUST is never dropped: past the bound the
 * connection is closed 4000. */
enum hub_class { HUB_REACTION, HUB_CHAT, HUB_STATE, HUB_MUST };

/** Send one message (one JSON object, without the array's brackets) to one connection. Takes no reference away from the
 * caller. */
void hub_conn_send(struct hub_conn *conn, enum hub_class class, struct base_buffer *message);
void hub_conn_close(struct hub_conn *conn, uint16_t code, const char *reason);

struct hub_topic *hub_topic_create(struct hub *hub);
void hub_topic_destroy(struct hub_topic *topic);                     /**< members leave it */
void hub_topic_join(struct hub_topic *topic, struct hub_conn *conn); /**< a connection may be in several */
void hub_topic_leave(struct hub_topic *topic, struct hub_conn *conn);
size_t hub_topic_members(const struct hub_topic *topic);
/** Gathered with what else comes (at once when idle, at least 20 ms between passes), encoded once as one array frame,
 * shared by all. */
void hub_topic_publish(struct hub_topic *topic, enum hub_class class, struct base_buffer *message);

/* ---- numbers for /metrics ---- */
struct hub_stats {
	uint64_t http_requests, ws_open, ws_opened, ws_refused, address_refused, frames_sent, bytes_sent,
	        dropped_reactions, dropped_chat, closed_slow;
};
void hub_stats_get(const struct hub *hub, struct hub_stats *out);
#endif
