/* What a query string says, read as the fields of a body are: a fault ends the call in words. */
#ifndef TRUNKSHOW_API_QUERY_H
#define TRUNKSHOW_API_QUERY_H

#include "api/core.h"

/* Each: @param index of endpoint->queries. @return false when the call is ended. */

/** Text of valid UTF-8; "" when absent. Borrowed from the call. */
bool api_query_text(struct api_call *call, size_t index, const char **out);
/** A whole number within bounds; `absent` when it is not there. */
bool api_query_int(struct api_call *call, size_t index, int64_t least, int64_t most, int64_t absent, int64_t *out);
/** An id; *there is false when it is absent. */
bool api_query_id(struct api_call *call, size_t index, struct base_id *out, bool *there);
/** "1", or not there. */
bool api_query_flag(struct api_call *call, size_t index, bool *out);
/** Buyer or seller, as `as` says it; buyer when it is not there. */
bool api_query_as_seller(struct api_call *call, size_t index, bool *out);
#endif
