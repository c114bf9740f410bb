/* RTP packets of one track to access units: put in order, taken out of their packets, and never half a picture. H.264
 * (RFC 6184: single NAL units, STAP-A, FU-A), VP8 (RFC 7741), Opus (RFC 7587). No clock, no globals; one thread.
 *
 *   packets --push--> [ window, by sequence number ] --pull--> units
 *
 * A packet that is missing is waited for until what came behind it has waited ASSEMBLE_PATIENCE_US; then it is lost. A
 * picture that lacks a packet is not given out, nor is anything after it before the next whole keyframe. */
#ifndef PIPELINE_ASSEMBLE_H
#define PIPELINE_ASSEMBLE_H

#include "pipeline/h264.h"
#include "rtp/sequence.h"

#define ASSEMBLE_PATIENCE_US 200000  /**< for a packet that is missing */
#define ASSEMBLE_PACKET_MAX 2048     /**< largest packet [bytes] */
#define ASSEMBLE_WINDOW 1024         /**< packets, a power of two */
#define ASSEMBLE_UNIT_MAX (4u << 20) /**< largest unit [bytes] */
#define ASSEMBLE_STRAY_US 2000000    /**< packets of a source that was left are late ones for so long */

enum assemble_codec { ASSEMBLE_H264, ASSEMBLE_VP8, ASSEMBLE_OPUS };

/** One picture, or one packet of sound. */
struct assemble_unit {
	/** H.264: length-prefixed NAL units without AUD and filler, a keyframe with its SPS and PPS in front (taken
	 * from earlier ones when the host does not repeat them); VP8: the frame; Opus: the packet. Borrowed until the
	 * next push, pull or finish. */
	const uint8_t *data;
	size_t len;
	uint32_t ssrc;
	uint32_t timestamp; /**< RTP [clock ticks] */
	int64_t arrival_us; /**< of its first packet, as given to push */
	bool keyframe;      /**< Opus: always */
	bool lost;          /**< something is missing between the unit given out before and this one */
	bool restarted; /**< first unit of another source: timestamps and numbers begin anew (true for the very first,
	                   too) */
	bool sets_changed; /**< H.264: SPS or PPS differ from those of the last keyframe given out */
	bool b_frames;     /**< H.264: has a B slice */
	int width, height; /**< H.264 and VP8 keyframes; else 0 [pixels] */
	uint32_t samples;  /**< Opus: duration [1/48000 s] */
};

struct assemble_packet {
	int64_t ext; /**< extended sequence number; 0: the place is free */
	int64_t arrival_us;
	uint32_t timestamp;
	uint16_t len; /**< payload; 0: nothing to decode, the number alone counts */
	bool marker;
};

/** Begun by assemble_begin, ended by assemble_finish; to be read: sets, stats, ssrc. */
struct assemble {
	enum assemble_codec codec;
	int pt;
	uint32_t ssrc;         /**< of the source now heard; valid once started */
	struct h264_sets sets; /**< H.264: newest parameter sets, for the init segment */
	struct {
		uint64_t packets, late, lost, units, dropped; /**< dropped: units, for want of a packet or a keyframe */
	} stats;

	/* the rest is its own */
	bool started, restarted;
	bool gap;     /**< something is missing in front of the next packet */
	bool lost;    /**< something is missing since the unit given out last */
	bool waiting; /**< for a keyframe */
	uint32_t former_ssrc;
	int64_t former_until_us;
	struct media_sequence sequence;
	int64_t next; /**< extended number that comes next; 0: whatever comes */
	uint16_t far_next;
	unsigned far_run;       /**< packets in a row that are far from the others */
	bool brings_sets;       /**< H.264: the last keyframe came with its parameter sets */
	uint32_t changes_given; /**< sets.changes of the last keyframe given out */
	size_t held;
	struct assemble_packet *window;
	uint8_t *payloads; /**< ASSEMBLE_WINDOW times ASSEMBLE_PACKET_MAX; pages are touched only when used */
	struct assemble_picture {
		uint8_t *data; /**< room for parameter sets, then the picture */
		size_t len, size;
		uint32_t timestamp;
		int64_t arrival_us;
		bool open, damaged, after_gap;
		size_t nal;    /**< H.264: where the NAL unit begins that comes in pieces; 0: none */
		bool begins;   /**< H.264: a delimiter or an SPS is in front, so nothing is missing there */
		bool keyframe; /**< VP8 */
		int width, height;
	} picture;
};

/** @param pt  payload type; packets with another are empty ones that count in the sequence. -1: any. @return 0;
 * -ENOMEM. */
__attribute__((warn_unused_result)) int assemble_begin(struct assemble *a, enum assemble_codec codec, int pt);
void assemble_finish(struct assemble *a); /**< accepts a zeroed one, and may be called twice */

/** One RTP packet. @param now_us monotonic, never falling [µs].
 *  @return 0; -EBADMSG not RTP, or too large; -EALREADY seen before, too late, or so far from the others that it
 *  is not believed until more come. Copies. */
int assemble_push(struct assemble *a, const uint8_t *packet, size_t len, int64_t now_us);
/** The next unit. To be called until there is none: after each push, and when assemble_due_us() has come.
 *  @return 1 with *out filled; 0 none yet. A picture for which there is no memory is a lost one. */
__attribute__((warn_unused_result)) int assemble_pull(struct assemble *a, int64_t now_us, struct assemble_unit *out);
/** When waiting for a missing packet ends. INT64_MAX: nothing waits. */
int64_t assemble_due_us(const struct assemble *a);
/** Is a keyframe needed before anything can be given out? Ask the host for one. */
bool assemble_wants_keyframe(const struct assemble *a);

/** Duration of an Opus packet (RFC 6716 §3.1) [1/48000 s]. @return 0: malformed. */
uint32_t assemble_opus_samples(const uint8_t *packet, size_t len);
#endif
