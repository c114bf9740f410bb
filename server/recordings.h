/* Recordings of shows: where a child records to, what ends one, what becomes of it: closed, cut into clips, removed by
 * age, by size or by its host. Its one thread does what blocks; what is still to be done is found in the store and in
 * data_dir/recordings again at each start. */
#ifndef TRUNKSHOW_RECORDINGS_H
#define TRUNKSHOW_RECORDINGS_H

#include <stddef.h>

#include "base/settings.h"
#include "show/show.h"

struct recordings;

struct recordings_config {
	const struct base_settings *settings;
	/** The child of this show is to stop recording: the disk is full. Thread: the recordings' own; must not block.
	 */
	void (*stop)(const char *show, void *ctx);
	void *ctx;
};

/** Before the threads that have something to say to it. @return 0; -errno. */
__attribute__((warn_unused_result)) int recordings_create(const struct recordings_config *config,
                                                          struct recordings **out);
/** Start the thread; it begins with what an earlier process left. @return 0; -errno. */
__attribute__((warn_unused_result)) int recordings_run(struct recordings *recordings,
                                                       struct show_controller *controller);
/** Kill a clip that is being cut, join the thread. The controller must still run. Accepts NULL. */
void recordings_halt(struct recordings *recordings);
/** Once nobody has anything to say to it any more. Accepts NULL. */
void recordings_destroy(struct recordings *recordings);

/** The child of a live show is about to start (again): make the folder it is to record to (--record).
 *  @return 0 with its path; -ENOENT it is not to be recorded (setting `record`); -ENOSPC no room, or there was none
 * before in this show; -errno. Thread: any. */
__attribute__((warn_unused_result)) int recordings_folder(struct recordings *recordings, const char *show, char *path,
                                                          size_t size);
/** The child of a show has said `problem code=disk_full`, and records no more. Thread: any. */
void recordings_full(struct recordings *recordings, const char *show);
/** From show_config.on_event. Thread: show. Accepts NULL. */
void recordings_show_event(struct recordings *recordings, const struct show_event *event);
#endif
