#include "admin.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "base/log.h"

struct request {
	char verb[16], name[STORE_NAME_BYTES], rest[128];
};

static void refuse(char *answer, size_t size, enum show_code code, const struct show_result *result, const char *name)
{
	if (code == SHOW_EXISTS)
		snprintf(answer, size,
		         "no there is an account %s already; `trunkshow admin role %s admin` makes it an admin", name,
		         name);
	else
		snprintf(answer, size, "no %s: %s", name, result->detail);
}

/* Whoever reads the audit log finds the console's acts among the others. */
static void note(struct app *app, const char *verb, const struct store_person *person)
{
	struct show_command *command = show_command_new(SHOW_AUDIT);
	struct show_result result;
	char id[BASE_ID_TEXT];

	snprintf(command->audit.verb, sizeof command->audit.verb, "%s", verb);
	snprintf(command->audit.object, sizeof command->audit.object, "%s", base_id_format(person->id, id));
	snprintf(command->audit.detail, sizeof command->audit.detail, "%s, from the console", person->username);
	if (app_command(app->controller, command, &result) != SHOW_OK)
		base_log(BASE_LOG_WARN, "admin", "no_audit", "%s %s: %s", verb, person->username, result.detail);
}

static void create(struct app *app, const struct request *r, char *answer, size_t size)
{
	struct show_command *command = show_command_new(SHOW_ACCOUNT_CREATE);
	struct store_account *account = &command->account;
	struct show_result result;
	enum show_code code;

	account->role = STORE_ADMIN;
	account->hosting = STORE_HOSTING_APPROVED;
	snprintf(account->person.username, sizeof account->person.username, "%s", r->name);
	snprintf(account->person.display_name, sizeof account->person.display_name, "%s", r->name);
	snprintf(account->password_hash, sizeof account->password_hash, "%s", r->rest);
	code = app_command(app->controller, command, &result);
	if (code != SHOW_OK) {
		refuse(answer, size, code, &result, r->name);
		return;
	}
	note(app, "account.create", &result.account.person);
	snprintf(answer, size, "ok admin: %s", r->name);
}

static int find(const struct app *app, const char *name, struct store_account *out)
{
	struct store_reader *reader;
	int err = store_reader_open(app->settings->data_dir, &reader);

	if (err)
		return err;
	err = store_account_by_username(reader, name, out);
	store_reader_close(reader);
	return err;
}

static const struct change {
	const char *verb;
	uint32_t mask;
	bool banned;
	const char *audit, *said;
} changes[] = {
        {"approve", SHOW_SET_HOSTING, false, "host.approve", "may host shows"},
        {"role", SHOW_SET_ROLE, false, "account.role", "has a new role"},
        {"ban", SHOW_SET_BANNED, true, "account.ban", "is banned from the market"},
        {"unban", SHOW_SET_BANNED, false, "account.unban", "is let in again"},
};

static void update(struct app *app, const struct request *r, const struct change *change, enum store_role role,
                   char *answer, size_t size)
{
	struct show_command *command;
	struct store_account account;
	struct show_result result;
	int err = find(app, r->name, &account);
	enum show_code code;

	if (err) {
		snprintf(answer, size, err == -ENOENT ? "no there is no account %s" : "no %s cannot be read", r->name);
		return;
	}
	command = show_command_new(SHOW_ACCOUNT_UPDATE);
	command->account_id = account.person.id;
	command->mask = change->mask;
	command->account.role = role;
	command->account.hosting = STORE_HOSTING_APPROVED;
	command->account.banned = change->banned;
	code = app_command(app->controller, command, &result);
	if (code != SHOW_OK) {
		refuse(answer, size, code, &result, r->name);
		return;
	}
	note(app, change->audit, &account.person);
	snprintf(answer, size, "ok %s %s", r->name, change->said);
}

static int parse_role(const char *text)
{
	static const char *const names[] = {"user", "moderator", "admin"};

	for (int i = 0; i < 3; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -1;
}

static const struct change *find_change(const struct request *r, int words)
{
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
		if (strcmp(r->verb, changes[i].verb) == 0 && words == (changes[i].mask == SHOW_SET_ROLE ? 3 : 2))
			return &changes[i];
	return NULL;
}

void admin_act(const char *request, char *answer, size_t size, void *ctx)
{
	struct app *app = ctx;
	struct request r = {.verb = ""};
	int words = sscanf(request, "%15s %63s %127s", r.verb, r.name, r.rest);
	const struct change *change = find_change(&r, words);
	int role = words == 3 ? parse_role(r.rest) : STORE_USER;

	if (words == 3 && strcmp(r.verb, "create") == 0)
		create(app, &r, answer, size);
	else if (change && role >= 0)
		update(app, &r, change, (enum store_role)role, answer, size);
	else
		snprintf(answer, size, "no %s is not understood", r.verb);
	explicit_bzero(r.rest, sizeof r.rest);
}

void admin_hint(const struct app *app)
{
	struct store_reader *reader;
	int64_t accounts = 1, shows;
	char folder[4096];

	if (store_reader_open(app->settings->data_dir, &reader))
		return;
	if (store_counts(reader, &accounts, &shows) == 0 && accounts == 0) {
		app_folder(folder, sizeof folder);
		printf("Nobody has an account yet. For the first admin:  %s/trunkshow admin create NAME --set "
		       "data_dir=%s\n",
		       folder, app->settings->data_dir);
		fflush(stdout);
	}
	store_reader_close(reader);
}
