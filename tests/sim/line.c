#include "sim/line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct sim_line {
	int fd;
	bool loopback;
	SSL_CTX *context; /**< with ssl; both NULL: plain */
	SSL *ssl;
};

/* ---- URLs ---- */

static const char *skip_scheme(const char *text, bool *secure)
{
	*secure = strncmp(text, "https://", 8) == 0;
	if (*secure)
		return text + 8;
	return strncmp(text, "http://", 7) == 0 ? text + 7 : NULL;
}

int sim_url_parse(const char *text, struct sim_url *url)
{
	const char *host = skip_scheme(text, &url->secure), *end, *colon;

	if (!host)
		return -EINVAL;
	end = host + strcspn(host, "/?#");
	if (*host == '[')
		colon = memchr(host, ']', (size_t)(end - host)) ? strchr(strchr(host, ']'), ':') : NULL;
	else
		colon = memchr(host, ':', (size_t)(end - host));
	if (colon && colon > end)
		colon = NULL;
	snprintf(url->authority, sizeof(url->authority), "%.*s", (int)(end - host), host);
	if (colon)
		snprintf(url->port, sizeof(url->port), "%.*s", (int)(end - colon - 1), colon + 1);
	else
		snprintf(url->port, sizeof(url->port), "%s", url->secure ? "443" : "80");
	snprintf(url->host, sizeof(url->host), "%.*s", (int)((colon ? colon : end) - host), host);
	if (url->host[0] == '[') {
		memmove(url->host, url->host + 1, strlen(url->host));
		url->host[strcspn(url->host, "]")] = '\0';
	}
	url->path = *end == '/' ? end : "/";
	return url->host[0] ? 0 : -EINVAL;
}

/* ---- the connection ---- */

static bool is_loopback(const struct sockaddr *address)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (address->sa_family == AF_INET) {
		memcpy(&v4, &((const struct sockaddr_in *)(const void *)address)->sin_addr, sizeof(v4));
		return ntohl(v4.s_addr) >> 24 == 127;
	}
	memcpy(&v6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, sizeof(v6));
	return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

/** @return fd; -errno. */
static int start_connect(const struct sim_url *url, bool *loopback)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *list, *a;
	int fd = -1, rc = -EHOSTUNREACH, one = 1;

	if (getaddrinfo(url->host, url->port, &hints, &list) != 0)
		return -EHOSTUNREACH;
	for (a = list; a; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd < 0) {
			rc = -errno;
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		*loopback = is_loopback(a->ai_addr);
		if (connect(fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS)
			break;
		rc = -errno;
		close(fd);
		fd = -1;
	}
	freeaddrinfo(list);
	return fd >= 0 ? fd : rc;
}

/** The certificate must be for the URL's host, which is a name or an address. */
static bool expect_host(SSL *ssl, const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	return SSL_set_tlsext_host_name(ssl, host) == 1 && SSL_set1_host(ssl, host) == 1;
}

static int start_tls(struct sim_line *line, const char *host, bool insecure)
{
	bool check = !insecure && !line->loopback;

	line->context = SSL_CTX_new(TLS_client_method());
	if (!line->context || SSL_CTX_set_min_proto_version(line->context, TLS1_2_VERSION) != 1 ||
	    (check && SSL_CTX_set_default_verify_paths(line->context) != 1))
		return -ENOMEM;
	SSL_CTX_set_mode(line->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(line->context, check ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	line->ssl = SSL_new(line->context);
	if (!line->ssl || !expect_host(line->ssl, host) || SSL_set_fd(line->ssl, line->fd) != 1)
		return -ENOMEM;
	SSL_set_connect_state(line->ssl);
	return 0;
}

int sim_line_start(const struct sim_url *url, bool insecure, struct sim_line **out)
{
	struct sim_line *line = calloc(1, sizeof(*line));
	int rc;

	*out = NULL;
	if (!line)
		return -ENOMEM;
	rc = line->fd = start_connect(url, &line->loopback);
	if (rc >= 0 && url->secure)
		rc = start_tls(line, url->host, insecure);
	if (rc < 0) {
		sim_line_destroy(line);
		return rc;
	}
	*out = line;
	return 0;
}

void sim_line_destroy(struct sim_line *line)
{
	if (!line)
		return;
	SSL_free(line->ssl);
	SSL_CTX_free(line->context);
	if (line->fd >= 0)
		close(line->fd);
	free(line);
}

int sim_line_fd(const struct sim_line *line)
{
	return line->fd;
}

short sim_line_events(const struct sim_line *line, bool writing)
{
	/* In a handshake TLS itself says what it waits for; before it, the connection must come about. */
	if (line->ssl && !SSL_in_before(line->ssl) && !SSL_is_init_finished(line->ssl))
		writing = SSL_want_write(line->ssl);
	return writing ? POLLIN | POLLOUT : POLLIN;
}

static ssize_t plain_result(ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EINTR || errno == ENOTCONN ? -EAGAIN : -errno;
}

static ssize_t tls_result(const struct sim_line *line, int n)
{
	int error = SSL_get_error(line->ssl, n), system = errno;

	switch (error) {
	case SSL_ERROR_NONE:
		return n;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	case SSL_ERROR_SYSCALL:
		return system ? -system : -ECONNRESET;
	default:
		return SSL_get_verify_result(line->ssl) == X509_V_OK ? -EPROTO : -EKEYREJECTED;
	}
}

ssize_t sim_line_write(struct sim_line *line, const void *data, size_t len)
{
	if (!line->ssl)
		return plain_result(send(line->fd, data, len, MSG_NOSIGNAL));
	ERR_clear_error();
	errno = 0;
	return tls_result(line, SSL_write(line->ssl, data, (int)len));
}

ssize_t sim_line_read(struct sim_line *line, void *data, size_t size)
{
	if (!line->ssl)
		return plain_result(recv(line->fd, data, size, 0));
	ERR_clear_error();
	errno = 0;
	return tls_result(line, SSL_read(line->ssl, data, (int)size));
}
