#include "api/encode_money.h"

#include <string.h>

#include "api/encode.h"
#include "api/json.h"

static const char *const order_states[] = {"paying", "paid", "failed", "cancelled", "shipped"};
static const char *const refunds[] = {"none", "owed", "done"};
static const char *const notice_codes[] = {
        [STORE_NOTICE_FEATURED] = "featured",
        [STORE_NOTICE_COMMUNITY_SOLD] = "community_sold",
        [STORE_NOTICE_WITHDRAWN] = "withdrawn",
        [STORE_NOTICE_BLOCKED] = "blocked",
        [STORE_NOTICE_YOUR_TURN] = "your_turn",
        [STORE_NOTICE_WAIT_ENDED] = "wait_ended",
        [STORE_NOTICE_SECOND_CHANCE] = "second_chance",
        [STORE_NOTICE_SOLD] = "sold",
        [STORE_NOTICE_SHIPPED] = "shipped",
        [STORE_NOTICE_CANCELLED] = "cancelled",
        [STORE_NOTICE_REFUNDED] = "refunded",
        [STORE_NOTICE_WAIT_LAPSED] = "wait_lapsed",
        [STORE_NOTICE_DISK_FULL] = "disk_full",
        [STORE_NOTICE_SELLER_BANNED] = "seller_banned",
        [STORE_NOTICE_CLAIM_VOIDED] = "claim_voided",
};

const char *api_order_state(enum store_order_state state)
{
	return order_states[state];
}

int api_order_state_parse(const char *name)
{
	for (int i = 0; i < (int)(sizeof order_states / sizeof order_states[0]); i++)
		if (strcmp(order_states[i], name) == 0)
			return i;
	return -1;
}

const char *api_refund_word(enum store_refund refund)
{
	return refunds[refund];
}

static json_t *when(int64_t ms)
{
	return ms ? json_integer(ms) : json_null();
}

static json_t *maybe(const char *text)
{
	return text[0] ? api_json_string(text) : json_null();
}

static json_t *maybe_name(const struct store_person *person)
{
	return base_id_is_zero(person->id) ? json_null() : api_encode_name(person);
}

json_t *api_encode_amount(const struct store_amount *amount)
{
	return json_pack("{s:I, s:s}", "amount", (json_int_t)amount->amount, "currency", amount->currency);
}

/* The host is told where it is another than the seller: credit is for those who sold for others. */
json_t *api_encode_order_line(const struct store_order_line *line)
{
	return json_pack("{s:o, s:o, s:o, s:I, s:o, s:I, s:I, s:o}", "listing", api_encode_id(line->listing), "title",
	                 api_json_string(line->title), "variant", maybe(line->variant_name), "number",
	                 (json_int_t)line->number, "photo", api_encode_photo(line->photo), "quantity",
	                 (json_int_t)line->quantity, "price", (json_int_t)line->price, "host",
	                 line->terms.community ? maybe_name(&line->host) : json_null());
}

static json_t *address(const struct store_address *a)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "name", api_json_string(a->name), "line1",
	                 api_json_string(a->line1), "line2", api_json_string(a->line2), "city",
	                 api_json_string(a->city), "postcode", api_json_string(a->postcode), "country",
	                 api_json_string(a->country));
}

json_t *api_encode_order(const struct store_order *order, json_t *lines)
{
	json_t *out = json_pack("{s:o, s:s, s:b, s:o, s:o, s:I, s:I, s:s, s:o, s:o}", "id", api_encode_id(order->id),
	                        "state", api_order_state(order->state), "confirm", order->confirm, "seller",
	                        api_encode_name(&order->seller), "buyer", api_encode_name(&order->buyer), "total",
	                        (json_int_t)order->total, "shipping", (json_int_t)order->shipping, "currency",
	                        order->currency, "address", address(&order->address), "lines", lines);
	json_t *course =
	        json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:s}", "created_ms", (json_int_t)order->created_ms, "paid_ms",
	                  when(order->paid_ms), "shipped_ms", when(order->shipped_ms), "cancelled_ms",
	                  when(order->cancelled_ms), "carrier", api_json_string(order->carrier), "tracking",
	                  api_json_string(order->tracking), "refund", api_refund_word(order->refund));

	json_object_update(out, course);
	json_decref(course);
	return out;
}

json_t *api_encode_notice(const struct store_notice *notice)
{
	json_t *out = json_pack("{s:o, s:s, s:I, s:b, s:o, s:o, s:I, s:I, s:s}", "id", api_encode_id(notice->id),
	                        "code", notice_codes[notice->code], "at_ms", (json_int_t)notice->at_ms, "read",
	                        notice->read, "actor", maybe_name(&notice->actor), "title",
	                        api_json_string(notice->title), "quantity", (json_int_t)notice->quantity, "amount",
	                        (json_int_t)notice->amount.amount, "currency", notice->amount.currency);
	json_t *about = json_pack("{s:o, s:o, s:o, s:o}", "show", api_encode_id(notice->show), "listing",
	                          api_encode_id(notice->listing), "order", api_encode_id(notice->order), "hold",
	                          api_encode_id(notice->hold));

	json_object_update(out, about);
	json_decref(about);
	return out;
}

json_t *api_encode_credit(const struct store_credit *credit)
{
	json_t *value = json_array();

	for (size_t i = 0; i < credit->values; i++)
		json_array_append_new(value, api_encode_amount(&credit->value[i]));
	return json_pack("{s:I, s:I, s:o}", "items", (json_int_t)credit->items, "sellers", (json_int_t)credit->sellers,
	                 "value", value);
}
