#include "api/tokens.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>

#define COST_OPS 2
#define COST_BYTES (19u << 20)

int api_tokens_init(void)
{
	return sodium_init() < 0 ? -EIO : 0;
}

void api_token_new(char text[API_TOKEN_TEXT])
{
	uint8_t random[32];

	randombytes_buf(random, sizeof random);
	sodium_bin2base64(text, API_TOKEN_TEXT, random, sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(random, sizeof random);
}

bool api_token_hash(const char *text, uint8_t hash[32])
{
	size_t len = text ? strlen(text) : 0;

	if (len != API_TOKEN_TEXT - 1)
		return false;
	crypto_hash_sha256(hash, (const unsigned char *)text, len);
	return true;
}

bool api_secret_equal(const char *a, const char *b)
{
	uint8_t ha[32], hb[32];

	if (!a || !b || !*a || !*b)
		return false;
	/* Of equal length by hashing: neither the bytes nor the length show. */
	crypto_hash_sha256(ha, (const unsigned char *)a, strlen(a));
	crypto_hash_sha256(hb, (const unsigned char *)b, strlen(b));
	return sodium_memcmp(ha, hb, sizeof ha) == 0;
}

static void cost(const struct base_settings *settings, unsigned long long *ops, size_t *bytes)
{
	bool least = strcmp(settings->password_cost, "min") == 0;

	*ops = least ? crypto_pwhash_argon2id_OPSLIMIT_MIN : COST_OPS;
	*bytes = least ? crypto_pwhash_argon2id_MEMLIMIT_MIN : COST_BYTES;
}

int api_password_hash(const struct base_settings *settings, const char *password, char out[API_PASSWORD_HASH])
{
	unsigned long long ops;
	size_t bytes;

	_Static_assert(API_PASSWORD_HASH >= crypto_pwhash_argon2id_STRBYTES, "a hash fits");
	cost(settings, &ops, &bytes);
	if (crypto_pwhash_argon2id_str(out, password, strlen(password), ops, bytes))
		return -ENOMEM;
	return 0;
}

/* A hash that no password has, of the same cost as real ones; made once. */
static char nobody[API_PASSWORD_HASH];
static pthread_mutex_t nobody_lock = PTHREAD_MUTEX_INITIALIZER;

static bool nobody_hash(const struct base_settings *settings, char out[API_PASSWORD_HASH])
{
	char password[17];
	bool made = true;

	pthread_mutex_lock(&nobody_lock);
	if (!nobody[0]) {
		api_password_random(password);
		made = api_password_hash(settings, password, nobody) == 0;
	}
	if (made)
		memcpy(out, nobody, API_PASSWORD_HASH);
	pthread_mutex_unlock(&nobody_lock);
	return made;
}

bool api_password_verify(const struct base_settings *settings, const char *hash, const char *password)
{
	char other[API_PASSWORD_HASH];
	bool equal;

	if (!hash && !nobody_hash(settings, other))
		return false;
	equal = crypto_pwhash_argon2id_str_verify(hash ? hash : other, password, strlen(password)) == 0;
	return hash && equal;
}

void api_password_random(char out[17])
{
	static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789"; /* none that look alike */

	for (int i = 0; i < 16; i++)
		out[i] = letters[randombytes_uniform(sizeof letters - 1)];
	out[16] = '\0';
}
