#include "forward/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "forward/connections.h"
#include "forward/mirror.h"
#include "forward/peers.h"
#include "forward/routes.h"
#include "forward/session.h"
#include "forward/source.h"
#include "forward/stream.h"
#include "rtp/ntp.h"

enum { EVENTS = 32, REST_SHARE = 8 };

static int64_t clock_us(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t forward_now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

uint64_t forward_worker_ntp(const struct forward_worker *worker, int64_t now_us)
{
	return media_ntp_from_unix_us(now_us + worker->wall_offset_us);
}

void forward_worker_log(const struct forward_worker *worker, int level, const char *event, const char *detail)
{
	if (worker->config->log)
		worker->config->log(level, event, detail, worker->config->ctx);
}

static int watch(struct forward_worker *worker, int fd, void *what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
	return epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

int forward_worker_watch(struct forward_worker *worker, int fd, struct forward_stream *stream)
{
	return watch(worker, fd, stream);
}

void forward_worker_unwatch(struct forward_worker *worker, int fd)
{
	epoll_ctl(worker->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static int open_descriptors(struct forward_worker *w)
{
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll_fd < 0)
		return -errno;
	w->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (w->timer_fd < 0)
		return -errno;
	w->sources_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w->sources_fd < 0)
		return -errno;
	int status = forward_connections_open_ports(w);
	if (status == 0 && !w->config->segmentation_offload)
		media_udp_offload(w->udp, false);
	if (status == 0)
		status = forward_commands_create(&w->commands);
	/* the loop tells them apart by these addresses; anything else is a stream with a tap */
	if (status == 0)
		status = watch(w, media_udp_fd(w->udp), &w->udp);
	if (status == 0 && w->tcp)
		status = watch(w, media_tcp_fd(w->tcp), &w->tcp);
	if (status == 0)
		status = watch(w, forward_commands_fd(w->commands), &w->commands);
	if (status == 0)
		status = forward_inbox_create(&w->inbox);
	if (status == 0)
		status = watch(w, w->inbox->fd, &w->inbox);
	if (status == 0)
		status = watch(w, w->timer_fd, &w->timer_fd);
	if (status == 0)
		status = watch(w, w->sources_fd, &w->sources_fd);
	return status;
}

static int make_tables(struct forward_worker *w)
{
	size_t n = (size_t)w->config->max_sessions;
	int status = forward_turns_init(&w->turns);
	if (status == 0)
		status = forward_map_init(&w->ufrags, n);
	if (status == 0)
		status = forward_map_init(&w->addresses, 2 * n);
	if (status == 0)
		status = forward_map_init(&w->names, n);
	if (status == 0 && w->peer_count > 1)
		status = forward_routes_create(2 * n, &w->routes);
	return status == 0 ? forward_map_init(&w->streams, n) : status;
}

int forward_worker_create(const struct media_config *config, struct media_dtls_context *dtls,
                          struct forward_directory *directory, struct media_tcp_bounds *tcp_bounds,
                          struct forward_worker *const *peers, size_t peer_count, uint8_t index,
                          struct forward_worker **out)
{
	struct forward_worker *w = calloc(1, sizeof *w);
	if (!w)
		return -ENOMEM;
	w->config = config;
	w->dtls = dtls;
	w->directory = directory;
	w->tcp_bounds = tcp_bounds;
	w->peers = peers;
	w->peer_count = peer_count;
	w->index = w->via = index;
	w->epoll_fd = w->timer_fd = w->sources_fd = -1;
	w->wall_offset_us = clock_us(CLOCK_REALTIME) - forward_now_us();
	int status = make_tables(w);
	if (status == 0)
		status = open_descriptors(w);
	if (status != 0) {
		forward_worker_destroy(w);
		return status;
	}
	*out = w;
	return 0;
}

static void set_timer(struct forward_worker *w)
{
	int64_t us =
	        w->handshaking.count || w->publishers.count || w->catching || w->probing || w->mirrors || w->links_due
	                ? FORWARD_TICK_US
	                : FORWARD_IDLE_TICK_US;
	if (us == w->timer_us)
		return;
	struct timespec step = {.tv_sec = 0, .tv_nsec = us * 1000};
	struct itimerspec spec = {.it_interval = step, .it_value = step};
	timerfd_settime(w->timer_fd, 0, &spec, NULL);
	w->timer_us = us;
}

static void on_timer(struct forward_worker *w)
{
	uint64_t expirations;
	if (read(w->timer_fd, &expirations, sizeof expirations) > 0)
		forward_worker_tick(w);
}

/** Free what was closed in this round, now that nothing points at it. */
static void reap(struct forward_worker *w)
{
	while (w->reaped) {
		struct forward_session *session = w->reaped;
		w->reaped = session->next;
		forward_session_free(session);
	}
	while (w->dead_streams) {
		struct forward_stream *stream = w->dead_streams;
		w->dead_streams = stream->next_dead;
		free(stream);
	}
}

static void dispatch(struct forward_worker *w, void *what)
{
	if (what == &w->udp)
		forward_ingress(w);
	else if (what == &w->tcp)
		forward_connections_poll(w);
	else if (what == &w->commands)
		forward_worker_commands(w);
	else if (what == &w->timer_fd)
		on_timer(w);
	else if (what == &w->sources_fd)
		forward_sources_readable(w);
	else if (what == &w->inbox)
		forward_inbox_heard(w->inbox);
	else
		forward_tap_readable(what);
}

/** Sources that others still have mirrors of, and mirrors, go only when all workers have stopped. */
static void close_streams(struct forward_worker *w)
{
	for (size_t i = 0; i < w->streams.bucket_count; i++)
		for (struct forward_map_node *n = w->streams.buckets[i], *next; n; n = next) {
			next = n->next; /* closed ones are freed at the end of the round */
			forward_stream_close(forward_container(n, struct forward_stream, node), "server stopping");
		}
}

static struct timespec span(int64_t us)
{
	return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

/** A busy worker is not woken by each datagram: what comes within a part of the hold is taken together. */
static void rest(const struct forward_worker *w, int64_t left_us)
{
	int64_t rest_us = w->load.hold_us / REST_SHARE;
	rest_us = rest_us < left_us ? rest_us : left_us;
	if (rest_us <= 0)
		return;
	struct timespec time = span(rest_us);
	nanosleep(&time, NULL);
}

/** Wait for something to do, at most until a time [monotonic µs]. */
static int wait_until(struct forward_worker *w, struct epoll_event *events, int64_t until_us)
{
	int64_t began_us = forward_now_us(), left_us;
	struct timespec left = {.tv_sec = 0};
	forward_latency_end(&w->latency, began_us, &w->stats);
	rest(w, until_us - began_us);
	left_us = until_us - forward_now_us();
	if (!forward_inbox_sleep(w->inbox))
		until_us = left_us = 0;
	if (left_us > 0)
		left = span(left_us);
	int n = epoll_pwait2(w->epoll_fd, events, EVENTS, until_us == INT64_MAX ? NULL : &left, NULL);
	forward_inbox_awake(w->inbox);
	w->now_us = forward_now_us();
	forward_load_note(&w->load, w->now_us, w->now_us - began_us, w->config->gather_us);
	atomic_store_explicit(&w->busy_pc, w->load.busy_pc, memory_order_relaxed);
	return n;
}

static void *run(void *arg)
{
	struct forward_worker *w = arg;
	struct epoll_event events[EVENTS];
	int64_t due_us = INT64_MAX;
	w->now_us = forward_now_us();
	while (!w->stopping) {
		set_timer(w);
		int n = wait_until(w, events, due_us);
		for (int i = 0; i < n; i++)
			dispatch(w, events[i].data.ptr);
		forward_peers_receive(w);
		forward_mirrors_receive(w);
		forward_peers_wake(w);
		due_us = forward_gather_send_due(w);
		media_udp_flush(w->udp);
		forward_peers_wake(w);
		if (forward_handshakes_turn(w))
			due_us = w->now_us;
		reap(w);
	}
	close_streams(w);
	media_udp_flush(w->udp);
	reap(w);
	forward_worker_snapshot(w);
	return NULL;
}

int forward_worker_start(struct forward_worker *worker)
{
	sigset_t all, before;
	/* signals are the main thread's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int status = pthread_create(&worker->thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -status;
}

void forward_worker_stop(struct forward_worker *worker)
{
	forward_commands_push(worker->commands, &(struct forward_command){.type = FORWARD_STOP});
	pthread_join(worker->thread, NULL);
}

void forward_worker_clear(struct forward_worker *worker)
{
	if (!worker->inbox || !worker->commands)
		return;
	forward_worker_drop_commands(worker);
	forward_mirrors_drop(worker);
	/* sources that had mirrors, and mirrors */
	for (size_t i = 0; i < worker->streams.bucket_count; i++)
		while (worker->streams.buckets[i])
			forward_stream_free(forward_container(worker->streams.buckets[i], struct forward_stream, node));
}

void forward_worker_unlist(struct forward_worker *worker, struct forward_session *session)
{
	forward_directory_remove_session(worker->directory, &session->listed);
	forward_directory_leave_place(worker->directory, session->stream_name);
	atomic_fetch_sub(&worker->burden, 1);
}

void forward_worker_destroy(struct forward_worker *worker)
{
	if (!worker)
		return;
	forward_commands_destroy(worker->commands);
	forward_inbox_destroy(worker->inbox);
	forward_routes_destroy(worker->routes);
	forward_pool_trim(&worker->pool, 0);
	forward_turns_finish(&worker->turns);
	media_udp_close(worker->udp);
	media_tcp_destroy(worker->tcp);
	if (worker->timer_fd >= 0)
		close(worker->timer_fd);
	if (worker->sources_fd >= 0)
		close(worker->sources_fd);
	if (worker->epoll_fd >= 0)
		close(worker->epoll_fd);
	forward_map_finish(&worker->ufrags);
	forward_map_finish(&worker->addresses);
	forward_map_finish(&worker->names);
	forward_map_finish(&worker->streams);
	free(worker);
}
