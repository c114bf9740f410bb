/* The show thread and its provider: cards, and one that is slow and fails. */
#include "witness.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_cards(void **state)
{
	struct stage s;
	stage_open(&s, 9);
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
	stage_close(&s);
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

/* A market with that provider; the first buyer holds a unit. */
struct slow_market {
	struct stage s;
	struct slow_provider *provider; /**< owned by the stage */
	struct witness witness;
	struct base_id buyer, hold;
};

static void open_market(struct slow_market *m)
{
	struct slow_provider *slow = calloc(1, sizeof(*slow));
	assert_non_null(slow);
	slow->provider.ops = &slow_ops;
	sem_init(&slow->asked, 0, 0);
	sem_init(&slow->go, 0, 0);
	sem_init(&slow->refunded, 0, 0);
	stage_init(&m->s);
	pay_provider_destroy(m->s.provider);
	m->s.provider = &slow->provider;
	m->provider = slow;
	stage_start(&m->s);
	stage_populate(&m->s, 3);
	witness_open(&m->witness, &m->s);
	m->buyer = m->s.buyers[0];
	m->hold = stage_ask(&m->s, stage_claim(&m->s, 1, "c"), m->buyer).hold.id;
}

static void close_market(struct slow_market *m)
{
	stage_stop(&m->s);
	witness_close(&m->witness);
	stage_finish(&m->s);
}

static void post_checkout(struct slow_market *m)
{
	stage_post(&m->s, stage_checkout(&m->s, "p", CARD_OK), m->buyer, witness_order, &m->witness);
}

static void test_paying_is_stored_before_the_provider_is_asked(void **state)
{
	struct slow_market m;
	struct witness here; /* a reader is for one thread */
	open_market(&m);
	witness_open(&here, &m.s);
	post_checkout(&m);
	post_checkout(&m); /* a nervous thumb */
	sem_wait(&m.provider->asked);
	assert_int_equal(witness_holds(&here, m.buyer), 1);
	struct show_command *release = show_command_new(SHOW_RELEASE);
	release->hold_id = m.hold;
	struct show_result refused = stage_ask(&m.s, release, m.buyer); /* others go on while a provider is slow */
	assert_int_equal(refused.code, SHOW_INVALID);
	assert_int_equal(refused.hold.state, STORE_HOLD_PAYING);
	assert_int_equal(sem_trywait(&m.witness.answered), -1);
	sem_post(&m.provider->go);
	sem_wait(&m.witness.answered);
	sem_wait(&m.witness.answered);
	assert_int_equal(m.witness.order_state, STORE_ORDER_PAID);
	assert_int_equal(m.provider->charges, 1);
	witness_close(&here);
	close_market(&m);
}

static void test_captured_after_a_ban_is_given_back(void **state)
{
	struct slow_market m;
	open_market(&m);
	post_checkout(&m);
	sem_wait(&m.provider->asked);
	struct show_command *ban = show_command_new(SHOW_MODERATE);
	ban->show_id = m.s.show;
	ban->account_id = m.buyer;
	ban->mask = SHOW_SET_BANNED;
	ban->banned = true;
	assert_int_equal(stage_ask(&m.s, ban, m.s.host).code, SHOW_OK);
	sem_post(&m.provider->go);
	sem_wait(&m.witness.answered);
	assert_int_equal(m.witness.order_state, STORE_ORDER_CANCELLED);
	sem_wait(&m.provider->refunded); /* tried until it worked */
	assert_int_equal(m.provider->refunds, 3);
	close_market(&m);
}

struct stopper {
	struct stage *stage;
	sem_t stopping;
};

static void *stop_stage(void *arg)
{
	struct stopper *stopper = arg;
	sem_post(&stopper->stopping);
	show_controller_stop(stopper->stage->controller);
	return NULL;
}

static void test_stop_waits_for_the_provider(void **state)
{
	struct slow_market m;
	struct stopper stopper = {.stage = &m.s};
	pthread_t thread;
	open_market(&m);
	sem_init(&stopper.stopping, 0, 0);
	post_checkout(&m);
	sem_wait(&m.provider->asked);
	assert_int_equal(pthread_create(&thread, NULL, stop_stage, &stopper), 0);
	sem_wait(&stopper.stopping);
	sem_post(&m.provider->go);
	pthread_join(thread, NULL);
	sem_wait(&m.witness.answered);
	assert_int_equal(m.witness.order_state, STORE_ORDER_PAID);
	m.s.controller = NULL;
	close_market(&m);
	sem_destroy(&stopper.stopping);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_cards),
	        cmocka_unit_test(test_paying_is_stored_before_the_provider_is_asked),
	        cmocka_unit_test(test_captured_after_a_ban_is_given_back),
	        cmocka_unit_test(test_stop_waits_for_the_provider),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
