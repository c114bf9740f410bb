/* What other threads ask of a worker: a bounded ring under a mutex, and an eventfd that wakes the worker. */
#ifndef MEDIA_FORWARD_COMMANDS_H
#define MEDIA_FORWARD_COMMANDS_H

#include <stdbool.h>

#include "media.h"

struct forward_session;
struct forward_commands;
struct media_ice_credentials;

enum forward_command_type {
	FORWARD_OPEN,         /**< session: the worker takes it over */
	FORWARD_RESTART,      /**< name: of a session; credentials: the worker takes them over */
	FORWARD_CLOSE,        /**< name: of a session */
	FORWARD_STREAM_CLOSE, /**< name: of a stream */
	FORWARD_TAP,          /**< name: of a stream; fd: the worker takes it over */
	FORWARD_KEYFRAME,     /**< name: of a stream */
	FORWARD_STOP,
};

struct forward_command {
	enum forward_command_type type;
	char name[MEDIA_STREAM_BYTES];
	struct forward_session *session;
	struct media_ice_credentials *credentials;
	int fd;
};

/** @return 0; -errno. */
__attribute__((warn_unused_result)) int forward_commands_create(struct forward_commands **out);
void forward_commands_destroy(struct forward_commands *c); /**< accepts NULL; the ring must be empty */
/** Readable while something waits. */
int forward_commands_fd(const struct forward_commands *c);
/** Waits while the ring is full, which lasts as long as the worker's present round. Thread: any but the worker. */
void forward_commands_push(struct forward_commands *c, const struct forward_command *command);
/** @return false: empty. Thread: worker. */
bool forward_commands_pop(struct forward_commands *c, struct forward_command *out);
#endif
