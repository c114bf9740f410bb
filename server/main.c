/* The command line: which subcommand, which settings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/tokens.h"
#include "app.h"
#include "base/log.h"
#include "lan.h"
#include "tools.h"

#define WORDS_MAX 8
#define SETS_MAX 128

enum { EXIT_USAGE = 2 };

struct line {
	const char *config;
	const char *sets[SETS_MAX]; /* "name=value" */
	size_t set_count;
	char *words[WORDS_MAX]; /* subcommand and what follows it */
	int word_count;
	bool demo, lan, help, version;
};

static void print_help(void)
{
	printf("Trunkshow %s, a live-selling show server.\n\n"
	       "usage: trunkshow [serve] [--demo] [--lan] [options]   serve (the default)\n"
	       "       trunkshow admin create|approve|role|ban NAME   accounts, also while a server runs\n"
	       "       trunkshow backup FILE                          copy the database, also while a server runs\n"
	       "       trunkshow doctor                               look at ports, folders, plugins, limits, clock\n"
	       "       trunkshow settings                             print every setting as a table\n\n"
	       "options:\n"
	       "  --config FILE       read settings from FILE, as name = value\n"
	       "  --set NAME=VALUE    one setting; wins over TRUNKSHOW_NAME in the environment, which wins over FILE\n"
	       "  --demo              an empty store gets a small market and a show on air from a simulated host\n"
	       "  --lan               https on all addresses of the machine, for phones in the same network\n"
	       "  --version, --help\n",
	       TRUNKSHOW_VERSION);
}

static bool take_value(int argc, char **argv, int *at, const char **out)
{
	if (*at + 1 >= argc) {
		fprintf(stderr, "trunkshow: %s needs a value\n", argv[*at]);
		return false;
	}
	*out = argv[++*at];
	return true;
}

static bool take_flag(struct line *line, int argc, char **argv, int *at)
{
	const char *flag = argv[*at];

	if (strcmp(flag, "--config") == 0)
		return take_value(argc, argv, at, &line->config);
	if (strcmp(flag, "--set") == 0 && line->set_count < SETS_MAX)
		return take_value(argc, argv, at, &line->sets[line->set_count++]);
	if (strcmp(flag, "--demo") == 0)
		line->demo = true;
	else if (strcmp(flag, "--lan") == 0)
		line->lan = true;
	else if (strcmp(flag, "--version") == 0)
		line->version = true;
	else if (strcmp(flag, "--help") == 0 || strcmp(flag, "-h") == 0)
		line->help = true;
	else {
		fprintf(stderr, "trunkshow: unknown option %s; see trunkshow --help\n", flag);
		return false;
	}
	return true;
}

static bool read_line(struct line *line, int argc, char **argv)
{
	for (int at = 1; at < argc; at++) {
		if (argv[at][0] == '-') {
			if (!take_flag(line, argc, argv, &at))
				return false;
		} else if (line->word_count < WORDS_MAX) {
			line->words[line->word_count++] = argv[at];
		} else {
			fprintf(stderr, "trunkshow: too many words: %s\n", argv[at]);
			return false;
		}
	}
	return true;
}

static int set_one(struct base_settings *settings, const char *pair, char *why, size_t why_len)
{
	const char *equals = strchr(pair, '=');
	char name[64];

	if (!equals || (size_t)(equals - pair) >= sizeof name) {
		snprintf(why, why_len, "--set %.100s: must be name=value", pair);
		return -1;
	}
	snprintf(name, sizeof name, "%.*s", (int)(equals - pair), pair);
	return base_settings_set(settings, name, equals + 1, why, why_len);
}

/* The file first, then the environment, then the command line. */
static int load_settings(struct base_settings *settings, const struct line *line, char *why, size_t why_len)
{
	int err = line->config ? base_settings_load_file(settings, line->config, why, why_len) : 0;

	if (!err)
		err = base_settings_load_environment(settings, environ, why, why_len);
	for (size_t i = 0; i < line->set_count && !err; i++)
		err = set_one(settings, line->sets[i], why, why_len);
	return err;
}

static void init_log(const struct base_settings *settings)
{
	static const char *const levels[] = {"debug", "info", "warn", "error"};
	int level = 0;

	while (level < BASE_LOG_ERROR && strcmp(levels[level], settings->log_level) != 0)
		level++;
	base_log_init((enum base_log_level)level,
	              strcmp(settings->log_format, "json") == 0 ||
	                      (strcmp(settings->log_format, "auto") == 0 && !isatty(STDERR_FILENO)));
}

static int serve(struct base_settings *settings, const struct line *line)
{
	char why[512] = "";

	init_log(settings);
	if ((line->lan && lan_prepare(settings, why, sizeof why)) || base_settings_check(settings, why, sizeof why)) {
		fprintf(stderr, "trunkshow: %s\n", why);
		return EXIT_USAGE;
	}
	return app_serve(settings, line->demo, line->lan);
}

static int run(struct base_settings *settings, const struct line *line)
{
	const char *verb = line->word_count ? line->words[0] : "serve";
	int count = line->word_count ? line->word_count - 1 : 0;
	char **words = (char **)line->words + 1;

	/* What a tool has to say it says itself. */
	base_log_init(BASE_LOG_WARN, 0);
	if (strcmp(verb, "serve") == 0 && count == 0)
		return serve(settings, line);
	if (strcmp(verb, "admin") == 0)
		return tool_admin(settings, count, words);
	if (strcmp(verb, "backup") == 0)
		return tool_backup(settings, count, words);
	if (strcmp(verb, "doctor") == 0 && count == 0)
		return tool_doctor(settings);
	if (strcmp(verb, "settings") == 0 && count == 0) {
		base_settings_print_markdown(stdout);
		return 0;
	}
	fprintf(stderr, "trunkshow: unknown command %s; see trunkshow --help\n",
	        count && strcmp(verb, "serve") == 0 ? words[0] : verb);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct base_settings settings;
	struct line line = {0};
	char why[512] = "";
	int code;

	if (!read_line(&line, argc, argv))
		return EXIT_USAGE;
	if (line.help) {
		print_help();
		return 0;
	}
	if (line.version) {
		printf("trunkshow %s\n", TRUNKSHOW_VERSION);
		return 0;
	}
	base_settings_init(&settings);
	if (api_tokens_init()) {
		fprintf(stderr, "trunkshow: no random numbers\n");
		code = 1;
	} else if (load_settings(&settings, &line, why, sizeof why)) {
		fprintf(stderr, "trunkshow: %s\n", why);
		code = EXIT_USAGE;
	} else {
		code = run(&settings, &line);
	}
	base_settings_finish(&settings);
	return code;
}
