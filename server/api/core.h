/* What the files of this folder share: the API's state, a call on its way through the threads, connections. */
#ifndef TRUNKSHOW_API_CORE_H
#define TRUNKSHOW_API_CORE_H

#include <glib.h>
#include <jansson.h>
#include <stdatomic.h>

#include "api/api.h"
#include "api/board.h"
#include "api/encode.h"
#include "api/encode_money.h"
#include "api/json.h"
#include "api/limiter.h"
#include "api/may.h"
#include "base/log.h"

#define API_PARAM_BYTES 129
#define API_HEADERS 10
#define API_CONN_ROOMS 4   /**< shows one WebSocket may be in */
#define API_WAITING_MAX 64 /**< messages that wait for a connection's sign-in */

struct api_room;
struct api_replays;
struct api_call;
struct api_conn;

/** Counted on the hub thread, for /metrics. */
struct api_counters {
	uint64_t ws_messages, ws_errors, chat_lines, claims_held, claims_waitlisted, claims_sold_out, orders_paid,
	        orders_failed, holds_expired;
};

struct api {
	/* constant */
	const struct base_settings *settings;
	struct hub *hub;
	void (*pipeline)(struct base_id show, bool wanted, void *ctx);
	void (*watched)(struct base_id show, bool watched, void *ctx);
	void (*spooled)(struct base_id show, void *ctx);
	void (*hosted)(struct base_id show, void *ctx);
	bool (*rtmp)(struct base_id show, enum api_rtmp what, void *ctx);
	void *ctx;
	struct base_jobs *jobs;
	struct api_engines engines;
	struct api_scene scene; /**< with the board, which locks itself */

	/* any thread */
	atomic_int srt_port; /**< 0: nobody listens */
	atomic_bool draining;
	atomic_bool closing; /**< no work for other threads is taken any more */
	atomic_int in_jobs;  /**< pieces of work that wait or run on the pool */

	/* hub thread */
	GHashTable *rooms;  /**< struct base_id -> struct api_room */
	GHashTable *people; /**< struct base_id -> GPtrArray of struct api_conn: the connections of an account */
	GHashTable *media_by_user, *media_by_name; /**< struct api_media (sessions.c) */
	uint64_t next_user;
	struct api_hls *hls;
	struct api_limiter *sign_in_addresses, *sign_in_names, *sign_ups, *writes, *reads, *offers, *photos, *reports;
	struct api_counters counters;
	struct api_replays *replays; /**< any thread: it locks itself */
	void *bindings;              /**< of the routes (http.c) */
};

/* ---- HTTP endpoints ---- */

enum { API_QUERIES = 8 };
#define API_PHOTO_BODY SIZE_MAX /**< as max_body: the setting max_photo_bytes */

struct api_endpoint {
	enum hub_method method;
	const char *pattern;
	const char *content_type;
	size_t max_body; /**< 0: the setting max_body_bytes if content_type is given, else 1 KB that nobody reads */
	enum api_verb verb;
	/** Runs on a jobs thread; ends by answering the call or by giving it to a command. */
	void (*run)(struct api_call *call);
	/** Runs first, on the hub thread. @return false when it has answered the request itself. */
	bool (*prepare)(struct api_call *call, struct hub_request *request);
	/** Where bodies may be large: runs on a jobs thread before one is read, and ends the call with api_call_admit
	 * or an error. */
	void (*admit)(struct api_call *call);
	/** Instead of all these: answers on the hub thread. */
	void (*direct)(struct api *api, struct hub_request *request);
	enum base_jobs_class class;
	const char *queries[API_QUERIES];
	bool media; /**< no limit of rate: whole audiences fetch it, maybe from one address */
	bool cors;  /**< WHIP and WHEP: foreign origins may ask, cookies of theirs do not count */
};

/** All endpoints; the table lies in routes.c. */
extern const struct api_endpoint api_endpoints[];
extern const size_t api_endpoint_count;
void api_routes_register(struct api *api);
/** The address in a Host header, "localhost" being one; "" when it is another name. */
void api_host_address(const char *header, char out[64]);

/* ---- a call: one HTTP request or WebSocket message on its way through the threads ---- */

struct api_call {
	struct base_mail mail; /**< back to the hub; first */
	struct api *api;
	const struct api_endpoint *endpoint; /**< NULL: a WebSocket message */
	uint64_t peer;                       /**< token of the request or of the connection */
	void (*run)(struct api_call *call);
	enum base_jobs_class class;

	/* the question */
	char params[2][API_PARAM_BYTES];
	char queries[API_QUERIES][API_PARAM_BYTES];
	bool has_query[API_QUERIES];
	char address[64];
	char host[64];   /**< the Host header when it is an address: where media is announced first; else "" */
	char bearer[64]; /**< as sent, for the publish key; wiped */
	char if_match[64];
	bool authenticate, by_cookie, strict, tls; /**< strict: an unknown token is an error, even where guests may */
	bool admitted;                             /**< the answer: let the body come */
	bool has_token;
	uint8_t token_hash[32];
	uint8_t *body;
	size_t body_len;
	json_t *input; /**< parsed body, or the message */
	json_t *id;    /**< WebSocket: the request's id */

	/* on the way */
	struct store_reader *reader; /**< on a jobs thread */
	struct api_actor actor;
	struct store_account account; /**< when signed in by token */
	int64_t arrived_us;
	struct show_command *command;
	void (*then)(struct api_call *call, const struct show_result *result);
	void *extra; /**< of the resource; freed by free_extra */
	void (*free_extra)(void *extra);

	/* the answer */
	int status;
	const char *code; /**< of an error, else NULL */
	char detail[256];
	json_t *output;
	struct base_buffer *bytes;
	const char *content_type;
	char *file;                             /**< instead of bytes: a file of the data folder; malloc'd */
	const char *cache;                      /**< of a file: Cache-Control */
	struct hub_header headers[API_HEADERS]; /**< values owned */
	size_t header_count;
	/** On the hub thread, before the answer is sent; conn is NULL for HTTP or when the connection has gone. */
	void (*finish)(struct api_call *call, struct api_conn *conn);
	/** On the hub thread, after the answer was sent to a connection that is still there. */
	void (*sent)(struct api_call *call, struct api_conn *conn);
};

/* Each of these ends the call on the current thread: the caller must not touch it again. */
void api_call_json(struct api_call *call, int status,
                   json_t *body); /**< takes body; for a WebSocket the members beside ok */
void api_call_empty(struct api_call *call, int status);
void api_call_admit(struct api_call *call); /**< of an endpoint's admit: let the body come */
void api_call_bytes(struct api_call *call, int status, const char *content_type,
                    struct base_buffer *bytes); /**< takes bytes */
/** A file beneath data_dir; path is copied, the others are static. */
void api_call_file(struct api_call *call, const char *path, const char *content_type, const char *cache);
__attribute__((format(printf, 4, 5))) void api_call_fail(struct api_call *call, int status, const char *code,
                                                         const char *format, ...);
/** With further members; takes them. */
void api_call_fail_with(struct api_call *call, int status, const char *code, const char *detail, json_t *members);
void api_call_store_failed(struct api_call *call, int err, const char *what); /**< -ENOENT: 404 of `what`; else 503 */
/** An object with rows that were read from the store, under their name; or err, if that failed. Takes rows. */
void api_call_list(struct api_call *call, int err, const char *name, json_t *rows);
/** What the show controller said other than yes. */
void api_call_show_failed(struct api_call *call, const struct show_result *result);
/** Give the call to the show thread; then() answers it there. Fills actor and arrived_us. */
void api_call_command(struct api_call *call, struct show_command *command,
                      void (*then)(struct api_call *call, const struct show_result *result));
/** Give the call to a jobs thread (again). Ends it with `retry` when the pool is full. */
void api_call_submit(struct api_call *call, enum base_jobs_class class, void (*run)(struct api_call *call));

void api_call_header(struct api_call *call, const char *name, const char *value);
/** Ask may(); when it says no the call is ended. */
bool api_call_may(struct api_call *call, enum api_verb verb, const struct api_object *object);
/** Whether the fields were fine; when not the call is ended with bad_request. */
bool api_call_fields(struct api_call *call, const struct api_fields *fields);
/** Parse the n-th path parameter; when it is no id the call is ended with not_found. */
bool api_call_param(struct api_call *call, size_t index, struct base_id *out);
bool api_call_show(struct api_call *call, struct base_id id, struct store_show *out); /**< read, or end the call */
/** The show or the listing of the first path parameter, if the actor may do verb to it; else the call is ended. */
bool api_call_own_show(struct api_call *call, enum api_verb verb, struct store_show *out);
bool api_call_own_listing(struct api_call *call, enum api_verb verb, struct store_listing *out);

/** Run work on the jobs pool, unless the API closes. @return 0; -EAGAIN busy or closing (arg stays the caller's).
 * Thread: any. */
__attribute__((warn_unused_result)) int api_jobs_submit(struct api *api, enum base_jobs_class class,
                                                        void (*run)(void *arg, void *local), void *arg);
/** Note who did what, for the admins. Thread: any. */
void api_audit(struct api *api, struct base_id actor, const char *verb, const char *object, const char *detail);

struct api_call *api_call_new(struct api *api);
void api_call_free(struct api_call *call);
void api_call_deliver(struct base_mail *mail, void *owner); /**< as base_mail's deliver: answer the peer */
/** The word on the wire and the HTTP status for a code of the show controller. */
const char *api_show_code(enum show_code code, int *status);
const char *api_show_detail(enum show_code code); /**< in words, when the controller has none better */

/* ---- connections (conn.c) ---- */

struct api_conn {
	struct api *api;
	struct hub_conn *hub;
	uint64_t token;
	struct api_actor actor;
	struct store_account account;
	bool has_token;
	uint8_t token_hash[32];
	char host[64]; /**< as in api_call */
	struct api_room *rooms[API_CONN_ROOMS];
	bool busy;      /**< signing in or joining: later messages wait, so that their order holds */
	GQueue waiting; /**< of struct api_message */
	double budget;  /**< messages it may send now */
	double refused; /**< messages over the rate, of late */
	int64_t budget_us;
};

void api_conn_send(struct api_conn *conn, enum hub_class class, json_t *message); /**< takes message */
/** The account of a connection has become known, changed or gone (NULL). */
void api_conn_set_account(struct api_conn *conn, const struct store_account *account);
/** Every connection of an account. */
void api_people_each(struct api *api, struct base_id account, void (*visit)(struct api_conn *conn, void *ctx),
                     void *ctx);
void api_people_send(struct api *api, struct base_id account, enum hub_class class, struct base_buffer *message);
/** Connections that came with this session token are guests from now on. */
void api_people_sign_out(struct api *api, struct base_id account, const uint8_t token_hash[32]);
void api_conn_resume(struct api_conn *conn); /**< the sign-in has ended: handle what waited */
void api_conns_register(struct api *api);

/* ---- WebSocket messages (ws.c) ---- */

struct api_message {
	const struct api_message_type *type;
	json_t *input, *id;
	int64_t arrived_us;
};

struct api_message_type {
	const char *name;
	enum api_verb verb;
	void (*handle)(struct api_conn *conn, struct api_message *message);
};
extern const struct api_message_type api_message_types[];
extern const size_t api_message_type_count;

/** Read one frame. @return a message to be freed; NULL with a code and a sentence, and the id if it could be read (new
 * reference). Pure. */
struct api_message *api_message_decode(const char *text, size_t len, const char **code, char *why, size_t why_len,
                                       json_t **id);
void api_message_free(struct api_message *message);
void api_message_handle(struct api_conn *conn, struct api_message *message); /**< takes message */

/** Answer at once, on the hub thread. Members may be NULL; takes them. */
void api_message_ok(struct api_conn *conn, const struct api_message *message, json_t *members);
__attribute__((format(printf, 4, 5))) void api_message_error(struct api_conn *conn, const struct api_message *message,
                                                             const char *code, const char *format, ...);
void api_message_refuse(struct api_conn *conn, const struct api_message *message);
/** Whether the fields were fine; when not the message is answered. */
bool api_message_fields(struct api_conn *conn, const struct api_message *message, const struct api_fields *fields);
/** A call in the connection's name for work on other threads. */
struct api_call *api_message_call(struct api_conn *conn, const struct api_message *message);
#endif
