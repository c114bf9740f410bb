/* From one layer of the picture to another, for one viewer: which it wants, when it changes, and how its numbers and
 * times go on. Thread: owning worker. */
#ifndef MEDIA_FORWARD_LAYERS_H
#define MEDIA_FORWARD_LAYERS_H

#include "forward/session.h"
#include "forward/track.h"

#define FORWARD_LAYERS_EVERY_US 200000 /**< between two choices */
#define FORWARD_LAYERS_FRESH_US 300000 /**< a keyframe no older than this can be begun at */

/** Before it gets anything: the layer that it begins with. @return its track. */
struct forward_track *forward_layers_first(struct forward_session *session);
/** Choose anew, and ask for the keyframe that a change needs. */
void forward_layers_choose(struct forward_session *session);
/** Something of the track that is wanted has come: change to it if it has begun a keyframe, and the picture sent so far
 * is complete. @return whether it is now what the viewer gets. */
bool forward_layers_switch(struct forward_session *session, struct forward_track *track);
/** Map a track's epoch from this packet on: the next free number; the time that it has on the line of what was sent
 * before, by the host's sender reports, else by the clock; VP8's numbers go on. */
void forward_layers_map(struct forward_session *session, const struct forward_track *track,
                        const struct forward_packet *packet);
#endif
