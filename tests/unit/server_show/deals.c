/* What holds have in common is kept once, and how many a buyer has is remembered; every test runs on memory alone and
 * with a store behind it. */
#include "world.h"

#include <stdio.h>

#define PRICES 24 /* of one item: more than are looked for in one place */

static void open_wide(struct world *w, bool with_store)
{
	world_open(w, with_store, 1000);
	w->r.limits.holds_per_buyer = w->r.limits.units_per_item = 1000;
}

static void restart(struct world *w, bool with_store)
{
	struct rules_limits limits = w->r.limits;
	if (with_store)
		world_restart(w);
	w->r.limits = limits;
}

static struct base_id claim_at(struct world *w, int i, const char *key)
{
	char text[32];
	world_set_price(w, WORLD_PRICE + i);
	snprintf(text, sizeof(text), "%s %d", key, i);
	struct rules_answer answer = world_claim(w, w->buyers[0], 1, WORLD_PRICE + i, text);
	assert_int_equal(answer.code, SHOW_HELD);
	return answer.hold;
}

static void expect_prices(struct world *w, const struct base_id *holds)
{
	for (int i = 0; i < PRICES; i++) {
		assert_int_equal(world_hold(w, holds[i])->price, WORLD_PRICE + i);
		assert_true(base_id_equal(world_hold(w, holds[i])->item, w->item));
	}
}

/* Each keeps its price, though terms come and go, those of the first are long displaced, and half are given back. */
static void test_each_hold_keeps_its_terms(void **state)
{
	struct world w;
	struct base_id holds[PRICES];
	open_wide(&w, *state != NULL);
	for (int i = 0; i < PRICES; i++) {
		holds[i] = claim_at(&w, i, "kept");
		assert_int_equal(world_release(&w, w.buyers[0], claim_at(&w, i, "given back")).code, SHOW_OK);
	}
	expect_prices(&w, holds);
	restart(&w, *state != NULL);
	expect_prices(&w, holds);
	for (int i = 0; i < PRICES; i += 2)
		assert_int_equal(world_release(&w, w.buyers[0], holds[i]).code, SHOW_OK);
	expect_prices(&w, holds);
	world_assert_stock(&w, 1000 - PRICES / 2, PRICES / 2, 0);
	world_close(&w);
}

static void expect_room_for(struct world *w, int count, const char *key)
{
	char text[32];
	for (int i = 0; i <= count; i++) {
		snprintf(text, sizeof(text), "%s %d", key, i);
		struct rules_answer answer = world_claim(w, w->buyers[0], 1, WORLD_PRICE, text);
		assert_int_equal(answer.code, i < count ? SHOW_HELD : SHOW_LIMIT);
	}
}

/* Whatever ended them, what is over counts no more, and what is open counts on. */
static void test_what_is_over_counts_no_more(void **state)
{
	struct world w;
	open_wide(&w, *state != NULL);
	w.r.limits.holds_per_buyer = 12; /* more than fit where the first ones lie */
	expect_room_for(&w, 12, "first");
	restart(&w, *state != NULL);
	expect_room_for(&w, 0, "after a restart");
	world_pass(&w, w.r.limits.hold_ms * 1000 + 1000000);
	expect_room_for(&w, 12, "expired");
	world_ban_account(&w, w.seller, true);
	world_ban_account(&w, w.seller, false);
	expect_room_for(&w, 12, "seller banned");
	world_ban(&w, w.buyers[0], true);
	world_ban(&w, w.buyers[0], false);
	expect_room_for(&w, 12, "banned from the show");
	struct rules_answer paid = world_checkout(&w, w.buyers[0], "p");
	expect_room_for(&w, 0, "paying");
	world_settle(&w, paid.purchase, PAY_CAPTURED);
	expect_room_for(&w, 12, "sold");
	if (*state) { /* as after a commit that failed */
		rules_forget(&w.r);
		assert_int_equal(show_load(&w.r, w.store, &w.now, 0), 0);
		expect_room_for(&w, 0, "loaded again");
	}
	world_assert_stock(&w, 1000 - 24, 12, 12);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_each_hold_keeps_its_terms),
	        BOTH(test_what_is_over_counts_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
