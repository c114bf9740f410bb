#include "forward/engine.h"

#include <errno.h>
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

static int build(struct media_engine *engine, char *why, size_t why_len)
{
	int status = media_dtls_context_create(&engine->dtls);
	if (status != 0) {
		snprintf(why, why_len, "media: cannot make a DTLS certificate");
		return status;
	}
	status = forward_directory_create((size_t)engine->config.max_sessions, &engine->directory);
	if (status == 0 && engine->config.tcp)
		status = media_tcp_bounds_create((size_t)engine->config.tcp_connections,
		                                 (size_t)engine->config.tcp_per_address, &engine->tcp_bounds);
	if (status != 0) {
		snprintf(why, why_len, "media: out of memory");
		return status;
	}
	status = forward_worker_create(&engine->config, engine->dtls, engine->directory, engine->tcp_bounds, 0,
	                               &engine->worker);
	if (status == -EADDRINUSE)
		snprintf(why, why_len, "media_port %u is in use by another program", engine->config.port);
	else if (status != 0)
		snprintf(why, why_len, "media_port %u: %s", engine->config.port, strerror(-status));
	if (status != 0)
		return status;
	status = forward_worker_start(engine->worker);
	if (status != 0)
		snprintf(why, why_len, "media: cannot start a thread: %s", strerror(-status));
	engine->started = status == 0;
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
	forward_worker_destroy(engine->worker, engine->started);
	forward_directory_destroy(engine->directory);
	media_tcp_bounds_destroy(engine->tcp_bounds);
	media_dtls_context_destroy(engine->dtls);
	free(engine->announce);
	free(engine);
}

uint16_t media_engine_port(const struct media_engine *engine)
{
	return media_udp_port(engine->worker->udp);
}

static int push_named(struct media_engine *engine, enum forward_command_type type, const char *name, int fd)
{
	struct forward_command c = {.type = type, .fd = fd};
	if (strlen(name) >= sizeof c.name)
		return -ENAMETOOLONG;
	memcpy(c.name, name, strlen(name) + 1);
	forward_commands_push(engine->worker->commands, &c);
	return 0;
}

int media_session_close(struct media_engine *engine, const char *session)
{
	int status = forward_directory_close_session(engine->directory, session);
	return status == 0 ? push_named(engine, FORWARD_CLOSE, session, -1) : status;
}

void media_stream_close(struct media_engine *engine, const char *stream)
{
	push_named(engine, FORWARD_STREAM_CLOSE, stream, -1);
}

int media_stream_tap(struct media_engine *engine, const char *stream, int fd)
{
	return fd < 0 ? -EBADF : push_named(engine, FORWARD_TAP, stream, fd);
}

void media_stream_keyframe(struct media_engine *engine, const char *stream)
{
	push_named(engine, FORWARD_KEYFRAME, stream, -1);
}

void media_engine_stats(struct media_engine *engine, struct media_stats *out)
{
	forward_directory_get_stats(engine->directory, out);
}

int media_stream_stats(struct media_engine *engine, const char *stream, struct media_stream_stats *out)
{
	return forward_directory_get_stream(engine->directory, stream, out);
}
