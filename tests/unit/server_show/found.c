/* What histories by chance (server_show_model) have found, each as the shortest story that shows it. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

static void add_variant(struct world *w, const char *size, int64_t stock)
{
	struct show_command *command = show_command_new(SHOW_LISTING_UPDATE);
	command->listing_id = w->listing;
	command->variants = calloc(1, sizeof(*command->variants));
	assert_non_null(command->variants);
	command->variants_count = 1;
	command->variants->stock_delta = stock;
	snprintf(command->variants->size, sizeof(command->variants->size), "%s", size);
	assert_int_equal(world_do(w, command, w->seller).code, SHOW_OK);
}

/* What was once held of the whole can no longer be given, though the whole counts what there is of its sizes. */
static void test_no_second_chance_at_a_whole_that_got_sizes(void **state)
{
	struct world w;
	world_open(&w, true, 2);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	assert_int_equal(world_release(&w, w.buyers[0], hold).code, SHOW_OK);
	add_variant(&w, "M", 3);
	struct show_command *chance = show_command_new(SHOW_SECOND_CHANCE);
	chance->hold_id = hold;
	assert_int_equal(world_do(&w, chance, w.seller).code, SHOW_SOLD_OUT);
	assert_int_equal(world_listing(&w)->available, 3);
	world_close(&w);
}

/* After a restart a hold has a minute; the commit that says so fails, and what is said must follow what is true. */
static void test_a_minute_that_was_not_stored_is_told_again(void **state)
{
	struct world w;
	world_open(&w, true, 2);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	world_pass(&w, 4 * MINUTE_US + MINUTE_US / 2);
	struct rules_limits limits = w.r.limits;
	struct rules_source source = w.r.source;
	rules_finish(&w.r);
	rules_init(&w.r, &limits, &source);
	assert_int_equal(show_load(&w.r, w.store, &w.now, limits.hold_least_ms), 0);
	assert_int_equal(world_hold(&w, hold)->expires_ms, w.now.ms + 60000);
	rules_forget(&w.r);
	assert_int_equal(show_load(&w.r, w.store, &w.now, 0), 0);
	assert_int_equal(world_hold(&w, hold)->expires_ms, w.now.ms + 60000);
	world_close(&w);
}

static struct show_command *flash_of(const struct world *w, int64_t price, int64_t for_ms)
{
	struct show_command *command = show_command_new(SHOW_ITEM_UPDATE);
	command->show_id = w->show;
	command->item_id = w->item;
	command->actor = w->host;
	command->mask = SHOW_SET_FLASH;
	command->price = price;
	command->until_ms = w->now.ms + for_ms;
	return command;
}

/* A shorter flash price that could not be stored does not end the one that stands. */
static void test_a_flash_that_was_given_up_leaves_the_time_of_the_one_before(void **state)
{
	struct world w;
	struct rules_answer answer;
	world_open(&w, true, 2);
	assert_int_equal(world_do(&w, flash_of(&w, 2000, 120000), w.host).code, SHOW_OK);
	struct show_command *shorter = flash_of(&w, 1500, 30000);
	rules_decide(&w.r, &w.now, shorter, NULL, &answer);
	assert_int_equal(answer.code, SHOW_OK);
	world_free(shorter);
	rules_forget(&w.r);
	assert_int_equal(show_load(&w.r, w.store, &w.now, 0), 0);
	world_pass(&w, MINUTE_US);
	assert_int_equal(rules_item_price(rules_item(&w.r, w.item), &w.now), 2000);
	world_pass(&w, MINUTE_US);
	assert_int_equal(rules_item_price(rules_item(&w.r, w.item), &w.now), WORLD_PRICE);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_no_second_chance_at_a_whole_that_got_sizes),
	        cmocka_unit_test(test_a_minute_that_was_not_stored_is_told_again),
	        cmocka_unit_test(test_a_flash_that_was_given_up_leaves_the_time_of_the_one_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
