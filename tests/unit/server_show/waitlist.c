/* Who waits for what others hold, and gets it; every test runs on memory alone and with a store behind it. */
#include "line.h"

static void test_claim_on_what_is_held_waits(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	for (int i = 0; i < 4; i++)
		assert_int_equal(world_place(&w, line.waits[i]), i + 1);
	assert_int_equal(w.told[SHOW_EVENT_WAITING], 1);
	assert_int_equal(w.told[SHOW_EVENT_ITEM], 1);

	struct show_result result = {0};
	struct rules_answer again = world_claim(&w, w.buyers[2], 1, WORLD_PRICE, "wait");
	assert_int_equal(again.code, SHOW_WAITLISTED);
	assert_true(again.repeated);
	rules_fill_result(&w.r, &again, &result);
	assert_true(base_id_equal(result.waiting.id, line.waits[1]));
	assert_int_equal(result.waiting.place, 2);
	assert_int_equal(result.item.waiting, 4);
	struct rules_answer other_key = world_claim(&w, w.buyers[2], 1, WORLD_PRICE, "another");
	assert_true(other_key.repeated);
	assert_true(base_id_equal(other_key.waiting, line.waits[1]));
	assert_int_equal(world_claim(&w, w.buyers[2], 2, WORLD_PRICE, "wait").code, SHOW_KEY_CONFLICT);
	world_close(&w);
}

static void test_nothing_held_is_sold_out(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 1);
	assert_int_equal(world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "a").code, SHOW_SOLD_OUT);
	world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "b");
	world_settle(&w, world_checkout(&w, w.buyers[0], "p").purchase, PAY_CAPTURED);
	assert_int_equal(world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "c").code, SHOW_SOLD_OUT);
	world_close(&w);
}

static void test_release_passes_to_the_next(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	world_release(&w, w.buyers[0], line.hold);
	const struct rules_waiting *first = line_served(&w, line.waits[0]);
	const struct store_hold *hold = world_hold(&w, first->is.hold);
	assert_true(base_id_equal(hold->buyer.id, w.buyers[1]));
	assert_int_equal(hold->expires_ms, w.now.ms + 300000); /* fresh */
	assert_int_equal(hold->price, WORLD_PRICE);
	assert_int_equal(hold->number, 1);
	assert_int_equal(w.told[SHOW_EVENT_CLAIMED], 1);
	assert_int_equal(w.told[SHOW_EVENT_HOLD], 2);    /* one closed, one new */
	assert_int_equal(w.told[SHOW_EVENT_WAITING], 4); /* one served, three move up */
	const struct store_notice *notice = world_notice(&w, w.buyers[1], STORE_NOTICE_YOUR_TURN);
	assert_true(base_id_equal(notice->hold, hold->id));
	assert_int_equal(notice->amount.amount, WORLD_PRICE);
	assert_int_equal(world_place(&w, line.waits[3]), 3);
	assert_int_equal(world_listing(&w)->held, 1);
	world_close(&w);
}

static void test_expiry_passes_to_the_next(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	for (int i = 0; i < 4; i++) {
		world_pass(&w, 5 * MINUTE_US);
		line_served(&w, line.waits[i]);
	}
	world_pass(&w, 5 * MINUTE_US);
	assert_int_equal(world_listing(&w)->available, 1);
	world_close(&w);
}

static void test_failed_payment_of_a_banned_buyer_passes_to_the_next(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	struct base_id order = world_checkout(&w, w.buyers[0], "p").purchase;
	world_ban_account(&w, w.buyers[0], true);
	world_settle(&w, order, PAY_DECLINED);
	line_served(&w, line.waits[0]);
	world_close(&w);
}

static void test_restock_serves_all_who_fit(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	line_leave(&w, w.buyers[1], line.waits[0]);
	struct rules_answer many = world_claim(&w, w.buyers[1], 3, WORLD_PRICE, "many");
	assert_int_equal(many.code, SHOW_WAITLISTED);
	world_restock(&w, 4); /* three who want one each; then one is left for who wants three, who stays */
	for (int i = 1; i < 4; i++)
		line_served(&w, line.waits[i]);
	assert_int_equal(world_waiting_state(&w, many.waiting), STORE_WAITING);
	assert_int_equal(world_place(&w, many.waiting), 1);
	assert_int_equal(world_listing(&w)->available, 1);
	assert_int_equal(world_claim(&w, w.buyers[5], 1, WORLD_PRICE, "small").code, SHOW_HELD);
	world_restock(&w, 3);
	line_served(&w, many.waiting);
	world_close(&w);
}

static void test_who_wants_too_much_does_not_stop_the_others(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 2);
	struct base_id one = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "b");
	struct base_id two = world_claim(&w, w.buyers[2], 2, WORLD_PRICE, "c").waiting;
	struct base_id next = world_claim(&w, w.buyers[3], 1, WORLD_PRICE, "d").waiting;
	world_release(&w, w.buyers[0], one);
	assert_int_equal(world_waiting_state(&w, two), STORE_WAITING);
	line_served(&w, next);
	world_close(&w);
}

static void test_sold_out_for_good_closes_the_queue(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	size_t before = w.notices_count;
	world_settle(&w, world_checkout(&w, w.buyers[0], "p").purchase, PAY_CAPTURED);
	for (int i = 0; i < 4; i++)
		assert_int_equal(world_waiting_state(&w, line.waits[i]), STORE_WAITING_CLOSED);
	size_t ended = 0;
	for (size_t i = before; i < w.notices_count; i++)
		ended += w.notices[i].code == STORE_NOTICE_WAIT_ENDED;
	assert_int_equal(ended, 4);
	assert_int_equal(g_hash_table_size(w.r.queues), 0);
	assert_int_equal(g_hash_table_size(w.r.waiters), 0);
	world_close(&w);
}

static void test_price_of_who_waits(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	world_set_price(&w, 3000);
	struct base_id dear = world_claim(&w, w.buyers[5], 1, 3500, "dear").waiting;
	world_set_price(&w, 3200); /* no more than was seen */
	world_release(&w, w.buyers[0], line.hold);
	for (int i = 0; i < 4; i++) /* they saw less */
		assert_int_equal(world_waiting_state(&w, line.waits[i]), STORE_WAITING_CLOSED);
	assert_int_equal(world_hold(&w, line_served(&w, dear)->is.hold)->price, 3200);
	assert_int_equal(w.notices[0].code, STORE_NOTICE_WAIT_ENDED);
	assert_int_equal(w.notices[0].amount.amount, 3200);
	world_close(&w);
}

/* Who wants it again at a price that has risen waits for it at that price. */
static void test_who_waits_agrees_to_a_risen_price(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	struct rules_answer refused, agreed;
	world_set_price(&w, 3000);
	refused = world_claim(&w, w.buyers[2], 1, WORLD_PRICE, "old price");
	assert_int_equal(refused.code, SHOW_PRICE_CHANGED);
	agreed = world_claim(&w, w.buyers[2], 1, 3100, "agreed");
	assert_true(agreed.repeated && base_id_equal(agreed.waiting, line.waits[1]));
	if (*state)
		world_restart(&w);
	world_release(&w, w.buyers[0], line.hold);
	assert_int_equal(world_waiting_state(&w, line.waits[0]), STORE_WAITING_CLOSED);
	assert_int_equal(world_hold(&w, line_served(&w, line.waits[1])->is.hold)->price, 3000);
	assert_int_equal(world_waiting_state(&w, line.waits[2]), STORE_WAITING);
	world_close(&w);
}

static void test_fallen_price_counts_for_who_waits(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	world_set_price(&w, 2000);
	world_release(&w, w.buyers[0], line.hold);
	assert_int_equal(world_hold(&w, line_served(&w, line.waits[0])->is.hold)->price, 2000);
	world_close(&w);
}

static void test_waits_outlive_the_show(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	world_end_show(&w);
	world_release(&w, w.buyers[0], line.hold);
	line_served(&w, line.waits[0]);
	world_close(&w);
}

static void test_limits_count_waits(void **state)
{
	struct world w;
	line_open(&w, *state != NULL);
	for (int i = 0; i < 4; i++) { /* with the one in line: five, the most */
		struct base_id listing = world_add_listing(&w, 1500, 1);
		struct show_command *add = show_command_new(SHOW_ITEM_ADD);
		add->show_id = w.show;
		add->listing_id = listing;
		struct base_id item = world_do(&w, add, w.host).item;
		for (int j = 0; j < 2; j++) {
			struct show_command *claim = claim_of(&w, 1, 1500, "k");
			claim->key[1] = (char)('a' + i);
			claim->item_id = item;
			struct rules_answer answer = world_do(&w, claim, w.buyers[j]);
			assert_int_equal(answer.code, j ? SHOW_WAITLISTED : SHOW_HELD);
		}
	}
	struct show_command *add = show_command_new(SHOW_ITEM_ADD);
	add->show_id = w.show;
	add->listing_id = world_add_listing(&w, 1500, 9);
	struct show_command *claim = claim_of(&w, 1, 1500, "sixth");
	claim->item_id = world_do(&w, add, w.host).item;
	assert_int_equal(world_do(&w, claim, w.buyers[1]).code, SHOW_LIMIT);
	world_close(&w);
}

static void test_units_count_with_waits(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 2);
	world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "a");
	assert_int_equal(world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "b").code, SHOW_LIMIT);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c").code, SHOW_WAITLISTED);
	world_close(&w);
}

static void test_waits_resume_after_a_restart(void **state)
{
	struct world w;
	struct line line = line_open(&w, true);
	world_restart(&w);
	for (int i = 0; i < 4; i++)
		assert_int_equal(world_place(&w, line.waits[i]), i + 1);
	assert_true(world_claim(&w, w.buyers[3], 1, WORLD_PRICE, "wait").repeated);
	rules_presence(&w.r, &w.now, w.buyers[2], true);
	world_pass(&w, 2 * MINUTE_US - 1); /* everybody counts as absent from the start on */
	assert_int_equal(world_waiting_state(&w, line.waits[0]), STORE_WAITING);
	world_pass(&w, 1);
	assert_int_equal(world_waiting_state(&w, line.waits[0]), STORE_WAITING_LAPSED);
	assert_int_equal(world_place(&w, line.waits[1]), 1);
	world_release(&w, w.buyers[0], line.hold);
	line_served(&w, line.waits[1]);
	world_restart(&w);
	assert_int_equal(g_hash_table_size(w.r.queues), 0);
	line_served(&w, line.waits[1]);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_claim_on_what_is_held_waits),
	        BOTH(test_nothing_held_is_sold_out),
	        BOTH(test_release_passes_to_the_next),
	        BOTH(test_expiry_passes_to_the_next),
	        BOTH(test_failed_payment_of_a_banned_buyer_passes_to_the_next),
	        BOTH(test_restock_serves_all_who_fit),
	        BOTH(test_who_wants_too_much_does_not_stop_the_others),
	        BOTH(test_sold_out_for_good_closes_the_queue),
	        BOTH(test_price_of_who_waits),
	        BOTH(test_who_waits_agrees_to_a_risen_price),
	        BOTH(test_fallen_price_counts_for_who_waits),
	        BOTH(test_waits_outlive_the_show),
	        BOTH(test_limits_count_waits),
	        BOTH(test_units_count_with_waits),
	        cmocka_unit_test(test_waits_resume_after_a_restart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
