#include "forward/connections.h"

#include <errno.h>

#include "forward/session.h"

enum { PORTS_TRIED = 32 };

static void on_receive(struct media_udp_received *received, void *ctx)
{
	forward_ingress_message(ctx, received);
}

/** The first worker listens; who comes goes on to their session's worker with their first check. */
static int open_tcp(struct forward_worker *worker)
{
	struct media_tcp_hooks hooks = {.receive = on_receive, .ctx = worker};
	int status =
	        media_tcp_create(worker->tcp_bounds, worker->config->consent_timeout_s * 1000000, &hooks, &worker->tcp);
	if (status == 0 && worker->index == 0)
		status = media_tcp_listen(worker->tcp, media_udp_port(worker->udp));
	if (status == 0)
		media_udp_carry_tcp(worker->udp, worker->tcp);
	return status;
}

static int open_both(struct forward_worker *worker)
{
	int status = worker->index ? media_udp_open_beside(worker->peers[0]->udp, &worker->udp)
	                           : media_udp_open(worker->config->port, &worker->udp);
	if (status == 0 && worker->index == 0 && worker->peer_count > 1)
		status = media_udp_share(worker->udp);
	if (status == 0 && worker->tcp_bounds)
		status = open_tcp(worker);
	return status;
}

int forward_connections_open_ports(struct forward_worker *worker)
{
	int status = open_both(worker);
	/* a number that the kernel chose for UDP may be somebody's for TCP */
	for (int i = 0; status == -EADDRINUSE && worker->config->port == 0 && i < PORTS_TRIED; i++) {
		media_udp_close(worker->udp);
		media_tcp_destroy(worker->tcp);
		worker->udp = NULL;
		worker->tcp = NULL;
		status = open_both(worker);
	}
	return status;
}

void forward_connections_poll(struct forward_worker *worker)
{
	worker->now_us = forward_now_us();
	/* a peer may be faster than the message that tells us of its session */
	forward_worker_commands(worker);
	media_tcp_poll(worker->tcp, worker->now_us);
}

void forward_connections_checked(struct forward_worker *worker, const struct media_path *from)
{
	if (from->tcp)
		media_tcp_vouch(worker->tcp, from->tcp, worker->now_us);
}

void forward_connections_end(struct forward_worker *worker, const struct forward_session *session)
{
	for (size_t i = 0; i < FORWARD_SESSION_ADDRESSES; i++) {
		const struct forward_address *a = &session->addresses[i];
		if (a->session && a->key.tcp)
			media_tcp_end(worker->tcp, a->key.tcp, worker->now_us);
	}
}
