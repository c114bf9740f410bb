#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/queue.h"

/* Push a message of `len` bytes that starts with text. */
static int push(struct queue *queue, enum hub_class class, const char *text, size_t len)
{
	struct base_buffer *message = base_buffer_new(len);

	memset(message->data, '.', len);
	memcpy(message->data, text, strlen(text));
	int result = queue_push(queue, class, 0, message);
	base_buffer_unref(message);
	return result;
}

static void expect_frame(struct queue *queue, size_t max, const char *expected)
{
	struct base_buffer *frame = queue_take_frame(queue, 16, max);

	if (!expected) {
		assert_null(frame);
		return;
	}
	assert_non_null(frame);
	assert_int_equal(frame->len, 16 + strlen(expected));
	assert_memory_equal(frame->data + 16, expected, strlen(expected));
	base_buffer_unref(frame);
}

static void test_frames_are_arrays(void **state)
{
	struct queue queue;

	queue_init(&queue, 10000);
	expect_frame(&queue, 100, NULL);
	assert_int_equal(push(&queue, HUB_MUST, "{1}", 3), 0);
	expect_frame(&queue, 100, "[{1}]");
	for (int i = 0; i < 3; i++)
		assert_int_equal(push(&queue, HUB_CHAT, "{2}", 3), 0);
	expect_frame(&queue, 100, "[{2},{2},{2}]");
	expect_frame(&queue, 100, NULL);
	assert_int_equal(queue.bytes, 0);
	queue_finish(&queue);
	queue_finish(&queue);
}

static void test_frames_are_cut(void **state)
{
	struct queue queue;

	queue_init(&queue, 10000);
	for (int i = 0; i < 5; i++)
		assert_int_equal(push(&queue, HUB_MUST, "{aaa}", 5), 0);
	expect_frame(&queue, 13, "[{aaa},{aaa}]");
	expect_frame(&queue, 12, "[{aaa}]");
	expect_frame(&queue, 1, "[{aaa}]"); /* one always goes */
	expect_frame(&queue, 100, "[{aaa}]");
	queue_finish(&queue);
}

static void test_a_look_keeps_the_queue(void **state)
{
	struct queue queue;

	queue_init(&queue, 10000);
	assert_null(queue_frame(&queue, 4));
	assert_int_equal(push(&queue, HUB_CHAT, "{1}", 3), 0);
	assert_int_equal(push(&queue, HUB_CHAT, "{2}", 3), 0);
	struct base_buffer *frame = queue_frame(&queue, 4);
	assert_memory_equal(frame->data + 4, "[{1},{2}]", 9);
	base_buffer_unref(frame);
	assert_int_equal(queue.count, 2);
	queue_finish(&queue);
}

/* How many messages of each class are in the queue. */
static void census(const struct queue *queue, size_t counts[HUB_MUST + 1])
{
	memset(counts, 0, (HUB_MUST + 1) * sizeof *counts);
	for (size_t i = 0; i < queue->count; i++)
		counts[queue_at(queue, i)->class]++;
}

static void test_reactions_go_first(void **state)
{
	size_t cost = 100 + QUEUE_ENTRY_BYTES, counts[HUB_MUST + 1];
	struct queue queue;

	queue_init(&queue, 12 * cost);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(push(&queue, HUB_REACTION, "r", 100), 0);
		assert_int_equal(push(&queue, HUB_CHAT, "c", 100), 0);
		assert_int_equal(push(&queue, HUB_MUST, "m", 100), 0);
	}
	assert_int_equal(queue.count, 12);
	assert_int_equal(push(&queue, HUB_CHAT, "c", 100), 0);
	/* Thirteen is one too many: it shrinks to nine, and four reactions are enough. */
	census(&queue, counts);
	assert_int_equal(counts[HUB_REACTION], 0);
	assert_int_equal(counts[HUB_CHAT], 5);
	assert_int_equal(counts[HUB_MUST], 4);
	assert_int_equal(queue.gap, 4);
	assert_int_equal(queue.lost[HUB_REACTION], 4);
	assert_int_equal(queue.bytes, 9 * cost);
	queue_finish(&queue);
}

static void test_then_the_oldest_chat(void **state)
{
	size_t cost = 100 + QUEUE_ENTRY_BYTES, counts[HUB_MUST + 1];
	struct queue queue;
	char text[8];

	queue_init(&queue, 8 * cost);
	for (int i = 0; i < 9; i++) {
		snprintf(text, sizeof text, "c%d", i);
		assert_int_equal(push(&queue, i == 4 ? HUB_STATE : HUB_CHAT, text, 100), 0);
	}
	census(&queue, counts);
	assert_int_equal(counts[HUB_CHAT], 5);
	assert_int_equal(counts[HUB_STATE], 1);
	assert_memory_equal(queue_at(&queue, 0)->message->data, "c3", 2);
	assert_memory_equal(queue_at(&queue, 5)->message->data, "c8", 2);
	assert_int_equal(queue.gap, 3);
	queue_finish(&queue);
}

static void test_gap_is_told_once(void **state)
{
	size_t cost = 3 + QUEUE_ENTRY_BYTES;
	struct queue queue;

	queue_init(&queue, 4 * cost);
	for (int i = 0; i < 5; i++)
		assert_int_equal(push(&queue, HUB_CHAT, "{1}", 3), 0);
	expect_frame(&queue, 1000, "[{\"type\":\"gap\",\"dropped\":2},{1},{1},{1}]");
	assert_int_equal(push(&queue, HUB_CHAT, "{2}", 3), 0);
	expect_frame(&queue, 1000, "[{2}]");
	queue_finish(&queue);
}

static void test_gap_alone(void **state)
{
	struct queue queue;

	queue_init(&queue, 100);
	/* A reaction larger than the whole queue is lost at once, and said to be. */
	assert_int_equal(push(&queue, HUB_REACTION, "r", 200), 0);
	assert_int_equal(queue.count, 0);
	expect_frame(&queue, 1000, "[{\"type\":\"gap\",\"dropped\":1}]");
	queue_finish(&queue);
}

static void test_must_is_never_lost(void **state)
{
	size_t cost = 100 + QUEUE_ENTRY_BYTES, counts[HUB_MUST + 1];
	struct queue queue;

	queue_init(&queue, 8 * cost);
	for (int i = 0; i < 8; i++)
		assert_int_equal(push(&queue, HUB_MUST, "m", 100), 0);
	assert_int_equal(push(&queue, HUB_CHAT, "c", 100), 0); /* goes itself */
	census(&queue, counts);
	assert_int_equal(counts[HUB_MUST], 8);
	assert_int_equal(counts[HUB_CHAT], 0);
	assert_int_equal(push(&queue, HUB_MUST, "m", 100), -ENOBUFS);
	assert_int_equal(queue.count, 9);
	queue_finish(&queue);
}

static void test_empty_messages_are_bounded(void **state)
{
	struct queue queue;
	int pushed = 0;

	queue_init(&queue, 64 * 1024);
	while (push(&queue, HUB_MUST, "", 0) == 0)
		assert_true(++pushed < 100000);
	assert_true(pushed <= 64 * 1024 / QUEUE_ENTRY_BYTES);
	queue_clear(&queue);
	assert_int_equal(queue.bytes, 0);
	queue_finish(&queue);
}

static void test_order_over_many_rounds(void **state)
{
	struct queue queue;
	char text[16], expected[32];
	int in = 0, out = 0;

	queue_init(&queue, 1 << 20);
	for (int round = 0; round < 200; round++) {
		for (int i = 0; i < round % 7 + 1; i++) {
			snprintf(text, sizeof text, "{%06d}", in++);
			assert_int_equal(push(&queue, HUB_MUST, text, 8), 0);
		}
		while (queue.count > (size_t)(round % 3)) {
			snprintf(expected, sizeof expected, "[{%06d}]", out++);
			expect_frame(&queue, 1, expected);
		}
	}
	queue_finish(&queue);
	assert_true(in > 500 && in - out < 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_frames_are_arrays),
	        cmocka_unit_test(test_frames_are_cut),
	        cmocka_unit_test(test_a_look_keeps_the_queue),
	        cmocka_unit_test(test_reactions_go_first),
	        cmocka_unit_test(test_then_the_oldest_chat),
	        cmocka_unit_test(test_gap_is_told_once),
	        cmocka_unit_test(test_gap_alone),
	        cmocka_unit_test(test_must_is_never_lost),
	        cmocka_unit_test(test_empty_messages_are_bounded),
	        cmocka_unit_test(test_order_over_many_rounds),
	};

	return cmocka_run_group_tests_name("hub_queue", tests, NULL, NULL);
}
