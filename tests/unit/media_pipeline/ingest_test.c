/* Who a broadcast app says it is, and whether that is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "pipeline/ingest_keys.h"
#include "pipeline/streamid.h"

#define SHOW "01hzy3v8k2m4n5p6q7r8s9t0va"
#define KEY "abcDEF-_0123456789abcdefghijklmnopqrstuvwxyz"

static void a_streamid_has_many_forms(void **state)
{
	static const char *const good[] = {
	        SHOW ":" KEY,
	        SHOW "/" KEY,
	        "publish:" SHOW ":" KEY,
	        "publish/" SHOW "/" KEY,
	        "#!::r=" SHOW ",u=" KEY,
	        "#!::u=" KEY ",r=" SHOW,
	        "#!::h=example.org,r=" SHOW ",s=17,u=" KEY ",t=stream,m=publish,x-more=1",
	        "%23!::r=" SHOW ",u=" KEY ",m=publish",
	        "%23%21%3A%3ar%3D" SHOW "%2cu%3d" KEY,
	        SHOW "%3A" KEY,
	};
	struct streamid id;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(streamid_read(good[i], &id), 0);
		assert_string_equal(id.show, SHOW);
		assert_string_equal(id.key, KEY);
	}
}

static void others_are_refused(void **state)
{
	static const struct {
		const char *text;
		int why;
	} bad[] = {
	        {"", -EBADMSG},
	        {":", -EBADMSG},
	        {SHOW, -EBADMSG},
	        {SHOW ":", -EBADMSG},
	        {":" KEY, -EBADMSG},
	        {SHOW ":" KEY ":", -EBADMSG},
	        {SHOW ":" KEY " ", -EBADMSG},
	        {"publish:" SHOW, -EBADMSG},
	        {"publish:", -EBADMSG},
	        {SHOW ":" KEY KEY, -EBADMSG},
	        {SHOW SHOW ":" KEY, -EBADMSG},
	        {"#!::", -EBADMSG},
	        {"#!::r=" SHOW, -EBADMSG},
	        {"#!::u=" KEY, -EBADMSG},
	        {"#!::r=,u=" KEY, -EBADMSG},
	        {"#!::r=../" SHOW ",u=" KEY, -EBADMSG},
	        {"#!::r=" SHOW ",u=" KEY ",m", -EBADMSG},
	        {"#!:r=" SHOW ",u=" KEY, -EBADMSG},
	        {"#!::r=" SHOW ",u=" KEY ",m=request", -ENOTSUP},
	        {"#!::r=" SHOW ",u=" KEY ",m=bidirectional", -ENOTSUP},
	        {"#!::r=" SHOW ",u=" KEY ",t=file", -ENOTSUP},
	        {"%", -EBADMSG},
	        {"%2", -EBADMSG},
	        {SHOW "%00" KEY, -EBADMSG},
	};
	char many[1024];
	struct streamid id;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(streamid_read(bad[i].text, &id), bad[i].why);
	memset(many, ',', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	assert_int_equal(streamid_read(many, &id), -EBADMSG);
}

static void digest_of(const char *key, uint8_t out[INGEST_DIGEST])
{
	GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
	gsize len = INGEST_DIGEST;

	g_checksum_update(sum, (const guchar *)key, -1);
	g_checksum_get_digest(sum, out, &len);
	g_checksum_free(sum);
}

static void a_key_is_known_by_its_digest(void **state)
{
	struct ingest_keys *keys = ingest_keys_create();
	uint8_t one[INGEST_DIGEST], other[INGEST_DIGEST], zero[INGEST_DIGEST] = {0};

	digest_of(KEY, one);
	digest_of("another", other);
	assert_false(ingest_keys_match(keys, SHOW, KEY));
	assert_true(ingest_keys_set(keys, SHOW, one));
	assert_false(ingest_keys_set(keys, SHOW, one));
	assert_true(ingest_keys_match(keys, SHOW, KEY));
	assert_false(ingest_keys_match(keys, SHOW, "another"));
	assert_false(ingest_keys_match(keys, SHOW, ""));
	assert_false(ingest_keys_match(keys, "another", KEY));
	assert_true(ingest_keys_set(keys, SHOW, other));
	assert_false(ingest_keys_match(keys, SHOW, KEY));
	assert_true(ingest_keys_match(keys, SHOW, "another"));
	assert_true(ingest_keys_set(keys, SHOW, NULL));
	assert_false(ingest_keys_set(keys, SHOW, NULL));
	assert_false(ingest_keys_match(keys, SHOW, "another"));
	assert_true(ingest_keys_set(keys, SHOW, zero));
	assert_false(ingest_keys_match(keys, SHOW, KEY));
	ingest_keys_destroy(keys);
}

static void who_guesses_is_not_heard_for_a_while(void **state)
{
	struct ingest_keys *keys = ingest_keys_create();
	int64_t now = 1000000;
	char address[32];

	for (int i = 0; i < 10; i++) {
		assert_false(ingest_keys_blamed(keys, "192.0.2.1", now));
		ingest_keys_blame(keys, "192.0.2.1", now);
	}
	ingest_keys_blame(keys, "192.0.2.1", now);
	assert_true(ingest_keys_blamed(keys, "192.0.2.1", now));
	assert_false(ingest_keys_blamed(keys, "192.0.2.2", now));
	/* one attempt in six seconds, in the long run */
	assert_false(ingest_keys_blamed(keys, "192.0.2.1", now + 6000000));
	ingest_keys_blame(keys, "192.0.2.1", now + 6000000);
	assert_true(ingest_keys_blamed(keys, "192.0.2.1", now + 6000000));
	/* many addresses cost no more than some memory, and are forgotten */
	for (int i = 0; i < 5000; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 256, i % 256);
		ingest_keys_blame(keys, address, now);
	}
	now += 600000000;
	for (int i = 0; i < 12; i++)
		ingest_keys_blame(keys, "192.0.2.9", now);
	assert_true(ingest_keys_blamed(keys, "192.0.2.9", now));
	ingest_keys_destroy(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_streamid_has_many_forms),
	        cmocka_unit_test(others_are_refused),
	        cmocka_unit_test(a_key_is_known_by_its_digest),
	        cmocka_unit_test(who_guesses_is_not_heard_for_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
