/* Keeping the memory bounded: whatever the store can give again may go between batches. */
#include "show/rows.h"

#include <string.h>

#define ACCOUNTS_MAX 65536 /* less than half a KB each */
#define LISTINGS_MAX 4096  /* some 5 KB each */
#define BLOCKS_MAX 20000
#define SHOWS_MAX 256
#define LOOKED_BACK_MAX 256

static gboolean hold_is_closed(gpointer key, gpointer value, gpointer ctx)
{
	return ((struct rules_hold *)value)->state > STORE_HOLD_PAYING;
}

static gboolean wait_is_over(gpointer key, gpointer value, gpointer ctx)
{
	return !((struct rules_waiting *)value)->queue;
}

static gboolean purchase_is_settled(gpointer key, gpointer value, gpointer ctx)
{
	const struct rules *r = ctx;
	return !g_hash_table_contains(r->unsettled, key);
}

static void drop_items(struct rules *r, struct rules_show *show)
{
	for (guint i = 0; show->items && i < show->items->len; i++) {
		struct rules_item *item = g_ptr_array_index(show->items, i);
		GPtrArray *sellers = g_hash_table_lookup(r->sellers, &item->is.listing);
		struct rules_listing *listing = g_hash_table_lookup(r->rows[RULES_LISTING], &item->is.listing);
		if (listing)
			listing->items_known = false;
		if (sellers && g_ptr_array_remove_fast(sellers, item) && sellers->len == 0)
			g_hash_table_remove(r->sellers, &item->is.listing);
		rows_leave(r, &item->row);
	}
}

static void remove_all(struct rules *r, enum rules_kind kind)
{
	rows_overlook(r, kind);
	g_hash_table_remove_all(r->rows[kind]);
}

static void remove_those(struct rules *r, enum rules_kind kind, GHRFunc which)
{
	rows_overlook(r, kind);
	g_hash_table_foreach_remove(r->rows[kind], which, r);
}

static void drop_listings(struct rules *r)
{
	remove_all(r, RULES_LISTING);
	remove_all(r, RULES_VARIANT);
}

static gboolean drop_show_off_air(gpointer key, gpointer value, gpointer ctx)
{
	struct rules_show *show = value;
	if (show->is.state == STORE_SHOW_LIVE)
		return FALSE;
	drop_items(ctx, show);
	return TRUE;
}

void rules_trim(struct rules *r)
{
	if (!r->source.account || r->dirty_first)
		return;
	if (g_hash_table_size(r->rows[RULES_ACCOUNT]) > ACCOUNTS_MAX) {
		g_hash_table_remove_all(r->names);
		remove_all(r, RULES_ACCOUNT);
	}
	if (g_hash_table_size(r->rows[RULES_LISTING]) > LISTINGS_MAX)
		drop_listings(r);
	if (g_hash_table_size(r->blocks) > BLOCKS_MAX)
		g_hash_table_remove_all(r->blocks);
	if (g_hash_table_size(r->rows[RULES_SHOW]) > r->shows_kept + SHOWS_MAX) {
		remove_those(r, RULES_SHOW, drop_show_off_air);
		r->shows_kept = g_hash_table_size(r->rows[RULES_SHOW]);
	}
	if (r->looked_back > LOOKED_BACK_MAX) {
		remove_those(r, RULES_HOLD, hold_is_closed);
		remove_those(r, RULES_WAITING, wait_is_over);
		remove_those(r, RULES_PURCHASE, purchase_is_settled);
		r->looked_back = 0;
	}
}
