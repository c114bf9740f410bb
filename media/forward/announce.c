#include "forward/announce.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_wildcard(int family, const void *address)
{
	static const uint8_t zero[16];
	return memcmp(address, zero, family == AF_INET ? 4 : 16) == 0;
}

/** The literal in its one way of writing. @return false: no address. */
static bool normalise(const char *literal, char out[INET6_ADDRSTRLEN])
{
	uint8_t address[16];
	if (inet_pton(AF_INET, literal, address) == 1)
		return !is_wildcard(AF_INET, address) && inet_ntop(AF_INET, address, out, INET6_ADDRSTRLEN);
	if (inet_pton(AF_INET6, literal, address) != 1 || is_wildcard(AF_INET6, address))
		return false;
	if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)address))
		return !is_wildcard(AF_INET, address + 12) && inet_ntop(AF_INET, address + 12, out, INET6_ADDRSTRLEN);
	return inet_ntop(AF_INET6, address, out, INET6_ADDRSTRLEN);
}

void forward_addresses_add(struct forward_addresses *a, const char *literal)
{
	char text[INET6_ADDRSTRLEN];
	if (a->count == FORWARD_ADDRESSES || !normalise(literal, text))
		return;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->text[i], text) == 0)
			return;
	memcpy(a->text[a->count++], text, sizeof text);
}

int forward_addresses_parse(struct forward_addresses *a, const char *list)
{
	while (*list) {
		char one[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN];
		list += strspn(list, ", \t");
		size_t len = strcspn(list, ", \t");
		if (len == 0)
			break;
		if (len >= sizeof one)
			return -EINVAL;
		memcpy(one, list, len);
		one[len] = '\0';
		if (!normalise(one, text))
			return -EINVAL;
		forward_addresses_add(a, one);
		list += len;
	}
	return 0;
}

bool forward_address_usable(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		uint32_t ip = ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr);
		return ip >> 24 != 127 && ip >> 24 != 0 && ip >> 16 != 0xA9FE && ip >> 28 < 14;
	}
	if (address->sa_family != AF_INET6)
		return false;
	const struct in6_addr *ip = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	return !IN6_IS_ADDR_LOOPBACK(ip) && !IN6_IS_ADDR_LINKLOCAL(ip) && !IN6_IS_ADDR_MULTICAST(ip) &&
	       !IN6_IS_ADDR_UNSPECIFIED(ip) && !IN6_IS_ADDR_V4MAPPED(ip);
}

/** @return whether there was one. */
static bool add_interfaces(struct forward_addresses *a, const struct ifaddrs *list, int family)
{
	bool any = false;
	for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
		char text[INET6_ADDRSTRLEN];
		if (!i->ifa_addr || i->ifa_addr->sa_family != family || !(i->ifa_flags & IFF_UP) ||
		    (i->ifa_flags & IFF_LOOPBACK) || !forward_address_usable(i->ifa_addr))
			continue;
		const void *address =
		        family == AF_INET
		                ? (const void *)&((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr
		                : (const void *)&((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr;
		if (inet_ntop(family, address, text, sizeof text))
			forward_addresses_add(a, text);
		any = true;
	}
	return any;
}

void forward_addresses_own(struct forward_addresses *a)
{
	struct ifaddrs *list = NULL;
	bool any = false;
	if (getifaddrs(&list) == 0) {
		any |= add_interfaces(a, list, AF_INET);
		any |= add_interfaces(a, list, AF_INET6);
		freeifaddrs(list);
	}
	if (!any)
		forward_addresses_add(a, "127.0.0.1");
}

void forward_announce(const char *configured, const char *local_address, struct forward_addresses *out)
{
	*out = (struct forward_addresses){0};
	if (local_address)
		forward_addresses_add(out, local_address);
	if (!configured || !*configured || forward_addresses_parse(out, configured) != 0)
		forward_addresses_own(out);
}
