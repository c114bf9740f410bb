/* What reading an offer keeps between lines. Private to media/sdp. */
#ifndef MEDIA_SDP_READER_H
#define MEDIA_SDP_READER_H

#include "sdp/sdp.h"
#include "sdp/span.h"

/** The attributes that a session and each of its sections may have (RFC 8839, 8122, 8842). */
struct media_sdp_transport {
	char ufrag[257], pwd[257], fingerprint[224], setup[16];
};

struct media_sdp_reader {
	struct media_sdp_offer *offer;
	struct media_sdp_section *section; /**< the one being read; NULL: still at session level */
	struct media_sdp_transport session, here;
	struct media_sdp_transport first; /**< of the first live audio or video section */
	struct media_sdp_transport any;   /**< first found in any section */
	bool chosen;                      /**< first is set */
	enum media_direction direction;   /**< the session's default for its sections */
	struct media_span group;          /**< mids of a=group:BUNDLE */
	size_t line;                      /**< from 1 */
	char *why;
	size_t why_len;
};

/** RFC 8285 names of the header extensions we know. */
extern const char *const media_sdp_extension_uris[MEDIA_EXT_COUNT];

/** ice-char of RFC 8839 §5.4, and the few more that browsers tolerate. */
bool media_sdp_ice_text(struct media_span span, size_t least, size_t most);
/** Take one attribute, without its "a=". @return 0, also for those we do not know; -EBADMSG; -EPROTO; -EMSGSIZE. */
int media_sdp_attribute(struct media_sdp_reader *reader, struct media_span attribute);
/** Write `why`. @return error. */
__attribute__((format(printf, 3, 4))) int media_sdp_fail(struct media_sdp_reader *reader, int error, const char *format,
                                                         ...);
#endif
