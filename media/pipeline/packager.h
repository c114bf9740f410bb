/* The host's pictures and sound, packaged: H.264 as it comes, VP8 made H.264, Opus made AAC, cut, written, told; and
 * the rung, when it is wanted and there is time for it. Thread: main loop. */
#ifndef PIPELINE_PACKAGER_H
#define PIPELINE_PACKAGER_H

#include <glib.h>

#include "pipeline/freeze.h"
#include "pipeline/host.h"
#include "pipeline/notes.h"
#include "pipeline/publish.h"
#include "pipeline/to_aac.h"
#include "pipeline/to_h264.h"

struct packager_config {
	const char *spool, *record; /**< folders; record NULL: none */
	int64_t part_us, segment_us;
	int wake; /**< eventfd */
};

struct packager {
	struct packager_config config;
	struct notes_wishes wishes;
	struct package *package;
	struct publish publish;
	struct to_aac sound;
	struct to_h264 picture, rung; /**< picture: only while the host sends VP8 */
	struct freeze freeze;
	GQueue *early;     /**< sound that came before the first picture (struct host_unit *) */
	int64_t origin_us; /**< Unix time of tick 0; 0: not known yet */
	uint32_t rung_init;
	bool vp8, keyframe_wanted, force_key, rung_refused, overrun, b_frames_told, open;
	int64_t asked_us, overrun_told_us;
};

/** @return 0; -errno. */
int packager_begin(struct packager *p, const struct packager_config *config);
void packager_finish(struct packager *p);
void packager_wish(struct packager *p, const struct notes_wishes *wishes);
/** The host begins to send something else. */
void packager_codecs(struct packager *p, const struct host *host);
void packager_unit(struct packager *p, const struct host *host, struct host_unit *unit);
/** Take what the encoders have made, cut what is due. @return false: an encoder has failed or hangs. */
bool packager_advance(struct packager *p, const struct host *host, int64_t now_us);
/** Is the host to be asked for a keyframe? True counts as asked. */
bool packager_wants_keyframe(struct packager *p, const struct host *host, int64_t now_us);
#endif
