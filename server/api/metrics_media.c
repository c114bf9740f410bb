/* What the media engine tells /metrics. */
#include "api/metrics_media.h"

#include <string.h>

/** Numbers of struct media_stats, each 64 bits wide. */
static const struct {
	enum metrics_kind kind;
	const char *name, *help;
	size_t offset;
} numbers[] = {
#define NUMBER(kind, name, help, field)                                                                                \
	{                                                                                                              \
		kind, "media_" name, help, offsetof(struct media_stats, field)                                         \
	}
        NUMBER(METRICS_GAUGE, "sessions", "WebRTC sessions.", sessions),
        NUMBER(METRICS_GAUGE, "publishers", "Hosts that send.", publishers),
        NUMBER(METRICS_GAUGE, "viewers", "Viewers that receive.", viewers),
        NUMBER(METRICS_COUNTER, "packets_in_total", "Packets received.", packets_in),
        NUMBER(METRICS_COUNTER, "in_bytes_total", "Bytes received.", bytes_in),
        NUMBER(METRICS_COUNTER, "packets_out_total", "Packets sent.", packets_out),
        NUMBER(METRICS_COUNTER, "out_bytes_total", "Bytes sent.", bytes_out),
        NUMBER(METRICS_COUNTER, "runs_out_total", "Messages to the kernel, each a run of equal packets to one viewer.",
               runs),
        NUMBER(METRICS_COUNTER, "sends_total", "System calls that sent.", sends),
        NUMBER(METRICS_COUNTER, "send_dropped_total", "Packets that a full socket cost.", send_dropped),
        NUMBER(METRICS_COUNTER, "rtp_malformed_total", "Malformed RTP or RTCP.", rtp_malformed),
        NUMBER(METRICS_COUNTER, "srtp_failed_total", "Packets that failed authentication.", srtp_failed),
        NUMBER(METRICS_COUNTER, "srtp_replayed_total", "Packets seen before.", srtp_replayed),
        NUMBER(METRICS_COUNTER, "stun_rejected_total", "Connectivity checks refused.", stun_rejected),
        NUMBER(METRICS_COUNTER, "dtls_unvalidated_total", "DTLS from addresses without ICE.", dtls_unvalidated),
        NUMBER(METRICS_COUNTER, "datagrams_unknown_total", "Datagrams of no session.", datagrams_unknown),
        NUMBER(METRICS_COUNTER, "nack_received_total", "Packets viewers asked for again.", nack_received),
        NUMBER(METRICS_COUNTER, "nack_answered_total", "Of them sent again.", nack_answered),
        NUMBER(METRICS_COUNTER, "nack_missed_total",
               "Of them not sent again: no longer kept, or more than the line carries.", nack_missed),
        NUMBER(METRICS_COUNTER, "nack_sent_total", "Packets asked from hosts again.", nack_sent),
        NUMBER(METRICS_COUNTER, "pli_received_total", "Keyframes viewers asked for.", pli_received),
        NUMBER(METRICS_COUNTER, "keyframes_asked_total", "Keyframes asked from hosts.", keyframes_asked),
        NUMBER(METRICS_COUNTER, "consent_timeouts_total", "Sessions that fell silent.", consent_timeouts),
        NUMBER(METRICS_COUNTER, "tap_packets_total", "Packets handed to the pipeline.", tap_packets),
        NUMBER(METRICS_COUNTER, "tap_drops_total", "Packets the pipeline was too slow for.", tap_drops),
        NUMBER(METRICS_COUNTER, "datagrams_passed_total", "Datagrams passed to the worker that their session is on.",
               datagrams_passed),
        NUMBER(METRICS_COUNTER, "handover_drops_total", "Packets that another worker had no room for.", handover_drops),
        NUMBER(METRICS_COUNTER, "feedback_received_total", "Reports on when packets came, from viewers.",
               feedback_received),
        NUMBER(METRICS_COUNTER, "probes_total", "Times that a viewer's line was probed for more.", probes),
        NUMBER(METRICS_COUNTER, "probe_packets_total", "Padding sent to probe.", probe_packets),
        NUMBER(METRICS_GAUGE, "estimates_bits_per_second",
               "What the lines of viewers carry, those that are known together.", estimates_bps),
        NUMBER(METRICS_COUNTER, "layer_switches_total", "Changes of viewers from one layer to another.",
               layer_switches),
        NUMBER(METRICS_GAUGE, "tcp_connections", "TCP connections open now.", tcp_connections),
        NUMBER(METRICS_COUNTER, "tcp_accepted_total", "TCP connections taken.", tcp_accepted),
        NUMBER(METRICS_COUNTER, "tcp_refused_total", "TCP connections refused, one too many.", tcp_refused),
        NUMBER(METRICS_COUNTER, "tcp_closed_total", "TCP connections closed, silent or malformed.", tcp_closed),
        NUMBER(METRICS_COUNTER, "tcp_packets_out_total", "Of the packets sent, those over TCP.", tcp_packets_out),
        NUMBER(METRICS_COUNTER, "tcp_dropped_total", "Packets not sent to peers too slow for them, over TCP.",
               tcp_dropped),
#undef NUMBER
};

static void put_failures(GString *out, const struct media_stats *s)
{
	static const char name[] = "media_handshakes_failed_total";

	metrics_family(out, METRICS_COUNTER, name, "Sessions that never connected, by why.");
	for (int i = 0; i < MEDIA_FAILURES; i++) {
		char label[40];

		g_snprintf(label, sizeof(label), "reason=\"%s\"", media_failure_name((enum media_failure)i));
		metrics_sample(out, name, label, (double)s->failed[i]);
	}
}

static void put_layers(GString *out, const struct media_stats *s)
{
	static const char name[] = "media_layer_viewers";

	metrics_family(out, METRICS_GAUGE, name, "Viewers by the layer of the picture that they get.");
	for (int i = 0; i < MEDIA_LAYERS; i++) {
		char label[40];

		g_snprintf(label, sizeof(label), "layer=\"%d\"", i);
		metrics_sample(out, name, label, (double)s->viewers_by_layer[i]);
	}
}

/** Each viewer counts once, under the bound that its line stays below. */
static void put_estimates(GString *out, const struct media_stats *s)
{
	static const char name[] = "media_estimate_viewers";

	metrics_family(out, METRICS_GAUGE, name, "Viewers by what their line carries, up to so many bits a second.");
	for (int i = 0; i <= MEDIA_ESTIMATE_BOUNDS; i++) {
		char label[60];

		if (i < MEDIA_ESTIMATE_BOUNDS)
			g_snprintf(label, sizeof(label), "upto=\"%" G_GINT64_FORMAT "\"",
			           (gint64)media_estimate_bounds_bps[i]);
		else
			g_snprintf(label, sizeof(label), "upto=\"more\"");
		metrics_sample(out, name, label, (double)s->viewers_by_estimate[i]);
	}
}

static void put_losses(GString *out, const struct media_stats *s)
{
	static const char name[] = "media_loss_viewers";

	metrics_family(out, METRICS_GAUGE, name,
	               "Viewers by the share of packets that they report lost, before repair.");
	for (int i = 0; i <= MEDIA_LOSS_BOUNDS; i++) {
		char label[60], bound[G_ASCII_DTOSTR_BUF_SIZE] = "more";

		if (i < MEDIA_LOSS_BOUNDS)
			g_ascii_formatd(bound, sizeof(bound), "%.2f", (double)media_loss_bounds_pm[i] / 1000);
		g_snprintf(label, sizeof(label), "upto=\"%s\"", bound);
		metrics_sample(out, name, label, (double)s->viewers_by_loss[i]);
	}
}

void api_metrics_media(GString *out, struct media_engine *engine)
{
	struct media_stats s;

	media_engine_stats(engine, &s);
	for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
		int64_t value;

		memcpy(&value, (const char *)&s + numbers[i].offset, sizeof(value));
		metrics_single(out, numbers[i].kind, numbers[i].name, numbers[i].help, (double)value);
	}
	put_failures(out, &s);
	put_layers(out, &s);
	put_estimates(out, &s);
	put_losses(out, &s);
	metrics_times(out, "media_packet_inside_seconds",
	              "From when a host's packet was read until all viewers' copies were with the kernel.", &s.inside);
	metrics_times(out, "media_packet_hold_seconds", "Of it, waiting for companions.", &s.hold);
	metrics_times(out, "media_packet_pass_seconds", "Of it, the pass over the viewers.", &s.pass);
}
