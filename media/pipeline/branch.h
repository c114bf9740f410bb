/* One short GStreamer pipeline with one way in and one way out, on threads of its own: never waited for. Owned by the
 * main loop, which is woken through an eventfd when something has come out. */
#ifndef PIPELINE_BRANCH_H
#define PIPELINE_BRANCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gst/gst.h>

/** Zeroed before use. */
struct branch {
	GstElement *pipeline, *in, *out;
	GstBus *bus;
	uint64_t pushed, pulled;
	int64_t pushed_ns, pulled_ns; /**< newest times [ns] */
	int64_t progress_us;          /**< monotonic: when it last came on, or had nothing to do */
};

/** @param description  of gst_parse_launch, from behind the source to before the sink. caps: of what is pushed.
 *  @param wake  eventfd. @return false: it cannot be made (said on stderr); the branch is closed. */
bool branch_open(struct branch *branch, const char *caps, const char *description, int wake);
/** Stops its threads. Accepts a closed one. */
void branch_close(struct branch *branch);
static inline bool branch_is_open(const struct branch *branch)
{
	return branch->pipeline != NULL;
}
/** One picture or packet; takes over data (malloc). @param time_ns it is for [ns]. key: force the encoder to begin anew
 * with it. */
void branch_push(struct branch *branch, uint8_t *data, size_t len, int64_t time_ns, bool force_key);

/** What came out, mapped. */
struct branch_output {
	const uint8_t *data;
	size_t len;
	int64_t time_ns;
	bool key;
	const GstCaps *caps; /**< borrowed until branch_release */
	GstSample *sample;   /**< inner */
	GstMapInfo map;      /**< inner */
};
/** @return false: nothing for now. */
bool branch_pull(struct branch *branch, struct branch_output *out);
void branch_release(struct branch_output *out);

/** Has it failed? Said on stderr. */
bool branch_failed(struct branch *branch);
/** How far what came out is behind what went in [µs]. */
int64_t branch_behind_us(const struct branch *branch);
/** For how long has nothing come out although there was something to do [µs]? */
int64_t branch_stuck_us(const struct branch *branch, int64_t now_us);
#endif
