/* Checkout: one order and one payment for what a buyer holds from one seller. `paying` is committed before the provider
 * is asked; what becomes of it is in settle.c. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "show/verbs.h"

static bool is_country(const char country[3])
{
	return country[0] >= 'A' && country[0] <= 'Z' && country[1] >= 'A' && country[1] <= 'Z' && country[2] == '\0';
}

static const char *what_does_not_fit(const struct show_command *command)
{
	const struct store_address *address = &command->address;
	if (!rules_text_fits(command->key, sizeof(command->key), 1))
		return "a checkout needs a key";
	if (!rules_text_fits(address->name, sizeof(address->name), 1))
		return "the address needs a name";
	if (!rules_text_fits(address->line1, sizeof(address->line1), 1) ||
	    !rules_text_fits(address->line2, sizeof(address->line2), 0))
		return "the address needs a street";
	if (!rules_text_fits(address->city, sizeof(address->city), 1) ||
	    !rules_text_fits(address->postcode, sizeof(address->postcode), 0))
		return "the address needs a city";
	return is_country(address->country) ? NULL : "country is two capital letters (ISO 3166)";
}

/* The card is no part of it: a digest of a card number would be a card number. */
static void body_digest(const struct show_command *command, uint8_t digest[STORE_KEY_BYTES])
{
	const int64_t verb = SHOW_CHECKOUT;
	const struct store_address *address = &command->address;
	const char *const texts[] = {address->name, address->line1,    address->line2,
	                             address->city, address->postcode, address->country};
	crypto_generichash_state state;
	crypto_generichash_init(&state, NULL, 0, STORE_KEY_BYTES);
	crypto_generichash_update(&state, (const uint8_t *)&verb, sizeof(verb));
	crypto_generichash_update(&state, command->seller_id.bytes, BASE_ID_BYTES);
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) /* with the NUL, so that texts cannot run into each other */
		crypto_generichash_update(&state, (const uint8_t *)texts[i], strlen(texts[i]) + 1);
	crypto_generichash_final(&state, digest, STORE_KEY_BYTES);
}

static bool answered_before(const struct rules_case *c, const uint8_t key[STORE_KEY_BYTES],
                            const uint8_t body[STORE_KEY_BYTES])
{
	const struct store_key *used = rules_key(c->r, c->command->actor, key);
	if (!used)
		return false;
	struct rules_purchase *purchase = rules_purchase(c->r, used->object);
	if (memcmp(used->body, body, STORE_KEY_BYTES) != 0 || !purchase) {
		rules_refuse(c->answer, SHOW_KEY_CONFLICT, "this key came before with another body");
		return true;
	}
	rules_answer_purchase(purchase, c->answer);
	c->answer->repeated = true;
	return true;
}

/* What the buyer holds from the seller, in the currency of the oldest: an order has one. */
static GPtrArray *holds_to_pay(const struct rules_case *c)
{
	const struct rules_buyer *open = rules_buyer(c->r, c->command->actor);
	GPtrArray *chosen = g_ptr_array_new();
	for (size_t i = 0; open && i < open->count; i++) {
		struct rules_hold *hold = open->holds[i];
		if (hold->state != STORE_HOLD_ACTIVE || !base_id_equal(hold->deal->is.seller.id, c->command->seller_id))
			continue;
		const struct rules_hold *first = chosen->len ? g_ptr_array_index(chosen, 0) : hold;
		if (strcmp(first->deal->is.currency, hold->deal->is.currency) == 0)
			g_ptr_array_add(chosen, hold);
	}
	return chosen;
}

/* Priced in the market's currency: an order in another ships for nothing. */
static int64_t shipping_of(const struct rules_case *c, const GPtrArray *holds)
{
	const struct rules_hold *first = g_ptr_array_index(holds, 0);
	const struct rules_account *seller = rules_account(c->r, first->deal->is.seller.id);
	const char *currency = c->r->limits.currency;
	return seller && currency && strcmp(first->deal->is.currency, currency) == 0 ? seller->is.shipping : 0;
}

/* @return false: more than an order may come to. */
static bool add_up(const GPtrArray *holds, int64_t shipping, int64_t *total)
{
	*total = shipping;
	for (guint i = 0; i < holds->len; i++) {
		const struct rules_hold *hold = g_ptr_array_index(holds, i);
		int64_t line;
		if (__builtin_mul_overflow(hold->quantity, hold->deal->is.price, &line) ||
		    __builtin_add_overflow(*total, line, total))
			return false;
	}
	return *total <= STORE_TOTAL_MAX;
}

/* Who is banned from the market ships nothing. */
static bool seller_may_be_paid(const struct rules_case *c)
{
	const struct rules_account *seller = rules_account(c->r, c->command->seller_id);
	if (!seller || seller->is.banned)
		rules_refuse(c->answer, SHOW_NOT_LIVE, "this seller may no longer sell: nothing was charged");
	return c->answer->code == SHOW_OK;
}

static void take_hold(struct rules *r, struct rules_hold *hold, struct base_id order)
{
	struct rules_record *record = rules_record(r, RULES_LINE);
	record->line.order = order;
	record->line.line = (struct store_order_line){.listing = hold->deal->is.listing,
	                                              .hold = hold->row.id,
	                                              .number = hold->deal->is.number,
	                                              .terms = hold->deal->is.terms,
	                                              .photo = hold->deal->is.photo,
	                                              .quantity = hold->quantity,
	                                              .price = hold->deal->is.price};
	memcpy(record->line.line.title, hold->deal->is.title, sizeof(record->line.line.title));
	memcpy(record->line.line.variant_name, hold->deal->is.variant_name, sizeof(record->line.line.variant_name));
	rules_deadline_clear(r, &hold->deadline);
	hold->state = STORE_HOLD_PAYING;
	hold->order = order;
	rules_touch(r, &hold->row);
	rules_note(r, SHOW_EVENT_HOLD, &hold->row);
}

/* It may be paid as long as the last of what it is for would have been held. */
static int64_t latest_us(const GPtrArray *holds)
{
	int64_t latest = INT64_MIN;
	for (guint i = 0; i < holds->len; i++)
		latest = MAX(latest, ((const struct rules_hold *)g_ptr_array_index(holds, i))->deadline.us);
	return latest;
}

static struct rules_purchase *make_purchase(const struct rules_case *c, const GPtrArray *holds, int64_t shipping,
                                            int64_t total)
{
	const struct rules_hold *first = g_ptr_array_index(holds, 0);
	struct store_purchase is = {.order = {.id = base_id_new(),
	                                      .buyer = rules_account(c->r, first->buyer)->is.person,
	                                      .seller = first->deal->is.seller,
	                                      .state = STORE_ORDER_PAYING,
	                                      .total = total,
	                                      .shipping = shipping,
	                                      .address = c->command->address,
	                                      .created_ms = c->now->ms}};
	memcpy(is.order.currency, first->deal->is.currency, sizeof(is.order.currency));
	snprintf(is.method, sizeof(is.method), "%s", c->method);
	rules_key_digest(c->command->key, is.key);
	for (guint i = 0; i < holds->len; i++)
		take_hold(c->r, g_ptr_array_index(holds, i), is.order.id);
	struct rules_purchase *purchase = rules_add_purchase(c->r, &is, true);
	rules_purchase_until(c->r, c->now, purchase, latest_us(holds));
	rules_note(c->r, SHOW_EVENT_ORDER, &purchase->row);
	return purchase;
}

void rules_checkout(const struct rules_case *c)
{
	uint8_t key[STORE_KEY_BYTES], body[STORE_KEY_BYTES];
	const char *wrong = what_does_not_fit(c->command);
	if (wrong) {
		rules_refuse(c->answer, SHOW_INVALID, wrong);
		return;
	}
	rules_key_digest(c->command->key, key);
	body_digest(c->command, body);
	if (answered_before(c, key, body) || c->r->error)
		return;
	g_autoptr(GPtrArray) holds = holds_to_pay(c);
	if (holds->len == 0) {
		rules_refuse(c->answer, SHOW_EXPIRED, "nothing is held from this seller");
		return;
	}
	if (!seller_may_be_paid(c))
		return;
	int64_t shipping = shipping_of(c, holds), total;
	if (!add_up(holds, shipping, &total)) {
		rules_refuse(c->answer, SHOW_INVALID, "the total is out of bounds: release some of it");
		return;
	}
	/* shipping may have been raised, or a hold have come, since the buyer saw the sum; to pay less surprises nobody
	 */
	if (c->command->mask & SHOW_SET_PRICE && total > c->command->price) {
		c->answer->price = total;
		rules_refuse(c->answer, SHOW_PRICE_CHANGED, "the sum is more than what you saw: look again, then pay");
		return;
	}
	struct rules_purchase *purchase = make_purchase(c, holds, shipping, total);
	rules_use_key(c->r, c->command->actor, key, body, purchase->row.id);
	if (total == 0) {
		struct pay_result nothing_to_pay = {.outcome = PAY_CAPTURED, .reference = "free"};
		rules_settle(c->r, c->now, purchase->row.id, &nothing_to_pay, c->answer);
	} else {
		rules_answer_purchase(purchase, c->answer);
	}
}
