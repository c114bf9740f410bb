/* ICE-lite (RFC 8445 §2.5): we answer checks; the full agent nominates. Pure: state in, datagram out. */
#ifndef MEDIA_TRANSPORT_ICE_H
#define MEDIA_TRANSPORT_ICE_H

#include "transport/stun.h"

#define MEDIA_ICE_UFRAG_BYTES 16
#define MEDIA_ICE_PWD_BYTES 33

/** Both ends of a path: where the peer is, and which of our addresses it addressed (so that answers leave from there).
 */
struct media_path {
	struct sockaddr_storage remote;
	struct sockaddr_storage local; /**< port unused; ss_family 0: unknown */
	uint64_t tcp;                  /**< 0: UDP; else names a connection of this worker (transport/tcp.h) */
};

struct media_ice_credentials {
	char local_ufrag[MEDIA_ICE_UFRAG_BYTES], local_pwd[MEDIA_ICE_PWD_BYTES];
	char remote_ufrag[257];
};

struct media_ice {
	struct media_ice_credentials now;
	/** Of a restart (RFC 8445 §2.4), borrowed, NULL: none. Both are good, and media stays where it is, until a pair
	 * is nominated under these: then they are `now`, and this is NULL. */
	const struct media_ice_credentials *next;
	bool nominated;             /**< `path` is set */
	struct media_path path;     /**< where media goes: newest authenticated check with USE-CANDIDATE */
	int64_t nominated_us;       /**< when `path` was nominated, newest time */
	struct media_path known[4]; /**< authenticated addresses, newest first: DTLS is accepted only from these */
	size_t known_count;
	int64_t last_check_us; /**< newest authenticated check: consent */
};

/** Fill local credentials: ufrag = 2 hex digits of worker + 8 random characters; 24-character password. */
void media_ice_credentials_init(struct media_ice_credentials *credentials, uint8_t worker, const char *remote_ufrag);
/** A session without a path, with fresh credentials. */
void media_ice_init(struct media_ice *ice, uint8_t worker, const char *remote_ufrag);
/** Answer a check whose USERNAME named this session. Nothing changes unless MESSAGE-INTEGRITY and FINGERPRINT are
 * right.
 *  @return length of the reply in out (a success, or a 400/401/420/487 error response); 0 nothing to send; -EACCES
 * unauthenticated (reply may still be written, length in *error_len); *moved set when the media path changed. */
__attribute__((warn_unused_result)) int media_ice_check(struct media_ice *ice, const uint8_t *data, size_t len,
                                                        const struct media_stun *m, const struct media_path *from,
                                                        int64_t now_us, uint8_t *out, size_t size, size_t *error_len,
                                                        bool *moved);
/** Is this where a check passed? */
bool media_ice_knows(const struct media_ice *ice, const struct media_path *from);
bool media_address_equal(const struct sockaddr_storage *a,
                         const struct sockaddr_storage *b); /**< family, address, port */
/** The same peer at the same address, by the same way: UDP, or one TCP connection. */
bool media_path_same_peer(const struct media_path *a, const struct media_path *b);
#endif
