/* What the files of the hub share. Everything here belongs to the hub thread unless it says otherwise. */
#ifndef TRUNKSHOW_HUB_PRIVATE_H
#define TRUNKSHOW_HUB_PRIVATE_H

#include <libwebsockets.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "hub/hub.h"
#include "hub/queue.h"
#include "hub/route.h"
#include "hub/tokens.h"

#define HUB_PART "hub"
#define HUB_SUBPROTOCOL "trunkshow.v1"
#define HUB_WS_PATH "/ws"

#define HUB_HEADER_BYTES 8192   /* all request headers together */
#define HUB_READ_BYTES 16384    /* one read from a socket */
#define HUB_WS_READ_BYTES 4096  /* one read from a WebSocket; every connection owns such a buffer */
#define HUB_WRITE_BYTES 65536   /* one write to a socket (tx_packet_size) */
#define HUB_FRAME_BYTES 65536   /* where queued messages are cut into frames */
#define HUB_SNDBUF_BYTES 131072 /* the kernel's share of a slow viewer */
#define HUB_SPARE_FDS 256       /* descriptors kept for files, the store and the media */

#define HUB_HEADERS_S 10         /* a request's headers must be complete [s] */
#define HUB_IDLE_S 75            /* a kept-alive connection without a request [s] */
#define HUB_HANDLING_US 60000000 /* a handler must have answered */
#define HUB_PROGRESS_US 30000000 /* a reply or a body must move on */
#define HUB_LINGER_US 2000000    /* reading on after an early refusal, so that the peer sees it */
#define HUB_BODY_BPS 16384       /* least speed of a body [byte/s] */
#define HUB_WHEEL_SLOTS 30       /* every WebSocket is pinged once a turn, a slot a second */
#define HUB_SILENT_US 75000000   /* a WebSocket heard nothing of for so long is dead */
#define HUB_BLOCKED_US 10000000  /* a WebSocket that takes nothing for so long is too slow */
#define HUB_CLOSING_US 5000000   /* a closing handshake must be done */
#define HUB_STOP_US 3000000      /* how long hub_stop waits for connections to end */
#define HUB_PASS_GAP_US 20000    /* least time between two passes of a topic */
#define HUB_SLICE 256            /* members served before other work gets its turn */

enum hub_kind { HUB_KIND_REQUEST = 1, HUB_KIND_CONN = 2 };

struct hub_timer {
	uv_timer_t uv; /* first */
	void (*fn)(void *ctx);
	void *ctx;
};

/* Headers that a request keeps; handlers may outlive the parser's table. */
struct hub_header_store {
	char *text;         /**< all values, each NUL-terminated */
	const char **value; /**< by index of the table in request.c, NULL when absent */
};

enum request_state { REQUEST_BODY, REQUEST_HANDLING, REQUEST_SENDING, REQUEST_LINGERING };

struct hub_request {
	enum hub_kind kind; /* first */
	struct hub *hub;
	struct lws *wsi;
	struct hub_request *next, *previous; /* hub->requests */
	uint64_t token;
	enum request_state state;
	int64_t deadline_us;

	enum hub_method method;
	char *path;  /**< decoded */
	char *query; /**< decoded "name=value" strings, each NUL-terminated, the list ended by an empty one */
	struct hub_header_store headers;
	char address[INET6_ADDRSTRLEN];
	char cookie[1024]; /**< scratch of hub_request_cookie */
	bool tls;
	bool close; /**< end the connection after the reply */
	struct route_match match;

	bool has_length;
	uint64_t length; /**< of the body as announced */
	uint8_t *body;
	size_t body_len, body_capacity;

	struct base_buffer *head, *reply; /**< what is sent: head, then reply */
	size_t sent;
};

struct hub_membership {
	struct hub_topic *topic;
	size_t index; /**< in topic->members */
};

struct hub_conn {
	enum hub_kind kind; /* first */
	struct hub *hub;
	struct lws *wsi;
	uint64_t token;
	void *data;
	struct hub_header_store headers; /**< until open() has returned */
	char address[INET6_ADDRSTRLEN];
	char cookie[1024];
	bool opened; /**< open() was called, closed() is due */

	struct queue queue;
	struct hub_conn *next_dirty;
	bool dirty, doomed;
	bool ping_due;
	bool closing;    /**< takes no more messages; ends when the queue is sent */
	bool close_sent; /**< lws does the rest */
	uint16_t close_code;
	char close_reason[64];
	int64_t closing_since_us, blocked_since_us, heard_us; /* 0: not */

	char *message;
	size_t message_len, message_capacity;
	bool message_binary;

	struct hub_membership *memberships;
	size_t membership_count, membership_capacity;
	size_t slot; /* of the wheel */
	struct hub_conn *slot_next, *slot_previous;
};

struct hub_member {
	struct hub_conn *conn;
	uint64_t since; /**< number of the first message that is for this member */
};

struct hub_topic {
	struct hub *hub;
	struct hub_topic *next; /* hub->running */
	struct hub_topic *all_next, *all_previous; /* hub->topics */
	struct hub_member *members;
	size_t member_count, member_capacity;

	struct queue pending;    /**< gathers while a pass runs */
	uint64_t next_mark;      /**< number of the next message */
	struct hub_timer *timer; /**< the next pass, when it has to wait */
	int64_t ended_us;        /**< when the last pass ended */

	bool running, linked;
	struct queue pass;         /**< the messages of this pass, for members who must queue */
	struct base_buffer *frame; /**< LWS_PRE bytes, then the same as one array */
	uint64_t pass_first;
	size_t cursor; /**< members below it are still to be served */
};

struct static_files;

struct hub {
	const struct base_settings *settings; /* constant */
	struct hub_ws_handlers ws;
	struct route_table routes;
	struct route_table pages; /* hub_static_page: ctx of the route is the file's name */
	struct static_files *files;
	void *owner;

	struct base_mailbox *mailbox; /* any thread posts */
	atomic_bool stop_asked;       /* any thread sets */
	pthread_mutex_t wake_lock;
	bool wakeable; /* under wake_lock: the context is there */

	uv_loop_t loop;
	uv_poll_t listener;
	uv_prepare_t prepare;
	uv_idle_t spin;
	uv_timer_t wheel;
	bool torn_down, listening;
	int listen_fd, spare_fd, port;
	int fd_limit; /* descriptors from here on are not for connections */
	bool tls;
	struct lws_context *context;
	struct lws_vhost *vhost;

	size_t sockets, max_sockets;
	struct tokens tokens;
	struct hub_request *requests;
	size_t request_count;
	struct hub_conn *dirty, *slots[HUB_WHEEL_SLOTS];
	size_t conn_count, next_slot, turn;
	struct hub_topic *topics, *running;
	bool doomed; /* some connection is to be reaped */
	int64_t stopping_since_us;
	struct hub_stats stats;
};

/* hub.c */
void hub_wake(struct hub *hub);

/* listen.c */
__attribute__((warn_unused_result)) int listen_open(struct hub *hub, char *why, size_t why_len);
void listen_start(struct hub *hub);
void listen_close(struct hub *hub); /* may be called twice */

/* context.c */
__attribute__((warn_unused_result)) int context_open(struct hub *hub, char *why, size_t why_len);

/* http.c */
int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);
void http_wheel(struct hub *hub, int64_t now_us);
void http_request_free(struct hub_request *r);

/* request.c */
void request_headers_take(struct lws *wsi, struct hub_header_store *store);
void request_headers_finish(struct hub_header_store *store);
const char *request_headers_get(const struct hub_header_store *store, const char *name);
char *request_query_take(struct lws *wsi);
void request_peer_address(struct lws *wsi, const struct hub_header_store *headers, char *out, size_t size);
bool request_is_tls(struct lws *wsi, const struct hub_header_store *headers);
bool request_same_origin(const struct hub *hub, bool tls, const struct hub_header_store *headers);

/* reply.c */
/** Compose a problem document (RFC 9457). */
struct base_buffer *reply_problem_body(int status, const char *code, const char *detail);
/** Compose a reply's head with a Connection header. */
struct base_buffer *reply_head(const struct hub *hub, int status, const char *content_type,
                               const struct hub_header *headers, size_t header_count, size_t body_len, bool close);
/** Answer with status and Connection: close, without a hub_request. @return 0; -1 */
int reply_raw_problem(struct hub *hub, struct lws *wsi, int status, const char *code, const char *detail);
const char *reply_reason(int status);

/* static.c */
/** Answer from the built pages. @return whether the path is one of them (then r is answered) */
bool static_serve(struct hub_request *r);
void static_finish(struct static_files *files);

/* ws.c */
int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);
/** Look at a handshake before it is accepted. @return 0 go on; 1 refused and answered; -1 hang up */
int ws_confirm(struct hub *hub, struct lws *wsi);

/* conn.c */
__attribute__((warn_unused_result)) int conn_open(struct hub *hub, struct lws *wsi, struct hub_conn **out);
void conn_free(struct hub_conn *conn);
void conn_push(struct hub_conn *conn, enum hub_class class, uint64_t mark, struct base_buffer *message);
/** Write a frame that has LWS_PRE bytes before it, past the queue. */
void conn_write(struct hub_conn *conn, struct base_buffer *frame);
/** The socket takes bytes again. @return 0; -1 to have lws close it */
int conn_writable(struct hub_conn *conn);
void conn_flush_dirty(struct hub *hub);
void conn_reap(struct hub *hub);
void conn_doom(struct hub_conn *conn);
/** One second's work of the ping wheel. */
void conn_wheel(struct hub *hub, int64_t now_us);
void conn_close_all(struct hub *hub, struct base_buffer *last_words, uint16_t code, const char *reason);

/* topic.c */
/** Serve a slice of every running pass. @return whether something is left to do now */
bool topic_run(struct hub *hub);
void topic_forget(struct hub_conn *conn);
/** The loop ends and its timers with it. */
void topic_drop_timers(struct hub *hub);
#endif
