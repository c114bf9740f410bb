/* A simulated WebRTC peer for tests and load: a full ICE agent (controlling), a DTLS client, SRTP both ways, RTCP, SDP
 *offers.
 *
 * One UDP socket (or TCP connection), no thread: the caller polls sim_peer_fd() for input and calls sim_peer_poll()
 *with the monotonic time when it is readable or when sim_peer_timeout_us() has passed. Callbacks run inside
 *sim_peer_poll(); they may send, and may call sim_peer_close(), but not sim_peer_destroy().
 *
 *	struct sim_peer_config config = {.role = MEDIA_VIEW, .on_rtp = count, .ctx = &counter};
 *	sim_peer_create(&config, sim_now_us(), &peer);
 *	const char *offer = sim_peer_offer(peer);            // POST it, get the answer
 *	sim_peer_answer(peer, answer, strlen(answer), sim_now_us());
 *	sim_peer_run_until(peer, SIM_CONNECTED, 5000); // or an own loop around sim_peer_poll()
 */
#ifndef SIM_PEER_H
#define SIM_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media.h"
#include "transport/dtls.h"
#include "transport/srtp.h"

struct sim_peer;

enum sim_kind { SIM_AUDIO, SIM_VIDEO, SIM_KINDS };
#define SIM_LAYERS 3

enum sim_state {
	SIM_NEW,         /**< no answer yet */
	SIM_CHECKING,    /**< connectivity checks on their way */
	SIM_HANDSHAKING, /**< a pair is nominated, DTLS runs */
	SIM_CONNECTED,   /**< keys agreed, media can pass */
	SIM_CLOSED,      /**< closed by us, or by the other side's close_notify or BYE; reason says which */
	SIM_FAILED,      /**< no pair, handshake failed, consent lost */
};

/** How to misbehave; all zero is an honest peer. May be changed at any time through sim_peer_faults(). */
struct sim_faults {
	bool wrong_fingerprint; /**< the offer tells another certificate's fingerprint */
	bool no_certificate;    /**< the DTLS client shows no certificate */
	bool skip_ice;          /**< DTLS at once to the first candidate, no connectivity check ever */
	bool bad_integrity;     /**< checks are made with a wrong password */
	bool no_consent;        /**< no more checks once a pair is nominated */
	bool no_nack, no_pli;   /**< never ask for repair, never ask for keyframes */
	bool no_repair;         /**< publisher: leave NACKs unanswered */
	bool no_reports;        /**< send no sender and receiver reports */
	bool no_nomination;     /**< checks nominate nothing */
	bool stuck;             /**< TCP: take nothing off the connection */
	int64_t narrow_bps;     /**< the line's rate; what is too much waits, and is lost over UDP; 0: wide */
	int64_t line_bps; /**< viewer: tell of arrivals as if they came over a line of this rate; 0: as they come */
	bool silent;      /**< send nothing at all any more: consent runs out on the other side */
	unsigned drop_rtp_every;  /**< lose every n-th RTP packet that arrives */
	unsigned drop_sent_every; /**< lose every n-th RTP packet on its way out (repairs are never lost) */
	unsigned drop_dtls_every; /**< lose every n-th DTLS datagram that arrives */
};

struct sim_peer_config {
	enum media_role role;
	bool no_h264, no_vp8, no_opus; /**< leave out of the offer; default: everything */
	unsigned layers;               /**< publisher: offer so many layers of the picture (simulcast), 0: none */
	bool no_arrivals;              /**< offer no transport-wide numbers: nothing is told of arrivals */
	bool no_rtx;                   /**< offer no retransmission payload types */
	bool only_candidate;           /**< try the answer's first candidate alone */
	bool tcp;                      /**< try the answer's first candidate over TCP alone (RFC 6544) */
	int pt_shift; /**< added to the usual payload types (H.264 102/103, VP8 96/97, Opus 111), to number them
	                 differently */
	struct media_dtls_context *dtls; /**< shared certificate; NULL: the peer makes its own */
	bool aes_cm;                     /**< with dtls NULL: offer AES_CM_128_HMAC_SHA1_80 alone */
	enum media_srtp_back back;       /**< for AEAD: OpenSSL or libsrtp */
	int64_t consent_timeout_us;      /**< 0: 15 s without an answer to our checks */
	/** Load: of a track's packets after the first hundreds decrypt one in so many, and look at the others' headers,
	 * which are in the clear, alone: continuity and loss of all, content of some. 0 or 1: all. */
	unsigned sample;
	bool arrivals; /**< the kernel notes when datagrams arrive: exact, however late they are read */
	struct sim_faults faults;

	void (*on_state)(struct sim_peer *peer, enum sim_state state, const char *reason, void *ctx);
	/** A plain RTP packet in the order of arrival, repairs unwrapped. */
	void (*on_rtp)(struct sim_peer *peer, enum sim_kind kind, const uint8_t *packet, size_t len, void *ctx);
	/** A plain compound RTCP packet. */
	void (*on_rtcp)(struct sim_peer *peer, const uint8_t *packet, size_t len, void *ctx);
	/** Publisher: a PLI or FIR arrived; with layers, sim_peer_asked_layer() says for which. */
	void (*on_keyframe_wanted)(struct sim_peer *peer, void *ctx);
	void *ctx;
};

/** Monotonic time [µs], the clock for every now_us here. */
int64_t sim_now_us(void);

/** @return 0; -ENOMEM; -errno of the socket. Copies config (not what it points at). */
__attribute__((warn_unused_result)) int sim_peer_create(const struct sim_peer_config *config, int64_t now_us,
                                                        struct sim_peer **out);
void sim_peer_destroy(struct sim_peer *peer); /**< accepts NULL; says no goodbye: sim_peer_close() does */

/** The SDP offer. @return text owned by the peer. */
const char *sim_peer_offer(struct sim_peer *peer);
/** Take the answer and start connecting. @return 0; -EBADMSG cannot be understood; -ENOTCONN no candidate, ufrag,
 * password or fingerprint. */
__attribute__((warn_unused_result)) int sim_peer_answer(struct sim_peer *peer, const char *sdp, size_t len,
                                                        int64_t now_us);

/** Another network: everything leaves from another port (or connection) from now on, starting with a nominating check.
 * @return 0; -errno. */
__attribute__((warn_unused_result)) int sim_peer_move(struct sim_peer *peer, int64_t now_us);
/** To TCP, or back to UDP, in the same way. */
__attribute__((warn_unused_result)) int sim_peer_change_way(struct sim_peer *peer, bool tcp, int64_t now_us);
/** Restart ICE: make new credentials. What goes on meanwhile goes on with the old ones. @return the offer with them,
 * owned by the peer; NULL: out of memory. */
const char *sim_peer_restart(struct sim_peer *peer);
/** Take what the server said to it, an answer or a fragment, and check under the new credentials.
 * @return 0; -EBADMSG no credentials in it. */
__attribute__((warn_unused_result)) int sim_peer_restarted(struct sim_peer *peer, const char *sdp, size_t len,
                                                           int64_t now_us);
/** A check under the credentials of before the restart; stats.old_answers counts the answers. */
void sim_peer_check_old(struct sim_peer *peer);
/** TCP: did the server close the connection? sim_peer_move() makes another. */
bool sim_peer_connection_lost(const struct sim_peer *peer);
/** Is a pair nominated, under the newest credentials? */
bool sim_peer_nominated(const struct sim_peer *peer);

int sim_peer_fd(const struct sim_peer *peer);
/** @return µs until sim_peer_poll() has something to do even without input; at most 1 s. */
int64_t sim_peer_timeout_us(const struct sim_peer *peer, int64_t now_us);
/** Receive what waits (bounded), run timers. @return the state. */
enum sim_state sim_peer_poll(struct sim_peer *peer, int64_t now_us);
/** Poll this peer alone until it reaches `state` or ends. @return 0; -ETIMEDOUT; -ECONNRESET it ended in another state.
 */
__attribute__((warn_unused_result)) int sim_peer_run_until(struct sim_peer *peer, enum sim_state state,
                                                           int64_t timeout_ms);
/** Poll several peers for a while. `done` (may be NULL) ends it early. @return whether done() said so. */
bool sim_peers_run(struct sim_peer *const *peers, size_t count, int64_t timeout_ms, bool (*done)(void *ctx), void *ctx);

enum sim_state sim_peer_state(const struct sim_peer *peer);
const char *sim_peer_reason(const struct sim_peer *peer); /**< why closed or failed, "" otherwise */
/** RTCP BYE and close_notify, then SIM_CLOSED. */
void sim_peer_close(struct sim_peer *peer);

struct sim_faults *sim_peer_faults(struct sim_peer *peer);
void *sim_peer_ctx(const struct sim_peer *peer);

/** What the answer agreed to. */
struct sim_agreed {
	bool active;            /**< section accepted */
	enum media_codec codec; /**< first in the answer */
	int pt, rtx_pt;         /**< -1: none */
	bool h264, vp8;         /**< every video codec the answer kept */
	int h264_pt, vp8_pt;
	int twcc_id, mid_id; /**< header extensions, 0: not agreed */
	int rid_id, rrid_id;
	unsigned layers; /**< how many the answer takes */
	char mid[32];
	uint32_t ssrc, rtx_ssrc; /**< viewer: theirs, as the answer tells; publisher: ours */
	char fmtp[256];          /**< of the first codec */
	uint32_t start_kbps;     /**< x-google-start-bitrate, 0: not told */
};
const struct sim_agreed *sim_peer_agreed(const struct sim_peer *peer, enum sim_kind kind);
/** Where its media goes: an address of the answer. @return false: none was chosen yet. */
bool sim_peer_remote(const struct sim_peer *peer, char *address, size_t size);
const char *sim_peer_remote_ufrag(const struct sim_peer *peer);
enum media_srtp_profile sim_peer_profile(const struct sim_peer *peer);   /**< after SIM_CONNECTED */
uint32_t sim_peer_ssrc(const struct sim_peer *peer, enum sim_kind kind); /**< ours */

/* ---- sending; @return 0; -ENOTCONN; -EINVAL; -errno. Times as in sim_peer_poll(). ---- */

/** One packet: our SSRC, agreed payload type, next sequence number, header extensions as agreed. */
int sim_peer_send_rtp(struct sim_peer *peer, enum sim_kind kind, uint32_t timestamp, bool marker,
                      const uint8_t *payload, size_t len);
/** A packet made elsewhere: sequence number, timestamp, marker and payload are kept; payload type, SSRC and extensions
 * become ours. */
int sim_peer_forward_rtp(struct sim_peer *peer, enum sim_kind kind, const uint8_t *packet, size_t len);
/** Choose which of the agreed codecs the payload type names (video). @return -ENOENT not agreed. */
int sim_peer_use_codec(struct sim_peer *peer, enum media_codec codec);
/** Of which layer the video that is sent from now on is; each has its own source. @return -ENOENT not agreed. */
int sim_peer_use_layer(struct sim_peer *peer, unsigned layer);
/** Tie a track's RTP clock to the wall clock and send a sender report now and every second. ntp: 32.32 seconds since
 * 1900. */
int sim_peer_sender_clock(struct sim_peer *peer, enum sim_kind kind, uint64_t ntp, uint32_t rtp);
/** A plain compound RTCP packet. */
int sim_peer_send_rtcp(struct sim_peer *peer, const uint8_t *packet, size_t len);
int sim_peer_send_pli(struct sim_peer *peer);
/** NACK these video sequence numbers. */
int sim_peer_send_nack(struct sim_peer *peer, const uint16_t *sequence, size_t count);
/** Any datagram from the peer's own socket to where its media goes (or the first candidate). */
int sim_peer_send_raw(struct sim_peer *peer, const uint8_t *data, size_t len);
/** The newest protected RTP packet once more, as it was. */
int sim_peer_replay(struct sim_peer *peer);
/** An RTP packet that looks right but whose tag is wrong. */
int sim_peer_send_forged(struct sim_peer *peer, enum sim_kind kind);

unsigned sim_peer_asked_layer(const struct sim_peer *peer);

struct sim_track_stats {
	uint64_t packets, bytes;    /**< RTP received (or sent by a publisher), repairs excluded */
	uint64_t frames, keyframes; /**< video: marker bits; keyframes begun */
	uint64_t lost, recovered;   /**< given up; repaired after a NACK */
	uint64_t duplicates, reordered;
	uint64_t gaps;         /**< packets found missing, whatever became of them */
	uint64_t nacks, plis;  /**< sent by a viewer, received by a publisher */
	uint64_t repairs;      /**< publisher: packets sent again */
	uint64_t rtx;          /**< of these, under the retransmission's own source */
	uint64_t reports;      /**< sender reports received by a viewer, receiver reports by a publisher */
	uint64_t sr_ntp;       /**< newest sender report: wall clock, 32.32 */
	uint32_t sr_rtp, ssrc; /**< its RTP time; the newest packet's SSRC */
	uint32_t timestamp;    /**< of the newest packet */
	uint16_t sequence;     /**< highest */
	uint8_t pt;            /**< of the newest packet */
	int64_t first_packet_us, first_keyframe_us; /**< monotonic; 0: not yet */
};
const struct sim_track_stats *sim_peer_track(const struct sim_peer *peer, enum sim_kind kind);
/** The longest [µs] that a packet came later after the one before it than their RTP times say, since this was last
 * asked. */
int64_t sim_peer_late_us(struct sim_peer *peer, enum sim_kind kind);

struct sim_peer_stats {
	uint64_t datagrams_in, datagrams_out, srtp_failed, twcc_feedback, remb, stun_responses;
	uint64_t paddings;                /**< viewer: packets that say nothing, sent to see what the line carries */
	uint64_t narrow_lost;             /**< datagrams that found no place before a narrow line */
	uint64_t layer_plis[SIM_LAYERS];  /**< publisher: keyframe requests by layer */
	uint64_t old_answers;             /**< to checks under the credentials of before a restart */
	uint64_t asymmetric;              /**< answers to checks that came from another address than was asked */
	int64_t created_us, connected_us; /**< monotonic; 0: not yet */
};
const struct sim_peer_stats *sim_peer_stats(const struct sim_peer *peer);
#endif
