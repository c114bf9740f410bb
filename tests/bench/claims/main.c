/* bench_claims CONTENDER CLAIMS DIR: one run of one contender on the disk of DIR; prints a line of JSON. */
#include "claims.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	void (*run)(size_t claims, const char *dir);
} contenders[] = {
        {"controller", run_controller}, {"sustained", run_sustained}, {"single", run_single}, {"log", run_log}};

int main(int argc, char **argv)
{
	long claims = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
	for (size_t i = 0; claims > 0 && i < sizeof(contenders) / sizeof(contenders[0]); i++)
		if (strcmp(argv[1], contenders[i].name) == 0) {
			contenders[i].run((size_t)claims, argv[3]);
			return 0;
		}
	fprintf(stderr, "usage: bench_claims controller|sustained|single|log CLAIMS DIR\n");
	return 2;
}
