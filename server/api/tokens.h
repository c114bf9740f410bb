/* Secrets of accounts: session tokens and passwords. */
#ifndef TRUNKSHOW_API_TOKENS_H
#define TRUNKSHOW_API_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/settings.h"

#define API_TOKEN_TEXT 44  /**< 32 random bytes in base64url without padding, and NUL */
#define API_PASSWORD_MIN 8 /**< characters (bytes) */
#define API_PASSWORD_MAX 256
#define API_PASSWORD_HASH 128

/** Prepare the random generator. @return 0; -EIO. Call once before threads start. */
__attribute__((warn_unused_result)) int api_tokens_init(void);

/** Make a session token. Thread: any. */
void api_token_new(char text[API_TOKEN_TEXT]);
/** What the store keeps of a token: its SHA-256. @return false when text cannot be a token (then it is nobody's).
 * Thread: any. */
bool api_token_hash(const char *text, uint8_t hash[32]);

/** Compare secrets without telling by time how much of them is equal. NULL or empty equals nothing. Thread: any. */
bool api_secret_equal(const char *a, const char *b);

/** Hash a password with argon2id, t=2, 19 MiB (password_cost=min: the least libsodium has). @return 0; -ENOMEM. Thread:
 * jobs. */
__attribute__((warn_unused_result)) int api_password_hash(const struct base_settings *settings, const char *password,
                                                          char out[API_PASSWORD_HASH]);
/** Whether the password is the hash's. hash NULL: takes as long as a wrong password and is false, so that nobody learns
 * which names exist. Thread: jobs. */
bool api_password_verify(const struct base_settings *settings, const char *hash, const char *password);

/** A password of 16 easily read characters (about 80 bits). */
void api_password_random(char out[17]);
#endif
