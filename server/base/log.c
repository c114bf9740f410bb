#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOG_DETAIL_BYTES 1024
#define LOG_LINE_BYTES (6 * LOG_DETAIL_BYTES + 512) /* every byte of the detail may need \u00xx */

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* Written before threads start, read by all. */
static enum base_log_level least_level = BASE_LOG_INFO;
static bool json_lines;

struct line {
	size_t len;
	char text[LOG_LINE_BYTES];
};

void base_log_init(enum base_log_level least, int as_json)
{
	least_level = least;
	json_lines = as_json != 0;
}

static void put(struct line *line, const char *text)
{
	size_t room = sizeof line->text - line->len - 1, len = strlen(text);

	if (len > room)
		len = room;
	memcpy(line->text + line->len, text, len);
	line->len += len;
}

/* Length of the well-formed UTF-8 character at text, 0 when it is not one. */
static size_t utf8_length(const unsigned char *text)
{
	size_t len = text[0] < 0x80   ? 1
	             : text[0] < 0xc2 ? 0
	             : text[0] < 0xe0 ? 2
	             : text[0] < 0xf0 ? 3
	             : text[0] < 0xf5 ? 4
	                              : 0;

	for (size_t i = 1; i < len; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return len;
}

/* Details carry what strangers sent: nothing of it may end the line, the string or the terminal's mind. */
static void put_escaped(struct line *line, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		char piece[8];
		size_t len = utf8_length(at);
		bool control = *at < 0x20 || *at == 0x7f || (len == 2 && at[0] == 0xc2 && at[1] < 0xa0);

		if (len == 0 || control)
			snprintf(piece, sizeof piece, "\\u%04x", len == 2 ? at[1] : at[0]);
		else if (json_lines && (*at == '"' || *at == '\\'))
			snprintf(piece, sizeof piece, "\\%c", *at);
		else
			snprintf(piece, sizeof piece, "%.*s", (int)len, (const char *)at);
		put(line, piece);
		at += len ? len : 1;
	}
}

static void put_time(struct line *line)
{
	struct timespec now;
	struct tm tm;
	char text[40];
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, sizeof text - len, ".%03ldZ", now.tv_nsec / 1000000);
	put(line, text);
}

static void compose(struct line *line, enum base_log_level level, const char *part, const char *event,
                    const char *detail)
{
	put(line, json_lines ? "{\"ts\":\"" : "");
	put_time(line);
	put(line, json_lines ? "\",\"level\":\"" : " ");
	put(line, level_names[level]);
	put(line, json_lines ? "\",\"part\":\"" : " ");
	put_escaped(line, part);
	put(line, json_lines ? "\",\"event\":\"" : ": ");
	put_escaped(line, event);
	put(line, json_lines ? "\",\"detail\":\"" : " ");
	put_escaped(line, detail);
	put(line, json_lines ? "\"}\n" : "\n");
}

void base_log(enum base_log_level level, const char *part, const char *event, const char *format, ...)
{
	char detail[LOG_DETAIL_BYTES];
	struct line line = {.len = 0};
	va_list args;

	if (level < least_level)
		return;
	va_start(args, format);
	vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	compose(&line, level, part, event, detail);
	/* A log that cannot be written must not stop the server. */
	if (write(STDERR_FILENO, line.text, line.len) < 0)
		return;
}
