/* The one table of settings. A new setting is a field in settings.h and a row here. */
#include "base/settings_table.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#define KIB 1024LL
#define MIB (1024LL * KIB)

static bool one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static bool is_hosting(const char *text)
{
	return one_of(text, (const char *const[]){"approved", "anyone", NULL});
}

static bool is_password_cost(const char *text)
{
	return one_of(text, (const char *const[]){"normal", "min", NULL});
}

static bool is_payments(const char *text)
{
	return one_of(text, (const char *const[]){"test", NULL});
}

static bool is_log_level(const char *text)
{
	return one_of(text, (const char *const[]){"debug", "info", "warn", "error", NULL});
}

static bool is_log_format(const char *text)
{
	return one_of(text, (const char *const[]){"auto", "text", "json", NULL});
}

static bool is_currency(const char *text)
{
	for (int i = 0; i < 3; i++)
		if (text[i] < 'A' || text[i] > 'Z')
			return false;
	return text[3] == '\0';
}

static bool is_address(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

/* An origin as browsers write it: scheme, host, maybe a port; no path. */
static bool is_origin(const char *text)
{
	const char *host = strncmp(text, "https://", 8) == 0  ? text + 8
	                   : strncmp(text, "http://", 7) == 0 ? text + 7
	                                                      : NULL;

	if (*text == '\0')
		return true;
	if (!host || *host == '\0' || *host == ':')
		return false;
	for (; *host; host++)
		if (!isalnum((unsigned char)*host) && !strchr(".-:[]", *host))
			return false;
	return true;
}

/* rtmp://host/application, maybe with a port. */
static bool is_rtmp_url(const char *text)
{
	const char *host = text + 7, *slash;

	if (*text == '\0')
		return true;
	if (strncmp(text, "rtmp://", 7) != 0 || !(slash = strchr(host, '/')) || slash == host || slash[1] == '\0')
		return false;
	for (; *host; host++)
		if (!isalnum((unsigned char)*host) && !strchr(".-_:[]/", *host))
			return false;
	return true;
}

/* Whether every comma separated part of text, blanks around it taken away, is accepted; an empty text has none. */
static bool each_part(const char *text, bool (*accepts)(const char *part))
{
	while (*text) {
		char part[256];
		size_t len = strcspn(text, ","), skip = strspn(text, " \t"), end = len;

		while (end > skip && (text[end - 1] == ' ' || text[end - 1] == '\t'))
			end--;
		if (skip >= end || end - skip >= sizeof part)
			return false;
		memcpy(part, text + skip, end - skip);
		part[end - skip] = '\0';
		if (!accepts(part))
			return false;
		text += len;
		if (*text == ',' && *++text == '\0')
			return false;
	}
	return true;
}

static bool is_addresses(const char *text)
{
	return each_part(text, is_address);
}

static bool is_ice_url(const char *text)
{
	static const char *const schemes[] = {"stun:", "stuns:", "turn:", "turns:"};

	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		size_t len = strlen(schemes[i]);
		if (strncmp(text, schemes[i], len) == 0 && text[len] && !strpbrk(text, " \"\\<>"))
			return true;
	}
	return false;
}

static bool is_ice_urls(const char *text)
{
	return each_part(text, is_ice_url);
}

/* A word of a chat line, or a few with blanks between: letters of any script. */
static bool is_word(const char *text)
{
	if (strlen(text) > 31)
		return false;
	for (; *text; text++)
		if (isascii(*text) && !isalpha((unsigned char)*text) && *text != ' ')
			return false;
	return true;
}

static bool is_words(const char *text)
{
	return each_part(text, is_word);
}

bool settings_is_loopback(const char *address)
{
	return strcmp(address, "::1") == 0 || strncmp(address, "127.", 4) == 0;
}

#define AT(field) offsetof(struct base_settings, field)
#define PATH(field, value, words)                                                                                      \
	{                                                                                                              \
#field, SETTINGS_STRING, AT(field), value, 1, 4000, NULL, NULL, NULL, words                            \
	}
#define MAYBE(field, words)                                                                                            \
	{                                                                                                              \
#field, SETTINGS_STRING, AT(field), "", 0, 4000, NULL, NULL, NULL, words                               \
	}
#define TEXT(field, value, check, what, words)                                                                         \
	{                                                                                                              \
#field, SETTINGS_STRING, AT(field), value, 0, 4000, NULL, check, what, words                           \
	}
#define SECRET(field, words)                                                                                           \
	{                                                                                                              \
#field, SETTINGS_SECRET, AT(field), "", 8, 256, NULL, NULL, NULL, words                                \
	}
#define NUMBER(field, value, least, most, unit, words)                                                                 \
	{                                                                                                              \
#field, SETTINGS_NUMBER, AT(field), value, least, most, unit, NULL, NULL, words                        \
	}
#define SWITCH(field, value, words)                                                                                    \
	{                                                                                                              \
#field, SETTINGS_SWITCH, AT(field), value, 0, 1, NULL, NULL, NULL, words                               \
	}

const struct settings_row settings_rows[] = {
        PATH(data_dir, "./data", "Folder of the database, the uploads and the recordings."),
        TEXT(bind, "127.0.0.1", is_address, "an IPv4 or IPv6 address",
             "Address that HTTP listens on; `0.0.0.0` or `::` for all."),
        NUMBER(http_port, "8080", 0, 65535, "port", "TCP port of pages, API and WebSocket; 0 lets the kernel choose."),
        NUMBER(media_port, "7882", 0, 65535, "port",
               "UDP and TCP port of the media, on all addresses; 0 lets the kernel choose."),
        SWITCH(media_tcp, "on", "Media over TCP, too, for clients whose network lets no UDP through."),
        NUMBER(media_tcp_connections, "1000", 1, 100000, "connections", "Media connections over TCP at once."),
        NUMBER(media_tcp_per_address, "100", 1, 100000, "connections", "Of these, from one address (IPv6: network)."),
        PATH(web_dir, NULL, "Folder of the built pages."),
        PATH(pipeline_path, NULL, "The program `trunkshow-pipeline`."),
        TEXT(public_url, "", is_origin, "an origin such as https://example.org, or nothing",
             "Origin that the pages are served from when a reverse proxy stands in front."),
        MAYBE(tls_cert, "PEM file with the certificate chain; with `tls_key` the server speaks HTTPS itself."),
        MAYBE(tls_key, "PEM file with the private key of `tls_cert`."),
        TEXT(announce, "", is_addresses, "IP addresses separated by commas, or nothing",
             "Addresses at which clients reach the media port; empty: the machine's own."),
        TEXT(ice_servers, "", is_ice_urls, "stun: and turn: URLs separated by commas, or nothing",
             "STUN and TURN servers that clients are told of."),
        SECRET(turn_secret, "What coturn has as `static-auth-secret`: clients get credentials for the TURN servers."),
        NUMBER(turn_ttl_s, "86400", 60, 2592000, "s", "How long such credentials are good."),
        TEXT(hosting, "approved", is_hosting, "approved or anyone",
             "Who may host: `approved` accounts alone, or `anyone`."),
        SWITCH(rate_limits, "on", "Limits on attempts and on chat; `off` only for load tests on a loopback `bind`."),
        TEXT(password_cost, "normal", is_password_cost, "normal or min",
             "Cost of hashing a password; `min` only for load tests on a loopback `bind`."),
        TEXT(payments, "test", is_payments, "test", "Payment provider; must be said when `bind` is public."),
        TEXT(currency, "EUR", is_currency, "an ISO 4217 code such as EUR", "Currency of listings that name none."),
        NUMBER(hold_s, "300", 5, 86400, "s", "How long a claimed item is held for its buyer."),
        NUMBER(hold_per_buyer, "10", 1, 1000, "holds", "Open holds a buyer may have in all."),
        NUMBER(hold_per_item, "4", 1, 1000, "units", "Units of one item a buyer may hold at once."),
        NUMBER(wait_absent_s, "120", 5, 86400, "s",
               "Who waits and has no connection for this long leaves the waitlist."),
        NUMBER(wait_per_listing, "500", 0, 100000, "buyers", "How many may wait for one listing; 0: no waitlists."),
        NUMBER(items_per_show, "500", 1, 10000, "items", "Items a show may ever have, the removed included."),
        TEXT(claim_words, "sold,claim,mine,buy,take,meins,nehme,gekauft,je prends,vendu,mio,compro,mijn", is_words,
             "words separated by commas, or nothing",
             "Words that make a chat line with an item's number a claim, in the languages of the house."),
        NUMBER(fee_bp, "0", 0, 10000, "1/100 %", "The market's fee on what is sold, rounded once a line."),
        NUMBER(tax_bp, "0", 0, 10000, "1/100 %", "Tax contained in prices that the market itself remits."),
        NUMBER(keys_days, "30", 1, 3650, "days", "How long a repeated claim or checkout is known again."),
        NUMBER(notices_days, "90", 1, 3650, "days", "How long a notice is kept that was read."),
        NUMBER(notices_unread_days, "365", 1, 3650, "days", "How long a notice is kept that nobody read."),
        NUMBER(checkout_repeats, "16", 1, 1000, "requests",
               "Copies of one checkout that may wait while its provider thinks."),
        SWITCH(record, "on", "Record every show, so that it can be seen again and clips be made of it."),
        NUMBER(recordings_days, "30", 0, 36500, "days",
               "How long a recording is kept after its show has ended, with its clips; 0: until it is removed."),
        NUMBER(recordings_max_bytes, "0", 0, INT64_C(1) << 60, "bytes",
               "Of all recordings, clips included: the oldest go first, never one of a show on air; 0: no bound."),
        NUMBER(recordings_free_bytes, "1073741824", 0, INT64_C(1) << 60, "bytes",
               "With less free space on the disk no recording begins, and those under way stop."),
        NUMBER(host_absent_s, "600", 10, 86400, "s", "A show whose host is away this long ends by itself."),
        NUMBER(max_connections, "20000", 16, 1000000, "connections",
               "HTTP and WebSocket connections at once; more are refused."),
        NUMBER(connections_per_address, "1000", 0, 1000000, "connections",
               "HTTP and WebSocket connections at once from one address that is neither loopback nor the reverse "
               "proxy's; 0: no bound."),
        NUMBER(max_body_bytes, "65536", KIB, 64 * MIB, "bytes", "Largest body of an API request."),
        NUMBER(max_frame_bytes, "65536", KIB, 16 * MIB, "bytes", "Largest WebSocket message from a client."),
        NUMBER(max_photo_bytes, "12582912", KIB, 256 * MIB, "bytes", "Largest photo that may be uploaded."),
        NUMBER(send_queue_bytes, "262144", 16 * KIB, 64 * MIB, "bytes",
               "What may wait for one slow WebSocket before it is closed."),
        NUMBER(max_sessions, "2000", 1, 100000, "sessions", "WebRTC sessions at once, hosts and viewers."),
        NUMBER(start_bitrate_bps, "2000000", 100000, 50000000, "bit/s", "Bitrate a host is asked for at first."),
        NUMBER(max_bitrate_bps, "4000000", 100000, 50000000, "bit/s", "Bitrate a host is never asked to exceed."),
        NUMBER(keyframe_min_ms, "1000", 100, 60000, "ms", "Least time between two keyframe requests to a host."),
        NUMBER(keyframe_every_ms, "4000", 0, 60000, "ms",
               "A watched host is asked for a keyframe when the newest is this old; 0: only when somebody needs one."),
        NUMBER(join_bitrate_bps, "10000000", 0, 1000000000, "bit/s",
               "Bitrate at which who joins is sent the picture since the newest keyframe; 0: they wait for a new one."),
        NUMBER(join_most_ms, "300", 0, 5000, "ms", "Where that would take longer, a keyframe is asked for instead."),
        NUMBER(gather_ms, "10", 0, 100, "ms",
               "How long a packet may wait for its companions when the media thread is busy; 0: never."),
        NUMBER(media_workers, "0", 0, 64, "threads", "Threads that share the media port; 0: one per core."),
        NUMBER(media_together, "32", 0, 100000, "sessions",
               "A show's viewers go to its host's media thread until that has so many sessions more than another."),
        SWITCH(segmentation_offload, "on", "Let the kernel cut runs of equal packets up (UDP_SEGMENT), where it can."),
        NUMBER(consent_timeout_s, "30", 5, 300, "s",
               "A media session without a connectivity check for this long is freed."),
        SWITCH(srt, "on", "Broadcast apps may publish by SRT."),
        NUMBER(srt_port, "7883", 0, 65535, "port", "UDP port of SRT, on all addresses; 0 lets the kernel choose."),
        {"srt_passphrase", SETTINGS_SECRET, AT(srt_passphrase), "", 10, 79, NULL, NULL, NULL,
         "What encrypts SRT; every host must know it. Empty: the publish key alone decides, and media comes as it "
         "is."},
        NUMBER(srt_latency_ms, "120", 20, 8000, "ms", "How long SRT waits for what was lost, at least."),
        NUMBER(ingest_hosts, "16", 1, 256, "hosts", "Hosts that may publish by SRT and RTMP at once."),
        NUMBER(ingest_max_bps, "20000000", 500000, 200000000, "bit/s",
               "A broadcast app that sends more than this for some seconds is cut off."),
        SWITCH(ingest_reencode, "off",
               "Pictures with B-frames from broadcast apps are encoded anew instead of refused; takes much of a core "
               "each."),
        TEXT(rtmp_url, "", is_rtmp_url, "an address such as rtmp://example.org/live, or nothing",
             "Where broadcast apps send RTMP: an nginx set up by `configs/nginx-rtmp.conf`; empty: nowhere."),
        TEXT(rtmp_pull, "rtmp://127.0.0.1:1935/live", is_rtmp_url, "an address such as rtmp://127.0.0.1:1935/live",
             "Where the server fetches what that nginx is sent."),
        SWITCH(hls, "on", "Live shows as LL-HLS, too, for CDNs and for players whom live media does not reach."),
        NUMBER(hls_part_ms, "300", 200, 1000, "ms", "Length of the parts of a segment."),
        NUMBER(hls_segment_ms, "2000", 1000, 6000, "ms",
               "Length of the segments: how often a host is asked for a keyframe while somebody watches this way, or "
               "the show is recorded."),
        SWITCH(hls_rung, "off", "A picture of about 360p at 500 kbit/s beside the host's, where there is time for it."),
        NUMBER(hls_held, "2000", 1, 100000, "requests",
               "HLS requests of one show that may wait for what is coming; with a CDN in front a few are enough."),
        MAYBE(spool_dir, "Folder of live shows' thumbnails and packaged media, 25 MB or so for each; empty: "
                         "$RUNTIME_DIRECTORY, else a folder of its own in /dev/shm, else one in `data_dir`."),
        NUMBER(job_threads, "4", 1, 64, "threads", "Threads for password hashing, reads of the store and payments."),
        NUMBER(sessions_days, "30", 1, 3650, "days", "How long a sign-in lasts."),
        NUMBER(login_attempts_min, "10", 1, 100000, "attempts/min",
               "Sign-in attempts for one address and for one name."),
        NUMBER(chat_burst, "5", 1, 1000, "lines", "Chat lines an account may send at once."),
        NUMBER(chat_per_10s, "5", 1, 1000, "lines/10 s", "Chat lines an account may send in the long run."),
        NUMBER(chat_max_chars, "500", 1, 4000, "characters", "Longest chat line."),
        NUMBER(chat_history, "50", 0, 500, "lines", "Chat lines a joiner is shown."),
        TEXT(log_level, "info", is_log_level, "debug, info, warn or error", "Least level that is logged."),
        TEXT(log_format, "auto", is_log_format, "auto, text or json",
             "Form of the log; `auto` is text on a terminal, else JSON lines."),
};
const size_t settings_row_count = sizeof settings_rows / sizeof settings_rows[0];
