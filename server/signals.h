/* SIGINT, SIGTERM and SIGHUP: blocked everywhere, waited for by main. */
#ifndef TRUNKSHOW_SIGNALS_H
#define TRUNKSHOW_SIGNALS_H

#include <stdbool.h>

/** Block them in this thread and in those it will start; make writes that nobody takes an error. Thread: main, first.
 */
void signals_prepare(void);
/** Wait for the first, and call ready() each time the descriptor can be read until then (-1: none). After it a second
 * one ends the process at once. Thread: main. */
void signals_wait(int fd, void (*ready)(void *ctx), void *ctx);
/** Whether one is waiting. Thread: main, before signals_wait. */
bool signals_asked_to_stop(void);
#endif
