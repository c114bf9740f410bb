/* A broadcast host's way out: the packets that payloaders make become one source a track, whose numbers and times go on
 * while the host's line breaks and comes back; sender reports tie both tracks to one clock. Into the seam, a socket
 * that the server gave for this host. */
#ifndef PIPELINE_INGEST_OUT_H
#define PIPELINE_INGEST_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gst/gst.h>

enum ingest_track { INGEST_VIDEO, INGEST_AUDIO, INGEST_TRACKS };

struct ingest_out {
	GMutex lock;                      /**< of what follows: each track has a thread of its own */
	int fd;                           /**< -1: none */
	int64_t wall_ns;                  /**< Unix time minus monotonic time */
	int64_t base_ns;                  /**< when it began [Unix ns]: times are since then */
	bool begun;                       /**< the present line's first packet came: */
	int64_t line_running_ns, line_ns; /**< a running time of its, and the time that goes with it */
	int64_t newest_ns;                /**< of all packets */
	struct {
		uint32_t ssrc, rtp_base;
		uint16_t seq;
		uint64_t packets, bytes;
	} tracks[INGEST_TRACKS];
	uint64_t dropped;
	bool gone; /**< the other end is closed */
};

/** @param fd taken over; codecs are told at once. */
void ingest_out_init(struct ingest_out *out, int fd);
void ingest_out_finish(struct ingest_out *out);
/** What follows comes over another line: its running times begin anew. */
void ingest_out_line(struct ingest_out *out);
/** One RTP packet of a payloader. @param running_ns of what is in it. Thread: any. */
void ingest_out_packet(struct ingest_out *out, enum ingest_track track, const uint8_t *packet, size_t len,
                       int64_t running_ns);
/** Sender reports of what has been sent, and a sign of life. */
void ingest_out_report(struct ingest_out *out);
/** Read what the server says. @return whether it wants a keyframe. */
bool ingest_out_wants_keyframe(struct ingest_out *out);
bool ingest_out_gone(struct ingest_out *out);
#endif
