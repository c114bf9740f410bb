#include "claims.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

void fail(const char *what, int error)
{
	fprintf(stderr, "bench_claims: %s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(1);
}

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) != 0)
		if (errno != EINTR)
			fail("sem_wait", errno);
}

void flow_init(struct flow *flow, size_t claims)
{
	*flow = (struct flow){.claims = claims, .latency_us = calloc(claims, sizeof(int64_t))};
	if (!flow->latency_us)
		fail("calloc", ENOMEM);
	sem_init(&flow->window, 0, OUTSTANDING);
	sem_init(&flow->finished, 0, 0);
	flow->started_us = base_clock_monotonic_us();
}

int64_t flow_ask(struct flow *flow)
{
	wait_for(&flow->window);
	return base_clock_monotonic_us();
}

void flow_answer(struct flow *flow, int64_t asked_us)
{
	int64_t now_us = base_clock_monotonic_us();
	flow->latency_us[flow->answered++] = now_us - asked_us;
	if (flow->answered == flow->claims) {
		flow->ended_us = now_us;
		sem_post(&flow->finished);
	}
	sem_post(&flow->window);
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

void flow_wait(struct flow *flow)
{
	wait_for(&flow->finished);
}

void flow_finish(struct flow *flow, const char *contender)
{
	double seconds = (double)(flow->ended_us - flow->started_us) / 1e6;
	qsort(flow->latency_us, flow->claims, sizeof(int64_t), by_size);
	printf("{\"contender\":\"%s\",\"claims\":%zu,\"per_s\":%.0f,\"p50_us\":%" PRId64 ",\"p99_us\":%" PRId64 "}\n",
	       contender, flow->claims, (double)flow->claims / seconds, flow->latency_us[flow->claims / 2],
	       flow->latency_us[flow->claims * 99 / 100]);
	free(flow->latency_us);
	sem_destroy(&flow->window);
	sem_destroy(&flow->finished);
}

char *make_dir(const char *parent)
{
	char *dir = NULL;
	if (asprintf(&dir, "%s/claims-XXXXXX", parent) < 0 || !mkdtemp(dir))
		fail(parent, errno);
	return dir;
}

static void empty_dir(const char *dir)
{
	DIR *open = opendir(dir);
	for (struct dirent *entry; open && (entry = readdir(open));) {
		char *path = NULL;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    asprintf(&path, "%s/%s", dir, entry->d_name) < 0)
			continue;
		if (entry->d_type == DT_DIR)
			empty_dir(path);
		remove(path);
		free(path);
	}
	if (open)
		closedir(open);
}

void remove_dir(char *dir)
{
	empty_dir(dir);
	rmdir(dir);
	free(dir);
}
