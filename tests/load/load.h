/* trunkshow-load: simulated hosts and viewers against a running server. One process, one thread, epoll. Each event is a
 * JSON line on stdout. */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "sim/http.h"
#include "sim/peer.h"

#define LOAD_CONSENT_US 8000000 /**< a restarted server does not know us: find out soon */

struct load_options {
	const char *url, *token, *source; /**< WHIP or WHEP; Bearer token or NULL; path of trunkshow-pipeline */
	const char *codec;                /**< "h264" or "vp8"; NULL: a host sends H.264, a viewer takes both */
	char *const *source_args;         /**< further arguments for the source, NULL at the end */
	int64_t seconds;                  /**< 0: for ever */
	int64_t rate;                     /**< viewers that come a second; 0: all at once */
	int64_t stay;         /**< seconds that each stays, about, before it leaves and comes again; 0: for good */
	int64_t sample;       /**< decrypt one packet in so many */
	int64_t warmup;       /**< seconds after the last came, before what is delivered counts */
	int64_t window;       /**< seconds that are counted, and then it is over; 0: until the end */
	int64_t pid;          /**< the server's, whose time and memory are measured; 0: none */
	int64_t audio, video; /**< ports of a feed */
	int64_t layers;       /**< a host's picture in so many sizes at once (simulcast); 0: one */
	int count;
	bool insecure;  /**< take any certificate */
	bool reconnect; /**< viewers come back when they were closed */
	bool stats;     /**< a host counts aloud each second, as viewers always do */
	bool table;     /**< the summary as a table, for people */
	bool gaps;      /**< measure how evenly packets come to those who have been there for a while */
};

/** The subcommands. @return exit code. */
int load_host(const struct load_options *options);
int load_view(const struct load_options *options);
int load_sink(const struct load_options *options);
int load_feed(const struct load_options *options);

/** Print one event; takes over object. */
void load_emit(json_t *object);

/* ---- process.c: another process' time and memory, from /proc ---- */

struct load_process {
	double cpu_s;      /**< of all its threads, user and system */
	int64_t rss_bytes; /**< resident */
};

/** @return 0; -ENOENT: there is none; -EBADMSG. */
__attribute__((warn_unused_result)) int load_process_read(int64_t pid, struct load_process *out);

/* ---- window.c: what is delivered between two moments, and what it costs the server ---- */

/** Delivered to all viewers together, so far; with the audio's share. */
struct load_delivered {
	uint64_t packets, bytes, lost, audio_packets, audio_bytes;
};

struct load_window {
	bool open;
	int64_t began_us;
	struct load_delivered delivered;   /**< when it began */
	struct load_process before, began; /**< before the first viewer came; when the window began */
};

void load_window_open(struct load_window *w, int64_t now_us, const struct load_delivered *delivered, int64_t pid);
/** @return an object: seconds, packets, bytes, audio_packets, audio_bytes, lost, loss, mbps and, with a pid, cpu_s,
 * cpu_ms_per_1000, rss_bytes, rss_per_viewer. */
json_t *load_window_close(const struct load_window *w, int64_t now_us, const struct load_delivered *delivered,
                          int connected, int64_t pid);

/* ---- spread.c ---- */

/** p50, p95, p99 and the longest, in ms, of `count` times [µs]; negative ones are left out. @return null: none is
 * left. Sorts values. */
json_t *load_spread(int64_t *values, size_t count);
/** An object's numbers and the objects in it as a table, for people. */
void load_print_table(const json_t *object);

/* ---- loop.c ---- */

/** Something with a descriptor. ready() runs when it can be read or written. */
struct load_watch {
	void (*ready)(void *ctx);
	void *ctx;
};

/** @return 0; -errno. */
__attribute__((warn_unused_result)) int load_loop_open(void);
/** Watch fd for poll(2) events, or change what it is watched for. A closed descriptor is forgotten by itself. */
void load_loop_watch(int fd, short events, struct load_watch *watch);
/** Run until tick() says false, SIGTERM or SIGINT, or `seconds` (0: for ever) are over. tick() runs about every 10 ms.
 */
void load_loop_run(int64_t seconds, bool (*tick)(int64_t now_us, void *ctx), void *ctx);

/* ---- connection.c: one WHIP or WHEP session, again and again ---- */

enum load_state { LOAD_WAITING, LOAD_ASKING, LOAD_CONNECTING, LOAD_CONNECTED, LOAD_OVER };

struct load_connection {
	/* the owner's */
	const struct load_options *options;
	struct sim_peer_config config;
	int number;
	bool again;      /**< come back after a loss */
	int64_t stay_us; /**< leave after about so long, and come back; 0: stay */
	void (*connected)(struct load_connection *c);
	void (*closed)(struct load_connection *c);
	void *ctx;
	/* connection.c's */
	enum load_state state;
	struct sim_http *http;
	struct sim_peer *peer;
	char location[512];
	int64_t asked_us, due_us, backoff_us, connected_us, leave_us;
	struct load_watch watch;
};

void load_connection_init(struct load_connection *c);
/** Timers. */
void load_connection_tick(struct load_connection *c, int64_t now_us);
/** Say goodbye: RTCP BYE, close_notify, DELETE (waits up to timeout_ms for its answer; 0: none is sent). */
void load_connection_finish(struct load_connection *c, int64_t timeout_ms);
#endif
