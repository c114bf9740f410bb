/* A track's own numbers: the host's extended sequence numbers, moved up by every packet that was put in between. One
 * mapping for all who get the track, so that no two packets ever share a number. Pure. */
#ifndef MEDIA_FORWARD_NUMBERS_H
#define MEDIA_FORWARD_NUMBERS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FORWARD_INSERTIONS 16 /**< newest ones remembered, for packets that come late */

/** Zeroed before use. */
struct forward_numbers {
	int64_t total; /**< packets put in so far */
	size_t count;
	int64_t points[FORWARD_INSERTIONS]; /**< the host's packets behind the newest of them, ascending */
};

/** The track's number of the host's packet `ext`. @return -1: older than what is remembered. */
static inline int64_t forward_numbers_of(const struct forward_numbers *n, int64_t ext)
{
	size_t later = 0; /* insertions behind it */
	while (later < n->count && n->points[n->count - 1 - later] > ext)
		later++;
	return later == n->count && n->total > (int64_t)n->count ? -1 : ext + n->total - (int64_t)later;
}

/** Put a packet in front of the host's packet `ext`, which must be newer than every one numbered before.
 *  @return its number; that of `ext` is the next. */
static inline int64_t forward_numbers_insert(struct forward_numbers *n, int64_t ext)
{
	if (n->count == FORWARD_INSERTIONS)
		memmove(n->points, n->points + 1, --n->count * sizeof n->points[0]);
	n->points[n->count++] = ext;
	return ext + n->total++;
}
#endif
