/* What the peer's files share among themselves. */
#ifndef SIM_INTERNAL_H
#define SIM_INTERNAL_H

#include <sys/socket.h>

#include "sim/peer.h"
#include "transport/stun.h"

#define SIM_CANDIDATES 16
#define SIM_MISSING 128
#define SIM_SENT 1024
#define SIM_PACKET_MAX 1500
#define SIM_SENDERS (SIM_KINDS + SIM_LAYERS - 1) /**< sound, picture, the picture's further layers */

struct sim_candidate {
	struct sockaddr_storage address;
	socklen_t address_len;
};

/** The answer in our terms. */
struct sim_answer {
	char ufrag[257], pwd[257], fingerprint[224];
	size_t candidate_count;
	struct sim_candidate candidates[SIM_CANDIDATES];
	struct sim_candidate passive; /**< the first over TCP; address_len 0: none */
	struct sim_agreed tracks[SIM_KINDS];
	int apt[128]; /**< by payload type: what it retransmits, -1 nothing */
};

/** One connectivity check on its way. */
struct sim_check {
	uint8_t txid[MEDIA_STUN_TXID_BYTES];
	bool sent, nominating, done;
	int tries;
	int64_t next_us;
};

struct sim_ice {
	struct sim_check checks[SIM_CANDIDATES];
	int chosen; /**< candidate that answered first, -1: none yet */
	bool nominated;
	uint64_t tie_breaker;
	int64_t started_us, last_answer_us;
	struct sim_check consent;
};

struct sim_missing {
	uint16_t sequence;
	int tries;
	int64_t found_us, asked_us;
};

/** What we receive of one kind. */
struct sim_receiver {
	bool started;
	uint32_t ssrc;
	uint16_t base_sequence;
	uint32_t cycles;   /**< roll-overs, shifted by 16 */
	uint64_t received; /**< since this SSRC began */
	uint64_t expected_prior, received_prior;
	uint32_t jitter_q4;
	int32_t transit;
	uint32_t last_sr; /**< middle 32 bits of its NTP time */
	int64_t last_sr_us, asked_key_us;
	int64_t arrived_us; /**< when the newest packet came, 0: none yet */
	uint32_t paced;     /**< its RTP time */
	size_t missing_count;
	struct sim_missing missing[SIM_MISSING];
};

struct sim_sent {
	uint16_t sequence, len; /**< len 0: empty */
	uint8_t data[SIM_PACKET_MAX];
};

/** What we send of one kind. */
struct sim_sender {
	uint32_t ssrc, rtx_ssrc;
	int pt;
	uint16_t sequence, rtx_sequence;
	uint64_t packets, octets, repairs;
	bool clocked;
	uint64_t ntp; /**< the sender clock's pair */
	uint32_t rtp, clock_rate;
	int64_t ntp_us;        /**< when it was told */
	struct sim_sent *sent; /**< ring by sequence number; plain with RTX, else protected */
	struct sim_sent last;  /**< newest protected, for replays */
};

/** What an ICE restart leaves behind. */
struct sim_old {
	char ufrag[9], remote_ufrag[257], remote_pwd[257];
	struct sim_check check;
};

#define SIM_ARRIVALS 256

/** Packets that arrived and of which the sender is not told yet, by number. */
struct sim_arrivals {
	bool told; /**< next is known: the number that the next feedback begins with */
	uint8_t feedbacks;
	uint16_t next;
	int64_t tell_us;
	int64_t line_us; /**< until then the line is busy (faults.line_bps) */
	size_t count;
	struct {
		uint16_t number;
		int64_t at_us;
	} seen[SIM_ARRIVALS];
};

struct sim_bare;
struct sim_narrow;
struct sim_stream;

struct sim_peer {
	struct sim_peer_config config;
	int fd;
	struct sim_stream *stream; /**< with config.tcp, once there is an answer: fd is its connection */
	sa_family_t family;
	struct sockaddr_storage from; /**< of the datagram being read */
	enum sim_state state;
	char reason[96];
	char ufrag[9], pwd[25], cname[17];
	char next_ufrag[9]; /**< of a restart that is not answered yet */
	char *offer;
	struct sim_answer answer;
	struct sim_ice ice;
	struct sim_old old;
	struct media_dtls_context *dtls_context;
	bool own_context;
	struct media_dtls *dtls;
	struct sim_bare *bare; /**< the client without a certificate, instead of dtls */
	struct media_srtp *send, *receive;
	enum media_srtp_profile profile;
	struct sim_receiver receivers[SIM_KINDS];
	struct sim_arrivals arrivals;
	struct sim_narrow *narrow; /**< own; NULL: never was */
	struct sim_sender senders[SIM_SENDERS];
	unsigned layer, asked_layer; /**< of the picture: being sent; of the newest request */
	struct sim_track_stats tracks[SIM_KINDS];
	struct sim_peer_stats stats;
	uint16_t twcc_sequence;
	uint64_t rtp_arrived, rtp_left, dtls_arrived;
	int64_t now_us, report_us, refused_us; /**< refused: since when, 0: it is not */
	int64_t arrived_us;                    /**< when the datagram being read did */
	int64_t late_us[SIM_KINDS];            /**< longest, since it was last asked for */
	uint32_t frame_clock;                  /**< frames.c: random base of RTP times */
	uint16_t picture_id;
	uint32_t key_timestamp; /**< of the newest keyframe received */
};

/* peer.c */
void sim_peer_enter(struct sim_peer *peer, enum sim_state state, const char *reason);
void sim_peer_input(struct sim_peer *peer, uint8_t *data, size_t len); /**< a datagram, or what was framed as one */
int sim_peer_output(struct sim_peer *peer, const struct sim_candidate *to, const uint8_t *data, size_t len);
const struct sim_candidate *sim_peer_target(const struct sim_peer *peer);
void sim_random(void *out, size_t len);
void sim_random_text(char *out, size_t len); /**< and a NUL */
int sim_socket(sa_family_t *family);         /**< @return it; -errno */
char *sim_make_offer(const struct sim_peer *peer);

/* sdp.c */
char *sim_sdp_offer(const struct sim_peer *peer, const char *fingerprint);
int sim_sdp_answer(struct sim_peer *peer, const char *text, size_t len);

/* stream.c */
/** Connect to the first candidate, anew if need be. @return 0; -errno. */
int sim_stream_connect(struct sim_peer *peer);
int sim_stream_output(struct sim_peer *peer, const uint8_t *data, size_t len);
void sim_stream_poll(struct sim_peer *peer);
/** Is there nothing to be read of it, whatever the kernel says? */
bool sim_stream_deaf(const struct sim_peer *peer);
/** Is there something that could not leave yet, or not come by a narrow line? */
bool sim_stream_waits(const struct sim_peer *peer);

/* restart.c */
void sim_restart_input(struct sim_peer *peer, const uint8_t *data, size_t len, const struct media_stun *m);

/* agent.c */
void sim_ice_send(struct sim_peer *peer, const struct sim_check *check, const struct sim_candidate *to,
                  const char *ufrag, const char *remote_ufrag, const char *password);
void sim_ice_start(struct sim_peer *peer);
void sim_ice_input(struct sim_peer *peer, const uint8_t *data, size_t len);
void sim_ice_timers(struct sim_peer *peer);
int64_t sim_ice_timeout_us(const struct sim_peer *peer);

/* secure.c */
int sim_secure_start(struct sim_peer *peer);
void sim_secure_input(struct sim_peer *peer, const uint8_t *data, size_t len);
void sim_secure_timers(struct sim_peer *peer);
int64_t sim_secure_timeout_us(const struct sim_peer *peer);
void sim_secure_close(struct sim_peer *peer);
void sim_secure_free(struct sim_peer *peer);

/* bare.c: a DTLS client that shows no certificate */
struct sim_bare *sim_bare_create(struct sim_peer *peer);
bool sim_bare_input(struct sim_bare *bare, const uint8_t *data,
                    size_t len); /**< @return false: the handshake has failed */
bool sim_bare_timeout(struct sim_bare *bare);
void sim_bare_destroy(struct sim_bare *bare);

/* receive.c */
void sim_receive_rtp(struct sim_peer *peer, uint8_t *data, size_t len);
void sim_receive_timers(struct sim_peer *peer);

/* arrival.c */
void sim_arrivals_watch(int fd);
/** Receive a datagram, note where it came from and when. @return its length; -1. */
ssize_t sim_arrival(struct sim_peer *peer, uint8_t *data, size_t size);
/** A packet that is news, with its RTP time. */
void sim_note_pace(struct sim_peer *peer, enum sim_kind kind, uint32_t timestamp);

extern const char *const sim_rids[SIM_LAYERS];
static inline struct sim_sender *sim_sender_of(struct sim_peer *peer, enum sim_kind kind)
{
	return &peer->senders[kind == SIM_VIDEO && peer->layer ? SIM_KINDS + peer->layer - 1 : (unsigned)kind];
}

/* send.c */
void sim_send_init(struct sim_peer *peer);
int sim_send_ready(struct sim_peer *peer);
void sim_send_free(struct sim_peer *peer);
void sim_send_repair(struct sim_peer *peer, enum sim_kind kind, uint16_t sequence);

/* narrow.c */
void sim_narrow_take(struct sim_peer *peer, const uint8_t *data, size_t len);
void sim_narrow_deliver(struct sim_peer *peer);
int64_t sim_narrow_timeout_us(const struct sim_peer *peer, int64_t now_us); /**< INT64_MAX: nothing waits */

/* arrivals.c */
void sim_arrivals_note(struct sim_peer *peer, const uint8_t *packet, size_t len);

/* reports.c */
void sim_reports_send_arrivals(struct sim_peer *peer, const uint8_t *body, size_t len);
void sim_reports_input(struct sim_peer *peer, uint8_t *data, size_t len);
void sim_reports_timers(struct sim_peer *peer);
void sim_reports_bye(struct sim_peer *peer);

static inline uint16_t sim_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t sim_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void sim_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void sim_put32(uint8_t *p, uint32_t v)
{
	sim_put16(p, (uint16_t)(v >> 16));
	sim_put16(p + 2, (uint16_t)v);
}
#endif
