#include "device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int set_address(int control, const char *name, unsigned long what, const char *text)
{
	struct ifreq request = {0};
	struct sockaddr_in address = {.sin_family = AF_INET};
	if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
		return -EINVAL;
	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
	memcpy(&request.ifr_addr, &address, sizeof address);
	return ioctl(control, what, &request) == 0 ? 0 : -errno;
}

static int bring_up(int control, const char *name)
{
	struct ifreq request = {0};
	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
	if (ioctl(control, SIOCGIFFLAGS, &request) != 0)
		return -errno;
	request.ifr_flags = (short)(request.ifr_flags | IFF_UP | IFF_RUNNING);
	return ioctl(control, SIOCSIFFLAGS, &request) == 0 ? 0 : -errno;
}

/** A new device; the kernel numbers it. */
static int attach(char *name, size_t size)
{
	struct ifreq request = {.ifr_name = "line%d", .ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, TUNSETIFF, &request) == 0) {
		snprintf(name, size, "%s", request.ifr_name);
		return fd;
	}
	int status = -errno;
	close(fd);
	return status;
}

int line_device_address(const struct line_device *device, const char *address)
{
	int status = set_address(device->control, device->name, SIOCSIFADDR, address);
	return status == 0 ? set_address(device->control, device->name, SIOCSIFNETMASK, "255.255.255.0") : status;
}

int line_device_default(const struct line_device *device)
{
	char name[sizeof device->name];
	struct sockaddr_in any = {.sin_family = AF_INET};
	struct rtentry route = {.rt_flags = RTF_UP, .rt_dev = name};
	memcpy(name, device->name, sizeof name);
	memcpy(&route.rt_dst, &any, sizeof any);
	memcpy(&route.rt_genmask, &any, sizeof any);
	return ioctl(device->control, SIOCADDRT, &route) == 0 ? 0 : -errno;
}

int line_device_open(const char *address, struct line_device *out)
{
	*out = (struct line_device){.control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
	if (out->control < 0)
		return -errno;
	out->packets = attach(out->name, sizeof out->name);
	int status = out->packets < 0 ? out->packets : line_device_address(out, address);
	return status == 0 ? bring_up(out->control, out->name) : status;
}

int line_device_loopback(void)
{
	int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (control < 0)
		return -errno;
	int status = bring_up(control, "lo");
	close(control);
	return status;
}
