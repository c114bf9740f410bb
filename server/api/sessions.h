/* Media sessions that this API opened: whose they are, what their entity tag is, which connection hears of them. Hub
 * thread. */
#ifndef TRUNKSHOW_API_SESSIONS_H
#define TRUNKSHOW_API_SESSIONS_H

#include "api/core.h"
#include "media.h"

#define API_KEY_DIGEST 16

struct api_media {
	uint64_t user;                     /**< the engine gives it back in events */
	char session[MEDIA_SESSION_BYTES]; /**< "" until the offer is answered */
	char stream[MEDIA_STREAM_BYTES];
	char etag[48];
	char peer_ufrag[257];        /**< of the offer; another one in a PATCH asks for an ICE restart */
	uint8_t key[API_KEY_DIGEST]; /**< of what the offer bore */
	bool by_key;                 /**< it bore the show's publish key, which must stay the show's */
	bool stale;                  /**< while the offer was answered the key became another */
	bool cut;                    /**< while the offer was answered its host was banned */
	enum media_role role;
	uint64_t conn;    /**< 0: none */
	char address[64]; /**< whose it is, as limits count it */
	bool closed;      /**< the engine said so before the answer came back */
	bool restarting;  /**< an ICE restart is being answered */
};

struct api_offer;

void api_sessions_init(struct api *api);
void api_sessions_finish(struct api *api);

/** Make the entry before the offer goes to another thread, because the session's end may overtake its answer. */
struct api_media *api_session_reserve(struct api *api, const struct api_offer *offer, uint64_t conn,
                                      const char *address);
/** The offer was answered. @return false when the session has ended already, or had to (the entry is gone). */
bool api_session_opened(struct api *api, const struct api_offer *offer);
void api_session_forget(struct api *api, uint64_t user);                     /**< the offer was refused */
struct api_media *api_session_by_name(struct api *api, const char *session); /**< NULL */
/** Whether one more session may be opened over this connection (0: none) and from this address, so that nobody takes
 * all that there are. Hosts are spared the address: each show has one, who must prove it. @return false with the
 * sentence to answer */
bool api_session_allowed(struct api *api, enum media_role role, uint64_t conn, const char *address, char *why,
                         size_t why_len);
/** Close by our side; its connection is told nothing. */
void api_session_close(struct api *api, struct api_media *media);
/** A show's publish key is this one now: who publishes with another is cut off. */
void api_sessions_key_changed(struct api *api, struct base_id show, const char *key);
/** An account is banned: who publishes in its shows is cut off. */
void api_sessions_banned(struct api *api, struct base_id host);

/** What one offer becomes; shared by media.offer, WHIP and WHEP. */
struct api_offer {
	enum media_role role;
	struct base_id show;
	const char *sdp; /**< borrowed */
	size_t sdp_len;
	uint64_t user;
	uint8_t key[API_KEY_DIGEST]; /**< of the bearer token, whatever that is */
	bool by_key;                 /**< it is the publish key, and nothing else allows this offer */
	struct media_answer answer;
};

/** An ICE restart of a session, shared by media.offer, WHIP and WHEP. */
struct api_restart {
	char session[MEDIA_SESSION_BYTES];
	const char *sdp; /**< borrowed */
	size_t sdp_len;
	bool fragment;
	struct media_answer answer;
};

/** Take the session for a restart, one at a time. @return false when one is under way */
bool api_restart_begin(struct api_media *media, struct api_restart *restart);
/** Ask the engine. When it fails the call is ended. Thread: jobs. */
bool api_restart_run(struct api_call *call, struct api_restart *restart);
/** Back on the hub thread: what the session is known by now. @param done it was answered */
void api_restart_finish(struct api *api, const struct api_restart *restart, bool done);

/** Read the show, ask may(), open the session. When it fails the call is ended. Thread: jobs. */
bool api_offer_open(struct api_call *call, struct api_offer *offer);
void api_offer_free(void *offer);
void api_offer_bear(struct api_offer *offer, const char *bearer); /**< before the entry is made */
/** Names of codecs on the wire: "H264", "VP8", "opus", or NULL. */
const char *api_codec_name(enum media_codec codec);
#endif
