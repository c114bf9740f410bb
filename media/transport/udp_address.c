/* IPv4 inside IPv6 and out again, and the packet-info messages that name our own address. */
#include "transport/udp_address.h"

#include <netinet/udp.h>
#include <string.h>

uint16_t udp_address_port(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)address)->sin_port);
	return address->ss_family == AF_INET6 ? ntohs(((const struct sockaddr_in6 *)address)->sin6_port) : 0;
}

static void set4(struct sockaddr_storage *to, const void *address, in_port_t port)
{
	memset(to, 0, sizeof *to);
	struct sockaddr_in *in = (struct sockaddr_in *)to;
	in->sin_family = AF_INET;
	in->sin_port = port;
	memcpy(&in->sin_addr, address, sizeof in->sin_addr);
}

/** An address on a link means nothing without its interface; anywhere else the interface is noise. */
static void set6(struct sockaddr_storage *to, const struct in6_addr *address, in_port_t port, uint32_t scope)
{
	memset(to, 0, sizeof *to);
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = port;
	in6->sin6_addr = *address;
	in6->sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(address) ? scope : 0;
}

static struct in6_addr mapped(const struct in_addr *address)
{
	struct in6_addr out = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(out.s6_addr + 12, address, 4);
	return out;
}

void udp_address_from_kernel(const struct sockaddr_storage *from, struct sockaddr_storage *to)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
	const struct sockaddr_in *in = (const struct sockaddr_in *)from;
	if (from->ss_family == AF_INET)
		set4(to, &in->sin_addr, in->sin_port);
	else if (from->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		set4(to, in6->sin6_addr.s6_addr + 12, in6->sin6_port);
	else if (from->ss_family == AF_INET6)
		set6(to, &in6->sin6_addr, in6->sin6_port, in6->sin6_scope_id);
	else
		memset(to, 0, sizeof *to);
}

socklen_t udp_address_to_kernel(const struct sockaddr_storage *from, int family, struct sockaddr_storage *to)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
	if (from->ss_family == AF_INET && family == AF_INET) {
		set4(to, &in->sin_addr, in->sin_port);
		return sizeof(struct sockaddr_in);
	}
	if (family != AF_INET6)
		return 0;
	if (from->ss_family == AF_INET) {
		struct in6_addr address = mapped(&in->sin_addr);
		set6(to, &address, in->sin_port, 0);
		return sizeof(struct sockaddr_in6);
	}
	if (from->ss_family != AF_INET6)
		return 0;
	set6(to, &in6->sin6_addr, in6->sin6_port, in6->sin6_scope_id);
	return sizeof(struct sockaddr_in6);
}

void udp_control_read(struct msghdr *header, struct sockaddr_storage *local)
{
	memset(local, 0, sizeof *local);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof info);
			if (IN6_IS_ADDR_V4MAPPED(&info.ipi6_addr))
				set4(local, info.ipi6_addr.s6_addr + 12, 0);
			else
				set6(local, &info.ipi6_addr, 0, info.ipi6_ifindex);
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof info);
			set4(local, &info.ipi_spec_dst, 0);
		}
	}
}

static void put_control(struct msghdr *header, int level, int type, const void *info, size_t len)
{
	header->msg_controllen = CMSG_SPACE(len);
	struct cmsghdr *c = CMSG_FIRSTHDR(header);
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), info, len);
}

void udp_control_write(struct msghdr *header, const struct sockaddr_storage *local, int family)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)local;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)local;
	if (family == AF_INET && local->ss_family == AF_INET) {
		struct in_pktinfo info = {.ipi_spec_dst = in->sin_addr};
		put_control(header, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
	} else if (family == AF_INET6 && local->ss_family == AF_INET) {
		struct in6_pktinfo info = {.ipi6_addr = mapped(&in->sin_addr)};
		put_control(header, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
	} else if (family == AF_INET6 && local->ss_family == AF_INET6) {
		struct in6_pktinfo info = {.ipi6_addr = in6->sin6_addr, .ipi6_ifindex = in6->sin6_scope_id};
		put_control(header, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
	} else {
		header->msg_control = NULL;
		header->msg_controllen = 0;
	}
}

void udp_control_segment(struct msghdr *header, union udp_control *control, uint16_t size)
{
	size_t at = header->msg_control ? header->msg_controllen : 0;
	struct cmsghdr *c = (struct cmsghdr *)(void *)(control->bytes + at);
	c->cmsg_level = SOL_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof size);
	memcpy(CMSG_DATA(c), &size, sizeof size);
	header->msg_control = control;
	header->msg_controllen = at + CMSG_SPACE(sizeof size);
}

void udp_control_whole(struct msghdr *header)
{
	header->msg_controllen -= CMSG_SPACE(sizeof(uint16_t));
	if (header->msg_controllen == 0)
		header->msg_control = NULL;
}

bool udp_address_equal(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *a4 = (const struct sockaddr_in *)a, *b4 = (const struct sockaddr_in *)b;
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a, *b6 = (const struct sockaddr_in6 *)b;
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	if (a->ss_family == AF_INET6)
		return a6->sin6_port == b6->sin6_port && a6->sin6_scope_id == b6->sin6_scope_id &&
		       IN6_ARE_ADDR_EQUAL(&a6->sin6_addr, &b6->sin6_addr);
	return a->ss_family == AF_UNSPEC; /* nothing was said about either */
}
