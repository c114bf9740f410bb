/* Which photos are still shown: by listings, and by holds and orders, which keep the one of their time. */
#include "store/claimed.h"

#include <errno.h>

static int shown_by_row(struct store_reader *r, struct base_id photo, bool *out)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT EXISTS(SELECT 1 FROM listing WHERE photo = ?1)"
	                                             " OR EXISTS(SELECT 1 FROM hold WHERE photo = ?1)"
	                                             " OR EXISTS(SELECT 1 FROM purchase_line WHERE photo = ?1)");
	sql_bind_id(&sql, photo);
	*out = !sql_next(&sql) || sql_get_int(&sql) != 0;
	return sql_end(&sql) ? -EIO : 0;
}

struct claimed_photo {
	struct base_id photo;
	bool shown;
};

static void look_at_claimed(struct base_id photo, void *ctx)
{
	struct claimed_photo *wanted = ctx;
	wanted->shown = wanted->shown || base_id_equal(photo, wanted->photo);
}

int store_photo_shown(struct store_reader *r, struct base_id photo, bool *out)
{
	struct claimed_photo wanted = {.photo = photo};
	bool begun;
	*out = true; /* unless it is known that it is not */
	int error = claimed_snapshot(r, &begun);
	if (!error)
		error = shown_by_row(r, photo, out);
	if (!error && !*out) {
		error = claimed_photos(r, look_at_claimed, &wanted);
		*out = error || wanted.shown;
	}
	return claimed_snapshot_end(r, begun, error);
}

static int photos_of_rows(struct store_reader *r, void (*visit)(struct base_id photo, void *), void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT photo FROM listing WHERE photo IS NOT NULL"
	                                             " UNION SELECT photo FROM hold WHERE photo IS NOT NULL"
	                                             " UNION SELECT photo FROM purchase_line WHERE photo IS NOT NULL");
	while (sql_next(&sql))
		visit(sql_get_id(&sql), ctx);
	return sql_end(&sql) ? -EIO : 0;
}

static void keep_photo(struct base_id photo, void *ctx)
{
	GArray *photos = ctx;
	for (guint i = 0; i < photos->len; i++)
		if (base_id_equal(g_array_index(photos, struct base_id, i), photo))
			return;
	g_array_append_val(photos, photo);
}

/* Those that only claims show which have no row yet: few. */
static int photos_of_claimed(struct store_reader *r, void (*visit)(struct base_id photo, void *), void *ctx)
{
	g_autoptr(GArray) photos = g_array_new(FALSE, FALSE, sizeof(struct base_id));
	int error = claimed_photos(r, keep_photo, photos);
	for (guint i = 0; i < photos->len && !error; i++) {
		bool shown;
		error = shown_by_row(r, g_array_index(photos, struct base_id, i), &shown);
		if (!error && !shown)
			visit(g_array_index(photos, struct base_id, i), ctx);
	}
	return error;
}

int store_photos(struct store_reader *r, void (*visit)(struct base_id photo, void *), void *ctx)
{
	bool begun;
	int error = claimed_snapshot(r, &begun);
	if (!error)
		error = photos_of_rows(r, visit, ctx);
	if (!error)
		error = photos_of_claimed(r, visit, ctx);
	return claimed_snapshot_end(r, begun, error);
}
