/* The spool: media files of the last minute, which the server gives out. Thread: main loop. */
#ifndef PIPELINE_SPOOL_H
#define PIPELINE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeline/package.h"

#define SPOOL_NAME 64
#define SPOOL_KEEP_S 60

struct spool {
	const char *folder, *epoch;
	int folder_fd;
	struct {
		int fd; /**< -1: none is open */
		uint32_t segment;
		uint64_t bytes;
		bool broken; /**< a part of this segment did not fit: the rest of it is left out */
	} files[PACKAGE_TRACKS];
	int64_t swept_us;
};

/** "v0", "a0", "v1". */
const char *spool_track_name(enum package_track track);
/** Names of files, the same in a recording. */
void spool_init_name(char out[SPOOL_NAME], const char *epoch, enum package_track track, uint32_t number);
void spool_segment_name(char out[SPOOL_NAME], const char *epoch, enum package_track track, uint32_t segment);

/** Borrows folder and epoch. @return 0; -errno. */
int spool_open(struct spool *spool, const char *folder, const char *epoch);
/** @return 0; -errno. */
int spool_write_init(struct spool *spool, enum package_track track, uint32_t number, const uint8_t *data, size_t len);
/** Append a part. @param offset  where in the file it lies. @return 0; -EPIPE an earlier part of the segment is
 * missing; -errno: what was written of it is gone again. */
int spool_append(struct spool *spool, enum package_track track, uint32_t segment, const uint8_t *data, size_t len,
                 uint64_t *offset);
/** Are all its parts there, as far as it has come? */
bool spool_is_whole(const struct spool *spool, enum package_track track, uint32_t segment);
/** Nothing more comes. @return its bytes. */
uint64_t spool_end_segment(struct spool *spool, enum package_track track, uint32_t segment);
/** Now and then: remove what is older than SPOOL_KEEP_S, of earlier epochs, too. */
void spool_sweep(struct spool *spool, int64_t now_us);

/** Write all of it. @return 0; -errno (a full disk is -ENOSPC, whatever the system calls it). */
int spool_write_all(int fd, const uint8_t *data, size_t len);
#endif
