/* A TUN device: what the kernel routes to it is read from a descriptor, what is written comes in. */
#ifndef NETWORK_LINE_DEVICE_H
#define NETWORK_LINE_DEVICE_H

struct line_device {
	int packets; /**< read and write whole IP packets; non-blocking */
	int control; /**< a socket in the device's network namespace, to configure it by from any other */
	char name[16];
};

/** In the calling thread's namespace, up, with this IPv4 address in a /24. @return 0; -errno. */
__attribute__((warn_unused_result)) int line_device_open(const char *address, struct line_device *out);
/** Everything without a route of its own goes this way. @return 0; -errno. */
__attribute__((warn_unused_result)) int line_device_default(const struct line_device *device);
/** Another address in place of the present one. @return 0; -errno. */
__attribute__((warn_unused_result)) int line_device_address(const struct line_device *device, const char *address);
/** Bring up the loopback device of the calling thread's namespace. @return 0; -errno. */
__attribute__((warn_unused_result)) int line_device_loopback(void);
#endif
