/* Who waits for what others hold: one queue a stock, in the order of coming, served as soon as units are free. */
#include <string.h>

#include "show/verbs.h"

struct rules_queue *rules_queue(struct rules *r, struct base_id listing, struct base_id variant)
{
	const struct rules_queue wanted = {.listing = listing, .variant = variant};
	return g_hash_table_lookup(r->queues, &wanted);
}

int64_t rules_waits_of_listing(struct rules *r, struct rules_listing *listing)
{
	const struct rules_queue *own = rules_queue(r, listing->row.id, (struct base_id){{0}});
	int64_t count = own ? own->entries->len : 0;
	if (listing->is.variants == 0 || g_hash_table_size(r->queues) == 0)
		return count;
	GPtrArray *variants = rules_variants(r, listing);
	for (guint i = 0; i < variants->len; i++) {
		const struct rules_variant *variant = g_ptr_array_index(variants, i);
		const struct rules_queue *queue = rules_queue(r, listing->row.id, variant->row.id);
		count += queue ? queue->entries->len : 0;
	}
	return count;
}

GPtrArray *rules_waits_of_buyer(struct rules *r, struct base_id buyer)
{
	return g_hash_table_size(r->waiters) ? g_hash_table_lookup(r->waiters, &buyer) : NULL;
}

static struct rules_queue *queue_for(struct rules *r, const struct store_waiting *is)
{
	struct rules_queue *queue = rules_queue(r, is->listing, is->variant);
	if (queue)
		return queue;
	queue = g_new0(struct rules_queue, 1);
	queue->listing = is->listing;
	queue->variant = is->variant;
	queue->entries = g_ptr_array_new();
	g_hash_table_add(r->queues, queue);
	return queue;
}

/* Places from there on are new, for who is behind as well. */
static void renumber(struct rules *r, const struct rules_queue *queue, guint from)
{
	for (guint i = from; i < queue->entries->len; i++) {
		struct rules_waiting *waiting = g_ptr_array_index(queue->entries, i);
		if (waiting->is.place == (int64_t)i + 1)
			continue;
		waiting->is.place = (int64_t)i + 1;
		rules_note(r, SHOW_EVENT_WAITING, &waiting->row);
	}
}

/* By id: as a rule the last, but the clock may have been set back over a restart. */
static void enqueue(struct rules *r, struct rules_waiting *waiting)
{
	struct rules_queue *queue = queue_for(r, &waiting->is);
	guint at = queue->entries->len;
	for (; at > 0; at--) {
		const struct rules_waiting *before = g_ptr_array_index(queue->entries, at - 1);
		if (memcmp(before->row.id.bytes, waiting->row.id.bytes, BASE_ID_BYTES) < 0)
			break;
	}
	waiting->queue = queue;
	g_ptr_array_insert(queue->entries, (gint)at, waiting);
	rules_list_add(r->waiters, waiting->is.buyer.id, waiting);
	renumber(r, queue, at);
}

static void watch(struct rules *r, struct rules_waiting *waiting, int64_t until_us)
{
	if (!g_hash_table_contains(r->present, &waiting->is.buyer.id))
		rules_deadline_set(r, &waiting->absent, &waiting->row, until_us);
}

static void fill_waiting(struct rules *r, const struct rules_now *now, const struct rules_offer *offer,
                         struct store_waiting *is)
{
	*is = (struct store_waiting){.id = base_id_new(),
	                             .listing = offer->stock.listing->row.id,
	                             .buyer = rules_account(r, offer->buyer)->is.person,
	                             .quantity = offer->quantity,
	                             .price = offer->price,
	                             .state = STORE_WAITING,
	                             .created_ms = now->ms};
	if (offer->show) {
		is->show = offer->show->row.id;
		is->item = offer->item->row.id;
	}
	if (offer->stock.variant) {
		is->variant = offer->stock.variant->row.id;
		rules_variant_name(offer->stock.variant, is->variant_name, sizeof(is->variant_name));
	}
	memcpy(is->title, offer->stock.listing->is.title, sizeof(is->title));
}

struct rules_waiting *rules_wait_join(struct rules *r, const struct rules_now *now, const struct rules_offer *offer)
{
	struct store_waiting is;
	fill_waiting(r, now, offer, &is);
	struct rules_waiting *waiting = rules_add_waiting(r, &is, true);
	enqueue(r, waiting);
	watch(r, waiting, now->us + r->limits.wait_absent_us);
	rules_note_items_of(r, is.listing);
	return waiting;
}

void rules_resume_waiting(struct rules *r, const struct rules_now *now, const struct store_waiting *is)
{
	struct rules_waiting *waiting = rules_add_waiting(r, is, false);
	int64_t before_us = rules_clock_before(r, is->id);
	waiting->is.place = 0;
	waiting->row.noted = true; /* nothing changed: who waits is not told anew */
	enqueue(r, waiting);
	waiting->row.noted = false;
	watch(r, waiting, before_us == INT64_MIN ? now->us + r->limits.wait_absent_us : before_us);
}

void rules_wait_end(struct rules *r, struct rules_waiting *waiting, enum store_waiting_state state)
{
	struct rules_queue *queue = waiting->queue;
	guint at = (guint)waiting->is.place - 1;
	rules_deadline_clear(r, &waiting->absent);
	rules_list_remove(r->waiters, waiting->is.buyer.id, waiting);
	g_ptr_array_remove_index(queue->entries, at);
	waiting->queue = NULL;
	waiting->is.state = state;
	waiting->is.place = 0;
	rules_touch(r, &waiting->row);
	rules_note(r, SHOW_EVENT_WAITING, &waiting->row);
	renumber(r, queue, at);
	if (queue->entries->len == 0)
		g_hash_table_remove(r->queues, queue);
	rules_note_items_of(r, waiting->is.listing);
}

void rules_void_waits(struct rules *r, struct base_id buyer, const struct base_id *show)
{
	GPtrArray *waits = rules_waits_of_buyer(r, buyer);
	g_autoptr(GPtrArray) ended = g_ptr_array_new();
	for (guint i = 0; waits && i < waits->len; i++) {
		struct rules_waiting *waiting = g_ptr_array_index(waits, i);
		if (!show || base_id_equal(waiting->is.show, *show))
			g_ptr_array_add(ended, waiting);
	}
	for (guint i = 0; i < ended->len; i++)
		rules_wait_end(r, g_ptr_array_index(ended, i), STORE_WAITING_LEFT);
}

void rules_wait_leave(const struct rules_case *c)
{
	struct rules_waiting *waiting = rules_waiting(c->r, c->command->waiting_id);
	if (!waiting) {
		rules_refuse(c->answer, SHOW_NOT_FOUND, "nobody waits there");
		return;
	}
	if (!base_id_equal(waiting->is.buyer.id, c->command->actor)) {
		rules_refuse(c->answer, SHOW_FORBIDDEN, "this place is somebody else's");
		return;
	}
	c->answer->waiting = waiting->row.id;
	if (waiting->is.state == STORE_WAITING)
		rules_wait_end(c->r, waiting, STORE_WAITING_LEFT);
	else if (waiting->is.state == STORE_WAITING_LEFT)
		c->answer->repeated = true;
	else
		rules_refuse(c->answer, SHOW_EXPIRED, "you no longer wait for this");
}

void rules_presence(struct rules *r, const struct rules_now *now, struct base_id account, bool present)
{
	GPtrArray *waits = rules_waits_of_buyer(r, account);
	if (present)
		g_hash_table_add(r->present, g_memdup2(&account, sizeof(account)));
	else
		g_hash_table_remove(r->present, &account);
	for (guint i = 0; waits && i < waits->len; i++) {
		struct rules_waiting *waiting = g_ptr_array_index(waits, i);
		if (present)
			rules_deadline_clear(r, &waiting->absent);
		else if (!waiting->absent.queued)
			watch(r, waiting, now->us + r->limits.wait_absent_us);
	}
}
