#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "load.h"

static int read_line(int64_t pid, const char *name, char *out, int size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	file = fopen(path, "re");
	if (!file)
		return -ENOENT;
	out[0] = '\0';
	if (!fgets(out, size, file))
		out[0] = '\0';
	fclose(file);
	return 0;
}

/* proc(5): the fields after the name, which ends with the last parenthesis; the 14th and 15th are user and system time
 * in ticks. */
static int read_cpu(int64_t pid, double *cpu_s)
{
	char line[1024];
	unsigned long user, system;
	const char *name_end = NULL;

	if (read_line(pid, "stat", line, sizeof(line)) < 0)
		return -ENOENT;
	for (const char *at = line; *at; at++)
		if (*at == ')')
			name_end = at;
	if (!name_end ||
	    sscanf(name_end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		return -EBADMSG;
	*cpu_s = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
	return 0;
}

int load_process_read(int64_t pid, struct load_process *out)
{
	char line[256];
	long pages;
	int rc = read_cpu(pid, &out->cpu_s);

	if (rc < 0)
		return rc;
	if (read_line(pid, "statm", line, sizeof(line)) < 0 || sscanf(line, "%*d %ld", &pages) != 1)
		return -EBADMSG;
	out->rss_bytes = (int64_t)pages * sysconf(_SC_PAGESIZE);
	return 0;
}
