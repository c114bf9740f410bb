/* Inside of publish.c: tracks and their init segments. */
#ifndef PIPELINE_PUBLISH_TRACK_H
#define PIPELINE_PUBLISH_TRACK_H

#include "pipeline/publish.h"

int64_t publish_clock(enum package_track track); /**< ticks a second */
/** @return malloc'd; NULL: no memory. */
uint8_t *publish_copy(const uint8_t *data, size_t len);
/** The track's newest init segment into a recording, if one is made and there is such a track. */
void publish_record_track(struct publish *publish, enum package_track which);
#endif
