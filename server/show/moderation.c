/* Who is muted or banned in a show, and who did what. */
#include <stdio.h>
#include <string.h>

#include "show/verbs.h"

void rules_moderate(const struct rules_case *c)
{
	const struct show_command *command = c->command;
	struct rules_show *show = rules_show(c->r, command->show_id);
	struct rules_account *account = rules_account(c->r, command->account_id);
	if (!show || !account) {
		rules_refuse(c->answer, SHOW_NOT_FOUND, show ? "no such account" : "no such show");
		return;
	}
	struct store_moderated moderated = {.show = show->row.id, .account = account->row.id};
	const struct store_moderated *before = rules_moderated(c->r, show, account->row.id);
	if (before)
		moderated = *before;
	if (command->mask & SHOW_SET_MUTED)
		moderated.muted_until_ms = MAX(command->until_ms, 0);
	if (command->mask & SHOW_SET_BANNED)
		moderated.banned = command->banned;
	const struct rules_record *record = rules_moderated_put(c->r, show, &moderated);
	if ((command->mask & SHOW_SET_BANNED) && moderated.banned) {
		rules_void_waits(c->r, account->row.id, &show->row.id);
		rules_void_holds(c->r, c->now, account->row.id, &show->row.id);
	}
	rules_tell(c->r, SHOW_EVENT_MODERATION, show->row.id, account->row.id, record);
	c->answer->show = show->row.id;
	c->answer->account = account->row.id;
}

static void keep_audit(struct rules *r, const struct store_audit *audit)
{
	struct rules_record *record = rules_record(r, RULES_AUDIT);
	record->audit = *audit;
	rules_tell(r, SHOW_EVENT_AUDIT, (struct base_id){{0}}, (struct base_id){{0}}, record);
}

void rules_write_audit(const struct rules_case *c)
{
	struct store_audit audit = c->command->audit;
	if (!rules_text_fits(audit.verb, sizeof(audit.verb), 1) ||
	    !rules_text_fits(audit.object, sizeof(audit.object), 0) ||
	    !rules_text_fits(audit.detail, sizeof(audit.detail), 0)) {
		rules_refuse(c->answer, SHOW_INVALID, "verb, object or detail is too long");
		return;
	}
	struct base_id actor = base_id_is_zero(c->command->actor) ? audit.actor.id : c->command->actor;
	const struct rules_account *account = rules_account(c->r, actor);
	memset(&audit.actor, 0, sizeof(audit.actor));
	if (account)
		audit.actor = account->is.person;
	audit.id = base_id_new();
	audit.at_ms = c->now->ms;
	keep_audit(c->r, &audit);
}

void rules_audit(struct rules *r, const struct rules_now *now, struct base_id actor, const char *verb,
                 struct base_id object, const char *detail)
{
	struct store_audit audit = {.id = base_id_new(), .at_ms = now->ms};
	char text[BASE_ID_TEXT];
	const struct rules_account *account = rules_account(r, actor);
	if (account)
		audit.actor = account->is.person;
	snprintf(audit.verb, sizeof(audit.verb), "%s", verb);
	snprintf(audit.object, sizeof(audit.object), "%s", base_id_format(object, text));
	snprintf(audit.detail, sizeof(audit.detail), "%s", detail);
	keep_audit(r, &audit);
}
