/* ICE-lite: answering checks (RFC 8445 §2.5, §7.3). The browser is the full, controlling agent. */
#include "transport/ice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/random.h>

#define KNOWN_MAX (sizeof((struct media_ice *)0)->known / sizeof((struct media_ice *)0)->known[0])
#define UDP_PREFERRED_US 3000000 /**< after a nomination of UDP */

/** Letters and digits alone: ice-char knows '+' and '/' too, but these would need care in URLs and headers. */
static void random_text(char *out, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	for (size_t i = 0; i < len;) {
		uint8_t byte;
		if (getrandom(&byte, 1, 0) != 1)
			abort(); /* cannot happen on Linux for so few bytes; a guessable password would be worse */
		if ((byte & 63) < sizeof alphabet - 1)
			out[i++] = alphabet[byte & 63];
	}
	out[len] = '\0';
}

void media_ice_credentials_init(struct media_ice_credentials *credentials, uint8_t worker, const char *remote_ufrag)
{
	static const char hex[] = "0123456789abcdef";
	memset(credentials, 0, sizeof *credentials);
	credentials->local_ufrag[0] = hex[worker >> 4];
	credentials->local_ufrag[1] = hex[worker & 15];
	random_text(credentials->local_ufrag + 2, 8);
	random_text(credentials->local_pwd, 24);
	strncpy(credentials->remote_ufrag, remote_ufrag, sizeof credentials->remote_ufrag - 1);
}

void media_ice_init(struct media_ice *ice, uint8_t worker, const char *remote_ufrag)
{
	memset(ice, 0, sizeof *ice);
	media_ice_credentials_init(&ice->now, worker, remote_ufrag);
}

static bool host_equal(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	if (a->ss_family != AF_INET6)
		return a->ss_family == AF_UNSPEC;
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a, *b6 = (const struct sockaddr_in6 *)b;
	return memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof a6->sin6_addr) == 0 &&
	       a6->sin6_scope_id == b6->sin6_scope_id;
}

static in_port_t port_of(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_port;
	return a->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)a)->sin6_port : 0;
}

bool media_address_equal(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	return host_equal(a, b) && port_of(a) == port_of(b);
}

bool media_path_same_peer(const struct media_path *a, const struct media_path *b)
{
	return a->tcp == b->tcp && media_address_equal(&a->remote, &b->remote);
}

bool media_ice_knows(const struct media_ice *ice, const struct media_path *from)
{
	for (size_t i = 0; i < ice->known_count; i++)
		if (media_path_same_peer(&ice->known[i], from))
			return true;
	return false;
}

/** Where in the table the newcomer's old entry is, or the one to give up: the oldest that does not carry media. */
static size_t slot_for(const struct media_ice *ice, const struct media_path *from)
{
	for (size_t i = 0; i < ice->known_count; i++)
		if (media_path_same_peer(&ice->known[i], from))
			return i;
	if (ice->known_count < KNOWN_MAX)
		return ice->known_count;
	bool carries = ice->nominated && media_path_same_peer(&ice->known[KNOWN_MAX - 1], &ice->path);
	return carries ? KNOWN_MAX - 2 : KNOWN_MAX - 1;
}

static void remember(struct media_ice *ice, const struct media_path *from)
{
	size_t slot = slot_for(ice, from);
	if (slot == ice->known_count)
		ice->known_count++;
	memmove(&ice->known[1], &ice->known[0], slot * sizeof ice->known[0]);
	ice->known[0] = *from;
}

/** "ours:theirs" (RFC 8445 §7.2.2) */
static bool names(const struct media_ice_credentials *c, const struct media_stun *m)
{
	size_t ours = strlen(c->local_ufrag), theirs = strlen(c->remote_ufrag);
	if (m->username_len <= ours || memcmp(m->username, c->local_ufrag, ours) != 0 || m->username[ours] != ':')
		return false;
	return theirs == 0 ||
	       (m->username_len == ours + 1 + theirs && memcmp(m->username + ours + 1, c->remote_ufrag, theirs) == 0);
}

/** Those that the check was made with; NULL: none of ours. */
static const struct media_ice_credentials *credentials_of(const struct media_ice *ice, const struct media_stun *m)
{
	if (!m->username)
		return NULL;
	if (names(&ice->now, m))
		return &ice->now;
	return ice->next && names(ice->next, m) ? ice->next : NULL;
}

static size_t answer(const struct media_stun_build *b, uint8_t *out, size_t size)
{
	int len = media_stun_build(b, out, size);
	return len > 0 ? (size_t)len : 0;
}

/** The code of the refusal for a check that is not authenticated; 0: it is (RFC 8489 §9.1.3). */
static uint16_t refusal(const struct media_ice_credentials *c, const uint8_t *data, size_t len,
                        const struct media_stun *m)
{
	if (!m->username || !m->integrity || !m->has_fingerprint)
		return 400;
	if (!c || media_stun_check_integrity(data, len, m, c->local_pwd) != 0)
		return 401;
	return 0;
}

/** A peer that nominates every pair it tries (Firefox) means the best of them: TCP does not take over from UDP that was
 * nominated just now. */
static bool takes_over(const struct media_ice *ice, const struct media_path *from, int64_t now_us)
{
	return !ice->nominated || !from->tcp || ice->path.tcp || now_us - ice->nominated_us >= UDP_PREFERRED_US;
}

/** @param restarted under new credentials: what was nominated under the old ones means nothing */
static void accept_check(struct media_ice *ice, const struct media_stun *m, const struct media_path *from,
                         int64_t now_us, bool restarted, bool *moved)
{
	if (m->use_candidate && (restarted || takes_over(ice, from, now_us))) {
		*moved = !ice->nominated || !media_path_same_peer(&ice->path, from) ||
		         !host_equal(&ice->path.local, &from->local);
		ice->nominated = true;
		ice->nominated_us = now_us;
		ice->path = *from;
	}
	remember(ice, from);
	ice->last_check_us = now_us;
}

int media_ice_check(struct media_ice *ice, const uint8_t *data, size_t len, const struct media_stun *m,
                    const struct media_path *from, int64_t now_us, uint8_t *out, size_t size, size_t *error_len,
                    bool *moved)
{
	*error_len = 0;
	*moved = false;
	if (m->type != MEDIA_STUN_BINDING_REQUEST)
		return 0;
	const struct media_ice_credentials *c = credentials_of(ice, m);
	bool restarted = c && c == ice->next;
	struct media_stun_build b = {.type = MEDIA_STUN_BINDING_ERROR, .txid = m->txid};
	b.error_code = refusal(c, data, len, m);
	if (b.error_code) {
		*error_len = answer(&b, out, size);
		return -EACCES;
	}
	b.password = c->local_pwd;
	b.unknown_attribute = m->unknown_required;
	if (m->unknown_required)
		b.error_code = 420;
	else if (m->controlled) /* a lite agent cannot take the controlling role (RFC 8445 §6.1.1) */
		b.error_code = 487;
	if (!b.error_code) {
		b.type = MEDIA_STUN_BINDING_SUCCESS;
		b.mapped = (const struct sockaddr *)&from->remote;
		accept_check(ice, m, from, now_us, restarted, moved);
	}
	size_t reply = answer(&b, out, size);
	if (restarted && !b.error_code && m->use_candidate) {
		ice->now = *ice->next;
		ice->next = NULL;
	}
	return (int)reply;
}
