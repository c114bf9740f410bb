/* NTP timestamps: seconds since 1900 in the upper 32 bits, fraction in the lower (RFC 3550 §4). Pure. */
#ifndef MEDIA_RTP_NTP_H
#define MEDIA_RTP_NTP_H

#include <stdint.h>

#define MEDIA_NTP_UNIX_S 2208988800LL /**< 1970 on NTP's clock [s] */

/** @param unix_us wall clock [µs since 1970] */
static inline uint64_t media_ntp_from_unix_us(int64_t unix_us)
{
	uint64_t s = (uint64_t)(unix_us / 1000000 + MEDIA_NTP_UNIX_S), us = (uint64_t)(unix_us % 1000000);
	return s << 32 | ((us << 32) / 1000000);
}

/** A span [µs] in NTP's 32.32 fixed point; spans may be negative. */
static inline int64_t media_ntp_span(int64_t us)
{
	return (us / 1000000) * (INT64_C(1) << 32) + ((us % 1000000) * (INT64_C(1) << 32)) / 1000000;
}

/** The middle 32 bits, as report blocks echo them. */
static inline uint32_t media_ntp_middle(uint64_t ntp)
{
	return (uint32_t)(ntp >> 16);
}
#endif
