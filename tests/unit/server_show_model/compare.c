#include "compare.h"

#include <stdlib.h>
#include <string.h>

#define NOISE_MS 1000 /* by which what is told of a deadline may differ from it */

static struct sql *next_row(struct sql *sql)
{
	return sql_next(sql) ? sql : NULL;
}

static void done(struct rig *rig, struct sql *sql, const char *what)
{
	if (sql_end(sql) != 0)
		rig_wrong(rig, "cannot read %s", what);
}

static void same_int(struct rig *rig, struct sql *sql, int64_t wanted, const char *row, int index, const char *field)
{
	int64_t is = sql_get_int(sql);
	if (is != wanted)
		rig_wrong(rig, "%s %d: %s is %lld, not %lld", row, index, field, (long long)is, (long long)wanted);
}

static void same_id(struct rig *rig, struct sql *sql, struct base_id wanted, const char *row, int index,
                    const char *field)
{
	if (!base_id_equal(sql_get_id(sql), wanted))
		rig_wrong(rig, "%s %d: another %s", row, index, field);
}

static struct base_id id_at(const struct base_id *ids, int index)
{
	return index == NONE ? (struct base_id){{0}} : ids[index];
}

static void same_stock(struct rig *rig, struct sql *sql, const struct m_stock *stock, const char *row, int index)
{
	same_int(rig, sql, stock->units[AVAILABLE], row, index, "available");
	same_int(rig, sql, stock->units[HELD], row, index, "held");
	same_int(rig, sql, stock->units[SOLD], row, index, "sold");
	same_int(rig, sql, stock->adjusted, row, index, "adjusted");
}

static void compare_stocks(struct rig *rig, const struct model *m)
{
	static const char listings[] = "SELECT available, held, sold, adjusted FROM stock ORDER BY listing";
	static const char variants[] = "SELECT available, held, sold, adjusted, removed FROM variant ORDER BY id";
	int i = 0;
	struct sql sql = sql_prepare(&rig->reader.connection, listings);
	for (; next_row(&sql) && i < LISTINGS; i++)
		same_stock(rig, &sql, &m->listings[i].stock, "listing", i);
	done(rig, &sql, "stock");
	sql = sql_prepare(&rig->reader.connection, variants);
	for (i = 0; next_row(&sql) && i < m->variants_count; i++) {
		same_stock(rig, &sql, &m->variants[i].stock, "variant", i);
		same_int(rig, &sql, m->variants[i].removed, "variant", i, "removed");
	}
	done(rig, &sql, "variants");
}

static void compare_hold(struct rig *rig, const struct model *m, struct sql *sql, int i)
{
	const struct m_hold *hold = &m->holds[i];
	bool active = hold->state == STORE_HOLD_ACTIVE;
	bool ordered = hold->state == STORE_HOLD_PAYING || hold->state == STORE_HOLD_SOLD ||
	               hold->state == STORE_HOLD_RETURNED;
	same_int(rig, sql, hold->state, "hold", i, "state");
	same_int(rig, sql, hold->quantity, "hold", i, "quantity");
	same_int(rig, sql, hold->price, "hold", i, "price");
	same_int(rig, sql, hold->community, "hold", i, "community");
	same_int(rig, sql, hold->floor, "hold", i, "floor");
	same_id(rig, sql, rig->accounts[hold->buyer], "hold", i, "buyer");
	same_id(rig, sql, id_at(rig->listings, hold->what.listing), "hold", i, "listing");
	same_id(rig, sql, id_at(rig->variants, hold->what.variant), "hold", i, "variant");
	same_id(rig, sql, id_at(rig->items, hold->what.item), "hold", i, "item");
	if (active || ordered)
		same_id(rig, sql, active ? (struct base_id){{0}} : rig->orders[hold->order], "hold", i, "order");
	else
		sql_get_id(sql);
	int64_t expires_ms = sql_get_int(sql), wanted_ms = rig->now.ms + (hold->deadline_us - rig->now.us) / 1000;
	if (active && llabs(expires_ms - wanted_ms) >= NOISE_MS)
		rig_wrong(rig, "hold %d: expires at %lld, not %lld", i, (long long)expires_ms, (long long)wanted_ms);
}

static void compare_holds(struct rig *rig, const struct model *m, bool all)
{
	static const char every[] = "SELECT state, quantity, price, community, floor, buyer, listing, variant, item,"
	                            " purchase, expires_ms FROM hold ORDER BY id";
	static const char open[] = "SELECT state, quantity, price, community, floor, buyer, listing, variant, item,"
	                           " purchase, expires_ms FROM hold WHERE state < 2 ORDER BY id";
	struct sql sql = sql_prepare(&rig->reader.connection, all ? every : open);
	int i = 0;
	for (; i < m->holds_count; i++) {
		if (!all && m->holds[i].state > STORE_HOLD_PAYING)
			continue;
		if (!next_row(&sql))
			break;
		compare_hold(rig, m, &sql, i);
	}
	if (i < m->holds_count || next_row(&sql))
		rig_wrong(rig, "other holds are open than should be (hold %d)", i);
	done(rig, &sql, "holds");
}

static void compare_wait(struct rig *rig, const struct model *m, struct sql *sql, int i)
{
	const struct m_wait *wait = &m->waits[i];
	same_int(rig, sql, wait->state, "wait", i, "state");
	same_int(rig, sql, wait->quantity, "wait", i, "quantity");
	same_int(rig, sql, wait->price, "wait", i, "price");
	same_id(rig, sql, rig->accounts[wait->buyer], "wait", i, "buyer");
	same_id(rig, sql, id_at(rig->listings, wait->what.listing), "wait", i, "listing");
	same_id(rig, sql, id_at(rig->variants, wait->what.variant), "wait", i, "variant");
	same_id(rig, sql, id_at(rig->items, wait->what.item), "wait", i, "item");
	same_id(rig, sql, id_at(rig->holds, wait->hold), "wait", i, "hold");
}

static void compare_waits(struct rig *rig, const struct model *m, bool all)
{
	static const char every[] = "SELECT state, quantity, price, buyer, listing, variant, item, hold FROM waiting"
	                            " ORDER BY id";
	static const char open[] = "SELECT state, quantity, price, buyer, listing, variant, item, hold FROM waiting"
	                           " WHERE state = 0 ORDER BY id";
	struct sql sql = sql_prepare(&rig->reader.connection, all ? every : open);
	int i = 0;
	for (; i < m->waits_count; i++) {
		if (!all && m->waits[i].state != STORE_WAITING)
			continue;
		if (!next_row(&sql))
			break;
		compare_wait(rig, m, &sql, i);
	}
	if (i < m->waits_count || next_row(&sql))
		rig_wrong(rig, "others wait than should (wait %d)", i);
	done(rig, &sql, "waits");
}

static void compare_orders(struct rig *rig, const struct model *m)
{
	static const char text[] = "SELECT state, total, shipping, confirm, refund, voided, expiring, buyer, seller"
	                           " FROM purchase ORDER BY id";
	struct sql sql = sql_prepare(&rig->reader.connection, text);
	for (int i = 0; next_row(&sql) && i < m->orders_count; i++) {
		const struct m_order *order = &m->orders[i];
		same_int(rig, &sql, order->state, "order", i, "state");
		same_int(rig, &sql, order->total, "order", i, "total");
		same_int(rig, &sql, order->shipping, "order", i, "shipping");
		same_int(rig, &sql, order->confirm, "order", i, "confirm");
		same_int(rig, &sql, order->refund, "order", i, "refund");
		same_int(rig, &sql, order->voided, "order", i, "voided");
		same_int(rig, &sql, order->expiring, "order", i, "expiring");
		same_id(rig, &sql, rig->accounts[order->buyer], "order", i, "buyer");
		same_id(rig, &sql, rig->accounts[order->seller], "order", i, "seller");
	}
	done(rig, &sql, "orders");
}

static void compare_items(struct rig *rig, const struct model *m)
{
	static const char text[] = "SELECT claimed, removed, price, flash_price, flash_until_ms FROM item ORDER BY id";
	struct sql sql = sql_prepare(&rig->reader.connection, text);
	for (int i = 0; next_row(&sql) && i < m->items_count; i++) {
		const struct m_item *item = &m->items[i];
		same_int(rig, &sql, item->claimed, "item", i, "claimed");
		if (m->shows[item->show].state == STORE_SHOW_ENDED)
			continue; /* what is sold no more may be said or not */
		same_int(rig, &sql, item->removed, "item", i, "removed");
		int64_t price = sql_get_int(&sql), flash = sql_get_int(&sql), until = sql_get_int(&sql);
		const struct m_what what = {item->listing, NONE, item->show, i};
		if (!item->removed && store_price_at(price, flash, until, rig->now.ms) != model_price(m, &what))
			rig_wrong(rig, "item %d: costs %lld, not %lld", i,
			          (long long)store_price_at(price, flash, until, rig->now.ms),
			          (long long)model_price(m, &what));
	}
	done(rig, &sql, "items");
}

static int account_of(const struct rig *rig, struct base_id id)
{
	for (int i = 0; i < ACCOUNTS; i++)
		if (base_id_equal(rig->accounts[i], id))
			return i;
	return base_id_is_zero(id) ? ACCOUNTS : NONE;
}

static void compare_ledger(struct rig *rig, const struct model *m)
{
	static const char text[] = "SELECT account, owner, currency, sum(amount) FROM posting"
	                           " GROUP BY account, owner, currency";
	int64_t balance[STORE_TAX + 1][ACCOUNTS + 1][CURRENCIES] = {0};
	char currency[4];
	struct sql sql = sql_prepare(&rig->reader.connection, text);
	while (next_row(&sql)) {
		int64_t kind = sql_get_int(&sql);
		int owner = account_of(rig, sql_get_id(&sql));
		sql_get_text(&sql, currency, sizeof(currency));
		if (kind < 0 || kind > STORE_TAX || owner == NONE)
			rig_wrong(rig, "a posting of nobody");
		else
			balance[kind][owner][strcmp(currency, "EUR") != 0] = sql_get_int(&sql);
	}
	done(rig, &sql, "postings");
	for (int kind = 0; kind <= STORE_TAX; kind++)
		for (int owner = 0; owner <= ACCOUNTS; owner++)
			for (int i = 0; i < CURRENCIES; i++)
				if (balance[kind][owner][i] != m->balance[kind][owner][i])
					rig_wrong(rig, "balance of kind %d, account %d, currency %d is %lld, not %lld",
					          kind, owner, i, (long long)balance[kind][owner][i],
					          (long long)m->balance[kind][owner][i]);
}

/* What must hold whatever the model says. */
static const struct {
	const char *none, *wrong;
} laws[] = {
        {"SELECT 1 FROM posting GROUP BY txn, currency HAVING sum(amount) != 0", "a transaction does not sum to zero"},
        {"SELECT 1 FROM stock WHERE available + held + sold != adjusted", "available + held + sold is not adjusted"},
        {"SELECT 1 FROM variant WHERE available + held + sold != adjusted", "a variant's stock does not add up"},
        {"SELECT 1 FROM stock s WHERE adjusted != (SELECT coalesce(sum(delta), 0) FROM adjustment a"
         " WHERE a.listing = s.listing)",
         "a listing's stock is not the sum of its adjustments"},
        {"SELECT 1 FROM variant v WHERE adjusted != (SELECT coalesce(sum(delta), 0) FROM adjustment a"
         " WHERE a.variant = v.id)",
         "a variant's stock is not the sum of its adjustments"},
        {"SELECT 1 FROM stock s WHERE held != (SELECT coalesce(sum(quantity), 0) FROM hold h"
         " WHERE h.listing = s.listing AND h.state < 2)",
         "what is held is not the sum of the open holds"},
        {"SELECT 1 FROM purchase_line l JOIN purchase p ON p.id = l.purchase WHERE p.state IN (0, 1, 4)"
         " GROUP BY l.hold HAVING count(*) > 1",
         "a hold is in two orders"},
        {"SELECT 1 FROM purchase p WHERE total != shipping + (SELECT sum(l.quantity * l.price) FROM purchase_line l"
         " WHERE l.purchase = p.id)",
         "an order's total is not the sum of its lines"},
        {"SELECT 1 FROM purchase_line l JOIN hold h ON h.id = l.hold WHERE l.price != h.price OR l.quantity !="
         " h.quantity",
         "a line is not what was held"},
        {"SELECT 1 FROM stock s WHERE EXISTS (SELECT 1 FROM variant v WHERE v.listing = s.listing AND removed = 0) AND"
         " available != (SELECT sum(available) FROM variant v WHERE v.listing = s.listing)",
         "a listing's stock is not the sum of its variants"},
        {"SELECT 1 FROM hold WHERE community = 1 AND price < floor", "a hold is below the floor"},
        {"SELECT 1 FROM waiting w JOIN stock s ON s.listing = w.listing LEFT JOIN variant v ON v.id = w.variant"
         " WHERE w.state = 0 AND w.quantity <= coalesce(v.available, s.available)",
         "somebody waits for what is there"},
        {"SELECT 1 FROM purchase p WHERE (SELECT coalesce(sum(amount), 0) FROM posting g WHERE g.purchase = p.id AND"
         " g.account = 0) != 0 AND p.refund != 1",
         "a buyer's account is not even"},
};

static void compare_laws(struct rig *rig)
{
	for (size_t i = 0; i < sizeof(laws) / sizeof(laws[0]); i++) {
		struct sql sql = sql_prepare(&rig->reader.connection, laws[i].none);
		if (next_row(&sql))
			rig_wrong(rig, "%s", laws[i].wrong);
		done(rig, &sql, laws[i].none);
	}
}

void compare(struct rig *rig, const struct model *m, bool all)
{
	compare_stocks(rig, m);
	compare_holds(rig, m, all);
	compare_waits(rig, m, all);
	if (!all)
		return;
	compare_orders(rig, m);
	compare_items(rig, m);
	compare_ledger(rig, m);
	compare_laws(rig);
	compare_people(rig, m);
}
