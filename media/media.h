/* Real-time media: WebRTC sessions on one port, streams forwarded from one publisher to many viewers.
 * Knows nothing of shows, users or chat: a stream is an opaque name.
 *
 * Threads: workers own a socket of the port each, and sessions. Calls below may come from any thread except inside a
 * callback; what they change happens on the session's worker through its command ring. Callbacks run on workers, on
 * several at once: they must not block. */
#ifndef TRUNKSHOW_MEDIA_H
#define TRUNKSHOW_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEDIA_STREAM_BYTES 40  /**< a stream's name, with NUL */
#define MEDIA_SESSION_BYTES 33 /**< a session's name: 32 hex digits of randomness, with NUL */
#define MEDIA_SDP_MAX 65536    /**< largest offer [bytes] */

enum media_role { MEDIA_PUBLISH, MEDIA_VIEW };
enum media_codec { MEDIA_NO_CODEC, MEDIA_H264, MEDIA_VP8, MEDIA_OPUS };

enum media_event_type {
	MEDIA_SESSION_CONNECTED, /**< keys agreed, media can pass */
	MEDIA_SESSION_CLOSED,    /**< reason says why; the last event of the session */
	MEDIA_SESSION_CODEC,     /**< viewer: it cannot decode what the host now sends (video codec) */
	MEDIA_STREAM_PICTURE, /**< first decodable frame from the host arrived, or again after a loss; codecs are set */
	MEDIA_STREAM_PICTURE_LOST, /**< no video from the host for 2 s, or its session closed */
};

struct media_event {
	enum media_event_type type;
	char stream[MEDIA_STREAM_BYTES], session[MEDIA_SESSION_BYTES];
	enum media_role role;
	enum media_codec video, audio; /**< of the host */
	const char *reason;            /**< static text: "closed by peer", "consent timeout", "handshake failed", … */
	uint64_t user;                 /**< as given at open */
};

struct media_config {
	uint16_t port;        /**< 0: the kernel chooses */
	const char *announce; /**< comma-separated addresses for candidates; "" : the machine's own, loopback only if
	                         there is no other */
	int64_t workers;      /**< threads that share the port; 0: one per core */
	int64_t together;     /**< viewers go to their host's worker until it has so many sessions more than another */
	int64_t max_sessions;
	int64_t start_bitrate_bps, max_bitrate_bps;
	int64_t keyframe_min_ms;   /**< least time between keyframe requests to a host */
	int64_t keyframe_every_us; /**< a watched host is asked for one when the newest is so old; 0: only when needed
	                            */
	int64_t join_bitrate_bps;  /**< at which who joins is sent the picture since the newest keyframe */
	int64_t join_most_us;      /**< where that would take longer, a keyframe is asked for instead */
	int64_t consent_timeout_s;
	int64_t gather_us;         /**< a busy worker lets packets wait for their companions for so long at most */
	bool segmentation_offload; /**< let the kernel cut runs of equal packets up, where it can */
	bool tcp;                  /**< the port takes TCP connections, too */
	int64_t tcp_connections, tcp_per_address; /**< at most, with tcp */
	void (*on_event)(const struct media_event *event, void *ctx);
	/** level: 0 debug … 3 error */
	void (*log)(int level, const char *event, const char *detail, void *ctx);
	void *ctx;
};

struct media_engine;

/** Open the port, make the DTLS certificate (ECDSA P-256), start the workers.
 *  @return 0; -EADDRINUSE; -errno; `why` says what. */
__attribute__((warn_unused_result)) int media_engine_create(const struct media_config *config, char *why,
                                                            size_t why_len, struct media_engine **out);
/** Say goodbye (RTCP BYE, DTLS close_notify), join the workers, free. Accepts NULL. */
void media_engine_destroy(struct media_engine *engine);
uint16_t media_engine_port(const struct media_engine *engine);

struct media_offer {
	enum media_role role;
	const char *stream; /**< shorter than MEDIA_STREAM_BYTES */
	const char *sdp;
	size_t sdp_len;
	const char *local_address; /**< address on which the offer's request came in, announced first if not a wildcard;
	                              may be NULL */
	uint64_t user;             /**< returned in events */
};

struct media_answer {
	char session[MEDIA_SESSION_BYTES];
	char *sdp;                     /**< free with free(3) */
	char ufrag[32];                /**< the answer's ICE ufrag: what an ETag may be made of */
	enum media_codec video, audio; /**< negotiated first choice; for a viewer, MEDIA_NO_CODEC if none in common */
	enum media_codec host_video, host_audio; /**< what the stream carries now */
};

/** Answer an offer and open its session. Pure computation in the caller's thread, then a message to the worker. A
 * second publisher of a stream takes over from the first (the host came back); that one is closed with reason
 * "replaced".
 *  @return 0; -EMSGSIZE more than MEDIA_SDP_MAX; -EBADMSG not SDP; -EPROTO SDP without ICE credentials, fingerprint, or
 * bundle (why says which); -ENOTSUP no codec in common (why names them); -EUSERS max_sessions; -ENOMEM. `why` is a
 * sentence for the peer. */
__attribute__((warn_unused_result)) int media_session_open(struct media_engine *engine, const struct media_offer *offer,
                                                           struct media_answer *out, char *why, size_t why_len);
struct media_restart {
	const char *session;
	const char *sdp; /**< the whole offer once more, or a fragment (RFC 8840), with new ICE credentials */
	size_t sdp_len;
	bool fragment;
	const char *local_address; /**< as for an offer */
};

/** Restart a session's ICE: new credentials for both ends, everything else goes on. The old ones stay good, and media
 * stays where it is, until the peer nominates a pair under the new ones. Of `out` session, sdp (an answer or a
 * fragment, as was asked) and ufrag are filled. Pure computation in the caller's thread, then a message to the worker.
 *  @return 0; -ENOENT unknown (or already closed); -EMSGSIZE, -EBADMSG, -EPROTO, -ENOMEM as for an offer; -ENOTSUP it
 * changes more than ICE: that takes a new session. `why` is a sentence for the peer. */
__attribute__((warn_unused_result)) int media_session_restart(struct media_engine *engine,
                                                              const struct media_restart *restart,
                                                              struct media_answer *out, char *why, size_t why_len);

/** @return 0; -ENOENT unknown (or already closed). */
int media_session_close(struct media_engine *engine, const char *session);
/** Close every session of a stream: the show has ended. */
void media_stream_close(struct media_engine *engine, const char *stream);

/** Feed a stream's plain RTP and RTCP to fd (SOCK_SEQPACKET, see media/pipeline/seam.h), which the engine then owns; a
 * full socket drops and asks for a keyframe. One tap a stream; a new one replaces it. @return 0; -errno. */
int media_stream_tap(struct media_engine *engine, const char *stream, int fd);
/** A host without WebRTC: what comes over fd (SOCK_SEQPACKET, media/pipeline/seam.h: the codecs first, then plain RTP
 * and sender reports of one source a track; keyframes that are wanted go back) is the stream's host as any other: it
 * takes over from the one before, and one that comes later from it. The engine owns fd from here on. It says something
 * at least every consent_timeout_s, and ends by closing its end. `session` names it, for media_session_close and
 * events, in which `user` comes back. fd is closed on errors, too.
 *  @return 0; -EBADF; -ENAMETOOLONG; -EUSERS max_sessions; -ENOMEM. */
__attribute__((warn_unused_result)) int media_stream_source(struct media_engine *engine, const char *stream, int fd,
                                                            uint64_t user, char session[MEDIA_SESSION_BYTES]);
/** Ask the host for a keyframe, through the stream's keyframe clock. */
void media_stream_keyframe(struct media_engine *engine, const char *stream);

/** Why a session did not connect. */
enum media_failure {
	MEDIA_FAILED_CERTIFICATE, /**< it showed none */
	MEDIA_FAILED_FINGERPRINT, /**< another certificate than its offer named */
	MEDIA_FAILED_PARAMETERS,  /**< no DTLS version, cipher or SRTP profile in common */
	MEDIA_FAILED_ALERT,       /**< it refused us */
	MEDIA_FAILED_SILENCE,     /**< its handshake began and did not go on */
	MEDIA_FAILED_UNREACHED,   /**< no handshake ever began */
	MEDIA_FAILED_OTHERWISE,
	MEDIA_FAILURES
};
/** @return static text, one word. */
const char *media_failure_name(enum media_failure failure);

#define MEDIA_LAYERS 3

#define MEDIA_HISTOGRAM_BOUNDS 12
/** The buckets' upper bounds, included [µs]; above the last one there is one more bucket. */
extern const int64_t media_histogram_bounds_us[MEDIA_HISTOGRAM_BOUNDS];
struct media_histogram {
	uint64_t counts[MEDIA_HISTOGRAM_BOUNDS + 1]; /**< each bucket's own */
	uint64_t sum_us;
};

/** Counts of 64 bits, all of them: they are the sums of the workers'. */
#define MEDIA_ESTIMATE_BOUNDS 7
/** Upper bounds, included, of what viewers' lines are estimated to carry [bit/s]; above the last one there is one more.
 */
extern const int64_t media_estimate_bounds_bps[MEDIA_ESTIMATE_BOUNDS];

#define MEDIA_LOSS_BOUNDS 6
/** Upper bounds, included, of what viewers report as lost, before repair [1/1000 of the packets]; above the last one
 * there is one more. */
extern const int64_t media_loss_bounds_pm[MEDIA_LOSS_BOUNDS];

struct media_stats {
	int64_t sessions, publishers, viewers;
	uint64_t packets_in, bytes_in, packets_out, bytes_out, runs, sends; /**< runs: messages; sends: system calls */
	uint64_t send_dropped;                                              /**< packets that a full socket cost */
	uint64_t rtp_malformed, srtp_failed, srtp_replayed, stun_rejected, dtls_unvalidated, datagrams_unknown;
	uint64_t failed[MEDIA_FAILURES]; /**< sessions that never connected, by why */
	uint64_t nack_received, nack_answered, nack_missed, nack_sent, pli_received, keyframes_asked, consent_timeouts;
	uint64_t tap_packets, tap_drops;
	uint64_t datagrams_passed, /**< to the worker that their session is on */
	        handover_drops;    /**< packets and datagrams that another worker had no room for */
	/** A host's packets, by how long they were inside: from when they were read until all viewers' copies were with
	 * the kernel; of that the hold, in which they waited for companions, and the pass over the viewers. */
	struct media_histogram inside, hold, pass;
	int64_t viewers_by_estimate[MEDIA_ESTIMATE_BOUNDS + 1]; /**< those whose line's rate is known */
	int64_t estimates_bps;                                  /**< their sum */
	int64_t viewers_by_loss[MEDIA_LOSS_BOUNDS + 1];         /**< those who have reported, by the last seconds */
	uint64_t feedback_received, probes, probe_packets;      /**< transport-wide feedback; padding sent to probe */
	int64_t viewers_by_layer[MEDIA_LAYERS]; /**< those who get a picture; without layers it is the first */
	uint64_t layer_switches;                /**< viewers' changes from one layer of a host's picture to another */
	int64_t tcp_connections;                /**< now */
	uint64_t tcp_accepted, tcp_refused,
	        tcp_closed;                    /**< connections; refused: one too many; closed: silent or malformed */
	uint64_t tcp_packets_out, tcp_dropped; /**< of packets_out; what a peer that is too slow was not sent */
};
/** A recent snapshot (at most 1 s old). Thread: any. */
void media_engine_stats(struct media_engine *engine, struct media_stats *out);

/** One layer of a host's picture; zero where it does not come. */
struct media_layer_stats {
	int width, height; /**< 0: unknown */
	int64_t bps;
};

/** The picture's numbers are those of its best layer. */
struct media_stream_stats {
	bool picture;
	enum media_codec video, audio;
	int64_t viewers, video_bps, audio_bps;
	double loss;       /**< of the host's packets over the last 5 s, before repair */
	int64_t rtt_us;    /**< to the host, 0: unknown */
	int width, height; /**< 0: unknown */
	double fps;
	struct media_layer_stats
	        layers[MEDIA_LAYERS]; /**< as the host orders them; without simulcast the first alone */
};
/** @return 0; -ENOENT. Thread: any. */
int media_stream_stats(struct media_engine *engine, const char *stream, struct media_stream_stats *out);

/* ---- children: supervised processes of trunkshow-pipeline (media/children) ---- */

struct media_children;

struct media_child_spec {
	const char *const *argv; /**< NULL-terminated; copied */
	bool seam; /**< give the child one end of a SOCK_SEQPACKET pair as fd 3 and hand the other to started() */
	/** Each time it starts; takes over fd (-1 without seam). Runs on the supervisor thread; may tell. */
	void (*started)(int fd, void *ctx);
	/** Give the child one end of a second SOCK_SEQPACKET pair as fd 4, for notes: text, one datagram of whole
	 * lines, at most MEDIA_NOTE_BYTES. */
	bool notes;
	/** What it has said, one datagram. Runs on the supervisor thread; must not block, must not call back but for
	 * media_children_tell. NULL: unheard. */
	void (*said)(const char *text, size_t len, void *ctx);
	int64_t silence_us;   /**< killed when it has said something and then nothing for so long; 0: never */
	int64_t memory_bytes; /**< RLIMIT_AS, 0: none */
	int64_t cpu_s;        /**< RLIMIT_CPU, for its whole life; 0: none */
	int64_t cpu_percent;  /**< of one core in the long run, by an RLIMIT_CPU that grows while it lives; 0: none */
	int64_t file_bytes;   /**< RLIMIT_FSIZE, the largest file it may write; 0: none */
	int64_t files;        /**< RLIMIT_NOFILE, 0: as the server's own */
	void *ctx;
};

#define MEDIA_NOTE_BYTES 4096

/** Start the supervisor thread. @return 0; -errno. */
__attribute__((warn_unused_result)) int media_children_create(void (*log)(int level, const char *event,
                                                                          const char *detail, void *ctx),
                                                              void *ctx, struct media_children **out);
/** Keep one child named `name` running: restarted with back-off (100 ms doubling to 10 s, reset after 30 s of life)
 * until stopped. */
int media_children_run(struct media_children *children, const char *name, const struct media_child_spec *spec);
/** Send a running child a note. @return 0; -ENOENT there is none of that name, or it has no notes; -EAGAIN it does not
 * read what it is told; -EMSGSIZE; -errno. Never waits. Thread: any. */
int media_children_tell(struct media_children *children, const char *name, const char *text, size_t len);
/** SIGTERM, SIGKILL after 2 s; never waits for the child. After it has returned neither started() nor said() runs,
 * unless it is called from one of them. */
void media_children_stop(struct media_children *children, const char *name);
/** Stop all, join (bounded by 3 s), free. Accepts NULL. */
void media_children_destroy(struct media_children *children);
#endif
