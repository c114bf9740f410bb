/* Broadcast apps, for the other files of this folder. */
#ifndef TRUNKSHOW_API_BROADCAST_H
#define TRUNKSHOW_API_BROADCAST_H

#include "api/core.h"

/** Into a show's object for its host: `ingest`, where to publish, and `broadcast`, what does. Thread: any. */
void api_broadcast_addresses(const struct api_call *call, const struct store_show *show, json_t *out);
#endif
