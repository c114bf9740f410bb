/* The floor: a log in which a writer thread writes what waits, syncs once, and answers. The file is as long as it will
 * be from the beginning, as the store's own log is, so that no sync waits for the file system's journal. */
#include "claims.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mailbox.h"

#define RECORD_BYTES 136 /* what a claim comes to in the log of the store, in batches as large as these */
#define BATCH_MAX OUTSTANDING

struct entry {
	struct base_mail mail;
	int64_t asked_us;
	char record[RECORD_BYTES];
};

struct log {
	struct base_mailbox *box;
	struct flow *flow;
	int fd;
};

static void append(struct log *log, struct base_mail *list)
{
	static char buffer[BATCH_MAX * RECORD_BYTES];
	size_t len = 0;
	for (struct base_mail *mail = list; mail; mail = mail->next) {
		memcpy(buffer + len, ((struct entry *)mail)->record, RECORD_BYTES);
		len += RECORD_BYTES;
	}
	if (write(log->fd, buffer, len) != (ssize_t)len || fdatasync(log->fd) != 0)
		fail("log", errno);
}

static void reserve(int fd, size_t bytes)
{
	static const char zeroes[1 << 16];
	for (size_t at = 0; at < bytes; at += sizeof zeroes)
		if (write(fd, zeroes, sizeof zeroes) != (ssize_t)sizeof zeroes)
			fail("log", errno);
	if (fdatasync(fd) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		fail("log", errno);
}

static void *write_log(void *arg)
{
	struct log *log = arg;
	for (size_t done = 0; done < log->flow->claims;) {
		base_mailbox_wait(log->box, -1);
		struct base_mail *list = base_mailbox_take(log->box);
		append(log, list);
		while (list) {
			struct entry *entry = (struct entry *)list;
			list = list->next;
			done++;
			flow_answer(log->flow, entry->asked_us);
			free(entry);
		}
	}
	return NULL;
}

void run_log(size_t claims, const char *parent)
{
	char *dir = make_dir(parent), *path = NULL;
	struct flow flow;
	struct log log = {.flow = &flow};
	pthread_t thread;
	if (asprintf(&path, "%s/log", dir) < 0 || (log.fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) < 0)
		fail(dir, errno);
	int error = base_mailbox_create(NULL, NULL, &log.box);
	flow_init(&flow, claims);
	reserve(log.fd, claims * RECORD_BYTES);
	if (error || pthread_create(&thread, NULL, write_log, &log) != 0)
		fail("log", error ? error : EAGAIN);
	for (size_t i = 0; i < claims; i++) {
		int64_t asked_us = flow_ask(&flow);
		struct entry *entry = calloc(1, sizeof(*entry));
		if (!entry)
			fail("calloc", ENOMEM);
		entry->asked_us = asked_us;
		memset(entry->record, (int)(i & 0xff), RECORD_BYTES);
		base_mailbox_post(log.box, &entry->mail);
	}
	flow_wait(&flow);
	flow_finish(&flow, "log");
	pthread_join(thread, NULL);
	base_mailbox_destroy(log.box);
	close(log.fd);
	free(path);
	remove_dir(dir);
}
