/* One media worker: a thread with its socket, sessions and streams. Nothing here is shared with other threads but what
 * the directory, the command ring, the inbox and blocks of packets hold. */
#ifndef MEDIA_FORWARD_WORKER_H
#define MEDIA_FORWARD_WORKER_H

#include <pthread.h>

#include "forward/commands.h"
#include "forward/directory.h"
#include "forward/early.h"
#include "forward/gather.h"
#include "forward/inbox.h"
#include "forward/latency.h"
#include "forward/map.h"
#include "forward/turns.h"
#include "media.h"
#include "transport/dtls.h"
#include "transport/tcp.h"
#include "transport/udp.h"

#define FORWARD_TICK_US 10000         /**< while anything is connecting or a host is on air */
#define FORWARD_IDLE_TICK_US 250000   /**< otherwise */
#define FORWARD_HALF_OPEN_US 30000000 /**< a session that has not connected by then is dropped */

#define FORWARD_WORKERS_MAX 64

struct forward_link;
struct forward_routes;
struct forward_session;
struct forward_stream;

struct forward_session_list {
	struct forward_session *first;
	size_t count;
};

struct forward_worker {
	/* constant after creation */
	uint8_t index; /**< written into our ICE ufrags */
	const struct media_config *config;
	struct media_dtls_context *dtls;
	struct forward_directory *directory;
	struct forward_commands *commands;
	struct forward_inbox *inbox;         /**< what the other workers say */
	struct forward_worker *const *peers; /**< all workers, this one among them */
	size_t peer_count;
	atomic_int burden, busy_pc; /**< sessions that were given to it; how busy it is: for who chooses an owner */
	struct media_tcp_bounds *tcp_bounds; /**< NULL: no TCP */
	int64_t wall_offset_us;              /**< wall clock minus monotonic clock, at creation */
	pthread_t thread;

	/* the worker thread's own */
	struct media_udp *udp;
	struct media_tcp *tcp;              /**< NULL: no TCP */
	int epoll_fd, timer_fd, sources_fd; /**< sources_fd: an epoll set of the hosts without WebRTC */
	int64_t timer_us;                   /**< the timer's present interval */
	bool stopping;
	int64_t now_us; /**< monotonic, read once per round and batch */
	int64_t next_second_us, next_stats_us, next_choice_us;
	struct forward_map ufrags, addresses, names, streams;
	struct forward_session_list opening, handshaking, publishers,
	        viewers;                     /**< by state; the latter two are connected */
	struct forward_stream *dead_streams; /**< unused, freed at the end of the round */
	struct forward_session *reaped;      /**< closed, freed at the end of the round */
	struct forward_early early;
	struct forward_turns turns;       /**< handshakes that wait for the next round */
	struct forward_stream *gathering; /**< streams with packets that wait for companions */
	struct forward_load load;
	uint8_t padded[FORWARD_GATHER_ROOM]; /**< of the present pass */
	struct forward_latency latency;
	struct forward_pool pool;       /**< blocks for what its hosts send */
	struct forward_stream *mirrors; /**< streams whose source is elsewhere */
	struct forward_link *links_due; /**< of its sources, with something to say again */
	struct forward_routes *routes;  /**< whose is what comes by this socket and is not this worker's */
	uint8_t via;                    /**< by whose socket the present datagram came */
	bool wake[FORWARD_WORKERS_MAX]; /**< something was said to them in this round */
	size_t catching;                /**< viewers that are catching up with live */
	size_t catch_from; /**< how many of the viewers had their share when the last tick had no more time */
	struct forward_session *probing; /**< viewers that are being sent a probe */
	struct media_stats stats;
	uint64_t serial; /**< counts sessions as they come */
	uint64_t tidied; /**< how many had come when memory was last given back */
};

/** Open the ports, start nothing yet. @param peers of all workers, the first of which is there already unless this is
 * it; @param tcp_bounds shared, outlives it; NULL: UDP alone @return 0; -EADDRINUSE;
 * -errno. */
__attribute__((warn_unused_result)) int forward_worker_create(const struct media_config *config,
                                                              struct media_dtls_context *dtls,
                                                              struct forward_directory *directory,
                                                              struct media_tcp_bounds *tcp_bounds,
                                                              struct forward_worker *const *peers, size_t peer_count,
                                                              uint8_t index, struct forward_worker **out);
/** @return 0; -errno. */
__attribute__((warn_unused_result)) int forward_worker_start(struct forward_worker *worker);
/** Stop and join it. */
void forward_worker_stop(struct forward_worker *worker);
/** Let go of streams, packets and sessions: all workers have stopped. */
void forward_worker_clear(struct forward_worker *worker);
/** Accepts NULL. All workers have been cleared. */
void forward_worker_destroy(struct forward_worker *worker);
/** A session that was given to it is over, or never began. */
void forward_worker_unlist(struct forward_worker *worker, struct forward_session *session);

void forward_worker_log(const struct forward_worker *worker, int level, const char *event, const char *detail);
/** The wall clock that goes with a monotonic time, as NTP. It does not jump when the machine's clock is set. */
uint64_t forward_worker_ntp(const struct forward_worker *worker, int64_t now_us);
/** Wake the loop when a tap's fd can be read (or has hung up). @return 0; -errno. */
__attribute__((warn_unused_result)) int forward_worker_watch(struct forward_worker *worker, int fd,
                                                             struct forward_stream *stream);

/** Before fd is closed: a copy of it in a process just forking would keep it in the epoll set. */
void forward_worker_unwatch(struct forward_worker *worker, int fd);

/* ingress.c */
/** Take what the socket holds. */
void forward_ingress(struct forward_worker *worker);
/** One message, however it came. */
void forward_ingress_message(struct forward_worker *worker, struct media_udp_received *received);
/* worker_commands.c */
/** What was asked for after the worker had stopped. */
void forward_worker_drop_commands(struct forward_worker *worker);
void forward_worker_commands(struct forward_worker *worker);
/* worker_timers.c */
void forward_worker_tick(struct forward_worker *worker);
void forward_worker_snapshot(struct forward_worker *worker);

int64_t forward_now_us(void); /**< monotonic */
#endif
