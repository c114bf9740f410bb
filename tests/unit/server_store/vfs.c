/* The disk as SQLite sees it. */
#include "vfs.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#include "disk.h"

static_assert(DISK_SHM_LOCKS == SQLITE_SHM_NLOCK, "as many as SQLite asks for");

struct handle {
	sqlite3_file base;
	struct disk_file *file;
	int level, last_errno;
	bool mapped, delete_on_close;
	unsigned shm_shared, shm_exclusive; /* masks */
};

static sqlite3_vfs memory, *real;

static int meet_on(struct handle *handle, enum vfs_call call)
{
	int error = disk_meet(call);
	if (error)
		handle->last_errno = error;
	return error;
}

static int file_close(sqlite3_file *base)
{
	struct handle *handle = (struct handle *)base;
	handle->file->handles--;
	if (handle->delete_on_close)
		handle->file->deleted = true;
	return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *out, int len, sqlite3_int64 offset)
{
	struct handle *handle = (struct handle *)base;
	const GByteArray *now = handle->file->now;
	if (meet_on(handle, VFS_READ))
		return SQLITE_IOERR_READ;
	size_t there = (size_t)offset < now->len ? MIN((size_t)len, now->len - (size_t)offset) : 0;
	if (there)
		memcpy(out, now->data + offset, there);
	memset((uint8_t *)out + there, 0, (size_t)len - there);
	return there < (size_t)len ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int file_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 offset)
{
	struct handle *handle = (struct handle *)base;
	int error = meet_on(handle, VFS_WRITE);
	if (!disk.down || disk.last_gasp)
		disk_change(handle->file, offset, data, error && !disk.down ? (size_t)len / 2 : (size_t)len);
	return error == ENOSPC ? SQLITE_FULL : error ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	struct handle *handle = (struct handle *)base;
	int error = meet_on(handle, VFS_TRUNCATE);
	if (!error || disk.last_gasp)
		disk_change(handle->file, size, NULL, 0);
	return error ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags)
{
	struct handle *handle = (struct handle *)base;
	struct disk_file *file = handle->file;
	int error = meet_on(handle, VFS_SYNC);
	if (!error && !file->synced)
		file->synced = g_byte_array_new();
	for (guint i = 0; !error && i < file->pending->len; i++)
		disk_apply(file->synced, g_ptr_array_index(file->pending, i));
	if (!disk.down)
		g_ptr_array_set_size(file->pending, 0);
	return error ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *out)
{
	struct handle *handle = (struct handle *)base;
	*out = handle->file->now->len;
	return meet_on(handle, VFS_SIZE) ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int level)
{
	struct handle *handle = (struct handle *)base;
	struct disk_file *file = handle->file;
	if (level <= handle->level)
		return SQLITE_OK;
	if (file->exclusive && file->exclusive != handle)
		return SQLITE_BUSY;
	if (level >= SQLITE_LOCK_RESERVED && file->reserved && file->reserved != handle)
		return SQLITE_BUSY;
	if (level == SQLITE_LOCK_EXCLUSIVE && file->shared > 1)
		return SQLITE_BUSY;
	if (handle->level == SQLITE_LOCK_NONE)
		file->shared++;
	if (level >= SQLITE_LOCK_RESERVED)
		file->reserved = handle;
	if (level == SQLITE_LOCK_EXCLUSIVE)
		file->exclusive = handle;
	handle->level = level;
	return SQLITE_OK;
}

static int file_unlock(sqlite3_file *base, int level)
{
	struct handle *handle = (struct handle *)base;
	struct disk_file *file = handle->file;
	if (level >= handle->level)
		return SQLITE_OK;
	if (file->exclusive == handle)
		file->exclusive = NULL;
	if (file->reserved == handle)
		file->reserved = NULL;
	if (level == SQLITE_LOCK_NONE)
		file->shared--;
	handle->level = level;
	return SQLITE_OK;
}

static int file_reserved(sqlite3_file *base, int *out)
{
	*out = ((struct handle *)base)->file->reserved != NULL;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int op, void *arg)
{
	if (op != SQLITE_FCNTL_LAST_ERRNO)
		return SQLITE_NOTFOUND;
	*(int *)arg = ((struct handle *)base)->last_errno;
	return SQLITE_OK;
}

static int file_sector(sqlite3_file *base)
{
	return DISK_SECTOR;
}

static int file_characteristics(sqlite3_file *base)
{
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **out)
{
	struct handle *handle = (struct handle *)base;
	GPtrArray *shm = handle->file->shm;
	*out = NULL;
	if (meet_on(handle, VFS_SHM_MAP))
		return SQLITE_IOERR_SHMMAP;
	if (!handle->mapped)
		handle->file->shm_handles++;
	handle->mapped = true;
	while (extend && shm->len <= (guint)region)
		g_ptr_array_add(shm, g_malloc0((gsize)size));
	if (shm->len > (guint)region)
		*out = g_ptr_array_index(shm, (guint)region);
	return SQLITE_OK;
}

static bool shm_is_free(const struct handle *handle, int slot, bool exclusive)
{
	const struct disk_file *file = handle->file;
	unsigned own = handle->shm_shared >> slot & 1;
	if (file->shm_exclusive[slot] && file->shm_exclusive[slot] != handle)
		return false;
	return !exclusive || file->shm_shared[slot] == own;
}

static void shm_set(struct handle *handle, int slot, int flags)
{
	struct disk_file *file = handle->file;
	unsigned bit = 1U << slot;
	if (flags & SQLITE_SHM_UNLOCK) {
		file->shm_shared[slot] -= handle->shm_shared >> slot & 1;
		if (file->shm_exclusive[slot] == handle)
			file->shm_exclusive[slot] = NULL;
		handle->shm_shared &= ~bit;
	} else if (flags & SQLITE_SHM_EXCLUSIVE) {
		file->shm_exclusive[slot] = handle;
	} else if (!(handle->shm_shared & bit)) {
		file->shm_shared[slot]++;
		handle->shm_shared |= bit;
	}
}

static int shm_lock(sqlite3_file *base, int first, int count, int flags)
{
	struct handle *handle = (struct handle *)base;
	bool taking = flags & SQLITE_SHM_LOCK;
	if (taking && meet_on(handle, VFS_SHM_LOCK))
		return SQLITE_IOERR_SHMLOCK;
	for (int slot = first; taking && slot < first + count; slot++)
		if (!shm_is_free(handle, slot, flags & SQLITE_SHM_EXCLUSIVE))
			return SQLITE_BUSY;
	for (int slot = first; slot < first + count; slot++)
		shm_set(handle, slot, flags);
	return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *base)
{
}

static int shm_unmap(sqlite3_file *base, int delete)
{
	struct handle *handle = (struct handle *)base;
	for (int slot = 0; slot < DISK_SHM_LOCKS; slot++)
		shm_set(handle, slot, SQLITE_SHM_UNLOCK);
	if (handle->mapped && --handle->file->shm_handles == 0)
		g_ptr_array_set_size(handle->file->shm, 0); /* the next to come recovers, as after a crash */
	handle->mapped = false;
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {.iVersion = 2,
                                           .xClose = file_close,
                                           .xRead = file_read,
                                           .xWrite = file_write,
                                           .xTruncate = file_truncate,
                                           .xSync = file_sync,
                                           .xFileSize = file_size,
                                           .xLock = file_lock,
                                           .xUnlock = file_unlock,
                                           .xCheckReservedLock = file_reserved,
                                           .xFileControl = file_control,
                                           .xSectorSize = file_sector,
                                           .xDeviceCharacteristics = file_characteristics,
                                           .xShmMap = shm_map,
                                           .xShmLock = shm_lock,
                                           .xShmBarrier = shm_barrier,
                                           .xShmUnmap = shm_unmap};

/* sqlite3_vfs */

static int disk_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out_flags)
{
	struct handle *handle = (struct handle *)base;
	memset(handle, 0, sizeof(*handle));
	if (disk_meet(VFS_OPEN))
		return SQLITE_CANTOPEN;
	struct disk_file *file = disk_file_find(path);
	if (!file && !(flags & SQLITE_OPEN_CREATE) && !(flags & SQLITE_OPEN_MAIN_DB))
		return SQLITE_CANTOPEN;
	/* The store makes its main file itself, before SQLite opens it. */
	handle->file = file ? file : disk_file_new(path ? path : "temporary");
	handle->file->handles++;
	handle->delete_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
	handle->base.pMethods = &methods;
	if (out_flags)
		*out_flags = flags;
	return SQLITE_OK;
}

/* Of files of one name, only the last that was deleted can come back. */
static void forget_deleted(const char *path)
{
	for (guint i = 0; i < disk.files->len; i++) {
		struct disk_file *file = g_ptr_array_index(disk.files, i);
		if (file->deleted && strcmp(file->path, path) == 0)
			g_clear_pointer(&file->synced, g_byte_array_unref);
	}
}

static int disk_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
	if (disk_meet(VFS_DELETE))
		return SQLITE_IOERR_DELETE;
	struct disk_file *file = disk_file_find(path);
	if (!file)
		return SQLITE_IOERR_DELETE_NOENT;
	forget_deleted(path);
	file->deleted = true;
	if (sync_folder)
		g_clear_pointer(&file->synced, g_byte_array_unref);
	return SQLITE_OK;
}

static int disk_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
	if (disk_meet(VFS_ACCESS))
		return SQLITE_IOERR_ACCESS;
	struct disk_file *file = disk_file_find(path);
	*out = file && (flags != SQLITE_ACCESS_EXISTS || file->now->len > 0);
	return SQLITE_OK;
}

static int disk_full_path(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
	g_strlcpy(out, path, (gsize)size);
	return SQLITE_OK;
}

static int disk_randomness(sqlite3_vfs *vfs, int len, char *out)
{
	for (int i = 0; i < len; i++)
		out[i] = (char)disk_random(&disk.random);
	return len;
}

static int disk_last_error(sqlite3_vfs *vfs, int len, char *out)
{
	return disk.last_errno;
}

void vfs_install(void)
{
	real = sqlite3_vfs_find(NULL);
	memory = *real; /* its clock and its sleep */
	memory.zName = "disk in memory";
	memory.szOsFile = sizeof(struct handle);
	memory.xOpen = disk_open;
	memory.xDelete = disk_delete;
	memory.xAccess = disk_access;
	memory.xFullPathname = disk_full_path;
	memory.xRandomness = disk_randomness;
	memory.xGetLastError = disk_last_error;
	disk.files = g_ptr_array_new_with_free_func(disk_file_free);
	g_assert_true(sqlite3_vfs_register(&memory, 1) == SQLITE_OK);
	vfs_restore(NULL);
}

void vfs_remove(void)
{
	sqlite3_vfs_unregister(&memory);
	sqlite3_vfs_register(real, 1);
	g_ptr_array_unref(disk.files);
}
