#include "vfs.h"

#include <errno.h>
#include <glib.h>
#include <sqlite3.h>
#include <string.h>

#define SECTOR 512
#define SHM_LOCKS SQLITE_SHM_NLOCK

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
	unsigned shm_handles, shm_shared[SHM_LOCKS];
	const void *shm_exclusive[SHM_LOCKS];
};

struct handle {
	sqlite3_file base;
	struct disk_file *file;
	int level, last_errno;
	bool mapped, delete_on_close;
	unsigned shm_shared, shm_exclusive; /* masks */
};

static struct {
	sqlite3_vfs vfs, *real;
	GPtrArray *files;
	size_t counts[VFS_CALLS], changes, cut_at;
	bool down, failed;
	bool last_gasp; /* the call under way is the one in which the power goes */
	int last_errno;
	enum vfs_call fail_call;
	size_t fail_at;
	int fail_error;
	uint64_t random;
} disk;

static uint64_t next_random(uint64_t *state)
{
	*state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
	uint64_t z = *state;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void change_free(void *arg)
{
	struct change *change = arg;
	g_clear_pointer(&change->data, g_bytes_unref);
	g_free(change);
}

static void file_free(void *arg)
{
	struct disk_file *file = arg;
	g_free(file->path);
	g_byte_array_unref(file->now);
	g_clear_pointer(&file->synced, g_byte_array_unref);
	g_ptr_array_unref(file->pending);
	g_ptr_array_unref(file->shm);
	g_free(file);
}

static struct disk_file *file_new(const char *path)
{
	struct disk_file *file = g_new0(struct disk_file, 1);
	file->path = g_strdup(path);
	file->now = g_byte_array_new();
	file->pending = g_ptr_array_new_with_free_func(change_free);
	file->shm = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(disk.files, file);
	return file;
}

static struct disk_file *file_find(const char *path)
{
	for (guint i = 0; path && i < disk.files->len; i++) {
		struct disk_file *file = g_ptr_array_index(disk.files, i);
		if (!file->deleted && strcmp(file->path, path) == 0)
			return file;
	}
	return NULL;
}

/* Applying changes, to what is seen and to what is on the disk. */

static void put(GByteArray *content, int64_t offset, const uint8_t *data, size_t len)
{
	size_t old = content->len, end = (size_t)offset + len;
	if (end > old) {
		g_byte_array_set_size(content, (guint)end);
		memset(content->data + old, 0, end - old);
	}
	memcpy(content->data + offset, data, len);
}

static void apply(GByteArray *content, const struct change *change)
{
	gsize len;
	const uint8_t *data = change->data ? g_bytes_get_data(change->data, &len) : NULL;
	if (data)
		put(content, change->offset, data, len);
	else if ((guint)change->offset < content->len)
		g_byte_array_set_size(content, (guint)change->offset);
}

/* Sector by sector: there, not there, or rubbish. A write never harms what lies beside it, as SQLite assumes of disks
 * (SQLITE_IOCAP_POWERSAFE_OVERWRITE). */
static void apply_torn(GByteArray *content, const struct change *change, uint64_t *seed)
{
	gsize len;
	const uint8_t *data = change->data ? g_bytes_get_data(change->data, &len) : NULL;
	if (!data) {
		if (next_random(seed) & 1)
			apply(content, change);
		return;
	}
	for (gsize at = 0; at < len;) {
		gsize end = MIN(len, at + SECTOR - (gsize)(change->offset + (int64_t)at) % SECTOR);
		uint8_t rubbish[SECTOR];
		unsigned fate = next_random(seed) % 8;
		memset(rubbish, (int)next_random(seed), sizeof(rubbish));
		if (fate < 4)
			put(content, change->offset + (int64_t)at, data + at, end - at);
		else if (fate == 4)
			put(content, change->offset + (int64_t)at, rubbish, end - at);
		at = end;
	}
}

/* What a call meets: no power, a fault, or nothing. */

static bool changes_disk(enum vfs_call call)
{
	return call == VFS_WRITE || call == VFS_TRUNCATE || call == VFS_SYNC || call == VFS_DELETE;
}

static int meet(enum vfs_call call)
{
	disk.last_gasp = false;
	if (disk.down)
		return EIO;
	disk.counts[call]++;
	if (changes_disk(call) && ++disk.changes == disk.cut_at) {
		disk.down = disk.last_gasp = true;
		return disk.last_errno = EIO;
	}
	if (disk.fail_at && disk.fail_call == call && disk.counts[call] == disk.fail_at) {
		disk.failed = true;
		return disk.last_errno = disk.fail_error;
	}
	return 0;
}

static int meet_on(struct handle *handle, enum vfs_call call)
{
	int error = meet(call);
	if (error)
		handle->last_errno = error;
	return error;
}

static void add_pending(struct disk_file *file, int64_t offset, const void *data, size_t len)
{
	struct change *change = g_new0(struct change, 1);
	change->offset = offset;
	change->data = data ? g_bytes_new(data, len) : NULL;
	g_ptr_array_add(file->pending, change);
	apply(file->now, change);
}

/* sqlite3_io_methods */

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
		add_pending(handle->file, offset, data, error && !disk.down ? (size_t)len / 2 : (size_t)len);
	return error == ENOSPC ? SQLITE_FULL : error ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	struct handle *handle = (struct handle *)base;
	int error = meet_on(handle, VFS_TRUNCATE);
	if (!error || disk.last_gasp)
		add_pending(handle->file, size, NULL, 0);
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
		apply(file->synced, g_ptr_array_index(file->pending, i));
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
	return SECTOR;
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
	for (int slot = 0; slot < SHM_LOCKS; slot++)
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
	if (meet(VFS_OPEN))
		return SQLITE_CANTOPEN;
	struct disk_file *file = file_find(path);
	if (!file && !(flags & SQLITE_OPEN_CREATE) && !(flags & SQLITE_OPEN_MAIN_DB))
		return SQLITE_CANTOPEN;
	/* The store makes its main file itself, before SQLite opens it. */
	handle->file = file ? file : file_new(path ? path : "temporary");
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
	if (meet(VFS_DELETE))
		return SQLITE_IOERR_DELETE;
	struct disk_file *file = file_find(path);
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
	if (meet(VFS_ACCESS))
		return SQLITE_IOERR_ACCESS;
	struct disk_file *file = file_find(path);
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
		out[i] = (char)next_random(&disk.random);
	return len;
}

static int disk_last_error(sqlite3_vfs *vfs, int len, char *out)
{
	return disk.last_errno;
}

void vfs_install(void)
{
	disk.real = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.real; /* its clock and its sleep */
	disk.vfs.zName = "disk in memory";
	disk.vfs.szOsFile = sizeof(struct handle);
	disk.vfs.xOpen = disk_open;
	disk.vfs.xDelete = disk_delete;
	disk.vfs.xAccess = disk_access;
	disk.vfs.xFullPathname = disk_full_path;
	disk.vfs.xRandomness = disk_randomness;
	disk.vfs.xGetLastError = disk_last_error;
	disk.files = g_ptr_array_new_with_free_func(file_free);
	g_assert_true(sqlite3_vfs_register(&disk.vfs, 1) == SQLITE_OK);
	vfs_restore(NULL);
}

void vfs_remove(void)
{
	sqlite3_vfs_unregister(&disk.vfs);
	sqlite3_vfs_register(disk.real, 1);
	g_ptr_array_unref(disk.files);
}

struct vfs_image {
	GPtrArray *paths, *contents;
};

static void unref_content(void *content)
{
	g_byte_array_unref(content);
}

struct vfs_image *vfs_save(void)
{
	struct vfs_image *image = g_new0(struct vfs_image, 1);
	image->paths = g_ptr_array_new_with_free_func(g_free);
	image->contents = g_ptr_array_new_with_free_func(unref_content);
	for (guint i = 0; i < disk.files->len; i++) {
		const struct disk_file *file = g_ptr_array_index(disk.files, i);
		if (!file->synced || file->deleted)
			continue;
		GByteArray *content = g_byte_array_new();
		g_byte_array_append(content, file->synced->data, file->synced->len);
		g_ptr_array_add(image->paths, g_strdup(file->path));
		g_ptr_array_add(image->contents, content);
	}
	return image;
}

void vfs_image_free(struct vfs_image *image)
{
	g_ptr_array_unref(image->paths);
	g_ptr_array_unref(image->contents);
	g_free(image);
}

static void forget_files(void)
{
	for (guint i = 0; i < disk.files->len; i++)
		g_assert_true(((struct disk_file *)g_ptr_array_index(disk.files, i))->handles == 0);
	g_ptr_array_set_size(disk.files, 0);
}

/* A file as it is after a start: all that is there is synced. */
static void file_add(const char *path, GByteArray *content)
{
	struct disk_file *file = file_new(path);
	file->synced = content;
	g_byte_array_append(file->now, content->data, content->len);
}

void vfs_restore(const struct vfs_image *image)
{
	forget_files();
	for (guint i = 0; image && i < image->paths->len; i++) {
		const GByteArray *content = g_ptr_array_index(image->contents, i);
		file_add(g_ptr_array_index(image->paths, i),
		         g_byte_array_append(g_byte_array_new(), content->data, content->len));
	}
	memset(disk.counts, 0, sizeof(disk.counts));
	disk.changes = disk.cut_at = disk.fail_at = 0;
	disk.down = disk.failed = false;
	disk.last_errno = 0;
	disk.random = 1;
}

size_t vfs_count(enum vfs_call call)
{
	return disk.counts[call];
}

size_t vfs_changes(void)
{
	return disk.changes;
}

void vfs_cut_at(size_t change)
{
	disk.cut_at = change;
}

bool vfs_is_down(void)
{
	return disk.down;
}

static GByteArray *survivor(const struct disk_file *file, enum vfs_survival survival, uint64_t *seed)
{
	GByteArray *content = g_byte_array_new();
	if (file->synced)
		g_byte_array_append(content, file->synced->data, file->synced->len);
	guint count = file->pending->len;
	guint whole = survival == VFS_PREFIX && count ? (guint)(next_random(seed) % count) : count;
	for (guint i = 0; i < count && survival != VFS_NOTHING; i++) {
		const struct change *change = g_ptr_array_index(file->pending, i);
		if (survival == VFS_PREFIX && i < whole)
			apply(content, change);
		else if (survival == VFS_SOME || i == whole)
			apply_torn(content, change, seed);
	}
	return content;
}

/* A name that was never synced, or that was deleted without, may be there or not. */
static bool name_survives(const struct disk_file *file, enum vfs_survival survival, uint64_t *seed)
{
	bool chance = survival != VFS_NOTHING && next_random(seed) & 1;
	if (file->deleted)
		return file->synced && !file_find(file->path) && (survival == VFS_NOTHING || chance);
	return file->synced || chance;
}

static void lose_power(enum vfs_survival survival, uint64_t seed)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) contents = g_ptr_array_new();
	for (guint i = 0; i < disk.files->len; i++) {
		const struct disk_file *file = g_ptr_array_index(disk.files, i);
		if (!name_survives(file, survival, &seed))
			continue;
		g_ptr_array_add(paths, g_strdup(file->path));
		g_ptr_array_add(contents, survivor(file, survival, &seed));
	}
	forget_files();
	for (guint i = 0; i < paths->len; i++)
		file_add(g_ptr_array_index(paths, i), g_ptr_array_index(contents, i));
}

void vfs_power_on(enum vfs_survival survival, uint64_t seed)
{
	if (survival != VFS_EVERYTHING)
		lose_power(survival, seed);
	disk.cut_at = 0;
	disk.down = false;
}

void vfs_fail(enum vfs_call call, size_t nth, int error)
{
	disk.fail_call = call;
	disk.fail_at = nth;
	disk.fail_error = error;
	disk.failed = false;
}

bool vfs_has_failed(void)
{
	return disk.failed;
}
