/* ICE-lite: who gets an answer, and what a check may change. */
#include "transport/ice.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "transport/stun_wire.h"

static const uint8_t txid[MEDIA_STUN_TXID_BYTES] = "0123456789a";

struct check {
	uint8_t data[MEDIA_STUN_MAX], reply[MEDIA_STUN_MAX];
	size_t len, error_len;
	struct media_stun answer;
	char username[600];
	const char *password; /**< that the answer must show */
	bool moved;
	int rc;
};

static struct media_path path(const char *remote, uint16_t port, const char *local)
{
	struct media_path p = {0};
	struct sockaddr_in *in = (struct sockaddr_in *)&p.remote;
	*in = (struct sockaddr_in){
	        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr(remote)};
	in = (struct sockaddr_in *)&p.local;
	*in = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(local)};
	return p;
}

static struct media_stun_build request_under(const struct media_ice_credentials *credentials, struct check *c)
{
	snprintf(c->username, sizeof c->username, "%s:%s", credentials->local_ufrag, credentials->remote_ufrag);
	return (struct media_stun_build){.type = MEDIA_STUN_BINDING_REQUEST,
	                                 .txid = txid,
	                                 .username = c->username,
	                                 .controlling = true,
	                                 .tie_breaker = 77,
	                                 .priority = 1,
	                                 .password = credentials->local_pwd};
}

static struct media_stun_build request(const struct media_ice *ice, struct check *c)
{
	return request_under(&ice->now, c);
}

static void deliver(struct media_ice *ice, struct check *c, const struct media_path *from, int64_t now_us)
{
	struct media_stun m;
	assert_int_equal(media_stun_parse(c->data, c->len, &m), 0);
	c->rc = media_ice_check(ice, c->data, c->len, &m, from, now_us, c->reply, sizeof c->reply, &c->error_len,
	                        &c->moved);
	size_t reply_len = c->rc > 0 ? (size_t)c->rc : c->error_len;
	memset(&c->answer, 0, sizeof c->answer);
	if (!reply_len)
		return;
	assert_int_equal(media_stun_parse(c->reply, reply_len, &c->answer), 0);
	assert_memory_equal(c->answer.txid, txid, sizeof txid);
	assert_true(c->answer.has_fingerprint);
	if (c->rc > 0)
		assert_int_equal(media_stun_check_integrity(c->reply, reply_len, &c->answer, c->password), 0);
}

static void send_build(struct media_ice *ice, struct check *c, const struct media_stun_build *b,
                       const struct media_path *from, int64_t now_us)
{
	int len = media_stun_build(b, c->data, sizeof c->data);
	assert_true(len > 0);
	c->len = (size_t)len;
	c->password = b->password;
	deliver(ice, c, from, now_us);
}

static void good_check(struct media_ice *ice, struct check *c, const struct media_path *from, bool nominate,
                       int64_t now_us)
{
	struct media_stun_build b = request(ice, c);
	b.use_candidate = nominate;
	send_build(ice, c, &b, from, now_us);
	assert_true(c->rc > 0);
	assert_int_equal(c->answer.type, MEDIA_STUN_BINDING_SUCCESS);
	assert_memory_equal(&c->answer.mapped, &from->remote, sizeof(struct sockaddr_in));
}

static void credentials(void **state)
{
	struct media_ice a, b;
	media_ice_init(&a, 0x2f, "peer");
	media_ice_init(&b, 0x2f, "peer");
	assert_int_equal(strlen(a.now.local_ufrag), 10);
	assert_memory_equal(a.now.local_ufrag, "2f", 2);
	assert_int_equal(strlen(a.now.local_pwd), 24);
	assert_string_equal(a.now.remote_ufrag, "peer");
	assert_string_not_equal(a.now.local_ufrag, b.now.local_ufrag);
	assert_string_not_equal(a.now.local_pwd, b.now.local_pwd);
	for (const char *p = a.now.local_pwd; *p; p++)
		assert_true(isalnum((unsigned char)*p));
	char longer[400];
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	media_ice_init(&a, 0, longer);
	assert_int_equal(strlen(a.now.remote_ufrag), 256);
}

static void a_check_is_answered_and_nominates(void **state)
{
	struct media_ice ice;
	struct check c;
	struct media_path from = path("192.0.2.7", 5000, "10.0.0.1");
	media_ice_init(&ice, 0, "peer");
	good_check(&ice, &c, &from, false, 1000);
	assert_false(ice.nominated || c.moved);
	assert_true(media_ice_knows(&ice, &from));
	assert_true(ice.last_check_us == 1000);
	good_check(&ice, &c, &from, true, 2000);
	assert_true(ice.nominated && c.moved);
	assert_true(media_address_equal(&ice.path.remote, &from.remote));
	assert_memory_equal(&ice.path.local, &from.local, sizeof from.local);
	good_check(&ice, &c, &from, true, 3000);
	assert_false(c.moved);
	assert_true(ice.last_check_us == 3000);
	assert_int_equal(ice.known_count, 1);
}

static void media_follows_the_newest_nomination(void **state)
{
	struct media_ice ice;
	struct check c;
	struct media_path a = path("192.0.2.7", 5000, "10.0.0.1"), b = path("192.0.2.7", 5001, "10.0.0.1");
	struct media_path other = path("192.0.2.7", 5000, "10.0.0.2");
	media_ice_init(&ice, 0, "peer");
	good_check(&ice, &c, &a, true, 1);
	good_check(&ice, &c, &b, false, 2); /* a back-up pair only registers */
	assert_false(c.moved);
	assert_true(media_address_equal(&ice.path.remote, &a.remote) && media_ice_knows(&ice, &b));
	good_check(&ice, &c, &b, true, 3);
	assert_true(c.moved && media_address_equal(&ice.path.remote, &b.remote));
	good_check(&ice, &c, &a, true, 4);
	assert_true(c.moved && media_address_equal(&ice.path.remote, &a.remote));
	good_check(&ice, &c, &other, true, 5); /* the same peer, now addressing another of our addresses */
	assert_true(c.moved);
	assert_memory_equal(&ice.path.local, &other.local, sizeof other.local);
}

typedef void (*spoil)(struct media_stun_build *b, struct check *c);

static void spoil_password(struct media_stun_build *b, struct check *c)
{
	b->password = "not the right one at all";
}

static void spoil_integrity(struct media_stun_build *b, struct check *c)
{
	b->password = NULL;
}

static void spoil_username(struct media_stun_build *b, struct check *c)
{
	b->username = NULL;
}

static void spoil_our_ufrag(struct media_stun_build *b, struct check *c)
{
	c->username[0] ^= 1;
}

static void spoil_their_ufrag(struct media_stun_build *b, struct check *c)
{
	strcat(c->username, "x");
}

static void spoil_colon(struct media_stun_build *b, struct check *c)
{
	*strchr(c->username, ':') = '\0';
}

static void an_unauthenticated_check_changes_nothing(void **state)
{
	static const struct {
		spoil spoil;
		uint16_t code;
	} cases[] = {
	        {spoil_password, 401},  {spoil_integrity, 400},   {spoil_username, 400},
	        {spoil_our_ufrag, 401}, {spoil_their_ufrag, 401}, {spoil_colon, 401},
	};
	struct media_path good = path("192.0.2.7", 5000, "10.0.0.1"), bad = path("198.51.100.9", 6000, "10.0.0.1");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct media_ice ice, before;
		struct check c;
		media_ice_init(&ice, 0, "peer");
		good_check(&ice, &c, &good, true, 10);
		before = ice;
		struct media_stun_build b = request(&ice, &c);
		b.use_candidate = true;
		cases[i].spoil(&b, &c);
		send_build(&ice, &c, &b, &bad, 20);
		assert_int_equal(c.rc, -EACCES);
		assert_int_equal(c.answer.error_code, cases[i].code);
		assert_null(c.answer.integrity);
		assert_false(c.moved);
		assert_memory_equal(&ice, &before, sizeof ice);
		assert_false(media_ice_knows(&ice, &bad));
		assert_true(c.error_len <= c.len); /* never more than what came: no use for reflection */
	}
}

static void a_check_without_fingerprint_changes_nothing(void **state)
{
	struct media_ice ice, before;
	struct check c;
	struct media_path from = path("192.0.2.7", 5000, "10.0.0.1");
	media_ice_init(&ice, 0, "peer");
	before = ice;
	struct media_stun_build b = request(&ice, &c);
	int len = media_stun_build(&b, c.data, sizeof c.data);
	assert_true(len > 8);
	c.len = (size_t)len - 8;
	stun_put16(c.data + 2, (uint16_t)(c.len - STUN_HEADER_BYTES));
	deliver(&ice, &c, &from, 1);
	assert_int_equal(c.rc, -EACCES);
	assert_int_equal(c.answer.error_code, 400);
	assert_memory_equal(&ice, &before, sizeof ice);
}

static void role_conflict(void **state)
{
	struct media_ice ice, before;
	struct check c;
	struct media_path from = path("192.0.2.7", 5000, "10.0.0.1");
	media_ice_init(&ice, 0, "peer");
	before = ice;
	struct media_stun_build b = request(&ice, &c);
	b.controlling = false;
	b.controlled = b.use_candidate = true;
	send_build(&ice, &c, &b, &from, 1);
	assert_true(c.rc > 0);
	assert_int_equal(c.answer.error_code, 487);
	assert_memory_equal(&ice, &before, sizeof ice);
}

static void unknown_attribute(void **state)
{
	struct media_ice ice, before;
	struct check c;
	struct media_path from = path("192.0.2.7", 5000, "10.0.0.1");
	media_ice_init(&ice, 0, "peer");
	before = ice;
	struct media_stun_build b = request(&ice, &c);
	b.use_candidate = true;
	int len = media_stun_build(&b, c.data, sizeof c.data);
	assert_true(len > 0);
	/* USE-CANDIDATE stands before MESSAGE-INTEGRITY; name it something unknown and sign again */
	size_t at = (size_t)len - 8 - 24 - 4;
	assert_int_equal(stun_get16(c.data + at), STUN_USE_CANDIDATE);
	stun_put16(c.data + at, 0x7777);
	assert_int_equal(stun_integrity(c.data, at + 4, ice.now.local_pwd, c.data + at + 8), 0);
	stun_put32(c.data + len - 4, stun_fingerprint(c.data, (size_t)len - 8));
	c.len = (size_t)len;
	c.password = ice.now.local_pwd;
	deliver(&ice, &c, &from, 1);
	assert_true(c.rc > 0);
	assert_int_equal(c.answer.error_code, 420);
	static const uint8_t unknown[] = {0x00, 0x0a, 0x00, 0x02, 0x77, 0x77};
	assert_non_null(memmem(c.reply, (size_t)c.rc, unknown, sizeof unknown));
	assert_memory_equal(&ice, &before, sizeof ice);
}

static void other_messages_get_no_answer(void **state)
{
	static const uint16_t types[] = {MEDIA_STUN_BINDING_INDICATION, MEDIA_STUN_BINDING_SUCCESS,
	                                 MEDIA_STUN_BINDING_ERROR, 0x0003};
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct media_ice ice, before;
		struct check c;
		struct media_path from = path("192.0.2.7", 5000, "10.0.0.1");
		media_ice_init(&ice, 0, "peer");
		before = ice;
		struct media_stun_build b = request(&ice, &c);
		b.type = types[i];
		send_build(&ice, &c, &b, &from, 1);
		assert_int_equal(c.rc, 0);
		assert_int_equal(c.error_len, 0);
		assert_memory_equal(&ice, &before, sizeof ice);
	}
}

static void known_addresses_are_bounded(void **state)
{
	struct media_ice ice;
	struct check c;
	struct media_path nominated = path("192.0.2.1", 1000, "10.0.0.1");
	media_ice_init(&ice, 0, "peer");
	good_check(&ice, &c, &nominated, true, 1);
	for (uint16_t i = 0; i < 20; i++) {
		struct media_path from = path("192.0.2.2", (uint16_t)(2000 + i), "10.0.0.1");
		good_check(&ice, &c, &from, false, 2 + i);
		assert_true(ice.known_count <= 4);
		assert_true(media_ice_knows(&ice, &from));
		assert_true(media_ice_knows(&ice, &nominated)); /* the one that carries media stays */
	}
	struct media_path early = path("192.0.2.2", 2000, "10.0.0.1"), late = path("192.0.2.2", 2018, "10.0.0.1");
	assert_false(media_ice_knows(&ice, &early));
	assert_true(media_ice_knows(&ice, &late));
	good_check(&ice, &c, &late, false, 50);
	assert_true(media_address_equal(&ice.known[0].remote, &late.remote)); /* newest first, no entry twice */
	assert_false(media_address_equal(&ice.known[1].remote, &late.remote));
}

static void addresses_compare(void **state)
{
	struct sockaddr_storage a = {0}, b = {0};
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)&a, *b6 = (struct sockaddr_in6 *)&b;
	a6->sin6_family = b6->sin6_family = AF_INET6;
	a6->sin6_port = b6->sin6_port = htons(9);
	assert_int_equal(inet_pton(AF_INET6, "fe80::1", &a6->sin6_addr), 1);
	b6->sin6_addr = a6->sin6_addr;
	b6->sin6_flowinfo = 12; /* no part of the address */
	assert_true(media_address_equal(&a, &b));
	b6->sin6_scope_id = 3;
	assert_false(media_address_equal(&a, &b));
	b6->sin6_scope_id = 0;
	b6->sin6_port = htons(10);
	assert_false(media_address_equal(&a, &b));
	struct media_path v4 = path("192.0.2.1", 9, "10.0.0.1"), tcp = v4;
	assert_false(media_address_equal(&a, &v4.remote));
	tcp.tcp = 5;
	assert_false(media_path_same_peer(&v4, &tcp));
}

static void udp_is_preferred_to_tcp(void **state)
{
	struct media_ice ice;
	struct check c;
	struct media_path udp = path("192.0.2.1", 1000, "10.0.0.1"), tcp = udp, again = udp;
	tcp.tcp = 1;
	again.tcp = 2;
	media_ice_init(&ice, 0, "peer");
	good_check(&ice, &c, &tcp, true, 1);
	assert_true(c.moved && ice.path.tcp == 1);
	assert_false(media_ice_knows(&ice, &udp)); /* the same address, and not the same way */
	good_check(&ice, &c, &again, true, 2);
	assert_true(c.moved && ice.path.tcp == 2); /* it has connected once more */
	good_check(&ice, &c, &udp, true, 3);
	assert_true(c.moved && ice.path.tcp == 0);
	good_check(&ice, &c, &tcp, true, 2000000);
	assert_true(!c.moved && ice.path.tcp == 0 && media_ice_knows(&ice, &tcp));
	good_check(&ice, &c, &udp, true, 2000001);
	good_check(&ice, &c, &tcp, true, 4000000);
	assert_int_equal(ice.path.tcp, 0);
	good_check(&ice, &c, &tcp, true, 5000001); /* UDP has fallen silent */
	assert_true(c.moved && ice.path.tcp == 1);
}

/** @return whether it was answered with success */
static bool check_under(struct media_ice *ice, const struct media_ice_credentials *credentials, struct check *c,
                        const struct media_path *from, bool nominate, int64_t now_us)
{
	struct media_stun_build b = request_under(credentials, c);
	b.use_candidate = nominate;
	send_build(ice, c, &b, from, now_us);
	return c->rc > 0 && c->answer.type == MEDIA_STUN_BINDING_SUCCESS;
}

static void a_restart_ends_with_its_first_nomination(void **state)
{
	struct media_ice ice;
	struct media_ice_credentials old, next, mixed;
	struct check c;
	struct media_path a = path("192.0.2.7", 5000, "10.0.0.1"), b = path("198.51.100.9", 6000, "10.0.0.1");
	media_ice_init(&ice, 0, "peer");
	media_ice_credentials_init(&next, 0, "peer-again");
	old = ice.now;
	assert_true(check_under(&ice, &old, &c, &a, true, 1));
	assert_false(check_under(&ice, &next, &c, &b, true, 2)); /* not yet */
	ice.next = &next;
	/* both are good, each with its own half; media stays where it is */
	assert_true(check_under(&ice, &next, &c, &b, false, 3));
	assert_true(check_under(&ice, &old, &c, &a, true, 4));
	assert_true(media_address_equal(&ice.path.remote, &a.remote) && ice.next == &next);
	mixed = next;
	memcpy(mixed.remote_ufrag, old.remote_ufrag, sizeof mixed.remote_ufrag);
	assert_false(check_under(&ice, &mixed, &c, &b, true, 5));
	mixed = next;
	memcpy(mixed.local_pwd, old.local_pwd, sizeof mixed.local_pwd);
	assert_false(check_under(&ice, &mixed, &c, &b, true, 6));
	assert_true(ice.next == &next && ice.last_check_us == 4);
	/* the nomination: media moves, and the old ones are nobody's any more */
	assert_true(check_under(&ice, &next, &c, &b, true, 7));
	assert_true(c.moved && media_address_equal(&ice.path.remote, &b.remote));
	assert_null(ice.next);
	assert_memory_equal(&ice.now, &next, sizeof next);
	assert_false(check_under(&ice, &old, &c, &a, true, 8));
	assert_true(check_under(&ice, &next, &c, &b, true, 9));
	assert_true(media_address_equal(&ice.path.remote, &b.remote) && ice.last_check_us == 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(credentials),
	        cmocka_unit_test(a_check_is_answered_and_nominates),
	        cmocka_unit_test(media_follows_the_newest_nomination),
	        cmocka_unit_test(an_unauthenticated_check_changes_nothing),
	        cmocka_unit_test(a_check_without_fingerprint_changes_nothing),
	        cmocka_unit_test(role_conflict),
	        cmocka_unit_test(unknown_attribute),
	        cmocka_unit_test(other_messages_get_no_answer),
	        cmocka_unit_test(known_addresses_are_bounded),
	        cmocka_unit_test(addresses_compare),
	        cmocka_unit_test(udp_is_preferred_to_tcp),
	        cmocka_unit_test(a_restart_ends_with_its_first_nomination),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
