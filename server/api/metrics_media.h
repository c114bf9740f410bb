#ifndef TRUNKSHOW_API_METRICS_MEDIA_H
#define TRUNKSHOW_API_METRICS_MEDIA_H

#include "api/metrics_text.h"

/** Append everything that the media engine counts. Thread: any. */
void api_metrics_media(GString *out, struct media_engine *engine);
#endif
