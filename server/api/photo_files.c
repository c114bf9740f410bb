/* Photos that nothing shows any more leave the disk: at once when they are replaced, and what a crash left behind at
 * the next start. Orders and holds keep the photo of their time, so the store is asked about each. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/core.h"
#include "api/photos.h"
#include "api/rooms.h"
#include "base/clock.h"

#define NEW_MS INT64_C(3600000) /* what is younger may belong to an upload under way */

/* ---- one that was replaced ---- */

struct doubt {
	struct api *api;
	struct base_id listing, photo;
};

static void decide(void *arg, void *local)
{
	struct doubt *doubt = arg;
	char path[4200], id[BASE_ID_TEXT];
	bool shown = true;

	if (local && store_photo_shown(local, doubt->listing, doubt->photo, &shown) == 0 && !shown) {
		snprintf(path, sizeof path, "%s/photos/%s.jpg", doubt->api->settings->data_dir,
		         base_id_format(doubt->photo, id));
		if (unlink(path) && errno != ENOENT)
			base_log(BASE_LOG_WARN, "api", "photo", "%s cannot be removed: %s", path, strerror(errno));
	}
	free(doubt);
}

void api_photo_forget(struct api *api, struct base_id listing, struct base_id photo)
{
	struct doubt *doubt;

	if (base_id_is_zero(photo))
		return;
	doubt = malloc(sizeof *doubt);
	if (!doubt)
		abort();
	*doubt = (struct doubt){api, listing, photo};
	if (api_jobs_submit(api, BASE_JOBS_READ, decide, doubt))
		free(doubt); /* the next start finds it */
}

/* ---- all of them ---- */

static void keep(struct base_id photo, void *ctx)
{
	g_hash_table_add(ctx, g_memdup2(&photo, sizeof photo));
}

static bool is_wanted(const char *name, GHashTable *shown)
{
	char text[BASE_ID_TEXT];
	struct base_id id;

	if (g_str_has_suffix(name, ".part"))
		return false;
	g_strlcpy(text, name, sizeof text);
	if (strlen(name) != BASE_ID_TEXT - 1 + 4 || !g_str_has_suffix(name, ".jpg") || base_id_parse(text, &id))
		return true; /* none of ours */
	return g_hash_table_contains(shown, &id);
}

static bool is_old(int folder, const char *name)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       base_clock_utc_ms() - (int64_t)st.st_mtim.tv_sec * 1000 > NEW_MS;
}

static void sweep_folder(const char *path, GHashTable *shown)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	size_t removed = 0;

	if (!dir)
		return; /* no photo has been made yet */
	while ((entry = readdir(dir)))
		if (!is_wanted(entry->d_name, shown) && is_old(dirfd(dir), entry->d_name))
			removed += unlinkat(dirfd(dir), entry->d_name, 0) == 0;
	closedir(dir);
	if (removed)
		base_log(BASE_LOG_INFO, "api", "photos", "removed=%zu that nothing shows", removed);
}

static void sweep(void *arg, void *local)
{
	struct api *api = arg;
	GHashTable *shown = api_id_table_new(NULL);
	char path[4200];

	snprintf(path, sizeof path, "%s/photos", api->settings->data_dir);
	if (local && store_photos(local, keep, shown) == 0)
		sweep_folder(path, shown);
	g_hash_table_destroy(shown);
}

void api_photos_sweep(struct api *api)
{
	if (api_jobs_submit(api, BASE_JOBS_READ, sweep, api))
		base_log(BASE_LOG_WARN, "api", "photos",
		         "too busy to look for what nothing shows; the next start will");
}
