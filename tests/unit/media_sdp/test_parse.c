/* What is read from the offers of real clients. */
#include "offers.h"

#include <errno.h>
#include <string.h>

/** What stands in one file, as one reads it with one's own eyes. */
struct expected {
	const char *name;
	size_t sections;
	const char *mids[3];
	const char *ufrag;
	const char *fingerprint_start;
	bool trickle;
	enum media_direction direction;
	size_t codecs[2];
	int best_pt, best_rtx; /**< the H.264 with 42e01f or the like, else VP8 */
	uint8_t mid_id, twcc_id;
	uint32_t video_ssrc, video_rtx_ssrc;
	size_t rids;
};

static const struct expected files[] = {
        {"chromium-publish",
         2,
         {"0", "1"},
         "HVSP",
         "sha-256 4B:39:7D:BF",
         true,
         MEDIA_SENDONLY,
         {8, 23},
         108,
         109,
         4,
         3,
         2797169129,
         1083757568,
         0},
        {"firefox-publish-simulcast",
         2,
         {"0", "1"},
         "961b8740",
         "sha-256 E1:5E:84:29",
         true,
         MEDIA_SENDONLY,
         {5, 9},
         120,
         124,
         3,
         7,
         3015293588,
         2413051285,
         3},
        {"firefox-view-data-trickle",
         3,
         {"0", "1", "2"},
         "9a14c940",
         "sha-256 AC:E3:FB:3A",
         true,
         MEDIA_RECVONLY,
         {5, 9},
         120,
         124,
         3,
         7,
         2787377785,
         0,
         0},
        {"gstreamer-publish",
         2,
         {"audio0", "video1"},
         "UZugxLNwXbvq3g40mEyOurFyGqGd2LSD",
         "sha-256 84:B0:07:D8",
         true,
         MEDIA_SENDONLY,
         {1, 1},
         96,
         -1,
         0,
         0,
         3861198740,
         0,
         0},
        {"obs-publish",
         2,
         {"0", "1"},
         "wz7b",
         "sha-256 D3:7A:1E:9C",
         true,
         MEDIA_SENDONLY,
         {1, 1},
         96,
         -1,
         0,
         0,
         1365298,
         0,
         0},
        {"safari-publish",
         2,
         {"0", "1"},
         "/QzU",
         "sha-256 D3:7A:1E:9C",
         true,
         MEDIA_SENDONLY,
         {8, 11},
         98,
         99,
         4,
         3,
         1790843212,
         2846221357,
         0},
        {"werift-view",
         2,
         {"0", "1"},
         "acc6",
         "sha-256 90:CC:6B:5A",
         true,
         MEDIA_RECVONLY,
         {1, 2},
         97,
         -1,
         0,
         0,
         269826798,
         0,
         0},
};

static const struct media_sdp_codec *codec_of(const struct media_sdp_section *section, int pt)
{
	for (size_t i = 0; i < section->codec_count; i++) {
		if (section->codecs[i].pt == pt)
			return &section->codecs[i];
	}
	fail_msg("no payload type %d", pt);
	return NULL;
}

static void reads_each_file(void **state)
{
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		const struct expected *want = &files[i];
		char *text = offer_load(want->name);
		const struct media_sdp_offer *offer = offer_parsed(text);
		assert_int_equal(offer->section_count, want->sections);
		assert_true(offer->bundle);
		assert_int_equal(offer->trickle, want->trickle);
		assert_false(offer->ice_lite);
		assert_string_equal(offer->ufrag, want->ufrag);
		assert_true(strlen(offer->pwd) >= 22);
		assert_string_equal(offer->setup, "actpass");
		assert_int_equal(strlen(offer->fingerprint), 8 + 95);
		assert_memory_equal(offer->fingerprint, want->fingerprint_start, strlen(want->fingerprint_start));
		for (size_t j = 0; j < want->sections; j++) {
			assert_string_equal(offer->sections[j].mid, want->mids[j]);
			assert_string_equal(offer->sections[j].kind, j == 0   ? "audio"
			                                             : j == 1 ? "video"
			                                                      : "application");
		}
		for (size_t j = 0; j < 2; j++) {
			assert_int_equal(offer->sections[j].codec_count, want->codecs[j]);
			assert_int_equal(offer->sections[j].direction, want->direction);
			assert_true(offer->sections[j].rtcp_mux);
			assert_string_equal(offer->sections[j].protocol, "UDP/TLS/RTP/SAVPF");
		}
		const struct media_sdp_section *video = &offer->sections[1];
		assert_int_equal(codec_of(video, want->best_pt)->rtx_pt, want->best_rtx);
		assert_int_equal(video->extensions[MEDIA_EXT_MID], want->mid_id);
		assert_int_equal(video->extensions[MEDIA_EXT_TWCC], want->twcc_id);
		assert_int_equal(video->ssrc, want->video_ssrc);
		assert_int_equal(video->rtx_ssrc, want->video_rtx_ssrc);
		assert_int_equal(video->rid_count, want->rids);
		free(text);
	}
}

static void reads_every_file_that_we_keep(void **state)
{
	for (size_t i = 0; i < OFFER_COUNT; i++) {
		char *text = offer_load(offer_names[i]);
		const struct media_sdp_offer *offer = offer_parsed(text);
		assert_true(offer->section_count >= 2);
		free(text);
	}
}

static void reads_codecs_of_chromium(void **state)
{
	char *text = offer_load("chromium-publish");
	const struct media_sdp_section *sections = offer_parsed(text)->sections;
	const struct media_sdp_codec *opus = codec_of(&sections[0], 111), *h264 = codec_of(&sections[1], 108);
	assert_int_equal(opus->codec, MEDIA_OPUS);
	assert_int_equal(opus->clock, 48000);
	assert_int_equal(opus->channels, 2);
	assert_string_equal(opus->fmtp, "minptime=10;useinbandfec=1");
	assert_true(opus->twcc);
	assert_false(opus->nack);
	assert_int_equal(h264->codec, MEDIA_H264);
	assert_true(h264->nack && h264->pli && h264->fir && h264->twcc && h264->remb);
	assert_string_equal(h264->fmtp, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
	assert_int_equal(codec_of(&sections[1], 45)->codec, MEDIA_NO_CODEC);
	assert_string_equal(codec_of(&sections[1], 45)->name, "AV1");
	assert_int_equal(codec_of(&sections[1], 97)->codec, MEDIA_NO_CODEC);
	assert_string_equal(codec_of(&sections[0], 0)->name, "PCMU");
	assert_int_equal(sections[1].extensions[MEDIA_EXT_RID], 10);
	assert_int_equal(sections[1].extensions[MEDIA_EXT_RRID], 11);
	assert_int_equal(sections[1].extensions[MEDIA_EXT_ABS_SEND_TIME], 2);
	assert_int_equal(sections[0].extensions[MEDIA_EXT_AUDIO_LEVEL], 1);
	assert_string_equal(sections[1].cname, "1cJx17ieo2xxaKqB");
	assert_string_equal(sections[1].msid,
	                    "1ed6b80d-c68a-4089-97f9-0197b41a8f72 69420c46-4022-44a2-a3b7-61cde793be2e");
	assert_true(sections[1].rtcp_rsize);
	free(text);
}

static void reads_layers_in_the_order_of_simulcast(void **state)
{
	char *text = offer_load("firefox-publish-simulcast");
	char *turned = offer_replace(text, "a=simulcast:send l;m;h", "a=simulcast:send h,x;~m;l");
	const struct media_sdp_section *video = &offer_parsed(text)->sections[1];
	assert_string_equal(video->rids[0], "l");
	assert_string_equal(video->rids[2], "h");
	assert_int_equal(video->extension_directions[MEDIA_EXT_RID], MEDIA_SENDONLY);
	video = &offer_parsed(turned)->sections[1];
	assert_int_equal(video->rid_count, 3);
	assert_string_equal(video->rids[0], "h");
	assert_string_equal(video->rids[1], "m");
	assert_string_equal(video->rids[2], "l");
	free(turned);
	/* more layers than we keep: the first stay, whatever the order of the lines */
	turned = offer_replace(text, "a=simulcast:send l;m;h",
	                       "a=rid:p send\r\na=rid:q send\r\na=simulcast:recv z send q;p;h;m;l");
	video = &offer_parsed(turned)->sections[1];
	assert_int_equal(video->rid_count, MEDIA_SDP_RIDS);
	free(turned);
	free(text);
}

static void keeps_long_parameters_out_and_the_rest_in(void **state)
{
	char *text = offer_load("obs-publish");
	char sprop[600] = "sprop-parameter-sets=";
	memset(sprop + strlen(sprop), 'A', 400);
	strcat(sprop, ";profile-level-id=42e01f");
	char *longer = offer_replace(text, "profile-level-id=42e01f", sprop);
	assert_string_equal(offer_parsed(longer)->sections[1].codecs[0].fmtp,
	                    "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1");
	free(longer);
	free(text);
}

static void takes_transport_of_the_first_live_section(void **state)
{
	/* bundle-policy "balanced" of some clients: own credentials for each section, of which the first count */
	char *text = offer_load("gstreamer-publish");
	char *video = strstr(text, "m=video");
	char *ufrag = strstr(video, "a=ice-ufrag:");
	memcpy(ufrag + 12, "XXXX", 4);
	assert_string_equal(offer_parsed(text)->ufrag, "UZugxLNwXbvq3g40mEyOurFyGqGd2LSD");
	/* the first rejected by its offerer: the second counts */
	char *without = offer_replace(text, "m=audio 9 ", "m=audio 0 ");
	assert_memory_equal(offer_parsed(without)->ufrag, "XXXXxLNw", 8);
	free(without);
	free(text);
}

static void takes_the_strong_fingerprint(void **state)
{
	char *text = offer_load("obs-publish");
	char *weak = offer_replace(text, "a=fingerprint:", "a=fingerprint:sha-1 00:11:22\r\na=fingerprint:");
	assert_memory_equal(offer_parsed(weak)->fingerprint, "sha-256 D3:7A", 13);
	free(weak);
	char *lower = offer_replace(text, "sha-256 D3:7A", "SHA-256 d3:7a");
	assert_memory_equal(offer_parsed(lower)->fingerprint, "sha-256 D3:7A", 13);
	free(lower);
	free(text);
}

static void applies_feedback_for_all(void **state)
{
	char *text = offer_load("obs-publish");
	char *all = offer_replace(text, "a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli",
	                          "a=rtcp-fb:* nack\r\na=rtcp-fb:* ccm fir\r\na=rtcp-fb:* nack sli");
	const struct media_sdp_codec *codec = &offer_parsed(all)->sections[1].codecs[0];
	assert_true(codec->nack && codec->fir);
	assert_false(codec->pli);
	free(all);
	free(text);
}

static void takes_lines_that_end_in_any_way(void **state)
{
	char *text = offer_load("chromium-view");
	char *bare = offer_replace(text, "\r\n", "\n"),
	     *blank = offer_replace(text, "a=setup:actpass\r\n", "a=setup:actpass\r\n\r\n");
	struct media_sdp_offer *first = malloc(sizeof *first);
	assert_non_null(first);
	*first = *offer_parsed(text);
	assert_memory_equal(first, offer_parsed(bare), sizeof *first);
	assert_memory_equal(first, offer_parsed(blank), sizeof *first);
	free(first);
	free(bare);
	free(blank);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_each_file),
	        cmocka_unit_test(reads_every_file_that_we_keep),
	        cmocka_unit_test(reads_codecs_of_chromium),
	        cmocka_unit_test(reads_layers_in_the_order_of_simulcast),
	        cmocka_unit_test(keeps_long_parameters_out_and_the_rest_in),
	        cmocka_unit_test(takes_transport_of_the_first_live_section),
	        cmocka_unit_test(takes_the_strong_fingerprint),
	        cmocka_unit_test(applies_feedback_for_all),
	        cmocka_unit_test(takes_lines_that_end_in_any_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
