#include "pipeline/pipeline.h"

#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <time.h>

#include <gst/gst.h>

static sigset_t block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return set;
}

bool pipeline_start(const char *const *plugins)
{
	bool all = true;
	size_t i;

	block_signals(); /* for every thread to come */
	g_setenv("GST_PLUGIN_SYSTEM_PATH_1_0", "", TRUE);
	g_setenv("GST_PLUGIN_PATH_1_0", "", TRUE);
	gst_registry_fork_set_enabled(FALSE);
	gst_init(NULL, NULL);
	for (i = 0; plugins[i]; i++) {
		g_autofree char *path = g_strdup_printf("%s/libgst%s.so", PIPELINE_PLUGINS_DIR, plugins[i]);
		g_autoptr(GError) error = NULL;

		if (gst_plugin_load_file(path, &error))
			continue;
		fprintf(stderr, "GStreamer's plug-in %s does not load: %s\n", plugins[i], error->message);
		all = false;
	}
	return all;
}

int64_t pipeline_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int pipeline_signals(void)
{
	sigset_t set = block_signals();

	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}
