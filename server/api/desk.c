/* What host and sellers see of their buyers: claims, who waits, whose turn passed by; and second chances. */
#include <string.h>

#include "api/query.h"
#include "api/resources.h"

#define PAGE 200

/* ---- lists, page by page ---- */

static void add_claim(const struct store_hold *hold, void *ctx)
{
	json_array_append_new(ctx, api_encode_with_buyer(api_encode_hold(hold), &hold->buyer));
}

static void add_waiting(const struct store_waiting *waiting, void *ctx)
{
	json_array_append_new(ctx, api_encode_with_buyer(api_encode_waiting(waiting), &waiting->buyer));
}

/* One list of an answer: of a show or a listing, older than one of them (NULL: the newest). */
struct list {
	const char *name;
	int (*read)(struct store_reader *reader, struct base_id of, const struct base_id *before, json_t *out);
};

static int claims_of_show(struct store_reader *reader, struct base_id show, const struct base_id *before, json_t *out)
{
	return store_holds_of_show(reader, show, before, PAGE, add_claim, out);
}

static int waiting_of_show(struct store_reader *reader, struct base_id show, const struct base_id *before, json_t *out)
{
	return store_waiting_of_show(reader, show, before, PAGE, add_waiting, out);
}

static int gone_of_show(struct store_reader *reader, struct base_id show, const struct base_id *before, json_t *out)
{
	return store_waiting_gone(reader, show, before, PAGE, add_waiting, out);
}

static int claims_of_listing(struct store_reader *reader, struct base_id listing, const struct base_id *before,
                             json_t *out)
{
	return store_holds_of_listing(reader, listing, before, PAGE, add_claim, out);
}

static int gone_of_listing(struct store_reader *reader, struct base_id listing, const struct base_id *before,
                           json_t *out)
{
	return store_waiting_gone_of_listing(reader, listing, before, PAGE, add_waiting, out);
}

static const struct list lists_of_show[] = {
        {"claims", claims_of_show}, {"waiting", waiting_of_show}, {"gone", gone_of_show}};
static const struct list lists_of_listing[] = {{"claims", claims_of_listing}, {"gone", gone_of_listing}};

/* The list that is asked for by name; NULL: all of them. @return false when the call is ended. */
static bool read_list(struct api_call *call, const struct list *lists, size_t count, const struct list **out,
                      struct base_id *before, bool *further)
{
	*out = NULL;
	for (size_t i = 0; i < count && call->has_query[0]; i++)
		if (strcmp(call->queries[0], lists[i].name) == 0)
			*out = &lists[i];
	if (call->has_query[0] && !*out)
		api_call_fail(call, 400, "bad_request", "There is no list of this name here.");
	else if (call->has_query[1] && !*out)
		api_call_fail(call, 400, "bad_request",
		              "\"before\" goes with \"list\": each list has pages of its own.");
	else
		return api_query_id(call, 1, before, further);
	return false;
}

static void answer_lists(struct api_call *call, struct base_id of, const struct list *lists, size_t count)
{
	const struct list *wanted;
	struct base_id before;
	bool further;
	json_t *answer;
	int err = 0;

	if (!read_list(call, lists, count, &wanted, &before, &further))
		return;
	answer = json_object();
	for (size_t i = 0; i < count && !err; i++) {
		json_t *rows = json_array();
		if (!wanted || wanted == &lists[i])
			err = lists[i].read(call->reader, of, further ? &before : NULL, rows);
		json_object_set_new(answer, lists[i].name, rows);
	}
	if (!err) {
		api_call_json(call, 200, answer);
		return;
	}
	json_decref(answer);
	api_call_store_failed(call, err, "list");
}

void api_shows_claims(struct api_call *call)
{
	struct store_show show;

	if (api_call_own_show(call, MAY_SEE_CLAIMS, &show))
		answer_lists(call, show.id, lists_of_show, G_N_ELEMENTS(lists_of_show));
}

void api_listings_claims(struct api_call *call)
{
	struct store_listing listing;

	if (api_call_own_listing(call, MAY_EDIT_LISTING, &listing))
		answer_lists(call, listing.id, lists_of_listing, G_N_ELEMENTS(lists_of_listing));
}

/* ---- who waits for a listing ---- */

void api_listings_waitlist(struct api_call *call)
{
	struct store_listing listing;
	struct base_id after;
	json_t *waiting;
	bool further;
	int err;

	if (!api_call_own_listing(call, MAY_EDIT_LISTING, &listing) || !api_query_id(call, 0, &after, &further))
		return;
	waiting = json_array();
	err = store_waitlist(call->reader, listing.id, further ? &after : NULL, PAGE, add_waiting, waiting);
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

/* To one of a show, or of a listing; the other is zero. */
static void give_chance(struct api_call *call, struct base_id show, struct base_id listing)
{
	struct show_command *command;
	struct api_fields fields;

	api_fields_init(&fields, call->input);
	struct base_id hold = api_field_id(&fields, "hold", API_OPTIONAL);
	struct base_id waiting = api_field_id(&fields, "waiting", API_OPTIONAL);
	if (base_id_is_zero(hold) == base_id_is_zero(waiting))
		api_fields_fail(&fields, "Either \"hold\" or \"waiting\" says whom to give a second chance.");
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_SECOND_CHANCE);
	command->show_id = show;
	command->listing_id = listing;
	command->hold_id = hold;
	command->waiting_id = waiting;
	api_call_command(call, command, answer_chance);
}

void api_shows_second_chance(struct api_call *call)
{
	struct store_show show;

	if (api_call_own_show(call, MAY_EDIT_SHOW, &show))
		give_chance(call, show.id, (struct base_id){{0}});
}

void api_listings_second_chance(struct api_call *call)
{
	struct store_listing listing;

	if (api_call_own_listing(call, MAY_EDIT_LISTING, &listing))
		give_chance(call, (struct base_id){{0}}, listing.id);
}
