/* What a room knows of the things in its show: as much of them as the public sees, so that "sold 12 M" is understood,
 * and priced, without asking the store. Rows are plain memory: read on a jobs thread, kept on the hub thread. */
#ifndef TRUNKSHOW_API_WARES_H
#define TRUNKSHOW_API_WARES_H

#include <stddef.h>

#include "store/records.h"

#define API_WARES_MAX 10000 /**< as items_per_show allows */

struct api_ware {
	struct base_id item;
	int64_t number, price, flash_price, flash_until_ms;
	bool removed;
	char title[STORE_TITLE_BYTES], size[32];
	size_t variants_count;
	struct store_variant variants[];
};

/** By number; all zero: none. */
struct api_wares {
	struct api_ware **rows; /**< rows[number - 1]; NULL: unknown */
	size_t size;
};

struct api_ware *api_ware_new(const struct store_item *item, const struct store_variant *variants, size_t count);

/** Put one in, in place of what was there. Takes it. */
void api_wares_put(struct api_wares *wares, struct api_ware *ware);
/** Put in what is not there yet: events that overtook a read are newer than it. Leaves `read` empty. */
void api_wares_learn(struct api_wares *wares, struct api_wares *read);
/** @return NULL: none with this number, or taken away. */
const struct api_ware *api_wares_find(const struct api_wares *wares, int64_t number);
void api_wares_remove(struct api_wares *wares, const struct store_item *item);
void api_wares_clear(struct api_wares *wares);
#endif
