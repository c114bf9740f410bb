/* A recording: the same media files once more, and a journal that names each part after its bytes are written. A thread
 * of its own writes, so that a slow disk delays nothing; a full one stops the recording and nothing else. */
#ifndef PIPELINE_RECORD_H
#define PIPELINE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeline/package.h"

#define RECORD_WAITING_MAX (32 << 20) /**< what the disk may be behind [bytes] */

struct record;

/** Start the thread. Borrows folder and epoch. @return NULL: no memory. */
struct record *record_create(const char *folder, const char *epoch);
/** Writes what waits, for 1 s at most. Accepts NULL. */
void record_destroy(struct record *record);

/** Take over bytes (malloc; may be NULL), to be appended to the file of the track's segment, then copy the journal's
 * line (may be NULL). Thread: main loop, as all below. */
void record_append(struct record *record, enum package_track track, uint32_t segment, uint8_t *data, size_t len,
                   const char *line);
/** An init segment, and its line. Takes over data. */
void record_init(struct record *record, enum package_track track, uint32_t number, uint8_t *data, size_t len,
                 const char *line);
/** Why it has stopped, once: 0 or -errno. */
int record_failure(struct record *record);
#endif
