/* The idempotency keys that a batch used or asked for: filled and emptied with each batch, and so without malloc once
 * it has grown. Thread: one, the owner's. */
#ifndef TRUNKSHOW_SHOW_KEY_SET_H
#define TRUNKSHOW_SHOW_KEY_SET_H

#include "store/writer.h"

struct key_set;

struct key_set *key_set_new(void);
void key_set_free(struct key_set *set);
void key_set_clear(struct key_set *set);
size_t key_set_size(const struct key_set *set);

/** @return what was put for an account's key; NULL: nothing. Good until it is put again or the set cleared. */
const struct store_key *key_set_find(const struct key_set *set, struct base_id account,
                                     const uint8_t key[STORE_KEY_BYTES]);
/** In place of what was put for the same account and key. @return the copy that is kept. */
const struct store_key *key_set_put(struct key_set *set, const struct store_key *key);
#endif
