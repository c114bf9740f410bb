/* trunkshow-pipeline: what its modes share. One process does one thing for one show or one picture; a crash costs no
 * more than that. */
#ifndef PIPELINE_PIPELINE_H
#define PIPELINE_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Exit codes. */
enum {
	PIPELINE_OK = 0,
	PIPELINE_FAILED = 1,     /**< our side: memory, a missing plug-in, the disk */
	PIPELINE_NO_PICTURE = 2, /**< --photo: not a picture, or a broken one; --clip: nothing was recorded then */
	PIPELINE_TOO_LARGE = 3,  /**< --photo: more pixels or bytes than we take */
	PIPELINE_USAGE = 64,
};

struct pipeline_options {
	char *spool, *record, *codec, *draw, *items, *registry;
	int width, height, fps, bitrate, grain, max_edge, part_ms, segment_ms;
	char *pull;             /**< --ingest */
	char *out, *poster;     /**< --clip */
	int64_t from_us, to_us; /**< of --clip: Unix time, on the recording's clock */
	int hosts, max_bps, reencode;
};

/** The modes. @return exit code. */
int pipeline_show(const struct pipeline_options *options);
int pipeline_source(const struct pipeline_options *options);
int pipeline_ingest(const struct pipeline_options *options);
int pipeline_clip(const struct pipeline_options *options);
int pipeline_photo(const struct pipeline_options *options);
int pipeline_draw(const struct pipeline_options *options);

/** Start GStreamer with these plug-ins and no others ("coreelements", … NULL at the end): no scan, no registry, and
 * nothing that a hostile stream could talk GStreamer into loading. @return whether all of them loaded; says on stderr
 * which did not. */
bool pipeline_start(const char *const *plugins);

/** What the process may still do from here on, for all its threads: no new network sockets, no programs, no tracing;
 * files to be written only beneath the folders `writable` (NULL at their end; NULL: none), where the kernel has
 * Landlock. Reading stays allowed.
 * @return 0; -errno. */
int pipeline_confine(const char *const *writable);

/** As pipeline_confine without a folder, but for the network.
 *  @param hosts how many there may be at once: each wants some descriptors @return 0; -errno. */
int pipeline_confine_online(unsigned hosts);

int64_t pipeline_now_us(void); /**< monotonic */

/** The seam, fd 3: one packet. @return length of the body with *kind set; 0 nothing waits; -EPIPE the server has gone.
 */
int pipeline_seam_receive(char *kind, uint8_t *body, size_t size);
/** @return 0; -EAGAIN the socket is full and the packet is dropped; -EPIPE. Thread: any. */
int pipeline_seam_send(char kind, const void *body, size_t len);
bool pipeline_seam_open(void); /**< is fd 3 a socket? */

/** A descriptor that becomes readable on SIGTERM or SIGINT, which pipeline_start() blocks. */
int pipeline_signals(void);
#endif
