#include "api/ice_servers.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void api_turn_credential(const char *secret, int64_t expires_s, const char *whom, struct api_turn *out)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	char random[9];

	if (!whom) {
		snprintf(random, sizeof random, "%08" PRIx32, randombytes_random());
		whom = random;
	}
	snprintf(out->username, sizeof out->username, "%" PRId64 ":%s", expires_s, whom);
	if (!HMAC(EVP_sha1(), secret, (int)strlen(secret), (const unsigned char *)out->username, strlen(out->username),
	          mac, &len))
		abort(); /* out of memory */
	sodium_bin2base64(out->credential, sizeof out->credential, mac, len, sodium_base64_VARIANT_ORIGINAL);
}

/* One of the comma separated URLs, blanks around it taken away. @return NULL at the end. */
static const char *next_url(const char **list, size_t *len)
{
	const char *at = *list + strspn(*list, ", \t");

	*len = strcspn(at, ", \t");
	*list = at + *len;
	return *len ? at : NULL;
}

static bool is_turn(const char *url)
{
	return strncmp(url, "turn:", 5) == 0 || strncmp(url, "turns:", 6) == 0;
}

static void credential_now(const struct base_settings *settings, int64_t now_ms, const char *whom, struct api_turn *out)
{
	api_turn_credential(settings->turn_secret, now_ms / 1000 + settings->turn_ttl_s, whom, out);
}

/* Those of one kind as one entry. */
static void add_entry(json_t *servers, const char *urls, const struct api_turn *turn)
{
	json_t *list = json_array();
	const char *url;
	size_t len;

	while ((url = next_url(&urls, &len)))
		if (is_turn(url) == (turn != NULL))
			json_array_append_new(list, json_stringn(url, len));
	if (json_array_size(list) == 0)
		json_decref(list);
	else if (turn)
		json_array_append_new(servers, json_pack("{s:o, s:s, s:s}", "urls", list, "username", turn->username,
		                                         "credential", turn->credential));
	else
		json_array_append_new(servers, json_pack("{s:o}", "urls", list));
}

json_t *api_ice_servers(const struct base_settings *settings, int64_t now_ms, const char *whom)
{
	json_t *servers = json_array();
	struct api_turn turn;

	add_entry(servers, settings->ice_servers, NULL);
	if (*settings->turn_secret) {
		credential_now(settings, now_ms, whom, &turn);
		add_entry(servers, settings->ice_servers, &turn);
	}
	return servers;
}

void api_ice_links(const struct base_settings *settings, int64_t now_ms, const char *whom, char *out, size_t size)
{
	const char *urls = settings->ice_servers, *url;
	struct api_turn turn;
	size_t used = 0, len;

	out[0] = '\0';
	credential_now(settings, now_ms, whom, &turn);
	while ((url = next_url(&urls, &len))) {
		bool secret = is_turn(url) && *settings->turn_secret;
		int wrote = snprintf(out + used, size - used, "%s<%.*s>; rel=\"ice-server\"%s%s%s%s%s",
		                     used ? ", " : "", (int)len, url, secret ? "; username=\"" : "",
		                     secret ? turn.username : "", secret ? "\"; credential=\"" : "",
		                     secret ? turn.credential : "", secret ? "\"; credential-type=\"password\"" : "");
		if (wrote < 0 || (size_t)wrote >= size - used) {
			out[used] = '\0';
			return;
		}
		used += (size_t)wrote;
	}
}
