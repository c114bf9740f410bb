/* Why sessions did not connect, counted for the operator. */
#ifndef MEDIA_FORWARD_FAILURE_H
#define MEDIA_FORWARD_FAILURE_H

#include "media.h"

/** Count one by the words that the session is closed with. */
void forward_failure_count(struct media_stats *stats, const char *why);
#endif
