/* How the summary's numbers are told. */
#include <stdio.h>
#include <stdlib.h>

#include "load.h"

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

json_t *load_spread(int64_t *values, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (values[i] >= 0)
			values[n++] = values[i];
	if (n == 0)
		return json_null();
	qsort(values, n, sizeof(*values), ascending);
	return json_pack("{s:I,s:f,s:f,s:f,s:f}", "n", (json_int_t)n, "p50", (double)values[(n - 1) / 2] / 1000, "p95",
	                 (double)values[(n - 1) * 95 / 100] / 1000, "p99", (double)values[(n - 1) * 99 / 100] / 1000,
	                 "max", (double)values[n - 1] / 1000);
}

static void print_row(const char *of, const char *name, const json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(4));
	char whole[64];

	snprintf(whole, sizeof(whole), "%s%s%s", of, *of ? " " : "", name);
	printf("| %-26s | %12s |\n", whole, text ? text : "");
	free(text);
}

void load_print_table(const json_t *object)
{
	const char *name, *part;
	json_t *value, *piece;

	printf("| %-26s | %12s |\n|%.28s|%.13s:|\n", "", "value", "----------------------------", "-------------");
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		if (json_is_number(value))
			print_row("", name, value);
		json_object_foreach(value, part, piece) print_row(name, part, piece);
	}
}
