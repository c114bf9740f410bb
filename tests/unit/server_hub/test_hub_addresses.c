#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hub/addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static struct addresses table;

static struct address_row *take(const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return addresses_take(&table, (struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return addresses_take(&table, (struct sockaddr *)&v6);
}

static int set_up(void **state)
{
	addresses_init(&table, false);
	return 0;
}

static int tear_down(void **state)
{
	addresses_finish(&table);
	return 0;
}

static void test_one_address_is_one_row(void **state)
{
	struct address_row *row = take("203.0.113.7");

	assert_ptr_equal(take("203.0.113.7"), row);
	assert_ptr_equal(take("::ffff:203.0.113.7"), row); /* as a socket for both families has it */
	assert_int_equal(row->connections, 3);
	assert_ptr_not_equal(take("203.0.113.8"), row);
	addresses_give(&table, row);
	assert_int_equal(row->connections, 2);
	assert_int_equal(table.row_count, 2);
}

static void test_a_network_of_v6_is_one_address(void **state)
{
	struct address_row *row = take("2001:db8:1:2::1");

	assert_ptr_equal(take("2001:db8:1:2:ffff:ffff:ffff:ffff"), row);
	assert_ptr_not_equal(take("2001:db8:1:3::1"), row);
}

static void test_who_does_not_count(void **state)
{
	static const char *const loopback[] = {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"};
	static const char *const private[] = {"10.0.0.1",    "172.16.0.1", "172.31.255.255", "192.168.1.1",
	                                      "169.254.1.1", "fd00::2",    "fe80::1",        "::ffff:10.1.2.3"};
	static const char *const others[] = {"172.32.0.1", "11.0.0.1", "192.169.0.1", "2001:db8::1", "fec0::1"};

	for (size_t i = 0; i < sizeof loopback / sizeof loopback[0]; i++)
		assert_null(take(loopback[i]));
	for (size_t i = 0; i < sizeof private / sizeof private[0]; i++) {
		table.behind_proxy = false;
		assert_non_null(take(private[i]));
		table.behind_proxy = true;
		assert_null(take(private[i]));
	}
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_non_null(take(others[i]));
	assert_null(addresses_take(&table, &(struct sockaddr){.sa_family = AF_UNIX}));
}

static void test_many_come_and_go(void **state)
{
	enum { MANY = 5000 };
	static struct address_row *rows[MANY];
	char text[32];

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < MANY; i++) {
			snprintf(text, sizeof text, "198.51.%d.%d", i / 250, i % 250);
			rows[i] = take(text);
			assert_int_equal(rows[i]->connections, 1);
		}
		assert_int_equal(table.row_count, MANY);
		for (int i = 0; i < MANY; i++)
			addresses_give(&table, rows[i]);
		assert_int_equal(table.row_count, 0);
	}
	addresses_give(&table, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_one_address_is_one_row, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_a_network_of_v6_is_one_address, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_who_does_not_count, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_many_come_and_go, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("hub_addresses", tests, NULL, NULL);
}
