/* What the ledger says: postings, balances, and the credit of hosts, which is no money. */
#include <errno.h>
#include <string.h>

#include "store/internal.h"
#include "store/writer.h"

#define POSTING                                                                                                        \
	"SELECT p.txn, p.purchase, p.reverses, p.kind, p.account, p.owner, p.amount, p.currency, p.at_ms"              \
	" FROM posting p "

static int each_posting(struct sql *sql, void (*visit)(const struct store_posting *, void *), void *ctx)
{
	struct store_posting posting;
	while (sql_next(sql)) {
		posting.transaction = sql_get_id(sql);
		posting.order = sql_get_id(sql);
		posting.reverses = sql_get_id(sql);
		posting.kind = (enum store_transaction_kind)sql_get_int(sql);
		posting.account = (enum store_account_kind)sql_get_int(sql);
		posting.owner = sql_get_id(sql);
		posting.amount = sql_get_int(sql);
		sql_get_text(sql, posting.currency, sizeof(posting.currency));
		posting.at_ms = sql_get_int(sql);
		visit(&posting, ctx);
	}
	return sql_end(sql) ? -EIO : 0;
}

int store_statement(struct store_reader *r, struct base_id owner, int64_t from_ms, int64_t until_ms,
                    void (*visit)(const struct store_posting *, void *), void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, POSTING "WHERE p.owner = ? AND p.at_ms >= ? AND p.at_ms < ?"
	                                                     " ORDER BY p.at_ms, p.seq");
	sql_bind_id(&sql, owner);
	sql_bind_int(&sql, from_ms);
	sql_bind_int(&sql, until_ms);
	return each_posting(&sql, visit, ctx);
}

int store_postings_of_order(struct store_reader *r, struct base_id order,
                            void (*visit)(const struct store_posting *, void *), void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, POSTING "WHERE p.purchase = ? ORDER BY p.seq");
	sql_bind_id(&sql, order);
	return each_posting(&sql, visit, ctx);
}

/* Debits are positive, so what the market owes is the negative of what stands on the accounts. */
int store_balances(struct store_reader *r, struct base_id owner, void (*visit)(const struct store_amount *, void *),
                   void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT -sum(amount), currency FROM posting"
	                                             " WHERE owner = ? AND account IN (1, 3)"
	                                             " GROUP BY currency ORDER BY currency");
	struct store_amount balance;
	sql_bind_id(&sql, owner);
	while (sql_next(&sql)) {
		balance.amount = sql_get_int(&sql);
		sql_get_text(&sql, balance.currency, sizeof(balance.currency));
		visit(&balance, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}

/* What hosts buy of what they show found no home through them. */
#define CREDITED                                                                                                       \
	" FROM purchase_line n JOIN purchase p ON p.id = n.purchase"                                                   \
	" WHERE n.host = ? AND n.community = 1 AND p.state IN (1, 4) AND p.buyer <> n.host "

static int read_credit_counts(struct store_reader *r, struct base_id host, struct store_credit *out)
{
	struct sql sql =
	        sql_prepare(&r->connection, "SELECT coalesce(sum(n.quantity), 0), count(DISTINCT p.seller)" CREDITED);
	sql_bind_id(&sql, host);
	if (sql_next(&sql)) {
		out->items = sql_get_int(&sql);
		out->sellers = sql_get_int(&sql);
	}
	return sql_end(&sql) ? -EIO : 0;
}

int store_credit_of(struct store_reader *r, struct base_id host, struct store_credit *out)
{
	memset(out, 0, sizeof(*out));
	int error = read_credit_counts(r, host, out);
	if (error)
		return error;
	struct sql sql = sql_prepare(&r->connection, "SELECT sum(n.quantity * n.price), p.currency" CREDITED
	                                             "GROUP BY p.currency ORDER BY 1 DESC, 2 LIMIT 8");
	sql_bind_id(&sql, host);
	while (sql_next(&sql)) {
		struct store_amount *value = &out->value[out->values++];
		value->amount = sql_get_int(&sql);
		sql_get_text(&sql, value->currency, sizeof(value->currency));
	}
	return sql_end(&sql) ? -EIO : 0;
}
