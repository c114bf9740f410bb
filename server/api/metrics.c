/* /metrics as Prometheus reads it, /healthz, /readyz. Hub thread. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/hls.h"
#include "api/metrics_media.h"
#include "api/resources.h"
#include "api/rooms.h"
#include "base/clock.h"
#include "media.h"

static void gauge(GString *out, const char *name, const char *help, double value)
{
	metrics_single(out, METRICS_GAUGE, name, help, value);
}

static void counter(GString *out, const char *name, const char *help, double value)
{
	metrics_single(out, METRICS_COUNTER, name, help, value);
}

static void put_hub(GString *out, const struct hub *hub)
{
	struct hub_stats s;

	hub_stats_get(hub, &s);
	counter(out, "http_requests_total", "HTTP requests answered.", (double)s.http_requests);
	gauge(out, "ws_connections", "WebSockets open now.", (double)s.ws_open);
	counter(out, "ws_opened_total", "WebSockets opened.", (double)s.ws_opened);
	counter(out, "ws_refused_total", "Connections refused: foreign origin or too many.", (double)s.ws_refused);
	counter(out, "address_refused_total", "Connections refused: too many of one address.",
	        (double)s.address_refused);
	counter(out, "ws_frames_sent_total", "Frames sent.", (double)s.frames_sent);
	counter(out, "ws_sent_bytes_total", "Bytes sent in frames.", (double)s.bytes_sent);
	counter(out, "ws_dropped_reactions_total", "Reactions left out for slow viewers.", (double)s.dropped_reactions);
	counter(out, "ws_dropped_chat_total", "Chat lines left out for slow viewers.", (double)s.dropped_chat);
	counter(out, "ws_closed_slow_total", "WebSockets closed because they were too slow.", (double)s.closed_slow);
}

static void put_api(GString *out, const struct api *api)
{
	const struct api_counters *c = &api->counters;

	gauge(out, "rooms", "Shows with a room.", g_hash_table_size(api->rooms));
	gauge(out, "accounts_connected", "Accounts with a WebSocket.", g_hash_table_size(api->people));
	counter(out, "ws_messages_total", "Messages received.", (double)c->ws_messages);
	counter(out, "ws_errors_total", "Messages answered with an error.", (double)c->ws_errors);
	counter(out, "chat_lines_total", "Chat lines posted.", (double)c->chat_lines);
	counter(out, "claims_held_total", "Claims that hold something.", (double)c->claims_held);
	counter(out, "claims_waitlisted_total", "Claims that wait for what others hold.", (double)c->claims_waitlisted);
	counter(out, "claims_sold_out_total", "Claims that came too late.", (double)c->claims_sold_out);
	counter(out, "holds_expired_total", "Holds that ran out.", (double)c->holds_expired);
	counter(out, "orders_paid_total", "Orders paid.", (double)c->orders_paid);
	counter(out, "orders_failed_total", "Payments that failed.", (double)c->orders_failed);
}

static void put_hls(GString *out, const struct api_hls *hls)
{
	const struct api_hls_counters *c = &hls->counters;
	struct api_hls_now now;

	api_hls_count(hls, &now);
	gauge(out, "hls_streams", "Shows with a pipeline.", (double)now.streams);
	gauge(out, "hls_watched", "Of them, those that are watched by HLS.", (double)now.watched);
	gauge(out, "hls_viewers", "Addresses and programs that asked of late; behind a CDN those of the CDN.",
	      (double)now.viewers);
	gauge(out, "hls_held", "Requests that wait for what is coming.", (double)now.held);
	gauge(out, "hls_kept_bytes", "Packaged media kept in memory for those who ask next.", (double)now.bytes);
	counter(out, "hls_requests_total", "Requests for playlists and packaged media.", (double)c->requests);
	counter(out, "hls_sent_bytes_total", "Bytes of playlists and packaged media.", (double)c->bytes);
	counter(out, "hls_refused_total", "Requests answered with an error.", (double)c->refused);
	counter(out, "hls_late_total", "Of them, those for what did not come in time.", (double)c->late);
	counter(out, "pipeline_restarts_total", "Pipelines of shows that were started again.", (double)c->restarts);
}

typedef double show_value(const struct api_room *room, const struct media_stream_stats *stats);

static double value_viewers(const struct api_room *room, const struct media_stream_stats *stats)
{
	return (double)chat_room_viewers(room->chat);
}

static double value_video(const struct api_room *room, const struct media_stream_stats *stats)
{
	return (double)stats->video_bps;
}

static double value_loss(const struct api_room *room, const struct media_stream_stats *stats)
{
	return stats->loss;
}

static double value_rtt(const struct api_room *room, const struct media_stream_stats *stats)
{
	return (double)stats->rtt_us / 1e6;
}

static const struct {
	const char *name, *help;
	show_value *value;
} show_values[] = {
        {"show_viewers", "People in a show's room.", value_viewers},
        {"show_video_bits_per_second", "What the host's video takes.", value_video},
        {"show_loss_ratio", "Share of the host's packets that were lost.", value_loss},
        {"show_rtt_seconds", "Round trip to the host.", value_rtt},
};

static void put_shows(GString *out, struct api *api)
{
	GHashTableIter iter;
	gpointer value;

	for (size_t i = 0; i < G_N_ELEMENTS(show_values); i++) {
		metrics_family(out, METRICS_GAUGE, show_values[i].name, show_values[i].help);
		g_hash_table_iter_init(&iter, api->rooms);
		while (g_hash_table_iter_next(&iter, NULL, &value)) {
			const struct api_room *room = value;
			struct media_stream_stats stats = {0};
			char label[64];

			if (media_stream_stats(api->engines.media, room->name, &stats))
				stats = (struct media_stream_stats){0};
			g_snprintf(label, sizeof(label), "show=\"%s\"", room->name);
			metrics_sample(out, show_values[i].name, label, show_values[i].value(room, &stats));
		}
	}
}

/** Under the names that every process has. */
static void put_process(GString *out)
{
	struct rusage usage;
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file) {
		if (fscanf(file, "%*u %lu", &pages) != 1)
			pages = 0;
		fclose(file);
	}
	g_string_append_printf(out,
	                       "# HELP process_resident_memory_bytes Resident memory.\n"
	                       "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %lu\n",
	                       pages * (unsigned long)sysconf(_SC_PAGESIZE));
	getrusage(RUSAGE_SELF, &usage);
	g_string_append_printf(out,
	                       "# HELP process_cpu_seconds_total User and system time.\n"
	                       "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total %.6f\n",
	                       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	                               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

static void send_text(struct hub_request *request, int status, const char *type, const char *text, size_t len)
{
	static const struct hub_header no_store = {"Cache-Control", "no-store"};
	struct base_buffer *body = base_buffer_copy(text, len);

	hub_request_reply(request, status, type, &no_store, 1, body);
	base_buffer_unref(body);
}

void api_metrics_get(struct api *api, struct hub_request *request)
{
	GString *out = g_string_new(NULL);

	put_hub(out, api->hub);
	put_api(out, api);
	put_hls(out, api->hls);
	api_metrics_media(out, api->engines.media);
	put_shows(out, api);
	put_process(out);
	send_text(request, 200, "text/plain; version=0.0.4; charset=utf-8", out->str, out->len);
	g_string_free(out, TRUE);
}

void api_metrics_health(struct api *api, struct hub_request *request)
{
	send_text(request, 200, "application/json", "{\"alive\":true}", 14);
}

void api_metrics_ready(struct api *api, struct hub_request *request)
{
	if (atomic_load(&api->draining))
		send_text(request, 503, "application/json", "{\"ready\":false}", 15);
	else
		send_text(request, 200, "application/json", "{\"ready\":true}", 14);
}
