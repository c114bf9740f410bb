#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The hub behind its own TLS. */

static struct rig rig;
static char folder[] = "/tmp/trunkshow-tls-XXXXXX";
static char certificate[64], key[64], other_key[64];

static EVP_PKEY *write_key(const char *path)
{
	EVP_PKEY *pair = EVP_EC_gen("P-256");
	FILE *file = fopen(path, "w");

	assert_non_null(pair);
	assert_non_null(file);
	assert_int_equal(PEM_write_PrivateKey(file, pair, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
	return pair;
}

static void write_certificate(const char *path, EVP_PKEY *pair)
{
	X509 *x509 = X509_new();
	FILE *file = fopen(path, "w");

	X509_set_version(x509, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
	X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC, (const unsigned char *)"localhost",
	                           -1, -1, 0);
	X509_set_issuer_name(x509, X509_get_subject_name(x509));
	X509_set_pubkey(x509, pair);
	assert_true(X509_sign(x509, pair, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_X509(file, x509), 1);
	fclose(file);
	X509_free(x509);
}

static void big(struct hub_request *r, void *ctx)
{
	struct base_buffer *body = base_buffer_new(1000000);

	memset(body->data, 'x', body->len);
	hub_request_reply(r, 200, "text/plain", NULL, 0, body);
	base_buffer_unref(body);
}

static void echo_body(struct hub_request *r, void *ctx)
{
	assert_true(hub_request_is_tls(r));
	rig_reply_body(r, ctx);
}

static uint64_t asked;

static void receive_now(void *ctx)
{
	struct hub_request *r = hub_request_find(rig.hub, asked);

	assert_non_null(r);
	hub_request_receive(r);
}

/* Not before more of the body has been decrypted than will be asked for by an event of the socket. */
static void admit_later(struct hub_request *r, void *ctx)
{
	asked = hub_request_token(r);
	hub_timer_start(rig.hub, 50000, receive_now, NULL);
}

static void echo_message(struct hub_conn *conn, const char *text, size_t len, int64_t arrived_us, void *ctx)
{
	rig_send_text(conn, text, len);
}

static int set_up(void **state)
{
	assert_non_null(mkdtemp(folder));
	snprintf(certificate, sizeof certificate, "%s/cert.pem", folder);
	snprintf(key, sizeof key, "%s/key.pem", folder);
	snprintf(other_key, sizeof other_key, "%s/other.pem", folder);
	EVP_PKEY *pair = write_key(key);
	write_certificate(certificate, pair);
	EVP_PKEY_free(pair);
	EVP_PKEY_free(write_key(other_key));

	rig_prepare(&rig);
	rig_set(&rig, "tls_cert", certificate);
	rig_set(&rig, "tls_key", key);
	rig_create(&rig);
	hub_route(rig.hub, &(struct hub_route){.method = HUB_GET, .pattern = "/big", .handle = big});
	hub_route(rig.hub,
	          &(struct hub_route){.method = HUB_POST, .pattern = "/echo", .max_body = 500000, .handle = echo_body});
	hub_route(rig.hub, &(struct hub_route){.method = HUB_POST,
	                                       .pattern = "/asked",
	                                       .max_body = 500000,
	                                       .handle = echo_body,
	                                       .admit = admit_later});
	hub_on_ws(rig.hub, &(struct hub_ws_handlers){.message = echo_message});
	rig_start(&rig);
	return 0;
}

static int tear_down(void **state)
{
	rig_stop(&rig);
	unlink(certificate);
	unlink(key);
	unlink(other_key);
	rmdir(folder);
	return 0;
}

struct line {
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
};

/* @return whether the handshake succeeded */
static bool dial(struct line *line, int least, int most)
{
	static const unsigned char protocols[] = "\x02h2\x08http/1.1";

	line->fd = client_connect(&rig);
	line->ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_min_proto_version(line->ctx, least);
	SSL_CTX_set_max_proto_version(line->ctx, most);
	SSL_CTX_set_security_level(line->ctx, 0); /* else the client itself would not try the old versions */
	SSL_CTX_set_alpn_protos(line->ctx, protocols, sizeof protocols - 1);
	line->ssl = SSL_new(line->ctx);
	SSL_set_fd(line->ssl, line->fd);
	return SSL_connect(line->ssl) == 1;
}

static void hang_up(struct line *line)
{
	SSL_free(line->ssl);
	SSL_CTX_free(line->ctx);
	close(line->fd);
}

static void say_bytes(struct line *line, const void *data, size_t len)
{
	size_t written;

	if (len > 0)
		assert_int_equal(SSL_write_ex(line->ssl, data, len, &written), 1);
}

static void say(struct line *line, const char *text)
{
	say_bytes(line, text, strlen(text));
}

/* Read until the answer's head and `body` bytes behind it are there. @return the whole, to be freed */
static char *hear(struct line *line, size_t body)
{
	size_t capacity = body + 8192, len = 0, got;
	char *text = calloc(1, capacity), *end = NULL;

	while (!(end = strstr(text, "\r\n\r\n")) || len < (size_t)(end + 4 - text) + body) {
		assert_true(len + 1 < capacity);
		assert_int_equal(SSL_read_ex(line->ssl, text + len, capacity - 1 - len, &got), 1);
		len += got;
	}
	assert_int_equal(len, (size_t)(end + 4 - text) + body);
	return text;
}

static void test_versions(void **state)
{
	static const struct {
		int version;
		bool good;
	} cases[] = {{TLS1_VERSION, false}, {TLS1_1_VERSION, false}, {TLS1_2_VERSION, true}, {TLS1_3_VERSION, true}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct line line;
		bool good = dial(&line, cases[i].version, cases[i].version);
		if (good != cases[i].good)
			fail_msg("version %x: %d", (unsigned)cases[i].version, good);
		hang_up(&line);
	}
}

static void test_only_http_1_1_is_offered(void **state)
{
	struct line line;
	const unsigned char *protocol;
	unsigned len;

	assert_true(dial(&line, TLS1_2_VERSION, TLS1_3_VERSION));
	SSL_get0_alpn_selected(line.ssl, &protocol, &len);
	assert_int_equal(len, 8);
	assert_memory_equal(protocol, "http/1.1", 8);
	hang_up(&line);
}

static void test_requests(void **state)
{
	struct line line;
	char *body = malloc(400000), *answer;

	memset(body, 'y', 400000);
	assert_true(dial(&line, TLS1_2_VERSION, TLS1_3_VERSION));
	for (int i = 0; i < 3; i++) {
		say(&line, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
		answer = hear(&line, 1000000);
		assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
		assert_non_null(strstr(answer, "Strict-Transport-Security: max-age="));
		free(answer);
		say(&line, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n");
		say_bytes(&line, body, 400000);
		answer = hear(&line, 400000);
		assert_memory_equal(strstr(answer, "\r\n\r\n") + 4, body, 400000);
		free(answer);
	}
	/* Two in one record: what TLS has decrypted already must not wait for the next packet. */
	say(&line, "GET /none HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	char sink[8192];
	size_t got;
	int answers = 0;
	while (SSL_read_ex(line.ssl, sink, sizeof sink - 1, &got) == 1) {
		sink[got] = '\0';
		for (char *at = sink; (at = strstr(at, "HTTP/1.1 404")); at++)
			answers++;
	}
	assert_int_equal(answers, 2);
	assert_int_equal(SSL_get_error(line.ssl, 0), SSL_ERROR_ZERO_RETURN); /* an end that was said */
	hang_up(&line);
	free(body);
}

/* The body waits, half of it decrypted, until it is admitted; then it comes whole. */
static void test_bodies_that_are_admitted(void **state)
{
	static const size_t sizes[] = {HUB_SMALL_BODY + 1, 20000, 400000};
	static const char format[] = "POST /asked HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n";
	char *request = malloc(400200), *answer;
	struct line line;

	assert_true(dial(&line, TLS1_2_VERSION, TLS1_3_VERSION));
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		int head = snprintf(request, 200, format, sizes[i]);
		memset(request + head, 'a' + (int)i, sizes[i]);
		say_bytes(&line, request, (size_t)head + sizes[i]);
		answer = hear(&line, sizes[i]);
		assert_memory_equal(strstr(answer, "\r\n\r\n") + 4, request + head, sizes[i]);
		free(answer);
	}
	hang_up(&line);
	free(request);
}

static void test_websocket(void **state)
{
	static const char handshake[] = "GET /ws HTTP/1.1\r\nHost: a\r\nOrigin: https://a\r\nUpgrade: websocket\r\n"
	                                "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	                                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: trunkshow.v1\r\n\r\n";
	static const size_t len = 50000;
	uint8_t *frame = calloc(1, len + 16), *answer = malloc(len + 16);
	struct line line;
	size_t have = 0, got;

	assert_true(dial(&line, TLS1_2_VERSION, TLS1_3_VERSION));
	say(&line, handshake);
	char *reply = hear(&line, 0);
	assert_memory_equal(reply, "HTTP/1.1 101 ", 13);
	free(reply);
	memcpy(frame, "\x81\xfe\xc3\x50\x00\x00\x00\x00", 8);
	memset(frame + 8, 'z', len);
	for (int i = 0; i < 5; i++)
		say_bytes(&line, frame, len + 8);
	for (int i = 0; i < 5; i++) {
		for (have = 0; have < len + 6; have += got)
			assert_int_equal(SSL_read_ex(line.ssl, answer + have, len + 6 - have, &got), 1);
		assert_memory_equal(answer, "\x81\x7e\xc3\x52[z", 6);
		assert_memory_equal(answer + len + 4, "z]", 2);
	}
	hang_up(&line);
	free(frame);
	free(answer);
}

static void test_no_tls_spoken(void **state)
{
	struct line line;
	int fd = client_connect(&rig);

	client_say(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	shutdown(fd, SHUT_WR);
	char sink[256];
	while (recv(fd, sink, sizeof sink, 0) > 0)
		;
	close(fd);
	assert_true(dial(&line, TLS1_2_VERSION, TLS1_3_VERSION)); /* others are served */
	hang_up(&line);
}

static void expect_refused(const char *cert, const char *private_key, const char *says)
{
	struct base_settings s;
	struct hub *hub = NULL;
	char why[512] = "";

	base_settings_init(&s);
	assert_int_equal(base_settings_set(&s, "http_port", "0", why, sizeof why), 0);
	assert_int_equal(base_settings_set(&s, "tls_cert", cert, why, sizeof why), 0);
	assert_int_equal(base_settings_set(&s, "tls_key", private_key, why, sizeof why), 0);
	assert_int_equal(hub_create(&s, why, sizeof why, &hub), -EINVAL);
	assert_non_null(strstr(why, says));
	base_settings_finish(&s);
}

static void test_bad_files(void **state)
{
	expect_refused("/nowhere.pem", key, "tls_cert: /nowhere.pem");
	expect_refused(certificate, "/nowhere.pem", "tls_key: /nowhere.pem");
	expect_refused(key, key, "tls_cert");
	expect_refused(certificate, other_key, "tls_key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_versions),  cmocka_unit_test(test_only_http_1_1_is_offered),
	        cmocka_unit_test(test_requests),  cmocka_unit_test(test_bodies_that_are_admitted),
	        cmocka_unit_test(test_websocket), cmocka_unit_test(test_no_tls_spoken),
	        cmocka_unit_test(test_bad_files),
	};

	return cmocka_run_group_tests_name("hub_tls", tests, set_up, tear_down);
}
