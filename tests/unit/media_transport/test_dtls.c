/* DTLS over a bad line: handshakes, profiles, certificates, the end. */
#include "line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "transport/dtls_internal.h"

static struct media_dtls_context *client, *server;

static int setup(void **state)
{
	return media_dtls_context_create(&client) || media_dtls_context_create(&server);
}

static int teardown(void **state)
{
	media_dtls_context_destroy(client);
	media_dtls_context_destroy(server);
	return 0;
}

static struct line line; /* large */

static int handshake(struct faults faults)
{
	line_join(&line, client, server);
	line.faults = faults;
	line_run(&line);
	line_assert_connected(&line, MEDIA_SRTP_AEAD_AES_128_GCM);
	line_part(&line);
	return line.sent;
}

static void certificates(void **state)
{
	const char *text = media_dtls_fingerprint(client);
	assert_int_equal(strlen(text), 95);
	assert_int_equal(strspn(text, "0123456789ABCDEF:"), 95);
	assert_string_not_equal(text, media_dtls_fingerprint(server));
	EVP_PKEY *key = SSL_CTX_get0_privatekey(client->ssl);
	char group[32];
	assert_int_equal(EVP_PKEY_get_group_name(key, group, sizeof group, NULL), 1);
	assert_string_equal(group, "prime256v1");
}

static void a_handshake(void **state)
{
	assert_true(handshake((struct faults){0}) >= 4);
}

static void any_datagram_lost(void **state)
{
	/* up to the first handshake that had nothing to lose; on a slow machine timers make some longer */
	int i = 1;
	for (int sent = 5; i <= 20; i++) {
		sent = handshake((struct faults){.lose = i});
		if (sent < i)
			break;
		assert_true(sent >= 5);
	}
	assert_true(i > 4);
}

static void datagrams_repeated(void **state)
{
	int count = handshake((struct faults){0});
	for (int i = 1; i <= count; i++)
		handshake((struct faults){.repeat = i});
	handshake((struct faults){.repeat = -1});
}

static void datagrams_reordered(void **state)
{
	handshake((struct faults){.backwards = true});
	handshake((struct faults){.pieces = 3, .backwards = true, .repeat = -1});
}

static void client_hello_in_pieces(void **state)
{
	for (int pieces = 2; pieces <= 5; pieces++) {
		handshake((struct faults){.pieces = pieces});
		handshake((struct faults){.pieces = pieces, .pieces_backwards = true});
	}
}

static void junk_between(void **state)
{
	uint64_t seed = 4711;
	line_join(&line, client, server);
	for (int i = 0; i < 300; i++) {
		uint8_t junk[200];
		size_t len = 1 + next_random(&seed) % sizeof junk;
		for (size_t at = 0; at < len; at++)
			junk[at] = (uint8_t)next_random(&seed);
		junk[0] = (uint8_t)(20 + junk[0] % 44);
		assert_int_equal(media_dtls_input(line.end[1].dtls, junk, len, line_now_us()), MEDIA_DTLS_HANDSHAKING);
	}
	line_run(&line);
	line_assert_connected(&line, MEDIA_SRTP_AEAD_AES_128_GCM);
	line_part(&line);
}

static void profiles(void **state)
{
	static const enum media_srtp_profile both[] = {MEDIA_SRTP_AEAD_AES_128_GCM, MEDIA_SRTP_AES128_CM_SHA1_80};
	struct media_dtls_context *only[2];
	for (int i = 0; i < 2; i++) {
		assert_int_equal(media_dtls_context_create_only(both[i], &only[i]), 0);
		line_join(&line, only[i], server);
		line_run(&line);
		line_assert_connected(&line, both[i]);
		line_part(&line);
		line_join(&line, client, only[i]);
		line_run(&line);
		line_assert_connected(&line, both[i]);
		line_part(&line);
	}
	line_join(&line, only[0], only[1]);
	line_run(&line);
	for (int i = 0; i < 2; i++) {
		struct media_srtp_key key;
		enum media_srtp_profile profile;
		assert_int_equal(media_dtls_state(line.end[i].dtls), MEDIA_DTLS_FAILED);
		assert_string_equal(media_dtls_failure(line.end[i].dtls), "no common SRTP profile");
		assert_int_equal(media_dtls_keys(line.end[i].dtls, &profile, &key, &key), -ENOTCONN);
	}
	line_part(&line);
	media_dtls_context_destroy(only[0]);
	media_dtls_context_destroy(only[1]);
}

/** A peer that knows nothing of SRTP. */
static void no_srtp_at_all(void **state)
{
	struct media_dtls_context bare = {.ssl = SSL_CTX_new(DTLS_method()), .bio = dtls_bio_method()};
	assert_non_null(bare.ssl);
	SSL_CTX_set_options(bare.ssl, SSL_OP_NO_QUERY_MTU);
	SSL_CTX_set_verify(bare.ssl, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(bare.ssl, dtls_verify, NULL);
	assert_int_equal(SSL_CTX_use_certificate(bare.ssl, SSL_CTX_get0_certificate(client->ssl)), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(bare.ssl, SSL_CTX_get0_privatekey(client->ssl)), 1);
	line_join_as(&line, &bare, server, line_fingerprint(server), line_fingerprint(client));
	line_run(&line);
	assert_int_equal(media_dtls_state(line.end[1].dtls), MEDIA_DTLS_FAILED);
	assert_string_equal(media_dtls_failure(line.end[1].dtls), "no common SRTP profile");
	line_part(&line);
	SSL_CTX_free(bare.ssl);
	BIO_meth_free(bare.bio);
}

static void wrong_fingerprint(void **state)
{
	for (int wrong = 0; wrong < 2; wrong++) { /* seen by the client, seen by the server */
		line_join_as(&line, client, server, line_fingerprint(wrong == 0 ? client : server),
		             line_fingerprint(wrong == 1 ? server : client));
		line_run(&line);
		assert_int_equal(media_dtls_state(line.end[wrong].dtls), MEDIA_DTLS_FAILED);
		assert_string_equal(media_dtls_failure(line.end[wrong].dtls), "wrong fingerprint");
		assert_int_equal(media_dtls_state(line.end[!wrong].dtls), MEDIA_DTLS_FAILED);
		assert_string_equal(media_dtls_failure(line.end[!wrong].dtls), "alert from the peer");
		assert_true(media_dtls_timer_us(line.end[wrong].dtls, line_now_us()) == -1);
		line_part(&line);
	}
}

static void no_certificate(void **state)
{
	line_join(&line, client, server);
	SSL_certs_clear(line.end[0].dtls->ssl);
	line_run(&line);
	assert_int_equal(media_dtls_state(line.end[1].dtls), MEDIA_DTLS_FAILED);
	assert_string_equal(media_dtls_failure(line.end[1].dtls), "no certificate");
	line_part(&line);
}

static void hash_text(const struct media_dtls_context *context, const EVP_MD *md, const char *name, char *out,
                      size_t size)
{
	uint8_t value[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	assert_int_equal(X509_digest(SSL_CTX_get0_certificate(context->ssl), md, value, &len), 1);
	size_t at = (size_t)snprintf(out, size, "%s ", name);
	for (unsigned int i = 0; i < len; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%02x", i ? ":" : "", value[i]);
}

static void every_hash(void **state)
{
	const struct {
		const char *name;
		const EVP_MD *md;
	} hashes[] = {
	        {"sha-1", EVP_sha1()}, {"SHA-256", EVP_sha256()}, {"sha-384", EVP_sha384()}, {"Sha-512", EVP_sha512()}};
	for (size_t i = 0; i < 4; i++) {
		char of_client[256], of_server[256];
		hash_text(client, hashes[i].md, hashes[i].name, of_client, sizeof of_client);
		hash_text(server, hashes[i].md, hashes[i].name, of_server, sizeof of_server);
		line_join_as(&line, client, server, of_server, of_client);
		line_run(&line);
		line_assert_connected(&line, MEDIA_SRTP_AEAD_AES_128_GCM);
		line_part(&line);
	}
}

static void fingerprints_that_are_none(void **state)
{
	static const char *const wrong[] = {
	        "",
	        "sha-256",
	        "sha-256 ",
	        "md5 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
	        "sha-1 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22",
	        "sha-1 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44",
	        "sha-1 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:3G",
	        "sha-1 00-11-22-33-44-55-66-77-88-99-AA-BB-CC-DD-EE-FF-00-11-22-33",
	        "sha-1 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33 ",
	};
	struct media_dtls_hooks hooks = {line_send, NULL};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct media_dtls *dtls;
		assert_int_equal(media_dtls_create(server, true, wrong[i], &hooks, &dtls), -EINVAL);
		assert_null(dtls);
	}
}

static void goodbye(void **state)
{
	for (int who = 0; who < 2; who++) {
		line_join(&line, client, server);
		line_run(&line);
		media_dtls_close(line.end[who].dtls);
		assert_int_equal(media_dtls_state(line.end[who].dtls), MEDIA_DTLS_CLOSED);
		line_carry(&line, who);
		assert_int_equal(media_dtls_state(line.end[!who].dtls), MEDIA_DTLS_CLOSED);
		assert_true(media_dtls_timer_us(line.end[!who].dtls, line_now_us()) == -1);
		line_part(&line);
	}
	media_dtls_destroy(NULL);
}

static void settled(void **state)
{
	struct media_srtp_key key;
	enum media_srtp_profile profile;
	line_join(&line, client, server);
	media_dtls_settle(line.end[1].dtls); /* too early: nothing happens */
	line_run(&line);
	line_assert_connected(&line, MEDIA_SRTP_AEAD_AES_128_GCM);
	media_dtls_settle(line.end[1].dtls);
	media_dtls_close(line.end[0].dtls);
	line_carry(&line, 0);
	assert_int_equal(media_dtls_state(line.end[1].dtls), MEDIA_DTLS_READY);
	assert_true(media_dtls_timer_us(line.end[1].dtls, line_now_us()) == -1);
	assert_int_equal(media_dtls_timeout(line.end[1].dtls, line_now_us()), MEDIA_DTLS_READY);
	assert_int_equal(media_dtls_keys(line.end[1].dtls, &profile, &key, &key), -ENOTCONN);
	media_dtls_close(line.end[1].dtls);
	assert_int_equal(media_dtls_state(line.end[1].dtls), MEDIA_DTLS_CLOSED);
	line_part(&line);
}

static void the_timer(void **state)
{
	line_join(&line, client, server);
	struct media_dtls *dtls = line.end[0].dtls;
	assert_true(media_dtls_timer_us(dtls, 1000) == -1);
	/* a clock of its own: what counts is the distance */
	media_dtls_input(dtls, NULL, 0, 5000000);
	int64_t first = media_dtls_timer_us(dtls, 5000000);
	assert_true(first >= 0 && first <= 50000);
	assert_true(media_dtls_timer_us(dtls, 5000000 + first + 1) == 0);
	int sent = line.sent;
	media_dtls_timeout(dtls, 5000000 + first - 1); /* too early */
	assert_int_equal(line.sent, sent);
	usleep(60000);
	media_dtls_timeout(dtls, 5000000 + first);
	assert_int_equal(line.sent, sent + 1);
	int64_t second = media_dtls_timer_us(dtls, 5000000 + first);
	assert_true(second >= 0 && second <= 200000);
	line_part(&line);
}

static size_t written[8], writes;

static void note_write(const uint8_t *data, size_t len, void *ctx)
{
	line_check_records(data, len);
	written[writes++] = len;
}

static void glued_records_are_parted(void **state)
{
	static uint8_t data[3 * 700];
	static const size_t sizes[][4] = {{700, 700, 700, 700}, {500, 1000, 500, 0}, {100, 300, 0, 0}};
	for (size_t i = 0; i < 3; i++) {
		size_t record = sizes[i][0];
		struct media_dtls fake = {.hooks = {note_write, NULL}};
		BIO *bio = BIO_new(server->bio);
		BIO_set_data(bio, &fake);
		memset(data, 0, sizeof data);
		for (size_t at = 0; at < 3; at++) {
			data[at * record + 11] = (uint8_t)((record - 13) >> 8);
			data[at * record + 12] = (uint8_t)(record - 13);
		}
		writes = 0;
		assert_int_equal(BIO_write(bio, data, (int)(3 * record)), 3 * record);
		size_t sum = 0;
		for (size_t at = 0; at < writes; at++) {
			sum += written[at];
			assert_int_equal(written[at], sizes[i][1 + at]);
		}
		assert_int_equal(sum, 3 * record);
		BIO_free(bio);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(certificates),
	        cmocka_unit_test(a_handshake),
	        cmocka_unit_test(any_datagram_lost),
	        cmocka_unit_test(datagrams_repeated),
	        cmocka_unit_test(datagrams_reordered),
	        cmocka_unit_test(client_hello_in_pieces),
	        cmocka_unit_test(junk_between),
	        cmocka_unit_test(profiles),
	        cmocka_unit_test(no_srtp_at_all),
	        cmocka_unit_test(wrong_fingerprint),
	        cmocka_unit_test(no_certificate),
	        cmocka_unit_test(every_hash),
	        cmocka_unit_test(fingerprints_that_are_none),
	        cmocka_unit_test(goodbye),
	        cmocka_unit_test(settled),
	        cmocka_unit_test(the_timer),
	        cmocka_unit_test(glued_records_are_parted),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
