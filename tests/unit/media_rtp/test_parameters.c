#include "check.h"

#include "rtp/parameters.h"

static const uint8_t sps[] = {0x67, 0x42, 0xc0, 0x1e, 0x8c}, other[] = {0x27, 0x42, 0xe0, 0x1f, 0xda};
static const uint8_t pps[] = {0x68, 0xce, 0x38, 0x80}, newer[] = {0x68, 0xee, 0x38}, second[] = {0x48, 0x4e, 0x38};
static struct media_parameters p;

static int setup(void **state)
{
	memset(&p, 0, sizeof p);
	return 0;
}

static bool note(const uint8_t *payload, size_t len)
{
	uint8_t *copy = exact_copy(payload, len);
	bool sequence = media_parameters_note(&p, copy, len);
	free(copy);
	return sequence;
}

static void writes(const uint8_t *expected, size_t len)
{
	uint8_t out[MEDIA_PARAMETERS_MAX];
	assert_int_equal(media_parameters_write(&p, out, sizeof out), len);
	assert_memory_equal(out, expected, len);
	for (size_t size = 0; size < len; size++) {
		uint8_t *tight = exact_copy(out, size);
		assert_int_equal(media_parameters_write(&p, tight, size), 0);
		free(tight);
	}
}

static void both_kinds_make_an_aggregate(void **state)
{
	static const uint8_t stap[] = {0x78, 0, 5, 0x67, 0x42, 0xc0, 0x1e, 0x8c, 0, 4, 0x68, 0xce, 0x38, 0x80};
	writes(sps, 0);
	assert_true(note(sps, sizeof sps));
	writes(sps, 0);
	assert_false(note(pps, sizeof pps));
	writes(stap, sizeof stap);
	/* and are read from one */
	setup(NULL);
	assert_true(note(stap, sizeof stap));
	writes(stap, sizeof stap);
	/* slices change nothing */
	assert_false(note((const uint8_t[]){0x65, 0x88}, 2));
	assert_false(note((const uint8_t[]){0x7c, 0x85, 0x88}, 3));
	assert_false(note(sps, 0));
	writes(stap, sizeof stap);
}

static void the_newest_of_each_number_counts(void **state)
{
	static const uint8_t stap[] = {0x78, 0,    5,    0x67, 0x42, 0xc0, 0x1e, 0x8c, 0,
	                               3,    0x68, 0xee, 0x38, 0,    3,    0x48, 0x4e, 0x38};
	note(sps, sizeof sps);
	note(pps, sizeof pps);
	note(second, sizeof second);
	note(newer, sizeof newer);
	writes(stap, sizeof stap);
	/* the same sequence again leaves pictures alone, another one makes them void */
	assert_true(note(sps, sizeof sps));
	writes(stap, sizeof stap);
	assert_true(note(other, sizeof other));
	writes(sps, 0);
}

static void what_cannot_be_kept_voids_what_was(void **state)
{
	uint8_t large[MEDIA_PARAMETERS_SET_BYTES + 1] = {0x67, 0x42};
	note(sps, sizeof sps);
	note(pps, sizeof pps);
	assert_true(note(large, sizeof large));
	writes(sps, 0);
	note(sps, sizeof sps);
	note(pps, sizeof pps);
	assert_true(note((const uint8_t[]){0x7c, 0x87, 0x42}, 3)); /* in fragments */
	writes(sps, 0);
	note(sps, sizeof sps);
	note((const uint8_t[]){0x68}, 1);
	writes(sps, 0);
}

static void aggregates_are_read_as_far_as_they_go(void **state)
{
	static const uint8_t cut[] = {0x78, 0, 5, 0x67, 0x42, 0xc0, 0x1e, 0x8c, 0, 9, 0x68, 0xce};
	assert_true(note(cut, sizeof cut));
	writes(sps, 0);
	for (size_t len = 0; len < sizeof cut; len++)
		note(cut, len);
	assert_false(note((const uint8_t[]){0x78, 0, 0, 0x67}, 4));
}

static void many_pictures_are_bounded(void **state)
{
	uint8_t out[MEDIA_PARAMETERS_MAX], set[MEDIA_PARAMETERS_SET_BYTES] = {0x67};
	note(set, sizeof set);
	for (unsigned id = 0; id < 20; id++) {
		set[0] = 0x68;
		set[1] = (uint8_t)(id * 13);
		note(set, sizeof set);
	}
	size_t len = media_parameters_write(&p, out, sizeof out);
	assert_true(len > 0 && len <= MEDIA_PARAMETERS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(both_kinds_make_an_aggregate, setup),
	        cmocka_unit_test_setup(the_newest_of_each_number_counts, setup),
	        cmocka_unit_test_setup(what_cannot_be_kept_voids_what_was, setup),
	        cmocka_unit_test_setup(aggregates_are_read_as_far_as_they_go, setup),
	        cmocka_unit_test_setup(many_pictures_are_bounded, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
