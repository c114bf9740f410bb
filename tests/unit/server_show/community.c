/* Selling for others: terms, blocks, withdrawal, and what owner and host are told. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct show_command *on_show(const struct world *w, enum show_verb verb)
{
	struct show_command *command = show_command_new(verb);
	command->show_id = w->show;
	command->item_id = w->item;
	command->listing_id = w->listing;
	return command;
}

static struct rules_answer block(struct world *w, struct base_id host, bool blocked)
{
	struct show_command *command = show_command_new(SHOW_BLOCK);
	command->account_id = host;
	command->banned = blocked;
	return world_do(w, command, w->seller);
}

static size_t notices_of(const struct world *w, enum store_notice_code code)
{
	size_t count = 0;
	for (size_t i = 0; i < w->notices_count; i++)
		count += w->notices[i].code == code;
	return count;
}

/* A second show of the host's with the listing, scheduled. */
static struct base_id sell_elsewhere(struct world *w)
{
	struct show_command *create = show_command_new(SHOW_CREATE);
	snprintf(create->show.title, sizeof(create->show.title), "Saturday vintage");
	struct show_command *add = on_show(w, SHOW_ITEM_ADD);
	add->show_id = world_do(w, create, w->host).show;
	return world_do(w, add, w->host).item;
}

static void test_terms_are_frozen(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	struct base_id held = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	struct show_command *terms = on_show(&w, SHOW_LISTING_UPDATE);
	terms->mask = SHOW_SET_COMMUNITY;
	terms->listing.community = (struct store_community){.ok = true, .floor = 2000};
	world_do(&w, terms, w.seller);
	struct base_id later = world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "a").hold;
	if (*state)
		world_restart(&w);
	const struct store_terms *then = &world_hold(&w, held)->terms;
	assert_true(then->community);
	assert_true(base_id_equal(then->host, w.host));
	assert_int_equal(then->floor, 1000);
	assert_int_equal(world_hold(&w, later)->terms.floor, 2000);
	world_close(&w);
}

static void test_own_show_is_not_community(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	struct show_command *create = show_command_new(SHOW_CREATE);
	snprintf(create->show.title, sizeof(create->show.title), "My own");
	w.show = world_do(&w, create, w.seller).show;
	struct show_command *add = on_show(&w, SHOW_ITEM_ADD);
	add->price = 100; /* below one's own floor */
	w.item = world_do(&w, add, w.seller).item;
	world_do(&w, on_show(&w, SHOW_START), w.seller);
	world_do(&w, on_show(&w, SHOW_FEATURE), w.seller);
	assert_int_equal(w.notices_count, 0);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, 100, "a").hold;
	const struct store_terms *terms = &world_hold(&w, hold)->terms;
	assert_false(terms->community);
	assert_true(base_id_is_zero(terms->host));
	world_close(&w);
}

static void test_block(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	struct base_id scheduled = sell_elsewhere(&w);
	struct base_id held = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	world_do(&w, on_show(&w, SHOW_FEATURE), w.host);
	if (*state)
		world_restart(&w); /* the scheduled show is not in memory */
	assert_int_equal(block(&w, w.host, true).code, SHOW_OK);
	assert_true(rules_item(&w.r, w.item)->is.removed);
	assert_true(rules_item(&w.r, scheduled)->is.removed);
	assert_true(base_id_is_zero(rules_show(&w.r, w.show)->is.featured));
	assert_int_equal(w.told[SHOW_EVENT_ITEM_REMOVED], 2);
	assert_int_equal(w.told[SHOW_EVENT_FEATURED], 1);
	assert_int_equal(world_hold_state(&w, held), STORE_HOLD_ACTIVE); /* open holds stand */
	const struct store_notice *notice = world_notice(&w, w.host, STORE_NOTICE_BLOCKED);
	assert_true(base_id_equal(notice->actor.id, w.seller));
	assert_int_equal(notices_of(&w, STORE_NOTICE_WITHDRAWN), 0); /* said once */
	assert_int_equal(world_do(&w, on_show(&w, SHOW_ITEM_ADD), w.host).code, SHOW_FORBIDDEN);

	size_t before = w.notices_count;
	assert_true(block(&w, w.host, true).repeated);
	assert_int_equal(w.notices_count, before);
	if (*state)
		world_restart(&w);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_ITEM_ADD), w.host).code, SHOW_FORBIDDEN);
	assert_int_equal(block(&w, w.host, false).code, SHOW_OK);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_ITEM_ADD), w.host).code, SHOW_OK);
	world_close(&w);
}

static void test_block_concerns_that_host_alone(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	assert_int_equal(block(&w, w.buyers[0], true).code, SHOW_OK);
	assert_int_equal(block(&w, w.seller, true).code, SHOW_INVALID);
	assert_int_equal(block(&w, w.show, true).code, SHOW_NOT_FOUND);
	assert_false(rules_item(&w.r, w.item)->is.removed);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").code, SHOW_HELD); /* may buy */
	world_close(&w);
}

static void test_withdrawal_is_told_to_the_host(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	sell_elsewhere(&w);
	struct show_command *withdraw = on_show(&w, SHOW_LISTING_UPDATE);
	withdraw->mask = SHOW_SET_COMMUNITY;
	world_do(&w, withdraw, w.seller);
	assert_int_equal(notices_of(&w, STORE_NOTICE_WITHDRAWN), 2);
	const struct store_notice *notice = world_notice(&w, w.host, STORE_NOTICE_WITHDRAWN);
	assert_true(base_id_equal(notice->listing, w.listing));
	assert_string_equal(notice->title, "Denim jacket");
	assert_string_equal(notice->actor.username, "seller");
	world_close(&w);
}

static void test_owner_is_told_once_a_show_that_it_is_featured(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	for (int i = 0; i < 3; i++) {
		world_do(&w, on_show(&w, SHOW_FEATURE), w.host);
		world_do(&w, on_show(&w, SHOW_UNFEATURE), w.host);
		if (*state)
			world_restart(&w);
	}
	assert_int_equal(w.notices_count, 1);
	const struct store_notice *notice = world_notice(&w, w.seller, STORE_NOTICE_FEATURED);
	assert_true(base_id_equal(notice->show, w.show));
	assert_true(base_id_equal(notice->actor.id, w.host));
	world_end_show(&w);
	w.item = sell_elsewhere(&w);
	w.show = rules_item(&w.r, w.item)->is.show;
	world_do(&w, on_show(&w, SHOW_START), w.host);
	world_do(&w, on_show(&w, SHOW_FEATURE), w.host);
	assert_int_equal(notices_of(&w, STORE_NOTICE_FEATURED), 2); /* another show */
	world_close(&w);
}

static void count_unread(const struct store_notice *notice, void *ctx)
{
	*(size_t *)ctx += !notice->read;
}

static void test_notices_are_kept_until_read(void **state)
{
	struct world w;
	size_t unread = 0;
	world_open(&w, true, 3);
	sell_elsewhere(&w);
	struct show_command *withdraw = on_show(&w, SHOW_LISTING_UPDATE);
	withdraw->mask = SHOW_SET_COMMUNITY;
	world_do(&w, withdraw, w.seller);
	struct show_command *read = show_command_new(SHOW_NOTICES_READ);
	read->notice_id = w.notices[0].id;
	assert_int_equal(world_do(&w, read, w.host).code, SHOW_OK);
	assert_int_equal(store_notices(store_writer_reads(w.store), w.host, NULL, 100, count_unread, &unread), 0);
	assert_int_equal(unread, 1);
	rules_record(&w.r, RULES_NOTICES_EXPIRE)->before_ms = w.now.ms + 1;
	world_commit(&w);
	unread = 0;
	assert_int_equal(store_notices(store_writer_reads(w.store), w.host, NULL, 100, count_unread, &unread), 0);
	assert_int_equal(unread, 1); /* the read one is gone, this one stays */
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_terms_are_frozen),
	        BOTH(test_own_show_is_not_community),
	        BOTH(test_block),
	        BOTH(test_block_concerns_that_host_alone),
	        BOTH(test_withdrawal_is_told_to_the_host),
	        BOTH(test_owner_is_told_once_a_show_that_it_is_featured),
	        cmocka_unit_test(test_notices_are_kept_until_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
