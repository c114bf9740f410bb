#include "forward/describe.h"

void forward_describe(const struct media_engine *engine, const char *local_address,
                      const struct media_ice_credentials *credentials, struct forward_description *out)
{
	forward_announce(engine->config.announce, local_address, &out->addresses);
	for (size_t i = 0; i < out->addresses.count; i++)
		out->address_list[i] = out->addresses.text[i];
	out->local = (struct media_sdp_local){
	        .ufrag = credentials->local_ufrag,
	        .pwd = credentials->local_pwd,
	        .fingerprint = media_dtls_fingerprint(engine->dtls),
	        .addresses = out->address_list,
	        .address_count = out->addresses.count,
	        .port = media_udp_port(engine->workers[0]->udp),
	        .tcp = engine->workers[0]->tcp != NULL,
	        .start_bitrate_bps = engine->config.start_bitrate_bps,
	        .max_bitrate_bps = engine->config.max_bitrate_bps,
	};
}
