/* Checkout: everything that is held of one seller becomes an order and a payment; and what the test provider's buyer
 * says to "the bank". */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "api/purchase.h"
#include "api/resources.h"

static void read_address(struct api_fields *fields, struct store_address *out)
{
	struct api_fields inner;
	const json_t *object = api_field_object(fields, "address", API_REQUIRED);

	if (!object)
		return;
	api_fields_init(&inner, object);
	api_field_line(&inner, "name", API_REQUIRED, 1, sizeof out->name - 1, out->name);
	api_field_line(&inner, "line1", API_REQUIRED, 1, sizeof out->line1 - 1, out->line1);
	api_field_line(&inner, "line2", API_OPTIONAL, 0, sizeof out->line2 - 1, out->line2);
	api_field_line(&inner, "city", API_REQUIRED, 1, sizeof out->city - 1, out->city);
	api_field_line(&inner, "postcode", API_REQUIRED, 1, sizeof out->postcode - 1, out->postcode);
	api_field_line(&inner, "country", API_REQUIRED, 2, 2, out->country);
	if (!inner.failed && (!g_ascii_isupper(out->country[0]) || !g_ascii_isupper(out->country[1])))
		api_fields_fail(&inner, "\"country\" must be an ISO 3166 code such as AT.");
	if (inner.failed)
		api_fields_fail(fields, "address: %s", inner.why);
}

static void read_card(struct api_fields *fields, char *out, size_t size)
{
	struct api_fields inner;
	const json_t *object = api_field_object(fields, "payment", API_REQUIRED);
	const char *card;

	out[0] = '\0';
	if (!object)
		return;
	api_fields_init(&inner, object);
	card = api_field_raw(&inner, "card", API_REQUIRED, size - 1);
	if (card && (strlen(card) < 12 || strspn(card, "0123456789") != strlen(card)))
		api_fields_fail(&inner, "\"card\" must be 12 to 19 digits.");
	if (inner.failed)
		api_fields_fail(fields, "payment: %s", inner.why);
	else
		g_strlcpy(out, card, size);
}

static void checked_out(struct api_call *call, const struct show_result *result)
{
	bool declined = result->code == SHOW_DECLINED;

	if (result->code != SHOW_OK && !(declined && !base_id_is_zero(result->order.id)))
		api_call_show_failed(call, result);
	else
		api_purchase_tell(call, &result->order,
		                  !declined           ? NULL
		                  : result->detail[0] ? result->detail
		                                      : "The payment was declined.");
}

void api_checkout(struct api_call *call)
{
	struct show_command *command;
	struct store_address address = {0};
	struct api_fields fields;
	char key[64], card[sizeof command->card];

	api_fields_init(&fields, call->input);
	struct base_id seller = api_field_id(&fields, "seller", API_REQUIRED);
	bool seen = json_object_get(call->input, "total") != NULL;
	int64_t total = api_field_int(&fields, "total", API_OPTIONAL, 0, STORE_TOTAL_MAX);
	read_address(&fields, &address);
	api_field_key(&fields, "key", key);
	read_card(&fields, card, sizeof card);
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_CHECKOUT);
	command->seller_id = seller;
	command->mask = seen ? SHOW_SET_PRICE : 0;
	command->price = total;
	command->address = address;
	g_strlcpy(command->key, key, sizeof command->key);
	g_strlcpy(command->card, card, sizeof command->card);
	sodium_memzero(card, sizeof card);
	json_decref(call->input);
	call->input = NULL;
	api_call_command(call, command, checked_out);
}

/* ---- the test provider's buyer makes up their mind ---- */

static void confirmed(struct api_call *call, const struct show_result *result)
{
	bool decided = result->code == SHOW_OK || result->code == SHOW_DECLINED;

	if (!decided || base_id_is_zero(result->order.id)) {
		api_call_show_failed(call, result);
		return;
	}
	/* Told in the provider's name, answered in the buyer's, who alone gets this far. */
	call->actor = (struct api_actor){.id = result->order.buyer.id, .signed_in = true};
	api_purchase_tell(call, &result->order, NULL);
}

static bool ask_provider(struct api_call *call, struct base_id order, bool agree, struct pay_result *out)
{
	char id[BASE_ID_TEXT];
	int err = pay_provider_confirm(call->api->engines.provider, base_id_format(order, id), agree, out);

	if (err == -ENOENT)
		api_call_fail(call, 409, "conflict", "This payment does not wait for you.");
	else if (err)
		api_call_fail(call, 404, "not_found", "This market's payments are confirmed elsewhere.");
	return err == 0;
}

void api_payments_test(struct api_call *call)
{
	struct show_command *command;
	struct store_order order;
	struct pay_result payment;
	struct api_fields fields;

	if (!api_purchase_own(call, MAY_CONFIRM_PAYMENT, &order))
		return;
	api_fields_init(&fields, call->input);
	bool agree = api_field_bool(&fields, "agree", API_REQUIRED);
	if (!api_call_fields(call, &fields) || !ask_provider(call, order.id, agree, &payment))
		return;
	command = show_command_new(SHOW_PAYMENT);
	command->order_id = order.id;
	command->payment = payment;
	/* It is the provider that tells, whoever told it. */
	call->actor = (struct api_actor){.signed_in = false};
	api_call_command(call, command, confirmed);
}
