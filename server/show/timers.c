/* What time does: holds expire, shows without their host end. */
#include "show/rules.h"

#define WALL_CLOCK_STEP_MS 1000 /* less is noise: both clocks are slewed alike */

int64_t rules_next_us(struct rules *r)
{
	const struct rules_deadline *first = rules_deadline_first(r);
	return first ? first->us : INT64_MAX;
}

static void end_without_host(struct rules *r, const struct rules_now *now, struct rules_show *show)
{
	rules_show_end(r, now, show);
	rules_audit(r, now, (struct base_id){{0}}, "show.end", show->row.id, "host absent");
}

struct rules_row *rules_tick_one(struct rules *r, const struct rules_now *now)
{
	struct rules_deadline *first = rules_deadline_first(r);
	if (!first || first->us > now->us)
		return NULL;
	struct rules_row *owner = first->owner;
	if (owner->kind == RULES_HOLD)
		rules_hold_close(r, (struct rules_hold *)owner, STORE_HOLD_EXPIRED);
	else
		end_without_host(r, now, (struct rules_show *)owner);
	return owner;
}

void rules_tick(struct rules *r, const struct rules_now *now)
{
	rules_follow_wall_clock(r, now);
	while (rules_tick_one(r, now))
		;
}

void rules_postpone(struct rules *r, enum rules_kind kind, struct base_id id, int64_t us)
{
	struct rules_row *row = kind < RULES_KINDS ? g_hash_table_lookup(r->rows[kind], &id) : NULL;
	struct rules_deadline *deadline = NULL;
	if (row && kind == RULES_HOLD)
		deadline = &((struct rules_hold *)row)->deadline;
	else if (row && kind == RULES_SHOW)
		deadline = &((struct rules_show *)row)->absent;
	if (deadline && deadline->queued)
		rules_deadline_set(r, deadline, row, us);
}

void rules_follow_wall_clock(struct rules *r, const struct rules_now *now)
{
	int64_t wall_ms = now->ms - now->us / 1000;
	bool was_set = r->wall_ms && ABS(wall_ms - r->wall_ms) >= WALL_CLOCK_STEP_MS;
	if (was_set || !r->wall_ms)
		r->wall_ms = wall_ms;
	for (GTreeNode *at = was_set ? g_tree_node_first(r->deadlines) : NULL; at; at = g_tree_node_next(at)) {
		const struct rules_deadline *deadline = g_tree_node_value(at);
		struct rules_hold *hold = (struct rules_hold *)deadline->owner;
		if (deadline->owner->kind != RULES_HOLD)
			continue;
		hold->is.expires_ms = now->ms + (deadline->us - now->us) / 1000;
		rules_touch(r, &hold->row);
		rules_note(r, SHOW_EVENT_HOLD, &hold->row);
	}
}

static struct rules_presence *presence_of(struct rules *r, const struct rules_now *now, struct base_id show)
{
	struct rules_presence *presence = g_hash_table_lookup(r->presence, &show);
	if (presence)
		return presence;
	presence = g_new0(struct rules_presence, 1);
	presence->show = show;
	presence->since_us = now->us;
	g_hash_table_insert(r->presence, &presence->show, presence);
	return presence;
}

void rules_watch_host(struct rules *r, const struct rules_now *now, struct rules_show *show)
{
	struct rules_presence *presence = presence_of(r, now, show->row.id);
	if (presence->picture)
		rules_deadline_clear(r, &show->absent);
	else
		rules_deadline_set(
		        r, &show->absent, &show->row,
		        MAX(presence->since_us + r->limits.host_absent_us, rules_clock_before(r, show->row.id)));
}

void rules_unwatch_host(struct rules *r, struct rules_show *show)
{
	const struct rules_presence *presence = g_hash_table_lookup(r->presence, &show->row.id);
	rules_deadline_clear(r, &show->absent);
	if (presence && !presence->picture)
		g_hash_table_remove(r->presence, &show->row.id);
}

void rules_picture(struct rules *r, const struct rules_now *now, struct base_id id, bool picture)
{
	struct rules_show *show = rules_show(r, id);
	bool live = show && show->is.state == STORE_SHOW_LIVE;
	struct rules_presence *presence = presence_of(r, now, id);
	if (presence->picture && !picture)
		presence->since_us = now->us;
	presence->picture = picture;
	if (live)
		rules_watch_host(r, now, show);
	else if (!picture)
		g_hash_table_remove(r->presence, &id);
}
