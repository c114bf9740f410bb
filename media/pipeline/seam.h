/* The seam between the server and trunkshow-pipeline: packets of a SOCK_SEQPACKET pair (fd 3 of the child).
 * First byte: kind; then the body. The same in both directions. Shared by media/forward, media/pipeline and tests/load;
 * no GStreamer here.
 *
 *   0      1                                   kind 'V','A': one plain RTP packet (video, audio)
 *  +------+--------------------------------+   kind 'R': compound RTCP of the publisher (sender reports), plain
 *  | kind | body …                         |   kind 'C': codecs: "video=H264 pt=102 clock=90000\naudio=OPUS pt=111
 * clock=48000\n"
 *  +------+--------------------------------+             sent first, and again whenever the host changes them
 *                                              kind 'K': keyframe wanted (child to server; server to a test source)
 *                                              kind 'S': progress: "frames=N\n" (child to server, every second while it
 * lives)
 */
#ifndef MEDIA_PIPELINE_SEAM_H
#define MEDIA_PIPELINE_SEAM_H

#define MEDIA_SEAM_FD 3
#define MEDIA_SEAM_MAX 2048         /**< largest packet [bytes] */
#define MEDIA_SEAM_BUFFER (4 << 20) /**< SO_SNDBUF [bytes] */

enum {
	MEDIA_SEAM_VIDEO = 'V',
	MEDIA_SEAM_AUDIO = 'A',
	MEDIA_SEAM_RTCP = 'R',
	MEDIA_SEAM_CODECS = 'C',
	MEDIA_SEAM_KEYFRAME = 'K',
	MEDIA_SEAM_STATUS = 'S'
};
#endif
