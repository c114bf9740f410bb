/* The door for the tools on the machine while a server runs: a socket in the data folder that its owner alone may
 * open. One request and one answer a connection, both a line of text. */
#ifndef TRUNKSHOW_CONTROL_H
#define TRUNKSHOW_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#define CONTROL_LINE 512

struct control {
	const char *data_dir; /**< which this process has locked */
	/** Carry a request out and write the answer. Thread: that of control_ready. */
	void (*act)(const char *request, char *answer, size_t size, void *ctx);
	void *ctx;
	int listener; /**< control.c's; -1: none */
};

/** Listen. Where that cannot be, a warning is logged and nobody is served. */
void control_open(struct control *control);
void control_close(struct control *control);
/** The listener can be read: take one request, have it carried out, answer. Waits for a silent tool a second at most.
 */
void control_ready(void *control);

/** Whether a server listens on this data folder. */
bool control_is_there(const char *data_dir);
/** The tool's side: ask the server on data_dir. @return 0; -ENOENT, -ECONNREFUSED: no server listens; -errno. */
__attribute__((warn_unused_result)) int control_ask(const char *data_dir, const char *request,
                                                    char answer[CONTROL_LINE]);
#endif
