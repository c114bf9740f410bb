#include "witness.h"

void witness_open(struct witness *witness, const struct stage *s)
{
	*witness = (struct witness){.reader = NULL};
	sem_init(&witness->answered, 0, 0);
	assert_int_equal(store_reader_open(s->dir, &witness->reader), 0);
}

void witness_close(struct witness *witness)
{
	store_reader_close(witness->reader);
	sem_destroy(&witness->answered);
}

static void count_hold(const struct store_hold *hold, void *ctx)
{
	*(int *)ctx += 1;
}

int witness_holds(const struct witness *witness, struct base_id buyer)
{
	int open = 0;
	int error = store_holds_open(witness->reader, buyer, NULL, count_hold, &open);
	return error ? error : open;
}

void witness_claim(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct witness *witness = ctx;
	witness->stored = result->code == SHOW_HELD && witness_holds(witness, result->hold.buyer.id) == 1;
	sem_post(&witness->answered);
}

void witness_order(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct witness *witness = ctx;
	struct store_order order = {0};
	witness->stored = store_order_by_id(witness->reader, result->order.id, &order) == 0;
	witness->order_state = order.state;
	sem_post(&witness->answered);
}
