/* What WHIP (RFC 9725) and WHEP say about headers. Pure. */
#ifndef TRUNKSHOW_API_WHIP_RULES_H
#define TRUNKSHOW_API_WHIP_RULES_H

#include <stdbool.h>
#include <stddef.h>

/** A strong entity tag made of the ICE session's ufrag: "\"ufrag\"". */
void api_whip_etag(const char *ufrag, char *out, size_t size);
/** Whether a content type names `type`, whatever its case and parameters. NULL is none. */
bool api_whip_is_type(const char *content_type, const char *type);
/** Whether an Accept header (NULL: absent) allows `type`. */
bool api_whip_accepts(const char *accept, const char *type);
/** Whether an If-Match header (RFC 9110 §13.1.1: a list, or *) holds the tag; weak tags never match. */
bool api_whip_matches(const char *if_match, const char *etag);

enum api_whip_patch {
	API_WHIP_TRICKLE, /**< candidates for the session as it is: 204 */
	API_WHIP_RESTART, /**< other credentials: an ICE restart */
	API_WHIP_NONSENSE /**< no SDP fragment */
};
/** What a trickle-ice-sdpfrag (RFC 8840) asks for. @param ufrag the offer's, NULL when unknown: then any is a trickle.
 * Bounded. */
enum api_whip_patch api_whip_read_patch(const char *fragment, size_t len, const char *ufrag);
/** Find a=ice-ufrag in an SDP. @return false when there is none that fits. */
bool api_whip_find_ufrag(const char *sdp, size_t len, char *out, size_t size);
#endif
