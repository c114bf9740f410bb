/* What is done by the clock. */
#include <malloc.h>

#include "forward/estimate.h"
#include "forward/layers.h"
#include "forward/failure.h"
#include "forward/publisher.h"
#include "forward/stream.h"

enum { SECOND_US = 1000000, STATS_US = 500000, CATCH_UP_US = 4000, CROWD = 64 /**< sessions */ };

const int64_t media_loss_bounds_pm[MEDIA_LOSS_BOUNDS] = {0, 10, 20, 50, 100, 200};

static void check_half_open(struct forward_worker *worker, struct forward_session_list *list)
{
	for (struct forward_session *s = list->first, *next; s; s = next) {
		next = s->next;
		if (worker->now_us - s->opened_us <= FORWARD_HALF_OPEN_US)
			continue;
		forward_failure_count(&worker->stats, s->dtls ? "peer does not answer" : "never connected");
		forward_session_close(s, "never connected");
	}
}

static void check_handshakes(struct forward_worker *worker)
{
	for (struct forward_session *s = worker->handshaking.first, *next; s; s = next) {
		next = s->next;
		forward_handshake_timers(s);
	}
}

static void check_publishers(struct forward_worker *worker)
{
	for (struct forward_session *s = worker->publishers.first, *next; s; s = next) {
		struct forward_stream *stream = s->stream;
		next = s->next;
		forward_publisher_timers(s);
		forward_handshake_timers(s);
		if (stream->picture && worker->now_us - forward_stream_picture_us(stream) > FORWARD_PICTURE_LOST_US)
			forward_stream_set_picture(stream, false);
	}
}

/** For a while: who catches up gets no time that others need for live. Who has no share of it is the next tick's first.
 */
static void catch_up(struct forward_worker *worker)
{
	int64_t end_us = worker->catching ? forward_now_us() + CATCH_UP_US : 0;
	size_t at = 0;
	for (struct forward_session *s = worker->viewers.first; s && worker->catching; s = s->next) {
		if (at++ < worker->catch_from || !forward_subscription_catching_up(&s->subscriptions[FORWARD_VIDEO]))
			continue;
		forward_subscription_catch_up(s, FORWARD_VIDEO);
		if (forward_now_us() >= end_us) {
			worker->catch_from = at;
			return;
		}
	}
	worker->catch_from = 0;
}

static void choose_layers(struct forward_worker *worker)
{
	for (struct forward_session *s = worker->viewers.first; s; s = s->next)
		forward_layers_choose(s);
}

static void tidy(struct forward_worker *worker)
{
	for (struct forward_session *s = worker->viewers.first; s; s = s->next)
		forward_subscription_tidy(s, FORWARD_VIDEO);
}

/** Handshakes take tens of kilobytes each while they last: once a crowd has come, the system gets those back. */
static void give_back(struct forward_worker *worker)
{
	if (worker->handshaking.count || worker->serial - worker->tidied < CROWD)
		return;
	worker->tidied = worker->serial;
	malloc_trim(0);
}

static void check_consent(struct forward_worker *worker, struct forward_session_list *list)
{
	int64_t limit = worker->config->consent_timeout_s * SECOND_US;
	for (struct forward_session *s = list->first, *next; s; s = next) {
		next = s->next;
		if (worker->now_us - s->ice.last_check_us <= limit)
			continue;
		worker->stats.consent_timeouts++;
		forward_session_close(s, "consent timeout");
	}
}

static void count_layers(const struct forward_worker *worker, struct media_stats *stats)
{
	_Static_assert(FORWARD_TRACKS - FORWARD_VIDEO == MEDIA_LAYERS, "each layer is a track");
	for (const struct forward_session *s = worker->viewers.first; s; s = s->next) {
		const struct forward_subscription *video = &s->subscriptions[FORWARD_VIDEO];
		if (video->active && video->track >= FORWARD_VIDEO && video->packets)
			stats->viewers_by_layer[video->track - FORWARD_VIDEO]++;
	}
}

static void count_losses(const struct forward_worker *worker, struct media_stats *stats)
{
	for (const struct forward_session *s = worker->viewers.first; s; s = s->next) {
		const struct forward_subscription *video = &s->subscriptions[FORWARD_VIDEO];
		size_t i = 0;
		while (i < MEDIA_LOSS_BOUNDS && video->loss * 1000 > (double)media_loss_bounds_pm[i])
			i++;
		stats->viewers_by_loss[i] += video->reported;
	}
}

void forward_worker_snapshot(struct forward_worker *worker)
{
	struct media_stats stats = worker->stats;
	struct media_udp_stats udp;
	struct media_tcp_stats tcp = {0};
	media_udp_stats_get(worker->udp, &udp);
	count_layers(worker, &stats);
	count_losses(worker, &stats);
	stats.publishers = (int64_t)worker->publishers.count;
	stats.viewers = (int64_t)worker->viewers.count;
	stats.sessions =
	        stats.publishers + stats.viewers + (int64_t)(worker->opening.count + worker->handshaking.count);
	if (worker->tcp)
		media_tcp_stats_get(worker->tcp, &tcp);
	stats.packets_out = udp.sent + tcp.sent;
	stats.bytes_out = udp.sent_bytes + tcp.sent_bytes;
	stats.runs = udp.messages;
	stats.sends = udp.sends + tcp.sends;
	stats.send_dropped = udp.dropped;
	stats.tcp_connections = (int64_t)tcp.connections;
	stats.tcp_accepted = tcp.accepted;
	stats.tcp_refused = tcp.refused;
	stats.tcp_closed = tcp.malformed + tcp.timed_out;
	stats.tcp_packets_out = tcp.sent;
	stats.tcp_dropped = tcp.dropped;
	forward_directory_set_stats(worker->directory, worker->index, &stats);
	for (size_t i = 0; i < worker->streams.bucket_count; i++)
		for (struct forward_map_node *n = worker->streams.buckets[i]; n; n = n->next)
			forward_stream_publish_stats(forward_container(n, struct forward_stream, node));
}

void forward_worker_tick(struct forward_worker *worker)
{
	check_handshakes(worker);
	check_publishers(worker);
	catch_up(worker);
	forward_estimate_tick(worker);
	forward_mirrors_again(worker);
	if (worker->now_us >= worker->next_choice_us) {
		worker->next_choice_us = worker->now_us + FORWARD_LAYERS_EVERY_US;
		choose_layers(worker);
	}
	if (worker->now_us >= worker->next_second_us) {
		worker->next_second_us = worker->now_us + SECOND_US;
		check_half_open(worker, &worker->opening);
		check_half_open(worker, &worker->handshaking);
		check_consent(worker, &worker->viewers);
		check_consent(worker, &worker->publishers);
		tidy(worker);
		give_back(worker);
		forward_estimate_second(worker);
		forward_mirrors_watch(worker);
		if (worker->tcp)
			media_tcp_tick(worker->tcp, worker->now_us);
	}
	if (worker->now_us >= worker->next_stats_us) {
		worker->next_stats_us = worker->now_us + STATS_US;
		forward_worker_snapshot(worker);
	}
}
