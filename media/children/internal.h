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
	int notes;  /**< likewise of the second pair, non-blocking */
	int output; /**< its stdout and stderr, non-blocking */
};
#define CHILD_NO_PROCESS ((struct child_process){-1, -1, -1, -1, -1})

/** Fork and execute. The child has fd 0 from /dev/null, 1 and 2 into a pipe, 3 the seam, 4 the notes, nothing else, and
 * the spec's limits; it dies with the calling thread, gains no privileges and dumps no core. @return 0; -errno. Thread:
 * one that lives as long as the child may. */
__attribute__((warn_unused_result)) int child_spawn(char *const *argv, const struct media_child_spec *spec,
                                                    struct child_process *out);
/** Allow it this share of a core for the life that it has had, and a start. */
void child_allow_cpu(const struct child_process *process, int64_t percent, int64_t life_us);
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
	struct child_process process; /**< `notes` is guarded, too: it is changed under the mutex */
	int64_t heard_us;             /**< when it said something last, 0: nothing yet */
	int64_t allowed_us;           /**< when its CPU time was last seen to */
	int64_t started_us, due_us;   /**< due: of the next start, or of SIGKILL */
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
/** When it wants to be stepped next, if nothing happens. */
int64_t child_due_us(const struct child *child);
/** Hear what it says on its notes. */
void child_read_notes(struct media_children *c, struct child *child, int64_t now);
/** What the child prints becomes log lines, cut at a length and a rate. */
void child_read_output(struct media_children *c, struct child *child, int64_t now);
#endif
