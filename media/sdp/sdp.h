/* SDP offer to description, description to answer (RFC 8866, 9429, 8829 subset that WHIP, WHEP and browsers use). Pure.
 */
#ifndef MEDIA_SDP_SDP_H
#define MEDIA_SDP_SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media.h"

#define MEDIA_SDP_SECTIONS 8
#define MEDIA_SDP_CODECS 48
#define MEDIA_SDP_EXTENSIONS 24
#define MEDIA_SDP_RIDS 4
#define MEDIA_SDP_LAYERS 3 /**< of simulcast that are taken; the first ones offered */

/** Header extensions we know. */
enum media_extension {
	MEDIA_EXT_MID,
	MEDIA_EXT_RID,
	MEDIA_EXT_RRID,
	MEDIA_EXT_TWCC,
	MEDIA_EXT_ABS_SEND_TIME,
	MEDIA_EXT_AUDIO_LEVEL,
	MEDIA_EXT_COUNT
};

struct media_sdp_codec {
	uint8_t pt;             /**< as the offerer numbered it */
	enum media_codec codec; /**< MEDIA_NO_CODEC: RTX or one we lack */
	int rtx_pt;             /**< payload type of its RTX, -1 none */
	uint32_t clock;
	int channels;
	bool nack, pli, fir, twcc, remb; /**< a=rtcp-fb */
	char name[32];                   /**< encoding name as offered, to name it in errors */
	char fmtp[256];
};

enum media_direction { MEDIA_SENDRECV, MEDIA_SENDONLY, MEDIA_RECVONLY, MEDIA_INACTIVE };

struct media_sdp_section {
	char kind[16]; /**< "audio", "video", "application" */
	char protocol[32];
	char mid[32];
	uint16_t port;
	enum media_direction direction;
	char format[32]; /**< first format of the m= line: what a refused section names */
	bool rtcp_mux, rtcp_rsize, bundle_only;
	size_t codec_count;
	struct media_sdp_codec codecs[MEDIA_SDP_CODECS]; /**< in offered order */
	uint8_t extensions[MEDIA_EXT_COUNT];             /**< offered id (1..14), 0: not offered */
	uint8_t extension_directions[MEDIA_EXT_COUNT];   /**< enum media_direction as offered; MEDIA_SENDRECV when not
	                                                    told */
	uint32_t ssrc, rtx_ssrc;                         /**< a=ssrc / ssrc-group FID; 0: not told */
	size_t rid_count;
	char rids[MEDIA_SDP_RIDS][17]; /**< a=rid send, a=simulcast order */
	size_t simulcast_count;        /**< how many of the first of them a=simulcast:send names */
	char cname[64], msid[160];
};

struct media_sdp_offer {
	char ufrag[257], pwd[257], fingerprint[224]; /**< "sha-256 AB:…"; session or section level, first found */
	char setup[16];
	bool bundle, ice_lite, trickle;
	size_t section_count;
	struct media_sdp_section sections[MEDIA_SDP_SECTIONS];
};

/** Read an offer (RFC 8866; JSEP, RFC 9429). Transport attributes (ICE, fingerprint, setup) are those of the first live
 * audio or video section, else of the session. Codecs beyond MEDIA_SDP_CODECS are left out, the first are the preferred
 * ones; attributes we do not know are skipped.
 *  @return 0; -EMSGSIZE; -EBADMSG not SDP; -EPROTO lacks something we need (`why` is a sentence that says what).
 * Bounded, no allocation. */
__attribute__((warn_unused_result)) int media_sdp_parse(const char *text, size_t len, struct media_sdp_offer *out,
                                                        char *why, size_t why_len);

/** What was agreed for one media section; everything the session needs. */
struct media_sdp_track {
	bool accepted;
	size_t section;
	char mid[32];
	size_t codec_count;
	struct media_sdp_codec codecs[4]; /**< agreed, preferred first (publisher: one; viewer: every one in common) */
	uint8_t extensions[MEDIA_EXT_COUNT]; /**< agreed ids */
	uint32_t ssrc, rtx_ssrc; /**< viewer: ours, as the answer tells; publisher: theirs if told, 0 otherwise */
	size_t layer_count;      /**< publisher: simulcast, 0: none */
	char layers[MEDIA_SDP_LAYERS][17]; /**< by these rids (RFC 8851), as the offer orders them */
};

struct media_sdp_agreed {
	struct media_sdp_track audio, video;
};

struct media_sdp_local {
	enum media_role role;                  /**< the offerer's: MEDIA_PUBLISH (we receive) or MEDIA_VIEW (we send) */
	const char *ufrag, *pwd, *fingerprint; /**< ours; fingerprint without "sha-256 " */
	const char *const *addresses;          /**< host candidates, IPv4 or IPv6 literals */
	size_t address_count;
	uint16_t port;
	bool tcp; /**< the same port takes TCP connections (RFC 6544) */
	uint64_t session_id;
	uint32_t version;              /**< which answer of the session it is, from 1; 0 is 1 */
	const char *cname, *stream_id; /**< one for both tracks */
	uint32_t audio_ssrc,
	        video_ssrc; /**< viewer: ours; that of RTX follows from video_ssrc and is told in the agreed track */
	int64_t start_bitrate_bps,
	        max_bitrate_bps; /**< publisher: x-google-start-bitrate and b=AS/TIAS in the answer */
};

/** Choose codecs and extensions. Publisher: H.264 packetization-mode=1 (42e01f constrained baseline preferred) if
 * offered, else VP8; Opus. Viewer: every codec in common. @return 0; -ENOTSUP nothing in common, `why` names what was
 * offered; -EPROTO wrong direction. */
__attribute__((warn_unused_result)) int media_sdp_agree(const struct media_sdp_offer *offer,
                                                        const struct media_sdp_local *local,
                                                        struct media_sdp_agreed *out, char *why, size_t why_len);
/** Write the answer: a=ice-lite, setup:passive, BUNDLE, rtcp-mux, the offer's sections in its order (refused ones with
 * port 0), end-of-candidates.
 *  @return length; -EMSGSIZE. */
__attribute__((warn_unused_result)) int media_sdp_answer(const struct media_sdp_offer *offer,
                                                         const struct media_sdp_local *local,
                                                         const struct media_sdp_agreed *agreed, char *out, size_t size);

/** What a trickle-ice-sdpfrag (RFC 8840) says of a restart. */
struct media_sdp_fragment {
	char ufrag[257], pwd[257];
	char mid[32]; /**< of the first section; "": not told */
};

/** Find the credentials. @return 0; -EMSGSIZE; -EPROTO they are missing or none, `why` is a sentence. Bounded. */
__attribute__((warn_unused_result)) int
media_sdp_fragment_parse(const char *text, size_t len, struct media_sdp_fragment *out, char *why, size_t why_len);
/** Our end's credentials and candidates as a fragment.
 *  @param kind,pt,mid of the section that carries the transport  @param group the bundled mids, "" for none
 *  @return length; -EMSGSIZE. */
__attribute__((warn_unused_result)) int media_sdp_fragment_write(const struct media_sdp_local *local, const char *kind,
                                                                 unsigned pt, const char *mid, const char *group,
                                                                 char *out, size_t size);
#endif
