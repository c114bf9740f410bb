/* One trunkshow-pipeline for each live show that has had a picture. */
#ifndef TRUNKSHOW_PIPELINES_H
#define TRUNKSHOW_PIPELINES_H

#include "base/settings.h"
#include "media.h"

struct pipelines;

struct pipelines *pipelines_create(const struct base_settings *settings, struct media_engine *engine,
                                   struct media_children *children);
/** After the children have been destroyed. Accepts NULL. */
void pipelines_destroy(struct pipelines *pipelines);
/** Start or stop the child of a show (its id as text). Thread: hub. */
void pipelines_want(struct pipelines *pipelines, const char *show, bool wanted);
#endif
