/* Who may publish: digests of the shows' publish keys, as the server tells them; the keys themselves are never here.
 * Whoever guesses is heard less and less. Locks itself: SRT asks on a thread of its own. */
#ifndef PIPELINE_INGEST_KEYS_H
#define PIPELINE_INGEST_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#define INGEST_DIGEST 32        /**< SHA-256 */
#define INGEST_SHOWS_MAX 100000 /**< further ones are not taken */

struct ingest_keys;

struct ingest_keys *ingest_keys_create(void);
void ingest_keys_destroy(struct ingest_keys *keys); /**< nobody asks any more */
/** A show's key. @param digest NULL: it has none any more. @return whether it is another than before. */
bool ingest_keys_set(struct ingest_keys *keys, const char *show, const uint8_t *digest);
/** Is it this show's key? Takes as long for a show that there is not. */
bool ingest_keys_match(struct ingest_keys *keys, const char *show, const char *key);

/** One that was refused, from this address. @param now_us monotonic */
void ingest_keys_blame(struct ingest_keys *keys, const char *address, int64_t now_us);
/** Have so many been refused from there lately that the next is not even looked at? */
bool ingest_keys_blamed(struct ingest_keys *keys, const char *address, int64_t now_us);
#endif
