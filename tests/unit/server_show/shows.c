/* Accounts, listings, shows and the run of show on a fake clock. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct show_command *on_show(const struct world *w, enum show_verb verb)
{
	struct show_command *command = show_command_new(verb);
	command->show_id = w->show;
	command->item_id = w->item;
	return command;
}

static const struct store_show *show_of(struct world *w)
{
	return &rules_show(&w->r, w->show)->is;
}

static struct base_id add_item(struct world *w, struct base_id seller, int64_t price)
{
	struct show_command *make = show_command_new(SHOW_LISTING_CREATE);
	snprintf(make->listing.title, sizeof(make->listing.title), "Hat");
	snprintf(make->listing.currency, sizeof(make->listing.currency), "EUR");
	make->listing.price = price;
	make->listing.available = 5;
	struct show_command *add = on_show(w, SHOW_ITEM_ADD);
	add->listing_id = world_do(w, make, seller).listing;
	return world_do(w, add, w->host).item;
}

static void test_start_and_end(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 1);
	assert_int_equal(show_of(&w)->state, STORE_SHOW_LIVE);
	assert_int_equal(show_of(&w)->started_ms, w.now.ms);
	assert_true(world_do(&w, on_show(&w, SHOW_START), w.host).repeated);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_END), w.buyers[0]).code, SHOW_FORBIDDEN);
	world_do(&w, on_show(&w, SHOW_FEATURE), w.host);
	world_pass(&w, MINUTE_US);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_END), w.admin).code, SHOW_OK);
	assert_int_equal(show_of(&w)->state, STORE_SHOW_ENDED);
	assert_int_equal(show_of(&w)->ended_ms, w.now.ms);
	assert_true(base_id_is_zero(show_of(&w)->featured));
	assert_true(world_do(&w, on_show(&w, SHOW_END), w.host).repeated);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_START), w.host).code, SHOW_INVALID);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_NEW_KEY), w.host).code, SHOW_INVALID);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_FEATURE), w.host).code, SHOW_NOT_LIVE);
	world_close(&w);
}

static void test_publish_key_is_new_each_time(void **state)
{
	struct world w;
	char before[48];
	world_open(&w, *state != NULL, 1);
	memcpy(before, show_of(&w)->publish_key, sizeof(before));
	assert_int_equal(strlen(before), 43); /* 256 bits in base64 */
	assert_int_equal(world_do(&w, on_show(&w, SHOW_NEW_KEY), w.seller).code, SHOW_FORBIDDEN);
	assert_string_equal(show_of(&w)->publish_key, before);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_NEW_KEY), w.host).code, SHOW_OK);
	assert_string_not_equal(show_of(&w)->publish_key, before);
	world_close(&w);
}

static void test_publish_key_may_be_revoked(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 1);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_DROP_KEY), w.seller).code, SHOW_FORBIDDEN);
	assert_int_equal(strlen(show_of(&w)->publish_key), 43);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_DROP_KEY), w.host).code, SHOW_OK);
	assert_string_equal(show_of(&w)->publish_key, "");
	assert_true(world_do(&w, on_show(&w, SHOW_DROP_KEY), w.host).repeated);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_NEW_KEY), w.host).code, SHOW_OK);
	assert_int_equal(strlen(show_of(&w)->publish_key), 43);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_END), w.host).code, SHOW_OK);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_DROP_KEY), w.host).code, SHOW_INVALID);
	world_close(&w);
}

static size_t events_of(struct world *w, enum show_event_type type)
{
	size_t count = 0;
	for (guint i = 0; i < w->r.events->len; i++)
		count += g_array_index(w->r.events, struct rules_event, i).type == type;
	return count;
}

/* Decides, and looks at the events before they are gone. */
static size_t events_after(struct world *w, struct show_command *command, struct base_id actor,
                           enum show_event_type type)
{
	struct rules_answer answer;
	command->actor = actor;
	rules_decide(&w->r, &w->now, command, NULL, &answer);
	free(command);
	size_t count = events_of(w, type);
	world_commit(w);
	return count;
}

static void test_feature(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 1);
	assert_int_equal(events_after(&w, on_show(&w, SHOW_FEATURE), w.host, SHOW_EVENT_FEATURED), 1);
	assert_true(base_id_equal(show_of(&w)->featured, w.item));
	assert_int_equal(events_after(&w, on_show(&w, SHOW_FEATURE), w.host, SHOW_EVENT_FEATURED), 0); /* as it was */
	assert_int_equal(events_after(&w, on_show(&w, SHOW_FEATURE), w.buyers[0], SHOW_EVENT_FEATURED), 0);
	assert_int_equal(events_after(&w, on_show(&w, SHOW_UNFEATURE), w.host, SHOW_EVENT_FEATURED), 1);
	assert_true(base_id_is_zero(show_of(&w)->featured));
	struct show_command *foreign = on_show(&w, SHOW_FEATURE);
	foreign->item_id = w.listing;
	assert_int_equal(world_do(&w, foreign, w.host).code, SHOW_NOT_FOUND);
	world_close(&w);
}

static void test_claim_tells_room_and_item(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	assert_int_equal(events_after(&w, claim_of(&w, 1, WORLD_PRICE, "a"), w.buyers[0], SHOW_EVENT_CLAIMED), 1);
	assert_int_equal(events_after(&w, claim_of(&w, 1, WORLD_PRICE, "b"), w.buyers[0], SHOW_EVENT_ITEM), 1);
	assert_int_equal(rules_item(&w.r, w.item)->is.claimed, 2);
	world_close(&w);
}

/* A second show with the same listing. */
static struct base_id sell_elsewhere(struct world *w)
{
	struct show_command *create = show_command_new(SHOW_CREATE);
	snprintf(create->show.title, sizeof(create->show.title), "Saturday vintage");
	struct show_command *add = show_command_new(SHOW_ITEM_ADD);
	struct base_id show = add->show_id = world_do(w, create, w->host).show;
	add->listing_id = w->listing;
	assert_int_equal(world_do(w, add, w->host).code, SHOW_OK);
	return show;
}

static void test_stock_reaches_every_show_that_is_not_over(void **state)
{
	struct world w;
	world_open(&w, true, 3);
	sell_elsewhere(&w);
	struct show_command *end = show_command_new(SHOW_END);
	end->show_id = sell_elsewhere(&w);
	world_do(&w, end, w.host);
	assert_int_equal(events_after(&w, claim_of(&w, 1, WORLD_PRICE, "a"), w.buyers[0], SHOW_EVENT_ITEM), 2);
	world_restart(&w); /* brings but the live ones back into memory */
	assert_int_equal(events_after(&w, claim_of(&w, 1, WORLD_PRICE, "b"), w.buyers[0], SHOW_EVENT_ITEM), 2);
	world_restart(&w);
	struct show_command *withdraw = show_command_new(SHOW_LISTING_UPDATE);
	withdraw->listing_id = w.listing;
	withdraw->mask = SHOW_SET_COMMUNITY;
	assert_int_equal(events_after(&w, withdraw, w.seller, SHOW_EVENT_ITEM_REMOVED), 2);
	world_close(&w);
}

static void test_hold_of_an_ended_show_is_told_there(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	struct show_command *release = show_command_new(SHOW_RELEASE);
	release->hold_id = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	world_do(&w, on_show(&w, SHOW_END), w.host);
	assert_int_equal(events_after(&w, release, w.buyers[0], SHOW_EVENT_ITEM), 1);
	world_close(&w);
}

static void test_items(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	struct base_id second = add_item(&w, w.host, 100), third = add_item(&w, w.host, 200);
	assert_int_equal(rules_item(&w.r, third)->is.number, 3);
	struct show_command *twice = on_show(&w, SHOW_ITEM_ADD);
	twice->listing_id = rules_item(&w.r, second)->is.listing;
	assert_int_equal(world_do(&w, twice, w.host).code, SHOW_EXISTS);

	struct show_command *move = on_show(&w, SHOW_ITEM_UPDATE);
	move->item_id = third;
	move->mask = SHOW_SET_POSITION;
	move->position = 1;
	assert_int_equal(world_do(&w, move, w.host).code, SHOW_OK);
	assert_int_equal(rules_item(&w.r, third)->is.position, 1);
	assert_int_equal(rules_item(&w.r, w.item)->is.position, 2);
	assert_int_equal(rules_item(&w.r, second)->is.position, 3);

	struct show_command *last = on_show(&w, SHOW_ITEM_UPDATE);
	last->item_id = third;
	last->mask = SHOW_SET_POSITION;
	last->position = INT64_MAX;
	world_do(&w, last, w.host);
	assert_int_equal(rules_item(&w.r, third)->is.position, 3);

	world_do(&w, on_show(&w, SHOW_FEATURE), w.host);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_ITEM_REMOVE), w.host).code, SHOW_OK);
	assert_true(base_id_is_zero(show_of(&w)->featured));
	assert_int_equal(world_do(&w, on_show(&w, SHOW_ITEM_REMOVE), w.host).code, SHOW_NOT_FOUND);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "k").code, SHOW_NOT_LIVE);
	struct show_command *back = on_show(&w, SHOW_ITEM_ADD);
	back->listing_id = w.listing;
	struct rules_answer added = world_do(&w, back, w.host);
	assert_int_equal(added.code, SHOW_OK);
	assert_int_equal(rules_item(&w.r, added.item)->is.number, 4); /* numbers are never given twice */
	world_close(&w);
}

static void test_prices_out_of_bounds(void **state)
{
	static const int64_t bad[] = {-1, STORE_PRICE_MAX + 1, INT64_MAX, INT64_MIN, 999 /* below the owner's floor */};
	struct world w;
	world_open(&w, *state != NULL, 3);
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		struct show_command *command = on_show(&w, SHOW_ITEM_UPDATE);
		command->mask = SHOW_SET_PRICE;
		command->price = bad[i];
		assert_int_equal(world_do(&w, command, w.host).code, SHOW_INVALID);
		assert_int_equal(rules_item(&w.r, w.item)->is.price, WORLD_PRICE);
	}
	world_close(&w);
}

static struct rules_answer set_community(struct world *w, bool ok, int64_t floor)
{
	struct show_command *command = show_command_new(SHOW_LISTING_UPDATE);
	command->listing_id = w->listing;
	command->mask = SHOW_SET_COMMUNITY;
	command->listing.community = (struct store_community){.ok = ok, .floor = floor};
	return world_do(w, command, w->seller);
}

static void test_owner_withdraws(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	struct rules_answer held = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a");
	world_do(&w, on_show(&w, SHOW_FEATURE), w.host);
	assert_int_equal(set_community(&w, false, 0).code, SHOW_OK);
	assert_true(base_id_is_zero(show_of(&w)->featured));
	assert_int_equal(world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "b").code, SHOW_NOT_LIVE);
	assert_int_equal(world_hold_state(&w, held.hold), STORE_HOLD_ACTIVE); /* open holds stand */
	struct show_command *add = on_show(&w, SHOW_ITEM_ADD);
	add->listing_id = w.listing;
	assert_int_equal(world_do(&w, add, w.host).code, SHOW_FORBIDDEN);
	world_close(&w);
}

static void test_floor_raised_above_the_price(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	assert_int_equal(set_community(&w, true, WORLD_PRICE).code, SHOW_OK);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").code, SHOW_HELD);
	assert_int_equal(set_community(&w, true, WORLD_PRICE + 1).code, SHOW_OK);
	assert_int_equal(world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "b").code, SHOW_NOT_LIVE);
	world_close(&w);
}

static struct rules_answer adjust_stock(struct world *w, struct base_id actor, int64_t delta)
{
	struct show_command *command = show_command_new(SHOW_LISTING_UPDATE);
	command->listing_id = w->listing;
	command->mask = SHOW_SET_STOCK;
	command->stock_delta = delta;
	return world_do(w, command, actor);
}

static void test_stock_adjusted(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "a");
	assert_int_equal(adjust_stock(&w, w.seller, -2).code, SHOW_INVALID); /* two are held */
	assert_int_equal(adjust_stock(&w, w.host, 1).code, SHOW_FORBIDDEN);
	assert_int_equal(adjust_stock(&w, w.seller, INT64_MAX).code, SHOW_INVALID);
	assert_int_equal(adjust_stock(&w, w.seller, INT64_MIN).code, SHOW_INVALID);
	assert_int_equal(adjust_stock(&w, w.seller, STORE_COUNT_MAX).code, SHOW_INVALID);
	assert_int_equal(adjust_stock(&w, w.seller, 4).code, SHOW_OK);
	assert_int_equal(world_listing(&w)->available, 5);
	assert_int_equal(world_listing(&w)->adjusted, 7);
	world_close(&w);
}

static void test_bad_listings(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	for (int i = 0; i < 8; i++) {
		struct show_command *command = show_command_new(SHOW_LISTING_CREATE);
		struct store_listing *listing = &command->listing;
		snprintf(listing->title, sizeof(listing->title), "Hat");
		snprintf(listing->currency, sizeof(listing->currency), "EUR");
		if (i == 0)
			listing->title[0] = '\0';
		else if (i == 1)
			memset(listing->title, 'x', sizeof(listing->title));
		else if (i == 2)
			listing->price = STORE_PRICE_MAX + 1;
		else if (i == 3)
			listing->price = -1;
		else if (i == 4)
			listing->available = -1;
		else if (i == 5)
			listing->available = STORE_COUNT_MAX + 1;
		else if (i == 6)
			listing->currency[0] = 'e';
		else
			listing->community.floor = -1;
		assert_int_equal(world_do(&w, command, w.seller).code, SHOW_INVALID);
	}
	world_close(&w);
}

static void test_show_ends_without_its_host(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	world_pass(&w, 60 * MINUTE_US);
	assert_int_equal(show_of(&w)->state, STORE_SHOW_LIVE); /* the picture is there */
	rules_picture(&w.r, &w.now, w.show, false);
	world_pass(&w, 9 * MINUTE_US);
	rules_picture(&w.r, &w.now, w.show, true); /* a phone call */
	world_pass(&w, 9 * MINUTE_US);
	rules_picture(&w.r, &w.now, w.show, false);
	world_pass(&w, 10 * MINUTE_US - 1);
	assert_int_equal(show_of(&w)->state, STORE_SHOW_LIVE);
	assert_int_equal(rules_next_us(&w.r), w.now.us + 1);
	world_pass(&w, 1);
	assert_int_equal(show_of(&w)->state, STORE_SHOW_ENDED);
	assert_int_equal(g_hash_table_size(w.r.hosts), 0);
	world_close(&w);
}

static void test_show_that_never_had_a_picture_ends(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	struct show_command *create = show_command_new(SHOW_CREATE);
	snprintf(create->show.title, sizeof(create->show.title), "Empty");
	struct base_id id = world_do(&w, create, w.host).show;
	world_pass(&w, 30 * MINUTE_US);
	struct show_command *start = show_command_new(SHOW_START);
	start->show_id = id;
	world_do(&w, start, w.host);
	world_pass(&w, 10 * MINUTE_US - 1);
	assert_int_equal(rules_show(&w.r, id)->is.state, STORE_SHOW_LIVE);
	world_pass(&w, 1);
	assert_int_equal(rules_show(&w.r, id)->is.state, STORE_SHOW_ENDED);
	world_close(&w);
}

static void test_accounts(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	struct show_command *taken = show_command_new(SHOW_ACCOUNT_CREATE);
	snprintf(taken->account.person.username, sizeof(taken->account.person.username), "BUYER3");
	assert_int_equal(world_do(&w, taken, (struct base_id){{0}}).code, SHOW_EXISTS);
	struct show_command *nameless = show_command_new(SHOW_ACCOUNT_CREATE);
	assert_int_equal(world_do(&w, nameless, (struct base_id){{0}}).code, SHOW_INVALID);
	struct show_command *approve = show_command_new(SHOW_ACCOUNT_UPDATE);
	approve->account_id = w.buyers[0];
	approve->mask = SHOW_SET_HOSTING;
	approve->account.hosting = STORE_HOSTING_APPROVED;
	approve->account.role = STORE_ADMIN; /* not in the mask */
	struct rules_answer answer = world_do(&w, approve, w.admin);
	struct show_result result = {0};
	rules_fill_result(&w.r, &answer, &result);
	assert_int_equal(result.account.hosting, STORE_HOSTING_APPROVED);
	assert_int_equal(result.account.role, STORE_USER);
	assert_string_equal(result.account.password_hash, "");
	world_close(&w);
}

static void test_unknown_verb_and_strangers(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	assert_int_equal(world_do(&w, show_command_new(SHOW_VERBS), w.host).code, SHOW_INVALID);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_FEATURE), w.item).code, SHOW_NOT_FOUND);
	for (int verb = 0; verb < SHOW_VERBS; verb++) { /* empty commands change nothing and break nothing */
		struct rules_answer answer = world_do(&w, show_command_new((enum show_verb)verb), w.buyers[0]);
		bool harmless = verb == SHOW_SESSION_DELETE;
		assert_int_equal(answer.code == SHOW_OK, harmless);
	}
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_start_and_end),
	        BOTH(test_publish_key_is_new_each_time),
	        BOTH(test_publish_key_may_be_revoked),
	        BOTH(test_feature),
	        BOTH(test_claim_tells_room_and_item),
	        cmocka_unit_test(test_stock_reaches_every_show_that_is_not_over),
	        BOTH(test_hold_of_an_ended_show_is_told_there),
	        BOTH(test_items),
	        BOTH(test_prices_out_of_bounds),
	        BOTH(test_owner_withdraws),
	        BOTH(test_floor_raised_above_the_price),
	        BOTH(test_stock_adjusted),
	        BOTH(test_bad_listings),
	        BOTH(test_show_ends_without_its_host),
	        BOTH(test_show_that_never_had_a_picture_ends),
	        BOTH(test_accounts),
	        BOTH(test_unknown_verb_and_strangers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
