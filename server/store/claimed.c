#include "store/claimed.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define VERSION 1
#define CLAIMS_MAX 256 /* of one row: as many as settle at once, some milliseconds */

/* What one row keeps, little-endian: a head, then what was offered, each once, then the claims on it. */
struct head {
	uint32_t version, offers, claims, offers_bytes;
};

struct offer {
	struct base_id show, item, listing, variant, seller, photo, host;
	int64_t number, price, floor;
	char currency[4];
	uint8_t community;
	uint8_t variant_name_len; /* which follows, after the title; without NUL */
	uint16_t title_len;
};

struct claim {
	struct base_id id, buyer;
	uint8_t key[STORE_KEY_BYTES], body[STORE_KEY_BYTES];
	uint32_t offer, quantity;
	int64_t created_ms, expires_ms;
};

static_assert(sizeof(struct head) == 16 && sizeof(struct offer) == 144 && sizeof(struct claim) == 88, "no padding");
static_assert(G_BYTE_ORDER == G_LITTLE_ENDIAN, "as it lies in memory");

struct claimed {
	GPtrArray *offers; /* const struct store_hold, of which what was offered counts: each once, by its address */
	GArray *claims;    /* struct claim, on those */
	GByteArray *row;   /* as it is written */
	int64_t written;   /* in this transaction */
	int64_t settled;   /* likewise */
	int64_t waiting;   /* for their rows, as committed */
};

struct claimed *claimed_new(void)
{
	struct claimed *claimed = g_new0(struct claimed, 1);
	claimed->offers = g_ptr_array_new();
	claimed->claims = g_array_sized_new(FALSE, FALSE, sizeof(struct claim), CLAIMS_MAX);
	claimed->row = g_byte_array_new();
	return claimed;
}

void claimed_free(struct claimed *claimed)
{
	if (!claimed)
		return;
	g_ptr_array_unref(claimed->offers);
	g_array_unref(claimed->claims);
	g_byte_array_unref(claimed->row);
	g_free(claimed);
}

int64_t claimed_count(const struct claimed *claimed)
{
	return claimed->waiting;
}

static void forget_row(struct claimed *claimed)
{
	g_ptr_array_set_size(claimed->offers, 0);
	g_array_set_size(claimed->claims, 0);
}

void claimed_committed(struct claimed *claimed)
{
	claimed->waiting += claimed->written - claimed->settled;
	claimed->written = claimed->settled = 0;
}

void claimed_rolled_back(struct claimed *claimed)
{
	forget_row(claimed);
	claimed->written = claimed->settled = 0;
}

/* What the schema demands of a row; it is to be refused now, not once it settles. */
static bool may_be_row(const struct store_claim *claim)
{
	return !base_id_is_zero(claim->id) && !base_id_is_zero(claim->of->listing) && !base_id_is_zero(claim->buyer) &&
	       !base_id_is_zero(claim->of->seller.id) && claim->quantity > 0 && claim->quantity <= STORE_COUNT_MAX &&
	       claim->of->price >= 0;
}

static uint32_t offer_of(struct claimed *claimed, const struct store_hold *of)
{
	guint count = claimed->offers->len;
	for (guint i = 0; i < count; i++)
		if (g_ptr_array_index(claimed->offers, i) == of)
			return i;
	g_ptr_array_add(claimed->offers, (gpointer)of);
	return count;
}

int claimed_add(struct store *store, const struct store_claim *from)
{
	struct claimed *claimed = store->claimed;
	if (!may_be_row(from))
		return -EEXIST;
	struct claim claim = {.id = from->id,
	                      .buyer = from->buyer,
	                      .offer = offer_of(claimed, from->of),
	                      .quantity = (uint32_t)from->quantity,
	                      .created_ms = from->created_ms,
	                      .expires_ms = from->expires_ms};
	memcpy(claim.key, from->key, sizeof(claim.key));
	memcpy(claim.body, from->body, sizeof(claim.body));
	g_array_append_vals(claimed->claims, &claim, 1);
	bool alone = sqlite3_get_autocommit(store->reads.connection.db);
	return alone || claimed->claims->len == CLAIMS_MAX ? claimed_flush(store) : 0;
}

static void put_offer(GByteArray *row, const struct store_hold *hold)
{
	struct offer offer = {.show = hold->show,
	                      .item = hold->item,
	                      .listing = hold->listing,
	                      .variant = hold->variant,
	                      .seller = hold->seller.id,
	                      .photo = hold->photo,
	                      .host = hold->terms.host,
	                      .number = hold->number,
	                      .price = hold->price,
	                      .floor = hold->terms.floor,
	                      .community = hold->terms.community,
	                      .variant_name_len = (uint8_t)strlen(hold->variant_name),
	                      .title_len = (uint16_t)strlen(hold->title)};
	memcpy(offer.currency, hold->currency, sizeof(offer.currency));
	g_byte_array_append(row, (const uint8_t *)&offer, sizeof(offer));
	g_byte_array_append(row, (const uint8_t *)hold->title, offer.title_len);
	g_byte_array_append(row, (const uint8_t *)hold->variant_name, offer.variant_name_len);
}

static void put_row(struct claimed *claimed)
{
	struct head head = {.version = VERSION, .offers = claimed->offers->len, .claims = claimed->claims->len};
	g_byte_array_set_size(claimed->row, sizeof(head));
	for (guint i = 0; i < claimed->offers->len; i++)
		put_offer(claimed->row, g_ptr_array_index(claimed->offers, i));
	head.offers_bytes = (uint32_t)(claimed->row->len - sizeof(head));
	memcpy(claimed->row->data, &head, sizeof(head));
	g_byte_array_append(claimed->row, (const uint8_t *)claimed->claims->data,
	                    claimed->claims->len * (guint)sizeof(struct claim));
}

int claimed_flush(struct store *store)
{
	struct claimed *claimed = store->claimed;
	if (claimed->claims->len == 0)
		return 0;
	put_row(claimed);
	struct sql sql = store_sql(store, "INSERT INTO claimed(claims) VALUES(?)");
	sql_bind_blob(&sql, claimed->row->data, claimed->row->len);
	int error = sql_run(&sql);
	claimed->written += claimed->claims->len;
	forget_row(claimed);
	return error;
}

/* One row, as it is read. */
struct row {
	int64_t seq;
	const struct claim *claims; /* maybe not aligned: copied out */
	uint32_t count;
	GArray *offers; /* struct store_hold */
};

static bool read_offer(const uint8_t **at, const uint8_t *end, struct store_hold *out)
{
	struct offer offer;
	if ((size_t)(end - *at) < sizeof(offer))
		return false;
	memcpy(&offer, *at, sizeof(offer));
	*at += sizeof(offer);
	if (offer.title_len >= sizeof(out->title) || offer.variant_name_len >= sizeof(out->variant_name) ||
	    end - *at < offer.title_len + offer.variant_name_len)
		return false;
	*out = (struct store_hold){.show = offer.show,
	                           .item = offer.item,
	                           .listing = offer.listing,
	                           .variant = offer.variant,
	                           .seller.id = offer.seller,
	                           .photo = offer.photo,
	                           .number = offer.number,
	                           .price = offer.price,
	                           .terms = {offer.host, offer.community != 0, offer.floor}};
	memcpy(out->currency, offer.currency, sizeof(out->currency) - 1);
	memcpy(out->title, *at, offer.title_len);
	memcpy(out->variant_name, *at + offer.title_len, offer.variant_name_len);
	*at += offer.title_len + offer.variant_name_len;
	return true;
}

static bool read_offers(const uint8_t *at, const uint8_t *end, uint32_t count, GArray *out)
{
	g_array_set_size(out, 0);
	for (uint32_t i = 0; i < count; i++) {
		struct store_hold offer;
		if (!read_offer(&at, end, &offer))
			return false;
		g_array_append_vals(out, &offer, 1);
	}
	return at == end;
}

/* @return false: it is damaged. The row is good until the statement steps on. */
static bool read_row(struct sql *sql, struct row *row)
{
	struct head head;
	row->seq = sql_get_int(sql);
	size_t len;
	const uint8_t *data = sql_get_bytes(sql, &len);
	if (len < sizeof(head))
		return false;
	memcpy(&head, data, sizeof(head));
	const uint8_t *offers = data + sizeof(head);
	size_t left = len - sizeof(head);
	if (head.version != VERSION || head.claims > CLAIMS_MAX || head.offers_bytes > left ||
	    left - head.offers_bytes != head.claims * sizeof(struct claim))
		return false;
	row->count = head.claims;
	row->claims = (const struct claim *)(const void *)(offers + head.offers_bytes);
	return read_offers(offers, offers + head.offers_bytes, head.offers, row->offers);
}

static bool read_claim(const struct row *row, uint32_t at, struct claim *out)
{
	memcpy(out, (const uint8_t *)row->claims + at * sizeof(*out), sizeof(*out));
	return out->offer < row->offers->len;
}

static void fill_hold(const struct row *row, const struct claim *claim, struct store_hold *out)
{
	*out = g_array_index(row->offers, struct store_hold, claim->offer);
	out->id = claim->id;
	out->buyer.id = claim->buyer;
	out->quantity = claim->quantity;
	out->state = STORE_HOLD_ACTIVE;
	out->created_ms = claim->created_ms;
	out->expires_ms = claim->expires_ms;
	memcpy(out->key, claim->key, sizeof(out->key));
	memcpy(out->body, claim->body, sizeof(out->body));
}

/* Rows of all claims of one row. @return 0; an error. */
static int settle_row(struct store *store, const struct row *row)
{
	int error = 0;
	for (uint32_t i = 0; i < row->count && !error; i++) {
		struct claim claim;
		struct store_hold hold;
		if (!read_claim(row, i, &claim))
			return -EIO;
		fill_hold(row, &claim, &hold);
		error = store_settle_hold(store, &hold);
	}
	return error;
}

static int delete_row(struct store *store, int64_t seq)
{
	struct sql sql = store_sql(store, "DELETE FROM claimed WHERE seq = ?");
	sql_bind_int(&sql, seq);
	return sql_run(&sql);
}

int claimed_settle(struct store *store)
{
	struct row row = {.offers = g_array_new(FALSE, FALSE, sizeof(struct store_hold))};
	struct sql sql = store_sql(store, "SELECT seq, claims FROM claimed ORDER BY seq LIMIT 1");
	int error = 0;
	bool found = sql_next(&sql);
	if (found)
		error = read_row(&sql, &row) ? settle_row(store, &row) : -EIO;
	int end = sql_end(&sql);
	g_array_unref(row.offers);
	if (!error)
		error = end;
	if (!error && found)
		error = delete_row(store, row.seq);
	if (error)
		return error;
	store->claimed->settled = found ? row.count : store->claimed->waiting;
	return found ? (int)row.count : 0;
}

/* @return 1: it has a row, which says what became of it; 0; -EIO. */
static int has_row(struct store_reader *r, struct base_id id)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT 1 FROM hold WHERE id = ?");
	sql_bind_id(&sql, id);
	int found = sql_next(&sql);
	return sql_end(&sql) ? -EIO : found;
}

static int name_person(struct store_reader *r, struct store_person *person)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT id, username, display_name FROM account WHERE id = ?");
	sql_bind_id(&sql, person->id);
	if (sql_next(&sql))
		sql_get_person(&sql, person);
	return sql_end(&sql) ? -EIO : 0;
}

/* Whether an offer of the row is of the show and the listing: mostly that is all to be looked at. */
static bool has_wanted_offer(const struct claimed_wanted *wanted, const struct row *row)
{
	for (guint i = 0; i < row->offers->len; i++) {
		const struct store_hold *offer = &g_array_index(row->offers, struct store_hold, i);
		if ((!wanted->show || base_id_equal(*wanted->show, offer->show)) &&
		    (!wanted->listing || base_id_equal(*wanted->listing, offer->listing)))
			return true;
	}
	return false;
}

/* By the buyer alone, before the claim is copied: there may be a hundred thousand of others. */
static bool is_by(const struct base_id *buyer, const struct row *row, uint32_t at)
{
	const uint8_t *claim = (const uint8_t *)row->claims + at * sizeof(struct claim);
	return !buyer || memcmp(claim + offsetof(struct claim, buyer), buyer->bytes, BASE_ID_BYTES) == 0;
}

static bool is_wanted(const struct claimed_wanted *wanted, const struct row *row, const struct claim *claim)
{
	const struct store_hold *offer = &g_array_index(row->offers, struct store_hold, claim->offer);
	return (!wanted->id || base_id_equal(*wanted->id, claim->id)) &&
	       (!wanted->show || base_id_equal(*wanted->show, offer->show)) &&
	       (!wanted->listing || base_id_equal(*wanted->listing, offer->listing)) &&
	       (!wanted->before || memcmp(claim->id.bytes, wanted->before->bytes, BASE_ID_BYTES) < 0);
}

static int find_in_row(struct store_reader *r, const struct row *row, const struct claimed_wanted *wanted, GArray *out)
{
	int error = 0;
	if (!has_wanted_offer(wanted, row))
		return 0;
	for (uint32_t i = 0; i < row->count && !error; i++) {
		struct claim claim;
		struct store_hold hold;
		if (!is_by(wanted->buyer, row, i))
			continue;
		if (!read_claim(row, i, &claim))
			return -EIO;
		if (!is_wanted(wanted, row, &claim))
			continue;
		int settled = has_row(r, claim.id);
		if (settled) {
			error = settled < 0 ? settled : 0;
			continue;
		}
		fill_hold(row, &claim, &hold);
		error = name_person(r, &hold.buyer);
		if (!error)
			error = name_person(r, &hold.seller);
		g_array_append_vals(out, &hold, 1);
	}
	return error;
}

int claimed_find(struct store_reader *r, const struct claimed_wanted *wanted, GArray *out)
{
	g_autoptr(GArray) offers = g_array_new(FALSE, FALSE, sizeof(struct store_hold));
	struct sql sql = sql_prepare(&r->connection, "SELECT seq, claims FROM claimed ORDER BY seq");
	int error = 0;
	while (!error && sql_next(&sql)) {
		struct row row = {.offers = offers};
		error = read_row(&sql, &row) ? find_in_row(r, &row, wanted, out) : -EIO;
	}
	int end = sql_end(&sql);
	return error || end ? -EIO : 0;
}

int claimed_photos(struct store_reader *r, void (*visit)(struct base_id photo, void *), void *ctx)
{
	g_autoptr(GArray) offers = g_array_new(FALSE, FALSE, sizeof(struct store_hold));
	struct sql sql = sql_prepare(&r->connection, "SELECT seq, claims FROM claimed ORDER BY seq");
	bool good = true;
	while (good && sql_next(&sql)) {
		struct row row = {.offers = offers};
		good = read_row(&sql, &row);
		for (guint i = 0; good && i < offers->len; i++) {
			struct base_id photo = g_array_index(offers, struct store_hold, i).photo;
			if (!base_id_is_zero(photo))
				visit(photo, ctx);
		}
	}
	return sql_end(&sql) || !good ? -EIO : 0;
}
