#include "transport/tcp_bounds.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { NETWORK_BYTES = 8 };

struct place {
	uint8_t family, network[NETWORK_BYTES];
	size_t count;
};

struct media_tcp_bounds {
	pthread_mutex_t lock;
	size_t in_all, by_address, count, place_count;
	struct place places[]; /**< in_all of them; those in use come first */
};

int media_tcp_bounds_create(size_t in_all, size_t by_address, struct media_tcp_bounds **out)
{
	struct media_tcp_bounds *b = calloc(1, sizeof *b + in_all * sizeof b->places[0]);
	*out = b;
	if (!b)
		return -ENOMEM;
	pthread_mutex_init(&b->lock, NULL);
	b->in_all = in_all;
	b->by_address = by_address;
	return 0;
}

void media_tcp_bounds_destroy(struct media_tcp_bounds *b)
{
	if (!b)
		return;
	pthread_mutex_destroy(&b->lock);
	free(b);
}

size_t media_tcp_bounds_in_all(const struct media_tcp_bounds *b)
{
	return b->in_all;
}

static struct place place_of(const struct sockaddr_storage *address)
{
	struct place place = {.family = (uint8_t)address->ss_family};
	if (address->ss_family == AF_INET)
		memcpy(place.network, &((const struct sockaddr_in *)address)->sin_addr, 4);
	else
		memcpy(place.network, &((const struct sockaddr_in6 *)address)->sin6_addr, NETWORK_BYTES);
	return place;
}

/** @return its place; the first unused one (which may lie behind the last) if it has none. */
static struct place *find(struct media_tcp_bounds *b, const struct place *wanted)
{
	size_t i = 0;
	while (i < b->place_count && (b->places[i].family != wanted->family ||
	                              memcmp(b->places[i].network, wanted->network, NETWORK_BYTES) != 0))
		i++;
	return &b->places[i];
}

static int enter(struct media_tcp_bounds *b, const struct place *newcomer)
{
	if (b->count == b->in_all)
		return -EUSERS;
	struct place *place = find(b, newcomer);
	if (place == &b->places[b->place_count]) {
		*place = *newcomer;
		b->place_count++;
	}
	if (place->count == b->by_address)
		return -EDQUOT;
	place->count++;
	b->count++;
	return 0;
}

int media_tcp_bounds_enter(struct media_tcp_bounds *b, const struct sockaddr_storage *address)
{
	struct place newcomer = place_of(address);
	pthread_mutex_lock(&b->lock);
	int status = enter(b, &newcomer);
	pthread_mutex_unlock(&b->lock);
	return status;
}

void media_tcp_bounds_leave(struct media_tcp_bounds *b, const struct sockaddr_storage *address)
{
	struct place wanted = place_of(address);
	pthread_mutex_lock(&b->lock);
	struct place *place = find(b, &wanted);
	b->count--;
	if (--place->count == 0)
		*place = b->places[--b->place_count];
	pthread_mutex_unlock(&b->lock);
}
