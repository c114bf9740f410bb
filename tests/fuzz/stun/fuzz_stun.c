/* Any bytes as a STUN message: parsed, authenticated, and answered by ICE. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "transport/ice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/** A session to which the corpus' checks are addressed. */
static struct media_ice session(void)
{
	struct media_ice ice = {
	        .now = {.local_ufrag = "evtj", .local_pwd = "VOkJxbRl1RmTxUk/WvJxBt", .remote_ufrag = "h6vY"}};
	return ice;
}

static void answer(const uint8_t *data, size_t len, const struct media_stun *m)
{
	struct media_ice ice = session(), before = ice;
	struct media_path from = {0};
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&from.remote;
	in6->sin6_family = AF_INET6;
	in6->sin6_addr = in6addr_loopback;
	in6->sin6_port = htons(4000);
	uint8_t out[MEDIA_STUN_MAX];
	size_t error_len = 0;
	bool moved = false;
	int rc = media_ice_check(&ice, data, len, m, &from, 1, out, sizeof out, &error_len, &moved);
	struct media_stun reply;
	if (rc > 0)
		require(media_stun_parse(out, (size_t)rc, &reply) == 0 &&
		        media_stun_check_integrity(out, (size_t)rc, &reply, ice.now.local_pwd) == 0);
	if (error_len)
		require(media_stun_parse(out, error_len, &reply) == 0 && reply.error_code != 0);
	bool changed = memcmp(&ice, &before, sizeof ice) != 0;
	require(!changed || (rc > 0 && reply.type == MEDIA_STUN_BINDING_SUCCESS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct media_stun m;
	if (media_stun_parse(data, len, &m) != 0)
		return 0;
	require(!m.username || ((const uint8_t *)m.username >= data && m.username_len <= len));
	require(!m.integrity || (m.integrity >= data + 24 && m.integrity + 20 <= data + len));
	int authentic = media_stun_check_integrity(data, len, &m, "VOkJxbRl1RmTxUk/WvJxBt");
	require(authentic != 0 || m.integrity);
	answer(data, len, &m);
	return 0;
}
