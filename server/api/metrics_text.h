/* Prometheus' text format (0.0.4): each family with its help and type, then its samples. */
#ifndef TRUNKSHOW_API_METRICS_TEXT_H
#define TRUNKSHOW_API_METRICS_TEXT_H

#include <glib.h>

#include "media.h"

enum metrics_kind { METRICS_GAUGE, METRICS_COUNTER, METRICS_HISTOGRAM };

/** Begin a family. @param name without "trunkshow_". */
void metrics_family(GString *out, enum metrics_kind kind, const char *name, const char *help);
/** A sample of the family just begun. @param labels `name="value",…`, or "" for none. */
void metrics_sample(GString *out, const char *name, const char *labels, double value);
/** A family of one sample. */
void metrics_single(GString *out, enum metrics_kind kind, const char *name, const char *help, double value);
/** A family of one histogram of times. */
void metrics_times(GString *out, const char *name, const char *help, const struct media_histogram *times);
#endif
