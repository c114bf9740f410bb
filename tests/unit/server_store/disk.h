/* The disk that vfs.h promises: files, what of them is seen, what is certain to last, and what every call meets. */
#ifndef TEST_SERVER_STORE_DISK_H
#define TEST_SERVER_STORE_DISK_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "vfs.h"

#define DISK_SECTOR 512
#define DISK_SHM_LOCKS 8 /* SQLITE_SHM_NLOCK */

/* A write that is not synced yet, or (no data) a truncation. */
struct change {
	GBytes *data;
	int64_t offset; /* or the new size */
};

struct disk_file {
	char *path;
	GByteArray *now;    /* what is read */
	GByteArray *synced; /* what is certainly on the disk; NULL: not even its name */
	GPtrArray *pending; /* changes since, in order */
	bool deleted;       /* from what is seen; its name may still be on the disk */
	unsigned handles, shared;
	const void *reserved, *exclusive; /* the handle */
	GPtrArray *shm;                   /* regions */
	unsigned shm_handles, shm_shared[DISK_SHM_LOCKS];
	const void *shm_exclusive[DISK_SHM_LOCKS];
};

struct disk {
	GPtrArray *files;
	size_t counts[VFS_CALLS], changes, cut_at;
	bool down, failed;
	bool last_gasp; /* the call under way is the one in which the power goes */
	int last_errno;
	enum vfs_call fail_call;
	size_t fail_at;
	int fail_error;
	uint64_t random;
};

extern struct disk disk;

uint64_t disk_random(uint64_t *state);
struct disk_file *disk_file_new(const char *path);
void disk_file_free(void *file);
struct disk_file *disk_file_find(const char *path); /**< as seen; or NULL */
void disk_apply(GByteArray *content, const struct change *change);
/** What a call meets. @return 0; an errno: it fails, or the power went (disk.down) */
int disk_meet(enum vfs_call call);
/** A write, or without data a truncation: seen at once, on the disk after a sync. */
void disk_change(struct disk_file *file, int64_t offset, const void *data, size_t len);
#endif
