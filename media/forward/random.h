/* Random bytes from the kernel. */
#ifndef MEDIA_FORWARD_RANDOM_H
#define MEDIA_FORWARD_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/** Fill with random bytes; the process ends if the kernel has none (it always has). Thread: any. */
void forward_random(void *out, size_t len);
uint32_t forward_random32(void);
/** Lower-case hex digits: 2 × bytes of them and a NUL. */
void forward_random_hex(char *out, size_t bytes);
#endif
