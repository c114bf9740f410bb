/* Between the owner of a listing and the hosts who sell it: blocks, and what each is told. */
#include <errno.h>
#include <string.h>

#include "show/verbs.h"

void rules_notify(struct rules *r, const struct rules_now *now, const struct store_notice *notice)
{
	struct rules_record *record = rules_record(r, RULES_NOTICE);
	record->notice = *notice;
	record->notice.id = base_id_new();
	record->notice.at_ms = now->ms;
	record->notice.read = false;
	rules_tell(r, SHOW_EVENT_NOTICE, (struct base_id){{0}}, (struct base_id){{0}}, record);
}

static bool is_told(struct rules *r, struct rules_show *show, const struct rules_listing *listing)
{
	if (!show->featured)
		show->featured = rules_set_of_ids();
	if (g_hash_table_contains(show->featured, &listing->row.id))
		return true;
	int found = r->source.featured
	                    ? r->source.featured(r->source.ctx, listing->is.seller.id, &show->is, listing->row.id)
	                    : -ENOENT;
	if (found != 0 && found != -ENOENT && !r->error)
		r->error = found;
	g_hash_table_add(show->featured, g_memdup2(&listing->row.id, sizeof(listing->row.id)));
	return found == 0;
}

void rules_tell_owner_featured(struct rules *r, const struct rules_now *now, struct rules_show *show,
                               const struct rules_listing *listing)
{
	if (is_told(r, show, listing))
		return;
	struct store_notice notice = {.account = listing->is.seller.id,
	                              .code = STORE_NOTICE_FEATURED,
	                              .actor = show->is.host,
	                              .show = show->row.id,
	                              .listing = listing->row.id};
	memcpy(notice.title, listing->is.title, sizeof(notice.title));
	rules_notify(r, now, &notice);
}

/* What the owner's listings are in a show of the blocked host's leaves it at once; open holds stand. */
static void withdraw_from(struct rules *r, const struct rules_now *now, struct rules_show *show, struct base_id owner)
{
	GPtrArray *items = rules_show_items(r, show);
	for (guint i = 0; i < items->len; i++) {
		struct rules_item *item = g_ptr_array_index(items, i);
		const struct rules_listing *listing = item->is.removed ? NULL : rules_listing(r, item->is.listing);
		if (listing && base_id_equal(listing->is.seller.id, owner))
			rules_item_withdraw(r, now, show, item);
	}
}

static void block(const struct rules_case *c, const struct rules_account *owner, const struct rules_account *host)
{
	g_autoptr(GPtrArray) shows = rules_shows_of(c->r, host->row.id);
	for (guint i = 0; i < shows->len; i++)
		withdraw_from(c->r, c->now, g_ptr_array_index(shows, i), owner->row.id);
	struct store_notice notice = {.account = host->row.id, .code = STORE_NOTICE_BLOCKED, .actor = owner->is.person};
	rules_notify(c->r, c->now, &notice);
}

void rules_block(const struct rules_case *c)
{
	const struct rules_account *owner = rules_account(c->r, c->command->actor);
	const struct rules_account *host = rules_account(c->r, c->command->account_id);
	struct store_block is = {.blocked = c->command->banned};
	if (!host) {
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such account");
		return;
	}
	if (owner == host) {
		rules_refuse(c->answer, SHOW_INVALID, "nobody can block themselves");
		return;
	}
	is.owner = owner->row.id;
	is.host = host->row.id;
	c->answer->account = host->row.id;
	c->answer->repeated = rules_is_blocked(c->r, is.owner, is.host) == is.blocked;
	if (c->answer->repeated)
		return;
	rules_block_put(c->r, &is);
	if (is.blocked)
		block(c, owner, host);
}

void rules_notices_read(const struct rules_case *c)
{
	if (base_id_is_zero(c->command->notice_id)) {
		rules_refuse(c->answer, SHOW_INVALID, "up to which notice?");
		return;
	}
	struct rules_record *record = rules_record(c->r, RULES_NOTICES_READ);
	record->notices_read.account = c->command->actor;
	record->notices_read.until = c->command->notice_id;
}
