#include "forward/engine.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward/announce.h"

static int check_config(const struct media_config *config, char *why, size_t why_len)
{
	struct forward_addresses addresses = {0};
	if (config->max_sessions < 1 || config->keyframe_min_ms < 0 || config->consent_timeout_s < 1 ||
	    (config->tcp && (config->tcp_connections < 1 || config->tcp_per_address < 1))) {
		snprintf(why, why_len, "media: a limit is out of range");
		return -EINVAL;
	}
	if (config->announce && forward_addresses_parse(&addresses, config->announce) != 0) {
		snprintf(why, why_len, "announce: \"%s\" is not a list of IP addresses", config->announce);
		return -EINVAL;
	}
	return 0;
}

/** As configured, or one per core that this process may use. */
static size_t count_workers(int64_t configured)
{
	cpu_set_t cores;
	int64_t count = configured;
	if (count == 0)
		count = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
	return (size_t)(count < 1 ? 1 : count > FORWARD_WORKERS_MAX ? FORWARD_WORKERS_MAX : count);
}

/** The first opens the ports, the others theirs beside it. */
static int make_workers(struct media_engine *engine)
{
	int status = 0;
	for (size_t i = 0; i < engine->worker_count && status == 0; i++)
		status = forward_worker_create(&engine->config, engine->dtls, engine->directory, engine->tcp_bounds,
		                               engine->workers, engine->worker_count, (uint8_t)i, &engine->workers[i]);
	return status;
}

static int start_workers(struct media_engine *engine)
{
	int status = 0;
	while (engine->started < engine->worker_count && status == 0) {
		status = forward_worker_start(engine->workers[engine->started]);
		engine->started += status == 0;
	}
	return status;
}

static int build(struct media_engine *engine, char *why, size_t why_len)
{
	int status = media_dtls_context_create(&engine->dtls);
	if (status != 0) {
		snprintf(why, why_len, "media: cannot make a DTLS certificate");
		return status;
	}
	status =
	        forward_directory_create((size_t)engine->config.max_sessions, engine->worker_count, &engine->directory);
	if (status == 0 && engine->config.tcp)
		status = media_tcp_bounds_create((size_t)engine->config.tcp_connections,
		                                 (size_t)engine->config.tcp_per_address, &engine->tcp_bounds);
	if (status != 0) {
		snprintf(why, why_len, "media: out of memory");
		return status;
	}
	status = make_workers(engine);
	if (status == -EADDRINUSE)
		snprintf(why, why_len, "media_port %u is in use by another program", engine->config.port);
	else if (status != 0)
		snprintf(why, why_len, "media_port %u: %s", engine->config.port, strerror(-status));
	if (status != 0)
		return status;
	status = start_workers(engine);
	if (status != 0)
		snprintf(why, why_len, "media: cannot start a thread: %s", strerror(-status));
	return status;
}

int media_engine_create(const struct media_config *config, char *why, size_t why_len, struct media_engine **out)
{
	if (why_len)
		why[0] = '\0';
	int status = check_config(config, why, why_len);
	if (status != 0)
		return status;
	struct media_engine *engine = calloc(1, sizeof *engine);
	if (!engine)
		return -ENOMEM;
	engine->config = *config;
	engine->worker_count = count_workers(config->workers);
	engine->announce = strdup(config->announce ? config->announce : "");
	engine->config.announce = engine->announce;
	status = engine->announce ? build(engine, why, why_len) : -ENOMEM;
	if (status != 0) {
		media_engine_destroy(engine);
		return status;
	}
	*out = engine;
	return 0;
}

void media_engine_destroy(struct media_engine *engine)
{
	if (!engine)
		return;
	for (size_t i = 0; i < engine->started; i++)
		forward_worker_stop(engine->workers[i]);
	for (size_t i = 0; i < engine->worker_count; i++)
		if (engine->workers[i])
			forward_worker_clear(engine->workers[i]);
	for (size_t i = 0; i < engine->worker_count; i++)
		forward_worker_destroy(engine->workers[i]);
	forward_directory_destroy(engine->directory);
	media_tcp_bounds_destroy(engine->tcp_bounds);
	media_dtls_context_destroy(engine->dtls);
	free(engine->announce);
	free(engine);
}

uint16_t media_engine_port(const struct media_engine *engine)
{
	return media_udp_port(engine->workers[0]->udp);
}

static void push_named(struct media_engine *engine, size_t worker, enum forward_command_type type, const char *name,
                       int fd)
{
	struct forward_command c = {.type = type, .fd = fd};
	snprintf(c.name, sizeof c.name, "%s", name);
	forward_commands_push(engine->workers[worker]->commands, &c);
}

void forward_engine_burdens(const struct media_engine *engine, struct forward_burden *out)
{
	for (size_t i = 0; i < engine->worker_count; i++)
		out[i] = (struct forward_burden){.sessions = atomic_load(&engine->workers[i]->burden),
		                                 .busy_pc = atomic_load(&engine->workers[i]->busy_pc)};
}

int forward_engine_hold_place(struct media_engine *engine, const char *stream)
{
	struct forward_burden burdens[FORWARD_WORKERS_MAX];
	forward_engine_burdens(engine, burdens);
	return forward_directory_hold_place(engine->directory, stream,
	                                    (int)forward_owner_of_stream(burdens, engine->worker_count));
}

int media_session_close(struct media_engine *engine, const char *session)
{
	int owner = forward_directory_close_session(engine->directory, session);
	if (owner < 0)
		return owner;
	push_named(engine, (size_t)owner, FORWARD_CLOSE, session, -1);
	return 0;
}

void media_stream_close(struct media_engine *engine, const char *stream)
{
	for (size_t i = 0; i < engine->worker_count; i++)
		push_named(engine, i, FORWARD_STREAM_CLOSE, stream, -1);
}

int media_stream_tap(struct media_engine *engine, const char *stream, int fd)
{
	if (fd < 0 || strlen(stream) >= MEDIA_STREAM_BYTES)
		return fd < 0 ? -EBADF : -ENAMETOOLONG;
	int home = forward_engine_hold_place(engine, stream);
	if (home < 0)
		return home;
	push_named(engine, (size_t)home, FORWARD_TAP, stream, fd);
	return 0;
}

void media_stream_keyframe(struct media_engine *engine, const char *stream)
{
	int home = forward_directory_hold_place(engine->directory, stream, -1);
	if (home >= 0)
		push_named(engine, (size_t)home, FORWARD_KEYFRAME, stream, -1);
}

void media_engine_stats(struct media_engine *engine, struct media_stats *out)
{
	forward_directory_get_stats(engine->directory, out);
}

int media_stream_stats(struct media_engine *engine, const char *stream, struct media_stream_stats *out)
{
	return forward_directory_get_stream(engine->directory, stream, out);
}
