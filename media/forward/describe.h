/* What answers and fragments say of our end. */
#ifndef MEDIA_FORWARD_DESCRIBE_H
#define MEDIA_FORWARD_DESCRIBE_H

#include "forward/announce.h"
#include "forward/engine.h"
#include "sdp/sdp.h"
#include "transport/ice.h"

struct forward_description {
	struct media_sdp_local local; /**< points at what follows, at the engine and at the credentials */
	struct forward_addresses addresses;
	const char *address_list[FORWARD_ADDRESSES];
};

/** Fill in everything but role, names and sources. Thread: any. */
void forward_describe(const struct media_engine *engine, const char *local_address,
                      const struct media_ice_credentials *credentials, struct forward_description *out);
#endif
