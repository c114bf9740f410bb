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
        "                    [--layers N] [--insecure] [-- SOURCE OPTIONS]\n"
        "    Publishes the demo show of trunkshow-pipeline (by default the one beside this program); comes back for "
        "ever. With --layers in N sizes (simulcast): 180x320, 360x640 and its own, the last always.\n"
        "trunkshow-load view --whep URL [--token TOKEN] [--count N] [--codec h264|vp8] [--seconds N] [--reconnect] "
        "[--insecure]\n"
        "                    [--rate N] [--stay S] [--sample N] [--warmup S] [--window S] [--gaps] [--pid PID] "
        "[--table]\n"
        "    Watches with N viewers and counts. They come at --rate a second, and with --stay leave after about S "
        "seconds "
        "and\n"
        "    come again. --sample decrypts one packet in N (headers are counted all). --pid measures the server's time "
        "and\n"
        "    memory, from --warmup seconds after the last has come, for --window seconds or until the end. --gaps "
        "measures\n"
        "    how evenly packets come, beside their own times, to those who have been there for two seconds.\n"
        "trunkshow-load sink [--count N] [--seconds N]\n"
        "    N UDP sockets on loopback, which are told and only read: the floor of any comparison.\n"
        "trunkshow-load feed --to ADDRESS --audio PORT --video PORT [--codec h264|vp8] [-- SOURCE OPTIONS]\n"
        "    The host's picture and sound as plain RTP, for servers that take that.\n"
        "All print their events as JSON lines. With https, --insecure takes any certificate; at a loopback address "
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
	enum {
		URL = 1,
		TOKEN,
		CODEC,
		SOURCE,
		TEXTS,
		SECONDS,
		COUNT,
		RATE,
		STAY,
		SAMPLE,
		WARMUP,
		WINDOW,
		PID,
		AUDIO,
		VIDEO,
		LAYERS,
		NUMBERS,
		RECONNECT,
		STATS,
		INSECURE,
		TABLE,
		GAPS
	};
	static const struct option options[] = {
	        {"whip", required_argument, NULL, URL},
	        {"whep", required_argument, NULL, URL},
	        {"token", required_argument, NULL, TOKEN},
	        {"codec", required_argument, NULL, CODEC},
	        {"seconds", required_argument, NULL, SECONDS},
	        {"source", required_argument, NULL, SOURCE},
	        {"count", required_argument, NULL, COUNT},
	        {"rate", required_argument, NULL, RATE},
	        {"stay", required_argument, NULL, STAY},
	        {"sample", required_argument, NULL, SAMPLE},
	        {"warmup", required_argument, NULL, WARMUP},
	        {"window", required_argument, NULL, WINDOW},
	        {"to", required_argument, NULL, URL},
	        {"audio", required_argument, NULL, AUDIO},
	        {"video", required_argument, NULL, VIDEO},
	        {"gaps", no_argument, NULL, GAPS},
	        {"pid", required_argument, NULL, PID},
	        {"table", no_argument, NULL, TABLE},
	        {"reconnect", no_argument, NULL, RECONNECT},
	        {"stats", no_argument, NULL, STATS},
	        {"insecure", no_argument, NULL, INSECURE},
	        {"layers", required_argument, NULL, LAYERS},
	        {NULL, 0, NULL, 0},
	};
	const char **texts[] = {[URL] = &o->url, [TOKEN] = &o->token, [CODEC] = &o->codec, [SOURCE] = &o->source};
	int64_t count = 1;
	int64_t *numbers[] = {[SECONDS] = &o->seconds, [COUNT] = &count,      [RATE] = &o->rate,     [STAY] = &o->stay,
	                      [SAMPLE] = &o->sample,   [WARMUP] = &o->warmup, [WINDOW] = &o->window, [PID] = &o->pid,
	                      [AUDIO] = &o->audio,     [VIDEO] = &o->video,   [LAYERS] = &o->layers};
	bool *switches[] = {[RECONNECT] = &o->reconnect,
	                    [STATS] = &o->stats,
	                    [INSECURE] = &o->insecure,
	                    [TABLE] = &o->table,
	                    [GAPS] = &o->gaps};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return false;
		if (option < TEXTS)
			*texts[option] = optarg;
		else if (option > NUMBERS)
			*switches[option] = true;
		else if (!number(optarg, option == COUNT, 1000000000, numbers[option]))
			return false;
	}
	if (count > 100000 || o->layers > SIM_LAYERS)
		return false;
	o->count = (int)count;
	o->source_args = argv + optind;
	return (!o->codec || strcmp(o->codec, "h264") == 0 || strcmp(o->codec, "vp8") == 0);
}

int main(int argc, char **argv)
{
	char beside[PATH_MAX + 32];
	struct load_options o = {.source = sibling(beside, sizeof(beside))};
	static const struct {
		const char *name;
		int (*run)(const struct load_options *options);
		bool url;
	} commands[] = {{"host", load_host, true},
	                {"view", load_view, true},
	                {"feed", load_feed, true},
	                {"sink", load_sink, false}};
	const size_t known = sizeof(commands) / sizeof(commands[0]);
	size_t i = 0;

	while (argc > 1 && i < known && strcmp(argv[1], commands[i].name) != 0)
		i++;
	if (argc < 2 || i == known || !parse(argc - 1, argv + 1, &o) || (commands[i].url && !o.url)) {
		fputs(usage, stderr);
		return 64;
	}
	srand48((long)time(NULL) ^ getpid());
	return commands[i].run(&o);
}
