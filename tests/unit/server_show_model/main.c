/* The model of the market against the real engine, for a while, or one history again.
 *
 *   MODEL_SECONDS=60    how long
 *   MODEL_HISTORIES=N   instead: so many
 *   MODEL_SHORTEN=30    seconds for making a failure short; 0: do not tell it
 *   MODEL_SEED=S        this history, or from this one on with one of the others
 *
 * A failure is shortened, and told step by step. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "history.h"

#define SHORTEN_SECONDS 30

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

/* Take away what the failure does not need. @return how many steps are left. */
static size_t shorten(uint64_t seed, struct step *steps, size_t count)
{
	static struct step fewer[HISTORY_STEPS];
	char why[256];
	double until = seconds() + (double)number("MODEL_SHORTEN", SHORTEN_SECONDS);
	for (size_t chunk = count / 2; chunk > 0 && seconds() < until; chunk /= 2)
		for (size_t at = 0; at + chunk <= count && seconds() < until;) {
			memcpy(fewer, steps, at * sizeof(*steps));
			memcpy(fewer + at, steps + at + chunk, (count - at - chunk) * sizeof(*steps));
			size_t done = history_run(seed, fewer, count - chunk, true, NULL, why);
			if (done == 0) {
				at += chunk;
				continue;
			}
			count = done < count - chunk ? done : count - chunk;
			memcpy(steps, fewer, count * sizeof(*steps));
		}
	return count;
}

static void tell_failure(uint64_t seed, struct step *steps, size_t done, const char *first)
{
	char why[256];
	printf("MODEL_SEED=%" PRIu64 " fails after %zu steps: %s\n", seed, done, first);
	if (number("MODEL_SHORTEN", SHORTEN_SECONDS) == 0)
		return;
	size_t strict = history_run(seed, steps, HISTORY_STEPS, true, NULL, why);
	size_t count = shorten(seed, steps, strict ? strict : done);
	printf("the shortest such history found has %zu steps:\n", count);
	history_run(seed, steps, count, true, stdout, why);
	printf("FAILED: %s\n", why);
}

int main(void)
{
	static struct step steps[HISTORY_STEPS];
	uint64_t histories = number("MODEL_HISTORIES", 0), seed = number("MODEL_SEED", 0);
	bool once = getenv("MODEL_SEED") && !getenv("MODEL_SECONDS") && !histories;
	double began = seconds(), until = began + (double)number("MODEL_SECONDS", 60);
	uint64_t done = 0;
	char why[256];
	if (!getenv("MODEL_SEED")) {
		struct timespec now;
		clock_gettime(CLOCK_REALTIME, &now);
		seed = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	}
	printf("MODEL_SEED=%" PRIu64 "\n", seed);
	fflush(stdout);
	for (bool more = true; more; seed++) {
		history_make(seed, steps, HISTORY_STEPS);
		size_t failed = history_run(seed, steps, HISTORY_STEPS, once, NULL, why);
		if (failed) {
			tell_failure(seed, steps, failed, why);
			return 1;
		}
		done++;
		more = !once && (histories ? done < histories : seconds() < until);
	}
	printf("%" PRIu64 " histories of %d steps agree, %.0f steps a second\n", done, HISTORY_STEPS,
	       (double)done * HISTORY_STEPS / (seconds() - began));
	history_print_tally(stdout);
	return 0;
}
