/* Lists of listings with their variants, as the store's visitors bring them. Thread: jobs. */
#ifndef TRUNKSHOW_API_SHELF_H
#define TRUNKSHOW_API_SHELF_H

#include "api/core.h"

struct api_shelf {
	struct store_reader *reader;
	json_t *array; /**< of listings; the caller's */
	int err;       /**< of reading variants */
};

void api_shelf_begin(struct api_shelf *shelf, struct store_reader *reader);
/** A visitor of the store's lists; ctx: the shelf. */
void api_shelf_add(const struct store_listing *listing, void *ctx);
/** End the call with {listings}, or with what went wrong. Takes the array. */
void api_shelf_answer(struct api_call *call, int err, struct api_shelf *shelf);
#endif
