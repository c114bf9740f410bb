/* What both sides can do: one audio and one video section, their codecs, feedback and header extensions. */
#include "sdp/sdp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define UNFIT 100 /**< a rank that means: not this one */

/** Value of one parameter of a=fmtp, "" if it is not there (RFC 6184 §8.1 writes name=value pairs between semicolons).
 */
static void fmtp_value(const char *fmtp, const char *name, char *out, size_t size)
{
	size_t name_len = strlen(name);
	out[0] = '\0';
	for (const char *at = fmtp; at; at = strchr(at, ';')) {
		at += strspn(at, "; ");
		if (strncasecmp(at, name, name_len) == 0 && at[name_len] == '=') {
			at += name_len + 1;
			snprintf(out, size, "%.*s", (int)strcspn(at, "; "), at);
			return;
		}
	}
}

/** Constrained baseline is what every decoder has: it comes as 42 with constraint 1, or as 4d or 58 with constraints
 * that amount to it (RFC 6184 §8.1, table 5). Without profile-level-id, baseline is meant. */
static int h264_rank(const struct media_sdp_codec *codec)
{
	char mode[8], profile[16];
	fmtp_value(codec->fmtp, "packetization-mode", mode, sizeof mode);
	fmtp_value(codec->fmtp, "profile-level-id", profile, sizeof profile);
	if (strcmp(mode, "1") != 0)
		return UNFIT;
	if (!profile[0])
		return 2;
	char *end;
	unsigned long id = strtoul(profile, &end, 16);
	if (*end || strlen(profile) != 6)
		return UNFIT;
	unsigned idc = (unsigned)(id >> 16), constraints = (unsigned)(id >> 8 & 0xff);
	if (id == 0x42e01f)
		return 0;
	if ((idc == 0x42 && (constraints & 0x4f) == 0x40) || (idc == 0x4d && (constraints & 0x8f) == 0x80) ||
	    (idc == 0x58 && (constraints & 0xcf) == 0xc0))
		return 1;
	return idc == 0x42 ? 2 : 3;
}

/** Lower is better among payload types of one codec. */
static int codec_rank(const struct media_sdp_codec *codec)
{
	if (codec->codec == MEDIA_H264)
		return h264_rank(codec);
	if (codec->codec == MEDIA_OPUS)
		return codec->channels == 2
		               ? 0
		               : 1; /* RFC 7587 §7 wants opus/48000/2 always; some leave the channels out */
	return codec->codec == MEDIA_NO_CODEC ? UNFIT : 0;
}

/** The best payload type of one codec, in offered order. */
static const struct media_sdp_codec *best_of(const struct media_sdp_section *section, enum media_codec wanted)
{
	const struct media_sdp_codec *best = NULL;
	for (size_t i = 0; i < section->codec_count; i++) {
		const struct media_sdp_codec *codec = &section->codecs[i];
		if (codec->codec == wanted && codec_rank(codec) < (best ? codec_rank(best) : UNFIT))
			best = codec;
	}
	return best;
}

static bool offerer_sends(const struct media_sdp_section *section)
{
	return section->direction == MEDIA_SENDRECV || section->direction == MEDIA_SENDONLY;
}

static bool offerer_receives(const struct media_sdp_section *section)
{
	return section->direction == MEDIA_SENDRECV || section->direction == MEDIA_RECVONLY;
}

static bool direction_fits(const struct media_sdp_section *section, enum media_role role)
{
	return role == MEDIA_PUBLISH ? offerer_sends(section) : offerer_receives(section);
}

/** Live, secured by DTLS, and of this kind. */
static bool section_usable(const struct media_sdp_section *section, const char *kind)
{
	static const char *const protocols[] = {"UDP/TLS/RTP/SAVPF",  "UDP/TLS/RTP/SAVP",
	                                        "TCP/DTLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF",
	                                        "RTP/SAVPF",          "RTP/SAVP"}; /* JSEP, RFC 9429 §5.1.2 */
	if (strcmp(section->kind, kind) != 0 || (section->port == 0 && !section->bundle_only))
		return false;
	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
		if (strcmp(section->protocol, protocols[i]) == 0)
			return true;
	}
	return false;
}

static void take_codec(struct media_sdp_track *track, const struct media_sdp_codec *offered, enum media_role role)
{
	struct media_sdp_codec *codec = &track->codecs[track->codec_count++];
	*codec = *offered;
	/* superseded by transport-wide feedback; of use from viewers that do not know that */
	codec->remb = offered->remb && !offered->twcc && role == MEDIA_VIEW;
	/* From hosts, too: browsers number a packet anew for the transport when they repeat it, and in place that would
	 * be one nonce with two headers. Sound is concealed, not repaired. */
	if (!offered->nack || offered->codec == MEDIA_OPUS)
		codec->rtx_pt = -1;
}

/** A host gets the one we like best, so that there is no doubt what it sends; a viewer keeps every one in common, in
 * its order. */
static void take_codecs(struct media_sdp_track *track, const struct media_sdp_section *section, enum media_role role)
{
	static const enum media_codec host_order[] = {MEDIA_H264, MEDIA_VP8, MEDIA_OPUS};
	if (role == MEDIA_PUBLISH) {
		for (size_t i = 0; i < 3 && track->codec_count == 0; i++) {
			const struct media_sdp_codec *codec = best_of(section, host_order[i]);
			if (codec)
				take_codec(track, codec, role);
		}
		return;
	}
	for (size_t i = 0; i < section->codec_count && track->codec_count < 4; i++) {
		const struct media_sdp_codec *codec = &section->codecs[i];
		if (codec == best_of(section, codec->codec))
			take_codec(track, codec, role);
	}
}

/** An extension offered for one way only is of use if that is the way the media goes. */
static bool extension_fits(const struct media_sdp_section *section, enum media_extension extension,
                           enum media_role role)
{
	enum media_direction way = (enum media_direction)section->extension_directions[extension];
	if (!section->extensions[extension])
		return false;
	return way == MEDIA_SENDRECV || way == (role == MEDIA_PUBLISH ? MEDIA_SENDONLY : MEDIA_RECVONLY);
}

/** Never video-orientation: a host that turns its phone must send upright pictures, or recordings would lie on their
 * side. */
static void take_extensions(struct media_sdp_track *track, const struct media_sdp_section *section,
                            enum media_role role)
{
	static const bool wanted[][MEDIA_EXT_COUNT] = {
	        [MEDIA_PUBLISH] = {[MEDIA_EXT_MID] = true,
	                           [MEDIA_EXT_RID] = true,
	                           [MEDIA_EXT_RRID] = true,
	                           [MEDIA_EXT_TWCC] = true,
	                           [MEDIA_EXT_ABS_SEND_TIME] = true},
	        [MEDIA_VIEW] = {[MEDIA_EXT_MID] = true, [MEDIA_EXT_TWCC] = true},
	};
	for (int i = 0; i < MEDIA_EXT_COUNT; i++) {
		if (wanted[role][i] && extension_fits(section, (enum media_extension)i, role))
			track->extensions[i] = section->extensions[i];
	}
	/* transport-wide feedback is numbers in packets and reports about them: both or neither */
	bool reported = false;
	for (size_t i = 0; i < track->codec_count; i++)
		reported |= track->codecs[i].twcc;
	if (!reported)
		track->extensions[MEDIA_EXT_TWCC] = 0;
	for (size_t i = 0; !track->extensions[MEDIA_EXT_TWCC] && i < track->codec_count; i++)
		track->codecs[i].twcc = false;
}

/** A number for RTX that follows from that of the media and meets none of the others. */
static uint32_t rtx_ssrc(const struct media_sdp_local *local)
{
	uint32_t ssrc = local->video_ssrc + 1;
	while (ssrc == 0 || ssrc == local->audio_ssrc)
		ssrc++;
	return ssrc;
}

/** A host's layers are known by the rids in its packets: without the header extension for them there is one picture,
 * and what browsers then send is the first layer alone. */
static void take_layers(struct media_sdp_track *track, const struct media_sdp_section *section, enum media_role role)
{
	size_t count = section->simulcast_count < MEDIA_SDP_LAYERS ? section->simulcast_count : MEDIA_SDP_LAYERS;
	if (role == MEDIA_PUBLISH && track->extensions[MEDIA_EXT_RID]) {
		track->layer_count = count;
		memcpy(track->layers, section->rids, count * sizeof section->rids[0]);
	}
	/* what only layers need */
	if (track->layer_count == 0)
		track->extensions[MEDIA_EXT_RID] = track->extensions[MEDIA_EXT_RRID] = 0;
}

static void take_sources(struct media_sdp_track *track, const struct media_sdp_section *section,
                         const struct media_sdp_local *local, bool video)
{
	if (local->role == MEDIA_PUBLISH) {
		/* with layers a source is known by its rid, not by its place in a list */
		track->ssrc = section->rid_count ? 0 : section->ssrc;
		track->rtx_ssrc = section->rid_count || track->codecs[0].rtx_pt < 0 ? 0 : section->rtx_ssrc;
		return;
	}
	track->ssrc = video ? local->video_ssrc : local->audio_ssrc;
	for (size_t i = 0; video && i < track->codec_count; i++) {
		if (track->codecs[i].rtx_pt >= 0)
			track->rtx_ssrc = rtx_ssrc(local);
	}
}

/** What was seen of one kind, for the verdict. */
struct kind_seen {
	bool usable, fits, agreed;
};

static struct kind_seen agree_kind(const struct media_sdp_offer *offer, const struct media_sdp_local *local,
                                   const char *kind, struct media_sdp_track *track)
{
	struct kind_seen seen = {false, false, false};
	for (size_t i = 0; i < offer->section_count && !seen.agreed; i++) {
		const struct media_sdp_section *section = &offer->sections[i];
		if (!section_usable(section, kind))
			continue;
		seen.usable = true;
		if (!direction_fits(section, local->role))
			continue;
		seen.fits = true;
		take_codecs(track, section, local->role);
		if (track->codec_count == 0)
			continue;
		seen.agreed = track->accepted = true;
		track->section = i;
		memcpy(track->mid, section->mid, sizeof track->mid);
		take_extensions(track, section, local->role);
		take_layers(track, section, local->role);
		take_sources(track, section, local, strcmp(kind, "video") == 0);
	}
	return seen;
}

static bool named_before(const struct media_sdp_section *section, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (strcasecmp(section->codecs[i].name, section->codecs[at].name) == 0)
			return true;
	}
	return false;
}

/** "H265, H264 without packetization-mode=1": what was offered of this kind, each once, RTX and the like left out. */
static void name_offered(const struct media_sdp_offer *offer, const char *kind, char *out, size_t size)
{
	static const char *const helpers[] = {"rtx", "red", "ulpfec", "flexfec-03", "telephone-event", "CN"};
	size_t len = 0;
	out[0] = '\0';
	for (size_t i = 0; i < offer->section_count; i++) {
		const struct media_sdp_section *section = &offer->sections[i];
		for (size_t j = 0; section_usable(section, kind) && j < section->codec_count; j++) {
			const struct media_sdp_codec *codec = &section->codecs[j];
			bool skip = !codec->name[0] || named_before(section, j);
			for (size_t k = 0; k < sizeof helpers / sizeof helpers[0]; k++)
				skip |= strcasecmp(codec->name, helpers[k]) == 0;
			if (skip || len + sizeof codec->name + 40 > size)
				continue;
			len += (size_t)snprintf(out + len, size - len, "%s%s%s", len ? ", " : "", codec->name,
			                        codec->codec == MEDIA_H264 ? " without packetization-mode=1" : "");
		}
	}
	if (!len)
		snprintf(out, size, "none");
}

static int refuse_codecs(const struct media_sdp_offer *offer, bool video, char *why, size_t why_len)
{
	char names[512];
	name_offered(offer, video ? "video" : "audio", names, sizeof names);
	snprintf(why, why_len, "No %s codec in common: the offer has %s; this server takes %s.",
	         video ? "video" : "audio", names, video ? "H264 (packetization-mode=1) and VP8" : "opus/48000/2");
	return -ENOTSUP;
}

int media_sdp_agree(const struct media_sdp_offer *offer, const struct media_sdp_local *local,
                    struct media_sdp_agreed *out, char *why, size_t why_len)
{
	memset(out, 0, sizeof *out);
	if (why_len)
		why[0] = '\0';
	struct kind_seen audio = agree_kind(offer, local, "audio", &out->audio);
	struct kind_seen video = agree_kind(offer, local, "video", &out->video);
	/* a viewer may do without picture or sound; a host must not find out on air that nobody sees it */
	bool bare = !audio.agreed && !video.agreed;
	if (video.fits && !video.agreed && (local->role == MEDIA_PUBLISH || bare))
		return refuse_codecs(offer, true, why, why_len);
	if (audio.fits && !audio.agreed && (local->role == MEDIA_PUBLISH || bare))
		return refuse_codecs(offer, false, why, why_len);
	if (!bare)
		return 0;
	if (audio.usable || video.usable)
		snprintf(why, why_len, "No section of the offer %s: its direction must be %s or sendrecv.",
		         local->role == MEDIA_PUBLISH ? "sends" : "receives",
		         local->role == MEDIA_PUBLISH ? "sendonly" : "recvonly");
	else
		snprintf(why, why_len, "No audio or video section of the offer uses UDP/TLS/RTP/SAVPF.");
	return -EPROTO;
}
