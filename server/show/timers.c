/* What time does: holds expire, shows without their host end. */
#include "show/rules.h"

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

void rules_tick(struct rules *r, const struct rules_now *now)
{
	struct rules_deadline *first;
	while ((first = rules_deadline_first(r)) && first->us <= now->us) {
		if (first->owner->kind == RULES_HOLD)
			rules_hold_close(r, (struct rules_hold *)first->owner, STORE_HOLD_EXPIRED);
		else
			end_without_host(r, now, (struct rules_show *)first->owner);
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
		rules_deadline_set(r, &show->absent, &show->row, presence->since_us + r->limits.host_absent_us);
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
