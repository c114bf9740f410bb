/* What time does: holds expire, flash prices end, who is absent waits no longer, shows without their host end. */
#include "show/rules.h"

#define WALL_CLOCK_STEP_MS 1000 /* less is noise: both clocks are slewed alike */

int64_t rules_next_us(struct rules *r)
{
	const struct rules_deadline *first = rules_deadline_first(r);
	return first ? first->us : INT64_MAX;
}

static void end_without_host(struct rules *r, const struct rules_now *now, struct rules_row *row)
{
	rules_show_end(r, now, (struct rules_show *)row);
	rules_audit(r, now, (struct base_id){{0}}, "show.end", row->id, "host absent");
}

static void expire_hold(struct rules *r, const struct rules_now *now, struct rules_row *row)
{
	rules_hold_close(r, (struct rules_hold *)row, STORE_HOLD_EXPIRED);
}

static void lapse(struct rules *r, const struct rules_now *now, struct rules_row *row)
{
	rules_wait_lapse(r, now, (struct rules_waiting *)row);
}

static void end_flash(struct rules *r, const struct rules_now *now, struct rules_row *row)
{
	rules_flash_end(r, (struct rules_item *)row);
}

static void expire_payment(struct rules *r, const struct rules_now *now, struct rules_row *row)
{
	rules_purchase_due(r, (struct rules_purchase *)row);
}

static void (*const due[RULES_KINDS])(struct rules *, const struct rules_now *, struct rules_row *) = {
        [RULES_SHOW] = end_without_host, [RULES_ITEM] = end_flash,          [RULES_HOLD] = expire_hold,
        [RULES_WAITING] = lapse,         [RULES_PURCHASE] = expire_payment,
};

struct rules_row *rules_tick_one(struct rules *r, const struct rules_now *now)
{
	struct rules_deadline *first = rules_deadline_first(r);
	if (!first || first->us > now->us)
		return NULL;
	struct rules_row *owner = first->owner;
	due[owner->kind](r, now, owner);
	rules_serve(r, now);
	return owner;
}

void rules_tick(struct rules *r, const struct rules_now *now)
{
	rules_follow_wall_clock(r, now);
	while (rules_tick_one(r, now))
		;
}

static struct rules_deadline *deadline_of(struct rules_row *row)
{
	switch (row->kind) {
	case RULES_HOLD:
		return &((struct rules_hold *)row)->deadline;
	case RULES_SHOW:
		return &((struct rules_show *)row)->absent;
	case RULES_ITEM:
		return &((struct rules_item *)row)->flash;
	case RULES_WAITING:
		return &((struct rules_waiting *)row)->absent;
	case RULES_PURCHASE:
		return &((struct rules_purchase *)row)->deadline;
	default:
		return NULL;
	}
}

void rules_postpone(struct rules *r, enum rules_kind kind, struct base_id id, int64_t us)
{
	struct rules_row *row = kind < RULES_KINDS ? g_hash_table_lookup(r->rows[kind], &id) : NULL;
	struct rules_deadline *deadline = row ? deadline_of(row) : NULL;
	if (deadline && deadline->queued)
		rules_deadline_set(r, deadline, row, us);
}

static void tell_time_anew(struct rules *r, struct rules_row *row, int64_t ends_ms)
{
	if (row->kind == RULES_HOLD) {
		((struct rules_hold *)row)->expires_ms = ends_ms;
		rules_note(r, SHOW_EVENT_HOLD, row);
	} else if (row->kind == RULES_ITEM) {
		((struct rules_item *)row)->is.flash_until_ms = ends_ms;
		rules_note(r, SHOW_EVENT_ITEM, row);
	} else if (row->kind == RULES_PURCHASE) {
		((struct rules_purchase *)row)->is.deadline_ms = ends_ms;
	} else {
		return;
	}
	rules_touch(r, row);
}

void rules_follow_wall_clock(struct rules *r, const struct rules_now *now)
{
	int64_t wall_ms = now->ms - now->us / 1000;
	bool was_set = r->wall_ms && ABS(wall_ms - r->wall_ms) >= WALL_CLOCK_STEP_MS;
	if (was_set || !r->wall_ms)
		r->wall_ms = wall_ms;
	for (guint i = 0; was_set && i < r->deadlines->len; i++) {
		const struct rules_deadline *deadline = g_ptr_array_index(r->deadlines, i);
		tell_time_anew(r, deadline->owner, now->ms + (deadline->us - now->us) / 1000);
	}
}

static struct rules_host *host_of(struct rules *r, const struct rules_now *now, struct base_id show)
{
	struct rules_host *host = g_hash_table_lookup(r->hosts, &show);
	if (host)
		return host;
	host = g_new0(struct rules_host, 1);
	host->show = show;
	host->since_us = now->us;
	g_hash_table_insert(r->hosts, &host->show, host);
	return host;
}

void rules_watch_host(struct rules *r, const struct rules_now *now, struct rules_show *show)
{
	struct rules_host *host = host_of(r, now, show->row.id);
	if (host->picture)
		rules_deadline_clear(r, &show->absent);
	else
		rules_deadline_set(r, &show->absent, &show->row,
		                   MAX(host->since_us + r->limits.host_absent_us, rules_clock_before(r, show->row.id)));
}

void rules_unwatch_host(struct rules *r, struct rules_show *show)
{
	const struct rules_host *host = g_hash_table_lookup(r->hosts, &show->row.id);
	rules_deadline_clear(r, &show->absent);
	if (host && !host->picture)
		g_hash_table_remove(r->hosts, &show->row.id);
}

void rules_picture(struct rules *r, const struct rules_now *now, struct base_id id, bool picture)
{
	struct rules_show *show = rules_show(r, id);
	bool live = show && show->is.state == STORE_SHOW_LIVE;
	struct rules_host *host = host_of(r, now, id);
	if (host->picture && !picture)
		host->since_us = now->us;
	host->picture = picture;
	if (live)
		rules_watch_host(r, now, show);
	else if (!picture)
		g_hash_table_remove(r->hosts, &id);
}
