#include "api/wares.h"

#include <stdlib.h>
#include <string.h>

struct api_ware *api_ware_new(const struct store_item *item, const struct store_variant *variants, size_t count)
{
	struct api_ware *ware = calloc(1, sizeof *ware + count * sizeof *variants);

	if (!ware)
		abort();
	ware->item = item->id;
	ware->number = item->number;
	ware->price = item->price;
	ware->flash_price = item->flash_price;
	ware->flash_until_ms = item->flash_until_ms;
	ware->removed = item->removed;
	memcpy(ware->title, item->listing.title, sizeof ware->title);
	memcpy(ware->size, item->listing.size, sizeof ware->size);
	ware->variants_count = count;
	if (count)
		memcpy(ware->variants, variants, count * sizeof *variants);
	return ware;
}

static void make_room(struct api_wares *wares, size_t size)
{
	struct api_ware **rows;

	if (size <= wares->size)
		return;
	size = size < 2 * wares->size ? 2 * wares->size : size;
	rows = realloc(wares->rows, size * sizeof *rows);
	if (!rows)
		abort();
	memset(rows + wares->size, 0, (size - wares->size) * sizeof *rows);
	wares->rows = rows;
	wares->size = size;
}

void api_wares_put(struct api_wares *wares, struct api_ware *ware)
{
	if (ware->number < 1 || ware->number > API_WARES_MAX) {
		free(ware);
		return;
	}
	make_room(wares, (size_t)ware->number);
	free(wares->rows[ware->number - 1]);
	wares->rows[ware->number - 1] = ware;
}

void api_wares_learn(struct api_wares *wares, struct api_wares *read)
{
	make_room(wares, read->size);
	for (size_t i = 0; i < read->size; i++) {
		if (wares->rows[i])
			continue;
		wares->rows[i] = read->rows[i];
		read->rows[i] = NULL;
	}
	api_wares_clear(read);
}

const struct api_ware *api_wares_find(const struct api_wares *wares, int64_t number)
{
	const struct api_ware *ware = NULL;

	if (number >= 1 && (uint64_t)number <= wares->size)
		ware = wares->rows[number - 1];
	return ware && !ware->removed ? ware : NULL;
}

void api_wares_remove(struct api_wares *wares, const struct store_item *item)
{
	struct api_ware *ware = api_ware_new(item, NULL, 0);

	ware->removed = true;
	api_wares_put(wares, ware);
}

void api_wares_clear(struct api_wares *wares)
{
	for (size_t i = 0; i < wares->size; i++)
		free(wares->rows[i]);
	free(wares->rows);
	*wares = (struct api_wares){0};
}
