#include "demo_market.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/photos.h"
#include "api/tokens.h"
#include "app.h"
#include "base/clock.h"
#include "base/log.h"
#include "signals.h"

#define RUN_MAX 8

static const struct person {
	const char *username, *display_name, *what;
	enum store_role role;
	enum store_hosting hosting;
} people[] = {
        {"lena", "Lena", "hosts the show", STORE_USER, STORE_HOSTING_APPROVED},
        {"mara", "Mara's Wardrobe", "sells clothes", STORE_USER, STORE_HOSTING_NO},
        {"theo", "Theo's Attic", "sells old treasures", STORE_USER, STORE_HOSTING_ASKED},
        {"milo", "Milo", "moderates", STORE_MODERATOR, STORE_HOSTING_NO},
        {"ada", "Ada", "is the admin", STORE_ADMIN, STORE_HOSTING_APPROVED},
        {"ben", "Ben", "buys", STORE_USER, STORE_HOSTING_NO},
};
#define PEOPLE (sizeof people / sizeof people[0])

enum { LENA, MARA, THEO };

static const struct thing {
	const char *picture, *title, *description, *size, *brand;
	int64_t price, stock, floor; /* floor 0: not for others to sell */
	int seller;
} things[] = {
        {"denim-jacket", "Denim jacket, washed blue", "Worn in, not worn out: soft, straight cut, all buttons there.",
         "M", "Levi's", 4500, 3, 0, LENA},
        {"jeans", "High-waisted jeans", "Dark rinse, long leg, hemmed once by hand.", "28", "Lee", 3900, 4, 0, LENA},
        {"sweater", "Hand-knit sweater", "Wool from the next valley, warm as a stove.", "L", "", 5400, 2, 0, LENA},
        {"scarf", "Silk scarf", "Hand-rolled hem, 90 by 90 cm.", "", "", 2800, 6, 0, LENA},
        {"dress", "Summer dress", "Light cotton with pockets. Pockets!", "M", "", 4200, 5, 3000, MARA},
        {"skirt", "Pleated skirt", "Swings when you do.", "S", "", 3400, 3, 2500, MARA},
        {"hat", "Wide-brimmed hat", "Keeps its shape, and your shade.", "57", "", 2200, 8, 1800, MARA},
        {"boots", "Leather boots", "New soles this spring, the leather has stories.", "39", "Blundstone", 8900, 1, 7500,
         MARA},
        {"bag", "Shoulder bag", "Brass buckle, one scratch, many years left.", "", "", 6200, 2, 5000, THEO},
        {"sneakers", "Canvas sneakers", "Worn twice, sadly too small.", "42", "", 4800, 1, 4000, THEO},
        {"sunglasses", "Sunglasses", "Real glass, new hinges.", "", "", 3100, 4, 0, THEO},
        {"watch", "Hand-wound watch", "Loses four seconds a day, as one should.", "", "", 11000, 2, 0, THEO},
};
#define THINGS (sizeof things / sizeof things[0])

static int run(struct app *app, struct show_command *command, struct show_result *result, const char *what)
{
	enum show_code code = app_command(app->controller, command, result);

	if (code == SHOW_OK)
		return 0;
	base_log(BASE_LOG_ERROR, "demo", "failed", "%s: %s", what, result->detail);
	return -EIO;
}

/* ---- accounts ---- */

static int make_person(struct app *app, const struct person *person, FILE *accounts, struct base_id *id)
{
	struct show_command *command = show_command_new(SHOW_ACCOUNT_CREATE);
	struct store_account *account = &command->account;
	struct show_result result;
	char password[17];

	snprintf(account->person.username, sizeof account->person.username, "%s", person->username);
	snprintf(account->person.display_name, sizeof account->person.display_name, "%s", person->display_name);
	account->role = person->role;
	account->hosting = person->hosting;
	api_password_random(password);
	if (api_password_hash(app->settings, password, account->password_hash))
		base_log(BASE_LOG_ERROR, "demo", "failed", "no memory to hash a password");
	if (run(app, command, &result, person->username))
		return -EIO;
	*id = result.account.person.id;
	return fprintf(accounts, "%s %s %s\n", person->username, password, person->what) < 0 ? -EIO : 0;
}

/* ---- listings ---- */

/* Beside the executable, where a package puts it, or in the sources. */
bool demo_pictures(char *out, size_t size)
{
	char folder[4096];
	const char *const places[][2] = {
	        {folder, "demo"}, {folder, "../share/trunkshow/demo"}, {TRUNKSHOW_SOURCE_DIR, "configs/demo"}};

	app_folder(folder, sizeof folder);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		snprintf(out, size, "%s/%s", places[i][0], places[i][1]);
		if (access(out, R_OK | X_OK) == 0)
			return true;
	}
	return false;
}

static void add_picture(struct app *app, const struct thing *thing, struct base_id seller, struct base_id listing)
{
	struct show_command *command;
	struct show_result result;
	struct base_id photo;
	char folder[4200], file[4400];
	int err;

	if (!demo_pictures(folder, sizeof folder)) {
		base_log(BASE_LOG_WARN, "demo", "picture", "the folder demo is not beside the program");
		return;
	}
	snprintf(file, sizeof file, "%s/%s.svg", folder, thing->picture);
	err = api_photo_make(app->settings, (const char *const[]){"--draw", file, "--max-edge", "1080", NULL}, NULL, 0,
	                     &photo);
	if (err) {
		/* A listing without a picture is still a listing. */
		base_log(BASE_LOG_WARN, "demo", "picture", "%s cannot be drawn: %s", thing->picture, strerror(-err));
		return;
	}
	command = show_command_new(SHOW_LISTING_PHOTO);
	command->actor = seller;
	command->listing_id = listing;
	command->listing.photo = photo;
	(void)run(app, command, &result, thing->picture);
}

static int make_thing(struct app *app, const struct thing *thing, const struct base_id *ids)
{
	struct show_command *command = show_command_new(SHOW_LISTING_CREATE);
	struct store_listing *listing = &command->listing;
	struct show_result result;

	command->actor = ids[thing->seller];
	snprintf(listing->title, sizeof listing->title, "%s", thing->title);
	snprintf(listing->description, sizeof listing->description, "%s", thing->description);
	snprintf(listing->size, sizeof listing->size, "%s", thing->size);
	snprintf(listing->brand, sizeof listing->brand, "%s", thing->brand);
	snprintf(listing->currency, sizeof listing->currency, "%s", app->settings->currency);
	listing->price = thing->price;
	listing->available = thing->stock;
	listing->community = (struct store_community){.ok = thing->floor > 0, .floor = thing->floor};
	if (run(app, command, &result, thing->title))
		return -EIO;
	add_picture(app, thing, ids[thing->seller], result.listing.id);
	return 0;
}

/* ---- shows ---- */

/* Tomorrow evening, seven o'clock by the machine's clock. */
static int64_t tomorrow_ms(void)
{
	time_t now = (time_t)(base_clock_utc_ms() / 1000);
	struct tm tm;

	localtime_r(&now, &tm);
	tm.tm_mday++;
	tm.tm_hour = 19;
	tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000;
}

static int make_show(struct app *app, struct base_id host, const char *title, int64_t starts_ms,
                     struct show_result *result)
{
	struct show_command *command = show_command_new(SHOW_CREATE);

	command->actor = host;
	command->show.starts_ms = starts_ms;
	snprintf(command->show.title, sizeof command->show.title, "%s", title);
	return run(app, command, result, title);
}

int demo_market_make(struct app *app, FILE *accounts)
{
	struct base_id ids[PEOPLE];
	struct show_result result;

	for (size_t i = 0; i < PEOPLE; i++)
		if (make_person(app, &people[i], accounts, &ids[i]))
			return -EIO;
	for (size_t i = 0; i < THINGS; i++) {
		if (signals_asked_to_stop())
			return -EINTR;
		if (isatty(STDOUT_FILENO)) {
			printf("\rpreparing the demo market: %zu of %zu", i + 1, THINGS);
			fflush(stdout);
		}
		if (make_thing(app, &things[i], ids))
			return -EIO;
	}
	if (isatty(STDOUT_FILENO))
		printf("\r%48s\r", "");
	return make_show(app, ids[LENA], "Attic finds: bags, watches, sunglasses", tomorrow_ms(), &result);
}

struct run_of_show {
	struct base_id ids[RUN_MAX];
	size_t count;
};

static void add_to_run(const struct store_listing *listing, void *ctx)
{
	struct run_of_show *list = ctx;

	if (listing->available > 0 && list->count < RUN_MAX)
		list->ids[list->count++] = listing->id;
}

static int add_items(struct app *app, const struct run_of_show *list, const struct store_show *show,
                     struct base_id *first)
{
	struct show_result result;

	for (size_t i = list->count; i-- > 0;) { /* the reader gives the newest first */
		struct show_command *command = show_command_new(SHOW_ITEM_ADD);
		command->actor = show->host.id;
		command->show_id = show->id;
		command->listing_id = list->ids[i];
		if (run(app, command, &result, "an item"))
			return -EIO;
		if (base_id_is_zero(*first))
			*first = result.item.id;
	}
	return 0;
}

static int start(struct app *app, const struct store_show *show, struct base_id first)
{
	struct show_command *command = show_command_new(SHOW_START);
	struct show_result result;

	command->actor = show->host.id;
	command->show_id = show->id;
	if (run(app, command, &result, "the show's start"))
		return -EIO;
	if (base_id_is_zero(first))
		return 0;
	command = show_command_new(SHOW_FEATURE);
	command->actor = show->host.id;
	command->show_id = show->id;
	command->item_id = first;
	return run(app, command, &result, "featuring");
}

int demo_market_go_live(struct app *app, struct store_reader *reader, struct base_id host, struct store_show *out)
{
	struct run_of_show own = {.count = 0}, others = {.count = 0};
	struct base_id first = {{0}};
	struct show_result result;

	if (store_listings(reader, &host, NULL, RUN_MAX, add_to_run, &own) ||
	    store_listings(reader, NULL, NULL, RUN_MAX, add_to_run, &others) ||
	    make_show(app, host, "Lena's wardrobe, live", 0, &result))
		return -EIO;
	*out = result.show;
	if (add_items(app, &own, out, &first) || add_items(app, &others, out, &first))
		return -EIO;
	return start(app, out, first);
}
