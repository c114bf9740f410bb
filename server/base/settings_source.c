/* Where settings come from: a file, the environment, and the surroundings of the executable. */
#include "base/settings.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/settings_table.h"

#define SOURCE_LINE_BYTES 8192
#define SOURCE_PREFIX "TRUNKSHOW_"

static char *trim(char *text)
{
	text += strspn(text, " \t\r\n");
	for (size_t len = strlen(text); len > 0 && strchr(" \t\r\n", text[len - 1]);)
		text[--len] = '\0';
	return text;
}

/* One `name = value` line; empty lines and comments are fine. */
static int take_line(struct base_settings *s, char *line, char *why, size_t why_len)
{
	char *name = trim(line), *equals = strchr(name, '=');

	if (*name == '\0' || *name == '#')
		return 0;
	if (!equals) {
		snprintf(why, why_len, "\"%.100s\" is not of the form name = value", name);
		return -EINVAL;
	}
	*equals = '\0';
	return base_settings_set(s, trim(name), trim(equals + 1), why, why_len);
}

static int take_lines(struct base_settings *s, FILE *file, const char *path, char *why, size_t why_len)
{
	char line[SOURCE_LINE_BYTES], reason[512];

	for (unsigned number = 1; fgets(line, sizeof line, file); number++) {
		size_t len = strlen(line);
		int err = -EINVAL;

		if (len == 0 || (line[len - 1] != '\n' && !feof(file)))
			snprintf(reason, sizeof reason, "the line is too long or holds a NUL byte");
		else
			err = take_line(s, line, reason, sizeof reason);
		if (err) {
			snprintf(why, why_len, "%s:%u: %s", path, number, reason);
			return err;
		}
	}
	if (ferror(file)) {
		int err = errno ? -errno : -EIO;
		snprintf(why, why_len, "%s: cannot be read: %s", path, strerror(-err));
		return err;
	}
	return 0;
}

int base_settings_load_file(struct base_settings *s, const char *path, char *why, size_t why_len)
{
	FILE *file = fopen(path, "re");

	if (!file) {
		int err = -errno;
		snprintf(why, why_len, "%s: cannot be opened: %s", path, strerror(-err));
		return err;
	}
	int err = take_lines(s, file, path, why, why_len);
	fclose(file);
	return err;
}

int settings_read_line(const char *path, char *out, size_t size, char *why, size_t why_len)
{
	FILE *file = fopen(path, "re");
	int err = file ? 0 : -errno;

	if (!file) {
		snprintf(why, why_len, "%s: cannot be opened: %s", path, strerror(-err));
		return err;
	}
	if (!fgets(out, (int)size, file)) {
		err = ferror(file) && errno ? -errno : -EINVAL;
		snprintf(why, why_len, "%s: there is no line to read", path);
	} else if (!strchr(out, '\n') && !feof(file)) {
		err = -EINVAL;
		snprintf(why, why_len, "%s: the first line is too long or holds a NUL byte", path);
	}
	fclose(file);
	out[err ? 0 : strcspn(out, "\r\n")] = '\0';
	return err;
}

int base_settings_load_environment(struct base_settings *s, char **environment, char *why, size_t why_len)
{
	const size_t prefix = strlen(SOURCE_PREFIX);

	for (; *environment; environment++) {
		const char *equals = strchr(*environment, '=');
		char name[64], reason[512];
		size_t len;

		if (!equals || strncmp(*environment, SOURCE_PREFIX, prefix) != 0)
			continue;
		len = (size_t)(equals - *environment) - prefix;
		if (len >= sizeof name)
			len = sizeof name - 1;
		for (size_t i = 0; i < len; i++)
			name[i] = (char)tolower((unsigned char)(*environment)[prefix + i]);
		name[len] = '\0';
		int err = base_settings_set(s, name, equals + 1, reason, sizeof reason);
		if (err) {
			snprintf(why, why_len, "environment %.*s: %s", (int)(equals - *environment), *environment,
			         reason);
			return err;
		}
	}
	return 0;
}

/* The folder of the running program, without a slash at the end. */
static void executable_folder(char *folder, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", folder, size - 1);

	folder[len > 0 ? len : 0] = '\0';
	char *slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
}

char *settings_find_default(const char *name)
{
	bool pages = strcmp(name, "web_dir") == 0;
	const char *const probe = pages ? "/index.html" : "";
	char beside[PATH_MAX], first[PATH_MAX + 64];

	executable_folder(beside, sizeof beside);
	const char *const places[][2] = {
	        {beside, pages ? "/web/dist" : "/trunkshow-pipeline"},
	        {beside, pages ? "/web" : "/trunkshow-pipeline"},
	        {TRUNKSHOW_BUILD_DIR, pages ? "/web/dist" : "/trunkshow-pipeline"},
	        {TRUNKSHOW_BUILD_DIR, pages ? "/web" : "/trunkshow-pipeline"},
	        {TRUNKSHOW_SOURCE_DIR, pages ? "/web/dist" : "/build/trunkshow-pipeline"},
	};
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		char path[PATH_MAX + 64], file[PATH_MAX + 128];
		struct stat st;

		snprintf(path, sizeof path, "%s%s", places[i][0], places[i][1]);
		snprintf(file, sizeof file, "%s%s", path, probe);
		if (stat(file, &st) == 0 && S_ISREG(st.st_mode))
			return strdup(path);
	}
	/* Nothing is there yet: name the place where it belongs, so that the error message does. */
	snprintf(first, sizeof first, "%s%s", beside, pages ? "/web" : "/trunkshow-pipeline");
	return strdup(first);
}
