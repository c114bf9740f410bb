/* The memory of the rules: tables, changes, events. */
#include "show/rows.h"

#include <string.h>

#include "show/pool.h"

static guint hash_id(gconstpointer key)
{
	guint hash; /* the last bytes of an id are random */
	memcpy(&hash, (const uint8_t *)key + BASE_ID_BYTES - sizeof(hash), sizeof(hash));
	return hash;
}

static gboolean equal_id(gconstpointer a, gconstpointer b)
{
	return base_id_equal(*(const struct base_id *)a, *(const struct base_id *)b);
}

/* Two ids, the first two fields of what it is the key of. */
static guint hash_pair(gconstpointer key)
{
	const uint8_t *second = (const uint8_t *)key + BASE_ID_BYTES;
	return hash_id(key) * 31 + hash_id(second);
}

static gboolean equal_pair(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, (size_t)2 * BASE_ID_BYTES) == 0;
}

static void free_show(gpointer data)
{
	struct rules_show *show = data;
	g_clear_pointer(&show->items, g_ptr_array_unref);
	g_clear_pointer(&show->moderation, g_hash_table_unref);
	g_clear_pointer(&show->featured, g_hash_table_unref);
	g_free(show);
}

static void free_listing(gpointer data)
{
	struct rules_listing *listing = data;
	g_clear_pointer(&listing->variants, g_ptr_array_unref);
	g_free(listing);
}

static void free_queue(gpointer data)
{
	struct rules_queue *queue = data;
	g_ptr_array_unref(queue->entries);
	g_free(queue);
}

GHashTable *rules_table_of_ids(void)
{
	return g_hash_table_new_full(hash_id, equal_id, NULL, g_free);
}

static GHashTable *table_of_lists(void)
{
	return g_hash_table_new_full(hash_id, equal_id, g_free, (GDestroyNotify)g_ptr_array_unref);
}

GHashTable *rules_set_of_ids(void)
{
	return g_hash_table_new_full(hash_id, equal_id, g_free, NULL);
}

static void free_hold(gpointer data)
{
	rules_deal_leave(((struct rules_hold *)data)->deal);
	pool_give(data);
}

static const GDestroyNotify free_row[RULES_KINDS] = {
        [RULES_ACCOUNT] = pool_give, [RULES_LISTING] = free_listing, [RULES_VARIANT] = g_free,
        [RULES_SHOW] = free_show,    [RULES_ITEM] = g_free,          [RULES_HOLD] = free_hold,
        [RULES_WAITING] = g_free,    [RULES_PURCHASE] = g_free,
};

static void make_tables(struct rules *r)
{
	for (int kind = 0; kind < RULES_KINDS; kind++)
		r->rows[kind] = g_hash_table_new_full(hash_id, equal_id, NULL, free_row[kind]);
	r->names = g_hash_table_new(g_str_hash, g_str_equal);
	r->sellers = table_of_lists();
	r->buyers = g_hash_table_new_full(hash_id, equal_id, NULL, rows_free_buyer);
	r->waiters = table_of_lists();
	r->queues = g_hash_table_new_full(hash_pair, equal_pair, NULL, free_queue);
	r->blocks = g_hash_table_new_full(hash_pair, equal_pair, NULL, g_free);
	r->keys = key_set_new();
	r->unsettled = rules_set_of_ids();
	r->deadlines = g_ptr_array_new();
	r->events = g_array_new(FALSE, FALSE, sizeof(struct rules_event));
	r->postings = g_array_new(FALSE, FALSE, sizeof(struct store_posting));
	r->freed = g_array_new(FALSE, FALSE, sizeof(struct rules_freed));
	r->told = g_array_new(FALSE, FALSE, sizeof(struct store_variant));
}

static void free_records(struct rules *r)
{
	while (r->record_first) {
		struct rules_record *next = r->record_first->next;
		g_free(r->record_first);
		r->record_first = next;
	}
	r->record_last = NULL;
}

static void free_tables(struct rules *r)
{
	free_records(r);
	g_array_free(r->told, TRUE);
	g_array_free(r->freed, TRUE);
	g_array_free(r->postings, TRUE);
	g_array_free(r->events, TRUE);
	g_ptr_array_unref(r->deadlines);
	g_hash_table_unref(r->unsettled);
	key_set_free(r->keys);
	g_hash_table_unref(r->blocks);
	g_hash_table_unref(r->queues);
	g_hash_table_unref(r->waiters);
	g_hash_table_unref(r->buyers);
	g_hash_table_unref(r->sellers);
	g_hash_table_unref(r->names);
	for (int kind = 0; kind < RULES_KINDS; kind++)
		g_hash_table_unref(r->rows[kind]);
	for (size_t i = 0; i < RULES_DEALS; i++)
		rules_deal_leave(g_steal_pointer(&r->deals[i]));
	r->dirty_first = r->dirty_last = NULL;
	for (int kind = 0; kind < RULES_KINDS; kind++)
		rows_overlook(r, kind);
}

void rules_init(struct rules *r, const struct rules_limits *limits, const struct rules_source *source)
{
	memset(r, 0, sizeof(*r));
	r->limits = *limits;
	if (source)
		r->source = *source;
	r->hold_pool = pool_new(sizeof(struct rules_hold));
	r->account_pool = pool_new(sizeof(struct rules_account));
	r->buyer_pool = pool_new(sizeof(struct rules_buyer));
	r->hosts = rules_table_of_ids();
	r->present = rules_set_of_ids();
	rows_init(r);
	make_tables(r);
}

void rules_finish(struct rules *r)
{
	free_tables(r);
	rows_finish(r);
	rules_loaded(r);
	pool_free(r->buyer_pool);
	pool_free(r->account_pool);
	pool_free(r->hold_pool);
	g_hash_table_unref(r->present);
	g_hash_table_unref(r->hosts);
}

void rules_list_add(GHashTable *table, struct base_id id, gpointer value)
{
	GPtrArray *list = g_hash_table_lookup(table, &id);
	if (!list) {
		list = g_ptr_array_new();
		g_hash_table_insert(table, g_memdup2(&id, sizeof(id)), list);
	}
	g_ptr_array_add(list, value);
}

void rules_list_remove(GHashTable *table, struct base_id id, gpointer value)
{
	GPtrArray *list = g_hash_table_lookup(table, &id);
	if (list && g_ptr_array_remove(list, value) && list->len == 0)
		g_hash_table_remove(table, &id);
}

/* A flash price of the batch that is given up: the store has none, or the one before. */
static bool was_never_true(const struct rules_row *row)
{
	return row->kind == RULES_ITEM && ((const struct rules_item *)row)->flash_fresh;
}

static void keep_clock(gpointer data, gpointer ctx)
{
	const struct rules_deadline *deadline = data;
	struct rules *r = ctx;
	if (was_never_true(deadline->owner))
		return;
	struct rules_clock clock = {deadline->owner->id, deadline->us};
	struct rules_clock *kept = g_memdup2(&clock, sizeof(clock));
	g_hash_table_insert(r->clocks, &kept->owner, kept);
}

/* Those that a batch which is given up took out of the queue, and those of holds that are paying. */
static void keep_unqueued(struct rules *r, const struct rules_deadline *deadline)
{
	if (!deadline->queued && deadline->owner)
		keep_clock((gpointer)deadline, r);
}

static void keep_clock_of_hold(gpointer key, gpointer value, gpointer ctx)
{
	keep_unqueued(ctx, &((struct rules_hold *)value)->deadline);
}

static void keep_clock_of_waiting(gpointer key, gpointer value, gpointer ctx)
{
	keep_unqueued(ctx, &((struct rules_waiting *)value)->absent);
}

static void keep_clock_of_purchase(gpointer key, gpointer value, gpointer ctx)
{
	keep_unqueued(ctx, &((struct rules_purchase *)value)->deadline);
}

int64_t rules_clock_before(const struct rules *r, struct base_id owner)
{
	const struct rules_clock *clock = r->clocks ? g_hash_table_lookup(r->clocks, &owner) : NULL;
	return clock ? clock->us : INT64_MIN;
}

void rules_loaded(struct rules *r)
{
	g_clear_pointer(&r->clocks, g_hash_table_unref);
}

void rules_forget(struct rules *r)
{
	rules_loaded(r);
	r->clocks = rules_table_of_ids();
	g_ptr_array_foreach(r->deadlines, keep_clock, r);
	g_hash_table_foreach(r->rows[RULES_HOLD], keep_clock_of_hold, r);
	g_hash_table_foreach(r->rows[RULES_WAITING], keep_clock_of_waiting, r);
	g_hash_table_foreach(r->rows[RULES_PURCHASE], keep_clock_of_purchase, r);
	free_tables(r);
	make_tables(r);
	r->error = 0;
	r->looked_back = 0;
}

bool rules_has_changes(const struct rules *r)
{
	return r->dirty_first || r->record_first;
}

void rules_touch(struct rules *r, struct rules_row *row)
{
	if (row->dirty)
		return;
	row->dirty = true;
	row->next_dirty = NULL;
	if (r->dirty_last)
		r->dirty_last->next_dirty = row;
	else
		r->dirty_first = row;
	r->dirty_last = row;
}

struct rules_record *rules_record(struct rules *r, enum rules_record_kind kind)
{
	struct rules_record *record = g_new0(struct rules_record, 1);
	record->kind = kind;
	if (r->record_last)
		r->record_last->next = record;
	else
		r->record_first = record;
	r->record_last = record;
	return record;
}

void rules_note(struct rules *r, enum show_event_type type, struct rules_row *row)
{
	if (row->noted)
		return;
	row->noted = true;
	struct rules_event event = {.type = type, .id = row->id, .noted = row};
	g_array_append_val(r->events, event);
}

void rules_tell(struct rules *r, enum show_event_type type, struct base_id show, struct base_id id,
                const struct rules_record *record)
{
	struct rules_event event = {.type = type, .show = show, .id = id, .record = record};
	g_array_append_val(r->events, event);
}

void rules_note_items_of(struct rules *r, struct base_id listing)
{
	GPtrArray *items = rules_items_selling(r, listing);
	for (guint i = 0; items && i < items->len; i++) {
		struct rules_item *item = g_ptr_array_index(items, i);
		const struct rules_show *show = rules_show(r, item->is.show);
		if (!item->is.removed && show && show->is.state != STORE_SHOW_ENDED)
			rules_note(r, SHOW_EVENT_ITEM, &item->row);
	}
}

static void clear_events(struct rules *r)
{
	for (guint i = 0; i < r->events->len; i++) {
		struct rules_row *noted = g_array_index(r->events, struct rules_event, i).noted;
		if (noted)
			noted->noted = false;
	}
	g_array_set_size(r->events, 0);
}

/* Closed holds and waits and settled orders are the store's alone from now on; without a store they stay. */
static void let_go_of_closed(struct rules *r, struct rules_row *row)
{
	if (row->kind == RULES_HOLD && r->source.hold && ((struct rules_hold *)row)->state > STORE_HOLD_PAYING)
		rows_leave(r, row);
	else if (row->kind == RULES_WAITING && r->source.waiting && !((struct rules_waiting *)row)->queue)
		rows_leave(r, row);
	else if (row->kind == RULES_PURCHASE && r->source.purchase && !g_hash_table_contains(r->unsettled, &row->id))
		rows_leave(r, row);
}

static void item_committed(struct rules_item *item)
{
	item->flash_fresh = false;
	item->stored = item->is;
}

void rules_committed(struct rules *r)
{
	clear_events(r);
	while (r->dirty_first) {
		struct rules_row *row = r->dirty_first;
		r->dirty_first = row->next_dirty;
		row->dirty = row->fresh = false;
		if (row->kind == RULES_LISTING)
			((struct rules_listing *)row)->texts_dirty = false;
		else if (row->kind == RULES_ITEM)
			item_committed((struct rules_item *)row);
		let_go_of_closed(r, row);
	}
	r->dirty_last = NULL;
	free_records(r);
	if (r->source.key)
		key_set_clear(r->keys);
	if (r->source.postings_of)
		g_array_set_size(r->postings, 0);
}
