/* Looking into objects on the wire. */
#ifndef TESTS_SERVER_API_MEMBERS_H
#define TESTS_SERVER_API_MEMBERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/id.h"

static const struct base_id an_id = {.bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

/** These, separated by spaces, and no others. */
static inline void has_members(json_t *object, const char *names)
{
	char list[400], *save = NULL;
	size_t count = 0;

	snprintf(list, sizeof list, "%s", names);
	for (char *name = strtok_r(list, " ", &save); name; name = strtok_r(NULL, " ", &save), count++)
		if (!json_object_get(object, name))
			fail_msg("%s is missing", name);
	assert_int_equal(json_object_size(object), count);
}

static inline const char *text_of(json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static inline json_int_t int_of(json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}
#endif
