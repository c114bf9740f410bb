/* The process: every part made, joined and ended in the right order. The only file that knows all of them is app.c. */
#ifndef TRUNKSHOW_APP_H
#define TRUNKSHOW_APP_H

#include <stdbool.h>

#include "api/api.h"
#include "base/settings.h"
#include "media.h"
#include "show/show.h"

struct app {
	const struct base_settings *settings;
	bool lan;
	struct store *store;
	struct base_jobs *jobs;
	struct pay_provider *provider;
	struct show_controller *controller;
	struct media_engine *media;
	struct media_children *children;
	struct hub *hub;
	struct api *api;
	struct pipelines *pipelines;
	struct recordings *recordings;
	struct ingest *ingest;
	struct demo *demo;
};

/** Serve until SIGINT or SIGTERM. What settings leave open is filled in. @return the process's exit code. Thread: main,
 * with no other thread running. */
int app_serve(struct base_settings *settings, bool demo, bool lan);

/** Post a command and wait for its answer. The command's done is taken. Thread: any that may block. @return the code.
 */
enum show_code app_command(struct show_controller *controller, struct show_command *command,
                           struct show_result *result);

/** Store, jobs and controller alone, for the tools that change the market while no server runs. @return 0; -errno with
 * `why`. */
__attribute__((warn_unused_result)) int app_open_market(struct app *app, char *why, size_t why_len);
void app_close_market(struct app *app);

/** "http://localhost:8080": where people on this machine open the pages. */
void app_url(const struct app *app, char *out, size_t size);

/** The folder of the running executable. */
void app_folder(char *out, size_t size);
#endif
