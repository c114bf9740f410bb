#include "world.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct rules_limits limits = {.hold_ms = 300000,
                                           .hold_least_ms = 60000,
                                           .holds_per_buyer = 5,
                                           .units_per_item = 3,
                                           .wait_absent_us = 2 * MINUTE_US,
                                           .waits_per_listing = 8,
                                           .host_absent_us = 10 * MINUTE_US,
                                           .items_per_show = 6,
                                           .currency = "EUR"};

char *world_make_dir(void)
{
	char *dir = g_build_filename(g_get_tmp_dir(), "trunkshow-test-XXXXXX", NULL);
	assert_non_null(g_mkdtemp(dir));
	return dir;
}

void world_remove_dir(char *dir)
{
	GDir *listing = g_dir_open(dir, 0, NULL);
	const char *name;
	while (listing && (name = g_dir_read_name(listing))) {
		g_autofree char *path = g_build_filename(dir, name, NULL);
		g_unlink(path);
	}
	if (listing)
		g_dir_close(listing);
	g_rmdir(dir);
	g_free(dir);
}

static void open_store(struct world *w)
{
	char why[256];
	assert_int_equal(store_open(w->dir, why, sizeof(why), &w->store), 0);
}

static void open_rules(struct world *w)
{
	if (!w->dir) {
		rules_init(&w->r, &limits, NULL);
		return;
	}
	open_store(w);
	struct rules_source source = show_store_source(w->store);
	rules_init(&w->r, &limits, &source);
}

/* As the controller tells what changed. */
static void tell(struct world *w)
{
	struct show_event event = {0};
	memset(w->told, 0, sizeof(w->told));
	for (guint i = 0; i < w->r.events->len; i++) {
		rules_fill_event(&w->r, &g_array_index(w->r.events, struct rules_event, i), &event);
		w->told[event.type]++;
		if (event.type != SHOW_EVENT_NOTICE)
			continue;
		if (w->notices_count < WORLD_NOTICES)
			w->notices[w->notices_count] = event.notice;
		w->notices_count++;
	}
}

void world_commit(struct world *w)
{
	assert_int_equal(w->r.error, 0);
	const char *wrong = rules_check(&w->r);
	if (wrong)
		fail_msg("%s", wrong);
	if (w->store && rules_has_changes(&w->r)) {
		assert_int_equal(store_begin(w->store), 0);
		assert_int_equal(show_write(&w->r, w->store), 0);
		assert_int_equal(store_commit(w->store), 0);
	}
	tell(w);
	rules_committed(&w->r);
	rules_trim(&w->r);
}

void world_free(struct show_command *command)
{
	free(command->variants);
	free(command);
}

struct rules_answer world_do(struct world *w, struct show_command *command, struct base_id actor)
{
	struct rules_answer answer;
	command->actor = actor;
	rules_decide(&w->r, &w->now, command, "test_ok", &answer);
	world_free(command);
	world_commit(w);
	return answer;
}

static struct base_id make_account(struct world *w, const char *username, enum store_role role)
{
	struct show_command *command = show_command_new(SHOW_ACCOUNT_CREATE);
	snprintf(command->account.person.username, sizeof(command->account.person.username), "%s", username);
	snprintf(command->account.password_hash, sizeof(command->account.password_hash), "hash of %s", username);
	command->account.role = role;
	struct rules_answer answer = world_do(w, command, (struct base_id){{0}});
	assert_int_equal(answer.code, SHOW_OK);
	return answer.account;
}

static void make_people(struct world *w)
{
	w->admin = make_account(w, "admin", STORE_ADMIN);
	w->seller = make_account(w, "seller", STORE_USER);
	w->host = make_account(w, "host", STORE_USER);
	for (int i = 0; i < WORLD_BUYERS; i++) {
		char name[16];
		snprintf(name, sizeof(name), "buyer%d", i);
		w->buyers[i] = make_account(w, name, STORE_USER);
	}
}

struct base_id world_add_listing(struct world *w, int64_t price, int64_t stock)
{
	struct show_command *command = show_command_new(SHOW_LISTING_CREATE);
	struct store_listing *listing = &command->listing;
	snprintf(listing->title, sizeof(listing->title), "Denim jacket");
	snprintf(listing->currency, sizeof(listing->currency), "EUR");
	listing->price = price;
	listing->available = stock;
	listing->community = (struct store_community){.ok = true, .floor = 1000};
	struct rules_answer answer = world_do(w, command, w->seller);
	assert_int_equal(answer.code, SHOW_OK);
	return answer.listing;
}

static void make_show(struct world *w)
{
	struct show_command *create = show_command_new(SHOW_CREATE);
	snprintf(create->show.title, sizeof(create->show.title), "Friday vintage");
	w->show = world_do(w, create, w->host).show;
	struct show_command *add = show_command_new(SHOW_ITEM_ADD);
	add->show_id = w->show;
	add->listing_id = w->listing;
	struct rules_answer added = world_do(w, add, w->host);
	assert_int_equal(added.code, SHOW_OK);
	w->item = added.item;
	struct show_command *start = show_command_new(SHOW_START);
	start->show_id = w->show;
	assert_int_equal(world_do(w, start, w->host).code, SHOW_OK);
	rules_picture(&w->r, &w->now, w->show, true);
}

void world_open(struct world *w, bool with_store, int64_t stock)
{
	memset(w, 0, sizeof(*w));
	w->now = (struct rules_now){.us = 5 * MINUTE_US, .ms = INT64_C(1795288800000)};
	w->dir = with_store ? world_make_dir() : NULL;
	open_rules(w);
	make_people(w);
	w->listing = world_add_listing(w, WORLD_PRICE, stock);
	make_show(w);
}

void world_close(struct world *w)
{
	rules_finish(&w->r);
	store_close(w->store);
	if (w->dir)
		world_remove_dir(w->dir);
}

void world_pass(struct world *w, int64_t us)
{
	w->now.us += us;
	w->now.ms += us / 1000;
	rules_tick(&w->r, &w->now);
	world_commit(w);
}

void world_restart(struct world *w)
{
	rules_finish(&w->r);
	store_close(w->store);
	open_rules(w);
	w->now.us = 1000; /* another boot, another monotonic clock */
	assert_int_equal(show_load(&w->r, w->store, &w->now, limits.hold_least_ms), 0);
	world_commit(w);
}

struct show_command *world_claim_command(struct base_id show, struct base_id item, int64_t quantity, int64_t price,
                                         const char *key)
{
	struct show_command *command = show_command_new(SHOW_CLAIM);
	command->show_id = show;
	command->item_id = item;
	command->quantity = quantity;
	command->price = price;
	snprintf(command->key, sizeof(command->key), "%s", key);
	return command;
}

struct show_command *world_checkout_command(struct base_id seller, const char *key)
{
	struct show_command *command = show_command_new(SHOW_CHECKOUT);
	command->seller_id = seller;
	snprintf(command->address.name, sizeof(command->address.name), "Ada Example");
	snprintf(command->address.line1, sizeof(command->address.line1), "Long Street 1");
	snprintf(command->address.city, sizeof(command->address.city), "Berlin");
	snprintf(command->address.postcode, sizeof(command->address.postcode), "10115");
	snprintf(command->address.country, sizeof(command->address.country), "DE");
	snprintf(command->key, sizeof(command->key), "%s", key);
	return command;
}

struct show_command *claim_of(const struct world *w, int64_t quantity, int64_t price, const char *key)
{
	return world_claim_command(w->show, w->item, quantity, price, key);
}

struct show_command *checkout_of(const struct world *w, const char *key)
{
	return world_checkout_command(w->seller, key);
}

struct rules_answer world_claim(struct world *w, struct base_id buyer, int64_t quantity, int64_t price, const char *key)
{
	return world_do(w, claim_of(w, quantity, price, key), buyer);
}

struct rules_answer world_checkout(struct world *w, struct base_id buyer, const char *key)
{
	return world_do(w, checkout_of(w, key), buyer);
}

struct rules_answer world_settle(struct world *w, struct base_id order, enum pay_outcome outcome)
{
	struct pay_result result = {.outcome = outcome};
	struct rules_answer answer = {0};
	snprintf(result.reference, sizeof(result.reference), "%s", outcome == PAY_CAPTURED ? "ref" : "");
	snprintf(result.reason, sizeof(result.reason), "%s", outcome == PAY_DECLINED ? "declined" : "");
	rules_settle(&w->r, &w->now, order, &result, &answer);
	world_commit(w);
	return answer;
}

const struct store_listing *world_listing(struct world *w)
{
	return &rules_listing(&w->r, w->listing)->is;
}

void world_assert_stock(struct world *w, int64_t available, int64_t held, int64_t sold)
{
	assert_int_equal(world_listing(w)->available, available);
	assert_int_equal(world_listing(w)->held, held);
	assert_int_equal(world_listing(w)->sold, sold);
}

enum store_hold_state world_hold_state(struct world *w, struct base_id hold)
{
	return rules_hold(&w->r, hold)->state;
}

const struct store_hold *world_hold(struct world *w, struct base_id hold)
{
	rules_hold_fill(rules_hold(&w->r, hold), &w->hold);
	return &w->hold;
}

const struct store_notice *world_notice(const struct world *w, struct base_id account, enum store_notice_code code)
{
	assert_in_range(w->notices_count, 1, WORLD_NOTICES);
	const struct store_notice *last = &w->notices[w->notices_count - 1];
	assert_int_equal(last->code, code);
	assert_true(base_id_equal(last->account, account));
	return last;
}

struct rules_answer world_release(struct world *w, struct base_id buyer, struct base_id hold)
{
	struct show_command *command = show_command_new(SHOW_RELEASE);
	command->hold_id = hold;
	return world_do(w, command, buyer);
}

struct rules_answer world_restock(struct world *w, int64_t delta)
{
	struct show_command *command = show_command_new(SHOW_LISTING_UPDATE);
	command->listing_id = w->listing;
	command->mask = SHOW_SET_STOCK;
	command->stock_delta = delta;
	return world_do(w, command, w->seller);
}

void world_set_price(struct world *w, int64_t price)
{
	struct show_command *command = show_command_new(SHOW_ITEM_UPDATE);
	command->show_id = w->show;
	command->item_id = w->item;
	command->price = price;
	command->mask = SHOW_SET_PRICE;
	assert_int_equal(world_do(w, command, w->host).code, SHOW_OK);
}

void world_end_show(struct world *w)
{
	struct show_command *command = show_command_new(SHOW_END);
	command->show_id = w->show;
	assert_int_equal(world_do(w, command, w->host).code, SHOW_OK);
}

void world_ban(struct world *w, struct base_id account, bool banned)
{
	struct show_command *command = show_command_new(SHOW_MODERATE);
	command->show_id = w->show;
	command->account_id = account;
	command->mask = SHOW_SET_BANNED;
	command->banned = banned;
	assert_int_equal(world_do(w, command, w->host).code, SHOW_OK);
}

void world_ban_account(struct world *w, struct base_id account, bool banned)
{
	struct show_command *command = show_command_new(SHOW_ACCOUNT_UPDATE);
	command->account_id = account;
	command->mask = SHOW_SET_BANNED;
	command->account.banned = banned;
	assert_int_equal(world_do(w, command, w->admin).code, SHOW_OK);
}

enum store_waiting_state world_waiting_state(struct world *w, struct base_id waiting)
{
	return rules_waiting(&w->r, waiting)->is.state;
}

int64_t world_place(struct world *w, struct base_id waiting)
{
	return rules_waiting(&w->r, waiting)->is.place;
}
