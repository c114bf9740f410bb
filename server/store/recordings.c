/* What of a show can be seen again: its recording, what was featured when, clips. */
#include <errno.h>

#include "store/internal.h"
#include "store/writer.h"

#define CLIP_LEAST_MS "1000" /* what was shown shorter was a slip of the finger */
#define CLIP_MOST_MS "60000"
_Static_assert(STORE_CLIP_MS == 60000, "as in the text");

/* ---- what was featured ---- */

int store_insert_feature(struct store *store, const struct store_feature *feature)
{
	struct sql sql = store_sql(store, "INSERT INTO feature(id, show, item, listing, from_ms, to_ms)"
	                                  " VALUES(?, ?, ?, ?, ?, ?)");
	sql_bind_id(&sql, feature->id);
	sql_bind_id(&sql, feature->show);
	sql_bind_id(&sql, feature->item);
	sql_bind_id(&sql, feature->listing);
	sql_bind_int(&sql, feature->from_ms);
	sql_bind_int(&sql, feature->to_ms);
	return sql_run(&sql);
}

/* Never before it began, should the clock have been set back. */
int store_end_feature(struct store *store, struct base_id show, int64_t to_ms)
{
	struct sql sql = store_sql(store, "UPDATE feature SET to_ms = max(from_ms, ?) WHERE show = ? AND to_ms = 0");
	sql_bind_int(&sql, to_ms);
	sql_bind_id(&sql, show);
	return sql_run(&sql);
}

int store_features(struct store_reader *r, struct base_id show, void (*visit)(const struct store_feature *, void *),
                   void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT id, show, item, listing, from_ms, to_ms FROM feature"
	                                             " WHERE show = ? ORDER BY from_ms, id");
	struct store_feature feature;
	sql_bind_id(&sql, show);
	while (sql_next(&sql)) {
		feature.id = sql_get_id(&sql);
		feature.show = sql_get_id(&sql);
		feature.item = sql_get_id(&sql);
		feature.listing = sql_get_id(&sql);
		feature.from_ms = sql_get_int(&sql);
		feature.to_ms = sql_get_int(&sql);
		visit(&feature, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}

/* ---- recordings ---- */

#define RECORDING                                                                                                      \
	"SELECT r.show, s.host, s.title, a.banned, r.state, r.full, r.bytes,"                                          \
	" (SELECT total(c.bytes) FROM clip c WHERE c.show = r.show), r.duration_ms, r.begun_ms, r.ended_ms"            \
	" FROM recording r JOIN show s ON s.id = r.show JOIN account a ON a.id = s.host "

static void read_recording(struct sql *sql, struct store_recording *out)
{
	out->show = sql_get_id(sql);
	out->host = sql_get_id(sql);
	sql_get_text(sql, out->title, sizeof(out->title));
	out->host_banned = sql_get_int(sql) != 0;
	out->state = (enum store_recording_state)sql_get_int(sql);
	out->full = sql_get_int(sql) != 0;
	out->bytes = sql_get_int(sql);
	out->clip_bytes = sql_get_int(sql);
	out->duration_ms = sql_get_int(sql);
	out->begun_ms = sql_get_int(sql);
	out->ended_ms = sql_get_int(sql);
}

int store_recording_by_show(struct store_reader *r, struct base_id show, struct store_recording *out)
{
	struct sql sql = sql_prepare(&r->connection, RECORDING "WHERE r.show = ?");
	sql_bind_id(&sql, show);
	bool found = sql_next(&sql);
	if (found)
		read_recording(&sql, out);
	return sql_end(&sql) ? -EIO : found ? 0 : -ENOENT;
}

int store_recordings(struct store_reader *r, enum store_recording_state state,
                     void (*visit)(const struct store_recording *, void *), void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, RECORDING "WHERE r.state = ? ORDER BY r.begun_ms, r.show");
	struct store_recording recording;
	sql_bind_int(&sql, state);
	while (sql_next(&sql)) {
		read_recording(&sql, &recording);
		visit(&recording, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}

static int drop_clips(struct store *store, struct base_id show)
{
	struct sql sql = store_sql(store, "DELETE FROM clip WHERE show = ?");
	sql_bind_id(&sql, show);
	return sql_run(&sql);
}

int store_put_recording(struct store *store, const struct store_recording *recording)
{
	struct sql sql =
	        store_sql(store, "INSERT INTO recording(show, state, full, bytes, duration_ms, begun_ms, ended_ms)"
	                         " VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(show) DO UPDATE SET state = excluded.state,"
	                         " full = excluded.full, bytes = excluded.bytes, duration_ms = excluded.duration_ms,"
	                         " begun_ms = excluded.begun_ms, ended_ms = excluded.ended_ms");
	sql_bind_id(&sql, recording->show);
	sql_bind_int(&sql, recording->state);
	sql_bind_int(&sql, recording->full);
	sql_bind_int(&sql, recording->bytes);
	sql_bind_int(&sql, recording->duration_ms);
	sql_bind_int(&sql, recording->begun_ms);
	sql_bind_int(&sql, recording->ended_ms);
	int error = sql_run(&sql);
	return error || recording->state != STORE_RECORDING_REMOVED ? error : drop_clips(store, recording->show);
}

/* ---- clips ---- */

int store_put_clip(struct store *store, const struct store_clip *clip)
{
	struct sql sql = store_sql(
	        store, "INSERT OR REPLACE INTO clip(id, show, listing, item, state, from_ms, wanted_ms, duration_ms,"
	               " bytes, made_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sql_bind_id(&sql, clip->id);
	sql_bind_id(&sql, clip->show);
	sql_bind_id(&sql, clip->listing);
	sql_bind_id(&sql, clip->item);
	sql_bind_int(&sql, clip->state);
	sql_bind_int(&sql, clip->from_ms);
	sql_bind_int(&sql, clip->wanted_ms);
	sql_bind_int(&sql, clip->duration_ms);
	sql_bind_int(&sql, clip->bytes);
	sql_bind_int(&sql, clip->made_ms);
	return sql_run(&sql);
}

/* What failed while the show was on air has another chance once all of it is there.
 * What is longer than a clip may be is as good as what is as long, and then the first. */
int store_clip_wanted(struct store_reader *r, struct base_id show, struct store_clip *out)
{
	struct sql sql =
	        sql_prepare(&r->connection,
	                    "SELECT f.listing, f.item, f.from_ms, min(" CLIP_MOST_MS ", f.to_ms - f.from_ms) AS span_ms"
	                    " FROM feature f JOIN recording r ON r.show = f.show"
	                    " LEFT JOIN clip c ON c.show = f.show AND c.listing = f.listing"
	                    " WHERE f.show = ? AND f.to_ms >= f.from_ms + " CLIP_LEAST_MS " AND r.state < 2"
	                    " AND f.to_ms > r.begun_ms"
	                    " AND span_ms > iif(c.state = 1 AND c.made_ms < r.ended_ms, 0, "
	                    "coalesce(c.wanted_ms, 0)) ORDER BY span_ms DESC, f.from_ms LIMIT 1");
	sql_bind_id(&sql, show);
	bool found = sql_next(&sql);
	if (found) {
		*out = (struct store_clip){.show = show};
		out->listing = sql_get_id(&sql);
		out->item = sql_get_id(&sql);
		out->from_ms = sql_get_int(&sql);
		out->wanted_ms = sql_get_int(&sql);
	}
	return sql_end(&sql) ? -EIO : found ? 0 : -ENOENT;
}

#define CLIP                                                                                                           \
	"SELECT c.id, c.show, c.listing, c.item, s.title, c.state, c.from_ms, c.wanted_ms, c.duration_ms, c.bytes,"    \
	" c.made_ms FROM clip c JOIN show s ON s.id = c.show "

static void read_clip(struct sql *sql, struct store_clip *out)
{
	out->id = sql_get_id(sql);
	out->show = sql_get_id(sql);
	out->listing = sql_get_id(sql);
	out->item = sql_get_id(sql);
	sql_get_text(sql, out->title, sizeof(out->title));
	out->state = (enum store_clip_state)sql_get_int(sql);
	out->from_ms = sql_get_int(sql);
	out->wanted_ms = sql_get_int(sql);
	out->duration_ms = sql_get_int(sql);
	out->bytes = sql_get_int(sql);
	out->made_ms = sql_get_int(sql);
}

int store_clip_by_id(struct store_reader *r, struct base_id id, struct store_clip *out)
{
	struct sql sql = sql_prepare(&r->connection, CLIP "WHERE c.id = ?");
	sql_bind_id(&sql, id);
	bool found = sql_next(&sql);
	if (found)
		read_clip(&sql, out);
	return sql_end(&sql) ? -EIO : found ? 0 : -ENOENT;
}

static int each_clip(struct sql *sql, void (*visit)(const struct store_clip *, void *), void *ctx)
{
	struct store_clip clip;
	while (sql_next(sql)) {
		read_clip(sql, &clip);
		visit(&clip, ctx);
	}
	return sql_end(sql) ? -EIO : 0;
}

int store_clips_of_show(struct store_reader *r, struct base_id show, void (*visit)(const struct store_clip *, void *),
                        void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, CLIP "WHERE c.show = ? ORDER BY c.from_ms, c.id");
	sql_bind_id(&sql, show);
	return each_clip(&sql, visit, ctx);
}

int store_clips_of_listing(struct store_reader *r, struct base_id listing, size_t limit,
                           void (*visit)(const struct store_clip *, void *), void *ctx)
{
	struct sql sql =
	        sql_prepare(&r->connection, CLIP "JOIN account a ON a.id = s.host WHERE c.listing = ? AND c.state = 0"
	                                         " AND a.banned = 0 ORDER BY c.from_ms DESC, c.id DESC LIMIT ?");
	sql_bind_id(&sql, listing);
	sql_bind_int(&sql, store_limit(limit, 100));
	return each_clip(&sql, visit, ctx);
}
