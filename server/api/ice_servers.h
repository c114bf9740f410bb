/* The STUN and TURN servers that clients are told of. TURN servers come with credentials that coturn's REST scheme
 * (use-auth-secret) accepts for a while: nobody keeps accounts there. Pure but for the random part of a guest's name.
 * Thread: any. */
#ifndef TRUNKSHOW_API_ICE_SERVERS_H
#define TRUNKSHOW_API_ICE_SERVERS_H

#include <jansson.h>

#include "base/settings.h"

#define API_TURN_USERNAME 64
#define API_TURN_CREDENTIAL 32 /**< base64 of 20 bytes */
#define API_ICE_LINKS 6144     /**< some thirty servers; more than the head of an answer has room for are left out */

struct api_turn {
	char username[API_TURN_USERNAME], credential[API_TURN_CREDENTIAL];
};

/** username: when it expires [s since the epoch] and whose it is; credential: base64(HMAC-SHA1(secret, username)).
 *  @param whom a text without secrets, which TURN servers log and count by; NULL: a random one */
void api_turn_credential(const char *secret, int64_t expires_s, const char *whom, struct api_turn *out);
/** [{urls:[…], username?, credential?}], in the order of the setting, the TURN servers in one entry. */
json_t *api_ice_servers(const struct base_settings *settings, int64_t now_ms, const char *whom);
/** The value of the header Link (RFC 9725 §4.6). "" when there are no servers. What does not fit is left out whole. */
void api_ice_links(const struct base_settings *settings, int64_t now_ms, const char *whom, char *out, size_t size);
#endif
