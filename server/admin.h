/* What `trunkshow admin` asks for, carried out by whichever process has the store. */
#ifndef TRUNKSHOW_ADMIN_H
#define TRUNKSHOW_ADMIN_H

#include <stddef.h>

struct app;

/** Carry out "create NAME HASH", "approve NAME" or "role NAME ROLE". The answer is "ok " or "no " and a sentence.
 * `ctx` is the app. Blocks until it is stored. Thread: main. */
void admin_act(const char *request, char *answer, size_t size, void *ctx);
/** Print how the first admin is made, as long as nobody has an account. Thread: main. */
void admin_hint(const struct app *app);
#endif
