/* Reading as of one moment. */
#include <errno.h>

#include "store/internal.h"

int store_snapshot(struct store_reader *r, bool *begun)
{
	*begun = false;
	if (!sqlite3_get_autocommit(r->connection.db))
		return 0;
	struct sql sql = sql_prepare(&r->connection, "BEGIN");
	int error = sql_run(&sql);
	*begun = !error;
	return error ? -EIO : 0;
}

int store_snapshot_end(struct store_reader *r, bool begun, int error)
{
	if (!begun)
		return error;
	struct sql sql = sql_prepare(&r->connection, "COMMIT");
	int end = sql_run(&sql);
	return error ? error : end ? -EIO : 0;
}
