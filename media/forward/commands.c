#include "forward/commands.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { RING = 1024 };

struct forward_commands {
	pthread_mutex_t lock; /**< of ring, head, count */
	pthread_cond_t room;
	int fd;
	atomic_uint waiting; /**< what the ring holds: lets the worker look without the lock */
	size_t head, count;
	struct forward_command ring[RING];
};

int forward_commands_create(struct forward_commands **out)
{
	struct forward_commands *c = calloc(1, sizeof *c);
	if (!c)
		return -ENOMEM;
	c->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (c->fd < 0) {
		int status = -errno;
		free(c);
		return status;
	}
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->room, NULL);
	*out = c;
	return 0;
}

void forward_commands_destroy(struct forward_commands *c)
{
	if (!c)
		return;
	close(c->fd);
	pthread_cond_destroy(&c->room);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

int forward_commands_fd(const struct forward_commands *c)
{
	return c->fd;
}

void forward_commands_push(struct forward_commands *c, const struct forward_command *command)
{
	uint64_t one = 1;
	pthread_mutex_lock(&c->lock);
	while (c->count == RING)
		pthread_cond_wait(&c->room, &c->lock);
	c->ring[(c->head + c->count) % RING] = *command;
	c->count++;
	atomic_store(&c->waiting, (unsigned)c->count);
	pthread_mutex_unlock(&c->lock);
	/* a counter that is full already wakes the worker as well */
	while (write(c->fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

bool forward_commands_pop(struct forward_commands *c, struct forward_command *out)
{
	uint64_t seen;
	if (atomic_load(&c->waiting) == 0)
		return false;
	pthread_mutex_lock(&c->lock);
	*out = c->ring[c->head];
	c->head = (c->head + 1) % RING;
	c->count--;
	atomic_store(&c->waiting, (unsigned)c->count);
	/* emptied under the lock, so that a push after it writes anew */
	while (c->count == 0 && read(c->fd, &seen, sizeof seen) < 0 && errno == EINTR)
		;
	pthread_cond_signal(&c->room);
	pthread_mutex_unlock(&c->lock);
	return true;
}
