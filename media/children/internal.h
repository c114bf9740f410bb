/* What the supervisor's two files share: one child process. */
#ifndef MEDIA_CHILDREN_INTERNAL_H
#define MEDIA_CHILDREN_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

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
#endif
