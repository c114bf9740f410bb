/* What the show thread said to a claim, on its way to who asked: copied there, described on the hub thread. */
#ifndef TRUNKSHOW_API_CLAIMS_H
#define TRUNKSHOW_API_CLAIMS_H

#include "api/core.h"

struct api_claimed {
	enum show_code code;
	int64_t price, stock; /**< of what was refused */
	char detail[160];
	union {
		struct store_hold hold;       /**< SHOW_OK, SHOW_HELD */
		struct store_waiting waiting; /**< SHOW_WAITLISTED */
	};
};

/** Freed with g_free. Thread: show. */
struct api_claimed *api_claimed_new(const struct show_result *result);
/** Whether it is an answer to the claim, and not an error. */
bool api_claimed_is_answer(const struct api_claimed *claimed);
/** {status, hold | waiting | price, stock}, for an answer; counts it. Thread: hub. */
json_t *api_claimed_encode(struct api *api, const struct api_claimed *claimed);
#endif
