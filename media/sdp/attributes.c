/* The attributes of an offer that matter to us, one function each, found by name. */
#include "sdp/reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

const char *const media_sdp_extension_uris[MEDIA_EXT_COUNT] = {
        [MEDIA_EXT_MID] = "urn:ietf:params:rtp-hdrext:sdes:mid",
        [MEDIA_EXT_RID] = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
        [MEDIA_EXT_RRID] = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
        [MEDIA_EXT_TWCC] = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        [MEDIA_EXT_ABS_SEND_TIME] = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        [MEDIA_EXT_AUDIO_LEVEL] = "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
};

static int malformed(struct media_sdp_reader *reader, const char *name)
{
	return media_sdp_fail(reader, -EBADMSG, "Line %zu of the offer: a=%s is malformed.", reader->line, name);
}

static struct media_sdp_transport *level(struct media_sdp_reader *reader)
{
	return reader->section ? &reader->here : &reader->session;
}

static struct media_sdp_codec *find_codec(struct media_sdp_section *section, struct media_span pt)
{
	uint32_t number;
	if (!section || !media_span_number(pt, 127, &number))
		return NULL;
	for (size_t i = 0; i < section->codec_count; i++) {
		if (section->codecs[i].pt == number)
			return &section->codecs[i];
	}
	return NULL;
}

/* ---- transport ---- */

bool media_sdp_ice_text(struct media_span span, size_t least, size_t most)
{
	for (size_t i = 0; i < span.len; i++) {
		unsigned char c = (unsigned char)span.at[i];
		if (c >= 0x80 || (!isalnum(c) && !memchr("+/-_=#", c, 6)))
			return false;
	}
	return span.len >= least && span.len <= most;
}

static int on_ufrag(struct media_sdp_reader *reader, struct media_span value)
{
	if (!media_sdp_ice_text(value, 4, 256))
		return media_sdp_fail(reader, -EPROTO,
		                      "Line %zu of the offer: a=ice-ufrag is not 4 to 256 letters and digits.",
		                      reader->line);
	media_span_copy(value, level(reader)->ufrag, sizeof level(reader)->ufrag);
	return 0;
}

static int on_pwd(struct media_sdp_reader *reader, struct media_span value)
{
	if (!media_sdp_ice_text(value, 22, 256))
		return media_sdp_fail(reader, -EPROTO,
		                      "Line %zu of the offer: a=ice-pwd is not 22 to 256 letters and digits.",
		                      reader->line);
	media_span_copy(value, level(reader)->pwd, sizeof level(reader)->pwd);
	return 0;
}

static int on_ice_lite(struct media_sdp_reader *reader, struct media_span value)
{
	reader->offer->ice_lite = true;
	return 0;
}

static int on_ice_options(struct media_sdp_reader *reader, struct media_span value)
{
	/* words between blanks; libdatachannel writes "ice2,trickle" */
	for (struct media_span word; (word = media_span_word(&value)).len;) {
		while (word.len)
			reader->offer->trickle |= media_span_is(media_span_cut(&word, ','), "trickle");
	}
	return 0;
}

static bool hex_pairs(struct media_span span, size_t bytes)
{
	if (span.len != bytes * 3 - 1)
		return false;
	for (size_t i = 0; i < span.len; i++) {
		unsigned char c = (unsigned char)span.at[i];
		if (i % 3 == 2 ? c != ':' : !isxdigit(c))
			return false;
	}
	return true;
}

/** RFC 8122: several may stand at one level; SHA-256, which every peer has, is preferred, weaker hashes are passed
 * over. */
static int on_fingerprint(struct media_sdp_reader *reader, struct media_span value)
{
	static const struct {
		const char *name;
		size_t bytes;
	} hashes[] = {{"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}};
	struct media_sdp_transport *here = level(reader);
	struct media_span hash = media_span_word(&value), digest = media_span_word(&value);
	for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
		if (!media_span_names(hash, hashes[i].name))
			continue;
		if (!hex_pairs(digest, hashes[i].bytes) || media_span_word(&value).len)
			return media_sdp_fail(reader, -EPROTO, "Line %zu of the offer: a=fingerprint is no %s digest.",
			                      reader->line, hashes[i].name);
		if (here->fingerprint[0] && (i != 0 || strncmp(here->fingerprint, hashes[0].name, 7) == 0))
			return 0;
		snprintf(here->fingerprint, sizeof here->fingerprint, "%s %.*s", hashes[i].name, (int)digest.len,
		         digest.at);
		for (char *c = here->fingerprint + strlen(hashes[i].name); *c; c++)
			*c = (char)toupper((unsigned char)*c);
	}
	return 0;
}

static int on_setup(struct media_sdp_reader *reader, struct media_span value)
{
	if (!media_span_token(value) || !media_span_copy(value, level(reader)->setup, sizeof level(reader)->setup))
		return malformed(reader, "setup");
	return 0;
}

static int on_group(struct media_sdp_reader *reader, struct media_span value)
{
	if (!reader->section && !reader->group.len && media_span_is(media_span_word(&value), "BUNDLE"))
		reader->group = value;
	return 0;
}

/* ---- section ---- */

static int on_mid(struct media_sdp_reader *reader, struct media_span value)
{
	if (!reader->section)
		return 0;
	if (!media_span_token(value) || !media_span_copy(value, reader->section->mid, sizeof reader->section->mid))
		return media_sdp_fail(reader, -EPROTO,
		                      "Line %zu of the offer: a=mid is no token of at most %zu characters.",
		                      reader->line, sizeof reader->section->mid - 1);
	return 0;
}

static int set_direction(struct media_sdp_reader *reader, enum media_direction direction)
{
	if (reader->section)
		reader->section->direction = direction;
	else
		reader->direction = direction;
	return 0;
}

static int on_sendrecv(struct media_sdp_reader *reader, struct media_span value)
{
	return set_direction(reader, MEDIA_SENDRECV);
}

static int on_sendonly(struct media_sdp_reader *reader, struct media_span value)
{
	return set_direction(reader, MEDIA_SENDONLY);
}

static int on_recvonly(struct media_sdp_reader *reader, struct media_span value)
{
	return set_direction(reader, MEDIA_RECVONLY);
}

static int on_inactive(struct media_sdp_reader *reader, struct media_span value)
{
	return set_direction(reader, MEDIA_INACTIVE);
}

static int on_rtcp_mux(struct media_sdp_reader *reader, struct media_span value)
{
	if (reader->section)
		reader->section->rtcp_mux = true;
	return 0;
}

static int on_rtcp_rsize(struct media_sdp_reader *reader, struct media_span value)
{
	if (reader->section)
		reader->section->rtcp_rsize = true;
	return 0;
}

static int on_bundle_only(struct media_sdp_reader *reader, struct media_span value)
{
	if (reader->section)
		reader->section->bundle_only = true;
	return 0;
}

/* ---- codecs ---- */

/** "111 opus/48000/2" */
static int on_rtpmap(struct media_sdp_reader *reader, struct media_span value)
{
	static const struct {
		const char *name;
		enum media_codec codec;
		uint32_t clock;
		const char *kind;
	} known[] = {{"H264", MEDIA_H264, 90000, "video"},
	             {"VP8", MEDIA_VP8, 90000, "video"},
	             {"opus", MEDIA_OPUS, 48000, "audio"}};
	struct media_sdp_codec *codec = find_codec(reader->section, media_span_word(&value));
	struct media_span name = media_span_cut(&value, '/'), clock = media_span_cut(&value, '/');
	uint32_t channels = 1;
	if (!codec)
		return 0;
	if (!media_span_token(name) || !media_span_number(media_span_trim(clock), 10000000, &codec->clock) ||
	    (value.len && !media_span_number(media_span_trim(value), 255, &channels)))
		return malformed(reader, "rtpmap");
	/* a name too long for us is none of ours: what fits names it in errors */
	snprintf(codec->name, sizeof codec->name, "%.*s", (int)name.len, name.at);
	codec->channels = (int)channels;
	codec->codec = MEDIA_NO_CODEC;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (media_span_names(name, known[i].name) && codec->clock == known[i].clock &&
		    strcmp(reader->section->kind, known[i].kind) == 0)
			codec->codec = known[i].codec;
	}
	return 0;
}

/** Parameters are kept whole or not at all: sprop-parameter-sets may be longer than all we need. */
static int on_fmtp(struct media_sdp_reader *reader, struct media_span value)
{
	struct media_sdp_codec *codec = find_codec(reader->section, media_span_word(&value));
	if (!codec)
		return 0;
	size_t len = 0;
	codec->fmtp[0] = '\0';
	while (value.len) {
		struct media_span parameter = media_span_trim(media_span_cut(&value, ';'));
		if (!parameter.len || len + 1 + parameter.len >= sizeof codec->fmtp)
			continue;
		len += (size_t)snprintf(codec->fmtp + len, sizeof codec->fmtp - len, "%s%.*s", len ? ";" : "",
		                        (int)parameter.len, parameter.at);
	}
	return 0;
}

static void take_feedback(struct media_sdp_codec *codec, struct media_span type, struct media_span what)
{
	if (media_span_is(type, "nack"))
		*(what.len ? &codec->pli : &codec->nack) |= !what.len || media_span_is(what, "pli");
	else if (media_span_is(type, "ccm"))
		codec->fir |= media_span_is(what, "fir");
	else if (media_span_is(type, "transport-cc"))
		codec->twcc = true;
	else if (media_span_is(type, "goog-remb"))
		codec->remb = true;
}

/** "96 nack pli", or "* nack" for every payload type (RFC 4585 §4.2) */
static int on_rtcp_fb(struct media_sdp_reader *reader, struct media_span value)
{
	struct media_span pt = media_span_word(&value), type = media_span_word(&value), what = media_span_word(&value);
	struct media_sdp_section *section = reader->section;
	struct media_sdp_codec *one = find_codec(section, pt);
	if (one)
		take_feedback(one, type, what);
	for (size_t i = 0; section && media_span_is(pt, "*") && i < section->codec_count; i++)
		take_feedback(&section->codecs[i], type, what);
	return 0;
}

/* ---- header extensions, sources, layers ---- */

static enum media_direction direction_named(struct media_span name)
{
	static const char *const names[] = {"sendrecv", "sendonly", "recvonly"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (media_span_is(name, names[i]))
			return (enum media_direction)i;
	}
	return name.len ? MEDIA_INACTIVE : MEDIA_SENDRECV;
}

/** "3/sendonly URI" (RFC 8285 §5). Ids above 14 need the two-byte form, which we do not speak; 15 is reserved. */
static int on_extmap(struct media_sdp_reader *reader, struct media_span value)
{
	struct media_sdp_section *section = reader->section;
	struct media_span way = media_span_word(&value), uri = media_span_word(&value), id = media_span_cut(&way, '/');
	uint32_t number;
	if (!section || !media_span_number(id, 14, &number) || number == 0)
		return 0;
	for (size_t i = 0; i < MEDIA_EXT_COUNT; i++) {
		if (section->extensions[i] == number)
			return 0; /* two under one number: the first stands */
	}
	for (size_t i = 0; i < MEDIA_EXT_COUNT; i++) {
		if (media_span_is(uri, media_sdp_extension_uris[i]) && !section->extensions[i] &&
		    direction_named(way) != MEDIA_INACTIVE) {
			section->extensions[i] = (uint8_t)number;
			section->extension_directions[i] = (uint8_t)direction_named(way);
		}
	}
	return 0;
}

/** "1234 cname:text" (RFC 5576) */
static int on_ssrc(struct media_sdp_reader *reader, struct media_span value)
{
	struct media_sdp_section *section = reader->section;
	struct media_span id = media_span_word(&value), name = media_span_cut(&value, ':');
	uint32_t ssrc;
	if (!section || !media_span_number(id, UINT32_MAX, &ssrc))
		return 0;
	if (!section->ssrc)
		section->ssrc = ssrc;
	if (media_span_is(name, "cname") && !section->cname[0])
		media_span_copy(value, section->cname, sizeof section->cname);
	return 0;
}

/** "FID 1234 5678": media and its RTX; more to be trusted than the order of a=ssrc lines */
static int on_ssrc_group(struct media_sdp_reader *reader, struct media_span value)
{
	struct media_sdp_section *section = reader->section;
	uint32_t media, rtx;
	if (!section || section->rtx_ssrc || !media_span_is(media_span_word(&value), "FID"))
		return 0;
	if (media_span_number(media_span_word(&value), UINT32_MAX, &media) &&
	    media_span_number(media_span_word(&value), UINT32_MAX, &rtx)) {
		section->ssrc = media;
		section->rtx_ssrc = rtx;
	}
	return 0;
}

static int on_msid(struct media_sdp_reader *reader, struct media_span value)
{
	if (reader->section)
		media_span_copy(value, reader->section->msid, sizeof reader->section->msid);
	return 0;
}

/** Letters and digits (RFC 8852 §3.3), and what RFC 8851 once allowed beside them: it goes into lines of ours. */
static bool rid_valid(struct media_span rid)
{
	for (size_t i = 0; i < rid.len; i++) {
		unsigned char c = (unsigned char)rid.at[i];
		if (c >= 0x80 || (!isalnum(c) && c != '-' && c != '_'))
			return false;
	}
	return rid.len > 0;
}

/** Put a layer at place `at`, moving what stands there; a known one only moves. @return whether it is there now. */
static bool place_rid(struct media_sdp_section *section, struct media_span rid, size_t at)
{
	char name[sizeof section->rids[0]];
	size_t from;
	if (!rid_valid(rid) || !media_span_copy(rid, name, sizeof name))
		return false;
	for (from = 0; from < section->rid_count && strcmp(section->rids[from], name) != 0; from++)
		;
	if (from == MEDIA_SDP_RIDS || from < at)
		return false;
	if (from == section->rid_count)
		section->rid_count++;
	memmove(section->rids[at + 1], section->rids[at], (from - at) * sizeof section->rids[0]);
	memcpy(section->rids[at], name, sizeof name);
	return true;
}

/** "h send pt=96" (RFC 8851) */
static int on_rid(struct media_sdp_reader *reader, struct media_span value)
{
	struct media_span rid = media_span_word(&value);
	if (reader->section && media_span_is(media_span_word(&value), "send"))
		place_rid(reader->section, rid, reader->section->rid_count);
	return 0;
}

/** "send l;~m,x;h" (RFC 8853): of alternatives the first; "~" starts paused */
static int on_simulcast(struct media_sdp_reader *reader, struct media_span value)
{
	size_t at = 0;
	struct media_span way = media_span_word(&value);
	if (reader->section && media_span_is(way, "recv")) {
		media_span_word(&value);
		way = media_span_word(&value);
	}
	if (!reader->section || !media_span_is(way, "send"))
		return 0;
	for (struct media_span list = media_span_word(&value); list.len && at < MEDIA_SDP_RIDS;) {
		struct media_span layer = media_span_cut(&list, ';'), rid = media_span_cut(&layer, ',');
		if (rid.len && rid.at[0] == '~') {
			rid.at++;
			rid.len--;
		}
		at += place_rid(reader->section, rid, at);
	}
	reader->section->simulcast_count = at;
	return 0;
}

int media_sdp_attribute(struct media_sdp_reader *reader, struct media_span attribute)
{
	static const struct {
		const char *name;
		int (*take)(struct media_sdp_reader *reader, struct media_span value);
	} known[] = {
	        {"bundle-only", on_bundle_only},
	        {"extmap", on_extmap},
	        {"fingerprint", on_fingerprint},
	        {"fmtp", on_fmtp},
	        {"group", on_group},
	        {"ice-lite", on_ice_lite},
	        {"ice-options", on_ice_options},
	        {"ice-pwd", on_pwd},
	        {"ice-ufrag", on_ufrag},
	        {"inactive", on_inactive},
	        {"mid", on_mid},
	        {"msid", on_msid},
	        {"recvonly", on_recvonly},
	        {"rid", on_rid},
	        {"rtcp-fb", on_rtcp_fb},
	        {"rtcp-mux", on_rtcp_mux},
	        {"rtcp-rsize", on_rtcp_rsize},
	        {"rtpmap", on_rtpmap},
	        {"sendonly", on_sendonly},
	        {"sendrecv", on_sendrecv},
	        {"setup", on_setup},
	        {"simulcast", on_simulcast},
	        {"ssrc", on_ssrc},
	        {"ssrc-group", on_ssrc_group},
	};
	struct media_span value = attribute, name = media_span_trim(media_span_cut(&value, ':'));
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (media_span_is(name, known[i].name))
			return known[i].take(reader, media_span_trim(value));
	}
	return 0;
}
