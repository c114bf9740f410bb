/* The lws context and its one virtual host, as the measured facts want them. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "hub/hub_private.h"

/* One protocol for raw sockets: HTTP and WebSocket are spoken in peer.c and behind it. */
static const struct lws_protocols protocols[] = {
        {.name = "hub", .callback = peer_callback, .rx_buffer_size = HUB_READ_BYTES, .tx_packet_size = HUB_WRITE_BYTES},
        {.name = NULL},
};

/* The validity timer is a sorted list insert per connection; the hub has its own wheel. */
static const lws_retry_bo_t no_validity_timer = {.secs_since_valid_ping = 0, .secs_since_valid_hangup = 0};

/* lws complains of what strangers send: at most a line a second of it goes into the log. */
static void on_lws_log(int level, const char *line)
{
	static _Thread_local int64_t told_us;
	int64_t now_us = base_clock_monotonic_us();
	size_t len = strcspn(line, "\n");

	if (level != LLL_ERR)
		base_log(BASE_LOG_DEBUG, "lws", "notice", "%.*s", (int)len, line);
	else if (now_us - told_us > 1000000 || told_us == 0) {
		told_us = now_us;
		base_log(BASE_LOG_WARN, "lws", "trouble", "%.*s", (int)len, line);
	}
}

static int tls_trouble(const char *what, const char *path, char *why, size_t why_len)
{
	char reason[256];

	ERR_error_string_n(ERR_peek_last_error(), reason, sizeof reason);
	snprintf(why, why_len, "%s: %s cannot be used: %s", what, path, reason);
	ERR_clear_error();
	return -EINVAL;
}

/* lws only logs what is wrong with certificates: try them first. */
static int check_tls(const struct base_settings *s, char *why, size_t why_len)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	int err = 0;

	if (!ctx)
		return -ENOMEM;
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, s->tls_cert) != 1)
		err = tls_trouble("tls_cert", s->tls_cert, why, why_len);
	else if (SSL_CTX_use_PrivateKey_file(ctx, s->tls_key, SSL_FILETYPE_PEM) != 1 ||
	         SSL_CTX_check_private_key(ctx) != 1)
		err = tls_trouble("tls_key", s->tls_key, why, why_len);
	SSL_CTX_free(ctx);
	return err;
}

static void want_tls(const struct base_settings *s, struct lws_context_creation_info *info)
{
	info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info->ssl_cert_filepath = s->tls_cert;
	info->ssl_private_key_filepath = s->tls_key;
	info->ssl_options_set =
	        SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE;
	info->ssl_cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20";
}

int context_open(struct hub *hub, char *why, size_t why_len)
{
	const struct base_settings *s = hub->settings;
	void *loops[] = {&hub->loop};
	struct lws_context_creation_info info = {
	        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
	        .protocols = protocols,
	        .vhost_name = "trunkshow",
	        .server_string = "trunkshow",
	        .gid = (gid_t)-1,
	        .uid = (uid_t)-1,
	        .user = hub,
	        .pcontext = &hub->context, /* so that it is NULL when the context is freed */
	        /* With a loop of ours lws leaves signals alone. */
	        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
	        .foreign_loops = loops,
	        .alpn = "http/1.1",
	        .retry_and_idle_policy = &no_validity_timer,
	        .pt_serv_buf_size = HUB_READ_BYTES,
	        .timeout_secs = HUB_TLS_S,
	};

	hub->tls = *s->tls_cert != '\0';
	if (hub->tls) {
		int err = check_tls(s, why, why_len);
		if (err)
			return err;
		want_tls(s, &info);
	}
	lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
	hub->context = lws_create_context(&info);
	if (!hub->context) {
		snprintf(why, why_len, "libwebsockets does not start (is libwebsockets-evlib-uv installed?)");
		return -EIO;
	}
	hub->vhost = lws_get_vhost_by_name(hub->context, "trunkshow");
	if (!hub->vhost) {
		snprintf(why, why_len, "libwebsockets has no virtual host");
		return -EIO;
	}
	return 0;
}
