/* What a source makes of its mirrors' wishes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "forward/link.h"
#include "forward/stream.h"

enum { TRACK = FORWARD_VIDEO, EPOCH = FORWARD_TRACKS + FORWARD_VIDEO, KEY = 1000 };

/** Its host has sent a keyframe, and the mirror was told of it. */
static void begin(struct forward_stream *source, struct forward_link *link)
{
	*source = (struct forward_stream){.links = link};
	*link = (struct forward_link){.source = source};
	link->told[TRACK] = (struct forward_shown){.epoch = EPOCH, .key_number = KEY, .key_seen = true};
}

/** Is the host to be asked after a mirror that knows of this keyframe has? */
static bool asks(uint32_t epoch, int64_t key)
{
	struct forward_stream source;
	struct forward_link link;
	begin(&source, &link);
	forward_link_on_want_keyframe(
	        NULL,
	        &(struct forward_message){
	                .type = FORWARD_WANT_KEYFRAME, .track = TRACK, .link = &link, .epoch = epoch, .ext = key});
	return source.tracks[TRACK].keyframe.wanted;
}

static void a_wish_that_crossed_its_keyframe_asks_for_no_other(void **state)
{
	assert_false(asks(EPOCH, KEY - 1));
	assert_false(asks(EPOCH, -1));
	assert_false(asks(EPOCH - FORWARD_TRACKS, KEY + 5)); /* of a source that another has replaced */
}

static void who_knows_the_newest_and_still_wants_one_gets_one(void **state)
{
	assert_true(asks(EPOCH, KEY));
}

static void before_the_first_keyframe_every_wish_counts(void **state)
{
	struct forward_stream source;
	struct forward_link link;
	begin(&source, &link);
	link.told[TRACK].key_seen = false;
	forward_link_on_want_keyframe(
	        NULL, &(struct forward_message){
	                      .type = FORWARD_WANT_KEYFRAME, .track = TRACK, .link = &link, .epoch = EPOCH, .ext = -1});
	assert_true(source.tracks[TRACK].keyframe.wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_wish_that_crossed_its_keyframe_asks_for_no_other),
	        cmocka_unit_test(who_knows_the_newest_and_still_wants_one_gets_one),
	        cmocka_unit_test(before_the_first_keyframe_every_wish_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
