/* What the market says of recordings: what was featured when, who is told of a full disk, what is removed stays so. */
#include "world.h"

#include <errno.h>
#include <string.h>

static struct show_command *on_show(const struct world *w, enum show_verb verb)
{
	struct show_command *command = show_command_new(verb);
	command->show_id = w->show;
	command->item_id = w->item;
	return command;
}

static enum show_code record(struct world *w, const struct store_recording *is, struct base_id actor)
{
	struct show_command *command = show_command_new(SHOW_RECORDING);
	command->recording = *is;
	command->recording.show = w->show;
	return world_do(w, command, actor).code;
}

static struct store_recording recording_of(struct world *w)
{
	struct store_recording is;
	assert_int_equal(store_recording_by_show(store_writer_reads(w->store), w->show, &is), 0);
	return is;
}

static const struct base_id server;

struct spans {
	struct store_feature list[8];
	size_t count;
};

static void on_feature(const struct store_feature *feature, void *ctx)
{
	struct spans *spans = ctx;
	spans->list[spans->count++] = *feature;
}

static struct spans spans_of(struct world *w)
{
	struct spans spans = {.count = 0};
	assert_int_equal(store_features(store_writer_reads(w->store), w->show, on_feature, &spans), 0);
	return spans;
}

static struct base_id add_item(struct world *w)
{
	struct show_command *add = on_show(w, SHOW_ITEM_ADD);
	add->listing_id = world_add_listing(w, WORLD_PRICE, 3);
	return world_do(w, add, w->host).item;
}

static void test_what_is_featured_is_kept(void **state)
{
	struct world w;
	world_open(&w, true, 3);
	struct base_id second = add_item(&w);
	int64_t t0 = w.now.ms;
	world_do(&w, on_show(&w, SHOW_FEATURE), w.host);
	world_pass(&w, 10 * 1000000);
	world_do(&w, on_show(&w, SHOW_FEATURE), w.host); /* it is already */
	world_pass(&w, 10 * 1000000);
	struct show_command *next = on_show(&w, SHOW_FEATURE);
	next->item_id = second;
	world_do(&w, next, w.host);
	assert_int_equal(spans_of(&w).count, 2);
	assert_int_equal(spans_of(&w).list[1].to_ms, 0);
	world_restart(&w); /* what is featured goes on */
	world_pass(&w, 5 * 1000000);
	world_do(&w, on_show(&w, SHOW_UNFEATURE), w.host);
	world_pass(&w, 5 * 1000000);
	world_do(&w, on_show(&w, SHOW_FEATURE), w.host);
	world_pass(&w, 5 * 1000000);
	world_end_show(&w);
	struct spans spans = spans_of(&w);
	assert_int_equal(spans.count, 3);
	assert_true(spans.list[0].from_ms == t0 && spans.list[0].to_ms == t0 + 20000);
	assert_true(base_id_equal(spans.list[0].item, w.item) && base_id_equal(spans.list[0].listing, w.listing));
	assert_true(spans.list[1].from_ms == t0 + 20000 && base_id_equal(spans.list[1].item, second));
	assert_true(spans.list[1].to_ms >= t0 + 25000 && spans.list[2].from_ms >= t0 + 30000);
	assert_int_equal(spans.list[2].to_ms, w.now.ms);
	world_close(&w);
}

static void test_what_leaves_the_show_is_featured_no_more(void **state)
{
	struct world w;
	world_open(&w, true, 3);
	world_do(&w, on_show(&w, SHOW_FEATURE), w.host);
	world_pass(&w, 10 * 1000000);
	world_do(&w, on_show(&w, SHOW_ITEM_REMOVE), w.host);
	assert_int_equal(spans_of(&w).list[0].to_ms, w.now.ms);
	world_close(&w);
}

static void test_a_full_disk_is_told_once(void **state)
{
	struct world w;
	struct store_recording is = {.state = STORE_RECORDING, .begun_ms = 1000};
	world_open(&w, true, 3);
	assert_int_equal(record(&w, &is, w.host), SHOW_FORBIDDEN);
	assert_int_equal(record(&w, &is, server), SHOW_OK);
	assert_int_equal(w.told[SHOW_EVENT_RECORDING], 1);
	assert_int_equal(w.notices_count, 0);
	is.full = true;
	is.begun_ms = 2000;
	assert_int_equal(record(&w, &is, server), SHOW_OK);
	assert_int_equal(w.notices_count, 2);
	assert_true(base_id_equal(w.notices[0].account, w.host) && base_id_equal(w.notices[1].account, w.admin));
	assert_int_equal(w.notices[0].code, STORE_NOTICE_DISK_FULL);
	assert_true(base_id_equal(w.notices[0].show, w.show) && w.notices[0].title[0]);
	assert_int_equal(record(&w, &is, server), SHOW_OK);
	is.full = false;
	is.state = STORE_RECORDED;
	is.duration_ms = 5000;
	assert_int_equal(record(&w, &is, server), SHOW_OK);
	assert_int_equal(w.notices_count, 2);
	is = recording_of(&w);
	assert_true(is.full && is.begun_ms == 1000 && is.state == STORE_RECORDED && is.duration_ms == 5000);
	world_close(&w);
}

static void test_removed_is_removed(void **state)
{
	struct world w;
	struct store_recording is = {.state = STORE_RECORDING, .begun_ms = 1000};
	world_open(&w, true, 3);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_RECORDING_REMOVE), w.host).code, SHOW_NOT_FOUND);
	record(&w, &is, server);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_RECORDING_REMOVE), w.host).code, SHOW_INVALID); /* on air */
	world_end_show(&w);
	is.state = STORE_RECORDED;
	is.bytes = 77;
	record(&w, &is, server);
	assert_true(rules_show(&w.r, w.show)->is.recorded);
	struct show_command *clip = show_command_new(SHOW_CLIP);
	clip->clip = (struct store_clip){.id = base_id_new(),
	                                 .show = w.show,
	                                 .listing = w.listing,
	                                 .item = w.item,
	                                 .wanted_ms = 5000,
	                                 .duration_ms = 4000,
	                                 .bytes = 10};
	struct base_id id = clip->clip.id;
	struct store_clip found;
	assert_int_equal(world_do(&w, clip, server).code, SHOW_OK);
	assert_int_equal(store_clip_by_id(store_writer_reads(w.store), id, &found), 0);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_RECORDING_REMOVE), w.buyers[0]).code, SHOW_FORBIDDEN);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_RECORDING_REMOVE), w.host).code, SHOW_OK);
	assert_int_equal(w.told[SHOW_EVENT_RECORDING], 1);
	assert_int_equal(store_clip_by_id(store_writer_reads(w.store), id, &found), -ENOENT);
	assert_true(recording_of(&w).state == STORE_RECORDING_REMOVED && recording_of(&w).bytes == 0);
	assert_false(rules_show(&w.r, w.show)->is.recorded);
	/* Whoever was about to close it, or to cut, comes too late. */
	assert_int_equal(record(&w, &is, server), SHOW_EXPIRED);
	clip = show_command_new(SHOW_CLIP);
	clip->clip.show = w.show;
	assert_int_equal(world_do(&w, clip, server).code, SHOW_EXPIRED);
	assert_int_equal(world_do(&w, on_show(&w, SHOW_RECORDING_REMOVE), w.host).code, SHOW_NOT_FOUND);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_what_is_featured_is_kept),
	        cmocka_unit_test(test_what_leaves_the_show_is_featured_no_more),
	        cmocka_unit_test(test_a_full_disk_is_told_once),
	        cmocka_unit_test(test_removed_is_removed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
