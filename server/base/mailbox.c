#include "base/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

struct base_mailbox {
	void (*wake)(void *ctx);
	void *wake_ctx;
	int fd;
	pthread_mutex_t lock; /* guards the list */
	struct base_mail *first, **tail;
};

int base_mailbox_create(void (*wake)(void *ctx), void *ctx, struct base_mailbox **out)
{
	struct base_mailbox *box = calloc(1, sizeof *box);

	if (!box)
		return -ENOMEM;
	box->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (box->fd < 0) {
		int err = -errno;
		free(box);
		return err;
	}
	box->wake = wake;
	box->wake_ctx = ctx;
	box->tail = &box->first;
	pthread_mutex_init(&box->lock, NULL);
	*out = box;
	return 0;
}

void base_mailbox_destroy(struct base_mailbox *box)
{
	if (!box)
		return;
	for (struct base_mail *mail = box->first, *next; mail; mail = next) {
		next = mail->next;
		if (mail->drop)
			mail->drop(mail);
		else
			free(mail);
	}
	pthread_mutex_destroy(&box->lock);
	close(box->fd);
	free(box);
}

void base_mailbox_post(struct base_mailbox *box, struct base_mail *mail)
{
	const uint64_t one = 1;

	mail->next = NULL;
	pthread_mutex_lock(&box->lock);
	int was_empty = box->first == NULL;
	*box->tail = mail;
	box->tail = &mail->next;
	/* Under the lock, so that an owner who drains now also clears the eventfd. Only the first of a batch pays
	 * the system call; the counter cannot overflow. */
	if (was_empty && write(box->fd, &one, sizeof one) < 0)
		abort();
	pthread_mutex_unlock(&box->lock);
	if (was_empty && box->wake)
		box->wake(box->wake_ctx);
}

int base_mailbox_fd(const struct base_mailbox *box)
{
	return box->fd;
}

struct base_mail *base_mailbox_take(struct base_mailbox *box)
{
	uint64_t count;

	pthread_mutex_lock(&box->lock);
	struct base_mail *first = box->first;
	box->first = NULL;
	box->tail = &box->first;
	if (first && read(box->fd, &count, sizeof count) < 0)
		abort();
	pthread_mutex_unlock(&box->lock);
	return first;
}

size_t base_mailbox_drain(struct base_mailbox *box, void *owner)
{
	size_t count = 0;

	for (struct base_mail *mail = base_mailbox_take(box), *next; mail; mail = next, count++) {
		next = mail->next;
		mail->deliver(mail, owner);
	}
	return count;
}

void base_mailbox_wait(struct base_mailbox *box, int64_t timeout_us)
{
	struct pollfd poller = {.fd = box->fd, .events = POLLIN};
	int64_t deadline = timeout_us < 0 ? 0 : base_clock_monotonic_us() + timeout_us;

	for (;;) {
		int64_t left = timeout_us < 0 ? -1 : deadline - base_clock_monotonic_us();
		struct timespec limit = {.tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000};

		if (timeout_us >= 0 && left < 0)
			limit = (struct timespec){0};
		if (ppoll(&poller, 1, timeout_us < 0 ? NULL : &limit, NULL) >= 0 || errno != EINTR)
			return;
	}
}
