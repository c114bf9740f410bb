/* What was featured, recordings, clips, as written and read. */
#include "folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define T0 INT64_C(1795288800000)

struct scene {
	struct folder *f;
	struct store_reader *reader;
	struct base_id host, show, hat, bag;
};

static struct base_id add_show(struct folder *f, struct base_id host, const char *title)
{
	struct store_show show = {.id = base_id_new(), .host.id = host, .state = STORE_SHOW_ENDED, .created_ms = T0};
	snprintf(show.title, sizeof(show.title), "%s", title);
	folder_begin(f);
	assert_int_equal(store_insert_show(f->store, &show), 0);
	folder_commit(f);
	return show.id;
}

static void open_scene(struct scene *s, void **state)
{
	s->f = *state;
	s->host = folder_account(s->f, "host");
	s->show = add_show(s->f, s->host, "Friday");
	s->hat = base_id_new();
	s->bag = base_id_new();
	s->reader = folder_reader(s->f);
}

static void feature(struct scene *s, struct base_id listing, int64_t from_ms, int64_t to_ms)
{
	struct store_feature feature = {.id = base_id_new(),
	                                .show = s->show,
	                                .item = base_id_new(),
	                                .listing = listing,
	                                .from_ms = T0 + from_ms};
	folder_begin(s->f);
	assert_int_equal(store_insert_feature(s->f->store, &feature), 0);
	if (to_ms)
		assert_int_equal(store_end_feature(s->f->store, s->show, T0 + to_ms), 0);
	folder_commit(s->f);
}

static void record(struct scene *s, enum store_recording_state state, int64_t ended_ms)
{
	struct store_recording is = {.show = s->show,
	                             .state = state,
	                             .full = true,
	                             .bytes = 1000,
	                             .duration_ms = 60000,
	                             .begun_ms = T0,
	                             .ended_ms = ended_ms ? T0 + ended_ms : 0};
	folder_begin(s->f);
	assert_int_equal(store_put_recording(s->f->store, &is), 0);
	folder_commit(s->f);
}

static void put_clip(struct scene *s, const struct store_clip *wanted, enum store_clip_state state, int64_t made_ms)
{
	struct store_clip clip = *wanted;
	clip.id = base_id_new();
	clip.state = state;
	clip.duration_ms = clip.wanted_ms - 7;
	clip.bytes = 50;
	clip.made_ms = T0 + made_ms;
	folder_begin(s->f);
	assert_int_equal(store_put_clip(s->f->store, &clip), 0);
	folder_commit(s->f);
}

struct found {
	struct store_feature features[8];
	struct store_recording recordings[8];
	struct store_clip clips[8];
	size_t count;
};

static void on_feature(const struct store_feature *feature, void *ctx)
{
	struct found *found = ctx;
	found->features[found->count++] = *feature;
}

static void on_recording(const struct store_recording *recording, void *ctx)
{
	struct found *found = ctx;
	found->recordings[found->count++] = *recording;
}

static void on_clip(const struct store_clip *clip, void *ctx)
{
	struct found *found = ctx;
	found->clips[found->count++] = *clip;
}

static void test_features(void **state)
{
	struct scene s;
	struct found found = {.count = 0};
	open_scene(&s, state);
	feature(&s, s.hat, 1000, 5000);
	feature(&s, s.bag, 5000, 4000); /* the clock was set back */
	feature(&s, s.hat, 9000, 0);
	assert_int_equal(store_features(s.reader, s.show, on_feature, &found), 0);
	assert_int_equal(found.count, 3);
	assert_true(base_id_equal(found.features[0].listing, s.hat) && found.features[0].to_ms == T0 + 5000);
	assert_true(base_id_equal(found.features[1].listing, s.bag) && found.features[1].to_ms == T0 + 5000);
	assert_true(found.features[2].from_ms == T0 + 9000 && found.features[2].to_ms == 0);
	store_reader_close(s.reader);
}

static void test_recordings(void **state)
{
	struct scene s;
	struct found found = {.count = 0};
	struct store_recording is;
	struct store_show show;
	open_scene(&s, state);
	assert_int_equal(store_recording_by_show(s.reader, s.show, &is), -ENOENT);
	assert_int_equal(store_show_by_id(s.reader, s.show, &show), 0);
	assert_false(show.recorded);
	record(&s, STORE_RECORDING, 0);
	record(&s, STORE_RECORDED, 60000);
	assert_int_equal(store_recording_by_show(s.reader, s.show, &is), 0);
	assert_true(is.state == STORE_RECORDED && is.full && is.bytes == 1000 && is.duration_ms == 60000);
	assert_true(is.begun_ms == T0 && is.ended_ms == T0 + 60000 && is.clip_bytes == 0 && !is.host_banned);
	assert_true(base_id_equal(is.host, s.host));
	assert_string_equal(is.title, "Friday");
	assert_int_equal(store_show_by_id(s.reader, s.show, &show), 0);
	assert_true(show.recorded);
	assert_int_equal(store_recordings(s.reader, STORE_RECORDING, on_recording, &found), 0);
	assert_int_equal(found.count, 0);
	assert_int_equal(store_recordings(s.reader, STORE_RECORDED, on_recording, &found), 0);
	assert_int_equal(found.count, 1);
	store_reader_close(s.reader);
}

static void test_the_longest_time_becomes_a_clip(void **state)
{
	struct scene s;
	struct store_clip clip;
	open_scene(&s, state);
	feature(&s, s.hat, 1000, 4000);
	feature(&s, s.bag, 4000, 4900); /* a slip of the finger */
	feature(&s, s.hat, 10000, 20000);
	feature(&s, s.hat, 30000, 40000);
	assert_int_equal(store_clip_wanted(s.reader, s.show, &clip), -ENOENT); /* nothing is recorded */
	record(&s, STORE_RECORDED, 90000);
	assert_int_equal(store_clip_wanted(s.reader, s.show, &clip), 0);
	assert_true(base_id_equal(clip.listing, s.hat));
	assert_true(clip.from_ms == T0 + 10000 && clip.wanted_ms == 10000); /* the first of the longest */
	put_clip(&s, &clip, STORE_CLIP_MADE, 95000);
	assert_int_equal(store_clip_wanted(s.reader, s.show, &clip), -ENOENT);
	feature(&s, s.hat, 50000, 200000);
	assert_int_equal(store_clip_wanted(s.reader, s.show, &clip), 0);
	assert_true(clip.from_ms == T0 + 50000 && clip.wanted_ms == STORE_CLIP_MS);
	put_clip(&s, &clip, STORE_CLIP_MADE, 95000);
	feature(&s, s.hat, 300000, 500000); /* no clip is longer than that */
	assert_int_equal(store_clip_wanted(s.reader, s.show, &clip), -ENOENT);
	store_reader_close(s.reader);
}

static void test_what_failed_has_one_more_chance(void **state)
{
	struct scene s;
	struct store_clip clip;
	open_scene(&s, state);
	feature(&s, s.hat, 1000, 4000);
	record(&s, STORE_RECORDING, 0);
	assert_int_equal(store_clip_wanted(s.reader, s.show, &clip), 0);
	put_clip(&s, &clip, STORE_CLIP_FAILED, 8000);
	assert_int_equal(store_clip_wanted(s.reader, s.show, &clip), -ENOENT);
	record(&s, STORE_RECORDED, 10000); /* now all of it is there */
	assert_int_equal(store_clip_wanted(s.reader, s.show, &clip), 0);
	put_clip(&s, &clip, STORE_CLIP_FAILED, 11000);
	assert_int_equal(store_clip_wanted(s.reader, s.show, &clip), -ENOENT);
	store_reader_close(s.reader);
}

static void ban(struct scene *s, bool banned)
{
	struct store_account account;
	assert_int_equal(store_account_by_id(s->reader, s->host, &account), 0);
	account.banned = banned;
	folder_begin(s->f);
	assert_int_equal(store_update_account(s->f->store, &account), 0);
	folder_commit(s->f);
}

static void test_clips(void **state)
{
	struct scene s;
	struct store_clip clip, failed;
	struct store_recording is;
	struct found found = {.count = 0};
	open_scene(&s, state);
	feature(&s, s.hat, 1000, 9000);
	feature(&s, s.bag, 9000, 12000);
	record(&s, STORE_RECORDED, 90000);
	assert_int_equal(store_clip_wanted(s.reader, s.show, &clip), 0);
	put_clip(&s, &clip, STORE_CLIP_MADE, 95000);
	assert_int_equal(store_clip_wanted(s.reader, s.show, &failed), 0);
	put_clip(&s, &failed, STORE_CLIP_FAILED, 95000);
	assert_int_equal(store_clips_of_show(s.reader, s.show, on_clip, &found), 0);
	assert_int_equal(found.count, 2);
	assert_string_equal(found.clips[0].title, "Friday");
	assert_int_equal(store_clip_by_id(s.reader, found.clips[0].id, &clip), 0);
	assert_true(clip.duration_ms == 7993 && clip.bytes == 50 && clip.made_ms == T0 + 95000);
	found.count = 0;
	assert_int_equal(store_clips_of_listing(s.reader, s.bag, 10, on_clip, &found), 0);
	assert_int_equal(found.count, 0); /* what failed is no clip */
	assert_int_equal(store_clips_of_listing(s.reader, s.hat, 10, on_clip, &found), 0);
	assert_int_equal(found.count, 1);
	ban(&s, true);
	assert_int_equal(store_clips_of_listing(s.reader, s.hat, 10, on_clip, &found), 0);
	assert_int_equal(found.count, 1);
	assert_int_equal(store_recording_by_show(s.reader, s.show, &is), 0);
	assert_true(is.host_banned && is.clip_bytes == 100);
	ban(&s, false);
	record(&s, STORE_RECORDING_REMOVED, 90000);
	assert_int_equal(store_clips_of_show(s.reader, s.show, on_clip, &found), 0);
	assert_int_equal(found.count, 1); /* they went with it */
	assert_int_equal(store_clip_wanted(s.reader, s.show, &clip), -ENOENT);
	assert_int_equal(store_clip_by_id(s.reader, found.clips[0].id, &clip), -ENOENT);
	store_reader_close(s.reader);
}

static void count_id(struct base_id id, void *ctx)
{
	++*(int *)ctx;
}

static void test_admins(void **state)
{
	struct folder *f = *state;
	struct store_account account;
	int admins = 0;
	folder_account(f, "bob");
	struct base_id ada = folder_account(f, "ada");
	struct store_reader *reader = folder_reader(f);
	assert_int_equal(store_admins(reader, count_id, &admins), 0);
	assert_int_equal(admins, 0);
	assert_int_equal(store_account_by_id(reader, ada, &account), 0);
	account.role = STORE_ADMIN;
	folder_begin(f);
	assert_int_equal(store_update_account(f->store, &account), 0);
	folder_commit(f);
	assert_int_equal(store_admins(reader, count_id, &admins), 0);
	assert_int_equal(admins, 1);
	store_reader_close(reader);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup_open, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_features),
	        TEST(test_recordings),
	        TEST(test_the_longest_time_becomes_a_clip),
	        TEST(test_what_failed_has_one_more_chance),
	        TEST(test_clips),
	        TEST(test_admins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
