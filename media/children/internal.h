/* What the supervisor's files share: a process (spawn.c), a child that is kept running (child.c), all of them
 * (children.c). */
#ifndef MEDIA_CHILDREN_INTERNAL_H
#define MEDIA_CHILDREN_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "media.h"

#define CHILD_LINE_BYTES 256

/** A process that has been started. */
struct child_process {
	pid_t pid;
	int pidfd;  /**< readable once it has ended */
	int seam;   /**< our end of the socket pair, -1 without; the caller takes it */
	int output; /**< its stdout and stderr, non-blocking */
};

/** Fork and execute. The child has fd 0 from /dev/null, 1 and 2 into a pipe, 3 the seam, nothing else; it dies with the
 * calling thread, gains no privileges and dumps no core. @return 0; -errno. Thread: one that lives as long as the child
 * may. */
__attribute__((warn_unused_result)) int child_spawn(char *const *argv, bool seam, int64_t memory_bytes,
                                                    struct child_process *out);
/** Send a signal; harmless if it has ended. */
void child_signal(const struct child_process *process, int signal);
/** Reap it if it has ended. @return whether it has; *status as of waitpid(2). */
bool child_reap(const struct child_process *process, int *status);

/* ---- child.c: the supervisor's thread, but for making and freeing ---- */

enum child_state { CHILD_WAITING, CHILD_RUNNING, CHILD_TERMINATED, CHILD_KILLED };

/** One child; the list is guarded by the mutex, the rest belongs to the supervisor thread, but for `stop`, guarded too.
 */
struct child {
	struct child *next;
	char name[64];
	char **argv;
	struct media_child_spec spec;
	bool stop;
	enum child_state state;
	struct child_process process;
	int64_t started_us, due_us; /**< due: of the next start, or of SIGKILL */
	int64_t backoff_us;
	char line[CHILD_LINE_BYTES];
	size_t line_len;
	uint64_t lines;
};

struct media_children {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t called; /**< a started() callback has returned */
	struct child *list;    /**< guarded */
	struct child *calling; /**< guarded: whose callback runs now */
	bool ending;           /**< guarded */
	int wake;              /**< eventfd */
	void (*log)(int level, const char *event, const char *detail, void *ctx);
	void *ctx;
};

/** @return NULL without memory. */
struct child *child_make(const char *name, const struct media_child_spec *spec);
void child_free(struct child *child);
/** Move one child on. @return whether it is done with and may be freed. */
bool child_step(struct media_children *c, struct child *child, bool stop, int64_t now);
/** What the child prints becomes log lines, cut at a length and a rate. */
void child_read_output(struct media_children *c, struct child *child, int64_t now);
#endif
