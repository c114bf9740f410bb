#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mailbox.h"

#define SENDERS 4
#define PER_SENDER 5000

struct letter {
	struct base_mail mail;
	int sender, number;
};

struct owner {
	int next[SENDERS];
	int total;
	bool in_order;
};

static atomic_int dropped;

static void deliver(struct base_mail *mail, void *ctx)
{
	struct letter *letter = (struct letter *)mail;
	struct owner *owner = ctx;

	if (letter->number != owner->next[letter->sender]++)
		owner->in_order = false;
	owner->total++;
	free(letter);
}

static void drop(struct base_mail *mail)
{
	atomic_fetch_add(&dropped, 1);
	free(mail);
}

static struct letter *letter_new(int sender, int number)
{
	struct letter *letter = calloc(1, sizeof *letter);

	letter->mail.deliver = deliver;
	letter->mail.drop = drop;
	letter->sender = sender;
	letter->number = number;
	return letter;
}

struct sender {
	struct base_mailbox *box;
	int number;
};

static void *send_many(void *arg)
{
	struct sender *sender = arg;

	for (int i = 0; i < PER_SENDER; i++)
		base_mailbox_post(sender->box, &letter_new(sender->number, i)->mail);
	return NULL;
}

static void test_order_of_each_sender(void **state)
{
	struct base_mailbox *box;
	struct sender senders[SENDERS];
	pthread_t threads[SENDERS];
	struct owner owner = {.in_order = true};

	assert_int_equal(base_mailbox_create(NULL, NULL, &box), 0);
	for (int i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender){box, i};
		assert_int_equal(pthread_create(&threads[i], NULL, send_many, &senders[i]), 0);
	}
	while (owner.total < SENDERS * PER_SENDER) {
		base_mailbox_wait(box, -1);
		base_mailbox_drain(box, &owner);
	}
	for (int i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	assert_true(owner.in_order);
	assert_int_equal(owner.total, SENDERS * PER_SENDER);
	assert_int_equal(base_mailbox_drain(box, &owner), 0);
	base_mailbox_destroy(box);
}

static bool readable(struct base_mailbox *box)
{
	struct pollfd poller = {.fd = base_mailbox_fd(box), .events = POLLIN};

	return poll(&poller, 1, 0) == 1;
}

static void test_eventfd_follows_the_mail(void **state)
{
	struct base_mailbox *box;
	struct owner owner = {.in_order = true};

	assert_int_equal(base_mailbox_create(NULL, NULL, &box), 0);
	assert_false(readable(box));
	base_mailbox_post(box, &letter_new(0, 0)->mail);
	base_mailbox_post(box, &letter_new(0, 1)->mail);
	assert_true(readable(box));
	assert_int_equal(base_mailbox_drain(box, &owner), 2);
	assert_false(readable(box));
	assert_true(owner.in_order);
	base_mailbox_destroy(box);
}

static void test_take_gives_a_list(void **state)
{
	struct base_mailbox *box;
	int expected = 0;

	assert_int_equal(base_mailbox_create(NULL, NULL, &box), 0);
	assert_null(base_mailbox_take(box));
	for (int i = 0; i < 3; i++)
		base_mailbox_post(box, &letter_new(0, i)->mail);
	for (struct base_mail *mail = base_mailbox_take(box), *next; mail; mail = next) {
		next = mail->next;
		assert_int_equal(((struct letter *)mail)->number, expected++);
		free(mail);
	}
	assert_int_equal(expected, 3);
	assert_null(base_mailbox_take(box));
	base_mailbox_destroy(box);
}

static void count_wake(void *ctx)
{
	(*(int *)ctx)++;
}

static void test_wakes_once_for_a_batch(void **state)
{
	struct base_mailbox *box;
	struct owner owner = {.in_order = true};
	int wakes = 0;

	assert_int_equal(base_mailbox_create(count_wake, &wakes, &box), 0);
	for (int i = 0; i < 3; i++)
		base_mailbox_post(box, &letter_new(0, i)->mail);
	assert_int_equal(wakes, 1);
	base_mailbox_drain(box, &owner);
	base_mailbox_post(box, &letter_new(0, 3)->mail);
	assert_int_equal(wakes, 2);
	base_mailbox_destroy(box);
}

static void test_undelivered_mail_is_dropped(void **state)
{
	struct base_mailbox *box;
	struct letter *plain = letter_new(0, 0);

	atomic_store(&dropped, 0);
	assert_int_equal(base_mailbox_create(NULL, NULL, &box), 0);
	plain->mail.drop = NULL; /* then free(3) does it */
	base_mailbox_post(box, &plain->mail);
	base_mailbox_post(box, &letter_new(0, 1)->mail);
	base_mailbox_destroy(box);
	base_mailbox_destroy(NULL);
	assert_int_equal(atomic_load(&dropped), 1);
}

static void test_wait_ends(void **state)
{
	struct base_mailbox *box;
	struct owner owner = {.in_order = true};

	assert_int_equal(base_mailbox_create(NULL, NULL, &box), 0);
	int64_t before = base_clock_monotonic_us();
	base_mailbox_wait(box, 3000);
	assert_true(base_clock_monotonic_us() - before >= 3000);
	base_mailbox_post(box, &letter_new(0, 0)->mail);
	base_mailbox_wait(box, -1); /* would never return without mail */
	base_mailbox_drain(box, &owner);
	base_mailbox_wait(box, 0);
	base_mailbox_destroy(box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_order_of_each_sender),        cmocka_unit_test(test_eventfd_follows_the_mail),
	        cmocka_unit_test(test_take_gives_a_list),           cmocka_unit_test(test_wakes_once_for_a_batch),
	        cmocka_unit_test(test_undelivered_mail_is_dropped), cmocka_unit_test(test_wait_ends),
	};

	return cmocka_run_group_tests_name("base_mailbox", tests, NULL, NULL);
}
