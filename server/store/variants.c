/* Sizes and colours of a listing, with their stock. */
#include <errno.h>

#include "store/internal.h"
#include "store/writer.h"

#define VARIANT                                                                                                        \
	"SELECT v.id, v.listing, v.size, v.colour, v.available, v.held, v.sold, v.adjusted, v.position, v.removed"     \
	" FROM variant v WHERE v.listing = ? "

static void read_variant(struct sql *sql, struct store_variant *out)
{
	out->id = sql_get_id(sql);
	out->listing = sql_get_id(sql);
	sql_get_text(sql, out->size, sizeof(out->size));
	sql_get_text(sql, out->colour, sizeof(out->colour));
	out->available = sql_get_int(sql);
	out->held = sql_get_int(sql);
	out->sold = sql_get_int(sql);
	out->adjusted = sql_get_int(sql);
	out->position = sql_get_int(sql);
	out->removed = sql_get_int(sql) != 0;
}

static int each_variant(struct store_reader *r, const char *text, struct base_id listing,
                        void (*visit)(const struct store_variant *, void *), void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, text);
	struct store_variant variant;
	sql_bind_id(&sql, listing);
	while (sql_next(&sql)) {
		read_variant(&sql, &variant);
		visit(&variant, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}

int store_variants(struct store_reader *r, struct base_id listing, void (*visit)(const struct store_variant *, void *),
                   void *ctx)
{
	return each_variant(r, VARIANT "AND v.removed = 0 ORDER BY v.position, v.id", listing, visit, ctx);
}

int store_variants_all(struct store_reader *r, struct base_id listing,
                       void (*visit)(const struct store_variant *, void *), void *ctx)
{
	return each_variant(r, VARIANT "ORDER BY v.position, v.id", listing, visit, ctx);
}
