/* Which photos are still shown: by listings, and by holds and orders, which keep the one of their time. */
#include "store/internal.h"

#include <errno.h>

int store_photo_shown(struct store_reader *r, struct base_id photo, bool *out)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT EXISTS(SELECT 1 FROM listing WHERE photo = ?1)"
	                                             " OR EXISTS(SELECT 1 FROM hold WHERE photo = ?1)"
	                                             " OR EXISTS(SELECT 1 FROM purchase_line WHERE photo = ?1)");
	sql_bind_id(&sql, photo);
	*out = !sql_next(&sql) || sql_get_int(&sql) != 0;
	return sql_end(&sql) ? -EIO : 0;
}

int store_photos(struct store_reader *r, void (*visit)(struct base_id photo, void *), void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT photo FROM listing WHERE photo IS NOT NULL"
	                                             " UNION SELECT photo FROM hold WHERE photo IS NOT NULL"
	                                             " UNION SELECT photo FROM purchase_line WHERE photo IS NOT NULL");
	while (sql_next(&sql))
		visit(sql_get_id(&sql), ctx);
	return sql_end(&sql) ? -EIO : 0;
}
