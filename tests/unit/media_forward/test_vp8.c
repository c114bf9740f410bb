#include "check.h"

#include "forward/vp8.h"

static struct forward_vp8 v;

static int setup(void **state)
{
	memset(&v, 0, sizeof v);
	return 0;
}

/** A packet with a 15-bit picture id and a layer index goes in; what came out? */
static uint16_t long_id(uint32_t epoch, uint16_t id, uint8_t layer, uint8_t *layer_out)
{
	uint8_t p[] = {0x90, 0xE0, (uint8_t)(0x80 | id >> 8), (uint8_t)id, layer, 0x20, 0x55};
	forward_vp8_rewrite(&v, epoch, p, sizeof p);
	assert_true(p[0] == 0x90 && p[1] == 0xE0 && (p[2] & 0x80) && p[5] == 0x20 && p[6] == 0x55);
	*layer_out = p[4];
	return (uint16_t)((p[2] & 0x7F) << 8 | p[3]);
}

static uint8_t short_id(uint32_t epoch, uint8_t id)
{
	uint8_t p[] = {0x90, 0x80, id, 0x55};
	forward_vp8_rewrite(&v, epoch, p, sizeof p);
	assert_false(p[2] & 0x80);
	return p[2];
}

static void the_first_source_keeps_its_numbers(void **state)
{
	uint8_t layer;
	assert_int_equal(long_id(1, 32766, 254, &layer), 32766);
	assert_int_equal(layer, 254);
	assert_int_equal(long_id(1, 0, 1, &layer), 0);
	assert_int_equal(layer, 1);
	assert_int_equal(long_id(1, 32767, 255, &layer), 32767);
	assert_int_equal(layer, 255);
}

static void the_next_source_goes_on(void **state)
{
	uint8_t layer;
	long_id(1, 32766, 254, &layer);
	long_id(1, 32760, 250, &layer); /* late: not the newest */
	assert_int_equal(long_id(2, 700, 9, &layer), (32766 + 1 + FORWARD_VP8_LEAP) % 32768);
	assert_int_equal(layer, (254 + 1 + FORWARD_VP8_LEAP) % 256);
	assert_int_equal(long_id(2, 701, 9, &layer), (32766 + 2 + FORWARD_VP8_LEAP) % 32768);
	assert_int_equal(layer, (254 + 1 + FORWARD_VP8_LEAP) % 256);
	/* pictures of its own that come late are still none of the past */
	assert_int_equal(long_id(2, 700 - FORWARD_VP8_LEAP, 9, &layer), 32767);
	/* and the third */
	assert_int_equal(long_id(3, 0, 0, &layer), (32766 + 2 + FORWARD_VP8_LEAP + 1 + FORWARD_VP8_LEAP) % 32768);
}

static void widths_may_differ(void **state)
{
	uint8_t layer;
	long_id(1, 1000, 0, &layer);
	assert_int_equal(short_id(2, 5), (1001 + FORWARD_VP8_LEAP) % 128);
	for (int i = 1; i < 300; i++)
		assert_int_equal(short_id(2, (5 + i) % 128), (1001 + FORWARD_VP8_LEAP + i) % 128);
	/* whoever counts further goes on where the short ones have led */
	assert_int_equal(long_id(3, 9, 0, &layer), 1001 + FORWARD_VP8_LEAP + 299 + 1 + FORWARD_VP8_LEAP);
}

static void a_source_without_numbers_interrupts_nothing(void **state)
{
	uint8_t layer, plain[] = {0x10, 0x50, 0x4a}, none[] = {0x90, 0x20, 0x20, 0x50};
	long_id(1, 100, 7, &layer);
	forward_vp8_rewrite(&v, 2, plain, sizeof plain);
	forward_vp8_rewrite(&v, 2, none, sizeof none);
	assert_memory_equal(plain, ((uint8_t[]){0x10, 0x50, 0x4a}), 3);
	assert_memory_equal(none, ((uint8_t[]){0x90, 0x20, 0x20, 0x50}), 4);
	assert_int_equal(long_id(3, 55, 3, &layer), 101 + FORWARD_VP8_LEAP);
	assert_int_equal(layer, 8 + FORWARD_VP8_LEAP);
}

static void what_is_cut_stays(void **state)
{
	static const uint8_t whole[] = {0x90, 0xE0, 0x81, 0x02, 0x03, 0x20, 0x55};
	uint8_t layer;
	long_id(1, 100, 7, &layer);
	for (size_t len = 0; len < 5; len++) {
		uint8_t *cut = malloc(len ? len : 1);
		assert_non_null(cut);
		memcpy(cut, whole, len);
		forward_vp8_rewrite(&v, 2, cut, len);
		assert_memory_equal(cut, whole, len);
		free(cut);
	}
}

static void one_viewers_numbers_move_on_in_a_copy(void **state)
{
	static const uint8_t both[] = {0x90, 0xE0, 0xFF, 0xF0, 0xFE, 0x20, 0x55}, shorter[] = {0x80, 0x80, 0x7E, 0x11},
	                     index[] = {0x80, 0x40, 0x05, 0x11}, plain[] = {0x10, 0x50, 0x4a};
	const struct forward_vp8_offsets by = {.picture = 0x20, .layer = 3};
	uint8_t out[FORWARD_VP8_DESCRIPTOR];
	assert_int_equal(forward_vp8_shift(both, sizeof both, by, out), 5);
	assert_memory_equal(out, ((uint8_t[]){0x90, 0xE0, 0x80, 0x10, 0x01}), 5);
	assert_int_equal(forward_vp8_shift(shorter, sizeof shorter, by, out), 3);
	assert_memory_equal(out, ((uint8_t[]){0x80, 0x80, 0x1E}), 3);
	assert_int_equal(forward_vp8_shift(index, sizeof index, by, out), 3);
	assert_memory_equal(out, ((uint8_t[]){0x80, 0x40, 0x08}), 3);
	assert_int_equal(forward_vp8_shift(plain, sizeof plain, by, out), 0);
	for (size_t len = 0; len <= 6; len++) { /* what is cut off is not read */
		uint8_t *cut = malloc(len ? len : 1);
		assert_non_null(cut);
		memcpy(cut, both, len);
		assert_int_equal(forward_vp8_shift(cut, len, by, out), len < 6 ? 0 : 5);
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(the_first_source_keeps_its_numbers, setup),
	        cmocka_unit_test_setup(the_next_source_goes_on, setup),
	        cmocka_unit_test_setup(widths_may_differ, setup),
	        cmocka_unit_test_setup(a_source_without_numbers_interrupts_nothing, setup),
	        cmocka_unit_test_setup(what_is_cut_stays, setup),
	        cmocka_unit_test(one_viewers_numbers_move_on_in_a_copy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
