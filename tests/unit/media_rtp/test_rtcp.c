#include "check.h"

#include <errno.h>

#include "rtp/ntp.h"
#include "rtp/rtcp.h"
#include "rtp/rtp.h"

static struct media_rtcp_writer writer(uint8_t *data, size_t size)
{
	return (struct media_rtcp_writer){.data = data, .size = size};
}

static struct media_rtcp only(const struct media_rtcp_writer *w)
{
	const uint8_t *data = w->data;
	size_t len = w->len;
	struct media_rtcp p;
	assert_false(w->failed);
	assert_int_equal(media_rtcp_next(&data, &len, &p), 1);
	assert_int_equal(len, 0);
	return p;
}

static const struct media_rtcp_sr sr = {
        .ssrc = 0x11223344, .ntp = 0xE1234567ABCDEF01, .rtp_time = 0xFFFFFFF0, .packets = 5, .octets = 600};
static const struct media_rtcp_block block = {.ssrc = 0x55667788,
                                              .fraction_lost = 64,
                                              .lost = -3,
                                              .highest = 0x00012345,
                                              .jitter = 77,
                                              .lsr = 0x45678ABC,
                                              .dlsr = 65536};

static void sender_report_round_trip(void **state)
{
	uint8_t data[128];
	struct media_rtcp_writer w = writer(data, sizeof data);
	struct media_rtcp_sr got;
	struct media_rtcp_block b;
	media_rtcp_write_sr(&w, &sr, &block, 1);
	/* the wire, byte for byte (RFC 3550 §6.4.1) */
	static const uint8_t wire[] = {0x81, 200,  0,    12,   0x11, 0x22, 0x33, 0x44, 0xE1, 0x23, 0x45, 0x67, 0xAB,
	                               0xCD, 0xEF, 0x01, 0xFF, 0xFF, 0xFF, 0xF0, 0,    0,    0,    5,    0,    0,
	                               2,    0x58, 0x55, 0x66, 0x77, 0x88, 64,   0xFF, 0xFF, 0xFD, 0,    1,    0x23,
	                               0x45, 0,    0,    0,    77,   0x45, 0x67, 0x8A, 0xBC, 0,    1,    0,    0};
	assert_int_equal(w.len, sizeof wire);
	assert_memory_equal(data, wire, sizeof wire);
	struct media_rtcp p = only(&w);
	assert_int_equal(media_rtcp_read_sr(&p, &got), 0);
	assert_int_equal(got.ssrc, sr.ssrc);
	assert_true(got.ntp == sr.ntp);
	assert_int_equal(got.rtp_time, sr.rtp_time);
	assert_int_equal(got.packets, sr.packets);
	assert_int_equal(got.octets, sr.octets);
	assert_int_equal(media_rtcp_read_block(&p, 0, &b), 0);
	assert_int_equal(b.ssrc, block.ssrc);
	assert_int_equal(b.fraction_lost, block.fraction_lost);
	assert_int_equal(b.lost, block.lost);
	assert_int_equal(b.highest, block.highest);
	assert_int_equal(b.jitter, block.jitter);
	assert_int_equal(b.lsr, block.lsr);
	assert_int_equal(b.dlsr, block.dlsr);
	assert_int_equal(media_rtcp_read_block(&p, 1, &b), -ENOENT);
}

static void receiver_report_and_cname_in_a_compound(void **state)
{
	uint8_t data[128];
	struct media_rtcp_writer w = writer(data, sizeof data);
	media_rtcp_write_rr(&w, 1, &block, 1);
	media_rtcp_write_cname(&w, 1, "abc@example");
	assert_int_equal(media_rtcp_check(data, w.len), 0);
	const uint8_t *at = data;
	size_t left = w.len, len;
	struct media_rtcp p;
	struct media_rtcp_block b;
	uint32_t ssrc;
	const char *cname;
	assert_int_equal(media_rtcp_next(&at, &left, &p), 1);
	assert_int_equal(media_rtcp_read_block(&p, 0, &b), 0);
	assert_int_equal(b.lost, -3);
	assert_int_equal(media_rtcp_next(&at, &left, &p), 1);
	assert_int_equal(media_rtcp_read_cname(&p, &ssrc, &cname, &len), 0);
	assert_int_equal(ssrc, 1);
	assert_int_equal(len, 11);
	assert_memory_equal(cname, "abc@example", 11);
	assert_int_equal(media_rtcp_next(&at, &left, &p), 0);
}

static void nack_packs_and_unpacks(void **state)
{
	static const uint16_t seqs[] = {65530, 65533, 10, 11, 26, 27, 200};
	uint8_t data[64];
	uint16_t got[32];
	uint32_t sender, media;
	struct media_rtcp_writer w = writer(data, sizeof data);
	media_rtcp_write_nack(&w, 1, 2, seqs, 7);
	struct media_rtcp p = only(&w);
	assert_int_equal(p.len, 8 + 4 * 3); /* 65530+3+16 over the wrap; 11+15+16; 200 */
	assert_int_equal(media_rtcp_read_feedback(&p, &sender, &media), 0);
	assert_int_equal(sender, 1);
	assert_int_equal(media, 2);
	assert_int_equal(media_rtcp_read_nack(&p, got, 32), 7);
	assert_memory_equal(got, seqs, sizeof seqs);
	assert_int_equal(media_rtcp_read_nack(&p, got, 3), 3);
}

static void keyframe_requests(void **state)
{
	uint8_t data[64];
	uint32_t sender, media;
	struct media_rtcp_writer w = writer(data, sizeof data);
	media_rtcp_write_pli(&w, 7, 8);
	struct media_rtcp p = only(&w);
	assert_int_equal(p.type, MEDIA_RTCP_PSFB);
	assert_int_equal(p.count, MEDIA_PSFB_PLI);
	assert_int_equal(media_rtcp_read_feedback(&p, &sender, &media), 0);
	assert_int_equal(media, 8);
	assert_false(media_rtcp_fir_names(&p, 8));
	w = writer(data, sizeof data);
	media_rtcp_write_fir(&w, 7, 8, 3);
	p = only(&w);
	assert_true(media_rtcp_fir_names(&p, 8));
	assert_false(media_rtcp_fir_names(&p, 7));
}

static void remb_keeps_its_eighteen_bits(void **state)
{
	static const uint64_t rates[] = {0, 1, 262143, 262144, 2500000, 10000000000ull};
	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		uint8_t data[64];
		uint64_t got;
		uint32_t ssrc = 9;
		struct media_rtcp_writer w = writer(data, sizeof data);
		media_rtcp_write_remb(&w, 1, rates[i], &ssrc, 1);
		struct media_rtcp p = only(&w);
		assert_int_equal(media_rtcp_read_remb(&p, &got), 0);
		assert_true(got <= rates[i] && rates[i] - got <= rates[i] / 131072);
	}
	/* the exponent 63 saturates */
	uint8_t big[] = {0x8F, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 0, 0xFF, 0xFF, 0xFF};
	const uint8_t *at = big;
	size_t left = sizeof big;
	struct media_rtcp p;
	uint64_t bps;
	assert_int_equal(media_rtcp_next(&at, &left, &p), 1);
	assert_int_equal(media_rtcp_read_remb(&p, &bps), 0);
	assert_true(bps == UINT64_MAX);
}

static void bye_names_its_sources(void **state)
{
	static const uint32_t ssrcs[] = {1, 0xFFFFFFFF};
	uint8_t data[32];
	uint32_t got;
	struct media_rtcp_writer w = writer(data, sizeof data);
	media_rtcp_write_bye(&w, ssrcs, 2);
	struct media_rtcp p = only(&w);
	assert_int_equal(media_rtcp_read_bye(&p, 1, &got), 0);
	assert_int_equal(got, 0xFFFFFFFF);
	assert_int_equal(media_rtcp_read_bye(&p, 2, &got), -ENOENT);
	p.count = 3; /* claims one more than it holds */
	assert_int_equal(media_rtcp_read_bye(&p, 0, &got), -EBADMSG);
}

/** Every reader on every truncation of every packet: no read past the end, no success on a packet cut short. */
static void every_truncation_is_safe(void **state)
{
	uint8_t data[256];
	uint32_t ssrcs[] = {1, 2};
	uint16_t seqs[] = {1, 5, 900}, got[64];
	struct media_rtcp_writer w = writer(data, sizeof data);
	media_rtcp_write_sr(&w, &sr, &block, 1);
	media_rtcp_write_cname(&w, 1, "name");
	media_rtcp_write_nack(&w, 1, 2, seqs, 3);
	media_rtcp_write_fir(&w, 1, 2, 0);
	media_rtcp_write_remb(&w, 1, 100000, ssrcs, 2);
	media_rtcp_write_bye(&w, ssrcs, 2);
	size_t whole = 0;
	for (size_t cut = 0; cut < w.len; cut++) {
		uint8_t *copy = exact_copy(data, cut);
		const uint8_t *at = copy;
		size_t left = cut, len;
		struct media_rtcp p;
		struct media_rtcp_sr s;
		struct media_rtcp_block b;
		const char *cname;
		uint64_t bps;
		uint32_t a, c;
		whole += media_rtcp_check(copy, cut) == 0;
		while (media_rtcp_next(&at, &left, &p) == 1) {
			for (size_t shorter = 0; shorter <= p.len; shorter++) {
				struct media_rtcp q = {.type = p.type,
				                       .count = p.count,
				                       .body = exact_copy(p.body, shorter),
				                       .len = shorter};
				bool full = shorter == p.len;
				assert_true(media_rtcp_read_sr(&q, &s) != 0 || shorter >= 24);
				assert_true(media_rtcp_read_block(&q, 0, &b) != 0 || full);
				assert_true(media_rtcp_read_feedback(&q, &a, &c) != 0 || shorter >= 8);
				assert_true(media_rtcp_read_nack(&q, got, 64) <= 17 * (int)(shorter / 4));
				assert_true(!media_rtcp_fir_names(&q, 2) || full);
				assert_true(media_rtcp_read_remb(&q, &bps) != 0 || shorter >= 16);
				assert_true(media_rtcp_read_bye(&q, 0, &a) != 0 || full);
				assert_true(media_rtcp_read_cname(&q, &a, &cname, &len) != 0 || shorter >= 10);
				free((void *)q.body);
			}
		}
		free(copy);
	}
	assert_int_equal(whole, 5); /* cut at the five borders between the packets */
}

static void refuses_bad_headers(void **state)
{
	static const uint8_t version[] = {0x40, 201, 0, 1, 0, 0, 0, 1}, type[] = {0x80, 96, 0, 1, 0, 0, 0, 1};
	static const uint8_t padding0[] = {0xA0, 201, 0, 1, 0, 0, 0, 0};
	static const uint8_t padding_long[] = {0xA0, 201, 0, 1, 0, 0, 0, 8};
	assert_int_equal(media_rtcp_check(version, sizeof version), -EBADMSG);
	assert_int_equal(media_rtcp_check(type, sizeof type), -EBADMSG);
	assert_int_equal(media_rtcp_check(padding0, sizeof padding0), -EBADMSG);
	assert_int_equal(media_rtcp_check(padding_long, sizeof padding_long), -EBADMSG);
	assert_int_equal(media_rtcp_check(version, 0), -EBADMSG);
}

/** Browsers pad transport-wide feedback by the octets that it lacks to whole words, wherever it is in a compound. */
static void takes_feedback_as_browsers_pad_it(void **state)
{
	static const uint8_t compound[] = {
	        0x80, 201, 0, 1, 0, 0, 0, 1,                                                                 /* RR */
	        0xAF, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 10, 0, 1, 0, 0, 2, 0, 0x20, 1, 4, 1,             /* by 1 */
	        0xAF, 205, 0, 6, 0, 0, 0, 1, 0, 0, 0, 2, 0, 11, 0, 3, 0, 0, 2, 1, 0x20, 3, 4, 4, 4, 0, 0, 3, /* by 3 */
	};
	const uint8_t *at = compound;
	size_t left = sizeof compound;
	struct media_rtcp p;
	assert_int_equal(media_rtcp_check(compound, sizeof compound), 0);
	assert_int_equal(media_rtcp_next(&at, &left, &p), 1);
	assert_int_equal(media_rtcp_next(&at, &left, &p), 1);
	assert_int_equal(p.len, 19);
	assert_int_equal(media_rtcp_next(&at, &left, &p), 1);
	assert_int_equal(p.len, 21);
	assert_int_equal(media_rtcp_next(&at, &left, &p), 0);
}

static void a_full_writer_fails_and_stays_whole(void **state)
{
	uint8_t data[40];
	struct media_rtcp_writer w = writer(data, sizeof data);
	media_rtcp_write_pli(&w, 1, 2);
	media_rtcp_write_sr(&w, &sr, &block, 1);
	assert_true(w.failed);
	assert_int_equal(w.len, 12);
	media_rtcp_write_pli(&w, 1, 2);
	assert_int_equal(w.len, 12);
}

static void ntp_from_unix_time(void **state)
{
	assert_true(media_ntp_from_unix_us(0) == (uint64_t)2208988800u << 32);
	assert_true(media_ntp_from_unix_us(1500000) == ((uint64_t)2208988801u << 32 | 0x80000000u));
	assert_true(media_ntp_span(-500000) == -(INT64_C(1) << 31));
	assert_true(media_ntp_span(2250000) == (INT64_C(9) << 30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sender_report_round_trip),
	        cmocka_unit_test(receiver_report_and_cname_in_a_compound),
	        cmocka_unit_test(nack_packs_and_unpacks),
	        cmocka_unit_test(keyframe_requests),
	        cmocka_unit_test(remb_keeps_its_eighteen_bits),
	        cmocka_unit_test(bye_names_its_sources),
	        cmocka_unit_test(every_truncation_is_safe),
	        cmocka_unit_test(refuses_bad_headers),
	        cmocka_unit_test(takes_feedback_as_browsers_pad_it),
	        cmocka_unit_test(a_full_writer_fails_and_stays_whole),
	        cmocka_unit_test(ntp_from_unix_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
