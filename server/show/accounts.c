/* Accounts and their sessions, and what a ban from the market ends. */
#include <string.h>

#include "show/verbs.h"

static struct base_id target(const struct show_command *command)
{
	return base_id_is_zero(command->account_id) ? command->account.person.id : command->account_id;
}

static bool fields_fit(const struct store_account *account)
{
	return rules_text_fits(account->person.username, sizeof(account->person.username), 1) &&
	       rules_text_fits(account->person.display_name, sizeof(account->person.display_name), 0) &&
	       rules_text_fits(account->password_hash, sizeof(account->password_hash), 0) &&
	       (unsigned)account->role <= STORE_ADMIN && (unsigned)account->hosting <= STORE_HOSTING_APPROVED;
}

void rules_account_create(const struct rules_case *c)
{
	struct store_account is = c->command->account;
	if (!fields_fit(&is)) {
		rules_refuse(c->answer, SHOW_INVALID, "username, display name, role or hosting out of bounds");
		return;
	}
	if (rules_account_by_username(c->r, is.person.username)) {
		rules_refuse(c->answer, SHOW_EXISTS, "this username is taken");
		return;
	}
	is.person.id = base_id_new();
	if (!is.person.display_name[0])
		memcpy(is.person.display_name, is.person.username, sizeof(is.person.display_name));
	is.banned = false;
	is.shipping = 0;
	is.created_ms = c->now->ms;
	rules_add_account(c->r, &is, true);
	c->answer->account = is.person.id;
}

/* Who hears of the ban first knows why the show ends. */
static void end_shows(const struct rules_case *c, const struct rules_account *host)
{
	g_autoptr(GPtrArray) shows = rules_shows_of(c->r, host->row.id);
	for (guint i = 0; i < shows->len; i++) {
		struct rules_show *show = g_ptr_array_index(shows, i);
		if (show->is.state != STORE_SHOW_LIVE)
			continue;
		rules_show_end(c->r, c->now, show);
		rules_audit(c->r, c->now, c->command->actor, "show.end", show->row.id, "host banned");
	}
}

static void ban(const struct rules_case *c, const struct rules_account *account)
{
	rules_void_waits(c->r, account->row.id, NULL);
	rules_void_holds(c->r, c->now, account->row.id, NULL);
	rules_void_sales(c->r, c->now, account->row.id);
	end_shows(c, account);
}

void rules_account_update(const struct rules_case *c)
{
	const struct show_command *command = c->command;
	struct rules_account *account = rules_account(c->r, target(command));
	if (!account) {
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such account");
		return;
	}
	if (((command->mask & SHOW_SET_ROLE) && (unsigned)command->account.role > STORE_ADMIN) ||
	    ((command->mask & SHOW_SET_HOSTING) && (unsigned)command->account.hosting > STORE_HOSTING_APPROVED)) {
		rules_refuse(c->answer, SHOW_INVALID, "role or hosting out of bounds");
		return;
	}
	if ((command->mask & SHOW_SET_SHIPPING) && !rules_price_fits(command->account.shipping)) {
		rules_refuse(c->answer, SHOW_INVALID, "shipping out of bounds");
		return;
	}
	if (command->mask & SHOW_SET_ROLE)
		account->is.role = command->account.role;
	if (command->mask & SHOW_SET_HOSTING)
		account->is.hosting = command->account.hosting;
	if (command->mask & SHOW_SET_SHIPPING)
		account->is.shipping = command->account.shipping;
	if (command->mask & SHOW_SET_BANNED)
		account->is.banned = command->account.banned;
	rules_touch(c->r, &account->row);
	rules_note(c->r, SHOW_EVENT_ACCOUNT, &account->row);
	if ((command->mask & SHOW_SET_BANNED) && account->is.banned)
		ban(c, account);
	c->answer->account = account->row.id;
}

void rules_session_create(const struct rules_case *c)
{
	struct rules_account *account = rules_account(c->r, target(c->command));
	if (!account) {
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such account");
		return;
	}
	struct rules_record *record = rules_record(c->r, RULES_SESSION);
	memcpy(record->session.token_hash, c->command->token_hash, sizeof(record->session.token_hash));
	record->session.account = account->row.id;
	record->session.until_ms = c->command->until_ms;
	c->answer->account = account->row.id;
}

void rules_session_delete(const struct rules_case *c)
{
	struct rules_record *record = rules_record(c->r, RULES_SESSION_DELETE);
	memcpy(record->session.token_hash, c->command->token_hash, sizeof(record->session.token_hash));
}
