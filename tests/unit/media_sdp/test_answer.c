/* What our answers say: what must hold for every client, and the lines of some of them. */
#include "offers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static char answer[16384];

static const char *answer_to(const char *text, enum media_role role, struct media_sdp_agreed *agreed)
{
	struct media_sdp_local local = offer_local(role);
	char why[512];
	const struct media_sdp_offer *offer = offer_parsed(text);
	assert_int_equal(media_sdp_agree(offer, &local, agreed, why, sizeof why), 0);
	int len = media_sdp_answer(offer, &local, agreed, answer, sizeof answer);
	assert_int_equal(len, strlen(answer));
	return answer;
}

/** One part of an answer: -1 the session, else a section by number. Static. */
static const char *part(const char *sdp, int number)
{
	static char out[8192];
	const char *at = sdp;
	for (int i = -1; i < number; i++) {
		at = strstr(at, "\r\nm=");
		assert_non_null(at);
		at += 2;
	}
	const char *end = strstr(at, "\r\nm=");
	snprintf(out, sizeof out, "%.*s", end ? (int)(end + 2 - at) : (int)strlen(at), at);
	return out;
}

static size_t lines_of(const char *text, const char *start)
{
	size_t count = 0;
	for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		count += strncmp(line, start, strlen(start)) == 0;
	return count;
}

static void has(const char *text, const char *line)
{
	char whole[512];
	snprintf(whole, sizeof whole, "%s\r\n", line);
	for (const char *at = text; *at; at = strchr(at, '\n') + 1) {
		if (strncmp(at, whole, strlen(whole)) == 0)
			return;
	}
	fail_msg("\"%s\" is not in:\n%s", line, text);
}

static void well_formed(const char *sdp)
{
	assert_memory_equal(sdp, "v=0\r\n", 5);
	for (const char *line = sdp; *line;) {
		const char *end = strchr(line, '\n');
		assert_non_null(end);
		assert_int_equal(end[-1], '\r');
		assert_int_equal(line[1], '=');
		line = end + 1;
	}
}

static void accepted_section(const char *text, const struct media_sdp_track *track, enum media_role role,
                             const struct media_sdp_section *offered)
{
	char line[128];
	has(text, "a=ice-ufrag:w0ourufrag");
	has(text, "a=ice-pwd:ourpasswordourpassword22");
	has(text, "a=fingerprint:sha-256 "
	          "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF");
	has(text, "a=setup:passive");
	has(text, "a=rtcp-mux");
	has(text, role == MEDIA_PUBLISH ? "a=recvonly" : "a=sendonly");
	snprintf(line, sizeof line, "a=mid:%s", track->mid);
	has(text, line);
	assert_int_equal(lines_of(text, "a=rtcp-rsize"), offered->rtcp_rsize);
	size_t codecs = track->codec_count;
	for (size_t i = 0; i < track->codec_count; i++)
		codecs += track->codecs[i].rtx_pt >= 0;
	assert_int_equal(lines_of(text, "a=rtpmap:"), codecs);
	/* superseded by transport-wide feedback */
	assert_int_equal(strstr(text, "goog-remb") != NULL, track->codecs[0].remb);
	assert_false(track->codecs[0].remb && (track->codecs[0].twcc || role == MEDIA_PUBLISH));
	assert_null(strstr(text, "video-orientation"));
	assert_int_equal(lines_of(text, "a=rid:"), track->layer_count);
	assert_int_equal(lines_of(text, "a=simulcast:recv "), track->layer_count > 0);
	assert_int_equal(lines_of(text, "a=ssrc:"), role == MEDIA_PUBLISH ? 0 : track->rtx_ssrc ? 4 : 2);
}

static void holds_for_every_client(void **state)
{
	for (size_t i = 0; i < OFFER_COUNT; i++) {
		char *text = offer_load(offer_names[i]);
		enum media_role role = offer_role(offer_names[i]);
		struct media_sdp_agreed agreed;
		const char *sdp = answer_to(text, role, &agreed);
		const struct media_sdp_offer *offer = offer_parsed(text);
		well_formed(sdp);
		char group[128];
		snprintf(group, sizeof group, "a=group:BUNDLE %s %s", offer->sections[0].mid, offer->sections[1].mid);
		has(part(sdp, -1), group);
		has(part(sdp, -1), "a=ice-lite");
		assert_int_equal(lines_of(part(sdp, -1), "a=msid-semantic:"), 1);
		assert_int_equal(lines_of(sdp, "m="), offer->section_count);
		assert_int_equal(lines_of(part(sdp, 0), "m=audio 7882 UDP/TLS/RTP/SAVPF"), 1);
		assert_int_equal(lines_of(part(sdp, 1), "m=video 7882 UDP/TLS/RTP/SAVPF"), 1);
		accepted_section(part(sdp, 0), &agreed.audio, role, &offer->sections[0]);
		accepted_section(part(sdp, 1), &agreed.video, role, &offer->sections[1]);
		has(part(sdp, 0), "a=candidate:1 1 udp 2130706431 192.0.2.10 7882 typ host");
		has(part(sdp, 0), "a=candidate:2 1 udp 2130706175 2001:db8::10 7882 typ host");
		has(part(sdp, 0), "a=end-of-candidates");
		assert_int_equal(lines_of(part(sdp, 1), "a=candidate:"), 0);
		free(text);
	}
}

static void answers_chromium_that_publishes(void **state)
{
	struct media_sdp_agreed agreed;
	char *text = offer_load("chromium-publish");
	const char *sdp = answer_to(text, MEDIA_PUBLISH, &agreed), *video = part(sdp, 1);
	has(part(sdp, -1), "a=msid-semantic: WMS");
	video = part(sdp, 1);
	assert_int_equal(lines_of(video, "m=video 7882 UDP/TLS/RTP/SAVPF 108 109\r"), 1);
	has(video, "c=IN IP4 192.0.2.10");
	has(video, "b=AS:4000");
	has(video, "b=TIAS:4000000");
	has(video, "a=rtpmap:108 H264/90000");
	has(video, "a=fmtp:108 "
	           "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f;x-google-start-bitrate=1500;"
	           "x-google-max-bitrate=4000");
	has(video, "a=rtcp-fb:108 nack");
	has(video, "a=rtcp-fb:108 nack pli");
	has(video, "a=rtcp-fb:108 ccm fir");
	has(video, "a=rtcp-fb:108 transport-cc");
	has(video, "a=rtpmap:109 rtx/90000");
	has(video, "a=fmtp:109 apt=108");
	has(video, "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid");
	assert_null(strstr(video, "sdes:rtp-stream-id")); /* layers alone need it */
	has(video, "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01");
	has(video, "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time");
	assert_int_equal(lines_of(video, "a=extmap:"), 3);
	has(part(sdp, 0), "a=fmtp:111 minptime=10;useinbandfec=1");
	assert_int_equal(lines_of(part(sdp, 0), "b="), 0);
	free(text);
}

static void answers_chromium_that_watches(void **state)
{
	struct media_sdp_agreed agreed;
	char *text = offer_load("chromium-view-data-trickle");
	const char *sdp = answer_to(text, MEDIA_VIEW, &agreed), *video;
	has(part(sdp, -1), "a=msid-semantic: WMS ourstream");
	video = part(sdp, 1);
	assert_int_equal(lines_of(video, "m=video 7882 UDP/TLS/RTP/SAVPF 96 108 97 109\r"), 1);
	has(video, "a=rtpmap:97 rtx/90000");
	has(video, "a=fmtp:97 apt=96");
	has(video, "a=fmtp:109 apt=108");
	has(video, "a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
	has(video, "a=ssrc-group:FID 2001 2002");
	has(video, "a=ssrc:2001 cname:ourcname");
	has(video, "a=ssrc:2001 msid:ourstream ourstream-video");
	has(video, "a=ssrc:2002 cname:ourcname");
	has(video, "a=msid:ourstream ourstream-video");
	assert_int_equal(lines_of(video, "b="), 0);
	assert_int_equal(lines_of(video, "a=extmap:"), 2);
	has(video, "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01");
	assert_null(strstr(video, "x-google"));
	has(video, "a=rtcp-fb:96 transport-cc");
	has(part(sdp, 0), "a=ssrc:1001 msid:ourstream ourstream-audio");
	assert_string_equal(
	        part(sdp, 2),
	        "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\na=mid:2\r\n");
	free(text);
}

static void answers_with_the_profile_that_was_offered(void **state)
{
	struct media_sdp_agreed agreed;
	char *text = offer_load("gstreamer-publish");
	has(part(answer_to(text, MEDIA_PUBLISH, &agreed), 1),
	    "a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42c015;"
	    "x-google-start-bitrate=1500;x-google-max-bitrate=4000");
	char *bare = offer_replace(text, ";profile-level-id=42c015", "");
	has(part(answer_to(bare, MEDIA_PUBLISH, &agreed), 1),
	    "a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f;"
	    "x-google-start-bitrate=1500;x-google-max-bitrate=4000");
	free(bare);
	free(text);
}

static void answers_stereo_to_those_who_offer_it(void **state)
{
	struct media_sdp_agreed agreed;
	char *obs = offer_load("obs-publish"), *firefox = offer_load("firefox-view"),
	     *gstreamer = offer_load("gstreamer-publish");
	has(part(answer_to(obs, MEDIA_PUBLISH, &agreed), 0),
	    "a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1");
	has(part(answer_to(firefox, MEDIA_VIEW, &agreed), 0), "a=fmtp:109 minptime=10;useinbandfec=1;stereo=1");
	has(part(answer_to(gstreamer, MEDIA_PUBLISH, &agreed), 0), "a=fmtp:97 minptime=10;useinbandfec=1");
	free(gstreamer);
	free(firefox);
	free(obs);
}

static void answers_one_way_extensions_the_other_way(void **state)
{
	struct media_sdp_agreed agreed;
	char *text = offer_load("firefox-publish-simulcast");
	has(part(answer_to(text, MEDIA_PUBLISH, &agreed), 1),
	    "a=extmap:9/recvonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id");
	/* of no use to us when the host only receives it */
	char *other = offer_replace(text, "a=extmap:9/sendonly", "a=extmap:9/recvonly");
	assert_null(strstr(answer_to(other, MEDIA_PUBLISH, &agreed), "rtp-stream-id"));
	free(other);
	free(text);
}

static void answers_simulcast(void **state)
{
	static const char *const names[] = {"chromium-publish-simulcast", "firefox-publish-simulcast"};
	struct media_sdp_agreed agreed;
	for (size_t i = 0; i < 2; i++) {
		char *text = offer_load(names[i]);
		const char *video = part(answer_to(text, MEDIA_PUBLISH, &agreed), 1);
		has(video, "a=rid:l recv");
		has(video, "a=rid:m recv");
		has(video, "a=rid:h recv");
		has(video, "a=simulcast:recv l;m;h");
		assert_non_null(strstr(video, " urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n"));
		char *two = offer_replace(text, "a=simulcast:send l;m;h", "a=simulcast:send h;~l");
		video = part(answer_to(two, MEDIA_PUBLISH, &agreed), 1);
		has(video, "a=simulcast:recv h;l");
		assert_null(strstr(video, "a=rid:m"));
		free(two);
		free(text);
	}
}

static void answers_vp8_with_bitrates_alone(void **state)
{
	struct media_sdp_agreed agreed;
	char *text = offer_load("firefox-publish"), *view = offer_load("firefox-view");
	has(part(answer_to(text, MEDIA_PUBLISH, &agreed), 1),
	    "a=fmtp:120 x-google-start-bitrate=1500;x-google-max-bitrate=4000");
	assert_null(strstr(answer_to(view, MEDIA_VIEW, &agreed), "a=fmtp:120"));
	struct media_sdp_local local = offer_local(MEDIA_PUBLISH);
	local.start_bitrate_bps = local.max_bitrate_bps = 0;
	const struct media_sdp_offer *offer = offer_parsed(text);
	char why[64];
	assert_int_equal(media_sdp_agree(offer, &local, &agreed, why, sizeof why), 0);
	assert_true(media_sdp_answer(offer, &local, &agreed, answer, sizeof answer) > 0);
	assert_null(strstr(answer, "a=fmtp:120"));
	assert_null(strstr(answer, "b=AS"));
	free(view);
	free(text);
}

static void refuses_sections_in_their_place(void **state)
{
	struct media_sdp_agreed agreed;
	char *text = offer_load("safari-publish");
	char *no_audio = offer_replace(text, "m=audio 9 ", "m=audio 0 ");
	const char *sdp = answer_to(no_audio, MEDIA_PUBLISH, &agreed);
	has(part(sdp, -1), "a=group:BUNDLE 1");
	assert_string_equal(part(sdp, 0),
	                    "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\na=mid:0\r\n");
	/* then the candidates stand in the section that is accepted */
	assert_int_equal(lines_of(part(sdp, 1), "a=candidate:"), 2);
	free(no_audio);
	free(text);
}

static void answers_without_bundle_when_none_was_offered(void **state)
{
	struct media_sdp_agreed agreed;
	char *text = offer_load("werift-publish");
	*strstr(text, "m=video") = '\0';
	char *bare = offer_without(text, "a=group:"), *alone = offer_without(bare, "a=mid:");
	const char *sdp = answer_to(alone, MEDIA_PUBLISH, &agreed);
	well_formed(sdp);
	assert_int_equal(lines_of(sdp, "a=group:"), 0);
	assert_int_equal(lines_of(sdp, "a=mid:"), 0);
	free(alone);
	free(bare);
	free(text);
}

static void names_only_literal_addresses(void **state)
{
	static const char *const addresses[] = {"example.org", "1.2.3.4\r\na=x", "2001:db8::1", "198.51.100.7"};
	struct media_sdp_agreed agreed;
	struct media_sdp_local local = offer_local(MEDIA_VIEW);
	char *text = offer_load("firefox-view"), why[64];
	const struct media_sdp_offer *offer = offer_parsed(text);
	assert_int_equal(media_sdp_agree(offer, &local, &agreed, why, sizeof why), 0);
	local.addresses = addresses;
	local.address_count = 4;
	assert_true(media_sdp_answer(offer, &local, &agreed, answer, sizeof answer) > 0);
	assert_int_equal(lines_of(answer, "a=candidate:"), 2);
	has(part(answer, 0), "c=IN IP6 2001:db8::1");
	assert_null(strstr(answer, "example.org"));
	local.address_count = 0;
	assert_true(media_sdp_answer(offer, &local, &agreed, answer, sizeof answer) > 0);
	assert_int_equal(lines_of(answer, "a=candidate:"), 0);
	assert_int_equal(lines_of(answer, "m=audio 9 "), 1);
	has(part(answer, 0), "c=IN IP4 0.0.0.0");
	free(text);
}

static void tells_of_tcp_after_udp(void **state)
{
	static const char *const addresses[] = {"192.0.2.10", "2001:db8::10"};
	struct media_sdp_agreed agreed;
	char *text = offer_load("chromium-view"), why[200];
	static struct media_sdp_offer offer;
	struct media_sdp_local local = offer_local(MEDIA_VIEW);
	local.addresses = addresses;
	local.address_count = 2;
	local.tcp = true;
	assert_int_equal(media_sdp_parse(text, strlen(text), &offer, why, sizeof why), 0);
	assert_int_equal(media_sdp_agree(&offer, &local, &agreed, why, sizeof why), 0);
	assert_true(media_sdp_answer(&offer, &local, &agreed, answer, sizeof answer) > 0);
	/* 90 << 24 | (4 << 13 | 8191) << 8 | 255, RFC 6544 §4.2 */
	assert_non_null(strstr(answer, "a=candidate:1 1 udp 2130706431 192.0.2.10 7882 typ host\r\n"
	                               "a=candidate:2 1 udp 2130706175 2001:db8::10 7882 typ host\r\n"
	                               "a=candidate:3 1 tcp 1520435199 192.0.2.10 7882 typ host tcptype passive\r\n"
	                               "a=candidate:4 1 tcp 1520434943 2001:db8::10 7882 typ host tcptype passive\r\n"
	                               "a=end-of-candidates\r\n"));
	int len = media_sdp_fragment_write(&local, "video", 96, "0", "0", answer, sizeof answer);
	assert_true(len > 0);
	assert_int_equal(lines_of(answer, "a=candidate:"), 4);
	assert_non_null(strstr(answer, " tcp 1520435199 192.0.2.10 7882 typ host tcptype passive\r\n"));
	free(text);
}

static void fits_or_says_so(void **state)
{
	struct media_sdp_agreed agreed;
	struct media_sdp_local local = offer_local(MEDIA_VIEW);
	char *text = offer_load("chromium-view");
	size_t len = strlen(answer_to(text, MEDIA_VIEW, &agreed));
	const struct media_sdp_offer *offer = offer_parsed(text);
	for (size_t size = 0; size <= len + 1; size++) {
		char *out = malloc(size + (size == 0));
		assert_non_null(out);
		int got = media_sdp_answer(offer, &local, &agreed, out, size);
		assert_int_equal(got, size > len ? (int)len : -EMSGSIZE);
		if (size > 0)
			assert_int_equal(strlen(out), size > len ? len : 0);
		free(out);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(holds_for_every_client),
	        cmocka_unit_test(answers_chromium_that_publishes),
	        cmocka_unit_test(answers_chromium_that_watches),
	        cmocka_unit_test(answers_with_the_profile_that_was_offered),
	        cmocka_unit_test(answers_stereo_to_those_who_offer_it),
	        cmocka_unit_test(answers_one_way_extensions_the_other_way),
	        cmocka_unit_test(answers_simulcast),
	        cmocka_unit_test(answers_vp8_with_bitrates_alone),
	        cmocka_unit_test(refuses_sections_in_their_place),
	        cmocka_unit_test(answers_without_bundle_when_none_was_offered),
	        cmocka_unit_test(names_only_literal_addresses),
	        cmocka_unit_test(tells_of_tcp_after_udp),
	        cmocka_unit_test(fits_or_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
