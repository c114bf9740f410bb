/* A supervisor of shells, and what its callbacks saw. */
#ifndef MEDIA_CHILDREN_RIG_H
#define MEDIA_CHILDREN_RIG_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "media.h"

#define PATIENCE_MS 20000

/** What the callbacks saw; they run on the supervisor's thread. */
struct seen {
	pthread_mutex_t lock;
	int starts, seam;
	int64_t at_us[64];
	char lines[64][256], notes[64][256];
	int line_count, killed, silent, ended, note_count, too_long;
};

struct fixture {
	struct seen seen;
	struct media_children *children;
};

int set_up(void **state);
int tear_down(void **state);

int64_t now_us(void);
int get(struct seen *seen, const int *what);
/** A copy, so that a failing assertion leaves no lock behind. */
struct seen snapshot(struct seen *seen);
void wait_for(struct seen *seen, const int *what, int least);
/** A spec's started(), with the seen as ctx. */
void on_started(int fd, void *ctx);
/** A spec's said(): datagrams are kept as text. */
void on_said(const char *text, size_t len, void *ctx);
/** A shell reads byte by byte, and a packet ends with what is read of it: one packet for each. */
void send_to_shell(int fd, const char *text);
/** Read one packet from the child. */
void receive(struct seen *seen, char *out, size_t size);
#endif
