/* A line that is not good, between this network namespace and a new one in which a command runs:
 *
 *   line NEAR FAR SEED COMMAND...
 *
 * NEAR and FAR are its ends' IPv4 addresses in one /24; the line is the far end's way to everywhere. Words on stdin
 * change it as it runs: loss 0.05, delay 20, jitter 200, reorder 50, queue 300 (milliseconds), rate 300000 (bits a
 * second, 0: any), down, up, udp off, udp on, address 10.98.0.3 (the far end moves); each is answered by a line of JSON
 * on stderr. Ends with the command, whose output and exit code are its own; SIGTERM is passed on. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "direction.h"
#include "nat.h"

struct line {
	struct line_quality quality;
	struct line_device near, far;
	struct line_direction there, back; /* there: from near to far */
	struct line_nat nat;
	pid_t command;
	int signals;
	char words[256];
	size_t words_len;
	bool words_over;
};

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int fail(const char *what, int status)
{
	fprintf(stderr, "line: %s: %s\n", what, strerror(-status));
	return 1;
}

/* ---- words ---- */

static bool set_quality(struct line_quality *q, const char *word, const char *value)
{
	const struct {
		const char *word;
		int64_t *value;
		int64_t unit;
	} numbers[] = {{"delay", &q->delay_us, 1000},
	               {"jitter", &q->jitter_us, 1000},
	               {"reorder", &q->reorder_us, 1000},
	               {"queue", &q->queue_us, 1000},
	               {"rate", &q->rate_bps, 1}};
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		if (strcmp(word, numbers[i].word) == 0) {
			*numbers[i].value = strtoll(value, NULL, 10) * numbers[i].unit;
			return true;
		}
	if (strcmp(word, "loss") == 0)
		q->loss = strtod(value, NULL);
	else if (strcmp(word, "udp") == 0)
		q->no_udp = strcmp(value, "off") == 0;
	else if (strcmp(word, "down") == 0 || strcmp(word, "up") == 0)
		q->down = word[0] == 'd';
	else
		return false;
	return true;
}

/** The far end moves to another network: another address, nothing else. */
static bool move(struct line *line, const char *address)
{
	return inet_pton(AF_INET, address, &line->nat.own) == 1 && line_device_address(&line->far, address) == 0 &&
	       line_device_default(&line->far) == 0;
}

static void obey(struct line *line, char *words)
{
	char *rest, *word = strtok_r(words, " ", &rest), *value = word ? strtok_r(NULL, " ", &rest) : NULL;
	bool known;
	if (word && value && strcmp(word, "address") == 0)
		known = move(line, value);
	else if (word && value && strcmp(word, "seen") == 0)
		known = inet_pton(AF_INET, value, &line->nat.seen) == 1;
	else
		known = word && set_quality(&line->quality, word, value ? value : "");
	fprintf(stderr, "{\"event\":\"%s\",\"lost\":[%" PRIu64 ",%" PRIu64 "],\"passed\":[%" PRIu64 ",%" PRIu64 "]}\n",
	        known ? "line" : "unknown", line->there.lost, line->back.lost, line->there.passed, line->back.passed);
}

static void listen_to(struct line *line)
{
	size_t room = sizeof line->words - 1 - line->words_len;
	ssize_t n = room ? read(STDIN_FILENO, line->words + line->words_len, room) : 0;
	line->words_over = n <= 0;
	if (n <= 0)
		return;
	line->words_len += (size_t)n;
	line->words[line->words_len] = '\0';
	for (char *end; (end = strchr(line->words, '\n')) != NULL;) {
		*end = '\0';
		obey(line, line->words);
		line->words_len -= (size_t)(end + 1 - line->words);
		memmove(line->words, end + 1, line->words_len + 1);
	}
}

/* ---- packets ---- */

static void take_all(struct line *line, int from, struct line_direction *d)
{
	uint8_t packet[LINE_PACKET_MAX];
	for (ssize_t n; (n = read(from, packet, sizeof packet)) > 0;) {
		(d == &line->back ? line_nat_out : line_nat_in)(&line->nat, packet, (size_t)n);
		line_direction_take(d, &line->quality, packet, (size_t)n, now_us());
	}
}

static void deliver(struct line_direction *d, int to)
{
	const struct line_packet *p;
	while ((p = line_direction_arrived(d, now_us())) != NULL)
		if (write(to, p->data, p->len) < 0)
			d->lost++; /* the end is down */
}

static struct timespec until_next(const struct line *line)
{
	int64_t there = line_direction_next_us(&line->there), back = line_direction_next_us(&line->back);
	int64_t next = there < back ? there : back, left = next == INT64_MAX ? 1000000 : next - now_us();
	left = left < 0 ? 0 : left;
	return (struct timespec){.tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000};
}

/** @return the command's exit code. */
static int carry(struct line *line)
{
	for (;;) {
		struct pollfd fds[] = {{.fd = line->near.packets, .events = POLLIN},
		                       {.fd = line->far.packets, .events = POLLIN},
		                       {.fd = line->signals, .events = POLLIN},
		                       {.fd = line->words_over ? -1 : STDIN_FILENO, .events = POLLIN}};
		struct timespec left = until_next(line);
		struct signalfd_siginfo signal;
		int status;
		if (ppoll(fds, sizeof fds / sizeof fds[0], &left, NULL) < 0 && errno != EINTR)
			return fail("poll", -errno);
		take_all(line, line->near.packets, &line->there);
		take_all(line, line->far.packets, &line->back);
		deliver(&line->there, line->far.packets);
		deliver(&line->back, line->near.packets);
		if (fds[3].revents)
			listen_to(line);
		if (read(line->signals, &signal, sizeof signal) == (ssize_t)sizeof signal &&
		    signal.ssi_signo == SIGTERM)
			kill(line->command, SIGTERM);
		if (waitpid(line->command, &status, WNOHANG) == line->command)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}

/* ---- the far end ---- */

static int send_descriptors(int to, const struct line_device *device)
{
	union {
		char bytes[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr aligned;
	} control = {0};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)device->name, .iov_len = sizeof device->name};
	struct msghdr message = {
	        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	*header = (struct cmsghdr){
	        .cmsg_len = CMSG_LEN(2 * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(header), (int[]){device->packets, device->control}, 2 * sizeof(int));
	return sendmsg(to, &message, 0) < 0 ? -errno : 0;
}

static int receive_descriptors(int from, struct line_device *device)
{
	union {
		char bytes[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr aligned;
	} control;
	struct iovec iov = {.iov_base = device->name, .iov_len = sizeof device->name};
	struct msghdr message = {
	        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	int both[2];
	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof device->name || !CMSG_FIRSTHDR(&message))
		return -EPIPE; /* it has said why */
	memcpy(both, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof both);
	device->packets = both[0];
	device->control = both[1];
	return 0;
}

/** In the child: a namespace, its end of the line, then the command. */
static int run_far(int parent, const char *address, char **command, const sigset_t *before)
{
	struct line_device far;
	int status = unshare(CLONE_NEWNET) == 0 ? line_device_loopback() : -errno;
	if (status == 0)
		status = line_device_open(address, &far);
	if (status == 0)
		status = line_device_default(&far);
	if (status == 0)
		status = send_descriptors(parent, &far);
	if (status != 0)
		return fail("far end", status);
	sigprocmask(SIG_SETMASK, before, NULL);
	execvp(command[0], command);
	return fail(command[0], -errno);
}

static int start_far(struct line *line, const char *address, char **command, const sigset_t *before)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -errno;
	line->command = fork();
	if (line->command == 0)
		_exit(run_far(pair[1], address, command, before));
	close(pair[1]);
	int status = line->command < 0 ? -errno : receive_descriptors(pair[0], &line->far);
	close(pair[0]);
	return status;
}

int main(int argc, char **argv)
{
	static struct line line;
	sigset_t ours, before;
	if (argc < 5) {
		fprintf(stderr, "line NEAR FAR SEED COMMAND...\n");
		return 2;
	}
	line.quality.queue_us = 300000;
	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ours, &before);
	line.signals = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
	if (inet_pton(AF_INET, argv[2], &line.nat.own) != 1)
		return fail(argv[2], -EINVAL);
	uint64_t seed = strtoull(argv[3], NULL, 10);
	int status = line_direction_init(&line.there, seed);
	if (status == 0)
		status = line_direction_init(&line.back, seed + 1);
	if (status == 0)
		status = line_device_open(argv[1], &line.near);
	if (status == 0)
		status = start_far(&line, argv[2], argv + 4, &before);
	int code = status == 0 ? carry(&line) : fail("near end", status);
	line_direction_finish(&line.there);
	line_direction_finish(&line.back);
	return code;
}
