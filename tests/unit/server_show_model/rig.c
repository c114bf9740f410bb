#include "rig.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/claimed.h"
#include "store/writer.h"

#define CURRENT_MS INT64_C(1795288800000)

static struct rig *current; /* whose engine runs */

void rig_wrong(struct rig *rig, const char *format, ...)
{
	va_list arguments;
	if (rig->wrong[0])
		return;
	va_start(arguments, format);
	vsnprintf(rig->wrong, sizeof(rig->wrong), format, arguments);
	va_end(arguments);
}

/* These stand in for the real ones, by the linker: what is random or of this machine must not be in a history. */

struct base_id __wrap_base_id_new(void);
int __wrap_store_commit(struct store *store);
int __real_store_commit(struct store *store);
void __wrap_base_log(enum base_log_level level, const char *part, const char *event, const char *format, ...);

static uint64_t ids;

struct base_id __wrap_base_id_new(void)
{
	struct base_id id = {{0}};
	uint64_t ms = (uint64_t)current->now.ms; /* an id begins with its time, and old keys are forgotten by it */
	ids++;
	for (int i = 0; i < 6; i++)
		id.bytes[5 - i] = (uint8_t)(ms >> (8 * i));
	for (int i = 0; i < 8; i++)
		id.bytes[BASE_ID_BYTES - 1 - i] = (uint8_t)(ids >> (8 * i));
	return id;
}

int __wrap_store_commit(struct store *store)
{
	struct rig *rig = current;
	if (!rig || rig->fault == FAULT_NONE || --rig->fault_at > 0)
		return __real_store_commit(store);
	enum rig_fault fault = rig->fault;
	rig->fault = FAULT_NONE;
	rig->fault_fired = true;
	if (fault == FAULT_FAIL)
		return rig->fault_error;
	if (fault == FAULT_CUT_AFTER && __real_store_commit(store) != 0)
		rig_wrong(rig, "a commit failed by itself");
	longjmp(rig->cut, 1);
}

void __wrap_base_log(enum base_log_level level, const char *part, const char *event, const char *format, ...)
{
}

/* The provider. */

static int order_of(struct rig *rig, const char *text)
{
	struct base_id id;
	if (base_id_parse(text, &id) == 0)
		for (int i = 0; i < rig->orders_bound; i++)
			if (base_id_equal(rig->orders[i], id))
				return i;
	rig_wrong(rig, "the provider was asked about an order that is not stored");
	return NONE;
}

static void provider_method(struct pay_provider *provider, const char *card, char method[PAY_METHOD_BYTES])
{
	snprintf(method, PAY_METHOD_BYTES, "%s", card);
}

static void say(struct rig *rig, int order, struct pay_result *out)
{
	static const enum pay_outcome outcomes[] = {[TRUTH_NONE] = PAY_UNKNOWN,
	                                            [TRUTH_CAPTURED] = PAY_CAPTURED,
	                                            [TRUTH_DECLINED] = PAY_DECLINED,
	                                            [TRUTH_PENDING] = PAY_PENDING,
	                                            [TRUTH_EXPIRED] = PAY_EXPIRED};
	struct rig_truth *truth = &rig->truth[order];
	char id[BASE_ID_TEXT];
	out->outcome = outcomes[truth->state];
	if (truth->state == TRUTH_CAPTURED) {
		truth->told = true;
		out->fee_minor = 30;
		snprintf(out->reference, sizeof(out->reference), "ref_%s", base_id_format(rig->orders[order], id));
	} else if (truth->state == TRUTH_DECLINED) {
		snprintf(out->reason, sizeof(out->reason), "declined");
	}
}

static void provider_charge(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	struct rig *rig = current;
	int order = order_of(rig, charge->order);
	memset(out, 0, sizeof(*out));
	out->outcome = PAY_UNKNOWN;
	rig->asked = (struct rig_asked){.what = ASKED_CHARGE, .order = order, .outcome = PAY_UNKNOWN};
	if (order == NONE || rig->provider_down)
		return;
	struct rig_truth *truth = &rig->truth[order];
	if (charge->amount_minor != rig->model->orders[order].total)
		rig_wrong(rig, "order %d: charged %lld instead of %lld", order, (long long)charge->amount_minor,
		          (long long)rig->model->orders[order].total);
	if (truth->state == TRUTH_NONE) {
		if (strcmp(charge->method, "unknown") == 0) { /* it happened, but the answer is lost */
			truth->state = rig->unanswered_is_captured ? TRUTH_CAPTURED : TRUTH_DECLINED;
			return;
		}
		truth->state = strcmp(charge->method, "ok") == 0        ? TRUTH_CAPTURED
		               : strcmp(charge->method, "pending") == 0 ? TRUTH_PENDING
		                                                        : TRUTH_DECLINED;
	}
	say(rig, order, out);
	rig->asked.outcome = out->outcome;
}

static void provider_expire(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	struct rig *rig = current;
	int order = order_of(rig, charge->order);
	memset(out, 0, sizeof(*out));
	out->outcome = PAY_UNKNOWN;
	rig->asked = (struct rig_asked){.what = ASKED_EXPIRE, .order = order, .outcome = PAY_UNKNOWN};
	if (order == NONE || rig->provider_down)
		return;
	struct rig_truth *truth = &rig->truth[order];
	if (!rig->model->orders[order].expiring)
		rig_wrong(rig, "order %d: asked to expire before its time", order);
	if (truth->state == TRUTH_NONE || truth->state == TRUTH_PENDING)
		truth->state = TRUTH_EXPIRED;
	say(rig, order, out);
	rig->asked.outcome = out->outcome;
}

static int provider_refund(struct pay_provider *provider, const char *reference)
{
	struct rig *rig = current;
	int order = strncmp(reference, "ref_", 4) == 0 ? order_of(rig, reference + 4) : NONE;
	if (order == NONE)
		rig_wrong(rig, "a refund of '%s'", reference);
	rig->asked = (struct rig_asked){.what = ASKED_REFUND, .order = order, .refund_error = -EAGAIN};
	if (order == NONE || rig->provider_down)
		return -EAGAIN;
	if (rig->model->orders[order].refund == STORE_REFUND_NONE || rig->truth[order].state != TRUTH_CAPTURED)
		rig_wrong(rig, "order %d: a refund that nobody owes", order);
	rig->truth[order].refunded = true;
	return rig->asked.refund_error = 0;
}

static const struct pay_provider_ops ops = {
        .method = provider_method, .charge = provider_charge, .expire = provider_expire, .refund = provider_refund};

static int run_blocking(void (*run)(void *arg), void *arg, void *ctx)
{
	struct rig *rig = ctx;
	if (rig->pool_full || rig->jobs_count == RIG_JOBS)
		return -EAGAIN;
	rig->jobs[rig->jobs_count].run = run;
	rig->jobs[rig->jobs_count++].arg = arg;
	return 0;
}

static void take_job(struct rig *rig, int at)
{
	void (*run)(void *arg) = rig->jobs[at].run;
	void *arg = rig->jobs[at].arg;
	memmove(&rig->jobs[at], &rig->jobs[at + 1], (size_t)(--rig->jobs_count - at) * sizeof(rig->jobs[0]));
	current = rig;
	run(arg);
}

bool rig_job(struct rig *rig, unsigned which)
{
	rig->asked.what = ASKED_NOTHING;
	if (rig->jobs_count == 0)
		return false;
	take_job(rig, (int)(which % (unsigned)rig->jobs_count));
	base_mailbox_drain(rig->box, rig->engine);
	return true;
}

/* Start and end. */

static void start(struct rig *rig)
{
	struct show_config config = {.settings = &rig->settings,
	                             .store = rig->store,
	                             .provider = &rig->provider,
	                             .run_blocking = run_blocking,
	                             .ctx = rig};
	current = rig;
	if (base_mailbox_create(NULL, NULL, &rig->box) != 0 ||
	    show_engine_open(&config, rig->box, &rig->now, &rig->engine) != 0)
		rig_wrong(rig, "the engine does not start");
}

static void open_store(struct rig *rig)
{
	char why[256] = "";
	if (store_open(rig->dir, why, sizeof(why), &rig->store) != 0) {
		fprintf(stderr, "cannot open the store: %s\n", why);
		abort();
	}
}

#define HELD "id, state, quantity, price, community, floor, buyer, listing, variant, item, purchase, expires_ms"

/* So that what is compared asks `hold` alone. */
static void open_reader(struct rig *rig)
{
	static const char view[] = "CREATE TEMP TABLE unsettled(" HELD "); CREATE TEMP VIEW hold AS SELECT " HELD
	                           " FROM main.hold UNION ALL SELECT " HELD " FROM unsettled";
	g_autofree char *path = store_path(rig->dir, "trunkshow.db");
	if (sqlite_connection_open(&rig->reader.connection, path, SQLITE_OPEN_READONLY) != SQLITE_OK ||
	    sqlite_connection_execute(&rig->reader.connection, view) != 0)
		abort();
}

static int add_unsettled(struct rig *rig, const struct store_hold *hold)
{
	struct sql sql = sql_prepare(&rig->reader.connection,
	                             "INSERT INTO unsettled VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)");
	sql_bind_id(&sql, hold->id);
	sql_bind_int(&sql, hold->state);
	sql_bind_int(&sql, hold->quantity);
	sql_bind_int(&sql, hold->price);
	sql_bind_int(&sql, hold->terms.community);
	sql_bind_int(&sql, hold->terms.floor);
	sql_bind_id(&sql, hold->buyer.id);
	sql_bind_id(&sql, hold->listing);
	sql_bind_id(&sql, hold->variant);
	sql_bind_id(&sql, hold->item);
	sql_bind_int(&sql, hold->expires_ms);
	return sql_run(&sql);
}

static void read_unsettled(struct rig *rig)
{
	g_autoptr(GArray) holds = g_array_new(FALSE, FALSE, sizeof(struct store_hold));
	int error = sqlite_connection_execute(&rig->reader.connection, "DELETE FROM unsettled");
	if (!error)
		error = claimed_find(&rig->reader, &(struct claimed_wanted){.id = NULL}, holds);
	for (guint i = 0; i < holds->len && !error; i++)
		error = add_unsettled(rig, &g_array_index(holds, struct store_hold, i));
	if (error)
		rig_wrong(rig, "cannot read the claims without rows");
}

void rig_open(struct rig *rig, const struct m_limits *limits, const struct model *model)
{
	memset(rig, 0, sizeof(*rig));
	const char *memory = g_file_test("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm" : g_get_tmp_dir();
	ids = 0;
	rig->model = model;
	rig->provider.ops = &ops;
	rig->now = (struct rules_now){.us = INT64_C(300000000), .ms = CURRENT_MS};
	base_settings_init(&rig->settings);
	rig->settings.hold_s = limits->hold_ms / 1000;
	rig->settings.hold_per_buyer = limits->per_buyer;
	rig->settings.hold_per_item = limits->per_item;
	rig->settings.wait_per_listing = limits->waits;
	rig->settings.wait_absent_s = limits->absent_us / 1000000;
	rig->settings.fee_bp = limits->fee_bp;
	rig->settings.tax_bp = limits->tax_bp;
	rig->settings.host_absent_s = 100 * 86400;
	rig->dir = g_build_filename(memory, "trunkshow-model-XXXXXX", NULL);
	if (!g_mkdtemp(rig->dir))
		abort();
	open_store(rig);
	open_reader(rig);
	start(rig);
}

static void stop(struct rig *rig)
{
	current = rig;
	while (rig->jobs_count)
		take_job(rig, 0);
	rig->asked.what = ASKED_NOTHING;
	base_mailbox_destroy(rig->box); /* their answers come too late */
	for (int i = 0; i < rig->asks_count; i++)
		rig->asks[i].out = false;
	for (int i = 0; i < rig->late_count; i++)
		rig->late[i].out = false;
	show_engine_close(rig->engine);
}

void rig_close(struct rig *rig)
{
	stop(rig);
	sqlite_connection_close(&rig->reader.connection);
	store_close(rig->store);
	base_settings_finish(&rig->settings);
	GDir *listing = g_dir_open(rig->dir, 0, NULL);
	const char *name;
	while (listing && (name = g_dir_read_name(listing))) {
		g_autofree char *path = g_build_filename(rig->dir, name, NULL);
		g_unlink(path);
	}
	if (listing)
		g_dir_close(listing);
	g_rmdir(rig->dir);
	g_free(rig->dir);
	current = NULL;
}

void rig_restart(struct rig *rig, bool power, int64_t downtime_ms)
{
	stop(rig);
	store_rollback(rig->store);
	if (power) {
		store_close(rig->store);
		open_store(rig);
	}
	rig_pass(rig, downtime_ms);
	start(rig);
}

void rig_pass(struct rig *rig, int64_t ms)
{
	rig->now.ms += ms;
	rig->now.us += ms * 1000;
}

void rig_presence(struct rig *rig, int account, bool present)
{
	show_engine_presence(rig->engine, &rig->now, rig->accounts[account], present);
}

/* Commands. */

static void on_answer(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct rig_ask *ask = ctx;
	if (!ask->out)
		return; /* an engine that is being closed */
	ask->out = false;
	ask->answered = true;
	ask->seen = (struct m_seen){.answered = true,
	                            .repeated = result->repeated,
	                            .code = result->code,
	                            .price = result->price,
	                            .place = result->waiting.place};
	ask->hold = result->hold.id;
	ask->wait = result->waiting.id;
	ask->order = result->order.id;
	ask->account = result->account.person.id;
	ask->listing = result->listing.id;
	ask->show = result->show.id;
}

struct show_command *rig_command(struct rig *rig, enum show_verb verb, int actor)
{
	struct show_command *command = show_command_new(verb);
	command->actor = actor == NONE ? (struct base_id){{0}} : rig->accounts[actor];
	return command;
}

struct rig_ask *rig_take(struct rig *rig, struct show_command *command)
{
	struct rig_ask *ask = &rig->asks[rig->asks_count++];
	if (command->verb == SHOW_CHECKOUT)
		ask = &rig->late[rig->late_count++];
	*ask = (struct rig_ask){.out = true, .order_waited = NONE};
	command->done = on_answer;
	command->ctx = ask;
	command->arrived_us = rig->now.us + rig->asks_count;
	show_engine_take(rig->engine, command);
	return ask;
}

bool rig_run(struct rig *rig)
{
	current = rig;
	rig->fault_fired = false;
	rig->fired_at = rig->fault_at;
	if (setjmp(rig->cut) != 0)
		return false;
	show_engine_run(rig->engine, &rig->now);
	rig->fault = FAULT_NONE;
	return true;
}

/* Ids count upwards, so what is new in a table is what the model made, in its order. */
static int bind_new(struct rig *rig, const char *text, struct base_id *ids_of, int bound, int count)
{
	struct base_id last = bound ? ids_of[bound - 1] : (struct base_id){{0}};
	struct sql sql = sql_prepare(&rig->reader.connection, text);
	sql_bind_blob(&sql, last.bytes, BASE_ID_BYTES);
	while (sql_next(&sql)) {
		struct base_id id = sql_get_id(&sql);
		if (bound < count)
			ids_of[bound] = id;
		bound++;
	}
	if (sql_end(&sql) != 0)
		rig_wrong(rig, "cannot read: %s", text);
	if (bound != count)
		rig_wrong(rig, "the store has %d rows, the model %d: %s", bound, count, text);
	return bound < count ? bound : count;
}

void rig_bind(struct rig *rig)
{
	const struct model *m = rig->model;
	read_unsettled(rig);
	static const char holds[] = "SELECT id FROM hold WHERE id > ? ORDER BY id";
	static const char waits[] = "SELECT id FROM waiting WHERE id > ? ORDER BY id";
	static const char orders[] = "SELECT id FROM purchase WHERE id > ? ORDER BY id";
	static const char items[] = "SELECT id FROM item WHERE id > ? ORDER BY id";
	static const char variants[] = "SELECT id FROM variant WHERE id > ? ORDER BY id";
	rig->holds_bound = bind_new(rig, holds, rig->holds, rig->holds_bound, m->holds_count);
	rig->waits_bound = bind_new(rig, waits, rig->waits, rig->waits_bound, m->waits_count);
	rig->orders_bound = bind_new(rig, orders, rig->orders, rig->orders_bound, m->orders_count);
	rig->items_bound = bind_new(rig, items, rig->items, rig->items_bound, m->items_count);
	rig->variants_bound = bind_new(rig, variants, rig->variants, rig->variants_bound, m->variants_count);
}
