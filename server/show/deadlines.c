/* The queue of deadlines: a binary heap, in which what is due last, as a new hold mostly is, costs one comparison. */
#include <string.h>

#include "show/rules.h"

static bool is_before(const struct rules_deadline *x, const struct rules_deadline *y)
{
	if (x->us != y->us)
		return x->us < y->us;
	if (x->owner->kind != y->owner->kind) /* a hold goes to who waits before the wait is over */
		return x->owner->kind < y->owner->kind;
	return memcmp(x->owner->id.bytes, y->owner->id.bytes, BASE_ID_BYTES) < 0;
}

static struct rules_deadline *get(const struct rules *r, guint at)
{
	return g_ptr_array_index(r->deadlines, at);
}

static void put(struct rules *r, guint at, struct rules_deadline *deadline)
{
	g_ptr_array_index(r->deadlines, at) = deadline;
	deadline->at = at;
}

static void rise(struct rules *r, guint at, struct rules_deadline *deadline)
{
	for (; at > 0 && is_before(deadline, get(r, (at - 1) / 2)); at = (at - 1) / 2)
		put(r, at, get(r, (at - 1) / 2));
	put(r, at, deadline);
}

static void sink(struct rules *r, guint at, struct rules_deadline *deadline)
{
	guint count = r->deadlines->len;
	for (guint below; (below = 2 * at + 1) < count; at = below) {
		if (below + 1 < count && is_before(get(r, below + 1), get(r, below)))
			below++;
		if (is_before(deadline, get(r, below)))
			break;
		put(r, at, get(r, below));
	}
	put(r, at, deadline);
}

void rules_deadline_set(struct rules *r, struct rules_deadline *deadline, struct rules_row *owner, int64_t us)
{
	rules_deadline_clear(r, deadline);
	deadline->us = us;
	deadline->owner = owner;
	deadline->queued = true;
	g_ptr_array_add(r->deadlines, deadline);
	rise(r, r->deadlines->len - 1, deadline);
}

void rules_deadline_clear(struct rules *r, struct rules_deadline *deadline)
{
	if (!deadline->queued)
		return;
	deadline->queued = false;
	struct rules_deadline *last = get(r, r->deadlines->len - 1);
	g_ptr_array_set_size(r->deadlines, (gint)r->deadlines->len - 1);
	if (last == deadline)
		return;
	if (deadline->at > 0 && is_before(last, get(r, (deadline->at - 1) / 2)))
		rise(r, deadline->at, last);
	else
		sink(r, deadline->at, last);
}

struct rules_deadline *rules_deadline_first(struct rules *r)
{
	return r->deadlines->len ? get(r, 0) : NULL;
}
