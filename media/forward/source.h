/* Hosts without WebRTC: plain RTP and RTCP over a socket pair (media/pipeline/seam.h). Such a host is a session as any
 * other, but for ICE, DTLS and SRTP. Thread: owning worker. */
#ifndef MEDIA_FORWARD_SOURCE_H
#define MEDIA_FORWARD_SOURCE_H

#include "forward/agreed.h"

struct forward_session;
struct forward_worker;

/** Read what a host says of its codecs. Pure. @return 0; -EBADMSG: no track that we know. */
__attribute__((warn_unused_result)) int forward_source_codecs(const char *text, size_t len,
                                                              struct forward_agreed tracks[FORWARD_KINDS]);
/** Its session was adopted: hear it. */
void forward_source_begin(struct forward_session *session);
/** Its session is over. */
void forward_source_end(struct forward_session *session);
/** Ask for a keyframe. */
void forward_source_keyframe(struct forward_session *session);
/** One or more of the worker's have something to say. */
void forward_sources_readable(struct forward_worker *worker);
#endif
