#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "forward/announce.h"

static bool usable4(const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	assert_int_equal(inet_pton(AF_INET, text, &in.sin_addr), 1);
	return forward_address_usable((struct sockaddr *)&in);
}

static bool usable6(const char *text)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	return forward_address_usable((struct sockaddr *)&in6);
}

static void which_addresses_are_of_use(void **state)
{
	assert_true(usable4("192.168.1.7") && usable4("10.0.0.1") && usable4("203.0.113.5"));
	assert_false(usable4("127.0.0.1") || usable4("127.9.9.9") || usable4("169.254.3.4") || usable4("0.0.0.0") ||
	             usable4("224.0.0.1") || usable4("255.255.255.255"));
	assert_true(usable6("2001:db8::1") && usable6("fd00::1"));
	assert_false(usable6("::1") || usable6("fe80::1") || usable6("::") || usable6("ff02::1") ||
	             usable6("::ffff:10.0.0.1"));
}

static void lists_are_parsed(void **state)
{
	struct forward_addresses a = {0};
	assert_int_equal(forward_addresses_parse(&a, " 203.0.113.5, 2001:DB8:0::1,,203.0.113.5 ,::ffff:10.0.0.1"), 0);
	assert_int_equal(a.count, 3);
	assert_string_equal(a.text[0], "203.0.113.5");
	assert_string_equal(a.text[1], "2001:db8::1");
	assert_string_equal(a.text[2], "10.0.0.1");
	assert_int_equal(forward_addresses_parse(&a, ""), 0);
	assert_int_equal(forward_addresses_parse(&a, "example.org"), -EINVAL);
	assert_int_equal(forward_addresses_parse(&a, "1.2.3"), -EINVAL);
	assert_int_equal(forward_addresses_parse(&a, "0.0.0.0"), -EINVAL);
	assert_int_equal(forward_addresses_parse(&a, "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff:1111:2222"), -EINVAL);
}

static void lists_are_bounded(void **state)
{
	struct forward_addresses a = {0};
	for (int i = 0; i < 100; i++) {
		char text[20];
		snprintf(text, sizeof text, "10.0.0.%d", i + 1);
		forward_addresses_add(&a, text);
	}
	assert_int_equal(a.count, FORWARD_ADDRESSES);
}

static void the_requests_address_comes_first(void **state)
{
	struct forward_addresses a;
	forward_announce("203.0.113.5", "127.0.0.1", &a);
	assert_int_equal(a.count, 2);
	assert_string_equal(a.text[0], "127.0.0.1");
	assert_string_equal(a.text[1], "203.0.113.5");
	forward_announce("203.0.113.5", "0.0.0.0", &a);
	assert_int_equal(a.count, 1);
	forward_announce("203.0.113.5", NULL, &a);
	assert_int_equal(a.count, 1);
	forward_announce("203.0.113.5", "::ffff:203.0.113.5", &a);
	assert_int_equal(a.count, 1);
}

static void the_machines_own_are_never_none(void **state)
{
	struct forward_addresses a;
	forward_announce("", NULL, &a);
	assert_true(a.count >= 1);
	bool loopback = strcmp(a.text[0], "127.0.0.1") == 0;
	assert_true(!loopback || a.count == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(which_addresses_are_of_use),
	        cmocka_unit_test(lists_are_parsed),
	        cmocka_unit_test(lists_are_bounded),
	        cmocka_unit_test(the_requests_address_comes_first),
	        cmocka_unit_test(the_machines_own_are_never_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
