/* A mailbox: many senders, one owner thread. Mutex and eventfd, which ThreadSanitizer understands. */
#ifndef TRUNKSHOW_BASE_MAILBOX_H
#define TRUNKSHOW_BASE_MAILBOX_H

#include <stddef.h>
#include <stdint.h>

/** Embed as the first member of a message; the sender allocates, the owner's handler frees. */
struct base_mail {
	struct base_mail *next;
	/** Runs on the owner thread, takes ownership of the mail. */
	void (*deliver)(struct base_mail *mail, void *owner);
	/** Frees an undelivered mail when the mailbox is destroyed; may be NULL for free(3). */
	void (*drop)(struct base_mail *mail);
};

struct base_mailbox;

/** @param wake called after a post to an empty mailbox, on the sender's thread, or NULL to use the eventfd alone.
 *  @return 0; -ENOMEM; -errno of eventfd. Thread: creator. */
__attribute__((warn_unused_result)) int base_mailbox_create(void (*wake)(void *ctx), void *ctx,
                                                            struct base_mailbox **out);

/** Drops what was not delivered. Accepts NULL. No sender may be left. */
void base_mailbox_destroy(struct base_mailbox *box);

/** Hand over mail; order of one sender is kept. Thread: any. */
void base_mailbox_post(struct base_mailbox *box, struct base_mail *mail);

/** The eventfd, readable while mail waits; for poll and epoll. */
int base_mailbox_fd(const struct base_mailbox *box);

/** Deliver everything that waits, in order, to `owner`. @return how many. Thread: owner. */
size_t base_mailbox_drain(struct base_mailbox *box, void *owner);

/** Take all waiting mail as a list, oldest first, without delivering it (for batching). Thread: owner. */
struct base_mail *base_mailbox_take(struct base_mailbox *box);

/** Block until mail waits or timeout_us has passed (-1: no limit). Thread: owner. */
void base_mailbox_wait(struct base_mailbox *box, int64_t timeout_us);
#endif
