/* /metrics as Prometheus reads it, /healthz, /readyz. Hub thread. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/resources.h"
#include "api/rooms.h"
#include "base/clock.h"
#include "media.h"

static void put(GString *out, const char *kind, const char *name, const char *help, double value)
{
	g_string_append_printf(out, "# HELP trunkshow_%s %s\n# TYPE trunkshow_%s %s\ntrunkshow_%s %.17g\n", name, help,
	                       name, kind, name, value);
}

static void gauge(GString *out, const char *name, const char *help, double value)
{
	put(out, "gauge", name, help, value);
}

static void counter(GString *out, const char *name, const char *help, double value)
{
	put(out, "counter", name, help, value);
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

static void put_media(GString *out, struct media_engine *engine)
{
	struct media_stats s;

	media_engine_stats(engine, &s);
	gauge(out, "media_sessions", "WebRTC sessions.", (double)s.sessions);
	gauge(out, "media_publishers", "Hosts that send.", (double)s.publishers);
	gauge(out, "media_viewers", "Viewers that receive.", (double)s.viewers);
	counter(out, "media_packets_in_total", "Packets received.", (double)s.packets_in);
	counter(out, "media_in_bytes_total", "Bytes received.", (double)s.bytes_in);
	counter(out, "media_packets_out_total", "Packets sent.", (double)s.packets_out);
	counter(out, "media_out_bytes_total", "Bytes sent.", (double)s.bytes_out);
	counter(out, "media_sends_total", "System calls that sent.", (double)s.sends);
	counter(out, "media_rtp_malformed_total", "Malformed RTP or RTCP.", (double)s.rtp_malformed);
	counter(out, "media_srtp_failed_total", "Packets that failed authentication.", (double)s.srtp_failed);
	counter(out, "media_srtp_replayed_total", "Packets seen before.", (double)s.srtp_replayed);
	counter(out, "media_stun_rejected_total", "Connectivity checks refused.", (double)s.stun_rejected);
	counter(out, "media_dtls_failed_total", "Handshakes that failed.", (double)s.dtls_failed);
	counter(out, "media_dtls_unvalidated_total", "DTLS from addresses without ICE.", (double)s.dtls_unvalidated);
	counter(out, "media_datagrams_unknown_total", "Datagrams of no session.", (double)s.datagrams_unknown);
	counter(out, "media_nack_received_total", "Packets viewers asked for again.", (double)s.nack_received);
	counter(out, "media_nack_answered_total", "Of them sent again.", (double)s.nack_answered);
	counter(out, "media_nack_missed_total", "Of them no longer kept.", (double)s.nack_missed);
	counter(out, "media_nack_sent_total", "Packets asked from hosts again.", (double)s.nack_sent);
	counter(out, "media_pli_received_total", "Keyframes viewers asked for.", (double)s.pli_received);
	counter(out, "media_keyframes_asked_total", "Keyframes asked from hosts.", (double)s.keyframes_asked);
	counter(out, "media_consent_timeouts_total", "Sessions that fell silent.", (double)s.consent_timeouts);
	counter(out, "media_tap_packets_total", "Packets handed to the pipeline.", (double)s.tap_packets);
	counter(out, "media_tap_drops_total", "Packets the pipeline was too slow for.", (double)s.tap_drops);
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
        {"show_video_bps", "What the host's video takes [bit/s].", value_video},
        {"show_loss", "Share of the host's packets that were lost.", value_loss},
        {"show_rtt_seconds", "Round trip to the host.", value_rtt},
};

static void put_shows(GString *out, struct api *api)
{
	GHashTableIter iter;
	gpointer value;

	for (size_t i = 0; i < G_N_ELEMENTS(show_values); i++) {
		g_string_append_printf(out, "# HELP trunkshow_%s %s\n# TYPE trunkshow_%s gauge\n", show_values[i].name,
		                       show_values[i].help, show_values[i].name);
		g_hash_table_iter_init(&iter, api->rooms);
		while (g_hash_table_iter_next(&iter, NULL, &value)) {
			const struct api_room *room = value;
			struct media_stream_stats stats = {0};

			if (media_stream_stats(api->engines.media, room->name, &stats))
				stats = (struct media_stream_stats){0};
			g_string_append_printf(out, "trunkshow_%s{show=\"%s\"} %.17g\n", show_values[i].name,
			                       room->name, show_values[i].value(room, &stats));
		}
	}
}

static void put_process(GString *out)
{
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
	put_media(out, api->engines.media);
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
