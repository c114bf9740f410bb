/* Sizes and colours with their own stock, on memory alone and with a store behind it. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct show_variant *more(struct show_command *command)
{
	size_t count = command->variants_count + 1;
	command->variants = realloc(command->variants, count * sizeof(*command->variants));
	assert_non_null(command->variants);
	struct show_variant *variant = &command->variants[command->variants_count];
	command->variants_count = count;
	memset(variant, 0, sizeof(*variant));
	return variant;
}

static struct show_variant *more_of(struct show_command *command, const char *size, const char *colour, int64_t stock)
{
	struct show_variant *variant = more(command);
	snprintf(variant->size, sizeof(variant->size), "%s", size);
	snprintf(variant->colour, sizeof(variant->colour), "%s", colour);
	variant->stock_delta = stock;
	return variant;
}

static struct show_command *update(const struct world *w)
{
	struct show_command *command = show_command_new(SHOW_LISTING_UPDATE);
	command->listing_id = w->listing;
	return command;
}

static const struct store_variant *variant_at(struct world *w, guint i)
{
	GPtrArray *variants = rules_variants(&w->r, rules_listing(&w->r, w->listing));
	assert_in_range(i, 0, variants->len - 1);
	return &((struct rules_variant *)g_ptr_array_index(variants, i))->is;
}

/* The listing of the world in M (red) with two and L with one; what it had is adjusted away. */
static void open_with_variants(struct world *w, bool with_store, struct base_id id[2])
{
	world_open(w, with_store, 5);
	struct show_command *command = update(w);
	more_of(command, "M", "red", 2);
	more_of(command, "L", "", 1);
	assert_int_equal(world_do(w, command, w->seller).code, SHOW_OK);
	id[0] = variant_at(w, 0)->id;
	id[1] = variant_at(w, 1)->id;
}

static struct rules_answer claim(struct world *w, int buyer, struct base_id variant, int64_t quantity, const char *key)
{
	struct show_command *command = claim_of(w, quantity, WORLD_PRICE, key);
	command->variant_id = variant;
	return world_do(w, command, w->buyers[buyer]);
}

static void assert_counts(const struct store_variant *is, int64_t available, int64_t held, int64_t sold)
{
	assert_int_equal(is->available, available);
	assert_int_equal(is->held, held);
	assert_int_equal(is->sold, sold);
}

static void test_listing_made_with_variants(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 1);
	for (int plain = 0; plain < 2; plain++) {
		struct show_command *make = show_command_new(SHOW_LISTING_CREATE);
		snprintf(make->listing.title, sizeof(make->listing.title), "Scarf");
		snprintf(make->listing.currency, sizeof(make->listing.currency), "EUR");
		make->listing.available = plain;
		more_of(make, "", "blue", 3);
		more_of(make, "", "green", 0);
		struct rules_answer made = world_do(&w, make, w.seller);
		assert_int_equal(made.code, plain ? SHOW_INVALID : SHOW_OK);
		if (plain)
			break;
		struct rules_listing *listing = rules_listing(&w.r, made.listing);
		assert_int_equal(listing->is.available, 3);
		assert_int_equal(listing->is.adjusted, 3);
		assert_int_equal(listing->is.variants, 2);
	}
	world_close(&w);
}

static void test_first_variants_replace_plain_stock(void **state)
{
	struct world w;
	struct base_id id[2];
	open_with_variants(&w, *state != NULL, id);
	assert_int_equal(world_listing(&w)->available, 3);
	assert_int_equal(world_listing(&w)->adjusted, 3);
	assert_int_equal(w.told[SHOW_EVENT_ITEM], 1);
	assert_int_equal(world_restock(&w, 1).code, SHOW_INVALID); /* each has its own */
	world_close(&w);
}

static void test_first_variants_wait_for_what_is_held(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 2);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	for (int i = 0; i < 2; i++) {
		struct show_command *command = update(&w);
		more_of(command, "M", "", 2);
		assert_int_equal(world_do(&w, command, w.seller).code, i ? SHOW_OK : SHOW_INVALID);
		if (i == 0)
			world_release(&w, w.buyers[0], hold);
	}
	assert_int_equal(world_listing(&w)->available, 2);
	world_close(&w);
}

static void test_claim_names_a_variant(void **state)
{
	struct world w;
	struct base_id id[2];
	open_with_variants(&w, *state != NULL, id);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").code, SHOW_INVALID);
	assert_int_equal(claim(&w, 0, w.show, 1, "b").code, SHOW_INVALID);
	struct rules_answer held = claim(&w, 0, id[0], 2, "c");
	assert_int_equal(held.code, SHOW_HELD);
	const struct store_hold *hold = world_hold(&w, held.hold);
	assert_string_equal(hold->variant_name, "M, red");
	assert_counts(variant_at(&w, 0), 0, 2, 0);
	assert_counts(variant_at(&w, 1), 1, 0, 0);
	assert_int_equal(world_listing(&w)->held, 2);
	assert_int_equal(claim(&w, 0, id[1], 2, "c").code, SHOW_KEY_CONFLICT);
	assert_true(claim(&w, 0, id[0], 2, "c").repeated);
	world_settle(&w, world_checkout(&w, w.buyers[0], "p").purchase, PAY_CAPTURED);
	assert_counts(variant_at(&w, 0), 0, 0, 2);
	assert_int_equal(world_listing(&w)->sold, 2);
	assert_int_equal(claim(&w, 1, id[0], 1, "d").code, SHOW_SOLD_OUT);
	assert_int_equal(claim(&w, 1, id[1], 1, "e").code, SHOW_HELD);
	world_close(&w);
}

static void test_each_variant_has_its_queue(void **state)
{
	struct world w;
	struct base_id id[2];
	struct show_result result = {0};
	open_with_variants(&w, *state != NULL, id);
	struct base_id m = claim(&w, 0, id[0], 2, "m").hold, l = claim(&w, 1, id[1], 1, "l").hold;
	struct base_id for_m = claim(&w, 2, id[0], 1, "m").waiting, for_l = claim(&w, 3, id[1], 1, "l").waiting;
	assert_int_equal(world_place(&w, for_l), 1);
	struct rules_answer again = claim(&w, 2, id[0], 1, "m");
	rules_fill_result(&w.r, &again, &result);
	assert_int_equal(result.item.waiting, 2); /* for the listing */
	assert_string_equal(result.waiting.variant_name, "M, red");
	world_release(&w, w.buyers[1], l);
	assert_int_equal(world_waiting_state(&w, for_l), STORE_WAITING_SERVED);
	assert_int_equal(world_waiting_state(&w, for_m), STORE_WAITING);
	world_release(&w, w.buyers[0], m);
	assert_int_equal(world_waiting_state(&w, for_m), STORE_WAITING_SERVED);
	assert_counts(variant_at(&w, 0), 1, 1, 0);
	world_close(&w);
}

static void test_first_variants_wait_for_who_waits(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 2);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	world_claim(&w, w.buyers[1], 3, WORLD_PRICE, "b");
	world_release(&w, w.buyers[0], hold); /* which is too few */
	struct show_command *command = update(&w);
	more_of(command, "M", "", 2);
	assert_int_equal(world_do(&w, command, w.seller).code, SHOW_INVALID);
	world_close(&w);
}

static void test_units_count_over_all_variants(void **state)
{
	struct world w;
	struct base_id id[2];
	open_with_variants(&w, *state != NULL, id);
	claim(&w, 0, id[0], 1, "a");
	assert_int_equal(claim(&w, 1, id[0], 2, "b").code, SHOW_WAITLISTED);
	claim(&w, 0, id[1], 1, "b");
	assert_int_equal(claim(&w, 1, id[1], 2, "c").code, SHOW_LIMIT);
	assert_int_equal(claim(&w, 1, id[1], 1, "d").code, SHOW_WAITLISTED);
	world_close(&w);
}

static void test_restock_of_a_variant_serves_its_queue(void **state)
{
	struct world w;
	struct base_id id[2];
	open_with_variants(&w, *state != NULL, id);
	claim(&w, 1, id[1], 1, "l");
	struct base_id waiting = claim(&w, 3, id[1], 1, "l").waiting;
	struct show_command *restock = update(&w);
	struct show_variant *change = more(restock);
	change->id = id[1];
	change->stock_delta = 1;
	assert_int_equal(world_do(&w, restock, w.seller).code, SHOW_OK);
	assert_int_equal(world_waiting_state(&w, waiting), STORE_WAITING_SERVED);
	assert_counts(variant_at(&w, 1), 0, 2, 0);
	world_close(&w);
}

static enum show_code remove_variant(struct world *w, struct base_id id)
{
	struct show_command *command = update(w);
	struct show_variant *change = more(command);
	change->id = id;
	change->removed = true;
	return world_do(w, command, w->seller).code;
}

static void test_removed_variant(void **state)
{
	struct world w;
	struct base_id id[2];
	open_with_variants(&w, *state != NULL, id);
	struct base_id hold = claim(&w, 0, id[0], 1, "a").hold;
	struct base_id waiting = claim(&w, 1, id[0], 2, "b").waiting;
	assert_int_equal(remove_variant(&w, id[0]), SHOW_OK);
	assert_counts(variant_at(&w, 0), 0, 1, 0);
	assert_int_equal(world_hold_state(&w, hold), STORE_HOLD_ACTIVE); /* what is held of it stands */
	assert_int_equal(world_waiting_state(&w, waiting), STORE_WAITING_CLOSED);
	world_notice(&w, w.buyers[1], STORE_NOTICE_WAIT_ENDED);
	assert_int_equal(claim(&w, 2, id[0], 1, "c").code, SHOW_INVALID);
	assert_int_equal(world_listing(&w)->variants, 1);
	world_release(&w, w.buyers[0], hold);
	assert_counts(variant_at(&w, 0), 0, 0, 0);
	assert_int_equal(world_listing(&w)->available, 1);
	assert_int_equal(remove_variant(&w, id[0]), SHOW_INVALID); /* it was */
	assert_int_equal(remove_variant(&w, id[1]), SHOW_OK);
	/* It was the last: the listing has plain stock again. */
	assert_int_equal(world_listing(&w)->available, 0);
	assert_int_equal(world_restock(&w, 2).code, SHOW_OK);
	assert_int_equal(world_claim(&w, w.buyers[2], 2, WORLD_PRICE, "d").code, SHOW_HELD);
	world_close(&w);
}

static void test_what_is_held_of_the_removed_is_nothing_to_wait_for(void **state)
{
	struct world w;
	struct base_id id[2];
	open_with_variants(&w, *state != NULL, id);
	struct base_id hold = claim(&w, 0, id[0], 1, "a").hold;
	assert_int_equal(remove_variant(&w, id[0]), SHOW_OK);
	assert_int_equal(remove_variant(&w, id[1]), SHOW_OK);
	assert_int_equal(world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "b").code, SHOW_SOLD_OUT);
	world_restock(&w, 1);
	assert_int_equal(world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "c").code, SHOW_HELD);
	struct rules_answer waits = world_claim(&w, w.buyers[2], 1, WORLD_PRICE, "d");
	assert_int_equal(waits.code, SHOW_WAITLISTED);
	world_release(&w, w.buyers[0], hold); /* of another size */
	assert_int_equal(world_waiting_state(&w, waits.waiting), STORE_WAITING);
	world_settle(&w, world_checkout(&w, w.buyers[1], "p").purchase, PAY_CAPTURED);
	assert_int_equal(world_waiting_state(&w, waits.waiting), STORE_WAITING_CLOSED);
	world_close(&w);
}

static void test_plain_units_that_come_back_to_variants_are_adjusted_away(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 1);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	world_settle(&w, world_checkout(&w, w.buyers[0], "p").purchase, PAY_CAPTURED);
	struct show_command *command = update(&w);
	more_of(command, "M", "", 2);
	assert_int_equal(world_do(&w, command, w.seller).code, SHOW_OK);
	assert_int_equal(world_listing(&w)->sold, 1);
	rules_hold_close(&w.r, rules_hold(&w.r, hold), STORE_HOLD_RETURNED);
	rules_serve(&w.r, &w.now);
	world_commit(&w);
	assert_int_equal(world_listing(&w)->available, 2);
	assert_int_equal(world_listing(&w)->sold, 0);
	assert_int_equal(world_listing(&w)->adjusted, 2);
	world_close(&w);
}

static void test_changes_that_do_not_fit(void **state)
{
	struct world w;
	struct base_id id[2];
	open_with_variants(&w, *state != NULL, id);
	for (int i = 0; i < 9; i++) {
		struct show_command *command = update(&w);
		if (i == 0)
			more_of(command, "m", "RED", 1); /* alike */
		else if (i == 1)
			more_of(command, "", "", 1);
		else if (i == 2)
			more_of(command, "S", "", -1);
		else if (i == 3)
			more_of(command, "S", "", STORE_COUNT_MAX + 1);
		else if (i == 4)
			more_of(command, "S", "", INT64_MIN);
		else if (i == 5)
			more_of(command, "S", "", STORE_COUNT_MAX); /* with the others too many */
		else if (i == 6)
			more(command)->id = w.show;
		else if (i == 7)
			memset(more_of(command, "S", "", 1)->size, 'x', 32);
		else
			for (int j = 0; j < STORE_VARIANTS_MAX; j++) {
				char size[8];
				snprintf(size, sizeof(size), "%d", j);
				more_of(command, size, "", 1);
			}
		assert_int_equal(world_do(&w, command, w.seller).code, SHOW_INVALID);
		assert_int_equal(world_listing(&w)->available, 3);
	}
	struct show_command *swap = update(&w); /* one after the other */
	struct show_variant *away = more(swap);
	away->id = id[0];
	away->removed = true;
	more_of(swap, "M", "red", 4);
	assert_int_equal(world_do(&w, swap, w.seller).code, SHOW_OK);
	assert_int_equal(world_listing(&w)->available, 5);
	assert_int_equal(world_listing(&w)->variants, 2);
	world_close(&w);
}

static void fill(struct show_command *command, int from, int count)
{
	for (int i = from; i < from + count; i++) {
		char size[12];
		snprintf(size, sizeof(size), "%d", i);
		more_of(command, size, "", 1);
	}
}

static struct show_command *take_all_away(struct world *w)
{
	struct show_command *command = update(w);
	GPtrArray *variants = rules_variants(&w->r, rules_listing(&w->r, w->listing));
	for (guint i = 0; i < variants->len; i++) {
		const struct rules_variant *variant = g_ptr_array_index(variants, i);
		if (variant->is.removed)
			continue;
		struct show_variant *away = more(command);
		away->id = variant->row.id;
		away->removed = true;
	}
	return command;
}

/* Those that were removed leave their places to others; but not for ever, because they are kept. */
static void test_bounds_without_and_with_the_removed(void **state)
{
	struct world w;
	struct base_id id[2];
	int made = 2;
	open_with_variants(&w, *state != NULL, id);
	struct show_command *full = update(&w);
	fill(full, made, STORE_VARIANTS_MAX - 2);
	assert_int_equal(world_do(&w, full, w.seller).code, SHOW_OK);
	struct show_command *over = update(&w);
	fill(over, 1000, 1);
	assert_int_equal(world_do(&w, over, w.seller).code, SHOW_INVALID);
	for (made = STORE_VARIANTS_MAX; made < STORE_VARIANTS_EVER; made += STORE_VARIANTS_MAX) {
		struct show_command *swap = take_all_away(&w);
		fill(swap, made, STORE_VARIANTS_MAX);
		assert_int_equal(world_do(&w, swap, w.seller).code, SHOW_OK);
		assert_int_equal(world_listing(&w)->variants, STORE_VARIANTS_MAX);
		assert_int_equal(world_listing(&w)->available, STORE_VARIANTS_MAX);
	}
	assert_int_equal(world_do(&w, take_all_away(&w), w.seller).code, SHOW_OK);
	struct show_command *ever = update(&w);
	fill(ever, 1000, 1);
	assert_int_equal(world_do(&w, ever, w.seller).code, SHOW_INVALID);
	assert_int_equal(world_restock(&w, 1).code, SHOW_OK); /* without sizes it sells on */
	world_close(&w);
}

static void test_renamed_variant(void **state)
{
	struct world w;
	struct base_id id[2];
	open_with_variants(&w, *state != NULL, id);
	struct show_command *command = update(&w);
	struct show_variant *change = more_of(command, "M", "crimson", 3);
	change->id = id[0];
	change->mask = SHOW_SET_SIZE | SHOW_SET_COLOUR;
	assert_int_equal(world_do(&w, command, w.seller).code, SHOW_OK);
	assert_string_equal(variant_at(&w, 0)->colour, "crimson");
	assert_counts(variant_at(&w, 0), 5, 0, 0);
	command = update(&w);
	change = more_of(command, "", "ruby", 0);
	change->id = id[0];
	change->mask = SHOW_SET_COLOUR;
	assert_int_equal(world_do(&w, command, w.seller).code, SHOW_OK);
	assert_string_equal(variant_at(&w, 0)->size, "M");
	assert_string_equal(variant_at(&w, 0)->colour, "ruby");
	world_close(&w);
}

static void test_variants_come_back_from_the_store(void **state)
{
	struct world w;
	struct base_id id[2];
	open_with_variants(&w, true, id);
	struct base_id hold = claim(&w, 0, id[0], 2, "a").hold;
	struct base_id waiting = claim(&w, 1, id[0], 1, "b").waiting;
	assert_int_equal(remove_variant(&w, id[1]), SHOW_OK);
	world_restart(&w);
	assert_counts(variant_at(&w, 0), 0, 2, 0);
	assert_string_equal(variant_at(&w, 0)->size, "M");
	assert_true(variant_at(&w, 1)->removed);
	assert_int_equal(world_listing(&w)->variants, 1);
	assert_string_equal(world_hold(&w, hold)->variant_name, "M, red");
	world_release(&w, w.buyers[0], hold);
	assert_int_equal(world_waiting_state(&w, waiting), STORE_WAITING_SERVED);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_listing_made_with_variants),
	        BOTH(test_first_variants_replace_plain_stock),
	        BOTH(test_first_variants_wait_for_what_is_held),
	        BOTH(test_first_variants_wait_for_who_waits),
	        BOTH(test_units_count_over_all_variants),
	        BOTH(test_claim_names_a_variant),
	        BOTH(test_each_variant_has_its_queue),
	        BOTH(test_restock_of_a_variant_serves_its_queue),
	        BOTH(test_removed_variant),
	        BOTH(test_what_is_held_of_the_removed_is_nothing_to_wait_for),
	        BOTH(test_plain_units_that_come_back_to_variants_are_adjusted_away),
	        BOTH(test_changes_that_do_not_fit),
	        BOTH(test_bounds_without_and_with_the_removed),
	        BOTH(test_renamed_variant),
	        cmocka_unit_test(test_variants_come_back_from_the_store),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
