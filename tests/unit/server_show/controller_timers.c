/* The show thread does by itself what its time has come for. */
#include "stage.h"

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

/* A stage that is watched; settings are set before it is started. */
static void open_watched(struct stage *s, struct seen *seen)
{
	sem_init(&seen->seen, 0, 0);
	stage_init(s);
	s->on_event = watch_for;
	s->ctx = seen;
}

static void close_watched(struct stage *s, struct seen *seen)
{
	stage_close(s);
	sem_destroy(&seen->seen);
}

static void test_hold_expires_by_itself(void **state)
{
	struct stage s;
	struct seen seen = {.wanted = SHOW_EVENT_HOLD, .hold_state = STORE_HOLD_EXPIRED};
	open_watched(&s, &seen);
	s.settings.hold_s = 1;
	stage_start(&s);
	stage_populate(&s, 3);
	struct show_result held = stage_ask(&s, stage_claim(&s, 1, "c"), s.buyers[0]);
	sem_wait(&seen.seen);
	assert_true(base_id_equal(seen.event.hold.id, held.hold.id));
	assert_true(base_id_equal(seen.event.hold.buyer.id, s.buyers[0]));
	assert_int_equal(stage_ask(&s, stage_claim(&s, 3, "d"), s.buyers[1]).code, SHOW_HELD); /* all are back */
	close_watched(&s, &seen);
}

static void test_show_ends_without_its_host(void **state)
{
	struct stage s;
	struct seen seen = {.wanted = SHOW_EVENT_SHOW};
	open_watched(&s, &seen);
	s.settings.host_absent_s = 1;
	stage_start(&s);
	stage_populate(&s, 3);
	show_controller_picture(s.controller, s.show, true);
	show_controller_picture(s.controller, s.show, false);
	sem_wait(&seen.seen);
	assert_true(base_id_equal(seen.event.show.id, s.show));
	close_watched(&s, &seen);
}

static void test_who_is_absent_waits_no_longer(void **state)
{
	struct stage s;
	struct seen seen = {.wanted = SHOW_EVENT_WAITING};
	open_watched(&s, &seen);
	s.settings.wait_absent_s = 1;
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
	close_watched(&s, &seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_hold_expires_by_itself),
	        cmocka_unit_test(test_show_ends_without_its_host),
	        cmocka_unit_test(test_who_is_absent_waits_no_longer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
