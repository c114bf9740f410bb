/* A TCP connection to a URL's server, plain or TLS. Nothing blocks but the look-up of a name. */
#ifndef SIM_LINE_H
#define SIM_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sim_url {
	bool secure;
	char host[256], port[8], authority[300];
	const char *path; /**< points into the text */
};
/** http:// or https://, host, port, path. @return 0; -EINVAL. */
__attribute__((warn_unused_result)) int sim_url_parse(const char *text, struct sim_url *url);

struct sim_line;
/** Begin to connect. The certificate of an https server is checked, except where nobody can come between (a loopback
 * address) and where `insecure` says so. @return 0; -errno. */
__attribute__((warn_unused_result)) int sim_line_start(const struct sim_url *url, bool insecure, struct sim_line **out);
void sim_line_destroy(struct sim_line *line); /**< accepts NULL */

int sim_line_fd(const struct sim_line *line);
/** What to wait for with poll(2), when there is something left to write and when not. */
short sim_line_events(const struct sim_line *line, bool writing);
/** @return bytes written; -EAGAIN; -EKEYREJECTED the certificate is not trusted; -errno. */
__attribute__((warn_unused_result)) ssize_t sim_line_write(struct sim_line *line, const void *data, size_t len);
/** @return bytes read; 0 at the end; otherwise as sim_line_write. */
__attribute__((warn_unused_result)) ssize_t sim_line_read(struct sim_line *line, void *data, size_t size);
#endif
