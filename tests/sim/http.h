/* A tiny HTTP/1.1 client, plain or TLS, for WHIP, WHEP and small JSON calls. One request a connection. */
#ifndef SIM_HTTP_H
#define SIM_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_http_request {
	const char *method, *url; /**< http[s]://host[:port]/path */
	const char *token;        /**< Authorization: Bearer; NULL: none */
	const char *type;         /**< Content-Type; NULL: none */
	const char *headers;      /**< further lines, each ending in CRLF; NULL: none */
	const void *body;
	size_t body_len;
	bool insecure; /**< take any certificate; at a loopback address any is taken */
};

#define SIM_HTTP_BODY_MAX (1 << 20)

struct sim_http_response {
	int status;
	char location[512], etag[128], type[128]; /**< "" when absent; location made absolute */
	char *headers;                            /**< the whole head, NUL-terminated */
	char *body;                               /**< NUL-terminated */
	size_t body_len;
};
void sim_http_response_clear(struct sim_http_response *response);

/** Blocking. @return 0 a response came (whatever its status); -EINVAL the URL; -EKEYREJECTED the certificate;
 * -ETIMEDOUT; -EBADMSG not HTTP; -EMSGSIZE; -errno. */
__attribute__((warn_unused_result)) int sim_http(const struct sim_http_request *request, int64_t timeout_ms,
                                                 struct sim_http_response *response);

/** The same without blocking: start, wait for sim_http_fd() to be ready for sim_http_events() (poll(2)), call
 * sim_http_poll() until it returns something else than -EAGAIN; it returns as sim_http() does. Only the look-up of a
 * name blocks. */
struct sim_http;
__attribute__((warn_unused_result)) int sim_http_start(const struct sim_http_request *request, struct sim_http **out);
int sim_http_fd(const struct sim_http *http);
short sim_http_events(const struct sim_http *http);
__attribute__((warn_unused_result)) int sim_http_poll(struct sim_http *http, struct sim_http_response *response);
void sim_http_destroy(struct sim_http *http); /**< accepts NULL */
#endif
