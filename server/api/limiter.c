#include "api/limiter.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETS 1024 /* a power of two */
#define WAYS 8

struct bucket {
	uint64_t name; /* keyed hash; 0: free */
	double tokens;
	int64_t at_us;
};

struct api_limiter {
	double burst, per_us;
	uint8_t key[crypto_shorthash_KEYBYTES]; /* secret, so that nobody can aim at a set */
	struct bucket sets[SETS][WAYS];
};

struct api_limiter *api_limiter_create(double burst, double per_minute)
{
	struct api_limiter *limiter = calloc(1, sizeof *limiter);

	if (!limiter)
		abort();
	limiter->burst = burst;
	limiter->per_us = per_minute / 60e6;
	randombytes_buf(limiter->key, sizeof limiter->key);
	return limiter;
}

void api_limiter_destroy(struct api_limiter *limiter)
{
	free(limiter);
}

static double filled(const struct api_limiter *limiter, const struct bucket *bucket, int64_t now_us)
{
	double tokens = bucket->tokens + (double)(now_us - bucket->at_us) * limiter->per_us;

	return tokens > limiter->burst ? limiter->burst : tokens;
}

static struct bucket *find(struct api_limiter *limiter, uint64_t name, int64_t now_us)
{
	struct bucket *set = limiter->sets[name & (SETS - 1)], *fullest = &set[0];

	for (int i = 0; i < WAYS; i++) {
		if (set[i].name == name)
			return &set[i];
		if (!set[i].name) {
			fullest = &set[i];
			break;
		}
		if (filled(limiter, &set[i], now_us) > filled(limiter, fullest, now_us))
			fullest = &set[i];
	}
	*fullest = (struct bucket){.name = name, .tokens = limiter->burst, .at_us = now_us};
	return fullest;
}

bool api_limiter_take(struct api_limiter *limiter, const char *name, int64_t now_us, int64_t *retry_s)
{
	uint8_t hash[crypto_shorthash_BYTES];
	struct bucket *bucket;
	uint64_t key;

	crypto_shorthash(hash, (const unsigned char *)name, strlen(name), limiter->key);
	memcpy(&key, hash, sizeof key);
	key |= (uint64_t)1 << 63;
	bucket = find(limiter, key, now_us);
	bucket->tokens = filled(limiter, bucket, now_us);
	bucket->at_us = now_us;
	if (bucket->tokens < 1.0) {
		*retry_s = 1 + (int64_t)((1.0 - bucket->tokens) / limiter->per_us / 1e6);
		return false;
	}
	bucket->tokens -= 1.0;
	return true;
}

void api_limiter_address(const char *address, char out[64])
{
	struct in6_addr v6;

	if (inet_pton(AF_INET6, address, &v6) != 1 || IN6_IS_ADDR_V4MAPPED(&v6)) {
		snprintf(out, 64, "%.63s", address);
		return;
	}
	memset(v6.s6_addr + 8, 0, 8);
	if (!inet_ntop(AF_INET6, &v6, out, 64))
		out[0] = '\0';
}
