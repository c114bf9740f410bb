/* Power and disk against the controller: kill -9, a crash while paying, a full disk, a disk that fails. */
#include "stage.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "store/internal.h"

/* Runs body in a child that must not return. @return its wait status. */
static int in_child(void (*body)(struct stage *s), struct stage *s)
{
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		body(s);
		_exit(99);
	}
	int status;
	while (waitpid(child, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	return status;
}

/* A market that is stored and at rest, so that a child can open it. */
static void make_market(struct stage *s, int64_t stock)
{
	stage_open(s, stock);
	stage_stop(s);
}

static int answers[2]; /* a pipe: the ids of holds that were answered */

static void tell_parent(struct show_command *command, const struct show_result *result, void *ctx)
{
	if (result->code == SHOW_HELD && write(answers[1], &result->hold.id, sizeof(result->hold.id)) < 0)
		_exit(98);
}

static void claim_for_ever(struct stage *s)
{
	close(answers[0]);
	stage_start(s);
	for (int i = 0;; i++) {
		char key[16];
		snprintf(key, sizeof(key), "k%d", i);
		struct show_command *claim = stage_claim(s, 1, key);
		claim->actor = s->buyers[i % STAGE_BUYERS];
		claim->done = tell_parent;
		show_controller_post(s->controller, claim);
		if (i % 64 == 63) /* wait for an answer, so that the queue stays short and batches differ */
			stage_ask(s, stage_claim(s, 0, "wait"), s->buyers[0]);
	}
}

struct ledger {
	struct base_id answered[4096];
	size_t count, found;
};

static void look_up(const struct store_hold *hold, void *ctx)
{
	struct ledger *ledger = ctx;
	for (size_t i = 0; i < ledger->count; i++)
		if (base_id_equal(ledger->answered[i], hold->id))
			ledger->found++;
}

static void read_answers(struct ledger *ledger, size_t wanted)
{
	while (ledger->count < wanted && read(answers[0], &ledger->answered[ledger->count], sizeof(struct base_id)) ==
	                                         (ssize_t)sizeof(struct base_id))
		ledger->count++;
}

static void kill_after(struct stage *s, struct ledger *ledger, size_t wanted)
{
	assert_int_equal(pipe(answers), 0);
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		claim_for_ever(s);
		_exit(99);
	}
	close(answers[1]);
	read_answers(ledger, ledger->count + wanted);
	assert_int_equal(kill(child, SIGKILL), 0);
	read_answers(ledger, G_N_ELEMENTS(ledger->answered)); /* what was answered until the end counts as well */
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	close(answers[0]);
}

static void test_kill_9_in_the_middle_of_claims(void **state)
{
	struct stage s;
	struct store_reader *reader;
	make_market(&s, 100000);
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	assert_non_null(ledger);
	s.settings.hold_per_item = s.settings.hold_per_buyer = 100000;
	/* Keys repeat from the second round on, so answers may name holds of rounds before: they must be there as well.
	 */
	for (size_t round = 1; round <= 3; round++)
		kill_after(&s, ledger, 150 * round);
	stage_start(&s);
	assert_int_equal(store_reader_open(s.dir, &reader), 0);
	struct store_listing *listing = calloc(1, sizeof(*listing));
	assert_non_null(listing);
	assert_int_equal(store_holds_of_show(reader, s.show, NULL, 1000000, look_up, ledger), 0);
	assert_int_equal(store_listing_by_id(reader, s.listing, listing), 0);
	assert_true(ledger->count >= 900);
	assert_int_equal(ledger->found, ledger->count);
	assert_int_equal(listing->available + listing->held, 100000);
	assert_true(listing->held > 0);
	free(listing);
	store_reader_close(reader);
	stage_stop(&s);
	free(ledger);
	stage_finish(&s);
}

static void die_in_charge(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	_exit(42);
}

static struct pay_provider *real_provider;

static void real_method(struct pay_provider *provider, const char *card, char method[PAY_METHOD_BYTES])
{
	pay_provider_method(real_provider, card, method);
}

static void pay_and_die(struct stage *s)
{
	static const struct pay_provider_ops ops = {.method = real_method, .charge = die_in_charge};
	static struct pay_provider deadly = {&ops};
	real_provider = s->provider;
	s->provider = &deadly;
	stage_start(s);
	stage_ask(s, stage_claim(s, 2, "c"), s->buyers[0]);
	stage_ask(s, stage_checkout(s, "p", CARD_OK), s->buyers[0]);
}

static void test_crash_while_paying_is_settled_at_start(void **state)
{
	struct stage s;
	make_market(&s, 3);
	int status = in_child(pay_and_die, &s);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
	stage_start(&s);
	struct show_result result = stage_ask(&s, stage_checkout(&s, "p", CARD_OK), s.buyers[0]);
	assert_int_equal(result.code, SHOW_OK);
	assert_true(result.order.state == STORE_ORDER_PAID);
	assert_int_equal(result.order.total, 2 * STAGE_PRICE);
	struct show_result claim = stage_ask(&s, stage_claim(&s, 2, "c"), s.buyers[0]);
	assert_int_equal(claim.hold.state, STORE_HOLD_SOLD);
	assert_int_equal(claim.item.listing.sold, 2);
	assert_int_equal(claim.item.listing.available, 1);
	stage_close(&s);
}

static struct show_result make_listing(struct stage *s)
{
	struct show_command *command = show_command_new(SHOW_LISTING_CREATE);
	struct store_listing *listing = &command->listing;
	snprintf(listing->title, sizeof(listing->title), "Hat");
	snprintf(listing->currency, sizeof(listing->currency), "EUR");
	memset(listing->description, 'x', sizeof(listing->description) - 1);
	return stage_ask(s, command, s->seller);
}

static void count_listing(const struct store_listing *listing, void *ctx)
{
	*(int *)ctx += 1;
}

/* The file size limit stands for a full disk: the kernel refuses the write in the same way. */
static void test_disk_full(void **state)
{
	struct stage s;
	struct rlimit all, small;
	struct store_reader *reader;
	int stored = 0, seen = 0;
	make_market(&s, 3);
	stage_start(&s);
	struct show_result held = stage_ask(&s, stage_claim(&s, 1, "c"), s.buyers[0]);
	assert_int_equal(store_reader_open(s.dir, &reader), 0);

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &all), 0);
	small = all;
	small.rlim_cur = 1 << 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	struct show_result result = {0};
	while (stored < 2000 && (result = make_listing(&s)).code == SHOW_OK)
		stored++;
	assert_int_equal(result.code, SHOW_UNAVAILABLE);
	assert_string_equal(result.detail, "the disk is full");
	assert_int_equal(make_listing(&s).code, SHOW_UNAVAILABLE);
	struct show_result again = stage_ask(&s, stage_claim(&s, 1, "c"), s.buyers[0]); /* nothing to write */
	assert_true(again.repeated);
	assert_true(base_id_equal(again.hold.id, held.hold.id));
	assert_int_equal(store_listings(reader, &s.seller, NULL, 200, count_listing, &seen), 0); /* reads go on */
	assert_int_equal(seen, MIN(stored + 1, 200));

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	assert_int_equal(make_listing(&s).code, SHOW_OK); /* room again, and nothing was lost */
	assert_int_equal(stage_ask(&s, stage_claim(&s, 2, "d"), s.buyers[1]).code, SHOW_HELD);
	assert_int_equal(stage_ask(&s, stage_claim(&s, 1, "e"), s.buyers[2]).code, SHOW_WAITLISTED);
	store_reader_close(reader);
	stage_close(&s);
}

static int failing_sync(sqlite3_file *file, int flags)
{
	return SQLITE_IOERR_FSYNC;
}

static void report_answer(struct show_command *command, const struct show_result *result, void *ctx)
{
	_exit(97); /* nobody may be answered */
}

static void claim_on_a_failing_disk(struct stage *s)
{
	static sqlite3_io_methods methods;
	sqlite3_file *log = NULL;
	stage_start(s);
	stage_ask(s, stage_claim(s, 1, "before"), s->buyers[0]);
	/* With a write-ahead log, this is the log's file. The show thread sleeps. */
	sqlite3_file_control(s->store->reads.connection.db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	methods = *log->pMethods;
	methods.xSync = failing_sync;
	log->pMethods = &methods;
	struct show_command *claim = stage_claim(s, 1, "during");
	claim->actor = s->buyers[1];
	claim->done = report_answer;
	show_controller_post(s->controller, claim);
	for (;;)
		pause();
}

static void test_failing_fsync_ends_the_process(void **state)
{
	struct stage s;
	make_market(&s, 3);
	int status = in_child(claim_on_a_failing_disk, &s);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), SHOW_EXIT_STORE);
	stage_start(&s);
	struct show_result before = stage_ask(&s, stage_claim(&s, 1, "before"), s.buyers[0]);
	assert_true(before.repeated);
	struct show_result during =
	        stage_ask(&s, stage_claim(&s, 1, "during"), s.buyers[1]); /* stored or not, it holds one */
	assert_int_equal(during.code, SHOW_HELD);
	assert_int_equal(during.item.listing.held, 2);
	stage_close(&s);
}

static void test_busy_store_says_retry(void **state)
{
	struct stage s;
	struct sqlite_connection intruder;
	make_market(&s, 3);
	stage_start(&s);
	g_autofree char *path = store_path(s.dir, "trunkshow.db");
	assert_int_equal(sqlite_connection_open(&intruder, path, SQLITE_OPEN_READWRITE), SQLITE_OK);
	assert_int_equal(sqlite_connection_execute(&intruder, "BEGIN IMMEDIATE"), 0);
	struct show_result refused = stage_ask(&s, stage_claim(&s, 1, "c"), s.buyers[0]);
	assert_int_equal(refused.code, SHOW_RETRY);
	assert_int_equal(sqlite_connection_execute(&intruder, "ROLLBACK"), 0);
	struct show_result held = stage_ask(&s, stage_claim(&s, 1, "c"), s.buyers[0]);
	assert_int_equal(held.code, SHOW_HELD);
	assert_false(held.repeated);
	assert_int_equal(held.item.listing.held, 1);
	sqlite_connection_close(&intruder);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_kill_9_in_the_middle_of_claims),
	        cmocka_unit_test(test_crash_while_paying_is_settled_at_start),
	        cmocka_unit_test(test_disk_full),
	        cmocka_unit_test(test_failing_fsync_ends_the_process),
	        cmocka_unit_test(test_busy_store_says_retry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
