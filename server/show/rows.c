/* Finding rows in memory or through the source, and adding them. */
#include "show/rules.h"

#include <errno.h>
#include <string.h>

static void *look(struct rules *r, enum rules_kind kind, struct base_id id)
{
	return g_hash_table_lookup(r->rows[kind], &id);
}

static void enter(struct rules *r, struct rules_row *row, enum rules_kind kind, struct base_id id, bool fresh)
{
	row->id = id;
	row->kind = kind;
	row->fresh = fresh;
	g_hash_table_insert(r->rows[kind], &row->id, row);
	if (fresh)
		rules_touch(r, row);
}

/* A source that fails is remembered; the batch is then given up. */
static bool found(struct rules *r, int result)
{
	if (result < 0 && result != -ENOENT && !r->error)
		r->error = result;
	return result == 0;
}

static GPtrArray *list_under(GHashTable *table, struct base_id id)
{
	GPtrArray *list = g_hash_table_lookup(table, &id);
	if (!list) {
		list = g_ptr_array_new();
		g_hash_table_insert(table, g_memdup2(&id, sizeof(id)), list);
	}
	return list;
}

static void fold(const char *username, char out[STORE_NAME_BYTES])
{
	size_t i = 0;
	for (; username[i] && i + 1 < STORE_NAME_BYTES; i++)
		out[i] = g_ascii_tolower(username[i]); /* as NOCASE compares */
	out[i] = '\0';
}

struct rules_account *rules_add_account(struct rules *r, const struct store_account *is, bool fresh)
{
	struct rules_account *account = g_new0(struct rules_account, 1);
	account->is = *is;
	fold(is->person.username, account->folded);
	enter(r, &account->row, RULES_ACCOUNT, is->person.id, fresh);
	g_hash_table_insert(r->names, account->folded, account);
	return account;
}

struct rules_account *rules_account(struct rules *r, struct base_id id)
{
	struct rules_account *account = look(r, RULES_ACCOUNT, id);
	struct store_account is;
	if (account || base_id_is_zero(id) || !r->source.account ||
	    !found(r, r->source.account(r->source.ctx, id, &is)))
		return account;
	return rules_add_account(r, &is, false);
}

struct rules_account *rules_account_by_username(struct rules *r, const char *username)
{
	char folded[STORE_NAME_BYTES];
	fold(username, folded);
	struct rules_account *account = g_hash_table_lookup(r->names, folded);
	struct store_account is;
	if (account || !r->source.account_by_username ||
	    !found(r, r->source.account_by_username(r->source.ctx, username, &is)))
		return account;
	account = look(r, RULES_ACCOUNT, is.person.id);
	return account ? account : rules_add_account(r, &is, false);
}

struct rules_listing *rules_add_listing(struct rules *r, const struct store_listing *is, bool fresh)
{
	struct rules_listing *listing = g_new0(struct rules_listing, 1);
	listing->is = *is;
	listing->items_known = fresh;
	enter(r, &listing->row, RULES_LISTING, is->id, fresh);
	return listing;
}

struct rules_listing *rules_listing(struct rules *r, struct base_id id)
{
	struct rules_listing *listing = look(r, RULES_LISTING, id);
	if (listing || base_id_is_zero(id) || !r->source.listing)
		return listing;
	g_autofree struct store_listing *is = g_new0(struct store_listing, 1);
	return found(r, r->source.listing(r->source.ctx, id, is)) ? rules_add_listing(r, is, false) : NULL;
}

struct rules_show *rules_add_show(struct rules *r, const struct store_show *is, bool fresh)
{
	struct rules_show *show = g_new0(struct rules_show, 1);
	show->is = *is;
	enter(r, &show->row, RULES_SHOW, is->id, fresh);
	return show;
}

struct rules_show *rules_show(struct rules *r, struct base_id id)
{
	struct rules_show *show = look(r, RULES_SHOW, id);
	struct store_show is;
	if (show || base_id_is_zero(id) || !r->source.show || !found(r, r->source.show(r->source.ctx, id, &is)))
		return show;
	return rules_add_show(r, &is, false);
}

struct rules_item *rules_add_item(struct rules *r, struct rules_show *show, const struct store_item_row *is, bool fresh)
{
	struct rules_item *item = g_new0(struct rules_item, 1);
	item->is = *is;
	enter(r, &item->row, RULES_ITEM, is->id, fresh);
	g_ptr_array_add(show->items, item);
	g_ptr_array_add(list_under(r->sellers, is->listing), item);
	return item;
}

struct loading {
	struct rules *r;
	struct rules_show *show;
};

static void add_loaded_item(const struct store_item_row *is, void *arg)
{
	struct loading *loading = arg;
	rules_add_item(loading->r, loading->show, is, false);
}

GPtrArray *rules_show_items(struct rules *r, struct rules_show *show)
{
	if (show->items)
		return show->items;
	show->items = g_ptr_array_new();
	struct loading loading = {r, show};
	if (!show->row.fresh && r->source.items)
		found(r, r->source.items(r->source.ctx, show->row.id, add_loaded_item, &loading));
	return show->items;
}

static void add_show_id(struct base_id show, void *arg)
{
	g_array_append_val((GArray *)arg, show);
}

/* Scheduled shows come into memory only when they are asked for, but who looks at one sees its stock change as well. */
GPtrArray *rules_items_selling(struct rules *r, struct base_id id)
{
	struct rules_listing *listing = rules_listing(r, id);
	if (listing && !listing->items_known && r->source.shows_selling) {
		g_autoptr(GArray) shows = g_array_new(FALSE, FALSE, sizeof(struct base_id));
		listing->items_known = found(r, r->source.shows_selling(r->source.ctx, id, add_show_id, shows));
		for (guint i = 0; i < shows->len; i++) {
			struct rules_show *show = rules_show(r, g_array_index(shows, struct base_id, i));
			if (show)
				rules_show_items(r, show);
		}
	}
	return g_hash_table_lookup(r->sellers, &id);
}

struct rules_item *rules_item(struct rules *r, struct base_id id)
{
	struct rules_item *item = look(r, RULES_ITEM, id);
	struct store_item_row is;
	if (item || base_id_is_zero(id) || !r->source.item || !found(r, r->source.item(r->source.ctx, id, &is)))
		return item;
	struct rules_show *show = rules_show(r, is.show);
	if (show)
		rules_show_items(r, show);
	return look(r, RULES_ITEM, id);
}

static void add_loaded_moderation(struct base_id account, int64_t muted_until_ms, bool banned, void *arg)
{
	struct loading *loading = arg;
	struct store_moderated *moderated = g_new0(struct store_moderated, 1);
	*moderated = (struct store_moderated){loading->show->row.id, account, muted_until_ms, banned};
	g_hash_table_insert(loading->show->moderation, &moderated->account, moderated);
}

static GHashTable *moderation_of(struct rules *r, struct rules_show *show)
{
	if (show->moderation)
		return show->moderation;
	show->moderation = rules_table_of_ids();
	struct loading loading = {r, show};
	if (!show->row.fresh && r->source.moderation)
		found(r, r->source.moderation(r->source.ctx, show->row.id, add_loaded_moderation, &loading));
	return show->moderation;
}

struct store_moderated *rules_moderated(struct rules *r, struct rules_show *show, struct base_id account)
{
	return g_hash_table_lookup(moderation_of(r, show), &account);
}

const struct rules_record *rules_moderated_put(struct rules *r, struct rules_show *show,
                                               const struct store_moderated *moderated)
{
	struct store_moderated *kept = g_memdup2(moderated, sizeof(*moderated));
	g_hash_table_replace(moderation_of(r, show), &kept->account, kept);
	struct rules_record *record = rules_record(r, RULES_MODERATION);
	record->moderated = *moderated;
	return record;
}

static bool is_open(const struct store_hold *hold)
{
	return hold->state == STORE_HOLD_ACTIVE || hold->state == STORE_HOLD_PAYING;
}

struct rules_hold *rules_add_hold(struct rules *r, const struct store_hold *is, bool fresh)
{
	struct rules_hold *hold = g_new0(struct rules_hold, 1);
	hold->is = *is;
	enter(r, &hold->row, RULES_HOLD, is->id, fresh);
	if (is_open(is))
		g_ptr_array_add(list_under(r->buyers, is->buyer.id), hold);
	return hold;
}

/* Open holds are all in memory, so one from the source is closed: a copy to look at, never to change. */
struct rules_hold *rules_hold(struct rules *r, struct base_id id)
{
	struct rules_hold *hold = look(r, RULES_HOLD, id);
	struct store_hold is;
	if (hold || base_id_is_zero(id) || !r->source.hold || !found(r, r->source.hold(r->source.ctx, id, &is)))
		return hold;
	r->looked_back++;
	return rules_add_hold(r, &is, false);
}

GPtrArray *rules_open_holds(struct rules *r, struct base_id buyer)
{
	return g_hash_table_lookup(r->buyers, &buyer);
}

struct rules_purchase *rules_add_purchase(struct rules *r, const struct store_purchase *is, bool fresh)
{
	struct rules_purchase *purchase = g_new0(struct rules_purchase, 1);
	purchase->is = *is;
	enter(r, &purchase->row, RULES_PURCHASE, is->order.id, fresh);
	if (is->order.state == STORE_ORDER_PAYING || is->refund == STORE_REFUND_OWED)
		g_hash_table_add(r->unsettled, g_memdup2(&is->order.id, sizeof(is->order.id)));
	return purchase;
}

struct rules_purchase *rules_purchase(struct rules *r, struct base_id id)
{
	struct rules_purchase *purchase = look(r, RULES_PURCHASE, id);
	if (purchase || base_id_is_zero(id) || !r->source.purchase)
		return purchase;
	struct store_purchase is;
	if (!found(r, r->source.purchase(r->source.ctx, id, &is)))
		return NULL;
	r->looked_back++;
	return rules_add_purchase(r, &is, false);
}

const struct store_key *rules_key(struct rules *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES])
{
	struct store_key wanted = {.account = account};
	memcpy(wanted.key, key, STORE_KEY_BYTES);
	struct store_key *used = g_hash_table_lookup(r->keys, &wanted);
	if (used || !r->source.key)
		return used && base_id_is_zero(used->object) ? NULL : used;
	if (!found(r, r->source.key(r->source.ctx, account, key, &wanted)))
		return NULL;
	used = g_memdup2(&wanted, sizeof(wanted));
	g_hash_table_add(r->keys, used);
	return used;
}

void rules_use_key(struct rules *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES],
                   const uint8_t body[STORE_KEY_BYTES], struct base_id object)
{
	struct rules_record *record = rules_record(r, RULES_KEY);
	record->key.account = account;
	record->key.object = object;
	memcpy(record->key.key, key, STORE_KEY_BYTES);
	memcpy(record->key.body, body, STORE_KEY_BYTES);
	g_hash_table_add(r->keys, g_memdup2(&record->key, sizeof(record->key)));
}

void rules_drop_key(struct rules *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES])
{
	struct rules_record *record = rules_record(r, RULES_KEY_DELETE);
	record->key.account = account;
	memcpy(record->key.key, key, STORE_KEY_BYTES);
	/* Without an object: known to be free, though the store still has it until the commit. */
	g_hash_table_add(r->keys, g_memdup2(&record->key, sizeof(record->key)));
}
