/* The answer's text. Whatever is echoed from the offer was checked when it was read. */
#include "sdp/reader.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ADDRESSES_MAX = 8192 };
#define PASSIVE UINT32_C(4) /**< direction preference of a passive host candidate (RFC 6544 §4.2) */

/** Text that grows into a buffer that does not. */
struct writer {
	char *out;
	size_t size, len;
	bool full;
};

/** Everything that a line may need. */
struct answer {
	struct writer to;
	const struct media_sdp_offer *offer;
	const struct media_sdp_local *local;
	const struct media_sdp_agreed *agreed;
	bool candidates_told;
};

__attribute__((format(printf, 2, 3))) static void put(struct answer *answer, const char *format, ...)
{
	struct writer *to = &answer->to;
	va_list args;
	if (to->full)
		return;
	va_start(args, format);
	int len = vsnprintf(to->out + to->len, to->size - to->len, format, args);
	va_end(args);
	to->full = len < 0 || (size_t)len >= to->size - to->len;
	if (!to->full)
		to->len += (size_t)len;
}

static const struct media_sdp_track *track_of(const struct answer *answer, size_t section)
{
	const struct media_sdp_track *tracks[] = {&answer->agreed->audio, &answer->agreed->video};
	for (size_t i = 0; i < 2; i++) {
		if (tracks[i]->accepted && tracks[i]->section == section)
			return tracks[i];
	}
	return NULL;
}

static bool is_video(const struct answer *answer, const struct media_sdp_track *track)
{
	return track == &answer->agreed->video;
}

/** 4 or 6; 0: no literal address */
static int address_family(const char *address)
{
	unsigned char raw[16];
	if (inet_pton(AF_INET, address, raw) == 1)
		return 4;
	return inet_pton(AF_INET6, address, raw) == 1 ? 6 : 0;
}

static void put_session(struct answer *answer)
{
	const struct media_sdp_local *local = answer->local;
	/* RFC 9429 §5.2.1: the session's number fits into 63 bits */
	put(answer, "v=0\r\no=- %" PRIu64 " %" PRIu32 " IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
	    local->session_id & INT64_MAX, local->version ? local->version : 1);
	if (answer->offer->bundle) {
		put(answer, "a=group:BUNDLE");
		for (size_t i = 0; i < answer->offer->section_count; i++) {
			if (track_of(answer, i))
				put(answer, " %s", answer->offer->sections[i].mid);
		}
		put(answer, "\r\n");
	}
	put(answer, "a=ice-lite\r\n");
	put(answer, local->role == MEDIA_VIEW ? "a=msid-semantic: WMS %s\r\n" : "a=msid-semantic: WMS\r\n",
	    local->stream_id);
}

static void put_refused(struct answer *answer, const struct media_sdp_section *section)
{
	put(answer, "m=%s 0 %s %s\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n", section->kind, section->protocol,
	    section->format);
	if (section->mid[0])
		put(answer, "a=mid:%s\r\n", section->mid);
}

/** Host candidates over UDP, one component (RFC 8445 §5.1.2.1): type preference 126, addresses preferred in the given
 * order. Then those over TCP, to which the peer connects (RFC 6544 §4.2): less preferred than any over UDP. In the
 * first accepted section alone, whose transport the others share. */
static void put_candidates(struct answer *answer)
{
	const struct media_sdp_local *local = answer->local;
	if (answer->candidates_told)
		return;
	answer->candidates_told = true;
	for (size_t i = 0; i < local->address_count && i < ADDRESSES_MAX; i++) {
		uint32_t priority = (uint32_t)126 << 24 | (uint32_t)(65535 - i) << 8 | (256 - 1);
		if (address_family(local->addresses[i]))
			put(answer, "a=candidate:%zu 1 udp %" PRIu32 " %s %u typ host\r\n", i + 1, priority,
			    local->addresses[i], local->port);
	}
	for (size_t i = 0; local->tcp && i < local->address_count && i < ADDRESSES_MAX; i++) {
		uint32_t preference = PASSIVE << 13 | (uint32_t)(8191 - i);
		if (address_family(local->addresses[i]))
			put(answer, "a=candidate:%zu 1 tcp %" PRIu32 " %s %u typ host tcptype passive\r\n",
			    local->address_count + i + 1, (uint32_t)90 << 24 | preference << 8 | (256 - 1),
			    local->addresses[i], local->port);
	}
	put(answer, "a=end-of-candidates\r\n");
}

static void put_media_line(struct answer *answer, const struct media_sdp_section *section,
                           const struct media_sdp_track *track)
{
	const struct media_sdp_local *local = answer->local;
	const char *address = "0.0.0.0";
	int family = 4;
	uint16_t port = 9; /* discard, as JSEP writes it when there is no candidate to name */
	for (size_t i = 0; i < local->address_count; i++) {
		if (address_family(local->addresses[i])) {
			address = local->addresses[i];
			family = address_family(address);
			port = local->port;
			break;
		}
	}
	put(answer, "m=%s %u %s", section->kind, port, section->protocol);
	for (size_t i = 0; i < track->codec_count; i++)
		put(answer, " %u", track->codecs[i].pt);
	for (size_t i = 0; i < track->codec_count; i++) {
		if (track->codecs[i].rtx_pt >= 0)
			put(answer, " %d", track->codecs[i].rtx_pt);
	}
	put(answer, "\r\nc=IN IP%d %s\r\n", family, address);
	/* b= stands between c= and the attributes (RFC 8866 §5); AS counts kbit/s, TIAS bit/s (RFC 3890) */
	if (local->role == MEDIA_PUBLISH && is_video(answer, track) && local->max_bitrate_bps > 0)
		put(answer, "b=AS:%" PRId64 "\r\nb=TIAS:%" PRId64 "\r\n", local->max_bitrate_bps / 1000,
		    local->max_bitrate_bps);
}

static void put_transport(struct answer *answer, const struct media_sdp_section *section)
{
	const struct media_sdp_local *local = answer->local;
	put_candidates(answer);
	put(answer, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:sha-256 %s\r\na=setup:passive\r\n", local->ufrag,
	    local->pwd, local->fingerprint);
	if (section->mid[0])
		put(answer, "a=mid:%s\r\n", section->mid);
}

static void put_extensions(struct answer *answer, const struct media_sdp_section *section,
                           const struct media_sdp_track *track)
{
	/* offered for one way, answered for the other (RFC 8285 §6) */
	static const char *const ways[] = {[MEDIA_SENDRECV] = "",
	                                   [MEDIA_SENDONLY] = "/recvonly",
	                                   [MEDIA_RECVONLY] = "/sendonly",
	                                   [MEDIA_INACTIVE] = "/inactive"};
	for (size_t i = 0; i < MEDIA_EXT_COUNT; i++) {
		if (track->extensions[i])
			put(answer, "a=extmap:%u%s %s\r\n", track->extensions[i],
			    ways[section->extension_directions[i]], media_sdp_extension_uris[i]);
	}
}

/** Is this parameter in the fmtp that was offered? */
static bool offered(const char *fmtp, const char *parameter)
{
	size_t len = strlen(parameter);
	for (const char *at = fmtp; at; at = strchr(at, ';')) {
		at += strspn(at, "; ");
		if (strncmp(at, parameter, len) == 0 && (at[len] == '\0' || at[len] == ';' || at[len] == ' '))
			return true;
	}
	return false;
}

static void put_h264(struct answer *answer, const struct media_sdp_codec *codec)
{
	static const char name[] = "profile-level-id=";
	const char *profile = strcasestr(codec->fmtp, name);
	size_t len = profile ? strspn(profile + sizeof name - 1, "0123456789abcdefABCDEF") : 0;
	/* the profile must be that of the offer for this payload type (RFC 6184 §8.2.2) */
	put(answer, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=%.*s",
	    len == 6 ? 6 : (int)sizeof "42e01f" - 1, len == 6 ? profile + sizeof name - 1 : "42e01f");
}

static void put_opus(struct answer *answer, const struct media_sdp_codec *codec)
{
	put(answer, "minptime=10;useinbandfec=1%s%s", offered(codec->fmtp, "stereo=1") ? ";stereo=1" : "",
	    offered(codec->fmtp, "sprop-stereo=1") ? ";sprop-stereo=1" : "");
}

static void put_fmtp(struct answer *answer, const struct media_sdp_track *track, const struct media_sdp_codec *codec)
{
	const struct media_sdp_local *local = answer->local;
	int64_t rates[] = {local->start_bitrate_bps / 1000, local->max_bitrate_bps / 1000};
	static const char *const names[] = {"x-google-start-bitrate", "x-google-max-bitrate"};
	bool rated = is_video(answer, track) && local->role == MEDIA_PUBLISH && (rates[0] > 0 || rates[1] > 0);
	const char *between = "";
	if (codec->codec == MEDIA_VP8 && !rated)
		return;
	put(answer, "a=fmtp:%u ", codec->pt);
	if (codec->codec == MEDIA_H264)
		put_h264(answer, codec);
	else if (codec->codec == MEDIA_OPUS)
		put_opus(answer, codec);
	between = codec->codec == MEDIA_VP8 ? "" : ";";
	for (size_t i = 0; rated && i < 2; i++) {
		if (rates[i] > 0) {
			put(answer, "%s%s=%" PRId64, between, names[i], rates[i]);
			between = ";";
		}
	}
	put(answer, "\r\n");
}

static void put_codec(struct answer *answer, const struct media_sdp_track *track, const struct media_sdp_codec *codec)
{
	static const char *const names[] = {[MEDIA_NO_CODEC] = "",
	                                    [MEDIA_H264] = "H264/90000",
	                                    [MEDIA_VP8] = "VP8/90000",
	                                    [MEDIA_OPUS] = "opus/48000/2"};
	const struct {
		bool agreed;
		const char *text;
	} feedback[] = {{codec->nack, "nack"},
	                {codec->pli, "nack pli"},
	                {codec->fir, "ccm fir"},
	                {codec->twcc, "transport-cc"},
	                {codec->remb, "goog-remb"}};
	put(answer, "a=rtpmap:%u %s\r\n", codec->pt, names[codec->codec]);
	for (size_t i = 0; i < sizeof feedback / sizeof feedback[0]; i++) {
		if (feedback[i].agreed)
			put(answer, "a=rtcp-fb:%u %s\r\n", codec->pt, feedback[i].text);
	}
	put_fmtp(answer, track, codec);
	if (codec->rtx_pt >= 0)
		put(answer, "a=rtpmap:%d rtx/90000\r\na=fmtp:%d apt=%u\r\n", codec->rtx_pt, codec->rtx_pt, codec->pt);
}

/** What we send: one stream for both tracks, so that they are played in sync (RFC 5576, 8830). */
static void put_sources(struct answer *answer, const struct media_sdp_track *track)
{
	const struct media_sdp_local *local = answer->local;
	const char *kind = is_video(answer, track) ? "video" : "audio";
	const uint32_t ssrcs[] = {track->ssrc, track->rtx_ssrc};
	if (track->rtx_ssrc)
		put(answer, "a=ssrc-group:FID %" PRIu32 " %" PRIu32 "\r\n", track->ssrc, track->rtx_ssrc);
	for (size_t i = 0; i < 2; i++) {
		if (ssrcs[i])
			put(answer, "a=ssrc:%" PRIu32 " cname:%s\r\na=ssrc:%" PRIu32 " msid:%s %s-%s\r\n", ssrcs[i],
			    local->cname, ssrcs[i], local->stream_id, local->stream_id, kind);
	}
}

/** RFC 8853 §5.3: the layers of the offer that we take, under its names. */
static void put_layers(struct answer *answer, const struct media_sdp_track *track)
{
	for (size_t i = 0; i < track->layer_count; i++)
		put(answer, "a=rid:%s recv\r\n", track->layers[i]);
	for (size_t i = 0; i < track->layer_count; i++)
		put(answer, "%s%s", i ? ";" : "a=simulcast:recv ", track->layers[i]);
	if (track->layer_count)
		put(answer, "\r\n");
}

static void put_accepted(struct answer *answer, const struct media_sdp_section *section,
                         const struct media_sdp_track *track)
{
	bool view = answer->local->role == MEDIA_VIEW;
	put_media_line(answer, section, track);
	put_transport(answer, section);
	put_extensions(answer, section, track);
	put(answer, view ? "a=sendonly\r\n" : "a=recvonly\r\n");
	if (view)
		put(answer, "a=msid:%s %s-%s\r\n", answer->local->stream_id, answer->local->stream_id, section->kind);
	put(answer, "a=rtcp-mux\r\n");
	if (section->rtcp_rsize)
		put(answer, "a=rtcp-rsize\r\n");
	for (size_t i = 0; i < track->codec_count; i++)
		put_codec(answer, track, &track->codecs[i]);
	put_layers(answer, track);
	if (view)
		put_sources(answer, track);
}

int media_sdp_answer(const struct media_sdp_offer *offer, const struct media_sdp_local *local,
                     const struct media_sdp_agreed *agreed, char *out, size_t size)
{
	struct answer answer = {
	        .to = {.out = out, .size = size, .full = size == 0}, .offer = offer, .local = local, .agreed = agreed};
	put_session(&answer);
	for (size_t i = 0; i < offer->section_count; i++) {
		const struct media_sdp_track *track = track_of(&answer, i);
		if (track)
			put_accepted(&answer, &offer->sections[i], track);
		else
			put_refused(&answer, &offer->sections[i]);
	}
	if (answer.to.full) {
		if (size)
			out[0] = '\0';
		return -EMSGSIZE;
	}
	return (int)answer.to.len;
}

int media_sdp_fragment_write(const struct media_sdp_local *local, const char *kind, unsigned pt, const char *mid,
                             const char *group, char *out, size_t size)
{
	struct answer answer = {.to = {.out = out, .size = size, .full = size == 0}, .local = local};
	put(&answer, "a=ice-lite\r\n");
	if (group[0])
		put(&answer, "a=group:BUNDLE %s\r\n", group);
	put(&answer, "m=%s 9 UDP/TLS/RTP/SAVPF %u\r\n", kind, pt);
	if (mid[0])
		put(&answer, "a=mid:%s\r\n", mid);
	put(&answer, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", local->ufrag, local->pwd);
	put_candidates(&answer);
	if (answer.to.full && size)
		out[0] = '\0';
	return answer.to.full ? -EMSGSIZE : (int)answer.to.len;
}
