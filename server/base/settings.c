/* Values of the settings: defaults, setting one, rules between them, the documentation. */
#include "base/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/settings_table.h"

static void *field(struct base_settings *s, const struct settings_row *row)
{
	return (char *)s + row->offset;
}

static char *duplicate(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		abort();
	return copy;
}

static bool parse_number(const char *text, int64_t *out)
{
	char *end;

	/* strtoll also takes blanks, signs and nothing at all. */
	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static int set_number(struct base_settings *s, const struct settings_row *row, const char *value, char *why,
                      size_t why_len)
{
	int64_t number;

	if (!parse_number(value, &number) || number < row->min || number > row->max) {
		snprintf(why, why_len, "%s: \"%.100s\" is not a whole number from %" PRId64 " to %" PRId64 " [%s]",
		         row->name, value, row->min, row->max, row->unit);
		return -EINVAL;
	}
	*(int64_t *)field(s, row) = number;
	return 0;
}

static int set_switch(struct base_settings *s, const struct settings_row *row, const char *value, char *why,
                      size_t why_len)
{
	bool on = strcmp(value, "on") == 0 || strcmp(value, "true") == 0;

	if (!on && strcmp(value, "off") != 0 && strcmp(value, "false") != 0) {
		snprintf(why, why_len, "%s: \"%.100s\" is neither on nor off", row->name, value);
		return -EINVAL;
	}
	*(bool *)field(s, row) = on;
	return 0;
}

static int set_string(struct base_settings *s, const struct settings_row *row, const char *value, char *why,
                      size_t why_len)
{
	size_t len = strlen(value);
	char **place = field(s, row);

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)value[i] < 0x20) {
			snprintf(why, why_len, "%s: control characters are not allowed", row->name);
			return -EINVAL;
		}
	}
	if ((int64_t)len < row->min || (int64_t)len > row->max) {
		snprintf(why, why_len, "%s: \"%.100s\" has %zu bytes, allowed are %" PRId64 " to %" PRId64, row->name,
		         value, len, row->min, row->max);
		return -EINVAL;
	}
	if (row->accepts && !row->accepts(value)) {
		snprintf(why, why_len, "%s: \"%.100s\" is not %s", row->name, value, row->allowed);
		return -EINVAL;
	}
	free(*place);
	*place = duplicate(value);
	return 0;
}

/* As set_string, but nothing that is said about it shows it. */
static int set_secret(struct base_settings *s, const struct settings_row *row, const char *value, char *why,
                      size_t why_len)
{
	static const char from_file[] = "file:";
	char line[512], reason[512];
	char **place = field(s, row);
	bool plain = true;

	if (strncmp(value, from_file, sizeof from_file - 1) == 0) {
		int err = settings_read_line(value + sizeof from_file - 1, line, sizeof line, reason, sizeof reason);
		if (err) {
			snprintf(why, why_len, "%s: %s", row->name, reason);
			return err;
		}
		value = line;
	}
	size_t len = strlen(value);
	for (size_t i = 0; i < len; i++)
		plain = plain && (unsigned char)value[i] >= 0x20;
	if (!plain || len > (size_t)row->max || (len > 0 && len < (size_t)row->min)) {
		snprintf(why, why_len,
		         "%s: must have %" PRId64 " to %" PRId64 " bytes, none of them a control character", row->name,
		         row->min, row->max);
		return -EINVAL;
	}
	free(*place);
	*place = duplicate(value);
	return 0;
}

static int set_row(struct base_settings *s, const struct settings_row *row, const char *value, char *why,
                   size_t why_len)
{
	static int (*const setters[])(struct base_settings *, const struct settings_row *, const char *, char *,
	                              size_t) = {
	        [SETTINGS_STRING] = set_string,
	        [SETTINGS_SECRET] = set_secret,
	        [SETTINGS_NUMBER] = set_number,
	        [SETTINGS_SWITCH] = set_switch,
	};

	return setters[row->kind](s, row, value, why, why_len);
}

void base_settings_init(struct base_settings *s)
{
	memset(s, 0, sizeof *s);
	for (size_t i = 0; i < settings_row_count; i++) {
		const struct settings_row *row = &settings_rows[i];
		char *found = row->start ? NULL : settings_find_default(row->name);
		char why[256];

		/* A default that its own row refuses is our bug. */
		if (set_row(s, row, found ? found : row->start, why, sizeof why) != 0) {
			fprintf(stderr, "%s\n", why);
			abort();
		}
		free(found);
	}
}

void base_settings_finish(struct base_settings *s)
{
	for (size_t i = 0; i < settings_row_count; i++)
		if (settings_rows[i].kind == SETTINGS_STRING || settings_rows[i].kind == SETTINGS_SECRET)
			free(*(char **)field(s, &settings_rows[i]));
	memset(s, 0, sizeof *s);
}

int base_settings_set(struct base_settings *s, const char *name, const char *value, char *why, size_t why_len)
{
	for (size_t i = 0; i < settings_row_count; i++) {
		const struct settings_row *row = &settings_rows[i];

		if (strcmp(row->name, name) != 0)
			continue;
		int err = set_row(s, row, value, why, why_len);
		if (err == 0 && row->offset == offsetof(struct base_settings, payments))
			s->payments_said = true;
		return err;
	}
	snprintf(why, why_len, "%.100s: there is no setting of this name", name);
	return -ENOENT;
}

static bool names_turn(const char *urls)
{
	while (*urls) {
		urls += strspn(urls, ", \t");
		if (strncmp(urls, "turn:", 5) == 0 || strncmp(urls, "turns:", 6) == 0)
			return true;
		urls += strcspn(urls, ",");
	}
	return false;
}

int base_settings_check(const struct base_settings *s, char *why, size_t why_len)
{
	bool is_public = !settings_is_loopback(s->bind);
	const struct {
		bool broken;
		const char *text;
	} rules[] = {
	        {(*s->tls_cert == '\0') != (*s->tls_key == '\0'),
	         "tls_cert and tls_key go together: give both or none"},
	        {is_public && !s->rate_limits, "rate_limits=off is for load tests and refused with a public bind"},
	        {is_public && strcmp(s->password_cost, "min") == 0,
	         "password_cost=min is for load tests and refused with a public bind"},
	        {is_public && !s->payments_said,
	         "payments must be said when bind is public, so that nobody sells with the test provider unknowingly"},
	        {names_turn(s->ice_servers) && *s->turn_secret == '\0',
	         "a turn: server in ice_servers wants turn_secret: browsers refuse one without credentials"},
	        {s->start_bitrate_bps > s->max_bitrate_bps, "start_bitrate_bps is greater than max_bitrate_bps"},
	};

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		if (rules[i].broken) {
			snprintf(why, why_len, "%s (bind is %s)", rules[i].text, s->bind);
			return -EINVAL;
		}
	}
	return 0;
}

static void print_allowed(FILE *out, const struct settings_row *row)
{
	if (row->kind == SETTINGS_NUMBER)
		fprintf(out, "%" PRId64 " to %" PRId64, row->min, row->max);
	else if (row->kind == SETTINGS_SWITCH)
		fputs("on, off", out);
	else if (row->kind == SETTINGS_SECRET)
		fputs("text or file:PATH, or nothing", out);
	else
		fputs(row->allowed ? row->allowed : row->min > 0 ? "a path" : "a path, or nothing", out);
}

void base_settings_print_markdown(FILE *out)
{
	fputs("| setting | default | allowed | unit | what it does |\n|---|---|---|---|---|\n", out);
	for (size_t i = 0; i < settings_row_count; i++) {
		const struct settings_row *row = &settings_rows[i];

		fprintf(out, "| `%s` | ", row->name);
		if (!row->start)
			fputs("beside the executable", out);
		else if (*row->start)
			fprintf(out, "`%s`", row->start);
		fputs(" | ", out);
		print_allowed(out, row);
		fprintf(out, " | %s | %s |\n", row->unit ? row->unit : "", row->text);
	}
}
