/* What host and sellers see of their buyers: claims, who waits, whose turn passed by; and second chances. */
#include <string.h>

#include "api/resources.h"

#define MOST 200

/* ---- the claims of a show ---- */

static void add_claim(const struct store_hold *hold, void *ctx)
{
	json_array_append_new(ctx, api_encode_with_buyer(api_encode_hold(hold), &hold->buyer));
}

static void add_waiting(const struct store_waiting *waiting, void *ctx)
{
	json_array_append_new(ctx, api_encode_with_buyer(api_encode_waiting(waiting), &waiting->buyer));
}

struct waiters {
	struct store_reader *reader;
	struct base_id show;
	GArray *rows; /* of struct store_waiting */
	int err;
};

static void keep_if_here(const struct store_waiting *waiting, void *ctx)
{
	struct waiters *waiters = ctx;

	if (base_id_equal(waiting->show, waiters->show))
		g_array_append_vals(waiters->rows, waiting, 1);
}

/* A queue is the listing's: who came by way of this show is picked out. */
static void visit_item(const struct store_item *item, void *ctx)
{
	struct waiters *waiters = ctx;

	if (item->waiting && !waiters->err)
		waiters->err = store_waitlist(waiters->reader, item->listing.id, MOST, keep_if_here, waiters);
}

static gint newest_first(gconstpointer a, gconstpointer b)
{
	const struct store_waiting *x = a, *y = b;

	return memcmp(y->id.bytes, x->id.bytes, sizeof x->id.bytes);
}

static int read_waiting(struct store_reader *reader, struct base_id show, json_t *out)
{
	struct waiters waiters = {reader, show, g_array_new(FALSE, FALSE, sizeof(struct store_waiting)), 0};
	int err = store_items(reader, show, visit_item, &waiters);

	g_array_sort(waiters.rows, newest_first);
	for (guint i = 0; i < waiters.rows->len && i < MOST; i++)
		add_waiting(&g_array_index(waiters.rows, struct store_waiting, i), out);
	g_array_free(waiters.rows, TRUE);
	return err ? err : waiters.err;
}

void api_shows_claims(struct api_call *call)
{
	struct store_show show;
	json_t *claims, *waiting, *gone;
	int err;

	if (!api_call_own_show(call, MAY_SEE_CLAIMS, &show))
		return;
	claims = json_array();
	waiting = json_array();
	gone = json_array();
	err = store_holds_of_show(call->reader, show.id, MOST, add_claim, claims);
	if (!err)
		err = read_waiting(call->reader, show.id, waiting);
	if (!err)
		err = store_waiting_gone(call->reader, show.id, MOST, add_waiting, gone);
	if (!err) {
		api_call_json(call, 200,
		              json_pack("{s:o, s:o, s:o}", "claims", claims, "waiting", waiting, "gone", gone));
		return;
	}
	json_decref(claims);
	json_decref(waiting);
	json_decref(gone);
	api_call_store_failed(call, err, "show");
}

/* ---- who waits for a listing ---- */

void api_listings_waitlist(struct api_call *call)
{
	struct store_listing listing;
	json_t *waiting;
	int err;

	if (!api_call_own_listing(call, MAY_EDIT_LISTING, &listing))
		return;
	waiting = json_array();
	err = store_waitlist(call->reader, listing.id, MOST, add_waiting, waiting);
	if (!err) {
		api_call_json(call, 200, json_pack("{s:o}", "waiting", waiting));
		return;
	}
	json_decref(waiting);
	api_call_store_failed(call, err, "listing");
}

/* ---- a second chance ---- */

static void answer_chance(struct api_call *call, const struct show_result *result)
{
	if (result->code == SHOW_OK || result->code == SHOW_HELD)
		api_call_json(call, 200, json_pack("{s:o}", "hold", api_encode_hold(&result->hold)));
	else
		api_call_show_failed(call, result);
}

void api_shows_second_chance(struct api_call *call)
{
	struct store_show show;
	struct show_command *command;
	struct api_fields fields;

	if (!api_call_own_show(call, MAY_EDIT_SHOW, &show))
		return;
	api_fields_init(&fields, call->input);
	struct base_id hold = api_field_id(&fields, "hold", API_OPTIONAL);
	struct base_id waiting = api_field_id(&fields, "waiting", API_OPTIONAL);
	if (base_id_is_zero(hold) == base_id_is_zero(waiting))
		api_fields_fail(&fields, "Either \"hold\" or \"waiting\" says whom to give a second chance.");
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_SECOND_CHANCE);
	command->show_id = show.id;
	command->hold_id = hold;
	command->waiting_id = waiting;
	api_call_command(call, command, answer_chance);
}
