/* Every setting in one table (settings.c): name, kind, default, bounds, unit, text. The table parses
 * command line, environment (TRUNKSHOW_NAME) and key file, and prints its own documentation. */
#ifndef TRUNKSHOW_BASE_SETTINGS_H
#define TRUNKSHOW_BASE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Parsed values; strings are owned by the struct. Constant after start, so every thread may read it. */
struct base_settings {
	char *data_dir; /**< database, uploads, recordings */
	char *bind;     /**< HTTP's address */
	int64_t http_port;
	char *web_dir;            /**< built pages */
	char *pipeline_path;      /**< trunkshow-pipeline */
	char *public_url;         /**< origin the pages are served from, behind a proxy */
	char *tls_cert, *tls_key; /**< PEM files; both or none */
	int64_t media_port;
	bool media_tcp;
	int64_t media_tcp_connections, media_tcp_per_address;
	char *announce;     /**< addresses for clients, comma separated; empty: the machine's own */
	char *ice_servers;  /**< comma separated stun:/turn: URLs given to clients */
	char *turn_secret;  /**< shared with the TURN servers; never to be logged */
	int64_t turn_ttl_s; /**< how long credentials for them are good [s] */
	char *hosting;      /**< approved | anyone */
	bool rate_limits;
	char *password_cost;                       /**< normal | min */
	char *payments;                            /**< test */
	bool payments_said;                        /**< somebody chose `payments`, it is not merely the default */
	char *currency;                            /**< default ISO 4217 code */
	int64_t hold_s;                            /**< how long a claim is held [s] */
	int64_t hold_per_buyer, hold_per_item;     /**< open holds a buyer may have in all; units per item */
	int64_t wait_absent_s;                     /**< who waits and is absent this long leaves the waitlist [s] */
	int64_t wait_per_listing;                  /**< how many may wait for one listing */
	int64_t items_per_show;                    /**< the removed included */
	char *claim_words;                         /**< comma separated: make a chat line with a number a claim */
	int64_t fee_bp, tax_bp;                    /**< the market's fee; tax contained in prices [1/10000] */
	int64_t keys_days;                         /**< how long a used idempotency key is known */
	int64_t notices_days, notices_unread_days; /**< how long a notice is kept, read and unread */
	int64_t checkout_repeats;                  /**< copies of one checkout that wait for its payment */
	bool record;                               /**< keep every show to be seen again */
	int64_t recordings_days;                   /**< how long a recording is kept; 0: for good */
	int64_t recordings_max_bytes;              /**< of all of them; 0: no bound */
	int64_t recordings_free_bytes;             /**< what recording leaves free on the disk */
	int64_t host_absent_s;                     /**< show ends by itself without its host [s] */
	int64_t connections_per_address;           /**< 0: no bound */
	int64_t max_connections, max_body_bytes, max_frame_bytes, max_photo_bytes, send_queue_bytes;
	int64_t max_sessions;                       /**< media sessions */
	int64_t start_bitrate_bps, max_bitrate_bps; /**< asked from the host */
	int64_t keyframe_min_ms;                    /**< least time between keyframe requests to a host */
	int64_t keyframe_every_ms;                  /**< how old the newest may become */
	int64_t join_bitrate_bps, join_most_ms;     /**< catching up from the newest keyframe */
	int64_t gather_ms;                          /**< a busy media worker lets packets wait for their companions */
	int64_t media_workers, media_together;      /**< threads; sessions */
	bool segmentation_offload;                  /**< of the media port */
	int64_t consent_timeout_s;
	bool hls;      /**< live shows as LL-HLS, too */
	bool hls_rung; /**< with a small picture beside the host's */
	int64_t hls_part_ms, hls_segment_ms;
	int64_t hls_held; /**< requests of one show that may wait for what is coming */
	char *spool_dir;  /**< thumbnails and packaged media of live shows */
	bool srt;         /**< hosts may come by SRT */
	int64_t srt_port, srt_latency_ms, ingest_hosts, ingest_max_bps;
	char *srt_passphrase; /**< empty: none; never to be logged */
	bool ingest_reencode; /**< pictures with B-frames are encoded anew */
	char *rtmp_url;       /**< where hosts send RTMP; empty: nowhere */
	char *rtmp_pull;      /**< where we fetch what they send */
	int64_t job_threads;
	int64_t sessions_days;      /**< how long a sign-in lasts */
	int64_t login_attempts_min; /**< sign-in attempts per address and name a minute */
	int64_t chat_burst, chat_per_10s, chat_max_chars, chat_history;
	char *log_level, *log_format;
};

/** Defaults. Strings allocated. */
void base_settings_init(struct base_settings *s);
void base_settings_finish(struct base_settings *s);

/** Set one by name. @return 0; -ENOENT unknown name; -EINVAL out of bounds or not of its kind. On error `why`
 *  names the setting, the value and what is allowed. */
__attribute__((warn_unused_result)) int base_settings_set(struct base_settings *s, const char *name, const char *value,
                                                          char *why, size_t why_len);
/** Read `name = value` lines ('#' comments). @return as above; -errno of open or read, with `why` naming file and line.
 */
__attribute__((warn_unused_result)) int base_settings_load_file(struct base_settings *s, const char *path, char *why,
                                                                size_t why_len);
/** Take every TRUNKSHOW_* of the environment; an unknown one is an error. */
__attribute__((warn_unused_result)) int base_settings_load_environment(struct base_settings *s, char **environment,
                                                                       char *why, size_t why_len);
/** Rules between settings, e.g. rate_limits=off and password_cost=min are refused with a public bind; payments must be
 * said with one. */
__attribute__((warn_unused_result)) int base_settings_check(const struct base_settings *s, char *why, size_t why_len);
/** The table for the README, in Markdown. */
void base_settings_print_markdown(FILE *out);
#endif
