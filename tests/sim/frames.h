/* Synthetic media for a publishing peer: packets that look right to a forwarder, no encoder needed. */
#ifndef SIM_FRAMES_H
#define SIM_FRAMES_H

#include "sim/peer.h"

/** Send one video frame of about `bytes` in packets of at most 1,100. H.264: a keyframe is a STAP-A with real SPS
 * (640x360) and PPS, then the IDR in FU-A; VP8: a frame header with 640x360. The RTP time follows now_us; the sender
 * clock is tied to it with the first frame.
 *  @return packets sent; -ENOTCONN; -errno. */
int sim_frame_video(struct sim_peer *peer, enum media_codec codec, bool keyframe, size_t bytes, int64_t now_us);
/** Send one Opus packet (20 ms). @return as sim_peer_send_rtp(). */
int sim_frame_audio(struct sim_peer *peer, int64_t now_us);

/** Does this RTP payload begin a keyframe? H.264: IDR slice or SPS in a single NAL, STAP-A or first FU-A; VP8: first
 * partition of a key frame. */
bool sim_frame_starts_key(enum media_codec codec, const uint8_t *payload, size_t len);
#endif
