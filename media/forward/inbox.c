#include "forward/inbox.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	MESSAGES = 4096, /**< a quarter of a second of eight streams of 2.5 Mb/s, and a keyframe with what follows it */
	DATAGRAMS = 256,
};

int forward_inbox_create(struct forward_inbox **out)
{
	struct forward_inbox *inbox = aligned_alloc(64, sizeof *inbox);
	if (!inbox)
		return -ENOMEM;
	*inbox = (struct forward_inbox){.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
	int status = inbox->fd < 0 ? -errno : 0;
	if (status == 0)
		status = forward_ring_init(&inbox->messages, MESSAGES, sizeof(struct forward_message));
	if (status == 0)
		status = forward_ring_init(&inbox->datagrams, DATAGRAMS, sizeof(struct forward_datagram));
	if (status != 0) {
		forward_inbox_destroy(inbox);
		return status;
	}
	*out = inbox;
	return 0;
}

void forward_inbox_destroy(struct forward_inbox *inbox)
{
	if (!inbox)
		return;
	if (inbox->fd >= 0)
		close(inbox->fd);
	forward_ring_finish(&inbox->messages);
	forward_ring_finish(&inbox->datagrams);
	free(inbox);
}

void forward_inbox_wake(struct forward_inbox *inbox)
{
	uint64_t one = 1;
	if (!atomic_exchange(&inbox->asleep, false))
		return;
	while (write(inbox->fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

bool forward_inbox_sleep(struct forward_inbox *inbox)
{
	atomic_exchange(&inbox->asleep, true);
	/* who publishes from here on sees that it sleeps */
	return !forward_ring_front(&inbox->messages) && !forward_ring_front(&inbox->datagrams);
}

void forward_inbox_awake(struct forward_inbox *inbox)
{
	atomic_exchange(&inbox->asleep, false);
}

void forward_inbox_heard(struct forward_inbox *inbox)
{
	uint64_t seen;
	while (read(inbox->fd, &seen, sizeof seen) < 0 && errno == EINTR)
		;
}
