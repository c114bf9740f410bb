/* The two clocks. Rules take time as an argument; only the edges of the process call these. */
#ifndef TRUNKSHOW_BASE_CLOCK_H
#define TRUNKSHOW_BASE_CLOCK_H

#include <stdint.h>

int64_t base_clock_monotonic_us(void); /**< CLOCK_MONOTONIC [µs] */
int64_t base_clock_utc_ms(void);       /**< CLOCK_REALTIME [ms since the epoch] */
#endif
