/* trunkshow admin: accounts, from the machine's console. */
#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "api/tokens.h"
#include "app.h"
#include "tools.h"

static int usage(void)
{
	fprintf(stderr, "usage: trunkshow admin create NAME          make an account that is an admin\n"
	                "       trunkshow admin approve NAME         let an account host shows\n"
	                "       trunkshow admin role NAME user|moderator|admin\n");
	return 2;
}

static bool good_name(char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++) {
		name[i] = (char)tolower((unsigned char)name[i]);
		bool inner = i > 0 && i < len - 1;
		if (!(name[i] >= 'a' && name[i] <= 'z') && !(name[i] >= '0' && name[i] <= '9') &&
		    !(inner && strchr("._-", name[i])))
			return false;
	}
	return len >= 3 && len <= 30;
}

/* Asked for on a terminal without echo; made at random when nothing is typed or nobody is there. @return whether it was
 * made. */
static bool get_password(char *out, size_t size)
{
	struct termios before, quiet;
	bool typed = false;

	if (isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0) {
		printf("Password (nothing: one is made for you): ");
		fflush(stdout);
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
		typed = fgets(out, (int)size, stdin) != NULL;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		printf("\n");
		out[typed ? strcspn(out, "\n") : 0] = '\0';
	}
	if (typed && *out)
		return false;
	api_password_random(out);
	return true;
}

static int tell(enum show_code code, const struct show_result *result, const char *name)
{
	if (code == SHOW_EXISTS)
		fprintf(stderr,
		        "trunkshow: there is an account %s already; `trunkshow admin role %s admin` makes it an "
		        "admin\n",
		        name, name);
	else
		fprintf(stderr, "trunkshow: %s: %s\n", name, result->detail);
	return 1;
}

static int create(struct app *app, char *name)
{
	char password[API_PASSWORD_MAX + 2];
	struct show_command *command;
	struct show_result result;
	enum show_code code;
	bool made = get_password(password, sizeof password);

	if (strlen(password) < API_PASSWORD_MIN) {
		fprintf(stderr, "trunkshow: a password needs at least %d characters\n", API_PASSWORD_MIN);
		return 1;
	}
	command = show_command_new(SHOW_ACCOUNT_CREATE);
	command->account.role = STORE_ADMIN;
	command->account.hosting = STORE_HOSTING_APPROVED;
	snprintf(command->account.person.username, sizeof command->account.person.username, "%s", name);
	snprintf(command->account.person.display_name, sizeof command->account.person.display_name, "%s", name);
	if (api_password_hash(app->settings, password, command->account.password_hash))
		fprintf(stderr, "trunkshow: no memory to hash the password\n");
	code = app_command(app->controller, command, &result);
	if (code == SHOW_OK)
		printf("admin: %s\n", name);
	if (code == SHOW_OK && made)
		printf("password: %s\nIt is shown this once.\n", password);
	sodium_memzero(password, sizeof password);
	return code == SHOW_OK ? 0 : tell(code, &result, name);
}

static int find(const struct app *app, const char *name, struct store_account *out)
{
	struct store_reader *reader;
	int err = store_reader_open(app->settings->data_dir, &reader);

	if (!err) {
		err = store_account_by_username(reader, name, out);
		store_reader_close(reader);
	}
	if (err)
		fprintf(stderr,
		        err == -ENOENT ? "trunkshow: there is no account %s\n" : "trunkshow: %s cannot be read\n",
		        name);
	return err;
}

static int update(struct app *app, const char *name, uint32_t mask, enum store_role role)
{
	struct show_command *command;
	struct store_account account;
	struct show_result result;
	enum show_code code;

	if (find(app, name, &account))
		return 1;
	command = show_command_new(SHOW_ACCOUNT_UPDATE);
	command->account_id = account.person.id;
	command->mask = mask;
	command->account.role = role;
	command->account.hosting = STORE_HOSTING_APPROVED;
	code = app_command(app->controller, command, &result);
	if (code != SHOW_OK)
		return tell(code, &result, name);
	printf(mask == SHOW_SET_ROLE ? "%s has a new role\n" : "%s may host shows\n", name);
	return 0;
}

static int parse_role(const char *text)
{
	static const char *const names[] = {"user", "moderator", "admin"};

	for (int i = 0; i < 3; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -1;
}

static int act(struct app *app, int count, char **words)
{
	int role;

	if (count == 2 && strcmp(words[0], "create") == 0)
		return create(app, words[1]);
	if (count == 2 && strcmp(words[0], "approve") == 0)
		return update(app, words[1], SHOW_SET_HOSTING, STORE_USER);
	role = count == 3 && strcmp(words[0], "role") == 0 ? parse_role(words[2]) : -1;
	return role < 0 ? usage() : update(app, words[1], SHOW_SET_ROLE, (enum store_role)role);
}

int tool_admin(const struct base_settings *settings, int count, char **words)
{
	struct app app = {.settings = settings};
	char why[512] = "";
	int err, code;

	if (count < 2)
		return usage();
	if (!good_name(words[1])) {
		fprintf(stderr, "trunkshow: %.40s: a name has 3 to 30 of a to z, 0 to 9, and . _ - between them\n",
		        words[1]);
		return 1;
	}
	err = app_open_market(&app, why, sizeof why);
	if (err) {
		fprintf(stderr, "trunkshow: %s%s\n", why,
		        err == -EBUSY ? "; stop it first, or let an admin do it on the page /admin" : "");
		code = 1;
	} else {
		code = act(&app, count, words);
	}
	app_close_market(&app);
	return code;
}
