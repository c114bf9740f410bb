/* What a ban takes back of what is held, and that its buyers are told why. */
#include <string.h>

#include "show/rules.h"

static bool is_banned(struct rules *r, struct base_id id)
{
	const struct rules_account *account = rules_account(r, id);
	return !account || account->is.banned;
}

static bool is_banned_from_show(struct rules *r, const struct rules_hold *hold)
{
	struct rules_show *show = rules_show(r, hold->deal->is.show);
	const struct store_moderated *moderated = show ? rules_moderated(r, show, hold->buyer) : NULL;
	return moderated && moderated->banned;
}

static void take_back(struct rules *r, const struct rules_now *now, struct rules_hold *hold,
                      enum store_notice_code reason)
{
	const struct store_hold *deal = &hold->deal->is;
	struct store_notice notice = {.account = hold->buyer,
	                              .code = reason,
	                              .show = deal->show,
	                              .listing = deal->listing,
	                              .hold = hold->row.id,
	                              .quantity = hold->quantity,
	                              .amount = {.amount = deal->price}};
	memcpy(notice.title, deal->title, sizeof(notice.title));
	memcpy(notice.amount.currency, deal->currency, sizeof(notice.amount.currency));
	rules_hold_close(r, hold, STORE_HOLD_RELEASED);
	rules_notify(r, now, &notice);
}

bool rules_taken_by_a_ban(struct rules *r, const struct rules_now *now, struct rules_hold *hold)
{
	bool buyer = is_banned(r, hold->buyer) || is_banned_from_show(r, hold);
	if (!buyer && !is_banned(r, hold->deal->is.seller.id))
		return false;
	take_back(r, now, hold, buyer ? STORE_NOTICE_CLAIM_VOIDED : STORE_NOTICE_SELLER_BANNED);
	return true;
}

void rules_void_holds(struct rules *r, const struct rules_now *now, struct base_id buyer, const struct base_id *show)
{
	const struct rules_buyer *open = rules_buyer(r, buyer);
	g_autoptr(GPtrArray) holds = g_ptr_array_new();
	for (size_t i = 0; open && i < open->count; i++) {
		struct rules_hold *hold = open->holds[i];
		if (!show || base_id_equal(hold->deal->is.show, *show))
			g_ptr_array_add(holds, hold);
	}
	for (guint i = 0; i < holds->len; i++) {
		struct rules_hold *hold = g_ptr_array_index(holds, i);
		struct rules_purchase *purchase = rules_purchase(r, hold->order);
		if (hold->state == STORE_HOLD_ACTIVE) {
			take_back(r, now, hold, STORE_NOTICE_CLAIM_VOIDED);
		} else if (purchase && !purchase->is.voided) {
			purchase->is.voided = true;
			rules_touch(r, &purchase->row);
		}
	}
}

static gint oldest_first(gconstpointer a, gconstpointer b)
{
	const struct rules_hold *x = *(struct rules_hold *const *)a, *y = *(struct rules_hold *const *)b;
	return memcmp(x->row.id.bytes, y->row.id.bytes, BASE_ID_BYTES);
}

/* Of all that is held: a ban is seldom. */
static void void_what_is_held_of(struct rules *r, const struct rules_now *now, struct base_id seller)
{
	g_autoptr(GPtrArray) holds = g_ptr_array_new();
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, r->rows[RULES_HOLD]);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		struct rules_hold *hold = value;
		if (hold->state == STORE_HOLD_ACTIVE && base_id_equal(hold->deal->is.seller.id, seller))
			g_ptr_array_add(holds, hold);
	}
	g_ptr_array_sort(holds, oldest_first);
	for (guint i = 0; i < holds->len; i++)
		take_back(r, now, g_ptr_array_index(holds, i), STORE_NOTICE_SELLER_BANNED);
}

static void void_payments_to(struct rules *r, struct base_id seller)
{
	GHashTableIter iter;
	gpointer id;
	g_hash_table_iter_init(&iter, r->unsettled);
	while (g_hash_table_iter_next(&iter, &id, NULL)) {
		struct rules_purchase *purchase = g_hash_table_lookup(r->rows[RULES_PURCHASE], id);
		if (!purchase || purchase->is.voided || purchase->is.order.state != STORE_ORDER_PAYING ||
		    !base_id_equal(purchase->is.order.seller.id, seller))
			continue;
		purchase->is.voided = true;
		rules_touch(r, &purchase->row);
	}
}

void rules_void_sales(struct rules *r, const struct rules_now *now, struct base_id seller)
{
	void_what_is_held_of(r, now, seller);
	void_payments_to(r, seller);
}
