#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static char written[65536];

/* Standard error goes into a file while something is logged. */
static int saved, target;

static void capture(void)
{
	char path[] = "/tmp/trunkshow-log-XXXXXX";

	target = mkstemp(path);
	assert_true(target >= 0);
	unlink(path);
	saved = dup(STDERR_FILENO);
	dup2(target, STDERR_FILENO);
}

static const char *captured(void)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
	ssize_t len = pread(target, written, sizeof written - 1, 0);
	close(target);
	assert_true(len >= 0);
	written[len] = '\0';
	return written;
}

static void test_json_line(void **state)
{
	base_log_init(BASE_LOG_INFO, 1);
	capture();
	base_log(BASE_LOG_INFO, "app", "ready", "http_port=%d media_port=%d", 8080, 7882);
	const char *line = captured();
	/* {"ts":"2026-11-21T20:00:00.000Z", and then what does not depend on the time */
	assert_memory_equal(line, "{\"ts\":\"20", 9);
	assert_string_equal(line + 31, "\",\"level\":\"info\",\"part\":\"app\",\"event\":\"ready\","
	                               "\"detail\":\"http_port=8080 media_port=7882\"}\n");
	assert_int_equal(line[30], 'Z');
}

static void test_escapes(void **state)
{
	base_log_init(BASE_LOG_INFO, 1);
	capture();
	base_log(BASE_LOG_WARN, "hub", "odd", "%s", "a\"b\\c\nd\x1b[31m\xff\xc3\xa9\xed\xa0\x80");
	const char *line = captured();
	assert_non_null(
	        strstr(line, "\"detail\":\"a\\\"b\\\\c\\u000ad\\u001b[31m\\u00ff\xc3\xa9\\u00ed\\u00a0\\u0080\"}\n"));
	assert_int_equal(strchr(line, '\n') - line, strlen(line) - 1);
}

static void test_long_detail_is_cut(void **state)
{
	char detail[5000];

	memset(detail, 1, sizeof detail - 1);
	detail[sizeof detail - 1] = '\0';
	base_log_init(BASE_LOG_INFO, 1);
	capture();
	base_log(BASE_LOG_ERROR, "hub", "long", "%s", detail);
	const char *line = captured();
	size_t len = strlen(line);
	assert_true(len > 6 * 1000 && len < 6 * 1024 + 200);
	assert_string_equal(line + len - 3, "\"}\n");
}

static void test_level_and_text(void **state)
{
	base_log_init(BASE_LOG_WARN, 0);
	capture();
	base_log(BASE_LOG_INFO, "app", "quiet", "not=this");
	base_log(BASE_LOG_ERROR, "app", "loud", "path=\"%s\"", "x");
	const char *line = captured();
	assert_null(strstr(line, "quiet"));
	assert_non_null(strstr(line, " error app: loud path=\"x\"\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_json_line),
	        cmocka_unit_test(test_escapes),
	        cmocka_unit_test(test_long_detail_is_cut),
	        cmocka_unit_test(test_level_and_text),
	};

	return cmocka_run_group_tests_name("base_log", tests, NULL, NULL);
}
