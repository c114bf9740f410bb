#include <unistd.h>

#include "forward/publisher.h"
#include "forward/stream.h"

enum { COMMANDS_AT_ONCE = 256 };

static void on_open(struct forward_worker *worker, const struct forward_command *c)
{
	forward_session_adopt(worker, c->session);
}

static void on_restart(struct forward_worker *worker, const struct forward_command *c)
{
	struct forward_session *session = forward_session_by_name(worker, c->name);
	if (session)
		forward_session_restart(session, c->credentials);
	else
		forward_credentials_free(c->credentials);
}

static void on_close(struct forward_worker *worker, const struct forward_command *c)
{
	struct forward_session *session = forward_session_by_name(worker, c->name);
	if (session)
		forward_session_close(session, "closed");
}

static void on_stream_close(struct forward_worker *worker, const struct forward_command *c)
{
	struct forward_stream *stream = forward_stream_find(worker, c->name);
	if (stream)
		forward_stream_close(stream, "stream closed");
}

static void on_tap(struct forward_worker *worker, const struct forward_command *c)
{
	struct forward_stream *stream = forward_stream_find(worker, c->name);
	/* streams that only a tap holds are bounded as sessions are */
	if (!stream && worker->streams.count < (size_t)worker->config->max_sessions)
		stream = forward_stream_get(worker, c->name, worker->index);
	forward_directory_leave_place(worker->directory, c->name);
	if (!stream) {
		close(c->fd);
		return;
	}
	forward_tap_set(stream, c->fd);
	forward_stream_release(stream);
}

static void on_keyframe(struct forward_worker *worker, const struct forward_command *c)
{
	struct forward_stream *stream = forward_stream_find(worker, c->name);
	if (stream)
		forward_stream_want_keyframe(stream, &stream->tracks[FORWARD_VIDEO]);
	forward_directory_leave_place(worker->directory, c->name);
}

/** What became of a command that nobody will handle. */
static void drop(struct forward_worker *worker, const struct forward_command *c)
{
	if (c->type == FORWARD_TAP)
		close(c->fd);
	if (c->type == FORWARD_TAP || c->type == FORWARD_KEYFRAME)
		forward_directory_leave_place(worker->directory, c->name);
	if (c->type == FORWARD_RESTART)
		forward_credentials_free(c->credentials);
	if (c->type != FORWARD_OPEN)
		return;
	forward_worker_unlist(worker, c->session);
	forward_session_free(c->session);
}

void forward_worker_drop_commands(struct forward_worker *worker)
{
	struct forward_command c;
	while (forward_commands_pop(worker->commands, &c))
		drop(worker, &c);
}

static void on_stop(struct forward_worker *worker, const struct forward_command *c)
{
	worker->stopping = true;
}

static void (*const handlers[])(struct forward_worker *worker, const struct forward_command *c) = {
        [FORWARD_OPEN] = on_open,   [FORWARD_RESTART] = on_restart,
        [FORWARD_CLOSE] = on_close, [FORWARD_STREAM_CLOSE] = on_stream_close,
        [FORWARD_TAP] = on_tap,     [FORWARD_KEYFRAME] = on_keyframe,
        [FORWARD_STOP] = on_stop,
};

void forward_worker_commands(struct forward_worker *worker)
{
	struct forward_command command;
	for (int i = 0; i < COMMANDS_AT_ONCE && forward_commands_pop(worker->commands, &command); i++)
		handlers[command.type](worker, &command);
}
