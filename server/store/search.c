/* The catalogue: what a host finds to sell for others. */
#include "store/search.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "store/internal.h"

static bool in_word(gunichar c)
{
	return g_unichar_isalnum(c) || g_unichar_ismark(c);
}

/* @return the bytes of the next character, in *c; 0 at the end. What is no UTF-8 parts words, byte by byte. */
static size_t next_character(const char *text, gunichar *c)
{
	if (!*text)
		return 0;
	*c = g_utf8_get_char_validated(text, -1);
	if (*c != (gunichar)-1 && *c != (gunichar)-2)
		return (size_t)(g_utf8_next_char(text) - text);
	*c = ' ';
	return 1;
}

static const char *skip_to_word(const char *text)
{
	gunichar c;
	size_t len;
	while ((len = next_character(text, &c)) > 0 && !in_word(c))
		text += len;
	return text;
}

/* Copies at most SEARCH_WORD_BYTES of whole characters. @return where the word ends. */
static const char *take_word(const char *text, char **out)
{
	gunichar c;
	size_t len, taken = 0;
	while ((len = next_character(text, &c)) > 0 && in_word(c)) {
		if (taken + len <= SEARCH_WORD_BYTES) {
			memcpy(*out, text, len);
			*out += len;
		}
		taken += len;
		text += len;
	}
	return text;
}

size_t search_query(const char *text, char out[SEARCH_QUERY_BYTES])
{
	size_t words = 0;
	while (text && words < SEARCH_WORDS_MAX && *(text = skip_to_word(text))) {
		if (words++)
			*out++ = ' ';
		*out++ = '"';
		text = take_word(text, &out);
		*out++ = '"';
	}
	if (words)
		*out++ = '*';
	*out = '\0';
	return words;
}

/* ?1 the words, ?2 who looks, then the filters: NULL is any. */
#define FILTERS                                                                                                        \
	" l.community_ok = 1 AND k.available > 0 AND a.banned = 0 AND (?2 IS NULL OR (l.seller != ?2"                  \
	" AND NOT EXISTS (SELECT 1 FROM block b WHERE b.owner = l.seller AND b.host = ?2)))"                           \
	" AND (?3 IS NULL OR l.size = ?3 COLLATE NOCASE OR EXISTS (SELECT 1 FROM variant v WHERE v.listing = l.id"     \
	" AND v.removed = 0 AND v.available > 0 AND v.size = ?3 COLLATE NOCASE))"                                      \
	" AND (?4 IS NULL OR l.brand = ?4 COLLATE NOCASE) AND (?5 IS NULL OR l.currency = ?5 COLLATE NOCASE)"          \
	" AND (?6 = 0 OR l.community_floor <= ?6) AND (?7 = 0 OR l.community_auction = 1)"

/* CROSS JOIN keeps the order that is written: first the words, then what each listing is. */
static const char best_first[] =
        "SELECT " STORE_LISTING
        " FROM listing_text CROSS JOIN listing l ON l.seq = listing_text.rowid" STORE_LISTING_JOINS
        "WHERE listing_text MATCH ?1 AND" FILTERS " AND (?8 IS NULL OR l.seller = ?8)"
        " ORDER BY bm25(listing_text, 10.0, 4.0, 1.0, 2.0), l.id DESC LIMIT ?10";
static const char newest_of_all[] =
        "SELECT " STORE_LISTING " FROM listing l INDEXED BY listing_community" STORE_LISTING_JOINS "WHERE" FILTERS
        " AND l.id < coalesce(?9, x'FF') ORDER BY l.id DESC LIMIT ?10";
static const char newest_of_seller[] =
        "SELECT " STORE_LISTING " FROM listing l INDEXED BY listing_seller" STORE_LISTING_JOINS
        "WHERE l.seller = ?8 AND" FILTERS " AND l.id < coalesce(?9, x'FF') ORDER BY l.id DESC LIMIT ?10";

static void bind_any_text(struct sql *sql, const char *text)
{
	sql_bind_text(sql, text && *text ? text : NULL);
}

int store_catalogue(struct store_reader *r, const struct store_search *search,
                    void (*visit)(const struct store_listing *, void *), void *ctx)
{
	char query[SEARCH_QUERY_BYTES];
	const struct base_id any = {{0}};
	const char *text = search_query(search->text, query) ? best_first
	                   : search->seller                  ? newest_of_seller
	                                                     : newest_of_all;
	struct sql sql = sql_prepare(&r->connection, text);
	sql_bind_text(&sql, query);
	sql_bind_id(&sql, search->host);
	bind_any_text(&sql, search->size);
	bind_any_text(&sql, search->brand);
	bind_any_text(&sql, search->currency);
	sql_bind_int(&sql, search->price_most);
	sql_bind_int(&sql, search->auction);
	sql_bind_id(&sql, search->seller ? *search->seller : any);
	sql_bind_id(&sql, search->before ? *search->before : any);
	sql_bind_int(&sql, store_limit(search->limit, 100));
	return store_each_listing(&sql, visit, ctx);
}
