/* Offers that are broken, incomplete or too large: the right error, a sentence, and never a read past the end. */
#include "offers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct media_sdp_offer *parsed;

static void refused(const char *text, int error, const char *words)
{
	char why[256];
	int got = offer_parse(text, strlen(text), parsed, why);
	if (got != error || !strstr(why, words))
		fail_msg("wanted %d and \"%s\", got %d and \"%s\"", error, words, got, why);
}

static void survives_a_cut_at_every_byte(void **state)
{
	char why[256];
	for (size_t i = 0; i < OFFER_COUNT; i++) {
		char *text = offer_load(offer_names[i]);
		/* they have most lines in common: every byte of some, a prime step through the others */
		size_t len = strlen(text), refusals = 0, step = i % 4 ? 7 : 1;
		for (size_t cut = 0; cut < len; cut += step) {
			int error = offer_parse(text, cut, parsed, why);
			assert_true(error == 0 || error == -EBADMSG || error == -EPROTO);
			assert_int_equal(error != 0, why[0] != '\0');
			refusals += error != 0;
		}
		/* at the least everything before the first section's end */
		assert_true(refusals * step > 100);
		free(text);
	}
}

static void survives_a_changed_byte_anywhere(void **state)
{
	static const char bytes[] = {'\0', '\n', ' ', ':', '=', '9', '/', (char)0xff};
	char why[256];
	char *text = offer_load("firefox-publish-simulcast");
	size_t len = strlen(text);
	for (size_t at = 0; at < len; at++) {
		char kept = text[at];
		text[at] = bytes[at % sizeof bytes];
		int error = offer_parse(text, len, parsed, why);
		assert_true(error == 0 || error == -EBADMSG || error == -EPROTO || error == -EMSGSIZE);
		text[at] = kept;
	}
	free(text);
}

static void names_what_is_missing(void **state)
{
	static const struct {
		const char *line;
		int error;
		const char *words;
	} lines[] = {
	        {"v=", -EBADMSG, "v=0"},
	        {"a=ice-ufrag", -EPROTO, "a=ice-ufrag is missing"},
	        {"a=ice-pwd", -EPROTO, "a=ice-pwd is missing"},
	        {"a=fingerprint", -EPROTO, "a=fingerprint is missing"},
	        {"a=setup", -EPROTO, "a=setup is missing"},
	        {"a=rtcp-mux", -EPROTO, "lacks a=rtcp-mux"},
	        {"a=group:BUNDLE", -EPROTO, "a=group:BUNDLE"},
	        {"a=mid", -EPROTO, "a=mid"},
	};
	for (size_t i = 0; i < OFFER_COUNT; i++) {
		char *text = offer_load(offer_names[i]);
		for (size_t j = 0; j < sizeof lines / sizeof lines[0]; j++) {
			char *less = offer_without(text, lines[j].line);
			refused(less, lines[j].error, lines[j].words);
			free(less);
		}
		free(text);
	}
	refused("", -EBADMSG, "empty");
	refused("hello", -EBADMSG, "not SDP");
	refused("{\"sdp\":\"v=0\"}", -EBADMSG, "not SDP");
	refused("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", -EPROTO, "no audio or video section");
}

static void says_what_is_wrong(void **state)
{
	static const struct {
		const char *from, *to;
		int error;
		const char *words;
	} edits[] = {
	        {"a=setup:actpass", "a=setup:passive", -EPROTO, "a=setup:passive"},
	        {"a=setup:actpass", "a=setup:holdconn", -EPROTO, "a=setup:holdconn"},
	        {"a=setup:actpass", "a=setup:a b", -EBADMSG, "a=setup is malformed"},
	        {"a=ice-ufrag:HVSP", "a=ice-ufrag:HVS", -EPROTO, "a=ice-ufrag is not 4 to 256"},
	        {"a=ice-ufrag:HVSP", "a=ice-ufrag:HV:SP", -EPROTO, "a=ice-ufrag"},
	        {"a=ice-pwd:/6+NyXl", "a=ice-pwd:", -EPROTO, "a=ice-pwd is not 22 to 256"},
	        {"sha-256 4B:39", "sha-256 4B:3", -EPROTO, "no sha-256 digest"},
	        {"sha-256 4B:39", "sha-256 4B:3G", -EPROTO, "no sha-256 digest"},
	        {"sha-256 4B:39", "sha-256 00:4B:39", -EPROTO, "no sha-256 digest"},
	        {"sha-256 4B:39", "md5 4B:39", -EPROTO, "a=fingerprint is missing or its hash is not"},
	        {"a=mid:1", "a=mid:0", -EPROTO, "have the a=mid 0"},
	        {"a=mid:1", "a=mid:01234567890123456789012345678901", -EPROTO, "a=mid is no token"},
	        {"a=mid:1", "a=mid:x y", -EPROTO, "a=mid is no token"},
	        {"a=group:BUNDLE 0 1", "a=group:BUNDLE 0", -EPROTO, "does not bundle"},
	        {"a=group:BUNDLE 0 1", "a=group:BUNDLE 0 2", -EPROTO, "does not bundle"},
	        {"a=extmap-allow-mixed", "a=ice-lite", -EPROTO, "a=ice-lite"},
	        {"m=audio 40722", "m=audio 65536", -EBADMSG, "m= line"},
	        {"m=audio 40722", "m=audio x", -EBADMSG, "m= line"},
	        {"m=audio 40722", "m=au/dio 40722", -EBADMSG, "m= line"},
	        {"m=audio 40722", "m=audioaudioaudioaudio 40722", -EBADMSG, "m= line"},
	        {"SAVPF 111 63", "SAVPF 111 128", -EBADMSG, "payload type"},
	        {"SAVPF 111 63", "SAVPF 111 111", -EBADMSG, "stands twice"},
	        {"SAVPF 111 63", "SAVPF 111 -1", -EBADMSG, "payload type"},
	        {"UDP/TLS/RTP/SAVPF 111", "UDP//SAVPF 111", -EBADMSG, "m= line"},
	        {"a=rtpmap:111 opus/48000/2", "a=rtpmap:111 opus", -EBADMSG, "a=rtpmap is malformed"},
	        {"a=rtpmap:111 opus/48000/2", "a=rtpmap:111 opus/x", -EBADMSG, "a=rtpmap is malformed"},
	        {"a=rtpmap:111 opus/48000/2", "a=rtpmap:111 opus/99999999999", -EBADMSG, "a=rtpmap is malformed"},
	        {"s=-", "s=\x01", -EBADMSG, "control character"},
	        {"s=-", "S=-", -EBADMSG, "not SDP"},
	        {"s=-", "s", -EBADMSG, "Line 3"},
	        {"s=-", "v=0", -EBADMSG, "only there"},
	        {"v=0", "v=1", -EBADMSG, "v=0"},
	};
	char *text = offer_load("chromium-publish");
	for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
		char *edited = offer_replace(text, edits[i].from, edits[i].to);
		refused(edited, edits[i].error, edits[i].words);
		free(edited);
	}
	free(text);
}

static void refuses_a_nul_byte(void **state)
{
	char why[256];
	char *text = offer_load("obs-publish");
	size_t len = strlen(text);
	strstr(text, "s=-")[2] = '\0';
	assert_int_equal(offer_parse(text, len, parsed, why), -EBADMSG);
	assert_non_null(strstr(why, "Line 3"));
	free(text);
}

static void refuses_what_is_too_large(void **state)
{
	char why[256];
	size_t len = 1 << 20;
	char *big = malloc(len);
	assert_non_null(big);
	memset(big, 'a', len);
	memcpy(big, "v=0\r\n", 5);
	assert_int_equal(offer_parse(big, len, parsed, why), -EMSGSIZE);
	assert_non_null(strstr(why, "1048576"));
	assert_int_equal(offer_parse(big, MEDIA_SDP_MAX + 1, parsed, why), -EMSGSIZE);
	/* one endless line within the size */
	assert_int_equal(offer_parse(big, 8192, parsed, why), -EMSGSIZE);
	assert_non_null(strstr(why, "Line 2"));
	free(big);
}

static void refuses_too_many_sections(void **state)
{
	char text[4096] = "v=0\r\n";
	for (int i = 0; i < MEDIA_SDP_SECTIONS + 1; i++)
		strcat(text, "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n");
	refused(text, -EMSGSIZE, "more than 8 media sections");
}

static void keeps_the_first_of_too_many_codecs(void **state)
{
	char text[4096] = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF";
	for (int pt = 0; pt < 128; pt++)
		snprintf(text + strlen(text), sizeof text - strlen(text), " %d", pt);
	strcat(text,
	       "\r\na=rtcp-mux\r\na=rtpmap:47 VP8/90000\r\na=rtpmap:127 "
	       "VP8/90000\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n"
	       "a=setup:active\r\na=fingerprint:sha-256 "
	       "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n");
	const struct media_sdp_offer *offer = offer_parsed(text);
	assert_int_equal(offer->sections[0].codec_count, MEDIA_SDP_CODECS);
	assert_int_equal(offer->sections[0].codecs[47].pt, 47);
	assert_int_equal(offer->sections[0].codecs[47].codec, MEDIA_VP8);
	/* one section needs no bundle and no mid */
	assert_false(offer->bundle);
	assert_string_equal(offer->setup, "active");
}

static void ignores_extensions_it_cannot_use(void **state)
{
	char *text = offer_load("firefox-view");
	static const char *const numbers[] = {"0", "15", "16", "255", "99999999999", "x", "-1", ""};
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		char line[64];
		snprintf(line, sizeof line, "a=extmap:%s urn:ietf:params:rtp-hdrext:sdes:mid", numbers[i]);
		char *edited = offer_replace(text, "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid", line);
		assert_int_equal(offer_parsed(edited)->sections[1].extensions[MEDIA_EXT_MID], 0);
		free(edited);
	}
	/* two under one number */
	char *twice = offer_replace(text, "a=extmap:7 ", "a=extmap:3 ");
	assert_int_equal(offer_parsed(twice)->sections[1].extensions[MEDIA_EXT_MID], 3);
	assert_int_equal(offer_parsed(twice)->sections[1].extensions[MEDIA_EXT_TWCC], 0);
	free(twice);
	free(text);
}

static void writes_into_any_room_for_words(void **state)
{
	char why[4] = "xyz";
	assert_int_equal(media_sdp_parse("no", 2, parsed, why, sizeof why), -EBADMSG);
	assert_string_equal(why, "Lin");
	assert_int_equal(media_sdp_parse("no", 2, parsed, NULL, 0), -EBADMSG);
}

static int make(void **state)
{
	parsed = calloc(1, sizeof *parsed);
	return parsed ? 0 : -1;
}

static int drop(void **state)
{
	free(parsed);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(survives_a_cut_at_every_byte),
	        cmocka_unit_test(survives_a_changed_byte_anywhere),
	        cmocka_unit_test(names_what_is_missing),
	        cmocka_unit_test(says_what_is_wrong),
	        cmocka_unit_test(refuses_a_nul_byte),
	        cmocka_unit_test(refuses_what_is_too_large),
	        cmocka_unit_test(refuses_too_many_sections),
	        cmocka_unit_test(keeps_the_first_of_too_many_codecs),
	        cmocka_unit_test(ignores_extensions_it_cannot_use),
	        cmocka_unit_test(writes_into_any_room_for_words),
	};
	return cmocka_run_group_tests(tests, make, drop);
}
