/* What the store does not take harms itself alone: one command of a batch, one hold that runs out, one payment. */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "store/internal.h"

#define COMMANDS 40

struct gate {
	sem_t closed, open;
};

static void wait_at_gate(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct gate *gate = ctx;
	sem_post(&gate->closed);
	sem_wait(&gate->open);
}

/* Keeps the show thread busy, so that what is posted meanwhile is one batch. */
static void close_gate(struct stage *s, struct gate *gate)
{
	sem_init(&gate->closed, 0, 0);
	sem_init(&gate->open, 0, 0);
	stage_post(s, show_command_new(SHOW_AUDIT), (struct base_id){{0}}, wait_at_gate, gate);
	sem_wait(&gate->closed);
}

struct outcome {
	enum show_code code;
	int answers;
	sem_t *answered;
};

static void keep_outcome(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct outcome *outcome = ctx;
	outcome->code = result->code;
	outcome->answers++;
	sem_post(outcome->answered);
}

/* The same token again breaks the table's primary key; that a token repeats is beyond chance, so no rule looks. */
static struct show_command *same_session(const struct stage *s)
{
	struct show_command *command = show_command_new(SHOW_SESSION_CREATE);
	command->account_id = s->buyers[0];
	command->until_ms = INT64_MAX;
	memset(command->token_hash, 7, sizeof(command->token_hash));
	return command;
}

static bool is_poison(int i)
{
	return i == 0 || i == 17 || i == 18 || i == COMMANDS - 1;
}

static void post_mixed(struct stage *s, struct outcome *outcomes, sem_t *answered)
{
	for (int i = 0; i < COMMANDS; i++) {
		char key[16];
		snprintf(key, sizeof(key), "k%d", i);
		struct show_command *command = is_poison(i) ? same_session(s) : stage_claim(s, 1, key);
		outcomes[i].answered = answered;
		stage_post(s, command, is_poison(i) ? (struct base_id){{0}} : s->buyers[i % STAGE_BUYERS], keep_outcome,
		           &outcomes[i]);
	}
}

static void test_a_command_harms_itself_alone(void **state)
{
	struct stage s;
	struct gate gate;
	struct outcome outcomes[COMMANDS] = {0};
	sem_t answered;
	sem_init(&answered, 0, 0);
	stage_open(&s, 100);
	assert_int_equal(stage_ask(&s, same_session(&s), (struct base_id){{0}}).code, SHOW_OK);
	close_gate(&s, &gate);
	post_mixed(&s, outcomes, &answered);
	sem_post(&gate.open);
	for (int i = 0; i < COMMANDS; i++)
		sem_wait(&answered);
	struct show_result last = stage_ask(&s, stage_claim(&s, 1, "last"), s.buyers[0]);
	assert_int_equal(last.item.listing.held, COMMANDS - 4 + 1); /* each claim once */
	stage_stop(&s);
	for (int i = 0; i < COMMANDS; i++) {
		assert_int_equal(outcomes[i].code, is_poison(i) ? SHOW_RETRY : SHOW_HELD);
		assert_int_equal(outcomes[i].answers, 1);
	}
	sem_destroy(&gate.closed);
	sem_destroy(&gate.open);
	sem_destroy(&answered);
	stage_finish(&s);
}

/* Makes the store refuse a change of one buyer's rows, as a damaged row would. */
static void make_sick(struct stage *s, const char *table, int state, struct base_id buyer)
{
	struct sqlite_connection other;
	char hex[2 * BASE_ID_BYTES + 1];
	for (int i = 0; i < BASE_ID_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", buyer.bytes[i]);
	g_autofree char *path = store_path(s->dir, "trunkshow.db");
	g_autofree char *text =
	        g_strdup_printf("CREATE TRIGGER sick BEFORE UPDATE ON %s WHEN NEW.state = %d AND NEW.buyer = x'%s'"
	                        " BEGIN SELECT RAISE(ABORT, 'sick'); END",
	                        table, state, hex);
	assert_int_equal(sqlite_connection_open(&other, path, SQLITE_OPEN_READWRITE), SQLITE_OK);
	assert_int_equal(sqlite_connection_execute(&other, text), 0);
	sqlite_connection_close(&other);
}

struct expired {
	struct base_id buyer;
	sem_t seen;
};

static void watch_expired(const struct show_event *event, void *ctx)
{
	struct expired *expired = ctx;
	if (event->type == SHOW_EVENT_HOLD && event->hold.state == STORE_HOLD_EXPIRED &&
	    base_id_equal(event->hold.buyer.id, expired->buyer))
		sem_post(&expired->seen);
}

static void test_a_hold_that_cannot_expire_harms_itself_alone(void **state)
{
	struct stage s;
	struct expired expired;
	sem_init(&expired.seen, 0, 0);
	stage_init(&s);
	s.settings.hold_s = 1;
	s.on_event = watch_expired;
	s.ctx = &expired;
	stage_start(&s);
	stage_populate(&s, 3);
	expired.buyer = s.buyers[1];
	make_sick(&s, "hold", STORE_HOLD_EXPIRED, s.buyers[0]);
	struct show_result sick = stage_ask(&s, stage_claim(&s, 1, "a"), s.buyers[0]);
	stage_ask(&s, stage_claim(&s, 1, "b"), s.buyers[1]);
	sem_wait(&expired.seen);
	struct show_result again = stage_ask(&s, stage_claim(&s, 1, "a"), s.buyers[0]);
	assert_int_equal(again.code, SHOW_HELD); /* commands go on, and the hold is as it was */
	assert_true(base_id_equal(again.hold.id, sick.hold.id));
	assert_int_equal(again.hold.state, STORE_HOLD_ACTIVE);
	struct show_command *release = show_command_new(SHOW_RELEASE);
	release->hold_id = sick.hold.id;
	assert_int_equal(stage_ask(&s, release, s.buyers[0]).code, SHOW_OK);
	stage_stop(&s);
	sem_destroy(&expired.seen);
	stage_finish(&s);
}

static void test_a_payment_that_cannot_be_stored_harms_itself_alone(void **state)
{
	struct stage s;
	stage_open(&s, 3);
	make_sick(&s, "purchase", STORE_ORDER_PAID, s.buyers[0]);
	stage_ask(&s, stage_claim(&s, 1, "a"), s.buyers[0]);
	stage_ask(&s, stage_claim(&s, 1, "b"), s.buyers[1]);
	assert_int_equal(stage_ask(&s, stage_checkout(&s, "p", CARD_OK), s.buyers[0]).code, SHOW_RETRY);
	struct show_result paid = stage_ask(&s, stage_checkout(&s, "p", CARD_OK), s.buyers[1]);
	assert_int_equal(paid.code, SHOW_OK);
	assert_int_equal(paid.order.state, STORE_ORDER_PAID);
	struct show_result held = stage_ask(&s, stage_claim(&s, 1, "a"), s.buyers[0]);
	assert_int_equal(held.hold.state, STORE_HOLD_PAYING); /* neither lost nor given away */
	assert_int_equal(held.item.listing.held, 1);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_command_harms_itself_alone),
	        cmocka_unit_test(test_a_hold_that_cannot_expire_harms_itself_alone),
	        cmocka_unit_test(test_a_payment_that_cannot_be_stored_harms_itself_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
