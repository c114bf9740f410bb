/* --demo: a small market to look at, and a simulated host who keeps a show on air. */
#ifndef TRUNKSHOW_DEMO_H
#define TRUNKSHOW_DEMO_H

struct app;
struct demo;

struct demo *demo_create(struct app *app);
/** After the children have been destroyed. Accepts NULL. */
void demo_destroy(struct demo *demo);
/** Fill an empty store, put the show on air, start the host, print where to look. Blocks for a few seconds. Thread:
 * main, while the hub runs. */
void demo_start(struct demo *demo);
/** The simulated host leaves. Accepts NULL. Thread: any. */
void demo_stop(struct demo *demo);
/** A show has ended, or a person hosts it now: the simulated host leaves it. Accept NULL. Thread: hub. */
void demo_show_ended(struct demo *demo, const char *show);
void demo_taken_over(struct demo *demo, const char *show);
#endif
