/* What the files of the hub share. Everything here belongs to the hub thread unless it says otherwise. */
#ifndef TRUNKSHOW_HUB_PRIVATE_H
#define TRUNKSHOW_HUB_PRIVATE_H

#include <libwebsockets.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "hub/addresses.h"
#include "hub/hub.h"
#include "hub/queue.h"
#include "hub/route.h"
#include "hub/tokens.h"
#include "hub/http_parse.h"
#include "hub/ws_frame.h"

#define HUB_PART "hub"
#define HUB_SUBPROTOCOL "trunkshow.v1"
#define HUB_WS_PATH "/ws"

#define HUB_HEADER_BYTES 8192   /* all request headers together */
#define HUB_READ_BYTES 16384    /* one read from a socket */
#define HUB_WRITE_BYTES 65536   /* one write to a socket (tx_packet_size) */
#define HUB_FRAME_BYTES 65536   /* where queued messages are cut into frames */
#define HUB_SNDBUF_BYTES 131072 /* the kernel's share of a slow viewer */
#define HUB_SPARE_FDS 256       /* descriptors kept for files, the store and the media */

#define HUB_TLS_S 10                      /* a TLS handshake must be done [s] */
#define HUB_HEAD_US 10000000              /* a request's head must be complete */
#define HUB_IDLE_US 75000000              /* a kept-alive connection without a request */
#define HUB_HANDLING_US 60000000          /* a handler must have answered */
#define HUB_PROGRESS_US 30000000          /* a reply or a body must move on */
#define HUB_LINGER_US 2000000             /* reading on after an early refusal, so that the peer sees it */
#define HUB_BODY_BPS 16384                /* least speed of a body [byte/s] */
#define HUB_SMALL_BODY 16384              /* bodies to here are bounded by the connections alone */
#define HUB_LARGE_BODIES 8                /* as many of the largest bodies that are admitted may be in memory */
#define HUB_OPEN_BODIES_BYTES (16u << 20) /* of bodies beyond HUB_SMALL_BODY that nobody was asked about */
#define HUB_CROWD_SPARE 16                /* connections over an address' bound that are told so; more are closed */
#define HUB_NONSENSE 64                   /* frames that are no messages, before a WebSocket is closed */
#define HUB_WHEEL_SLOTS 30                /* every WebSocket is pinged once a turn, a slot a second */
#define HUB_SILENT_US 75000000            /* a WebSocket heard nothing of for so long is dead */
#define HUB_BLOCKED_US 10000000           /* a WebSocket that takes nothing for so long is too slow */
#define HUB_CLOSING_US 5000000            /* a closing handshake must be done */
#define HUB_STOP_US 3000000               /* how long hub_stop waits for connections to end */
#define HUB_PASS_GAP_US 20000             /* least time between two passes of a topic */
#define HUB_SLICE 256                     /* members served before other work gets its turn */

struct hub_timer {
	uv_timer_t uv; /* first */
	void (*fn)(void *ctx);
	void *ctx;
};

/** A request's headers, copied: handlers outlive what was read. */
struct hub_header_store {
	char *text; /**< all names (lower case) and values, each NUL-terminated */
	struct {
		const char *name, *value;
	} * list;
	size_t count;
};

/** One TCP connection: first it speaks HTTP, later maybe WebSocket. */
struct hub_peer {
	struct hub *hub;
	struct lws *wsi;
	struct hub_peer *next, *previous; /* hub->peers, while it speaks HTTP */
	struct hub_request *request;      /**< the one being answered */
	struct hub_conn *conn;            /**< once it speaks WebSocket */
	int64_t deadline_us;              /**< for the next head; while a request is there it has its own */
	bool listed;                      /**< in hub->peers */
	bool heard;                       /**< something has been read */
	bool held;                        /**< reading is stopped */
	bool over;                        /**< one too many of its address: its request is refused */
	struct address_row *from;         /**< NULL: an address that does not count */
	bool lingering;                   /**< everything is said; what comes is thrown away */
	char *in;                         /**< read, not understood yet */
	size_t in_len, in_capacity;
};

enum request_state {
	REQUEST_BODY,
	REQUEST_ADMITTING, /**< the route is asked whether the body is wanted */
	REQUEST_ADMITTED,  /**< it is: reading begins in the connection's own callback */
	REQUEST_HANDLING,
	REQUEST_SENDING
};

/** What is yet to be sent of a file. */
struct hub_file {
	int fd; /**< -1: none */
	uint64_t at, left;
};

struct hub_request {
	struct hub *hub;
	struct hub_peer *peer;
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
	bool patient; /**< the peer's going is noticed while it is handled */
	bool close;   /**< end the connection after the reply */
	struct route_match match;

	uint64_t length; /**< of the body */
	uint8_t *body;
	size_t body_len, body_capacity;
	size_t body_counted;   /* of it, in hub->body_bytes */
	bool admitted;         /* its route said that it is wanted */
	int64_t body_begun_us; /* when reading it began */

	struct base_buffer *head, *reply; /**< what is sent: head, then reply */
	size_t sent;                      /**< bytes of both */
	struct hub_file file;             /**< follows them, piece by piece, each in `reply` */
};

struct hub_membership {
	struct hub_topic *topic;
	size_t index; /**< in topic->members */
};

struct hub_conn {
	struct hub *hub;
	struct hub_peer *peer;
	struct lws *wsi;
	uint64_t token;
	void *data;
	const struct hub_header_store *headers; /**< of the handshake, until open() has returned */
	char address[INET6_ADDRSTRLEN];
	char cookie[1024];

	struct queue queue;
	struct hub_conn *next_dirty;
	bool dirty, doomed;
	bool ping_due;
	bool closing;     /**< takes no more messages; the close frame goes out when the queue is sent */
	bool close_sent;  /**< only the peer's answer is awaited */
	bool peer_closed; /**< the peer has sent its close frame */
	bool deaf;        /**< what comes is not understood any more */
	uint16_t close_code;
	char close_reason[64];
	int64_t closing_since_us, blocked_since_us, heard_us; /* 0: not */

	uint8_t frame_head[WS_HEAD_CLIENT]; /* what has come of a frame's head */
	size_t frame_head_len;
	struct ws_head frame;
	uint64_t frame_done; /* bytes of its payload that have come */
	bool in_frame, in_message, message_binary;
	char *message; /* gathers fragments */
	size_t message_len, message_capacity;
	uint8_t control[WS_CONTROL_BYTES]; /* payload of a control frame */
	uint8_t pong[WS_CONTROL_BYTES];    /* of the last ping not answered yet */
	size_t pong_len;
	bool pong_due;
	unsigned nonsense; /* frames that were no messages */

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
	struct hub_topic *next;                    /* hub->running */
	struct hub_topic *all_next, *all_previous; /* hub->topics */
	struct hub_member *members;
	size_t member_count, member_capacity;

	struct queue pending;    /**< gathers while a pass runs */
	uint64_t next_mark;      /**< number of the next message */
	struct hub_timer *timer; /**< the next pass, when it has to wait */
	int64_t ended_us;        /**< when the last pass ended */

	bool running, linked;
	struct queue pass;         /**< the messages of this pass, for members who must queue */
	struct base_buffer *frame; /**< WS_HEAD_SERVER bytes, then the same as one array */
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
	struct tokens request_tokens, conn_tokens;
	struct hub_peer *peers;
	size_t request_count;
	struct hub_conn *dirty, *slots[HUB_WHEEL_SLOTS];
	size_t conn_count, next_slot, turn;
	struct hub_topic *topics, *running;
	bool doomed; /* some connection is to be reaped */
	int64_t stopping_since_us;
	size_t body_bytes[2]; /* of large bodies, come or coming: open to everybody, admitted */
	struct addresses addresses;
	struct hub_peer *newcomer; /* is being adopted */
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

/* peer.c */
/** Before its lws is there, which it is given to: whoever dawdles over TLS counts too. Takes `from`. */
struct hub_peer *peer_new(struct hub *hub, struct address_row *from, bool over);
/** For one that no lws has. */
void peer_free(struct hub_peer *peer);
int peer_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);
/** Stop or go on reading, as the state of the peer has it. */
void peer_settle(struct hub_peer *peer);
/** Everything is said: end the sending side, and wait a while for the other to end his. */
void peer_linger(struct hub_peer *peer);
/** Out of hub->peers: it speaks WebSocket now, and the wheel of those watches it. */
void peer_unlist(struct hub_peer *peer);
/** Write; what the socket does not take waits in lws, and reading stops until it is gone. @return 0; -1 the connection
 * is dead */
__attribute__((warn_unused_result)) int peer_write(struct hub_peer *peer, const uint8_t *data, size_t len);
/** Close now, from outside of its own callbacks; the peer is freed. */
void peer_kill(struct hub_peer *peer);
/** One second's work: deadlines. */
void peer_wheel(struct hub *hub, int64_t now_us);

/* http.c */
/** Understand what has been read. @return 0; -1 to close */
int http_advance(struct hub_peer *peer);
/** Write on. @return 0; -1 to close */
int http_writable(struct hub_peer *peer);
/** A request's deadline has passed. @return whether the connection must go */
bool http_late(struct hub_request *r);
void http_request_free(struct hub_request *r);

/* request.c */
void request_headers_take(const struct http_head *head, struct hub_header_store *store);
void request_headers_finish(struct hub_header_store *store);
const char *request_headers_get(const struct hub_header_store *store, const char *name);
/** Whether any header of that name holds the token. */
bool request_headers_have(const struct hub_header_store *store, const char *name, const char *token);
void request_peer_address(struct lws *wsi, const struct hub_header_store *headers, char *out, size_t size);
bool request_is_tls(struct lws *wsi, const struct hub_header_store *headers);

/* reply.c */
/** Compose a problem document (RFC 9457). */
struct base_buffer *reply_problem_body(int status, const char *code, const char *detail);
/** Answer with status and Connection: close where there is no hub_request. @return 0; -1 */
int reply_raw_problem(struct hub_peer *peer, int status, const char *code, const char *detail);

/** Answer with what is left of a file; takes its descriptor. */
void reply_file(struct hub_request *r, int status, const char *content_type, const struct hub_header *headers,
                size_t header_count, const struct hub_file *file);

/* file.c */
/** Everything that was read is sent: read on, unless that was all. @return false: it cannot be read */
bool file_refill(struct hub_request *r);

/* static.c */
/** Answer from the built pages. @return whether the path is one of them (then r is answered) */
bool static_serve(struct hub_request *r);
void static_finish(struct static_files *files);

/* ws.c */
/** Answer a request to speak WebSocket. @return 0: the peer does now, and r is gone; -1: refused and answered */
int ws_upgrade(struct hub_request *r);
/** Understand what has been read; data is overwritten. @return 0; -1 to close */
int ws_feed(struct hub_conn *conn, uint8_t *data, size_t len);
/** The connection is gone. */
void ws_gone(struct hub_conn *conn);

/* conn.c */
__attribute__((warn_unused_result)) int conn_open(struct hub_peer *peer, const struct hub_request *r,
                                                  struct hub_conn **out);
void conn_free(struct hub_conn *conn);
void conn_push(struct hub_conn *conn, enum hub_class class, uint64_t mark, struct base_buffer *message);
/** Write a frame that has WS_HEAD_SERVER bytes before its payload, past the queue. */
void conn_write(struct hub_conn *conn, struct base_buffer *frame);
/** Have it flushed before the loop sleeps. */
void conn_touch(struct hub_conn *conn);
/** Send what waits until the socket takes no more. */
void conn_flush(struct hub_conn *conn);
/** The socket takes bytes again. @return 0; -1 to close */
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
