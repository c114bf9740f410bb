/* A line of chat that is a claim by number: understood with what the room knows of its show, decided like the button's
 * claim, answered to its author alone. Hub thread, but for `decided`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/claims.h"
#include "api/resources.h"
#include "api/rooms.h"
#include "base/clock.h"
#include "show/comment.h"

#define TALK_WORDS 3 /* so many words behind a number that are no variant are a sentence */
#define LISTED 12    /* variants that are told */

struct comment {
	struct base_mail mail; /* first */
	struct api *api;
	uint64_t conn;
	struct show_comment said;
	char line[SHOW_COMMENT_BYTES + 1];
	struct base_id show, item, variant;
	char variant_name[80];       /* as it is called, once it is known which is meant */
	struct api_claimed *claimed; /* what the show thread decided */
	char detail[256];            /* what is missing */
};

static void comment_free(struct comment *comment)
{
	g_free(comment->claimed);
	free(comment);
}

static void comment_drop(struct base_mail *mail)
{
	comment_free((struct comment *)mail);
}

/* ---- understanding ---- */

enum meaning { TALK, UNCLEAR, CLEAR };

/* As one would write it: "sold 12", "sold 12 x2". */
static const char *example(const struct comment *comment, int64_t number, int64_t quantity, char out[128])
{
	const char *word = comment->said.word;
	char times[24] = "";
	int len;

	if (!*word)
		word = comment->api->settings->claim_words + strspn(comment->api->settings->claim_words, " \t");
	len = (int)strcspn(word, ",");
	while (len && g_ascii_isspace(word[len - 1]))
		len--;
	if (quantity > 1 || !len)
		snprintf(times, sizeof times, " x%lld", (long long)quantity);
	snprintf(out, 128, "%.*s%s%lld%s", len, word, len ? " " : "", (long long)number, times);
	return out;
}

static const char *variant_name(const struct store_variant *variant, const char *between, char out[80])
{
	bool both = variant->size[0] && variant->colour[0];

	snprintf(out, 80, "%s%s%s", variant->size, both ? between : "", variant->colour);
	return out;
}

static void list_variants(const struct api_ware *ware, GString *out)
{
	char name[80];

	for (size_t i = 0, told = 0; i < ware->variants_count && told < LISTED; i++) {
		if (ware->variants[i].removed)
			continue;
		g_string_append_printf(out, "%s%s", told++ ? ", " : "", variant_name(&ware->variants[i], " ", name));
	}
}

/* The number of the example: what the line says, else what is shown at the moment. */
static int64_t usual_number(const struct comment *comment, const struct api_room *room)
{
	for (size_t i = 0; i < room->wares.size && !comment->said.number; i++) {
		const struct api_ware *ware = api_wares_find(&room->wares, (int64_t)i + 1);
		if (ware && base_id_equal(ware->item, room->show.featured))
			return ware->number;
	}
	return comment->said.number ? comment->said.number : 1;
}

static enum meaning explain_order(struct comment *comment)
{
	const struct show_comment *said = &comment->said;
	char text[128], other[128];

	if (said->lack == SHOW_COMMENT_TURNED)
		snprintf(comment->detail, sizeof comment->detail, "The number comes first: write \"%s\".",
		         example(comment, said->number, said->quantity, text));
	else
		snprintf(comment->detail, sizeof comment->detail,
		         "Which is the number, %lld or %lld? Write \"%s\" or \"%s\".", (long long)said->either[0],
		         (long long)said->either[1], example(comment, said->either[0], said->either[1], text),
		         example(comment, said->either[1], said->either[0], other));
	return UNCLEAR;
}

static enum meaning explain_lack(struct comment *comment, const struct api_room *room)
{
	static const char *const words[] = {
	        [SHOW_COMMENT_NO_NUMBER] = "The number is missing",
	        [SHOW_COMMENT_BAD_NUMBER] = "There is no such number",
	        [SHOW_COMMENT_NO_QUANTITY] = "How many is missing",
	        [SHOW_COMMENT_BAD_QUANTITY] = "So many cannot be claimed",
	};
	bool many = comment->said.lack >= SHOW_COMMENT_NO_QUANTITY;
	char text[128];

	if (comment->said.lack >= SHOW_COMMENT_EITHER)
		return explain_order(comment);
	snprintf(comment->detail, sizeof comment->detail, "%s: write \"%s\".", words[comment->said.lack],
	         example(comment, usual_number(comment, room), many ? 2 : 1, text));
	return UNCLEAR;
}

static bool is_sentence(const char *text)
{
	int words = *text != '\0';

	for (; *text; text++)
		words += *text == ' ';
	return words >= TALK_WORDS;
}

/* Nothing of what there is fits, or several do. */
static enum meaning explain_variants(struct comment *comment, const struct api_ware *ware, bool several)
{
	const char *text = comment->said.variant;
	GString *list = g_string_new(NULL);

	list_variants(ware, list);
	if (!*text)
		snprintf(comment->detail, sizeof comment->detail, "Which one of number %lld? There are: %s.",
		         (long long)ware->number, list->str);
	else if (several)
		snprintf(comment->detail, sizeof comment->detail,
		         "There are several of \"%s\". Which one of number %lld: %s?", text, (long long)ware->number,
		         list->str);
	else
		snprintf(comment->detail, sizeof comment->detail, "There is no \"%s\" of number %lld. There are: %s.",
		         text, (long long)ware->number, list->str);
	g_string_free(list, TRUE);
	return UNCLEAR;
}

static enum meaning choose_variant(struct comment *comment, const struct api_ware *ware)
{
	const char *text = comment->said.variant;
	char line[128];
	size_t index;
	int found;

	if (ware->variants_count) {
		found = show_comment_variant(text, ware->variants, ware->variants_count, &index);
		if (!found && (is_sentence(text) || comment->said.variant_first))
			return TALK;
		if (found != 1)
			return explain_variants(comment, ware, found > 1);
		comment->variant = ware->variants[index].id;
		variant_name(&ware->variants[index], ", ", comment->variant_name);
		return CLEAR;
	}
	if (!*text || show_comment_same(text, ware->size))
		return CLEAR;
	if (is_sentence(text) || comment->said.variant_first)
		return TALK;
	snprintf(comment->detail, sizeof comment->detail,
	         "Number %lld comes in no sizes or colours to choose from: write \"%s\".", (long long)ware->number,
	         example(comment, ware->number, 1, line));
	return UNCLEAR;
}

static enum meaning understand(struct comment *comment, const struct api_room *room, const struct api_ware *ware)
{
	const struct show_comment *said = &comment->said;

	if (said->kind == SHOW_COMMENT_NEAR)
		return is_sentence(said->variant) || said->variant_first ? TALK : explain_lack(comment, room);
	if (ware)
		return choose_variant(comment, ware);
	/* "30x40 cm" is about the size of something. */
	if (is_sentence(said->variant) || said->variant_first || (!*said->word && *said->variant))
		return TALK;
	snprintf(comment->detail, sizeof comment->detail, "There is no number %lld in this show.",
	         (long long)said->number);
	return UNCLEAR;
}

/* ---- answering ---- */

static json_t *understood(const struct comment *comment)
{
	const struct show_comment *said = &comment->said;
	const char *variant = *comment->variant_name ? comment->variant_name : said->variant;

	return json_pack("{s:o, s:o, s:o}", "number", said->number ? json_integer(said->number) : json_null(),
	                 "quantity", said->quantity ? json_integer(said->quantity) : json_null(), "variant",
	                 *variant ? api_json_string(variant) : json_null());
}

static json_t *begin_result(const struct comment *comment)
{
	json_t *result = json_pack("{s:s, s:o, s:o, s:o}", "type", "claim.result", "show", api_encode_id(comment->show),
	                           "text", api_json_string(comment->line), "understood", understood(comment));

	if (!base_id_is_zero(comment->item))
		json_object_set_new(result, "item", api_encode_id(comment->item));
	return result;
}

static void add_members(json_t *result, json_t *members)
{
	json_object_update(result, members);
	json_decref(members);
}

static json_t *refused(const struct api_claimed *claimed)
{
	int status;
	const char *code = api_show_code(claimed->code, &status);

	return json_pack("{s:s, s:s, s:o}", "status", "refused", "code", code, "detail",
	                 api_json_string(claimed->detail[0] ? claimed->detail : api_show_detail(claimed->code)));
}

static void deliver(struct base_mail *mail, void *owner)
{
	struct comment *comment = (struct comment *)mail;
	const struct api_claimed *claimed = comment->claimed;
	struct hub_conn *hub_conn = hub_conn_find(comment->api->hub, comment->conn);
	struct api_conn *conn = hub_conn ? hub_conn_data(hub_conn) : NULL;
	json_t *result = begin_result(comment);

	add_members(result,
	            api_claimed_is_answer(claimed) ? api_claimed_encode(comment->api, claimed) : refused(claimed));
	if (conn)
		api_conn_send(conn, HUB_MUST, result);
	else
		json_decref(result);
	comment_free(comment);
}

/* On the show thread. */
static void decided(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct comment *comment = ctx;

	comment->claimed = api_claimed_new(result);
	hub_post(comment->api->hub, &comment->mail);
}

static void claim(struct comment *comment, const struct api_conn *conn, const struct api_message *message,
                  const struct api_ware *ware, const char *key)
{
	struct show_command *command = show_command_new(SHOW_CLAIM);

	command->actor = conn->actor.id;
	command->arrived_us = message->arrived_us;
	command->show_id = comment->show;
	command->item_id = comment->item;
	command->variant_id = comment->variant;
	command->quantity = comment->said.quantity;
	/* What its author saw; written again after a price change it is the same claim still. */
	command->as_shown = true;
	command->price = store_price_at(ware->price, ware->flash_price, ware->flash_until_ms, base_clock_utc_ms());
	g_strlcpy(command->key, key, sizeof command->key);
	command->done = decided;
	command->ctx = comment;
	show_controller_post(comment->api->engines.controller, command);
}

static void tell_unclear(struct comment *comment, struct api_conn *conn)
{
	json_t *result = begin_result(comment);

	json_object_set_new(result, "status", json_string("unclear"));
	json_object_set_new(result, "detail", api_json_string(comment->detail));
	api_conn_send(conn, HUB_MUST, result);
	comment_free(comment);
}

static struct comment *comment_new(const struct api_conn *conn, const struct api_room *room,
                                   const struct show_comment *said, const char *line)
{
	struct comment *comment = calloc(1, sizeof *comment);

	if (!comment)
		abort();
	comment->mail.deliver = deliver;
	comment->mail.drop = comment_drop;
	comment->api = conn->api;
	comment->conn = conn->token;
	comment->said = *said;
	comment->show = room->id;
	g_strlcpy(comment->line, line, sizeof comment->line);
	return comment;
}

/* The key of the message, which must be as a claim's is, or one of ours. @return false: answered. */
static bool take_key(struct api_conn *conn, const struct api_message *message, char out[64])
{
	struct api_fields fields;

	api_fields_init(&fields, message->input);
	if (api_fields_has(&fields, "key"))
		api_field_key(&fields, "key", out);
	else
		base_id_format(base_id_new(), out);
	return api_message_fields(conn, message, &fields);
}

bool api_comments_take(struct api_conn *conn, struct api_message *message, struct api_room *room, const char *text)
{
	const struct base_settings *settings = conn->api->settings;
	char line[CHAT_TEXT_BYTES], author[BASE_ID_TEXT], key[64];
	const struct api_ware *ware;
	struct show_comment said;
	struct comment *comment;
	enum meaning meaning;

	if (chat_text_clean(text, settings->chat_max_chars, line, sizeof line) < 0)
		return false;
	said = show_comment_parse(line, strlen(line), settings->claim_words);
	if (said.kind == SHOW_COMMENT_CHAT)
		return false;
	comment = comment_new(conn, room, &said, line);
	ware = api_wares_find(&room->wares, said.number);
	if (ware)
		comment->item = ware->item;
	meaning = understand(comment, room, ware);
	if (meaning == TALK || !take_key(conn, message, key)) {
		comment_free(comment);
		return meaning != TALK;
	}
	if (chat_room_banned(room->chat, api_room_author(conn, author))) {
		api_message_error(conn, message, "banned", "You are banned from this show.");
		comment_free(comment);
		return true;
	}
	api_message_ok(conn, message, json_pack("{s:b}", "claim", 1));
	if (meaning == CLEAR)
		claim(comment, conn, message, ware, key);
	else
		tell_unclear(comment, conn);
	return true;
}
