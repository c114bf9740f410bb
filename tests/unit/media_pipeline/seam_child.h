/* trunkshow-pipeline with the test at the other end of its seam. */
#ifndef TEST_SEAM_CHILD_H
#define TEST_SEAM_CHILD_H

#include <stdint.h>
#include <sys/types.h>

struct seam_child {
	pid_t pid;
	int fd;
};

/** Start with these arguments behind the program's name, NULL at the end. */
struct seam_child seam_child_start(const char *const *arguments);
/** Wait for one packet. @return body length, kind in *kind; 0 at the end of the stream; -1 nothing for timeout_ms. */
int seam_child_receive(const struct seam_child *child, int timeout_ms, char *kind, uint8_t *body);
void seam_child_send(const struct seam_child *child, char kind, const void *body, size_t len);
/** Wait for its end. @return exit code, 128 + signal. */
int seam_child_wait(struct seam_child *child);
/** Close the seam and wait. */
int seam_child_close(struct seam_child *child);
#endif
