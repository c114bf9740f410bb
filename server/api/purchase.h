/* What the resources about orders share: who may see one, and telling it with its lines. */
#ifndef TRUNKSHOW_API_PURCHASE_H
#define TRUNKSHOW_API_PURCHASE_H

#include "api/core.h"

/** The order of the first path parameter, if the actor is party to it and may do verb; else the call is ended. Thread:
 * jobs. */
bool api_purchase_own(struct api_call *call, enum api_verb verb, struct store_order *out);
/** End the call with the order as it is now, whose lines are read on a jobs thread; `declined`: 402 and why. Thread:
 * any. */
void api_purchase_tell(struct api_call *call, const struct store_order *order, const char *declined);
#endif
