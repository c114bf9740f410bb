/* The show thread: batches, answers after the commit, payments, timers. */
#include "stage.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CARD_OK "4242424242424242"

struct crowd {
	sem_t answered;
	atomic_int held, waiting, others;
};

static void count_answer(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct crowd *crowd = ctx;
	atomic_fetch_add(result->code == SHOW_HELD         ? &crowd->held
	                 : result->code == SHOW_WAITLISTED ? &crowd->waiting
	                                                   : &crowd->others,
	                 1);
	sem_post(&crowd->answered);
}

struct claimer {
	struct stage *stage;
	struct crowd *crowd;
	int number;
};

static void *claim_often(void *arg)
{
	const struct claimer *claimer = arg;
	for (int i = 0; i < 25; i++) {
		char key[24];
		snprintf(key, sizeof(key), "%d-%d", claimer->number, i);
		struct show_command *claim = stage_claim(claimer->stage, 1, key);
		claim->actor = claimer->stage->buyers[claimer->number];
		claim->done = count_answer;
		claim->ctx = claimer->crowd;
		show_controller_post(claimer->stage->controller, claim);
	}
	return NULL;
}

static void test_two_hundred_claims_for_three_units(void **state)
{
	struct stage s;
	struct crowd crowd = {0};
	struct claimer claimers[STAGE_BUYERS];
	pthread_t threads[STAGE_BUYERS];
	sem_init(&crowd.answered, 0, 0);
	stage_init(&s);
	stage_start(&s);
	stage_populate(&s, 3);
	for (int i = 0; i < STAGE_BUYERS; i++) {
		claimers[i] = (struct claimer){&s, &crowd, i};
		assert_int_equal(pthread_create(&threads[i], NULL, claim_often, &claimers[i]), 0);
	}
	for (int i = 0; i < STAGE_BUYERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 200; i++)
		sem_wait(&crowd.answered);
	assert_int_equal(crowd.held, 3);
	assert_int_equal(crowd.waiting, 197); /* of each buyer once, and again the same */
	assert_int_equal(crowd.others, 0);
	stage_stop(&s);
	stage_finish(&s);
	sem_destroy(&crowd.answered);
}

/* Looks from a second connection while the answer is being given. */
struct witness {
	struct store_reader *reader;
	sem_t answered;
	bool stored;
	enum store_order_state order_state;
};

static void find_hold(const struct store_hold *hold, void *ctx)
{
	*(int *)ctx += 1;
}

static void look_for_hold(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct witness *witness = ctx;
	int found = 0;
	int error = store_holds_open(witness->reader, result->hold.buyer.id, NULL, find_hold, &found);
	witness->stored = !error && found == 1 && result->code == SHOW_HELD;
	sem_post(&witness->answered);
}

static void look_for_order(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct witness *witness = ctx;
	struct store_order order = {0};
	witness->stored = store_order_by_id(witness->reader, result->order.id, &order) == 0;
	witness->order_state = order.state;
	sem_post(&witness->answered);
}

static void post(struct stage *s, struct show_command *command, struct base_id actor,
                 void (*done)(struct show_command *, const struct show_result *, void *), void *ctx)
{
	command->actor = actor;
	command->done = done;
	command->ctx = ctx;
	show_controller_post(s->controller, command);
}

static void test_answered_means_stored(void **state)
{
	struct stage s;
	struct witness witness = {0};
	sem_init(&witness.answered, 0, 0);
	stage_init(&s);
	stage_start(&s);
	stage_populate(&s, 3);
	assert_int_equal(store_reader_open(s.dir, &witness.reader), 0);
	post(&s, stage_claim(&s, 1, "c"), s.buyers[0], look_for_hold, &witness);
	sem_wait(&witness.answered);
	assert_true(witness.stored);
	post(&s, stage_checkout(&s, "p", CARD_OK), s.buyers[0], look_for_order, &witness);
	sem_wait(&witness.answered);
	assert_true(witness.stored);
	assert_int_equal(witness.order_state, STORE_ORDER_PAID);
	stage_stop(&s);
	store_reader_close(witness.reader);
	sem_destroy(&witness.answered);
	stage_finish(&s);
}

static void test_cards(void **state)
{
	struct stage s;
	stage_init(&s);
	stage_start(&s);
	stage_populate(&s, 9);
	stage_ask(&s, stage_claim(&s, 2, "c"), s.buyers[0]);
	struct show_result declined = stage_ask(&s, stage_checkout(&s, "p", "4000000000000002"), s.buyers[0]);
	assert_int_equal(declined.code, SHOW_DECLINED);
	assert_string_equal(declined.detail, "declined");
	assert_int_equal(declined.order.state, STORE_ORDER_FAILED);
	assert_string_equal(stage_ask(&s, stage_checkout(&s, "p", "4000000000009995"), s.buyers[0]).detail,
	                    "insufficient_funds");
	assert_string_equal(stage_ask(&s, stage_checkout(&s, "p", "1234"), s.buyers[0]).detail, "invalid_card");
	struct show_result paid = stage_ask(&s, stage_checkout(&s, "p", CARD_OK), s.buyers[0]);
	assert_int_equal(paid.code, SHOW_OK);
	assert_int_equal(paid.order.state, STORE_ORDER_PAID);
	assert_int_equal(paid.order.total, 2 * STAGE_PRICE);
	struct show_result again = stage_ask(&s, stage_checkout(&s, "p", "4000000000000002"), s.buyers[0]);
	assert_true(again.repeated);
	assert_true(base_id_equal(again.order.id, paid.order.id));

	stage_ask(&s, stage_claim(&s, 1, "d"), s.buyers[0]);
	struct show_result late = stage_ask(&s, stage_checkout(&s, "q", "4000000000000341"), s.buyers[0]);
	assert_int_equal(late.code, SHOW_OK); /* asked twice, answered once */
	assert_int_equal(late.order.state, STORE_ORDER_PAID);
	stage_stop(&s);
	stage_finish(&s);
}

struct seen {
	enum show_event_type wanted;
	enum store_hold_state hold_state;
	sem_t seen;
	struct show_event event;
};

static void watch_for(const struct show_event *event, void *ctx)
{
	struct seen *seen = ctx;
	if (event->type != seen->wanted || (event->type == SHOW_EVENT_HOLD && event->hold.state != seen->hold_state) ||
	    (event->type == SHOW_EVENT_SHOW && event->show.state != STORE_SHOW_ENDED) ||
	    (event->type == SHOW_EVENT_WAITING && event->waiting.state != STORE_WAITING_LAPSED))
		return;
	seen->event = *event;
	sem_post(&seen->seen);
}

static void test_hold_expires_by_itself(void **state)
{
	struct stage s;
	struct seen seen = {.wanted = SHOW_EVENT_HOLD, .hold_state = STORE_HOLD_EXPIRED};
	sem_init(&seen.seen, 0, 0);
	stage_init(&s);
	s.settings.hold_s = 1;
	s.on_event = watch_for;
	s.ctx = &seen;
	stage_start(&s);
	stage_populate(&s, 3);
	struct show_result held = stage_ask(&s, stage_claim(&s, 1, "c"), s.buyers[0]);
	sem_wait(&seen.seen);
	assert_true(base_id_equal(seen.event.hold.id, held.hold.id));
	assert_true(base_id_equal(seen.event.hold.buyer.id, s.buyers[0]));
	assert_int_equal(stage_ask(&s, stage_claim(&s, 3, "d"), s.buyers[1]).code, SHOW_HELD); /* all are back */
	stage_stop(&s);
	sem_destroy(&seen.seen);
	stage_finish(&s);
}

static void test_show_ends_without_its_host(void **state)
{
	struct stage s;
	struct seen seen = {.wanted = SHOW_EVENT_SHOW};
	sem_init(&seen.seen, 0, 0);
	stage_init(&s);
	s.settings.host_absent_s = 1;
	s.on_event = watch_for;
	s.ctx = &seen;
	stage_start(&s);
	stage_populate(&s, 3);
	show_controller_picture(s.controller, s.show, true);
	show_controller_picture(s.controller, s.show, false);
	sem_wait(&seen.seen);
	assert_true(base_id_equal(seen.event.show.id, s.show));
	stage_stop(&s);
	sem_destroy(&seen.seen);
	stage_finish(&s);
}

static void test_who_is_absent_waits_no_longer(void **state)
{
	struct stage s;
	struct seen seen = {.wanted = SHOW_EVENT_WAITING};
	sem_init(&seen.seen, 0, 0);
	stage_init(&s);
	s.settings.wait_absent_s = 1;
	s.on_event = watch_for;
	s.ctx = &seen;
	stage_start(&s);
	stage_populate(&s, 1);
	stage_ask(&s, stage_claim(&s, 1, "a"), s.buyers[0]);
	show_controller_presence(s.controller, s.buyers[1], true);
	assert_int_equal(stage_ask(&s, stage_claim(&s, 1, "a"), s.buyers[1]).code, SHOW_WAITLISTED);
	assert_int_equal(stage_ask(&s, stage_claim(&s, 1, "a"), s.buyers[2]).code, SHOW_WAITLISTED);
	sem_wait(&seen.seen); /* the second, for the first is there */
	assert_true(base_id_equal(seen.event.waiting.buyer.id, s.buyers[2]));
	show_controller_presence(s.controller, s.buyers[1], false);
	sem_wait(&seen.seen);
	assert_true(base_id_equal(seen.event.waiting.buyer.id, s.buyers[1]));
	stage_stop(&s);
	sem_destroy(&seen.seen);
	stage_finish(&s);
}

/* A provider that waits to be told, and whose refunds fail at first. */
struct slow_provider {
	struct pay_provider provider;
	sem_t asked, go, refunded;
	atomic_int charges, refunds;
};

static void slow_method(struct pay_provider *provider, const char *card, char method[PAY_METHOD_BYTES])
{
	snprintf(method, PAY_METHOD_BYTES, "slow");
}

static void slow_charge(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	struct slow_provider *slow = (struct slow_provider *)provider;
	atomic_fetch_add(&slow->charges, 1);
	sem_post(&slow->asked);
	sem_wait(&slow->go);
	out->outcome = PAY_CAPTURED;
	snprintf(out->reference, sizeof(out->reference), "slow_%s", charge->order);
}

static int slow_refund(struct pay_provider *provider, const char *reference)
{
	struct slow_provider *slow = (struct slow_provider *)provider;
	if (strncmp(reference, "slow_", 5) != 0)
		return -EINVAL;
	if (atomic_fetch_add(&slow->refunds, 1) < 2)
		return -EAGAIN;
	sem_post(&slow->refunded);
	return 0;
}

static void slow_destroy(struct pay_provider *provider)
{
	struct slow_provider *slow = (struct slow_provider *)provider;
	sem_destroy(&slow->asked);
	sem_destroy(&slow->go);
	sem_destroy(&slow->refunded);
	free(slow);
}

static const struct pay_provider_ops slow_ops = {
        .destroy = slow_destroy, .method = slow_method, .charge = slow_charge, .refund = slow_refund};

static struct slow_provider *use_slow_provider(struct stage *s)
{
	struct slow_provider *slow = calloc(1, sizeof(*slow));
	assert_non_null(slow);
	slow->provider.ops = &slow_ops;
	sem_init(&slow->asked, 0, 0);
	sem_init(&slow->go, 0, 0);
	sem_init(&slow->refunded, 0, 0);
	pay_provider_destroy(s->provider);
	s->provider = &slow->provider;
	return slow;
}

static void test_paying_is_stored_before_the_provider_is_asked(void **state)
{
	struct stage s;
	struct store_reader *reader;
	struct witness witness = {0};
	int open = 0;
	sem_init(&witness.answered, 0, 0);
	stage_init(&s);
	struct slow_provider *slow = use_slow_provider(&s);
	stage_start(&s);
	stage_populate(&s, 3);
	assert_int_equal(store_reader_open(s.dir, &reader), 0);
	assert_int_equal(store_reader_open(s.dir, &witness.reader), 0);
	struct show_result held = stage_ask(&s, stage_claim(&s, 1, "c"), s.buyers[0]);
	post(&s, stage_checkout(&s, "p", CARD_OK), s.buyers[0], look_for_order, &witness);
	post(&s, stage_checkout(&s, "p", CARD_OK), s.buyers[0], look_for_order, &witness); /* a nervous thumb */
	sem_wait(&slow->asked);
	assert_int_equal(store_holds_open(reader, s.buyers[0], NULL, find_hold, &open), 0);
	assert_int_equal(open, 1);
	struct show_command *release = show_command_new(SHOW_RELEASE);
	release->hold_id = held.hold.id;
	struct show_result refused = stage_ask(&s, release, s.buyers[0]); /* others go on while a provider is slow */
	assert_int_equal(refused.code, SHOW_INVALID);
	assert_int_equal(refused.hold.state, STORE_HOLD_PAYING);
	assert_int_equal(sem_trywait(&witness.answered), -1);
	sem_post(&slow->go);
	sem_wait(&witness.answered);
	sem_wait(&witness.answered);
	assert_int_equal(witness.order_state, STORE_ORDER_PAID);
	assert_int_equal(slow->charges, 1);
	stage_stop(&s);
	store_reader_close(reader);
	store_reader_close(witness.reader);
	sem_destroy(&witness.answered);
	stage_finish(&s);
}

static void ban_buyer(struct stage *s)
{
	struct show_command *ban = show_command_new(SHOW_MODERATE);
	ban->show_id = s->show;
	ban->account_id = s->buyers[0];
	ban->mask = SHOW_SET_BANNED;
	ban->banned = true;
	assert_int_equal(stage_ask(s, ban, s->host).code, SHOW_OK);
}

static void test_captured_after_a_ban_is_given_back(void **state)
{
	struct stage s;
	struct witness witness = {0};
	sem_init(&witness.answered, 0, 0);
	stage_init(&s);
	struct slow_provider *slow = use_slow_provider(&s);
	stage_start(&s);
	stage_populate(&s, 3);
	assert_int_equal(store_reader_open(s.dir, &witness.reader), 0);
	stage_ask(&s, stage_claim(&s, 1, "c"), s.buyers[0]);
	post(&s, stage_checkout(&s, "p", CARD_OK), s.buyers[0], look_for_order, &witness);
	sem_wait(&slow->asked);
	ban_buyer(&s);
	sem_post(&slow->go);
	sem_wait(&witness.answered);
	assert_int_equal(witness.order_state, STORE_ORDER_CANCELLED);
	sem_wait(&slow->refunded); /* tried until it worked */
	assert_int_equal(slow->refunds, 3);
	stage_stop(&s);
	store_reader_close(witness.reader);
	sem_destroy(&witness.answered);
	stage_finish(&s);
}

struct stopper {
	struct stage *stage;
	sem_t *stopping;
};

static void *stop_stage(void *arg)
{
	struct stopper *stopper = arg;
	sem_post(stopper->stopping);
	show_controller_stop(stopper->stage->controller);
	return NULL;
}

static void test_stop_waits_for_the_provider(void **state)
{
	struct stage s;
	struct witness witness = {0};
	sem_t stopping;
	pthread_t thread;
	sem_init(&witness.answered, 0, 0);
	sem_init(&stopping, 0, 0);
	stage_init(&s);
	struct slow_provider *slow = use_slow_provider(&s);
	stage_start(&s);
	stage_populate(&s, 3);
	assert_int_equal(store_reader_open(s.dir, &witness.reader), 0);
	stage_ask(&s, stage_claim(&s, 1, "c"), s.buyers[0]);
	post(&s, stage_checkout(&s, "p", CARD_OK), s.buyers[0], look_for_order, &witness);
	sem_wait(&slow->asked);
	struct stopper stopper = {&s, &stopping};
	assert_int_equal(pthread_create(&thread, NULL, stop_stage, &stopper), 0);
	sem_wait(&stopping);
	sem_post(&slow->go);
	pthread_join(thread, NULL);
	sem_wait(&witness.answered);
	assert_int_equal(witness.order_state, STORE_ORDER_PAID);
	s.controller = NULL;
	stage_stop(&s);
	store_reader_close(witness.reader);
	sem_destroy(&witness.answered);
	sem_destroy(&stopping);
	stage_finish(&s);
}

static void test_stop_answers_what_waits(void **state)
{
	struct stage s;
	struct crowd crowd = {0};
	sem_init(&crowd.answered, 0, 0);
	stage_init(&s);
	stage_start(&s);
	stage_populate(&s, 40);
	for (int i = 0; i < 50; i++) {
		char key[16];
		snprintf(key, sizeof(key), "k%d", i);
		post(&s, stage_claim(&s, 1, key), s.buyers[i % STAGE_BUYERS], count_answer, &crowd);
	}
	stage_stop(&s);
	assert_int_equal(crowd.held, 40);
	assert_int_equal(crowd.waiting, 10);
	sem_destroy(&crowd.answered);
	stage_finish(&s);
}

static void test_restart_resumes(void **state)
{
	struct stage s;
	stage_init(&s);
	stage_start(&s);
	stage_populate(&s, 3);
	struct show_result held = stage_ask(&s, stage_claim(&s, 1, "c"), s.buyers[0]);
	stage_stop(&s);
	stage_start(&s);
	struct show_result again = stage_ask(&s, stage_claim(&s, 1, "c"), s.buyers[0]);
	assert_true(again.repeated);
	assert_true(base_id_equal(again.hold.id, held.hold.id));
	assert_int_equal(again.hold.state, STORE_HOLD_ACTIVE);
	assert_int_equal(stage_ask(&s, stage_claim(&s, 3, "d"), s.buyers[1]).code, SHOW_WAITLISTED);
	assert_int_equal(stage_ask(&s, stage_checkout(&s, "p", CARD_OK), s.buyers[0]).code, SHOW_OK);
	assert_int_equal(stage_ask(&s, stage_claim(&s, 3, "e"), s.buyers[2]).code, SHOW_SOLD_OUT);
	stage_stop(&s);
	stage_finish(&s);
}

/* What the events said; they come on the show thread, so the test looks once it has ended. */
struct told {
	int clock, claimed_at, item_at;
	struct show_event claimed, item;
};

static void note_event(const struct show_event *event, void *ctx)
{
	struct told *told = ctx;
	if (event->type == SHOW_EVENT_CLAIMED) {
		told->claimed_at = ++told->clock;
		told->claimed = *event;
	} else if (event->type == SHOW_EVENT_ITEM && event->item.claimed) {
		told->item_at = ++told->clock;
		told->item = *event;
	}
}

static void note_answer(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct told *told = ctx;
	told->clock = told->clock == 0 && result->code == SHOW_HELD ? 1 : 100;
}

static void test_events_follow_the_answer(void **state)
{
	struct stage s;
	struct told *told = calloc(1, sizeof(*told));
	assert_non_null(told);
	stage_init(&s);
	s.on_event = note_event;
	s.ctx = told;
	stage_start(&s);
	stage_populate(&s, 3);
	post(&s, stage_claim(&s, 1, "c"), s.buyers[0], note_answer, told);
	stage_stop(&s);
	assert_int_equal(told->claimed_at, 2);
	assert_int_equal(told->item_at, 3);
	assert_string_equal(told->claimed.hold.buyer.username, "buyer0");
	assert_true(base_id_equal(told->claimed.hold.show, s.show));
	assert_true(base_id_equal(told->claimed.hold.item, s.item));
	assert_int_equal(told->item.item.claimed, 1);
	assert_int_equal(told->item.item.listing.available, 2);
	free(told);
	stage_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_two_hundred_claims_for_three_units),
	        cmocka_unit_test(test_answered_means_stored),
	        cmocka_unit_test(test_cards),
	        cmocka_unit_test(test_hold_expires_by_itself),
	        cmocka_unit_test(test_show_ends_without_its_host),
	        cmocka_unit_test(test_who_is_absent_waits_no_longer),
	        cmocka_unit_test(test_paying_is_stored_before_the_provider_is_asked),
	        cmocka_unit_test(test_captured_after_a_ban_is_given_back),
	        cmocka_unit_test(test_stop_waits_for_the_provider),
	        cmocka_unit_test(test_stop_answers_what_waits),
	        cmocka_unit_test(test_restart_resumes),
	        cmocka_unit_test(test_events_follow_the_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
