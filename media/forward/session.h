/* One peer: ICE, DTLS, SRTP, and what it publishes or views. Thread: owning worker, unless said otherwise. */
#ifndef MEDIA_FORWARD_SESSION_H
#define MEDIA_FORWARD_SESSION_H

#include "forward/agreed.h"
#include "forward/directory.h"
#include "forward/estimate.h"
#include "forward/subscription.h"
#include "forward/worker.h"
#include "rtp/rtcp.h"
#include "transport/ice.h"
#include "transport/srtp.h"

#define FORWARD_SESSION_ADDRESSES 4

/** A remote address, or a connection from it, as a hash key. */
struct forward_address_key {
	uint16_t family, port;
	uint8_t ip[16];
	uint32_t scope;
	uint64_t tcp; /**< as in a path */
};

/** Where datagrams without a ufrag belong: by the address that passed a check. */
struct forward_address {
	struct forward_map_node node;
	struct forward_session *session; /**< NULL: unused */
	struct forward_address_key key;
	int64_t heard_us; /**< newest check or authentic media */
	int64_t told_us;  /**< when the worker by whose socket it comes was last told */
	uint8_t via;      /**< that worker */
};

/** By which name checks find their session: that of our end's credentials. */
struct forward_ufrag {
	struct forward_map_node node;
	struct forward_session *session;
	char text[MEDIA_ICE_UFRAG_BYTES]; /**< "": unused */
};

struct forward_publisher;
struct forward_estimate;

struct forward_session {
	/* filled in by the caller of media_session_open, constant afterwards */
	struct forward_listed_session listed; /**< name; the node is the directory's */
	char stream_name[MEDIA_STREAM_BYTES];
	uint8_t home; /**< worker where the stream's source is */
	enum media_role role;
	uint64_t user;
	struct forward_agreed tracks[FORWARD_KINDS];
	char fingerprint[224], cname[33];
	char stream_id[17];  /**< as the answer tells it, and the next number again */
	uint64_t session_id; /**< of the answer's origin */

	struct forward_worker *worker;
	struct forward_stream *stream;
	struct forward_map_node by_name;
	struct forward_ufrag ufrag, next_ufrag;  /**< the latter while a restart is under way */
	struct forward_session *previous, *next; /**< of the list for its state */
	struct forward_session_list *list;
	struct forward_address addresses[FORWARD_SESSION_ADDRESSES];
	uint64_t serial; /**< later ones are newer */
	int64_t opened_us;
	bool connected, closed;

	struct media_ice ice;
	struct media_ice_credentials *restart; /**< own; what ice.next points at */
	struct media_path dtls_path; /**< newest address DTLS came from: where answers go until a path is nominated */
	struct media_dtls *dtls;
	int64_t dtls_sent_us;
	struct media_srtp *in, *out;
	int64_t rtt_us;     /**< 0: unknown */
	uint32_t rtcp_ssrc; /**< who we are in feedback */
	bool proven;        /**< an authenticated RTCP packet came: the peer has our last flight */

	bool plain;   /**< a host without WebRTC: no ICE, DTLS or SRTP (source.h) */
	int plain_fd; /**< plain: its socket */

	struct forward_publisher *publisher;                      /**< connected publishers */
	struct forward_subscription subscriptions[FORWARD_KINDS]; /**< viewers */
	struct forward_estimate *estimate; /**< viewers that agreed to transport-wide numbers; else NULL */
	int64_t most_bps;                  /**< what the viewer itself says that its line carries; 0: nothing */
	enum media_codec told_codec;       /**< the host's video codec this viewer was told it cannot decode */
	size_t viewer_index;               /**< place in the stream's viewers */
};

void forward_credentials_free(struct media_ice_credentials *credentials); /**< accepts NULL */
/** Free a session that was never given to a worker, or that the worker has finished with. Accepts NULL. Thread: any. */
void forward_session_free(struct forward_session *session);
/** Take over a session from the command ring. */
void forward_session_adopt(struct forward_worker *worker, struct forward_session *session);
/** End it: goodbye, event, out of every table; freed at the end of the round. Does nothing a second time.
 *  @param reason static text */
void forward_session_close(struct forward_session *session, const char *reason);
struct forward_session *forward_session_by_name(struct forward_worker *worker, const char *name);
struct forward_session *forward_session_by_ufrag(struct forward_worker *worker, const char *ufrag, size_t len);
struct forward_session *forward_session_by_address(struct forward_worker *worker, const struct media_path *from);
/** New credentials beside those of now; a restart that was under way is forgotten. Takes `next`. */
void forward_session_restart(struct forward_session *session, struct media_ice_credentials *next);
/** After a check: if it was the one that ended the restart, the old name is given up. */
void forward_session_settle_restart(struct forward_session *session);
/** Authentic media came from this address: nobody else can claim it. */
void forward_session_hear(struct forward_session *session, const struct media_path *from);
/** An authenticated check came from this address: datagrams from it are this session's. */
void forward_session_learn_address(struct forward_session *session, const struct media_path *from);
/** Of an address, for tables of more than the sessions' own; never 0. */
uint64_t forward_session_address_hash(const struct forward_worker *worker, const struct media_path *from);
/** Has nothing authentic come from there for so long that others may claim it? */
bool forward_session_silent_at(const struct forward_session *session, const struct media_path *from);
void forward_session_event(const struct forward_session *session, enum media_event_type type, const char *reason);
void forward_session_move(struct forward_session *session, struct forward_session_list *to); /**< NULL: no list */
/** Where its media goes. */
static inline const struct media_path *forward_session_path(const struct forward_session *session)
{
	return session->ice.nominated ? &session->ice.path : &session->dtls_path;
}
/** Its turn comes soon: have in the core's cache what sending to it needs. */
static inline void forward_session_prefetch(const struct forward_session *session)
{
	const char *at = (const char *)session->subscriptions;
	for (size_t i = 0; i < sizeof session->subscriptions; i += 64)
		__builtin_prefetch(at + i);
	__builtin_prefetch(&session->out);
	__builtin_prefetch(&session->estimate);
	__builtin_prefetch(&session->ice.nominated);
	__builtin_prefetch(&session->ice.path.remote);
	__builtin_prefetch(&session->ice.path.local);
}
/** The same for what that points at. */
static inline void forward_session_prefetch_behind(const struct forward_session *session)
{
	for (size_t i = 0; i < MEDIA_SRTP_LINES; i++)
		__builtin_prefetch((const char *)session->out + 64 * i);
	forward_estimate_prefetch(session->estimate);
}
/** Media can pass from now on: to its place in the stream. */
void forward_session_connect(struct forward_session *session);
/** Encrypt and send a compound; nothing when it is empty or failed. */
void forward_session_send_rtcp(struct forward_session *session, const struct media_rtcp_writer *compound);

/* handshake.c */
/** A DTLS datagram from an address that passed a check. */
void forward_handshake_input(struct forward_session *session, const struct media_path *from, const uint8_t *data,
                             size_t len, int64_t came_us);
/** The same, when it is its turn; at once where nothing is left to reckon. */
void forward_handshake_queue(struct forward_session *session, const struct media_path *from, const uint8_t *data,
                             size_t len);
/** Take what waits, for a while. @return whether something still does. */
bool forward_handshakes_turn(struct forward_worker *worker);
void forward_handshake_timers(struct forward_session *session);
#endif
