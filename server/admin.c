/* trunkshow admin: accounts, from the machine's console. */
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "admin.h"
#include "api/tokens.h"
#include "app.h"
#include "control.h"
#include "tools.h"

static int usage(void)
{
	fprintf(stderr,
	        "usage: trunkshow admin create NAME          make an account that is an admin\n"
	        "       trunkshow admin approve NAME         let an account host shows\n"
	        "       trunkshow admin role NAME user|moderator|admin\n"
	        "       trunkshow admin ban|unban NAME       shut an account out of the market, let it in again\n");
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

/* By the server that has the store, or with the store itself when none runs. @return whether it was carried out. */
static bool carry_out(const struct base_settings *settings, const char *request)
{
	struct app app = {.settings = settings};
	char why[512] = "", answer[CONTROL_LINE] = "";
	int err = app_open_market(&app, why, sizeof why);

	if (!err)
		admin_act(request, answer, sizeof answer, &app);
	else if (err == -EBUSY)
		err = control_ask(settings->data_dir, request, answer);
	app_close_market(&app);
	if (*why && err)
		fprintf(stderr, "trunkshow: %s; it cannot be asked: %s\n", why, strerror(-err));
	else if (strncmp(answer, "ok ", 3) == 0)
		printf("%s\n", answer + 3);
	else
		fprintf(stderr, "trunkshow: %s\n", strlen(answer) > 3 ? answer + 3 : "no answer");
	return !err && strncmp(answer, "ok ", 3) == 0;
}

static int create(const struct base_settings *settings, const char *name)
{
	char password[API_PASSWORD_MAX + 2], hash[API_PASSWORD_HASH], request[CONTROL_LINE];
	bool made = get_password(password, sizeof password), done = false;

	if (strlen(password) < API_PASSWORD_MIN) {
		fprintf(stderr, "trunkshow: a password needs at least %d characters\n", API_PASSWORD_MIN);
	} else if (api_password_hash(settings, password, hash)) {
		fprintf(stderr, "trunkshow: no memory to hash the password\n");
	} else {
		snprintf(request, sizeof request, "create %s %s", name, hash);
		done = carry_out(settings, request);
		if (done && made)
			printf("password: %s\nIt is shown this once.\n", password);
	}
	sodium_memzero(password, sizeof password);
	return done ? 0 : 1;
}

static int update(const struct base_settings *settings, int count, char **words)
{
	char request[CONTROL_LINE];

	snprintf(request, sizeof request, "%s %s %s", words[0], words[1], count == 3 ? words[2] : "");
	return carry_out(settings, request) ? 0 : 1;
}

static bool is_understood(int count, char **words)
{
	static const char *const verbs[] = {"create", "approve", "ban", "unban"};

	for (size_t i = 0; count == 2 && i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(words[0], verbs[i]) == 0)
			return true;
	return count == 3 && strcmp(words[0], "role") == 0 &&
	       (strcmp(words[2], "user") == 0 || strcmp(words[2], "moderator") == 0 || strcmp(words[2], "admin") == 0);
}

/* What root would make in somebody's data folder, the server could not open: work as the folder's owner. */
static int become_owner(const char *data_dir)
{
	struct stat folder;

	if (geteuid() != 0 || stat(data_dir, &folder) || folder.st_uid == 0)
		return 0;
	if (setgroups(0, NULL) || setgid(folder.st_gid) || setuid(folder.st_uid)) {
		fprintf(stderr, "trunkshow: cannot become the owner of %s: %s\n", data_dir, strerror(errno));
		return -errno;
	}
	return 0;
}

int tool_admin(const struct base_settings *settings, int count, char **words)
{
	if (!is_understood(count, words))
		return usage();
	if (!good_name(words[1])) {
		fprintf(stderr, "trunkshow: %.40s: a name has 3 to 30 of a to z, 0 to 9, and . _ - between them\n",
		        words[1]);
		return 1;
	}
	if (become_owner(settings->data_dir))
		return 1;
	return strcmp(words[0], "create") == 0 ? create(settings, words[1]) : update(settings, count, words);
}
