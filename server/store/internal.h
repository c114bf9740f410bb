/* What the files of the store share. */
#ifndef TRUNKSHOW_STORE_INTERNAL_H
#define TRUNKSHOW_STORE_INTERNAL_H

#include "store/sqlite.h"
#include "store/store.h"

struct store_reader {
	struct sqlite_connection connection;
};

struct store {
	struct store_reader reads; /**< the writer's connection; first, so that the writer can read what it wrote */
	int lock_fd;
	int wal_pages; /**< in the write-ahead log after the last commit */
};

/** data_dir/name; allocated, freed with g_free. */
char *store_path(const char *data_dir, const char *name);

/** Open for reading alone: never checkpoints, not even as the last to close. @return a SQLite code. */
__attribute__((warn_unused_result)) int store_open_read_only(struct sqlite_connection *connection, const char *path);
#endif
