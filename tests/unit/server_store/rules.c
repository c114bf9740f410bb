/* Power cuts under the rules of the market: after each, at every point in turn, a server that starts again knows every
 * answer that it gave, and its memory is as it must be. */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../server_show/world.h"
#include "vfs.h"

#define STOCK 3
#define CLAIMS_MAX 16

struct claimed {
	int buyer;
	char key[8];
	struct rules_answer answer;
};

struct table {
	struct world w;
	struct rules_limits limits;
	struct vfs_image *market;
	struct claimed claims[CLAIMS_MAX]; /* those that were answered */
	size_t claimed;
	struct base_id order; /* answered */
	bool paid;            /* likewise */
	bool over;            /* a commit failed: nobody is answered any more */
};

static void start(struct table *t)
{
	char why[256];
	assert_int_equal(store_open(t->w.dir, why, sizeof(why), &t->w.store), 0);
	struct rules_source source = show_store_source(t->w.store);
	rules_init(&t->w.r, &t->limits, &source);
	assert_int_equal(show_load(&t->w.r, t->w.store, &t->w.now, t->limits.hold_least_ms), 0);
}

static void stop(struct table *t)
{
	rules_finish(&t->w.r);
	store_close(t->w.store);
	t->w.store = NULL;
}

/* As the show thread does it: what is not committed is not answered. */
static bool commit(struct table *t)
{
	int error = t->w.r.error;
	if (!error && rules_has_changes(&t->w.r)) {
		error = store_begin(t->w.store);
		if (!error)
			error = show_write(&t->w.r, t->w.store);
		if (!error)
			error = store_commit(t->w.store);
	}
	t->over = error != 0;
	if (!error)
		rules_committed(&t->w.r);
	return !error;
}

static struct rules_answer decide(struct table *t, struct show_command *command, int buyer)
{
	struct rules_answer answer;
	command->actor = t->w.buyers[buyer];
	rules_decide(&t->w.r, &t->w.now, command, "test_ok", &answer);
	world_free(command);
	return answer;
}

static void claim(struct table *t, int buyer, enum show_code expected)
{
	struct claimed *claimed = &t->claims[t->claimed];
	if (t->over)
		return;
	claimed->buyer = buyer;
	snprintf(claimed->key, sizeof(claimed->key), "key%d", buyer);
	claimed->answer = decide(t, claim_of(&t->w, 1, WORLD_PRICE, claimed->key), buyer);
	if (commit(t)) {
		assert_int_equal(claimed->answer.code, expected);
		t->claimed++;
	}
}

static void release(struct table *t, int buyer)
{
	if (t->over)
		return;
	struct show_command *command = show_command_new(SHOW_RELEASE);
	command->hold_id = t->claims[buyer].answer.hold;
	decide(t, command, buyer);
	commit(t);
}

static void buy(struct table *t, int buyer)
{
	const struct pay_result captured = {.outcome = PAY_CAPTURED, .reference = "ref"};
	struct rules_answer answer, settled;
	if (t->over)
		return;
	answer = decide(t, checkout_of(&t->w, "order"), buyer);
	if (!commit(t))
		return;
	t->order = answer.purchase;
	assert_false(base_id_is_zero(t->order));
	rules_settle(&t->w.r, &t->w.now, t->order, &captured, &settled);
	t->paid = commit(t);
}

static void pass(struct table *t, int64_t us)
{
	if (t->over)
		return;
	t->w.now.us += us;
	t->w.now.ms += us / 1000;
	rules_tick(&t->w.r, &t->w.now);
	commit(t);
}

/* Three units: held, waited for, given back and passed on, bought, expired and passed on, and one left for the last. */
static void sell(struct table *t)
{
	for (int buyer = 0; buyer < STOCK; buyer++)
		claim(t, buyer, SHOW_HELD);
	claim(t, 3, SHOW_WAITLISTED);
	claim(t, 4, SHOW_WAITLISTED);
	release(t, 1);
	buy(t, 0);
	pass(t, t->limits.hold_ms * 1000 + 1);
	claim(t, 5, SHOW_HELD);
}

static void expect_answers_known(struct table *t)
{
	const char *wrong = rules_check(&t->w.r);
	if (wrong)
		fail_msg("%s", wrong);
	for (size_t i = 0; i < t->claimed; i++) {
		const struct claimed *before = &t->claims[i];
		struct rules_answer again = decide(t, claim_of(&t->w, 1, WORLD_PRICE, before->key), before->buyer);
		assert_true(again.repeated);
		assert_int_equal(again.code, before->answer.code);
		if (before->answer.code == SHOW_HELD)
			assert_true(base_id_equal(again.hold, before->answer.hold));
		else
			assert_true(base_id_equal(again.waiting, before->answer.waiting));
	}
	const struct rules_purchase *purchase = rules_purchase(&t->w.r, t->order);
	if (!base_id_is_zero(t->order))
		assert_non_null(purchase);
	if (t->paid)
		assert_int_equal(purchase->is.order.state, STORE_ORDER_PAID);
	const struct store_listing *listing = world_listing(&t->w);
	assert_int_equal(listing->available + listing->held + listing->sold, STOCK);
	assert_true(listing->sold >= t->paid);
}

/* @return false: the sale was over before the power went. */
static bool cut(struct table *t, size_t change, enum vfs_survival survival)
{
	const struct rules_now now = t->w.now;
	vfs_restore(t->market);
	t->claimed = 0;
	t->order = (struct base_id){{0}};
	t->paid = t->over = false;
	start(t);
	rules_picture(&t->w.r, &t->w.now, t->w.show, true);
	vfs_cut_at(change);
	sell(t);
	bool down = vfs_is_down();
	stop(t);
	vfs_power_on(survival, change);
	start(t);
	expect_answers_known(t);
	stop(t);
	t->w.now = now;
	return down;
}

static int set_up(void **state)
{
	struct table *t = calloc(1, sizeof(*t));
	if (!t)
		return -1;
	vfs_install();
	world_open(&t->w, true, STOCK);
	t->limits = t->w.r.limits;
	stop(t);
	t->market = vfs_save();
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct table *t = *state;
	if (t->w.store)
		stop(t);
	vfs_restore(NULL);
	vfs_image_free(t->market);
	vfs_remove();
	world_remove_dir(t->w.dir);
	free(t);
	return 0;
}

static void cut_everywhere(struct table *t, enum vfs_survival survival)
{
	size_t change = 1;
	while (cut(t, change, survival))
		change++;
	assert_true(change > 50); /* there was something to cut */
	assert_int_equal(t->claimed, 6);
	assert_true(t->paid);
}

static void test_power_cuts_that_lose_all_that_was_not_synced(void **state)
{
	cut_everywhere(*state, VFS_NOTHING);
}

static void test_power_cuts_that_tear_sectors(void **state)
{
	cut_everywhere(*state, VFS_SOME);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_power_cuts_that_lose_all_that_was_not_synced),
	        TEST(test_power_cuts_that_tear_sectors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
