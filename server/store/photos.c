/* Which photos are still shown: by listings, and by holds and orders, which keep the one of their time. */
#include "store/claimed.h"

#include <errno.h>

/* The lines of orders are those of holds, which stay. */
static int shown_by_row(struct store_reader *r, struct base_id listing, struct base_id photo, bool *out)
{
	struct sql sql = sql_prepare(&r->connection,
	                             "SELECT EXISTS(SELECT 1 FROM listing WHERE id = ?1 AND photo = ?2) OR EXISTS"
	                             "(SELECT 1 FROM hold INDEXED BY hold_listing WHERE listing = ?1 AND photo = ?2)");
	sql_bind_id(&sql, listing);
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

int store_photo_shown(struct store_reader *r, struct base_id listing, struct base_id photo, bool *out)
{
	struct claimed_photo wanted = {.photo = photo};
	bool begun;
	*out = true; /* unless it is known that it is not */
	int error = store_snapshot(r, &begun);
	if (!error)
		error = shown_by_row(r, listing, photo, out);
	if (!error && !*out) {
		error = claimed_photos(r, look_at_claimed, &wanted);
		*out = error || wanted.shown;
	}
	return store_snapshot_end(r, begun, error);
}

int store_photos(struct store_reader *r, void (*visit)(struct base_id photo, void *), void *ctx)
{
	bool begun;
	int error = store_snapshot(r, &begun);
	if (error)
		return error;
	struct sql sql = sql_prepare(&r->connection, "SELECT photo FROM listing WHERE photo IS NOT NULL"
	                                             " UNION SELECT photo FROM hold WHERE photo IS NOT NULL");
	while (sql_next(&sql))
		visit(sql_get_id(&sql), ctx);
	error = sql_end(&sql) ? -EIO : claimed_photos(r, visit, ctx);
	return store_snapshot_end(r, begun, error);
}
