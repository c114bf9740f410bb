/* Finding people, listings, shows and items in memory or through the source, and adding them. */
#include "show/rows.h"

#include <errno.h>
#include <string.h>

#include "show/pool.h"

#define LOOKED 1024           /* about a batch */
#define LOOKED_ACCOUNTS 65536 /* all of them, mostly: who acts is looked up for each command */

static size_t places_of(enum rules_kind kind)
{
	return kind == RULES_ACCOUNT ? LOOKED_ACCOUNTS : LOOKED;
}

/* The ends of ids count upwards, so those of a batch mostly get a place of their own each. */
static struct rules_row **place_of(struct rules *r, enum rules_kind kind, struct base_id id)
{
	size_t end = (size_t)id.bytes[BASE_ID_BYTES - 2] << 8 | id.bytes[BASE_ID_BYTES - 1];
	return &r->looked[kind][end % places_of(kind)];
}

void rows_init(struct rules *r)
{
	for (int kind = 0; kind < RULES_KINDS; kind++)
		r->looked[kind] = g_new0(struct rules_row *, places_of(kind));
}

void rows_finish(struct rules *r)
{
	for (int kind = 0; kind < RULES_KINDS; kind++)
		g_free(r->looked[kind]);
}

void rows_overlook(struct rules *r, enum rules_kind kind)
{
	memset(r->looked[kind], 0, places_of(kind) * sizeof(*r->looked[kind]));
}

void *rows_look(struct rules *r, enum rules_kind kind, struct base_id id)
{
	struct rules_row **place = place_of(r, kind, id);
	if (*place && base_id_equal((*place)->id, id))
		return *place;
	struct rules_row *row = g_hash_table_lookup(r->rows[kind], &id);
	if (row)
		*place = row;
	return row;
}

void rows_enter(struct rules *r, struct rules_row *row, enum rules_kind kind, struct base_id id, bool fresh)
{
	row->id = id;
	row->kind = kind;
	row->fresh = fresh;
	g_hash_table_insert(r->rows[kind], &row->id, row);
	*place_of(r, kind, id) = row;
	if (fresh)
		rules_touch(r, row);
}

void rows_leave(struct rules *r, struct rules_row *row)
{
	struct rules_row **place = place_of(r, row->kind, row->id);
	if (*place == row)
		*place = NULL;
	g_hash_table_remove(r->rows[row->kind], &row->id);
}

bool rows_found(struct rules *r, int result)
{
	if (result < 0 && result != -ENOENT && !r->error)
		r->error = result;
	return result == 0;
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
	struct rules_account *account = pool_take(r->account_pool);
	account->is = *is;
	fold(is->person.username, account->folded);
	rows_enter(r, &account->row, RULES_ACCOUNT, is->person.id, fresh);
	g_hash_table_insert(r->names, account->folded, account);
	return account;
}

struct rules_account *rules_account(struct rules *r, struct base_id id)
{
	struct rules_account *account = rows_look(r, RULES_ACCOUNT, id);
	struct store_account is;
	if (account || base_id_is_zero(id) || !r->source.account ||
	    !rows_found(r, r->source.account(r->source.ctx, id, &is)))
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
	    !rows_found(r, r->source.account_by_username(r->source.ctx, username, &is)))
		return account;
	account = rows_look(r, RULES_ACCOUNT, is.person.id);
	return account ? account : rules_add_account(r, &is, false);
}

struct rules_listing *rules_add_listing(struct rules *r, const struct store_listing *is, bool fresh)
{
	struct rules_listing *listing = g_new0(struct rules_listing, 1);
	listing->is = *is;
	listing->items_known = fresh;
	rows_enter(r, &listing->row, RULES_LISTING, is->id, fresh);
	return listing;
}

struct rules_listing *rules_listing(struct rules *r, struct base_id id)
{
	struct rules_listing *listing = rows_look(r, RULES_LISTING, id);
	if (listing || base_id_is_zero(id) || !r->source.listing)
		return listing;
	g_autofree struct store_listing *is = g_new0(struct store_listing, 1);
	return rows_found(r, r->source.listing(r->source.ctx, id, is)) ? rules_add_listing(r, is, false) : NULL;
}

struct rules_variant *rules_add_variant(struct rules *r, struct rules_listing *listing, const struct store_variant *is,
                                        bool fresh)
{
	struct rules_variant *variant = g_new0(struct rules_variant, 1);
	variant->is = *is;
	rows_enter(r, &variant->row, RULES_VARIANT, is->id, fresh);
	g_ptr_array_add(listing->variants, variant);
	return variant;
}

struct loading_variants {
	struct rules *r;
	struct rules_listing *listing;
};

static void add_loaded_variant(const struct store_variant *is, void *arg)
{
	struct loading_variants *loading = arg;
	rules_add_variant(loading->r, loading->listing, is, false);
}

GPtrArray *rules_variants(struct rules *r, struct rules_listing *listing)
{
	if (listing->variants)
		return listing->variants;
	listing->variants = g_ptr_array_new();
	struct loading_variants loading = {r, listing};
	if (!listing->row.fresh && r->source.variants)
		rows_found(r, r->source.variants(r->source.ctx, listing->row.id, add_loaded_variant, &loading));
	return listing->variants;
}

struct rules_variant *rules_variant(struct rules *r, struct rules_listing *listing, struct base_id id)
{
	if (base_id_is_zero(id))
		return NULL;
	rules_variants(r, listing);
	struct rules_variant *variant = rows_look(r, RULES_VARIANT, id);
	return variant && base_id_equal(variant->is.listing, listing->row.id) ? variant : NULL;
}

struct rules_show *rules_add_show(struct rules *r, const struct store_show *is, bool fresh)
{
	struct rules_show *show = g_new0(struct rules_show, 1);
	show->is = *is;
	rows_enter(r, &show->row, RULES_SHOW, is->id, fresh);
	return show;
}

struct rules_show *rules_show(struct rules *r, struct base_id id)
{
	struct rules_show *show = rows_look(r, RULES_SHOW, id);
	struct store_show is;
	if (show || base_id_is_zero(id) || !r->source.show || !rows_found(r, r->source.show(r->source.ctx, id, &is)))
		return show;
	return rules_add_show(r, &is, false);
}

struct rules_item *rules_add_item(struct rules *r, struct rules_show *show, const struct store_item_row *is, bool fresh)
{
	struct rules_item *item = g_new0(struct rules_item, 1);
	item->is = item->stored = *is;
	rows_enter(r, &item->row, RULES_ITEM, is->id, fresh);
	g_ptr_array_add(show->items, item);
	rules_list_add(r->sellers, is->listing, item);
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
		rows_found(r, r->source.items(r->source.ctx, show->row.id, add_loaded_item, &loading));
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
		listing->items_known = rows_found(r, r->source.shows_selling(r->source.ctx, id, add_show_id, shows));
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
	struct rules_item *item = rows_look(r, RULES_ITEM, id);
	struct store_item_row is;
	if (item || base_id_is_zero(id) || !r->source.item || !rows_found(r, r->source.item(r->source.ctx, id, &is)))
		return item;
	struct rules_show *show = rules_show(r, is.show);
	if (show)
		rules_show_items(r, show);
	return rows_look(r, RULES_ITEM, id);
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
		rows_found(r, r->source.moderation(r->source.ctx, show->row.id, add_loaded_moderation, &loading));
	return show->moderation;
}

struct store_moderated *rules_moderated(struct rules *r, struct rules_show *show, struct base_id account)
{
	GHashTable *moderation = moderation_of(r, show);
	return g_hash_table_size(moderation) ? g_hash_table_lookup(moderation, &account) : NULL;
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

static gint by_id(gconstpointer a, gconstpointer b)
{
	const struct rules_row *x = *(struct rules_row *const *)a, *y = *(struct rules_row *const *)b;
	return memcmp(x->id.bytes, y->id.bytes, BASE_ID_BYTES);
}

static void add_loaded_show(const struct store_show *is, void *arg)
{
	struct rules *r = arg;
	if (!rows_look(r, RULES_SHOW, is->id))
		rules_add_show(r, is, false);
}

GPtrArray *rules_shows_of(struct rules *r, struct base_id host)
{
	GPtrArray *shows = g_ptr_array_new();
	GHashTableIter iter;
	gpointer value;
	if (r->source.shows_of)
		rows_found(r, r->source.shows_of(r->source.ctx, host, add_loaded_show, r));
	g_hash_table_iter_init(&iter, r->rows[RULES_SHOW]);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct rules_show *show = value;
		if (base_id_equal(show->is.host.id, host) && show->is.state != STORE_SHOW_ENDED)
			g_ptr_array_add(shows, value);
	}
	g_ptr_array_sort(shows, by_id);
	return shows;
}

bool rules_is_blocked(struct rules *r, struct base_id owner, struct base_id host)
{
	struct store_block wanted = {.owner = owner, .host = host};
	struct store_block *known = g_hash_table_lookup(r->blocks, &wanted);
	if (known)
		return known->blocked;
	wanted.blocked = r->source.block && rows_found(r, r->source.block(r->source.ctx, owner, host));
	g_hash_table_add(r->blocks, g_memdup2(&wanted, sizeof(wanted)));
	return wanted.blocked;
}

void rules_block_put(struct rules *r, const struct store_block *block)
{
	g_hash_table_add(r->blocks, g_memdup2(block, sizeof(*block)));
	rules_record(r, RULES_BLOCK)->block = *block;
}
