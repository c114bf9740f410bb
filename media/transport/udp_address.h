/* Addresses as the kernel's dual-stack socket writes them, and as we do; for transport/ alone. */
#ifndef MEDIA_TRANSPORT_UDP_ADDRESS_H
#define MEDIA_TRANSPORT_UDP_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/** Room for packet info and a segment size, aligned as the kernel wants it. */
union udp_control {
	struct cmsghdr align;
	uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t))];
};

uint16_t udp_address_port(const struct sockaddr_storage *address); /**< host order; 0: neither family */
/** IPv4-mapped becomes AF_INET. */
void udp_address_from_kernel(const struct sockaddr_storage *from, struct sockaddr_storage *to);
/** For a socket of this family. @return length; 0: this socket cannot reach it. */
socklen_t udp_address_to_kernel(const struct sockaddr_storage *from, int family, struct sockaddr_storage *to);
/** The address the datagram came to, ss_family 0 if the kernel did not say. */
void udp_control_read(struct msghdr *header, struct sockaddr_storage *local);
/** Ask for this source address; header->msg_control points at a udp_control. */
void udp_control_write(struct msghdr *header, const struct sockaddr_storage *local, int family);
/** Ask for the payload to be cut into datagrams of this size. After udp_control_write. */
void udp_control_segment(struct msghdr *header, union udp_control *control, uint16_t size);
/** Without it again. */
void udp_control_whole(struct msghdr *header);
/** Same family, address and port. */
bool udp_address_equal(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
#endif
