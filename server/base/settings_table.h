/* What settings.c (values) and settings_source.c (where they come from) share. Private to this folder. */
#ifndef TRUNKSHOW_BASE_SETTINGS_TABLE_H
#define TRUNKSHOW_BASE_SETTINGS_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/settings.h"

/** A secret is a string that no message repeats; `file:PATH` stands for the first line of that file. */
enum settings_kind { SETTINGS_STRING, SETTINGS_SECRET, SETTINGS_NUMBER, SETTINGS_SWITCH };

struct settings_row {
	const char *name;
	enum settings_kind kind;
	size_t offset;     /**< of the value in struct base_settings */
	const char *start; /**< default as text; NULL: settings_find_default() looks it up */
	int64_t min, max;  /**< numbers; for strings the length's bounds [bytes] */
	const char *unit;  /**< or NULL */
	/** Strings: whether the text is of the right kind, beyond its length; NULL: any. */
	bool (*accepts)(const char *text);
	const char *allowed; /**< strings: what accepts() wants, in words; NULL: any text */
	const char *text;    /**< one line for the documentation */
};

extern const struct settings_row settings_rows[];
extern const size_t settings_row_count;

/** The default of a row whose start is NULL: a path beside the executable, else in the build tree. The caller frees. */
char *settings_find_default(const char *name);

/** The first line of a file. @return 0; -errno, or -EINVAL for a line that is too long, with `why`. */
int settings_read_line(const char *path, char *out, size_t size, char *why, size_t why_len);

/** Whether HTTP on this address is reachable from this machine alone. */
bool settings_is_loopback(const char *address);
#endif
