/* The routing table: which handler a method and a path mean. Pure: no sockets, no time. */
#ifndef TRUNKSHOW_HUB_ROUTE_H
#define TRUNKSHOW_HUB_ROUTE_H

#include <stddef.h>

#include "hub/hub.h"

#define ROUTE_PARAMS 4
#define ROUTE_PARAM_BYTES 129 /**< 128 and the terminating NUL */

struct route_table {
	struct hub_route *routes; /**< patterns are owned copies */
	size_t count, capacity;
};

struct route_match {
	const struct hub_route *route; /**< NULL unless route_find returned 0 */
	unsigned allow;                /**< bit 1 << method for every method the path knows */
	char params[ROUTE_PARAMS][ROUTE_PARAM_BYTES];
	size_t param_count;
};

void route_table_finish(struct route_table *table);

/** Copy a route into the table. A pattern that is not absolute or has more than ROUTE_PARAMS is our bug: abort. */
void route_table_add(struct route_table *table, const struct hub_route *route);

/** Find the route of a decoded path; literal segments win over parameters, HEAD falls back to GET, one slash at the end
 * is ignored. @return 0; -ENOENT no such path; -EPERM the path exists, but not with this method (`allow` says which).
 */
__attribute__((warn_unused_result)) int route_find(const struct route_table *table, enum hub_method method,
                                                   const char *path, struct route_match *out);

const char *route_method_name(enum hub_method method);

/** Write "GET, HEAD, POST" for a set of methods; HEAD and OPTIONS are added as the hub answers them. @return text */
const char *route_format_allow(unsigned allow, char *text, size_t size);
#endif
