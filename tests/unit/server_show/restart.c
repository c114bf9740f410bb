/* The server ends and starts again at every step; and a long random history, restarted now and then, against a small
 * model. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_live_show_resumes(void **state)
{
	struct world w;
	world_open(&w, true, 3);
	struct show_command *feature = show_command_new(SHOW_FEATURE);
	feature->show_id = w.show;
	feature->item_id = w.item;
	world_do(&w, feature, w.host);
	world_restart(&w);
	const struct store_show *show = &rules_show(&w.r, w.show)->is;
	assert_int_equal(show->state, STORE_SHOW_LIVE);
	assert_true(base_id_equal(show->featured, w.item));
	world_pass(&w, 10 * MINUTE_US - 1); /* the host has its time to come back, from the start of the server */
	assert_int_equal(rules_show(&w.r, w.show)->is.state, STORE_SHOW_LIVE);
	world_pass(&w, 1);
	assert_int_equal(rules_show(&w.r, w.show)->is.state, STORE_SHOW_ENDED);
	world_close(&w);
}

static void test_hold_resumes_with_what_it_had(void **state)
{
	struct world w;
	world_open(&w, true, 3);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	int64_t expires_ms = w.now.ms + 300000;
	world_pass(&w, MINUTE_US);
	world_restart(&w);
	assert_int_equal(world_hold(&w, hold)->expires_ms, expires_ms);
	world_pass(&w, 4 * MINUTE_US - 1000);
	assert_int_equal(world_hold_state(&w, hold), STORE_HOLD_ACTIVE);
	world_pass(&w, 1000);
	assert_int_equal(world_hold_state(&w, hold), STORE_HOLD_EXPIRED);
	world_close(&w);
}

static void test_hold_has_a_minute_after_downtime(void **state)
{
	struct world w;
	world_open(&w, true, 3);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	w.now.ms += 3600000; /* down for an hour */
	world_restart(&w);
	assert_int_equal(world_hold(&w, hold)->expires_ms, w.now.ms + 60000);
	world_pass(&w, MINUTE_US - 1000);
	assert_int_equal(world_hold_state(&w, hold), STORE_HOLD_ACTIVE);
	world_pass(&w, 1000);
	assert_int_equal(world_hold_state(&w, hold), STORE_HOLD_EXPIRED);
	assert_int_equal(world_listing(&w)->available, 3);
	world_close(&w);
}

static void test_wall_clock_set_back(void **state)
{
	struct world w;
	world_open(&w, true, 3);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	w.now.ms -= 86400000;
	world_restart(&w);
	assert_int_equal(world_hold(&w, hold)->expires_ms, w.now.ms + 300000);
	world_close(&w);
}

static void test_at_each_step_of_an_order(void **state)
{
	struct world w;
	world_open(&w, true, 3);
	struct rules_answer held = world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "a");
	world_restart(&w);
	assert_true(base_id_equal(world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "a").hold, held.hold));
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").code, SHOW_KEY_CONFLICT);

	struct rules_answer paying = world_checkout(&w, w.buyers[0], "p");
	world_restart(&w);
	assert_int_equal(world_hold_state(&w, held.hold), STORE_HOLD_PAYING);
	assert_true(g_hash_table_contains(w.r.unsettled, &paying.purchase));
	assert_string_equal(rules_purchase(&w.r, paying.purchase)->is.method, "test_ok");
	assert_true(world_checkout(&w, w.buyers[0], "p").wait);
	world_settle(&w, paying.purchase, PAY_DECLINED);
	world_restart(&w);
	assert_int_equal(world_hold_state(&w, held.hold), STORE_HOLD_ACTIVE);
	assert_false(g_hash_table_contains(w.r.unsettled, &paying.purchase));

	struct rules_answer again = world_checkout(&w, w.buyers[0], "p");
	assert_false(base_id_equal(again.purchase, paying.purchase));
	world_restart(&w);
	world_settle(&w, again.purchase, PAY_CAPTURED);
	world_restart(&w);
	assert_int_equal(world_hold_state(&w, held.hold), STORE_HOLD_SOLD);
	assert_int_equal(world_listing(&w)->sold, 2);
	assert_true(world_checkout(&w, w.buyers[0], "p").repeated);
	world_close(&w);
}

static void test_ban_and_refund_outlive_a_restart(void **state)
{
	struct world w;
	world_open(&w, true, 3);
	world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a");
	struct rules_answer paying = world_checkout(&w, w.buyers[0], "p");
	world_ban(&w, w.buyers[0], true);
	world_restart(&w);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "b").code, SHOW_BANNED);
	world_settle(&w, paying.purchase, PAY_CAPTURED);
	world_restart(&w);
	assert_int_equal(rules_purchase(&w.r, paying.purchase)->is.order.refund, STORE_REFUND_OWED);
	rules_refunded(&w.r, &w.now, paying.purchase);
	world_commit(&w);
	world_restart(&w);
	assert_int_equal(g_hash_table_size(w.r.unsettled), 0);
	assert_int_equal(world_listing(&w)->available, 3);
	world_close(&w);
}

static void test_a_batch_given_up_leaves_no_trace(void **state)
{
	struct world w;
	struct rules_answer answer;
	world_open(&w, true, 3);
	world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a");
	struct show_command *claim = claim_of(&w, 2, WORLD_PRICE, "b");
	claim->actor = w.buyers[1];
	rules_decide(&w.r, &w.now, claim, NULL, &answer);
	assert_int_equal(answer.code, SHOW_HELD);
	rules_forget(&w.r); /* as after a commit that failed */
	assert_int_equal(show_load(&w.r, w.store, &w.now, 0), 0);
	world_commit(&w);
	assert_int_equal(world_listing(&w)->available, 2);
	rules_decide(&w.r, &w.now, claim, NULL, &answer);
	assert_int_equal(answer.code, SHOW_HELD);
	assert_false(answer.repeated);
	free(claim);
	world_commit(&w);
	world_close(&w);
}

static struct base_id decide(struct world *w, struct show_command *command, struct base_id actor, struct base_id *show)
{
	struct rules_answer answer;
	command->actor = actor;
	rules_decide(&w->r, &w->now, command, NULL, &answer);
	assert_int_equal(answer.code, SHOW_OK);
	free(command);
	*show = answer.show;
	return answer.listing;
}

static void test_memory_is_bounded_and_comes_back(void **state)
{
	struct world w;
	struct base_id shows[600], first_listing = {{0}}, listing, unused;
	world_open(&w, true, 3);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	for (int i = 0; i < 600; i++) {
		struct show_command *create = show_command_new(SHOW_CREATE);
		snprintf(create->show.title, sizeof(create->show.title), "Show %d", i);
		decide(&w, create, w.host, &shows[i]);
		for (int j = 0; j < 8; j++) {
			struct show_command *make = show_command_new(SHOW_LISTING_CREATE);
			snprintf(make->listing.title, sizeof(make->listing.title), "Hat");
			snprintf(make->listing.currency, sizeof(make->listing.currency), "EUR");
			listing = decide(&w, make, w.host, &unused);
		}
		struct show_command *add = show_command_new(SHOW_ITEM_ADD);
		add->show_id = shows[i];
		add->listing_id = listing;
		decide(&w, add, w.host, &unused);
		first_listing = i ? first_listing : listing;
		if (i % 50 == 49)
			world_commit(&w);
	}
	assert_true(g_hash_table_size(w.r.rows[RULES_LISTING]) < 4600);
	assert_true(g_hash_table_size(w.r.rows[RULES_SHOW]) < 320);
	assert_true(g_hash_table_size(w.r.rows[RULES_ITEM]) < 330);
	assert_true(base_id_equal(rules_listing(&w.r, first_listing)->is.id, first_listing));
	rules_note_items_of(&w.r, first_listing); /* of a show that is not in memory any more */
	assert_int_equal(w.r.events->len, 1);
	assert_int_equal(rules_show_items(&w.r, rules_show(&w.r, shows[0]))->len, 1);
	world_pass(&w, 5 * MINUTE_US); /* what is open was never let go of */
	assert_int_equal(world_hold_state(&w, hold), STORE_HOLD_EXPIRED);
	assert_int_equal(world_listing(&w)->available, 3);
	world_close(&w);
}

static void buy_or_give_back(struct world *w, int i)
{
	char key[16], pay[16];
	snprintf(key, sizeof(key), "k%d", i);
	snprintf(pay, sizeof(pay), "p%d", i);
	struct base_id buyer = w->buyers[i % WORLD_BUYERS];
	struct show_command *release = show_command_new(SHOW_RELEASE);
	release->hold_id = world_claim(w, buyer, 1, WORLD_PRICE, key).hold;
	if (i % 3 == 0)
		world_pass(w, 5 * MINUTE_US);
	else if (i % 3 == 1)
		world_settle(w, world_checkout(w, buyer, pay).purchase, i % 2 ? PAY_CAPTURED : PAY_DECLINED);
	assert_int_equal(world_do(w, release, buyer).code, i % 3 == 2 || i % 6 == 4 ? SHOW_OK : SHOW_EXPIRED);
}

static void test_nothing_is_left_of_what_is_over(void **state)
{
	struct world w;
	world_open(&w, true, 400);
	for (int i = 0; i < 900; i++)
		buy_or_give_back(&w, i);
	assert_int_equal(world_listing(&w)->sold, 150);
	assert_int_equal(world_listing(&w)->available, 250);
	assert_true(g_hash_table_size(w.r.rows[RULES_HOLD]) <= 256 + 1);
	assert_true(g_hash_table_size(w.r.rows[RULES_PURCHASE]) <= 256 + 1);
	assert_int_equal(g_hash_table_size(w.r.buyers), 0);
	assert_int_equal(key_set_size(w.r.keys), 0);
	assert_int_equal(g_hash_table_size(w.r.unsettled), 0);
	assert_int_equal(w.r.deadlines->len, 0);
	world_end_show(&w);
	rules_picture(&w.r, &w.now, w.show, false);
	assert_int_equal(g_hash_table_size(w.r.hosts), 0);
	world_close(&w);
}

/* The model: what must be true of stock and money, counted beside the rules in the simplest way. */
struct model {
	int64_t adjusted, sold, captured, refunded;
	struct base_id paying[64];
	size_t paying_count;
};

static void settle_one(struct world *w, struct model *m, GRand *rand)
{
	if (!m->paying_count)
		return;
	size_t at = (size_t)g_rand_int_range(rand, 0, (gint32)m->paying_count);
	struct base_id id = m->paying[at];
	enum pay_outcome outcome = (enum pay_outcome)g_rand_int_range(rand, PAY_CAPTURED, PAY_UNKNOWN + 1);
	struct rules_purchase *purchase = rules_purchase(&w->r, id);
	int64_t units = purchase->is.order.total / WORLD_PRICE;
	bool voided = purchase->is.voided;
	world_settle(w, id, outcome);
	if (outcome == PAY_UNKNOWN)
		return;
	m->paying[at] = m->paying[--m->paying_count];
	if (outcome != PAY_CAPTURED)
		return;
	m->captured++;
	m->sold += voided ? 0 : units;
	if (!voided)
		return;
	rules_refunded(&w->r, &w->now, id);
	m->refunded++;
	world_commit(w);
}

static void adjust(struct world *w, struct model *m, int64_t delta)
{
	struct show_command *command = show_command_new(SHOW_LISTING_UPDATE);
	command->listing_id = w->listing;
	command->mask = SHOW_SET_STOCK;
	command->stock_delta = delta;
	if (world_do(w, command, w->seller).code == SHOW_OK)
		m->adjusted += delta;
}

static void release_any(struct world *w, struct base_id buyer)
{
	const struct rules_buyer *open = rules_buyer(&w->r, buyer);
	if (!open)
		return;
	struct show_command *command = show_command_new(SHOW_RELEASE);
	command->hold_id = open->holds[0]->row.id;
	world_do(w, command, buyer);
}

static void check_out(struct world *w, struct model *m, struct base_id buyer, const char *key)
{
	if (m->paying_count == G_N_ELEMENTS(m->paying))
		return;
	struct rules_answer answer = world_checkout(w, buyer, key);
	if (answer.wait && !answer.repeated)
		m->paying[m->paying_count++] = answer.purchase;
}

/* Someone sets the clock, and a commit fails. */
static void disturb(struct world *w, GRand *rand, bool reloads)
{
	w->now.ms += g_rand_int_range(rand, -1000, 1000) * INT64_C(10000);
	if (!reloads)
		return;
	rules_forget(&w->r);
	assert_int_equal(show_load(&w->r, w->store, &w->now, 0), 0);
	world_commit(w);
}

static void random_step(struct world *w, struct model *m, GRand *rand, bool restarts)
{
	char key[24];
	struct base_id buyer = w->buyers[g_rand_int_range(rand, 0, WORLD_BUYERS)];
	snprintf(key, sizeof(key), "k%d", g_rand_int_range(rand, 0, 400)); /* some come twice */
	switch (g_rand_int_range(rand, 0, 16)) {
	case 0:
		adjust(w, m, g_rand_int_range(rand, -3, 5));
		break;
	case 1:
		world_pass(w, g_rand_int_range(rand, 0, 100) * INT64_C(1000000));
		break;
	case 2:
	case 3:
		release_any(w, buyer);
		break;
	case 4:
	case 5:
		check_out(w, m, buyer, key);
		break;
	case 6:
	case 7:
		settle_one(w, m, rand);
		break;
	case 8:
		world_ban(w, buyer, g_rand_int_range(rand, 0, 3) == 0);
		break;
	case 9:
		if (restarts)
			world_restart(w);
		rules_picture(&w->r, &w->now, w->show, true);
		break;
	case 10:
		disturb(w, rand, restarts);
		break;
	default:
		world_claim(w, buyer, g_rand_int_range(rand, 1, 4), WORLD_PRICE, key);
	}
}

static void check_model(struct world *w, const struct model *m)
{
	assert_int_equal(world_listing(w)->adjusted, m->adjusted);
	assert_int_equal(world_listing(w)->sold, m->sold);
	assert_int_equal(rules_item(&w->r, w->item)->is.claimed, world_listing(w)->held + world_listing(w)->sold);
}

static void count_order(const struct store_order *order, void *ctx)
{
	struct model *found = ctx;
	found->captured += order->state == STORE_ORDER_PAID || order->state == STORE_ORDER_CANCELLED;
	found->sold += order->state == STORE_ORDER_PAID ? order->total / WORLD_PRICE : 0;
}

static void run_model(bool with_store, guint32 seed, int steps)
{
	struct world w;
	struct model m = {.adjusted = 6};
	GRand *rand = g_rand_new_with_seed(seed);
	world_open(&w, with_store, m.adjusted);
	for (int i = 0; i < steps; i++) {
		random_step(&w, &m, rand, with_store);
		check_model(&w, &m);
	}
	assert_true(m.captured > 0 && m.sold > 0);
	if (with_store) {
		struct model found = {0};
		const struct store_orders_wanted wanted = {.who = w.seller, .as_seller = true, .state = -1};
		assert_int_equal(store_orders(store_writer_reads(w.store), &wanted, SIZE_MAX, count_order, &found), 0);
		assert_int_equal(found.captured, m.captured);
		assert_int_equal(found.sold, m.sold);
	}
	g_rand_free(rand);
	world_close(&w);
}

static void test_random_histories_in_memory(void **state)
{
	for (guint32 seed = 1; seed <= 8; seed++)
		run_model(false, seed, 3000);
}

static void test_random_histories_with_restarts(void **state)
{
	for (guint32 seed = 100; seed < 103; seed++)
		run_model(true, seed, 800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_live_show_resumes),
	        cmocka_unit_test(test_hold_resumes_with_what_it_had),
	        cmocka_unit_test(test_hold_has_a_minute_after_downtime),
	        cmocka_unit_test(test_wall_clock_set_back),
	        cmocka_unit_test(test_at_each_step_of_an_order),
	        cmocka_unit_test(test_ban_and_refund_outlive_a_restart),
	        cmocka_unit_test(test_a_batch_given_up_leaves_no_trace),
	        cmocka_unit_test(test_memory_is_bounded_and_comes_back),
	        cmocka_unit_test(test_nothing_is_left_of_what_is_over),
	        cmocka_unit_test(test_random_histories_in_memory),
	        cmocka_unit_test(test_random_histories_with_restarts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
