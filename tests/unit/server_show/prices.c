/* Flash prices on air, and the shop, where the listing's own price counts. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rules_answer flash(struct world *w, int64_t price, int64_t for_ms)
{
	struct show_command *command = show_command_new(SHOW_ITEM_UPDATE);
	command->show_id = w->show;
	command->item_id = w->item;
	command->mask = SHOW_SET_FLASH;
	command->price = price;
	command->until_ms = for_ms ? w->now.ms + for_ms : 0;
	return world_do(w, command, w->host);
}

static const struct store_item_row *item_of(struct world *w)
{
	return &rules_item(&w->r, w->item)->is;
}

static void test_flash_price(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	assert_int_equal(flash(&w, 2000, 60000).code, SHOW_OK);
	assert_int_equal(w.told[SHOW_EVENT_ITEM], 1);
	struct rules_answer cheap = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a");
	assert_int_equal(world_hold(&w, cheap.hold)->price, 2000);
	assert_int_equal(rules_next_us(&w.r), w.now.us + MINUTE_US);
	world_pass(&w, MINUTE_US - 1000);
	assert_int_equal(world_claim(&w, w.buyers[1], 1, 2000, "a").code, SHOW_HELD);
	world_pass(&w, 1000);
	assert_int_equal(w.told[SHOW_EVENT_ITEM], 1);
	assert_int_equal(item_of(&w)->flash_until_ms, 0);
	struct rules_answer late = world_claim(&w, w.buyers[2], 1, 2000, "a");
	assert_int_equal(late.code, SHOW_PRICE_CHANGED);
	assert_int_equal(late.price, WORLD_PRICE);
	assert_int_equal(world_hold(&w, cheap.hold)->price, 2000); /* frozen */
	world_close(&w);
}

static void test_flash_price_is_over_by_its_time_alone(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	flash(&w, 2000, 60000);
	w.now.us += MINUTE_US; /* before the timer came to it */
	w.now.ms += 60000;
	assert_int_equal(world_claim(&w, w.buyers[0], 1, 2000, "a").code, SHOW_PRICE_CHANGED);
	world_close(&w);
}

static void test_flash_prices_that_do_not_fit(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	assert_int_equal(flash(&w, 999, 60000).code, SHOW_INVALID); /* below the floor */
	assert_int_equal(flash(&w, WORLD_PRICE, 60000).code, SHOW_INVALID);
	assert_int_equal(flash(&w, -1, 60000).code, SHOW_INVALID);
	assert_int_equal(flash(&w, 2000, -1).code, SHOW_INVALID);
	assert_int_equal(flash(&w, 2000, INT64_C(86400001)).code, SHOW_INVALID);
	struct show_command *both = show_command_new(SHOW_ITEM_UPDATE);
	both->item_id = w.item;
	both->mask = SHOW_SET_FLASH | SHOW_SET_PRICE;
	both->price = 2000;
	both->until_ms = w.now.ms + 1000;
	assert_int_equal(world_do(&w, both, w.host).code, SHOW_INVALID);
	assert_int_equal(item_of(&w)->flash_until_ms, 0);
	assert_int_equal(item_of(&w)->price, WORLD_PRICE);
	world_close(&w);
}

static struct show_command *on_item(const struct world *w, enum show_verb verb, uint32_t mask)
{
	struct show_command *command = show_command_new(verb);
	command->show_id = w->show;
	command->item_id = w->item;
	command->listing_id = w->listing;
	command->mask = mask;
	return command;
}

static void end_flash_with(struct world *w, struct show_command *command, struct base_id actor)
{
	assert_int_equal(flash(w, 2000, 60000).code, SHOW_OK);
	assert_int_equal(world_do(w, command, actor).code, SHOW_OK);
	assert_int_equal(item_of(w)->flash_until_ms, 0);
	assert_true(w->told[SHOW_EVENT_ITEM] + w->told[SHOW_EVENT_ITEM_REMOVED] > 0);
}

static void test_flash_ends_early(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	end_flash_with(&w, on_item(&w, SHOW_ITEM_UPDATE, SHOW_SET_FLASH), w.host);
	struct show_command *floor = on_item(&w, SHOW_LISTING_UPDATE, SHOW_SET_COMMUNITY);
	floor->listing.community = (struct store_community){.ok = true, .floor = 2001};
	end_flash_with(&w, floor, w.seller); /* but it stays in the show: its price is above */
	assert_false(item_of(&w)->removed);
	struct show_command *lower = on_item(&w, SHOW_LISTING_UPDATE, SHOW_SET_COMMUNITY);
	lower->listing.community = (struct store_community){.ok = true, .floor = 1000};
	world_do(&w, lower, w.seller);
	struct show_command *price = on_item(&w, SHOW_ITEM_UPDATE, SHOW_SET_PRICE);
	price->price = 2000; /* no dearer than the flash price */
	end_flash_with(&w, price, w.host);
	world_close(&w);
}

static void test_flash_ends_with_its_item_and_its_show(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	end_flash_with(&w, on_item(&w, SHOW_ITEM_REMOVE, 0), w.host);
	struct show_command *again = on_item(&w, SHOW_ITEM_ADD, 0);
	w.item = world_do(&w, again, w.host).item;
	end_flash_with(&w, on_item(&w, SHOW_END, 0), w.host);
	assert_int_equal(flash(&w, 2000, 60000).code, SHOW_NOT_LIVE);
	world_close(&w);
}

static void test_flash_resumes_after_a_restart(void **state)
{
	struct world w;
	world_open(&w, true, 5);
	flash(&w, 2000, 60000);
	w.now.ms += 20000;
	world_restart(&w);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, 2000, "a").code, SHOW_HELD);
	assert_int_equal(rules_next_us(&w.r), w.now.us + INT64_C(40000000));
	w.now.ms += 50000; /* it ended while the server was down */
	world_restart(&w);
	world_pass(&w, 0);
	assert_int_equal(item_of(&w)->flash_until_ms, 0);
	assert_int_equal(w.told[SHOW_EVENT_ITEM], 1);
	world_close(&w);
}

static void test_flash_follows_the_wall_clock(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	world_pass(&w, 1000);
	flash(&w, 2000, 60000);
	w.now.ms += 3600000; /* somebody sets the clock */
	world_pass(&w, 1000);
	assert_int_equal(item_of(&w)->flash_until_ms, w.now.ms + 59999);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, 2000, "a").code, SHOW_HELD);
	world_close(&w);
}

static void set_shop(struct world *w, bool shop)
{
	struct show_command *command = show_command_new(SHOW_LISTING_UPDATE);
	command->listing_id = w->listing;
	command->mask = SHOW_SET_SHOP;
	command->listing.shop = shop;
	assert_int_equal(world_do(w, command, w->seller).code, SHOW_OK);
}

static struct show_command *shop_claim(const struct world *w, int64_t quantity, int64_t price, const char *key)
{
	struct show_command *command = claim_of(w, quantity, price, key);
	command->show_id = command->item_id = (struct base_id){{0}};
	command->listing_id = w->listing;
	return command;
}

static void test_claim_out_of_the_shop(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 3);
	assert_int_equal(world_do(&w, shop_claim(&w, 1, WORLD_PRICE, "a"), w.buyers[0]).code, SHOW_NOT_LIVE);
	set_shop(&w, true);
	flash(&w, 2000, 60000); /* is on air alone */
	assert_int_equal(world_do(&w, shop_claim(&w, 1, 2000, "b"), w.buyers[0]).code, SHOW_PRICE_CHANGED);
	assert_int_equal(world_do(&w, shop_claim(&w, 1, WORLD_PRICE, "c"), w.seller).code, SHOW_FORBIDDEN);
	struct show_command *nothing = shop_claim(&w, 1, WORLD_PRICE, "d");
	nothing->listing_id = w.show;
	assert_int_equal(world_do(&w, nothing, w.buyers[0]).code, SHOW_NOT_FOUND);
	struct rules_answer held = world_do(&w, shop_claim(&w, 2, WORLD_PRICE, "e"), w.buyers[0]);
	assert_int_equal(held.code, SHOW_HELD);
	assert_int_equal(w.told[SHOW_EVENT_ITEM], 1); /* the show sees its stock change */
	assert_int_equal(w.told[SHOW_EVENT_CLAIMED], 0);
	const struct store_hold *hold = world_hold(&w, held.hold);
	assert_true(base_id_is_zero(hold->show));
	assert_true(base_id_is_zero(hold->item));
	assert_int_equal(hold->number, 0);
	assert_false(hold->terms.community);
	assert_int_equal(world_claim(&w, w.buyers[1], 2, WORLD_PRICE, "f").code, SHOW_WAITLISTED);
	assert_int_equal(world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "g").code, SHOW_LIMIT); /* the shop's count too */
	set_shop(&w, false);                                                                  /* what is held stands */
	world_settle(&w, world_checkout(&w, w.buyers[0], "p").purchase, PAY_CAPTURED);
	assert_int_equal(world_listing(&w)->sold, 2);
	world_close(&w);
}

static void test_one_queue_for_show_and_shop(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 1);
	set_shop(&w, true);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	struct base_id shop = world_do(&w, shop_claim(&w, 1, WORLD_PRICE, "b"), w.buyers[1]).waiting;
	struct base_id air = world_claim(&w, w.buyers[2], 1, WORLD_PRICE, "c").waiting;
	assert_int_equal(world_place(&w, air), 2);
	assert_true(world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "d").repeated);
	world_release(&w, w.buyers[0], hold);
	struct base_id given = rules_waiting(&w.r, shop)->is.hold;
	assert_true(base_id_is_zero(world_hold(&w, given)->show));
	set_shop(&w, false);
	world_release(&w, w.buyers[1], given);
	assert_int_equal(world_waiting_state(&w, air), STORE_WAITING_SERVED);
	struct base_id late = world_claim(&w, w.buyers[3], 1, WORLD_PRICE, "e").waiting;
	assert_int_equal(world_place(&w, late), 1);
	world_close(&w);
}

static void test_shop_of_a_banned_seller(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 1);
	set_shop(&w, true);
	struct base_id hold = world_do(&w, shop_claim(&w, 1, WORLD_PRICE, "a"), w.buyers[0]).hold;
	struct base_id waiting = world_do(&w, shop_claim(&w, 1, WORLD_PRICE, "b"), w.buyers[1]).waiting;
	world_ban_account(&w, w.seller, true);
	assert_int_equal(world_do(&w, shop_claim(&w, 1, WORLD_PRICE, "c"), w.buyers[2]).code, SHOW_NOT_LIVE);
	world_release(&w, w.buyers[0], hold);
	assert_int_equal(world_waiting_state(&w, waiting), STORE_WAITING_CLOSED);
	world_close(&w);
}

static struct rules_answer claim_as_shown(struct world *w, int64_t price)
{
	struct show_command *command = claim_of(w, 1, price, "a");
	command->as_shown = true;
	return world_do(w, command, w->buyers[0]);
}

/* Who names no price claims the same when it has changed; who names one does not. */
static void test_claim_as_shown_is_the_same_at_any_price(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct rules_answer first = claim_as_shown(&w, WORLD_PRICE);
	assert_int_equal(first.code, SHOW_HELD);
	if (*state)
		world_restart(&w);
	struct rules_answer again = claim_as_shown(&w, WORLD_PRICE + 500);
	assert_int_equal(again.code, SHOW_HELD);
	assert_true(again.repeated);
	assert_true(base_id_equal(again.hold, first.hold));
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").code, SHOW_KEY_CONFLICT);
	assert_int_equal(claim_as_shown(&w, WORLD_PRICE).code, SHOW_HELD);
	world_close(&w);
}

static void test_shipping_of_a_seller(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 1);
	for (int i = 0; i < 3; i++) {
		struct show_command *command = show_command_new(SHOW_ACCOUNT_UPDATE);
		command->account_id = w.seller;
		command->mask = SHOW_SET_SHIPPING;
		command->account.shipping = i == 0 ? -1 : i == 1 ? STORE_PRICE_MAX + 1 : 490;
		assert_int_equal(world_do(&w, command, w.seller).code, i < 2 ? SHOW_INVALID : SHOW_OK);
	}
	if (*state)
		world_restart(&w);
	assert_int_equal(rules_account(&w.r, w.seller)->is.shipping, 490);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_flash_price),
	        BOTH(test_flash_price_is_over_by_its_time_alone),
	        BOTH(test_flash_prices_that_do_not_fit),
	        BOTH(test_flash_ends_early),
	        BOTH(test_flash_ends_with_its_item_and_its_show),
	        cmocka_unit_test(test_flash_resumes_after_a_restart),
	        BOTH(test_flash_follows_the_wall_clock),
	        BOTH(test_claim_out_of_the_shop),
	        BOTH(test_one_queue_for_show_and_shop),
	        BOTH(test_shop_of_a_banned_seller),
	        BOTH(test_claim_as_shown_is_the_same_at_any_price),
	        BOTH(test_shipping_of_a_seller),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
