/* A disk under SQLite that lives in memory and can fail: it knows what was synced and what was not, loses power at any
 * call, and returns errors at any call. While installed it is SQLite's default for the whole process. */
#ifndef TEST_SERVER_STORE_VFS_H
#define TEST_SERVER_STORE_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vfs_call {
	VFS_OPEN,
	VFS_READ,
	VFS_WRITE,
	VFS_TRUNCATE,
	VFS_SYNC,
	VFS_SIZE,
	VFS_DELETE,
	VFS_ACCESS,
	VFS_SHM_MAP,
	VFS_SHM_LOCK,
	VFS_CALLS
};

/** What is left of the writes that were not synced. */
enum vfs_survival {
	VFS_EVERYTHING, /**< the process died, the system did not: all is seen, and still not on the disk */
	VFS_NOTHING,
	VFS_SOME,  /**< any sectors of any of them: new, old or rubbish */
	VFS_PREFIX /**< up to some point in the order they were written, the last one torn */
};

struct vfs_image; /**< the synced content of all files */

void vfs_install(void);
void vfs_remove(void); /**< every file must be closed */

/** The files as they are on the disk now. */
struct vfs_image *vfs_save(void);
void vfs_image_free(struct vfs_image *image);
/** A new start: the disk is as in the image, nothing was called, nothing fails, the power is on. */
void vfs_restore(const struct vfs_image *image);

/** Calls of a kind since vfs_restore. */
size_t vfs_count(enum vfs_call call);
/** Calls that change the disk (write, truncate, sync, delete) since vfs_restore. */
size_t vfs_changes(void);

/** The power goes at the n-th change (from 1), which may or may not happen; from then on every call fails. */
void vfs_cut_at(size_t change);
bool vfs_is_down(void);
/** The next life, after all files were closed. @param seed of VFS_SOME and VFS_PREFIX. */
void vfs_power_on(enum vfs_survival survival, uint64_t seed);

/** The n-th call of a kind (from 1, since vfs_restore) fails once with that errno. Of a write that fails, half has
 * happened; what a failed sync should have synced will never be, however often it is tried again (as Linux does it). */
void vfs_fail(enum vfs_call call, size_t nth, int error);
bool vfs_has_failed(void); /**< it came to that call */
#endif
