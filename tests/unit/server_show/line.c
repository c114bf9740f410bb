#include "line.h"

struct line line_open(struct world *w, bool with_store)
{
	struct line line;
	world_open(w, with_store, 1);
	line.hold = world_claim(w, w->buyers[0], 1, WORLD_PRICE, "first").hold;
	for (int i = 0; i < 4; i++) {
		struct rules_answer answer = world_claim(w, w->buyers[i + 1], 1, WORLD_PRICE, "wait");
		assert_int_equal(answer.code, SHOW_WAITLISTED);
		line.waits[i] = answer.waiting;
		rules_presence(&w->r, &w->now, w->buyers[i + 1], true);
	}
	return line;
}

struct rules_answer line_leave(struct world *w, struct base_id buyer, struct base_id waiting)
{
	struct show_command *command = show_command_new(SHOW_WAIT_LEAVE);
	command->waiting_id = waiting;
	return world_do(w, command, buyer);
}

struct rules_waiting *line_served(struct world *w, struct base_id waiting)
{
	struct rules_waiting *entry = rules_waiting(&w->r, waiting);
	assert_int_equal(entry->is.state, STORE_WAITING_SERVED);
	assert_int_equal(world_hold_state(w, entry->is.hold), STORE_HOLD_ACTIVE);
	return entry;
}
