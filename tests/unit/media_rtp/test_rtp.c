#include "check.h"

#include <errno.h>

#include "rtp/rtp.h"

/* V=2, P, X, CC=2, M, PT 96, two CSRCs, a one-byte extension (RFC 8285 §4.2) of ids 1 (1 byte), 3 (3 bytes) with
 * padding between them, payload "hello", 3 bytes of padding. */
static const uint8_t one_byte[] = {
        0xB2, 0xE0, 0x12, 0x34, 0x00, 0x01, 0x02, 0x03, 0xCA, 0xFE, 0xBA, 0xBE, 0,   0,   0,   1,   0,   0, 0, 2,
        0xBE, 0xDE, 0x00, 0x02, 0x10, 0xAA, 0x00, 0x32, 1,    2,    3,    0,    'h', 'e', 'l', 'l', 'o', 0, 0, 3,
};

/* Two-byte extension: id 1 of length 0, id 20 of length 2. */
static const uint8_t two_byte[] = {
        0x90, 0x60, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0x10, 0x00, 0x00, 0x02, 1, 0, 20, 2, 0xAB, 0xCD, 0, 0, 0x55,
};

static void parses_header_extension_and_padding(void **state)
{
	struct media_rtp rtp;
	assert_int_equal(media_rtp_parse(one_byte, sizeof one_byte, &rtp), 0);
	assert_true(rtp.marker);
	assert_int_equal(rtp.pt, 96);
	assert_int_equal(rtp.seq, 0x1234);
	assert_int_equal(rtp.timestamp, 0x00010203);
	assert_int_equal(rtp.ssrc, 0xCAFEBABE);
	assert_int_equal(rtp.csrc_count, 2);
	assert_int_equal(rtp.padding, 3);
	assert_int_equal(rtp.payload_len, 5);
	assert_memory_equal(rtp.payload, "hello", 5);
}

static void walks_one_byte_elements(void **state)
{
	struct media_rtp rtp;
	struct media_rtp_element e = {0};
	size_t len;
	assert_int_equal(media_rtp_parse(one_byte, sizeof one_byte, &rtp), 0);
	assert_true(media_rtp_element_next(&rtp, &e));
	assert_int_equal(e.id, 1);
	assert_int_equal(e.len, 1);
	assert_int_equal(e.data[0], 0xAA);
	assert_true(media_rtp_element_next(&rtp, &e));
	assert_int_equal(e.id, 3);
	assert_int_equal(e.len, 3);
	assert_false(media_rtp_element_next(&rtp, &e));
	assert_null(media_rtp_element_find(&rtp, 2, &len));
	assert_null(media_rtp_element_find(&rtp, 0, &len));
	assert_non_null(media_rtp_element_find(&rtp, 3, &len));
	assert_int_equal(len, 3);
}

static void walks_two_byte_elements(void **state)
{
	struct media_rtp rtp;
	size_t len = 99;
	assert_int_equal(media_rtp_parse(two_byte, sizeof two_byte, &rtp), 0);
	assert_non_null(media_rtp_element_find(&rtp, 1, &len));
	assert_int_equal(len, 0);
	const uint8_t *data = media_rtp_element_find(&rtp, 20, &len);
	assert_non_null(data);
	assert_int_equal(len, 2);
	assert_int_equal(media_get16(data), 0xABCD);
}

static void id_15_ends_the_walk(void **state)
{
	static const uint8_t packet[] = {0x90, 0x60, 0,    1,    0, 0, 0,    0,    0,    0,
	                                 0,    9,    0xBE, 0xDE, 0, 1, 0xF0, 0x00, 0x10, 0x01};
	struct media_rtp rtp;
	size_t len;
	assert_int_equal(media_rtp_parse(packet, sizeof packet, &rtp), 0);
	assert_null(media_rtp_element_find(&rtp, 1, &len));
}

static void element_longer_than_extension_is_not_read(void **state)
{
	static const uint8_t packet[] = {0x90, 0x60, 0,    1, 0, 0,    0, 0, 0, 0,   0,
	                                 9,    0xBE, 0xDE, 0, 1, 0x17, 1, 2, 3, 0x44};
	struct media_rtp rtp;
	size_t len;
	assert_int_equal(media_rtp_parse(packet, sizeof packet, &rtp), 0);
	assert_null(media_rtp_element_find(&rtp, 1, &len));
}

/** Shorter than its header, its CSRCs or its extension: refused. From there on every cut is a shorter packet, or its
 * padding is wrong. */
static void refuses_every_truncation(void **state)
{
	const size_t header = 12 + 8 + 4 + 8;
	for (size_t len = 0; len < sizeof one_byte; len++) {
		uint8_t *copy = exact_copy(one_byte, len);
		struct media_rtp rtp;
		int status = media_rtp_parse(copy, len, &rtp);
		if (len <= header)
			assert_int_equal(status, -EBADMSG);
		else if (status == 0)
			assert_true(rtp.payload_len + rtp.padding == len - header);
		free(copy);
	}
	uint8_t *copy = exact_copy(two_byte, sizeof two_byte - 2);
	struct media_rtp rtp;
	assert_int_equal(media_rtp_parse(copy, sizeof two_byte - 2, &rtp), -EBADMSG);
	free(copy);
}

static void refuses_wrong_version_and_padding(void **state)
{
	uint8_t packet[sizeof one_byte];
	struct media_rtp rtp;
	memcpy(packet, one_byte, sizeof packet);
	packet[0] = 0x72;
	assert_int_equal(media_rtp_parse(packet, sizeof packet, &rtp), -EBADMSG);
	packet[0] = 0xB2;
	packet[sizeof packet - 1] = 0;
	assert_int_equal(media_rtp_parse(packet, sizeof packet, &rtp), -EBADMSG);
	packet[sizeof packet - 1] = 9; /* one more than payload and padding */
	assert_int_equal(media_rtp_parse(packet, sizeof packet, &rtp), -EBADMSG);
	packet[sizeof packet - 1] = 8;
	assert_int_equal(media_rtp_parse(packet, sizeof packet, &rtp), 0);
	assert_int_equal(rtp.payload_len, 0);
}

static void builds_what_it_parses(void **state)
{
	static const uint8_t twcc[2] = {0x12, 0x34};
	struct media_rtp_build b = {
	        .marker = true,
	        .pt = 102,
	        .seq = 65535,
	        .timestamp = 7,
	        .ssrc = 0x80000001,
	        .element_count = 2,
	        .elements = {{.id = 4, .data = "video", .len = 5}, {.id = 5, .data = twcc, .len = 2}},
	        .payload = "payload",
	        .payload_len = 7};
	uint8_t out[64];
	struct media_rtp rtp;
	size_t len;
	int n = media_rtp_build(&b, out, sizeof out);
	assert_int_equal(n, 12 + 4 + 12 + 7);
	assert_int_equal(media_rtp_parse(out, (size_t)n, &rtp), 0);
	assert_true(rtp.marker);
	assert_int_equal(rtp.pt, 102);
	assert_int_equal(rtp.seq, 65535);
	assert_int_equal(rtp.ssrc, 0x80000001);
	assert_memory_equal(media_rtp_element_find(&rtp, 4, &len), "video", 5);
	assert_memory_equal(media_rtp_element_find(&rtp, 5, &len), twcc, 2);
	assert_memory_equal(rtp.payload, "payload", 7);
	for (size_t size = 0; size < (size_t)n; size++) {
		uint8_t *small = malloc(size ? size : 1);
		assert_int_equal(media_rtp_build(&b, small, size), -EMSGSIZE);
		free(small);
	}
	b.elements[0].id = 15;
	assert_int_equal(media_rtp_build(&b, out, sizeof out), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(parses_header_extension_and_padding),
	        cmocka_unit_test(walks_one_byte_elements),
	        cmocka_unit_test(walks_two_byte_elements),
	        cmocka_unit_test(id_15_ends_the_walk),
	        cmocka_unit_test(element_longer_than_extension_is_not_read),
	        cmocka_unit_test(refuses_every_truncation),
	        cmocka_unit_test(refuses_wrong_version_and_padding),
	        cmocka_unit_test(builds_what_it_parses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
