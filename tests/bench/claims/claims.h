/* Contenders that take claims and answer each once it is durable, and one way to drive them all. */
#ifndef BENCH_CLAIMS_H
#define BENCH_CLAIMS_H

#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>

#define OUTSTANDING 500 /* claims asked and not answered, at most */

/** Latencies and the window of one run; the driver posts, the contender's thread answers. */
struct flow {
	size_t claims, answered;
	int64_t *latency_us; /* by order of answer */
	int64_t started_us, ended_us;
	sem_t window, finished;
};

void flow_init(struct flow *flow, size_t claims);
/** Wait for room in the window. @return the time of asking [µs]. */
int64_t flow_ask(struct flow *flow);
/** One claim is durable and answered. Thread: one, the contender's. */
void flow_answer(struct flow *flow, int64_t asked_us);
/** Wait for the last answer, which ends the time that counts. */
void flow_wait(struct flow *flow);
/** After flow_wait: print one line of JSON, free. */
void flow_finish(struct flow *flow, const char *contender);

/** Each runs `claims` claims on a new folder under dir. Ends the process on any error. */
void run_controller(size_t claims, const char *dir);
void run_sustained(size_t claims, const char *dir);
void run_single(size_t claims, const char *dir);
void run_log(size_t claims, const char *dir);

char *make_dir(const char *parent); /**< a new folder; free with free() */
void remove_dir(char *dir);         /**< and frees */
_Noreturn void fail(const char *what, int error);
#endif
