/* STUN: the vectors of RFC 5769, damage in every place, and what we build. */
#include "transport/stun.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "rfc5769.h"
#include "transport/stun_wire.h"

static const char *const vectors[] = {RFC5769_REQUEST, RFC5769_RESPONSE4, RFC5769_RESPONSE6};

static void request_of_rfc5769(void **state)
{
	uint8_t data[256];
	size_t len = unhex(RFC5769_REQUEST, data, sizeof data);
	struct media_stun m;
	assert_int_equal(media_stun_parse(data, len, &m), 0);
	assert_int_equal(m.type, MEDIA_STUN_BINDING_REQUEST);
	assert_memory_equal(m.txid, data + 8, MEDIA_STUN_TXID_BYTES);
	assert_int_equal(m.username_len, 9);
	assert_memory_equal(m.username, "evtj:h6vY", 9);
	assert_true(m.has_fingerprint && m.has_priority && m.controlled && !m.controlling && !m.use_candidate);
	assert_int_equal(m.priority, 0x6e0001ff);
	assert_true(m.tie_breaker == 0x932ff9b151263b36);
	assert_int_equal(m.unknown_required, 0);
	assert_int_equal(m.mapped.ss_family, AF_UNSPEC);
	assert_int_equal(media_stun_check_integrity(data, len, &m, RFC5769_PASSWORD), 0);
	assert_int_equal(media_stun_check_integrity(data, len, &m, "VOkJxbRl1RmTxUk/WvJxBu"), -EACCES);
	assert_int_equal(media_stun_check_integrity(data, len, &m, ""), -EACCES);
}

static void answer4_of_rfc5769(void **state)
{
	uint8_t data[256];
	size_t len = unhex(RFC5769_RESPONSE4, data, sizeof data);
	struct media_stun m;
	assert_int_equal(media_stun_parse(data, len, &m), 0);
	assert_int_equal(m.type, MEDIA_STUN_BINDING_SUCCESS);
	assert_int_equal(media_stun_check_integrity(data, len, &m, RFC5769_PASSWORD), 0);
	const struct sockaddr_in *in = (const struct sockaddr_in *)&m.mapped;
	assert_int_equal(in->sin_family, AF_INET);
	assert_int_equal(ntohs(in->sin_port), 32853);
	assert_int_equal(in->sin_addr.s_addr, inet_addr("192.0.2.1"));
}

static void answer6_of_rfc5769(void **state)
{
	uint8_t data[256];
	size_t len = unhex(RFC5769_RESPONSE6, data, sizeof data);
	struct media_stun m;
	struct in6_addr want;
	assert_int_equal(inet_pton(AF_INET6, "2001:db8:1234:5678:11:2233:4455:6677", &want), 1);
	assert_int_equal(media_stun_parse(data, len, &m), 0);
	assert_int_equal(media_stun_check_integrity(data, len, &m, RFC5769_PASSWORD), 0);
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&m.mapped;
	assert_int_equal(in6->sin6_family, AF_INET6);
	assert_int_equal(ntohs(in6->sin6_port), 32853);
	assert_memory_equal(&in6->sin6_addr, &want, sizeof want);
}

/** Parsed from a block of exactly its size, so that a read past the end is seen. */
static int parse_exact(const uint8_t *data, size_t len, const char *password)
{
	uint8_t *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, data, len);
	struct media_stun m;
	int rc = media_stun_parse(copy, len, &m);
	if (rc == 0)
		rc = media_stun_check_integrity(copy, len, &m, password);
	free(copy);
	return rc;
}

static void truncated_anywhere(void **state)
{
	for (size_t v = 0; v < 3; v++) {
		uint8_t data[256];
		size_t len = unhex(vectors[v], data, sizeof data);
		assert_int_equal(parse_exact(data, len, RFC5769_PASSWORD), 0);
		for (size_t cut = 0; cut < len; cut++) {
			assert_int_equal(parse_exact(data, cut, RFC5769_PASSWORD), -EBADMSG);
			if (cut < STUN_HEADER_BYTES)
				continue;
			/* cut, with a header that says so: malformed, or without the integrity it needs */
			uint8_t copy[256];
			memcpy(copy, data, cut);
			stun_put16(copy + 2, (uint16_t)(cut - STUN_HEADER_BYTES));
			assert_true(parse_exact(copy, cut, RFC5769_PASSWORD) != 0 || cut == len - 8);
		}
	}
}

static void damaged_anywhere(void **state)
{
	for (size_t v = 0; v < 3; v++) {
		uint8_t data[256];
		size_t len = unhex(vectors[v], data, sizeof data);
		for (size_t at = 0; at < len; at++) {
			for (unsigned int flip = 1; flip < 256; flip++) {
				data[at] ^= (uint8_t)flip;
				/* FINGERPRINT covers everything: damage is malformed, or hides the fingerprint's type
				 */
				struct media_stun m;
				int rc = media_stun_parse(data, len, &m);
				assert_true(rc == -EBADMSG || !m.has_fingerprint);
				(void)parse_exact(data, len, RFC5769_PASSWORD);
				data[at] ^= (uint8_t)flip;
			}
		}
	}
}

static void wrong_fingerprint(void **state)
{
	uint8_t data[256];
	size_t len = unhex(RFC5769_REQUEST, data, sizeof data);
	struct media_stun m;
	data[len - 1] ^= 1;
	assert_int_equal(media_stun_parse(data, len, &m), -EBADMSG);
}

static void wrong_integrity_under_a_right_fingerprint(void **state)
{
	uint8_t data[256];
	size_t len = unhex(RFC5769_REQUEST, data, sizeof data);
	struct media_stun m;
	data[len - 9] ^= 1; /* last byte of the HMAC */
	stun_put32(data + len - 4, stun_fingerprint(data, len - 8));
	assert_int_equal(media_stun_parse(data, len, &m), 0);
	assert_int_equal(media_stun_check_integrity(data, len, &m, RFC5769_PASSWORD), -EACCES);
}

static const uint8_t txid[MEDIA_STUN_TXID_BYTES] = "abcdefghijkl";

static size_t build(const struct media_stun_build *b, uint8_t out[MEDIA_STUN_MAX])
{
	int len = media_stun_build(b, out, MEDIA_STUN_MAX);
	assert_true(len > 0 && len % 4 == 0);
	return (size_t)len;
}

static void a_built_check_reads_back(void **state)
{
	uint8_t out[MEDIA_STUN_MAX];
	struct media_stun m;
	struct media_stun_build b = {.type = MEDIA_STUN_BINDING_REQUEST,
	                             .txid = txid,
	                             .username = "00abcdefgh:xyz",
	                             .use_candidate = true,
	                             .controlling = true,
	                             .priority = 1234567,
	                             .tie_breaker = 0x0123456789abcdef,
	                             .password = "a password"};
	size_t len = build(&b, out);
	assert_int_equal(media_stun_parse(out, len, &m), 0);
	assert_int_equal(media_stun_check_integrity(out, len, &m, "a password"), 0);
	assert_true(m.use_candidate && m.controlling && !m.controlled && m.has_fingerprint && m.has_priority);
	assert_int_equal(m.priority, 1234567);
	assert_true(m.tie_breaker == b.tie_breaker);
	assert_int_equal(m.username_len, strlen(b.username));
	assert_memory_equal(m.username, b.username, m.username_len);
	assert_memory_equal(m.txid, txid, sizeof txid);
	b.password = NULL;
	len = build(&b, out);
	assert_int_equal(media_stun_parse(out, len, &m), 0);
	assert_int_equal(media_stun_check_integrity(out, len, &m, "a password"), -ENOENT);
}

static void built_addresses_read_back(void **state)
{
	uint8_t out[MEDIA_STUN_MAX];
	struct media_stun m;
	struct sockaddr_in in = {
	        .sin_family = AF_INET, .sin_port = htons(54321), .sin_addr.s_addr = inet_addr("10.1.2.3")};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(7882)};
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::1:2", &in6.sin6_addr), 1);
	struct media_stun_build b = {.type = MEDIA_STUN_BINDING_SUCCESS, .txid = txid, .password = "p"};
	b.mapped = (const struct sockaddr *)&in;
	assert_int_equal(media_stun_parse(out, build(&b, out), &m), 0);
	assert_memory_equal(&m.mapped, &in, sizeof in);
	b.mapped = (const struct sockaddr *)&in6;
	assert_int_equal(media_stun_parse(out, build(&b, out), &m), 0);
	assert_memory_equal(&m.mapped, &in6, sizeof in6);
}

static void built_errors_read_back(void **state)
{
	static const uint16_t codes[] = {400, 401, 420, 487, 500};
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		uint8_t out[MEDIA_STUN_MAX];
		struct media_stun m;
		struct media_stun_build b = {.type = MEDIA_STUN_BINDING_ERROR, .txid = txid, .error_code = codes[i]};
		assert_int_equal(media_stun_parse(out, build(&b, out), &m), 0);
		assert_int_equal(m.error_code, codes[i]);
	}
}

static void building_is_bounded(void **state)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct media_stun_build b = {.type = MEDIA_STUN_BINDING_SUCCESS,
	                             .txid = txid,
	                             .username = "user:name",
	                             .mapped = (const struct sockaddr *)&in,
	                             .password = "p"};
	uint8_t whole[MEDIA_STUN_MAX];
	size_t len = build(&b, whole);
	for (size_t size = 0; size <= len; size++) {
		uint8_t *out = malloc(size ? size : 1);
		assert_non_null(out);
		assert_int_equal(media_stun_build(&b, out, size), size < len ? -EMSGSIZE : (int)len);
		free(out);
	}
}

/** Append an attribute to a message without FINGERPRINT, then FINGERPRINT. */
static size_t append(uint8_t *data, size_t len, uint16_t type, const uint8_t *value, size_t value_len)
{
	stun_put16(data + len, type);
	stun_put16(data + len + 2, (uint16_t)value_len);
	memcpy(data + len + 4, value, value_len);
	len += 4 + ((value_len + 3) & ~(size_t)3);
	stun_put16(data + 2, (uint16_t)(len + 8 - STUN_HEADER_BYTES));
	stun_put32(data + len, (uint32_t)STUN_FINGERPRINT << 16 | 4);
	stun_put32(data + len + 4, stun_fingerprint(data, len));
	return len + 8;
}

static void what_follows_integrity_does_not_count(void **state)
{
	uint8_t data[MEDIA_STUN_MAX];
	struct media_stun m;
	struct media_stun_build b = {
	        .type = MEDIA_STUN_BINDING_REQUEST, .txid = txid, .username = "a:b", .password = "p"};
	size_t len = append(data, build(&b, data) - 8, STUN_USE_CANDIDATE, txid, 0);
	assert_int_equal(media_stun_parse(data, len, &m), 0);
	assert_false(m.use_candidate);
	assert_int_equal(media_stun_check_integrity(data, len, &m, "p"), 0);
}

static void unknown_attributes(void **state)
{
	uint8_t data[MEDIA_STUN_MAX] = {0};
	struct media_stun m;
	struct media_stun_build b = {.type = MEDIA_STUN_BINDING_REQUEST, .txid = txid, .username = "a:b"};
	size_t len = append(data, build(&b, data) - 8, 0xc057, txid, 4); /* optional: Chromium's network cost */
	assert_int_equal(media_stun_parse(data, len, &m), 0);
	assert_int_equal(m.unknown_required, 0);
	len = append(data, len - 8, 0x7001, txid, 3);
	len = append(data, len - 8, 0x7002, txid, 0);
	assert_int_equal(media_stun_parse(data, len, &m), 0);
	assert_int_equal(m.unknown_required, 0x7001);
}

static void lengths_that_lie(void **state)
{
	static const struct {
		uint16_t type;
		size_t len;
	} wrong[] = {{STUN_INTEGRITY, 16},         {STUN_PRIORITY, 3},         {STUN_USE_CANDIDATE, 4},
	             {STUN_ICE_CONTROLLED, 4},     {STUN_ICE_CONTROLLING, 12}, {STUN_ERROR_CODE, 3},
	             {STUN_XOR_MAPPED_ADDRESS, 0}, {STUN_FINGERPRINT, 8},      {STUN_XOR_MAPPED_ADDRESS, 4}};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		uint8_t data[MEDIA_STUN_MAX] = {0}, value[16] = {0, 1};
		struct media_stun m;
		struct media_stun_build b = {.type = MEDIA_STUN_BINDING_REQUEST, .txid = txid};
		size_t len = append(data, build(&b, data) - 8, wrong[i].type, value, wrong[i].len);
		assert_int_equal(media_stun_parse(data, len, &m), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(request_of_rfc5769),
	        cmocka_unit_test(answer4_of_rfc5769),
	        cmocka_unit_test(answer6_of_rfc5769),
	        cmocka_unit_test(truncated_anywhere),
	        cmocka_unit_test(damaged_anywhere),
	        cmocka_unit_test(wrong_fingerprint),
	        cmocka_unit_test(wrong_integrity_under_a_right_fingerprint),
	        cmocka_unit_test(a_built_check_reads_back),
	        cmocka_unit_test(built_addresses_read_back),
	        cmocka_unit_test(built_errors_read_back),
	        cmocka_unit_test(building_is_bounded),
	        cmocka_unit_test(what_follows_integrity_does_not_count),
	        cmocka_unit_test(unknown_attributes),
	        cmocka_unit_test(lengths_that_lie),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
