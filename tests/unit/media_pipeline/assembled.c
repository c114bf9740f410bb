#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "assembled.h"

void assembled_pull(struct assemble *a, int64_t now_us, struct assembled *got)
{
	struct assemble_unit unit;

	while (assemble_pull(a, now_us, &unit) == 1) {
		uint8_t *copy = malloc(unit.len);

		assert_non_null(copy);
		assert_true(got->count < ASSEMBLED_MAX);
		memcpy(copy, unit.data, unit.len);
		unit.data = copy;
		got->units[got->count++] = unit;
	}
}

void assembled_push(struct assemble *a, const struct packets *p, struct assembled *got)
{
	size_t i;

	for (i = 0; i < p->count; i++) {
		while (assemble_due_us(a) <= p->list[i].at_us)
			assembled_pull(a, assemble_due_us(a), got);
		assemble_push(a, p->list[i].data, p->list[i].len, p->list[i].at_us);
		assembled_pull(a, p->list[i].at_us, got);
	}
	if (assemble_due_us(a) != INT64_MAX)
		assembled_pull(a, assemble_due_us(a), got);
}

struct assembled assembled_run(enum assemble_codec codec, const struct packets *p)
{
	struct assemble a;
	struct assembled got = {.count = 0};

	assert_int_equal(assemble_begin(&a, codec, 102), 0);
	assembled_push(&a, p, &got);
	assert_int_equal(a.stats.units, got.count);
	assemble_finish(&a);
	return got;
}

void assembled_free(struct assembled *got)
{
	size_t i;

	for (i = 0; i < got->count; i++)
		free((void *)(uintptr_t)got->units[i].data);
	got->count = 0;
}
