#include "forward/routes.h"

#include <errno.h>
#include <stdlib.h>

enum { WAYS = 4 };

struct route {
	uint64_t hash; /**< 0: unused; 64 bits of it stand for the address */
	int64_t vouched_us;
	uint8_t owner;
};

struct forward_routes {
	size_t mask; /**< sets of WAYS */
	struct route routes[];
};

int forward_routes_create(size_t expected, struct forward_routes **out)
{
	size_t sets = 16;
	while (sets * WAYS < 2 * expected && sets < (size_t)1 << 18)
		sets *= 2;
	*out = calloc(1, sizeof **out + sets * WAYS * sizeof(struct route));
	if (!*out)
		return -ENOMEM;
	(*out)->mask = sets - 1;
	return 0;
}

void forward_routes_destroy(struct forward_routes *routes)
{
	free(routes);
}

/** That of the address, else an unused one, else the oldest. */
static struct route *place(struct forward_routes *routes, uint64_t hash)
{
	struct route *set = &routes->routes[(hash & routes->mask) * WAYS], *oldest = set;
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].hash == hash)
			return &set[i];
		if (set[i].hash == 0 || (oldest->hash && set[i].vouched_us < oldest->vouched_us))
			oldest = &set[i];
	}
	return oldest;
}

void forward_routes_learn(struct forward_routes *routes, uint64_t hash, uint8_t owner, int64_t now_us)
{
	struct route *r = place(routes, hash);
	/* whoever spoofs an address in a check of their own session must not take another's datagrams away */
	if (r->hash == hash && r->owner != owner && now_us - r->vouched_us < FORWARD_ROUTE_HELD_US)
		return;
	*r = (struct route){.hash = hash, .vouched_us = now_us, .owner = owner};
}

static const struct route *find(const struct forward_routes *routes, uint64_t hash)
{
	const struct route *set = &routes->routes[(hash & routes->mask) * WAYS];
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].hash == hash)
			return &set[i];
	return NULL;
}

void forward_routes_forget(struct forward_routes *routes, uint64_t hash, uint8_t owner)
{
	struct route *r = place(routes, hash);
	if (r->hash == hash && r->owner == owner)
		*r = (struct route){0};
}

int forward_routes_find(const struct forward_routes *routes, uint64_t hash)
{
	const struct route *r = find(routes, hash);
	return r ? r->owner : -1;
}

bool forward_routes_held(const struct forward_routes *routes, uint64_t hash, int64_t now_us)
{
	const struct route *r = find(routes, hash);
	return r && now_us - r->vouched_us < FORWARD_ROUTE_HELD_US;
}
