/* SRT's listening end: one port for all shows. Who comes without the right key is refused in the handshake, before any
 * media. */
#ifndef PIPELINE_SRT_H
#define PIPELINE_SRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeline/ingest_keys.h"

#define INGEST_SRT_MESSAGE 1500 /**< largest message [bytes] */

struct ingest_srt_config {
	uint16_t port;          /**< 0: the kernel chooses */
	int latency_ms;         /**< at least */
	const char *passphrase; /**< NULL or "": none */
	struct ingest_keys *keys;
	bool limited; /**< whoever is refused often is not heard for a while */
	/** May one more host come, for this show? Any thread. */
	bool (*room)(const char *show, void *ctx);
	void *ctx;
};

/** One that was let in. */
struct ingest_srt_guest {
	int socket;
	char show[40], address[64];
};

/** Once. @return 0; -errno of the port, `why` says what. The port is then ingest_srt_port(). */
__attribute__((warn_unused_result)) int ingest_srt_open(const struct ingest_srt_config *config, char *why,
                                                        size_t why_len);
int ingest_srt_port(void);
/** Wait for anything on SRT's sockets; also when it was not opened. */
void ingest_srt_wait(int timeout_ms);
/** Who has come since. @return false: nobody. */
bool ingest_srt_accept(struct ingest_srt_guest *guest);
/** Hear a guest from now on. */
void ingest_srt_watch(int socket);
/** @return bytes of a message; 0 none waits; -EPIPE the line has broken. */
int ingest_srt_receive(int socket, uint8_t *message, size_t size);
void ingest_srt_end(int socket);
/** How many were refused since the last time this was asked, and why most lately. Any thread. */
unsigned ingest_srt_refused(char *reason, size_t size);
#endif
