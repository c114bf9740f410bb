#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/settings_table.h"

static char why[600];

static void test_defaults(void **state)
{
	struct base_settings s;

	base_settings_init(&s);
	assert_string_equal(s.data_dir, "./data");
	assert_string_equal(s.bind, "127.0.0.1");
	assert_int_equal(s.http_port, 8080);
	assert_int_equal(s.media_port, 7882);
	assert_string_equal(s.hosting, "approved");
	assert_true(s.rate_limits);
	assert_string_equal(s.payments, "test");
	assert_false(s.payments_said);
	assert_int_equal(s.max_frame_bytes, 65536);
	assert_int_equal(s.send_queue_bytes, 262144);
	assert_true(strlen(s.web_dir) > 0 && strlen(s.pipeline_path) > 0);
	assert_int_equal(base_settings_check(&s, why, sizeof why), 0);
	base_settings_finish(&s);
}

/* Every number of the table at, and one beyond, both of its bounds. */
static void test_bounds_of_numbers(void **state)
{
	struct base_settings s;
	int numbers = 0;

	base_settings_init(&s);
	for (size_t i = 0; i < settings_row_count; i++) {
		const struct settings_row *row = &settings_rows[i];
		const int64_t *value = (const int64_t *)((const char *)&s + row->offset);
		char text[32];

		if (row->kind != SETTINGS_NUMBER)
			continue;
		numbers++;
		assert_true(row->min < row->max && row->unit && row->text);
		for (int end = 0; end < 2; end++) {
			int64_t bound = end ? row->max : row->min;
			snprintf(text, sizeof text, "%" PRId64, bound);
			assert_int_equal(base_settings_set(&s, row->name, text, why, sizeof why), 0);
			assert_int_equal(*value, bound);
			snprintf(text, sizeof text, "%" PRId64, end ? bound + 1 : bound - 1);
			assert_int_equal(base_settings_set(&s, row->name, text, why, sizeof why), -EINVAL);
			assert_int_equal(*value, bound);
			assert_non_null(strstr(why, row->name));
			assert_non_null(strstr(why, text));
		}
	}
	assert_true(numbers > 20);
	base_settings_finish(&s);
}

static void test_no_numbers(void **state)
{
	static const char *const bad[] = {"", " 1", "1 ", "+1", "0x10", "1e3", "12a", "99999999999999999999", "-0"};
	struct base_settings s;

	base_settings_init(&s);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(base_settings_set(&s, "http_port", bad[i], why, sizeof why), -EINVAL);
	assert_int_equal(s.http_port, 8080);
	base_settings_finish(&s);
}

static void test_words(void **state)
{
	static const struct {
		const char *name, *value;
		int result;
	} cases[] = {
	        {"bind", "0.0.0.0", 0},
	        {"bind", "::", 0},
	        {"bind", "localhost", -EINVAL},
	        {"bind", "", -EINVAL},
	        {"hosting", "anyone", 0},
	        {"hosting", "everybody", -EINVAL},
	        {"rate_limits", "off", 0},
	        {"rate_limits", "0", -EINVAL},
	        {"password_cost", "min", 0},
	        {"password_cost", "none", -EINVAL},
	        {"payments", "test", 0},
	        {"payments", "cash", -EINVAL},
	        {"currency", "USD", 0},
	        {"currency", "usd", -EINVAL},
	        {"currency", "EURO", -EINVAL},
	        {"currency", "EU", -EINVAL},
	        {"public_url", "https://shop.example", 0},
	        {"public_url", "http://[::1]:8080", 0},
	        {"public_url", "", 0},
	        {"public_url", "shop.example", -EINVAL},
	        {"public_url", "https://shop.example/path", -EINVAL},
	        {"public_url", "https://", -EINVAL},
	        {"announce", "192.0.2.1, 2001:db8::1", 0},
	        {"announce", "192.0.2.1,", -EINVAL},
	        {"announce", "host.example", -EINVAL},
	        {"announce", "", 0},
	        {"ice_servers", "stun:stun.example:3478,turn:turn.example", 0},
	        {"ice_servers", "http://example", -EINVAL},
	        {"ice_servers", "stun:", -EINVAL},
	        {"ice_servers", "stun:a\"b", -EINVAL},
	        {"log_level", "debug", 0},
	        {"log_level", "loud", -EINVAL},
	        {"log_format", "json", 0},
	        {"log_format", "xml", -EINVAL},
	        {"data_dir", "", -EINVAL},
	        {"data_dir", "a\nb", -EINVAL},
	        {"tls_cert", "", 0},
	        {"no_such_thing", "1", -ENOENT},
	        {"", "1", -ENOENT},
	};
	struct base_settings s;

	base_settings_init(&s);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int result = base_settings_set(&s, cases[i].name, cases[i].value, why, sizeof why);
		if (result != cases[i].result)
			fail_msg("%s=%s gave %d", cases[i].name, cases[i].value, result);
		if (result != 0)
			assert_memory_equal(why, cases[i].name, strlen(cases[i].name));
	}
	assert_string_equal(s.announce, "");
	assert_string_equal(s.currency, "USD");
	assert_true(s.payments_said);
	base_settings_finish(&s);
}

static void write_file(char *path, const char *text, size_t len)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static void test_file(void **state)
{
	static const char good[] =
	        "# a comment\n\n  http_port = 9000  \ncurrency=GBP\npublic_url = https://a.example # no\n";
	char path[] = "/tmp/trunkshow-settings-XXXXXX";
	struct base_settings s;

	write_file(path, good, sizeof good - 1);
	base_settings_init(&s);
	/* A comment behind a value is part of the value, and here no good one. */
	assert_int_equal(base_settings_load_file(&s, path, why, sizeof why), -EINVAL);
	assert_int_equal(s.http_port, 9000);
	assert_string_equal(s.currency, "GBP");
	assert_memory_equal(why, path, strlen(path));
	assert_non_null(strstr(why, ":5: public_url"));
	unlink(path);
	base_settings_finish(&s);
}

static void test_bad_files(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		int result;
		const char *says;
	} cases[] = {
	        {"http_port 9000\n", 15, -EINVAL, ":1: "},
	        {"\nhttp_prot = 9000\n", 18, -ENOENT, ":2: http_prot"},
	        {"http_port = 70000", 17, -EINVAL, ":1: http_port"},
	        {"data_dir = a\0b\n", 15, -EINVAL, ":1: "},
	};
	struct base_settings s;

	base_settings_init(&s);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char path[] = "/tmp/trunkshow-settings-XXXXXX";
		write_file(path, cases[i].text, cases[i].len);
		assert_int_equal(base_settings_load_file(&s, path, why, sizeof why), cases[i].result);
		assert_non_null(strstr(why, cases[i].says));
		unlink(path);
	}
	assert_int_equal(base_settings_load_file(&s, "/nowhere/at/all", why, sizeof why), -ENOENT);
	assert_non_null(strstr(why, "/nowhere/at/all"));
	assert_int_equal(base_settings_load_file(&s, "/tmp", why, sizeof why), -EISDIR);
	char *longest = malloc(20000), path[] = "/tmp/trunkshow-settings-XXXXXX";
	memset(longest, 'x', 20000);
	write_file(path, longest, 20000);
	assert_int_equal(base_settings_load_file(&s, path, why, sizeof why), -EINVAL);
	unlink(path);
	free(longest);
	base_settings_finish(&s);
}

static void test_environment(void **state)
{
	char *good[] = {"HOME=/root", "TRUNKSHOW_HTTP_PORT=0", "TRUNKSHOW_LOG_FORMAT=json", "ODD", NULL};
	char *unknown[] = {"TRUNKSHOW_COLOUR=red", NULL}, *bad[] = {"TRUNKSHOW_HTTP_PORT=many", NULL};
	struct base_settings s;

	base_settings_init(&s);
	assert_int_equal(base_settings_load_environment(&s, good, why, sizeof why), 0);
	assert_int_equal(s.http_port, 0);
	assert_string_equal(s.log_format, "json");
	assert_int_equal(base_settings_load_environment(&s, unknown, why, sizeof why), -ENOENT);
	assert_non_null(strstr(why, "TRUNKSHOW_COLOUR"));
	assert_int_equal(base_settings_load_environment(&s, bad, why, sizeof why), -EINVAL);
	base_settings_finish(&s);
}

/* Set pairs on fresh settings and check the rules between them. */
static int check_with(const char *const *pairs)
{
	struct base_settings s;

	base_settings_init(&s);
	for (; *pairs; pairs += 2)
		assert_int_equal(base_settings_set(&s, pairs[0], pairs[1], why, sizeof why), 0);
	why[0] = '\0';
	int result = base_settings_check(&s, why, sizeof why);
	base_settings_finish(&s);
	return result;
}

#define CHECK(...) check_with((const char *const[]){__VA_ARGS__, NULL})

static void test_rules_between(void **state)
{
	assert_int_equal(CHECK("tls_cert", "a.pem"), -EINVAL);
	assert_int_equal(CHECK("tls_key", "a.pem"), -EINVAL);
	assert_int_equal(CHECK("tls_cert", "a.pem", "tls_key", "b.pem"), 0);
	assert_int_equal(CHECK("rate_limits", "off", "password_cost", "min"), 0);
	assert_int_equal(CHECK("bind", "0.0.0.0"), -EINVAL);
	assert_non_null(strstr(why, "payments"));
	assert_int_equal(CHECK("bind", "0.0.0.0", "payments", "test"), 0);
	assert_int_equal(CHECK("bind", "::", "payments", "test", "rate_limits", "off"), -EINVAL);
	assert_int_equal(CHECK("bind", "192.0.2.7", "payments", "test", "password_cost", "min"), -EINVAL);
	assert_int_equal(CHECK("bind", "::1", "password_cost", "min"), 0);
	assert_int_equal(CHECK("bind", "127.0.0.2", "password_cost", "min"), 0);
	assert_int_equal(CHECK("start_bitrate_bps", "5000000"), -EINVAL);
	assert_int_equal(CHECK("ice_servers", "stun:return.example"), 0);
	assert_int_equal(CHECK("ice_servers", "stun:a, turn:b"), -EINVAL);
	assert_non_null(strstr(why, "turn_secret"));
	assert_int_equal(CHECK("ice_servers", "turns:a", "turn_secret", "north of the river"), 0);
}

/* As it is, or in a file; and no refusal repeats it. */
static void test_secret(void **state)
{
	char path[] = "/tmp/trunkshow-secret-XXXXXX", named[64];
	struct base_settings s;

	base_settings_init(&s);
	assert_int_equal(base_settings_set(&s, "turn_secret", "north of the river", why, sizeof why), 0);
	assert_string_equal(s.turn_secret, "north of the river");
	assert_int_equal(base_settings_set(&s, "turn_secret", "hidden", why, sizeof why), -EINVAL);
	assert_null(strstr(why, "hidden"));
	assert_int_equal(base_settings_set(&s, "turn_secret", "hidden\nanyway", why, sizeof why), -EINVAL);
	assert_null(strstr(why, "hidden"));
	write_file(path, "south of the river\r\nand more\n", 30);
	snprintf(named, sizeof named, "file:%s", path);
	assert_int_equal(base_settings_set(&s, "turn_secret", named, why, sizeof why), 0);
	assert_string_equal(s.turn_secret, "south of the river");
	unlink(path);
	assert_int_equal(base_settings_set(&s, "turn_secret", named, why, sizeof why), -ENOENT);
	assert_memory_equal(why, "turn_secret: ", 13);
	assert_string_equal(s.turn_secret, "south of the river");
	base_settings_finish(&s);
}

static void test_markdown(void **state)
{
	char *text = NULL;
	size_t len = 0, lines = 0;
	FILE *out = open_memstream(&text, &len);

	base_settings_print_markdown(out);
	fclose(out);
	for (size_t i = 0; i < settings_row_count; i++) {
		char cell[64];
		snprintf(cell, sizeof cell, "| `%s` | ", settings_rows[i].name);
		assert_non_null(strstr(text, cell));
	}
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		size_t bars = 0;
		for (char *c = line; *c; c++)
			bars += *c == '|';
		assert_int_equal(bars, 6);
		lines++;
	}
	assert_int_equal(lines, settings_row_count + 2);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_defaults),    cmocka_unit_test(test_bounds_of_numbers),
	        cmocka_unit_test(test_no_numbers),  cmocka_unit_test(test_words),
	        cmocka_unit_test(test_file),        cmocka_unit_test(test_bad_files),
	        cmocka_unit_test(test_environment), cmocka_unit_test(test_rules_between),
	        cmocka_unit_test(test_secret),      cmocka_unit_test(test_markdown),
	};

	return cmocka_run_group_tests_name("base_settings", tests, NULL, NULL);
}
