#include "disk.h"

#include <errno.h>
#include <string.h>

struct disk disk;

uint64_t disk_random(uint64_t *state)
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

void disk_file_free(void *arg)
{
	struct disk_file *file = arg;
	g_free(file->path);
	g_byte_array_unref(file->now);
	g_clear_pointer(&file->synced, g_byte_array_unref);
	g_ptr_array_unref(file->pending);
	g_ptr_array_unref(file->shm);
	g_free(file);
}

struct disk_file *disk_file_new(const char *path)
{
	struct disk_file *file = g_new0(struct disk_file, 1);
	file->path = g_strdup(path);
	file->now = g_byte_array_new();
	file->pending = g_ptr_array_new_with_free_func(change_free);
	file->shm = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(disk.files, file);
	return file;
}

struct disk_file *disk_file_find(const char *path)
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

void disk_apply(GByteArray *content, const struct change *change)
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
		if (disk_random(seed) & 1)
			disk_apply(content, change);
		return;
	}
	for (gsize at = 0; at < len;) {
		gsize end = MIN(len, at + DISK_SECTOR - (gsize)(change->offset + (int64_t)at) % DISK_SECTOR);
		uint8_t rubbish[DISK_SECTOR];
		unsigned fate = disk_random(seed) % 8;
		memset(rubbish, (int)disk_random(seed), sizeof(rubbish));
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

int disk_meet(enum vfs_call call)
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

void disk_change(struct disk_file *file, int64_t offset, const void *data, size_t len)
{
	struct change *change = g_new0(struct change, 1);
	change->offset = offset;
	change->data = data ? g_bytes_new(data, len) : NULL;
	g_ptr_array_add(file->pending, change);
	disk_apply(file->now, change);
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
	struct disk_file *file = disk_file_new(path);
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
	guint whole = survival == VFS_PREFIX && count ? (guint)(disk_random(seed) % count) : count;
	for (guint i = 0; i < count && survival != VFS_NOTHING; i++) {
		const struct change *change = g_ptr_array_index(file->pending, i);
		if (survival == VFS_PREFIX && i < whole)
			disk_apply(content, change);
		else if (survival == VFS_SOME || i == whole)
			apply_torn(content, change, seed);
	}
	return content;
}

/* A name that was never synced, or that was deleted without, may be there or not. */
static bool name_survives(const struct disk_file *file, enum vfs_survival survival, uint64_t *seed)
{
	bool chance = survival != VFS_NOTHING && disk_random(seed) & 1;
	if (file->deleted)
		return file->synced && !disk_file_find(file->path) && (survival == VFS_NOTHING || chance);
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
