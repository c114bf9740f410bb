#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

static const char usage[] =
        "trunkshow-load host --whip URL --token KEY [--codec h264|vp8] [--seconds N] [--source PROGRAM] [--stats]\n"
        "                    [--insecure] [-- SOURCE OPTIONS]\n"
        "    Publishes the demo show of trunkshow-pipeline (by default the one beside this program); comes back for "
        "ever.\n"
        "trunkshow-load view --whep URL [--token TOKEN] [--count N] [--codec h264|vp8] [--seconds N] [--reconnect] "
        "[--insecure]\n"
        "    Watches with N viewers and counts.\n"
        "Both print their events as JSON lines. With https, --insecure takes any certificate; at a loopback address "
        "any "
        "is taken.\n";

/** The pipeline is built beside us. */
static const char *sibling(char *out, size_t size)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	snprintf(out, size, "%s/trunkshow-pipeline", path);
	return out;
}

static bool number(const char *text, int64_t least, int64_t most, int64_t *out)
{
	char *end;

	*out = strtoll(text, &end, 10);
	return *text && *end == '\0' && *out >= least && *out <= most;
}

static bool parse(int argc, char **argv, struct load_options *o)
{
	enum { URL = 1, TOKEN, CODEC, SECONDS, SOURCE, COUNT, RECONNECT, STATS, INSECURE };
	static const struct option options[] = {
	        {"whip", required_argument, NULL, URL},
	        {"whep", required_argument, NULL, URL},
	        {"token", required_argument, NULL, TOKEN},
	        {"codec", required_argument, NULL, CODEC},
	        {"seconds", required_argument, NULL, SECONDS},
	        {"source", required_argument, NULL, SOURCE},
	        {"count", required_argument, NULL, COUNT},
	        {"reconnect", no_argument, NULL, RECONNECT},
	        {"stats", no_argument, NULL, STATS},
	        {"insecure", no_argument, NULL, INSECURE},
	        {NULL, 0, NULL, 0},
	};
	const char **texts[] = {[URL] = &o->url, [TOKEN] = &o->token, [CODEC] = &o->codec, [SOURCE] = &o->source};
	int64_t count = 1;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == SECONDS && !number(optarg, 0, 1000000000, &o->seconds))
			return false;
		if (option == COUNT && !number(optarg, 1, 100000, &count))
			return false;
		if (option == '?')
			return false;
		if (option == RECONNECT)
			o->reconnect = true;
		else if (option == STATS)
			o->stats = true;
		else if (option == INSECURE)
			o->insecure = true;
		else if (option != SECONDS && option != COUNT)
			*texts[option] = optarg;
	}
	o->count = (int)count;
	o->source_args = argv + optind;
	return o->url && (!o->codec || strcmp(o->codec, "h264") == 0 || strcmp(o->codec, "vp8") == 0);
}

int main(int argc, char **argv)
{
	char beside[PATH_MAX + 32];
	struct load_options o = {.source = sibling(beside, sizeof(beside))};
	bool host = argc > 1 && strcmp(argv[1], "host") == 0, view = argc > 1 && strcmp(argv[1], "view") == 0;

	if ((!host && !view) || !parse(argc - 1, argv + 1, &o)) {
		fputs(usage, stderr);
		return 64;
	}
	srand48((long)time(NULL) ^ getpid());
	return host ? load_host(&o) : load_view(&o);
}
