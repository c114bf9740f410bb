/* What is agreed with each client, and what is refused with which words. */
#include "offers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct media_sdp_agreed agreed_with(const char *text, enum media_role role)
{
	struct media_sdp_agreed agreed;
	struct media_sdp_local local = offer_local(role);
	char why[512];
	int error = media_sdp_agree(offer_parsed(text), &local, &agreed, why, sizeof why);
	if (error)
		fail_msg("refused with %d: %s", error, why);
	return agreed;
}

static void refused(const char *text, enum media_role role, int error, const char *words)
{
	struct media_sdp_agreed agreed;
	struct media_sdp_local local = offer_local(role);
	char why[512];
	int got = media_sdp_agree(offer_parsed(text), &local, &agreed, why, sizeof why);
	if (got != error || !strstr(why, words))
		fail_msg("wanted %d and \"%s\", got %d and \"%s\"", error, words, got, why);
}

/** Layers are taken where their packets can be told apart, and no more of them than there are places. */
static void takes_layers_of_hosts(void **state)
{
	char *text = offer_load("chromium-publish-simulcast");
	struct media_sdp_agreed agreed = agreed_with(text, MEDIA_PUBLISH);
	assert_string_equal(agreed.video.layers[0], "l");
	assert_string_equal(agreed.video.layers[2], "h");
	char *four = offer_replace(text, "a=simulcast:send l;m;h", "a=rid:x send\r\na=simulcast:send h;x;l;m");
	agreed = agreed_with(four, MEDIA_PUBLISH);
	assert_int_equal(agreed.video.layer_count, MEDIA_SDP_LAYERS);
	assert_string_equal(agreed.video.layers[0], "h");
	assert_string_equal(agreed.video.layers[1], "x");
	assert_string_equal(agreed.video.layers[2], "l");
	/* one name is one layer */
	char *twice = offer_replace(text, "a=simulcast:send l;m;h", "a=simulcast:send l;l;h");
	assert_int_equal(agreed_with(twice, MEDIA_PUBLISH).video.layer_count, 2);
	/* rids alone are no simulcast */
	char *alone = offer_without(text, "a=simulcast:");
	agreed = agreed_with(alone, MEDIA_PUBLISH);
	assert_int_equal(agreed.video.layer_count, 0);
	assert_int_equal(agreed.video.extensions[MEDIA_EXT_RID], 0);
	/* nor is what cannot be told apart */
	char *untold = offer_replace(text, "sdes:rtp-stream-id", "sdes:something-else");
	agreed = agreed_with(untold, MEDIA_PUBLISH);
	assert_true(agreed.video.accepted);
	assert_int_equal(agreed.video.layer_count, 0);
	/* a viewer sends nothing */
	char *view = offer_replace(text, "a=sendonly", "a=sendrecv");
	assert_int_equal(agreed_with(view, MEDIA_VIEW).video.layer_count, 0);
	free(view);
	free(untold);
	free(alone);
	free(twice);
	free(four);
	free(text);
}

static void agrees_with_each_host(void **state)
{
	static const struct {
		const char *name;
		int audio_pt, video_pt, rtx_pt;
		enum media_codec video;
		bool twcc;
		uint8_t twcc_id, mid_id, rid_id, rrid_id;
		uint32_t ssrc, rtx_ssrc;
	} hosts[] = {
	        {"chromium-publish", 111, 108, 109, MEDIA_H264, true, 3, 4, 0, 0, 2797169129, 1083757568},
	        {"chromium-publish-simulcast", 111, 108, 109, MEDIA_H264, true, 3, 4, 10, 11, 0, 0},
	        {"firefox-publish", 109, 120, 124, MEDIA_VP8, true, 7, 3, 0, 0, 385398230, 2822166296},
	        {"firefox-publish-simulcast", 109, 120, 124, MEDIA_VP8, true, 7, 3, 9, 10, 0, 0},
	        {"gstreamer-publish", 97, 96, -1, MEDIA_H264, false, 0, 0, 0, 0, 3861198740, 0},
	        {"obs-publish", 111, 96, -1, MEDIA_H264, false, 0, 0, 0, 0, 1365298, 0},
	        {"safari-publish", 111, 98, 99, MEDIA_H264, true, 3, 4, 0, 0, 1790843212, 2846221357},
	        {"werift-publish", 96, 97, -1, MEDIA_H264, false, 0, 0, 0, 0, 2525572214, 0},
	};
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		char *text = offer_load(hosts[i].name);
		struct media_sdp_agreed agreed = agreed_with(text, MEDIA_PUBLISH);
		const struct media_sdp_track *video = &agreed.video;
		assert_true(agreed.audio.accepted && video->accepted);
		assert_int_equal(agreed.audio.section, 0);
		assert_int_equal(video->section, 1);
		assert_int_equal(agreed.audio.codec_count, 1);
		assert_int_equal(agreed.audio.codecs[0].codec, MEDIA_OPUS);
		assert_int_equal(agreed.audio.codecs[0].pt, hosts[i].audio_pt);
		assert_int_equal(video->codec_count, 1);
		assert_int_equal(video->codecs[0].codec, hosts[i].video);
		assert_int_equal(video->codecs[0].pt, hosts[i].video_pt);
		assert_int_equal(video->codecs[0].rtx_pt, hosts[i].rtx_pt);
		assert_int_equal(agreed.audio.codecs[0].rtx_pt, -1);
		assert_int_equal(video->codecs[0].twcc, hosts[i].twcc);
		assert_true(video->codecs[0].pli);
		assert_false(video->codecs[0].remb);
		assert_int_equal(video->extensions[MEDIA_EXT_TWCC], hosts[i].twcc_id);
		assert_int_equal(video->extensions[MEDIA_EXT_MID], hosts[i].mid_id);
		assert_int_equal(video->extensions[MEDIA_EXT_RID], hosts[i].rid_id);
		assert_int_equal(video->extensions[MEDIA_EXT_RRID], hosts[i].rrid_id);
		assert_int_equal(video->layer_count, hosts[i].rid_id ? 3 : 0);
		assert_int_equal(video->extensions[MEDIA_EXT_AUDIO_LEVEL], 0);
		assert_int_equal(video->ssrc, hosts[i].ssrc);
		assert_int_equal(video->rtx_ssrc, hosts[i].rtx_ssrc);
		assert_int_equal(agreed.audio.rtx_ssrc, 0);
		free(text);
	}
}

static void agrees_with_each_viewer(void **state)
{
	static const struct {
		const char *name;
		int audio_pt;
		size_t count;
		struct {
			enum media_codec codec;
			int pt, rtx;
		} video[2];
		uint8_t mid_id, twcc_id;
		uint32_t rtx_ssrc;
		bool remb;
	} viewers[] = {
	        {"chromium-view", 111, 2, {{MEDIA_VP8, 96, 97}, {MEDIA_H264, 108, 109}}, 4, 3, 2002, false},
	        {"chromium-view-data-trickle",
	         111,
	         2,
	         {{MEDIA_VP8, 96, 97}, {MEDIA_H264, 108, 109}},
	         4,
	         3,
	         2002,
	         false},
	        {"firefox-view", 109, 1, {{MEDIA_VP8, 120, 124}}, 3, 7, 2002, false},
	        {"gstreamer-view", 97, 1, {{MEDIA_H264, 96, -1}}, 0, 0, 0, false}, /* reports, but no numbers */
	        {"safari-view", 111, 2, {{MEDIA_H264, 98, 99}, {MEDIA_VP8, 100, 101}}, 4, 3, 2002, false},
	        {"werift-view", 96, 2, {{MEDIA_H264, 97, -1}, {MEDIA_VP8, 98, -1}}, 0, 0, 0, true},
	};
	for (size_t i = 0; i < sizeof viewers / sizeof viewers[0]; i++) {
		char *text = offer_load(viewers[i].name);
		struct media_sdp_agreed agreed = agreed_with(text, MEDIA_VIEW);
		const struct media_sdp_track *video = &agreed.video;
		assert_int_equal(agreed.audio.codecs[0].pt, viewers[i].audio_pt);
		assert_int_equal(agreed.audio.ssrc, 1001);
		assert_int_equal(agreed.audio.rtx_ssrc, 0);
		assert_int_equal(video->codec_count, viewers[i].count);
		for (size_t j = 0; j < viewers[i].count; j++) {
			assert_int_equal(video->codecs[j].codec, viewers[i].video[j].codec);
			assert_int_equal(video->codecs[j].pt, viewers[i].video[j].pt);
			assert_int_equal(video->codecs[j].rtx_pt, viewers[i].video[j].rtx);
			assert_int_equal(video->codecs[j].twcc, viewers[i].twcc_id != 0);
			assert_int_equal(video->codecs[j].remb, viewers[i].remb);
		}
		assert_int_equal(video->ssrc, 2001);
		assert_int_equal(video->rtx_ssrc, viewers[i].rtx_ssrc);
		for (int e = 0; e < MEDIA_EXT_COUNT; e++)
			assert_int_equal(video->extensions[e], e == MEDIA_EXT_MID    ? viewers[i].mid_id
			                                       : e == MEDIA_EXT_TWCC ? viewers[i].twcc_id
			                                                             : 0);
		free(text);
	}
}

/** Which payload type of the H.264 ones a host with these profiles gets. */
static void prefers_constrained_baseline(void **state)
{
	static const struct {
		const char *profiles[3]; /**< of 96, 97, 98 */
		const char *modes[3];
		int pt;
	} hosts[] = {
	        {{"42001f", "42e01f", "640c1f"}, {"1", "1", "1"}, 97},
	        {{"42001f", "42e034", "640c1f"}, {"1", "1", "1"}, 97},
	        {{"640c1f", "42001f", "4d001f"}, {"1", "1", "1"}, 97},
	        {{"640c1f", "4d001f", "42e01f"}, {"1", "1", "0"}, 96},
	        {{"42001f", "4D801F", "58c01f"}, {"1", "1", "1"}, 97},
	        {{"42e01f", "42001f", "640c1f"}, {"0", "0", "1"}, 98},
	        {{"zzzzzz", "42e01", "640c1f"}, {"1", "1", "1"}, 98},
	        {{"42e01f", "42E01F", "42e01f"}, {"2", "1", "1"}, 97},
	};
	char *text = offer_load("obs-publish");
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		char lines[512] = "a=mid:1";
		for (int j = 0; j < 3; j++) {
			char line[160];
			snprintf(line, sizeof line,
			         "\r\na=rtpmap:%d H264/90000\r\na=fmtp:%d profile-level-id=%s; packetization-mode=%s",
			         96 + j, 96 + j, hosts[i].profiles[j], hosts[i].modes[j]);
			strcat(lines, line);
		}
		char *bare = offer_without(text, "a=fmtp:96"),
		     *many = offer_replace(bare, "SAVPF 96", "SAVPF 96 97 98");
		char *edited = offer_replace(many, "a=mid:1", lines);
		assert_int_equal(agreed_with(edited, MEDIA_PUBLISH).video.codecs[0].pt, hosts[i].pt);
		free(edited);
		free(many);
		free(bare);
	}
	free(text);
}

/** RTX answers NACKs: without them it is of no use, and sound goes without both. */
static void repeats_only_what_is_asked_for(void **state)
{
	char *text = offer_load("chromium-publish");
	char *unasked = offer_without(text, "a=rtcp-fb:108 nack\r");
	struct media_sdp_agreed agreed = agreed_with(unasked, MEDIA_PUBLISH);
	assert_false(agreed.video.codecs[0].nack);
	assert_int_equal(agreed.video.codecs[0].rtx_pt, -1);
	assert_int_equal(agreed.video.rtx_ssrc, 0);
	char *tied = offer_replace(text, "a=fmtp:63 111/111", "a=fmtp:63 apt=111");
	char *sound = offer_replace(tied, "a=rtpmap:63 red/48000/2", "a=rtcp-fb:111 nack\r\na=rtpmap:63 rtx/48000");
	agreed = agreed_with(sound, MEDIA_PUBLISH);
	assert_true(agreed.audio.codecs[0].nack);
	assert_int_equal(agreed.audio.codecs[0].rtx_pt, -1);
	free(sound);
	free(tied);
	free(unasked);
	free(text);
}

static void falls_back_to_vp8(void **state)
{
	char *text = offer_load("safari-publish");
	char *edited = offer_replace(text, "packetization-mode=1", "packetization-mode=0");
	struct media_sdp_agreed agreed = agreed_with(edited, MEDIA_PUBLISH);
	assert_int_equal(agreed.video.codecs[0].codec, MEDIA_VP8);
	assert_int_equal(agreed.video.codecs[0].pt, 100);
	free(edited);
	free(text);
}

static void needs_number_and_report_for_feedback(void **state)
{
	char *text = offer_load("chromium-publish");
	char *unnumbered = offer_without(text, "a=extmap:3 "),
	     *unreported = offer_replace(text, " transport-cc", " none");
	struct media_sdp_agreed agreed = agreed_with(unnumbered, MEDIA_PUBLISH);
	assert_false(agreed.video.codecs[0].twcc || agreed.audio.codecs[0].twcc);
	agreed = agreed_with(unreported, MEDIA_PUBLISH);
	assert_int_equal(agreed.video.extensions[MEDIA_EXT_TWCC], 0);
	free(unnumbered);
	free(unreported);
	free(text);
}

static void names_the_codecs_it_lacks(void **state)
{
	char *text = offer_load("safari-publish");
	char *no_vp8 = offer_replace(text, " VP8/", " H265/"),
	     *no_h264 = offer_replace(no_vp8, "packetization-mode=1", "packetization-mode=0");
	refused(no_h264, MEDIA_PUBLISH, -ENOTSUP,
	        "the offer has H264 without packetization-mode=1, H265, VP9; this server takes H264");
	char *no_opus = offer_replace(text, "opus/48000/2", "mp4a-latm/48000/2");
	refused(no_opus, MEDIA_PUBLISH, -ENOTSUP,
	        "No audio codec in common: the offer has mp4a-latm, G722, PCMU, PCMA; this server takes opus");
	free(no_opus);
	free(no_h264);
	free(no_vp8);
	free(text);
	/* a viewer keeps the sound when it has no picture in common, but not nothing at all */
	text = offer_load("firefox-view");
	char *silent = offer_replace(text, "opus/48000/2", "ilbc/8000");
	struct media_sdp_agreed agreed = agreed_with(silent, MEDIA_VIEW);
	assert_false(agreed.audio.accepted);
	assert_true(agreed.video.accepted);
	char *blind = offer_replace(text, " VP8/", " theora/");
	agreed = agreed_with(blind, MEDIA_VIEW);
	assert_true(agreed.audio.accepted);
	assert_false(agreed.video.accepted);
	char *both = offer_replace(silent, " VP8/", " theora/");
	refused(both, MEDIA_VIEW, -ENOTSUP, "the offer has theora, VP9, AV1; this server takes");
	free(both);
	free(blind);
	free(silent);
	free(text);
}

static void refuses_the_wrong_direction(void **state)
{
	char *text = offer_load("chromium-publish"), *view = offer_load("chromium-view");
	refused(text, MEDIA_VIEW, -EPROTO, "receives");
	refused(view, MEDIA_PUBLISH, -EPROTO, "sends");
	char *inactive = offer_replace(text, "a=sendonly", "a=inactive"),
	     *both = offer_replace(text, "a=sendonly", "a=sendrecv");
	refused(inactive, MEDIA_PUBLISH, -EPROTO, "direction must be sendonly or sendrecv");
	assert_true(agreed_with(both, MEDIA_PUBLISH).video.accepted);
	assert_true(agreed_with(both, MEDIA_VIEW).video.accepted);
	char *plain = offer_replace(text, "UDP/TLS/RTP/SAVPF", "RTP/AVP");
	refused(plain, MEDIA_PUBLISH, -EPROTO, "UDP/TLS/RTP/SAVPF");
	free(plain);
	free(both);
	free(inactive);
	free(view);
	free(text);
}

static void takes_one_of_a_kind(void **state)
{
	char *text = offer_load("werift-publish");
	char *audio = offer_replace(text, "m=video 9 ", "m=video 0 "),
	     *video = offer_replace(text, "m=audio 9 ", "m=audio 0 ");
	struct media_sdp_agreed agreed = agreed_with(audio, MEDIA_PUBLISH);
	assert_true(agreed.audio.accepted);
	assert_false(agreed.video.accepted);
	agreed = agreed_with(video, MEDIA_PUBLISH);
	assert_false(agreed.audio.accepted);
	assert_true(agreed.video.accepted);
	free(video);
	free(audio);
	/* the first video section is only received: the second is the camera */
	char *second = strstr(text, "m=video"), edited[8192], extra[4096];
	snprintf(extra, sizeof extra, "%s", second);
	snprintf(edited, sizeof edited, "%s%s", text, extra);
	char *camera = offer_replace(edited, "a=group:BUNDLE 0 1", "a=group:BUNDLE 0 1 2");
	memcpy(strstr(strstr(camera, "m=video"), "a=sendonly"), "a=recvonly", 10);
	memcpy(strstr(strstr(strstr(camera, "m=video") + 1, "m=video"), "a=mid:1"), "a=mid:2", 7);
	agreed = agreed_with(camera, MEDIA_PUBLISH);
	assert_int_equal(agreed.video.section, 2);
	assert_string_equal(agreed.video.mid, "2");
	free(camera);
	free(text);
}

static void keeps_sources_apart(void **state)
{
	char *text = offer_load("chromium-view");
	struct media_sdp_offer *offer = offer_parsed(text);
	struct media_sdp_local local = offer_local(MEDIA_VIEW);
	struct media_sdp_agreed agreed;
	char why[64];
	local.video_ssrc = UINT32_MAX;
	local.audio_ssrc = 1;
	assert_int_equal(media_sdp_agree(offer, &local, &agreed, why, sizeof why), 0);
	assert_int_equal(agreed.video.rtx_ssrc, 2);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(agrees_with_each_host),
	        cmocka_unit_test(takes_layers_of_hosts),
	        cmocka_unit_test(agrees_with_each_viewer),
	        cmocka_unit_test(prefers_constrained_baseline),
	        cmocka_unit_test(repeats_only_what_is_asked_for),
	        cmocka_unit_test(falls_back_to_vp8),
	        cmocka_unit_test(needs_number_and_report_for_feedback),
	        cmocka_unit_test(names_the_codecs_it_lacks),
	        cmocka_unit_test(refuses_the_wrong_direction),
	        cmocka_unit_test(takes_one_of_a_kind),
	        cmocka_unit_test(keeps_sources_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
