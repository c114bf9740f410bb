/* What the demo market is made of, and making it. */
#ifndef TRUNKSHOW_DEMO_MARKET_H
#define TRUNKSHOW_DEMO_MARKET_H

#include <stdbool.h>
#include <stdio.h>

#include "store/store.h"

struct app;

#define DEMO_HOST "lena"

/** The folder of the pictures that the demo sells and holds up. @return whether there is one. */
bool demo_pictures(char *out, size_t size);

/** Make accounts, listings with pictures, and a scheduled show, by ordinary commands. Writes names and passwords to
 * accounts.
 *  @return 0; -EIO with a line in the log; -EINTR asked to stop. Thread: main. */
__attribute__((warn_unused_result)) int demo_market_make(struct app *app, FILE *accounts);

/** Make a show of the demo host with a run of show, start it, feature its first item. @return 0; -EIO. Thread: main. */
__attribute__((warn_unused_result)) int demo_market_go_live(struct app *app, struct store_reader *reader,
                                                            struct base_id host, struct store_show *out);
#endif
