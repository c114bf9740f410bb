#include "hub/addresses.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define CHAINS_FIRST 64

void addresses_init(struct addresses *addresses, bool behind_proxy)
{
	*addresses = (struct addresses){.behind_proxy = behind_proxy, .chain_count = CHAINS_FIRST};
	addresses->chains = calloc(CHAINS_FIRST, sizeof *addresses->chains);
	if (!addresses->chains ||
	    getrandom(addresses->seed, sizeof addresses->seed, 0) != (ssize_t)sizeof addresses->seed)
		abort();
}

void addresses_finish(struct addresses *addresses)
{
	for (size_t i = 0; i < addresses->chain_count && addresses->chains; i++) {
		for (struct address_row *row = addresses->chains[i], *next; row; row = next) {
			next = row->next;
			free(row);
		}
	}
	free(addresses->chains);
	*addresses = (struct addresses){.chains = NULL};
}

/* ---- whose address it is ---- */

/* As 16 bytes, IPv4 mapped (RFC 4291 §2.5.5.2). */
static bool read_address(const struct sockaddr *from, uint8_t out[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (from->sa_family == AF_INET6) {
		memcpy(out, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
		return true;
	}
	if (from->sa_family != AF_INET)
		return false;
	memcpy(out, mapped, sizeof mapped);
	memcpy(out + 12, &((const struct sockaddr_in *)from)->sin_addr, 4);
	return true;
}

static bool is_v4(const uint8_t address[16])
{
	struct in6_addr v6;

	memcpy(&v6, address, sizeof v6);
	return IN6_IS_ADDR_V4MAPPED(&v6);
}

static bool is_loopback(const uint8_t address[16])
{
	struct in6_addr v6;

	memcpy(&v6, address, sizeof v6);
	return is_v4(address) ? address[12] == 127 : IN6_IS_ADDR_LOOPBACK(&v6);
}

/* RFC 1918, RFC 3927, RFC 4193, and link-local IPv6. */
static bool is_private(const uint8_t address[16])
{
	const uint8_t *v4 = address + 12;

	if (!is_v4(address))
		return (address[0] & 0xfe) == 0xfc || (address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
	return v4[0] == 10 || (v4[0] == 172 && (v4[1] & 0xf0) == 16) || (v4[0] == 192 && v4[1] == 168) ||
	       (v4[0] == 169 && v4[1] == 254);
}

/* ---- the table ---- */

static size_t chain_of(const struct addresses *addresses, const uint8_t key[16])
{
	uint64_t half[2];

	memcpy(half, key, sizeof half);
	unsigned __int128 product =
	        (unsigned __int128)(half[0] ^ addresses->seed[0]) * (half[1] ^ addresses->seed[1] ^ addresses->seed[0]);
	return (size_t)((uint64_t)product ^ (uint64_t)(product >> 64)) & (addresses->chain_count - 1);
}

static void grow(struct addresses *addresses)
{
	size_t before = addresses->chain_count;
	struct address_row **chains = calloc(before * 2, sizeof *chains), **old = addresses->chains;

	if (!chains)
		return; /* it works on, more slowly */
	addresses->chains = chains;
	addresses->chain_count = before * 2;
	for (size_t i = 0; i < before; i++) {
		for (struct address_row *row = old[i], *next; row; row = next) {
			size_t at = chain_of(addresses, row->key);
			next = row->next;
			row->next = chains[at];
			chains[at] = row;
		}
	}
	free(old);
}

static struct address_row *add(struct addresses *addresses, const uint8_t key[16])
{
	struct address_row *row = calloc(1, sizeof *row);
	size_t at;

	if (!row)
		abort();
	if (addresses->row_count++ > addresses->chain_count)
		grow(addresses);
	at = chain_of(addresses, key);
	memcpy(row->key, key, sizeof row->key);
	row->next = addresses->chains[at];
	addresses->chains[at] = row;
	return row;
}

struct address_row *addresses_take(struct addresses *addresses, const struct sockaddr *from)
{
	struct address_row *row;
	uint8_t key[16];

	if (!read_address(from, key) || (is_loopback(key) && !addresses->everybody) ||
	    (is_private(key) && addresses->behind_proxy))
		return NULL;
	if (!is_v4(key))
		memset(key + 8, 0, 8);
	row = addresses->chains[chain_of(addresses, key)];
	while (row && memcmp(row->key, key, sizeof key) != 0)
		row = row->next;
	if (!row)
		row = add(addresses, key);
	row->connections++;
	return row;
}

void addresses_give(struct addresses *addresses, struct address_row *row)
{
	struct address_row **at;

	if (!row || --row->connections > 0)
		return;
	at = &addresses->chains[chain_of(addresses, row->key)];
	while (*at != row)
		at = &(*at)->next;
	*at = row->next;
	addresses->row_count--;
	free(row);
}
