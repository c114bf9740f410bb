/* The schema and its history. */
#ifndef TRUNKSHOW_STORE_MIGRATIONS_H
#define TRUNKSHOW_STORE_MIGRATIONS_H

#include "store/sqlite.h"

/** Bring a database to the present schema, one transaction a step. @return 0; -EPROTO newer than this program, or not
 * ours; an error of sqlite_connection_error. `why` is filled for -EPROTO. */
__attribute__((warn_unused_result)) int store_migrate(struct sqlite_connection *connection, const char *path, char *why,
                                                      size_t why_len);

/** The steps up to that version, on an empty database or an older one of ours. @return 0; an error of
 * sqlite_connection_error. */
__attribute__((warn_unused_result)) int store_migrate_to(struct sqlite_connection *connection, int64_t wanted);
#endif
