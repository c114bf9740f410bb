/* Who holds what. A buyer's account, which is at hand for each claim, remembers where that is. */
#include <string.h>

#include "show/pool.h"
#include "show/rows.h"

void rows_free_buyer(gpointer data)
{
	struct rules_buyer *buyer = data;
	if (buyer->holds != buyer->few)
		g_free(buyer->holds);
	pool_give(buyer);
}

static void remember(struct rules *r, struct base_id id, struct rules_buyer *buyer)
{
	struct rules_account *account = rows_look(r, RULES_ACCOUNT, id);
	if (!account)
		return;
	account->buyer = buyer;
	account->buyer_known = true;
}

static struct rules_buyer *find(struct rules *r, struct base_id id)
{
	const struct rules_account *account = rows_look(r, RULES_ACCOUNT, id);
	if (account && account->buyer_known)
		return account->buyer;
	struct rules_buyer *buyer = g_hash_table_lookup(r->buyers, &id);
	remember(r, id, buyer);
	return buyer;
}

const struct rules_buyer *rules_buyer(struct rules *r, struct base_id id)
{
	return find(r, id);
}

static struct rules_buyer *make(struct rules *r, struct base_id id)
{
	struct rules_buyer *buyer = pool_take(r->buyer_pool);
	buyer->id = id;
	buyer->holds = buyer->few;
	buyer->room = RULES_FEW;
	g_hash_table_add(r->buyers, buyer);
	remember(r, id, buyer);
	return buyer;
}

static void grow(struct rules_buyer *buyer)
{
	struct rules_hold **holds = g_new(struct rules_hold *, 2 * buyer->room);
	memcpy(holds, buyer->holds, buyer->count * sizeof(struct rules_hold *));
	if (buyer->holds != buyer->few)
		g_free(buyer->holds);
	buyer->holds = holds;
	buyer->room *= 2;
}

void rules_buyer_holds(struct rules *r, struct rules_hold *hold)
{
	struct rules_buyer *buyer = find(r, hold->buyer);
	if (!buyer)
		buyer = make(r, hold->buyer);
	if (buyer->count == buyer->room)
		grow(buyer);
	buyer->holds[buyer->count++] = hold;
}

static size_t place_of(const struct rules_buyer *buyer, const struct rules_hold *hold)
{
	size_t at = 0;
	while (at < buyer->count && buyer->holds[at] != hold)
		at++;
	return at;
}

bool rules_buyer_has(const struct rules_buyer *buyer, const struct rules_hold *hold)
{
	return buyer && place_of(buyer, hold) < buyer->count;
}

void rules_buyer_holds_no_more(struct rules *r, const struct rules_hold *hold)
{
	struct rules_buyer *buyer = find(r, hold->buyer);
	if (!rules_buyer_has(buyer, hold))
		return;
	size_t at = place_of(buyer, hold), after = --buyer->count - at;
	memmove(&buyer->holds[at], &buyer->holds[at + 1], after * sizeof(struct rules_hold *));
	if (buyer->count > 0)
		return;
	remember(r, hold->buyer, NULL);
	g_hash_table_remove(r->buyers, &hold->buyer);
}
