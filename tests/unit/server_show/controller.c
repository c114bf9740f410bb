/* The show thread: batches, answers after the commit, what is told and when. */
#include "witness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

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
		stage_post(claimer->stage, claim, claimer->stage->buyers[claimer->number], count_answer,
		           claimer->crowd);
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
	stage_open(&s, 3);
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
	stage_close(&s);
	sem_destroy(&crowd.answered);
}

static void test_answered_means_stored(void **state)
{
	struct stage s;
	struct witness witness;
	stage_open(&s, 3);
	witness_open(&witness, &s);
	stage_post(&s, stage_claim(&s, 1, "c"), s.buyers[0], witness_claim, &witness);
	sem_wait(&witness.answered);
	assert_true(witness.stored);
	stage_post(&s, stage_checkout(&s, "p", CARD_OK), s.buyers[0], witness_order, &witness);
	sem_wait(&witness.answered);
	assert_true(witness.stored);
	assert_int_equal(witness.order_state, STORE_ORDER_PAID);
	stage_stop(&s);
	witness_close(&witness);
	stage_finish(&s);
}

static void test_stop_answers_what_waits(void **state)
{
	struct stage s;
	struct crowd crowd = {0};
	sem_init(&crowd.answered, 0, 0);
	stage_open(&s, 40);
	for (int i = 0; i < 50; i++) {
		char key[16];
		snprintf(key, sizeof(key), "k%d", i);
		stage_post(&s, stage_claim(&s, 1, key), s.buyers[i % STAGE_BUYERS], count_answer, &crowd);
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
	stage_open(&s, 3);
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
	stage_close(&s);
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
	stage_post(&s, stage_claim(&s, 1, "c"), s.buyers[0], note_answer, told);
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
	        cmocka_unit_test(test_stop_answers_what_waits),
	        cmocka_unit_test(test_restart_resumes),
	        cmocka_unit_test(test_events_follow_the_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
