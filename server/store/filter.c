#include "store/filter.h"

#include <glib.h>

#define FIRST_BLOCKS 8192 /* half a megabyte, for a hundred thousand: most sales look in one layer */
#define PER_BLOCK 16      /* 512 bits for 16: 32 each */
#define LAYERS_MAX 32

typedef uint64_t block[8];

struct layer {
	block *blocks;
	uint64_t count; /* of blocks, a power of two */
	uint64_t room;
};

struct filter {
	struct layer layers[LAYERS_MAX]; /* each twice the size of the one before; the last is filled */
	size_t used;
};

static void add_layer(struct filter *filter)
{
	struct layer *layer = &filter->layers[filter->used];
	layer->count = (uint64_t)FIRST_BLOCKS << filter->used++;
	layer->room = layer->count * PER_BLOCK;
	layer->blocks = g_new0(block, layer->count);
}

struct filter *filter_new(void)
{
	struct filter *filter = g_new0(struct filter, 1);
	add_layer(filter);
	return filter;
}

void filter_free(struct filter *filter)
{
	for (size_t i = 0; filter && i < filter->used; i++)
		g_free(filter->layers[i].blocks);
	g_free(filter);
}

/* One bit in each word of a block, chosen by six bits of b. */
static uint64_t bit_of(uint64_t b, unsigned word)
{
	return UINT64_C(1) << (b >> (6 * word) & 63);
}

void filter_add(struct filter *filter, uint64_t a, uint64_t b)
{
	if (filter->layers[filter->used - 1].room == 0 && filter->used < LAYERS_MAX)
		add_layer(filter);
	struct layer *layer = &filter->layers[filter->used - 1];
	uint64_t *words = layer->blocks[a & (layer->count - 1)];
	layer->room -= layer->room > 0;
	for (unsigned word = 0; word < 8; word++)
		words[word] |= bit_of(b, word);
}

static bool layer_may_have(const struct layer *layer, uint64_t a, uint64_t b)
{
	const uint64_t *words = layer->blocks[a & (layer->count - 1)];
	uint64_t all = 1;
	for (unsigned word = 0; word < 8; word++)
		all &= words[word] >> (b >> (6 * word) & 63);
	return all & 1;
}

bool filter_may_have(const struct filter *filter, uint64_t a, uint64_t b)
{
	for (size_t i = filter->used; i-- > 0;)
		if (layer_may_have(&filter->layers[i], a, b))
			return true;
	return false;
}
