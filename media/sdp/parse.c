/* An offer's text, line by line: sizes, syntax, sections and what must be there (RFC 8866, 8829, 9429). Attributes are
 * in attributes.c. */
#include "sdp/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX_BYTES 4096

int media_sdp_fail(struct media_sdp_reader *reader, int error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (reader->why_len)
		vsnprintf(reader->why, reader->why_len, format, args);
	va_end(args);
	return error;
}

static bool section_carries_media(const struct media_sdp_section *section)
{
	return strcmp(section->kind, "audio") == 0 || strcmp(section->kind, "video") == 0;
}

/** Rejected sections (port 0 without bundle-only) stand in an offer only to keep their place. */
static bool section_live(const struct media_sdp_section *section)
{
	return section_carries_media(section) && (section->port != 0 || section->bundle_only);
}

/** Names of static payload types that come without a=rtpmap (RFC 3551), so that an error can name them. */
static const char *static_name(uint8_t pt)
{
	static const struct {
		uint8_t pt;
		const char *name;
	} names[] = {{0, "PCMU"}, {3, "GSM"},   {8, "PCMA"},  {9, "G722"},
	             {13, "CN"},  {26, "JPEG"}, {31, "H261"}, {34, "H263"}};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (names[i].pt == pt)
			return names[i].name;
	}
	return "";
}

static void fill(char *out, size_t size, const char *from)
{
	if (!out[0])
		snprintf(out, size, "%s", from);
}

/** Take from `from` whatever `out` still lacks. */
static void transport_fill(struct media_sdp_transport *out, const struct media_sdp_transport *from)
{
	fill(out->ufrag, sizeof out->ufrag, from->ufrag);
	fill(out->pwd, sizeof out->pwd, from->pwd);
	fill(out->fingerprint, sizeof out->fingerprint, from->fingerprint);
	fill(out->setup, sizeof out->setup, from->setup);
}

static void section_tie_rtx(struct media_sdp_section *section)
{
	for (size_t i = 0; i < section->codec_count; i++) {
		struct media_sdp_codec *rtx = &section->codecs[i];
		const char *apt = strcasecmp(rtx->name, "rtx") == 0 ? strstr(rtx->fmtp, "apt=") : NULL;
		uint32_t pt;
		if (!apt)
			continue;
		apt += 4;
		if (!media_span_number((struct media_span){apt, strspn(apt, "0123456789")}, 127, &pt))
			continue;
		for (size_t j = 0; j < section->codec_count; j++) {
			if (section->codecs[j].pt == pt && j != i && section->codecs[j].rtx_pt < 0)
				section->codecs[j].rtx_pt = rtx->pt;
		}
	}
}

static void section_finish(struct media_sdp_reader *reader)
{
	struct media_sdp_section *section = reader->section;
	if (!section)
		return;
	section_tie_rtx(section);
	for (size_t i = 0; i < section->codec_count; i++)
		fill(section->codecs[i].name, sizeof section->codecs[i].name, static_name(section->codecs[i].pt));
	if (section_live(section) && !reader->chosen) {
		reader->chosen = true;
		reader->first = reader->here;
	}
	transport_fill(&reader->any, &reader->here);
	reader->section = NULL;
}

static int section_formats(struct media_sdp_reader *reader, struct media_span rest)
{
	struct media_sdp_section *section = reader->section;
	struct media_span word = media_span_word(&rest);
	uint64_t seen[2] = {0, 0};
	if (!media_span_copy(word, section->format, sizeof section->format) || !media_span_token(word))
		return media_sdp_fail(reader, -EBADMSG, "Line %zu of the offer: the m= line names no format.",
		                      reader->line);
	for (; section_carries_media(section) && word.len; word = media_span_word(&rest)) {
		uint32_t pt;
		if (!media_span_number(word, 127, &pt) || (seen[pt / 64] >> (pt % 64) & 1))
			return media_sdp_fail(
			        reader, -EBADMSG,
			        "Line %zu of the offer: a payload type is no number of 0 to 127 or stands twice.",
			        reader->line);
		seen[pt / 64] |= (uint64_t)1 << (pt % 64);
		if (section->codec_count == MEDIA_SDP_CODECS)
			continue;
		section->codecs[section->codec_count++] = (struct media_sdp_codec){.pt = (uint8_t)pt, .rtx_pt = -1};
	}
	return 0;
}

/** "UDP/TLS/RTP/SAVPF": tokens between slashes. */
static bool protocol_valid(struct media_span span)
{
	do {
		if (!media_span_token(media_span_cut(&span, '/')))
			return false;
	} while (span.len);
	return true;
}

static int line_media(struct media_sdp_reader *reader, struct media_span value)
{
	struct media_sdp_offer *offer = reader->offer;
	section_finish(reader);
	if (offer->section_count == MEDIA_SDP_SECTIONS)
		return media_sdp_fail(reader, -EMSGSIZE, "The offer has more than %d media sections.",
		                      MEDIA_SDP_SECTIONS);
	struct media_sdp_section *section = &offer->sections[offer->section_count];
	struct media_span kind = media_span_word(&value), port = media_span_word(&value),
	                  protocol = media_span_word(&value);
	struct media_span port_number = media_span_cut(&port, '/');
	uint32_t number;
	if (!media_span_token(kind) || !media_span_copy(kind, section->kind, sizeof section->kind) ||
	    !media_span_number(port_number, UINT16_MAX, &number) || !protocol_valid(protocol) ||
	    !media_span_copy(protocol, section->protocol, sizeof section->protocol))
		return media_sdp_fail(reader, -EBADMSG, "Line %zu of the offer is no valid m= line.", reader->line);
	section->port = (uint16_t)number;
	section->direction = reader->direction;
	offer->section_count++;
	reader->section = section;
	reader->here = (struct media_sdp_transport){0};
	return section_formats(reader, value);
}

static int read_line(struct media_sdp_reader *reader, struct media_span line)
{
	if (line.len > LINE_MAX_BYTES)
		return media_sdp_fail(reader, -EMSGSIZE, "Line %zu of the offer is longer than %d bytes.", reader->line,
		                      LINE_MAX_BYTES);
	if (line.len < 2 || line.at[1] != '=' || line.at[0] < 'a' || line.at[0] > 'z')
		return media_sdp_fail(reader, -EBADMSG, "Line %zu of the offer is not SDP.", reader->line);
	for (size_t i = 0; i < line.len; i++) {
		unsigned char byte = (unsigned char)line.at[i];
		if ((byte < ' ' && byte != '\t') || byte == 0x7f)
			return media_sdp_fail(reader, -EBADMSG, "Line %zu of the offer has a control character.",
			                      reader->line);
	}
	struct media_span value = {line.at + 2, line.len - 2};
	if ((reader->line == 1) != (line.at[0] == 'v') || (reader->line == 1 && !media_span_is(value, "0")))
		return media_sdp_fail(reader, -EBADMSG,
		                      "The offer is not SDP: v=0 must be its first line and only there.");
	if (line.at[0] == 'm')
		return line_media(reader, value);
	return line.at[0] == 'a' ? media_sdp_attribute(reader, value) : 0;
}

/** Sections that will share the one transport must say so, and must be told apart (RFC 8843). */
static int check_bundle(struct media_sdp_reader *reader)
{
	struct media_sdp_offer *offer = reader->offer;
	size_t live = 0, bundled = 0;
	for (size_t i = 0; i < offer->section_count; i++) {
		const struct media_sdp_section *section = &offer->sections[i];
		for (size_t j = 0; section->mid[0] && j < i; j++) {
			if (strcmp(section->mid, offer->sections[j].mid) == 0)
				return media_sdp_fail(reader, -EPROTO,
				                      "Two media sections of the offer have the a=mid %s.",
				                      section->mid);
		}
		if (!section_live(section))
			continue;
		live++;
		struct media_span group = reader->group;
		for (struct media_span mid; (mid = media_span_word(&group)).len;) {
			if (section->mid[0] && media_span_is(mid, section->mid)) {
				bundled++;
				break;
			}
		}
	}
	offer->bundle = live > 0 && bundled == live;
	if (live == 0)
		return media_sdp_fail(reader, -EPROTO, "The offer has no audio or video section.");
	if (live > 1 && !offer->bundle)
		return media_sdp_fail(reader, -EPROTO,
		                      "The offer does not bundle its media sections: a=group:BUNDLE with the a=mid of "
		                      "each is required.");
	return 0;
}

static int check_transport(struct media_sdp_reader *reader)
{
	struct media_sdp_offer *offer = reader->offer;
	struct media_sdp_transport *all = &reader->first;
	transport_fill(all, &reader->session);
	transport_fill(all, &reader->any);
	if (!all->ufrag[0] || !all->pwd[0])
		return media_sdp_fail(reader, -EPROTO, "The offer has no ICE credentials: a=%s is missing.",
		                      all->ufrag[0] ? "ice-pwd" : "ice-ufrag");
	if (offer->ice_lite)
		return media_sdp_fail(
		        reader, -EPROTO,
		        "The offer says a=ice-lite, and so does this server: one side must be a full ICE agent.");
	if (!all->fingerprint[0])
		return media_sdp_fail(
		        reader, -EPROTO,
		        "The offer has no certificate fingerprint: a=fingerprint is missing or its hash is not "
		        "SHA-256, SHA-384 or SHA-512.");
	if (!all->setup[0])
		return media_sdp_fail(reader, -EPROTO, "The offer does not say who starts DTLS: a=setup is missing.");
	if (strcmp(all->setup, "actpass") != 0 && strcmp(all->setup, "active") != 0)
		return media_sdp_fail(
		        reader, -EPROTO,
		        "The offer says a=setup:%s; this server is passive, so actpass or active is required.",
		        all->setup);
	for (size_t i = 0; i < offer->section_count; i++) {
		if (section_live(&offer->sections[i]) && !offer->sections[i].rtcp_mux)
			return media_sdp_fail(
			        reader, -EPROTO,
			        "The offer's %s section lacks a=rtcp-mux: RTP and RTCP must share one port.",
			        offer->sections[i].kind);
	}
	fill(offer->ufrag, sizeof offer->ufrag, all->ufrag);
	fill(offer->pwd, sizeof offer->pwd, all->pwd);
	fill(offer->fingerprint, sizeof offer->fingerprint, all->fingerprint);
	fill(offer->setup, sizeof offer->setup, all->setup);
	return 0;
}

int media_sdp_parse(const char *text, size_t len, struct media_sdp_offer *out, char *why, size_t why_len)
{
	struct media_sdp_reader reader = {
	        .offer = out, .why = why, .why_len = why_len, .direction = MEDIA_SENDRECV, .group = {"", 0}};
	struct media_span rest = {text, len};
	memset(out, 0, sizeof *out);
	if (why_len)
		why[0] = '\0';
	if (len > MEDIA_SDP_MAX)
		return media_sdp_fail(&reader, -EMSGSIZE, "The offer has %zu bytes; at most %d are taken.", len,
		                      MEDIA_SDP_MAX);
	if (len == 0)
		return media_sdp_fail(&reader, -EBADMSG, "The offer is empty.");
	while (rest.len) {
		struct media_span line = media_span_cut(&rest, '\n');
		if (line.len && line.at[line.len - 1] == '\r')
			line.len--;
		reader.line++;
		/* some clients end with a blank line */
		int error = line.len || reader.line == 1 ? read_line(&reader, line) : 0;
		if (error)
			return error;
	}
	section_finish(&reader);
	int error = check_bundle(&reader);
	return error ? error : check_transport(&reader);
}
