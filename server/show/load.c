#include "show/load.h"

#include <errno.h>

#define NOTICES_PAGE 100

static int find_account(void *ctx, struct base_id id, struct store_account *out)
{
	return store_account_by_id(store_writer_reads(ctx), id, out);
}

static int find_username(void *ctx, const char *username, struct store_account *out)
{
	return store_account_by_username(store_writer_reads(ctx), username, out);
}

static int find_listing(void *ctx, struct base_id id, struct store_listing *out)
{
	return store_listing_by_id(store_writer_reads(ctx), id, out);
}

static int find_variants(void *ctx, struct base_id listing, void (*visit)(const struct store_variant *, void *),
                         void *arg)
{
	return store_variants_all(store_writer_reads(ctx), listing, visit, arg);
}

static int find_show(void *ctx, struct base_id id, struct store_show *out)
{
	return store_show_by_id(store_writer_reads(ctx), id, out);
}

static int find_item(void *ctx, struct base_id id, struct store_item_row *out)
{
	return store_item_row_by_id(store_writer_reads(ctx), id, out);
}

static int find_items(void *ctx, struct base_id show, void (*visit)(const struct store_item_row *, void *), void *arg)
{
	return store_item_rows(store_writer_reads(ctx), show, visit, arg);
}

static int find_shows_selling(void *ctx, struct base_id listing, void (*visit)(struct base_id, void *), void *arg)
{
	return store_shows_selling(store_writer_reads(ctx), listing, visit, arg);
}

static int find_shows_of(void *ctx, struct base_id host, void (*visit)(const struct store_show *, void *), void *arg)
{
	struct store_reader *reads = store_writer_reads(ctx);
	int error = store_shows(reads, STORE_SHOW_SCHEDULED, &host, SIZE_MAX, visit, arg);
	return error ? error : store_shows(reads, STORE_SHOW_LIVE, &host, SIZE_MAX, visit, arg);
}

static int find_moderation(void *ctx, struct base_id show, void (*visit)(struct base_id, int64_t, bool, void *),
                           void *arg)
{
	return store_moderation(store_writer_reads(ctx), show, visit, arg);
}

static int find_block(void *ctx, struct base_id owner, struct base_id host)
{
	return store_block_find(store_writer_reads(ctx), owner, host);
}

struct told {
	struct base_id show, listing;
	int64_t since_ms;
	struct base_id last; /* of the page */
	bool found, over;
};

static void look_for_featured(const struct store_notice *notice, void *arg)
{
	struct told *told = arg;
	told->last = notice->id;
	told->over = notice->at_ms < told->since_ms;
	told->found =
	        told->found || (notice->code == STORE_NOTICE_FEATURED && base_id_equal(notice->show, told->show) &&
	                        base_id_equal(notice->listing, told->listing));
}

/* Newest first and page by page, back to when the show began. */
static int find_featured(void *ctx, struct base_id owner, const struct store_show *show, struct base_id listing)
{
	struct told told = {.show = show->id, .listing = listing, .since_ms = show->started_ms};
	struct base_id before = {{0}};
	int error = 0;
	do {
		const struct base_id *from = base_id_is_zero(before) ? NULL : &before;
		told.over = true; /* unless there is another one */
		error = store_notices(store_writer_reads(ctx), owner, from, NOTICES_PAGE, look_for_featured, &told);
		before = told.last;
	} while (!error && !told.found && !told.over);
	return error ? error : told.found ? 0 : -ENOENT;
}

static int find_recording(void *ctx, struct base_id show, struct store_recording *out)
{
	return store_recording_by_show(store_writer_reads(ctx), show, out);
}

static int find_admins(void *ctx, void (*visit)(struct base_id, void *), void *arg)
{
	return store_admins(store_writer_reads(ctx), visit, arg);
}

static int find_hold(void *ctx, struct base_id id, struct store_hold *out)
{
	return store_hold_by_id(store_writer_reads(ctx), id, out);
}

static int find_waiting(void *ctx, struct base_id id, struct store_waiting *out)
{
	return store_waiting_by_id(store_writer_reads(ctx), id, out);
}

static int find_purchase(void *ctx, struct base_id id, struct store_purchase *out)
{
	return store_purchase_by_id(store_writer_reads(ctx), id, out);
}

static int find_holds_of(void *ctx, struct base_id order, void (*visit)(const struct store_hold *, void *), void *arg)
{
	return store_holds_of_order(store_writer_reads(ctx), order, visit, arg);
}

static int find_postings_of(void *ctx, struct base_id order, void (*visit)(const struct store_posting *, void *),
                            void *arg)
{
	return store_postings_of_order(store_writer_reads(ctx), order, visit, arg);
}

static int find_key(void *ctx, struct base_id account, const uint8_t key[STORE_KEY_BYTES], struct store_key *out)
{
	return store_key_find(store_writer_reads(ctx), account, key, out);
}

static bool key_may_be(void *ctx, struct base_id account, const uint8_t key[STORE_KEY_BYTES])
{
	return store_key_may_be(store_writer_reads(ctx), account, key);
}

struct rules_source show_store_source(struct store *store)
{
	return (struct rules_source){.account = find_account,
	                             .account_by_username = find_username,
	                             .listing = find_listing,
	                             .variants = find_variants,
	                             .show = find_show,
	                             .item = find_item,
	                             .items = find_items,
	                             .shows_selling = find_shows_selling,
	                             .shows_of = find_shows_of,
	                             .moderation = find_moderation,
	                             .block = find_block,
	                             .featured = find_featured,
	                             .recording = find_recording,
	                             .admins = find_admins,
	                             .hold = find_hold,
	                             .waiting = find_waiting,
	                             .purchase = find_purchase,
	                             .holds_of = find_holds_of,
	                             .postings_of = find_postings_of,
	                             .key_may_be = key_may_be,
	                             .key = find_key,
	                             .ctx = store};
}

struct loading {
	struct rules *r;
	const struct rules_now *now;
	int64_t hold_least_ms;
};

static void load_show(const struct store_show *is, void *ctx)
{
	struct loading *loading = ctx;
	struct rules_show *show = rules_add_show(loading->r, is, false);
	rules_show_items(loading->r, show);
	rules_watch_host(loading->r, loading->now, show);
	rules_resume_flashes(loading->r, loading->now, show);
}

static void load_hold(const struct store_hold *is, void *ctx)
{
	struct loading *loading = ctx;
	rules_resume_hold(loading->r, loading->now, is, loading->hold_least_ms);
}

static void load_waiting(const struct store_waiting *is, void *ctx)
{
	struct loading *loading = ctx;
	rules_resume_waiting(loading->r, loading->now, is);
}

static void load_purchase(const struct store_purchase *is, void *ctx)
{
	struct loading *loading = ctx;
	rules_resume_purchase(loading->r, loading->now, is, loading->hold_least_ms);
}

int show_load(struct rules *r, struct store *store, const struct rules_now *now, int64_t hold_least_ms)
{
	struct loading loading = {r, now, hold_least_ms};
	struct store_reader *reads = store_writer_reads(store);
	int error = store_shows(reads, STORE_SHOW_LIVE, NULL, SIZE_MAX, load_show, &loading);
	if (!error)
		error = store_holds_all_open(reads, load_hold, &loading);
	if (!error)
		error = store_waiting_all(reads, load_waiting, &loading);
	if (!error)
		error = store_purchases_open(reads, load_purchase, &loading);
	rules_loaded(r);
	return error ? error : r->error;
}
