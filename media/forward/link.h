/* The source's end of a stream's mirrors; see mirror.h. Thread: the source's worker. */
#ifndef MEDIA_FORWARD_LINK_H
#define MEDIA_FORWARD_LINK_H

#include "forward/mirror.h"

void forward_links_again(struct forward_worker *worker);
void forward_link_on_subscribe(struct forward_worker *worker, const struct forward_message *m);
void forward_link_on_unsubscribe(struct forward_worker *worker, const struct forward_message *m);
void forward_link_on_want_keyframe(struct forward_worker *worker, const struct forward_message *m);
void forward_link_on_want_packet(struct forward_worker *worker, const struct forward_message *m);
void forward_link_on_watched(struct forward_worker *worker, const struct forward_message *m);
#endif
