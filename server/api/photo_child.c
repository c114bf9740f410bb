/* One picture through a child process: pipes both ways, a deadline, bounded output; then a file that survives a power
 * cut. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/photos.h"
#include "base/clock.h"
#include "base/log.h"

#define DEADLINE_US (30 * INT64_C(1000000))
#define OUTPUT_MAX (4u << 20)
#define ARGUMENTS_MAX 16
#define LOOK_UP_MS 200 /* how often it asks whether the server ends */

enum { EXIT_NO_PICTURE = 2, EXIT_TOO_LARGE = 3 };

extern char **environ;

static atomic_bool given_up;

void api_photos_give_up(void)
{
	atomic_store(&given_up, true);
}

struct child {
	pid_t pid;
	int in, out; /* our ends; -1 closed */
	const uint8_t *data;
	size_t len, sent;
	uint8_t *output;
	size_t got;
};

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int spawn(const char *program, const char *const *arguments, const int in[2], const int out[2], pid_t *pid)
{
	const char *argv[ARGUMENTS_MAX + 4] = {program};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int err;

	for (size_t i = 0; arguments[i] && i < ARGUMENTS_MAX + 2; i++)
		argv[i + 1] = arguments[i];
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none); /* the server's threads block signals */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	err = posix_spawn(pid, program, &actions, &attributes, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return -err;
}

static void limit(pid_t pid)
{
	const struct rlimit cpu = {20, 20};

	/* Before it is given a byte of the picture. */
	prlimit(pid, RLIMIT_CPU, &cpu, NULL);
}

static int start(struct child *child, const char *program, const char *const *arguments)
{
	int in[2], out[2], err;

	if (pipe2(in, O_CLOEXEC))
		return -errno;
	if (pipe2(out, O_CLOEXEC)) {
		err = -errno;
		close(in[0]);
		close(in[1]);
		return err;
	}
	err = spawn(program, arguments, in, out, &child->pid);
	close(in[0]);
	close(out[1]);
	child->in = in[1];
	child->out = out[0];
	if (err) {
		base_log(BASE_LOG_ERROR, "api", "photo", "%s cannot be started: %s", program, strerror(-err));
		shut(&child->in);
		shut(&child->out);
		return err;
	}
	limit(child->pid);
	fcntl(child->in, F_SETFL, O_NONBLOCK);
	fcntl(child->out, F_SETFL, O_NONBLOCK);
	return 0;
}

static void feed(struct child *child)
{
	ssize_t wrote = write(child->in, child->data + child->sent, child->len - child->sent);

	if (wrote > 0)
		child->sent += (size_t)wrote;
	if (child->sent == child->len || (wrote < 0 && errno != EAGAIN && errno != EINTR))
		shut(&child->in); /* it may well stop reading before the end */
}

static int collect(struct child *child)
{
	ssize_t got = read(child->out, child->output + child->got, OUTPUT_MAX - child->got);

	if (got > 0)
		child->got += (size_t)got;
	if (child->got == OUTPUT_MAX)
		return -EFBIG;
	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		shut(&child->out);
	return 0;
}

static int talk(struct child *child, int64_t until_us)
{
	int err = 0;

	if (child->len == 0)
		shut(&child->in);
	while (!err && child->out >= 0) {
		struct pollfd fds[2] = {{child->out, POLLIN, 0}, {child->in, POLLOUT, 0}};
		int64_t left_ms = (until_us - base_clock_monotonic_us()) / 1000;

		if (left_ms <= 0 || atomic_load(&given_up))
			return -ETIME;
		if (poll(fds, 2, left_ms < LOOK_UP_MS ? (int)left_ms : LOOK_UP_MS) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents)
			feed(child);
		if (fds[0].revents)
			err = collect(child);
	}
	return err;
}

/* Its exit as an error, killing it when it did not end in time. */
static int reap(struct child *child, int err, int64_t until_us)
{
	int status = 0;

	shut(&child->in);
	shut(&child->out);
	while (!err && waitpid(child->pid, &status, WNOHANG) == 0) {
		if (base_clock_monotonic_us() > until_us || atomic_load(&given_up))
			err = -ETIME;
		usleep(2000);
	}
	if (err) {
		kill(child->pid, SIGKILL);
		while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
			;
		return err;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return child->got ? 0 : -EIO;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_PICTURE)
		return -EILSEQ;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_TOO_LARGE)
		return -EFBIG;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return -ETIME;
	base_log(BASE_LOG_WARN, "api", "photo", "the child ended with status %d", status);
	return -EIO;
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t wrote = write(fd, data, len);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return wrote < 0 ? -errno : -EIO;
		data += wrote;
		len -= (size_t)wrote;
	}
	return fsync(fd) ? -errno : 0;
}

/* Under another name first, so that a file of the right name is always whole. */
static int keep(const char *folder, const char *name, const uint8_t *data, size_t len)
{
	char part[64], whole[64];
	int dir, fd, err;

	if (mkdir(folder, 0750) && errno != EEXIST)
		return -errno;
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	snprintf(part, sizeof part, "%s.part", name);
	snprintf(whole, sizeof whole, "%s.jpg", name);
	fd = openat(dir, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	err = fd < 0 ? -errno : write_all(fd, data, len);
	if (fd >= 0)
		close(fd);
	if (!err && renameat(dir, part, dir, whole))
		err = -errno;
	if (!err && fsync(dir))
		err = -errno;
	if (err)
		unlinkat(dir, part, 0);
	close(dir);
	return err;
}

int api_photo_make(const struct base_settings *settings, const char *const *arguments, const uint8_t *data, size_t len,
                   struct base_id *id)
{
	int64_t until_us = base_clock_monotonic_us() + DEADLINE_US;
	struct child child = {.in = -1, .out = -1, .data = data, .len = len};
	char folder[4200], registry[4200], name[BASE_ID_TEXT];
	const char *argv[ARGUMENTS_MAX + 3] = {"--registry", registry};
	int err;

	snprintf(registry, sizeof registry, "%s/spool/plugins.registry", settings->data_dir);
	for (size_t i = 0; arguments[i] && i < ARGUMENTS_MAX; i++)
		argv[i + 2] = arguments[i];
	child.output = malloc(OUTPUT_MAX);
	if (!child.output)
		return -ENOMEM;
	err = start(&child, settings->pipeline_path, argv);
	if (!err)
		err = reap(&child, talk(&child, until_us), until_us);
	if (!err && (child.got < 4 || memcmp(child.output, "\xff\xd8\xff", 3) != 0))
		err = -EIO; /* what it wrote must be a JPEG */
	if (!err) {
		*id = base_id_new();
		snprintf(folder, sizeof folder, "%s/photos", settings->data_dir);
		err = keep(folder, base_id_format(*id, name), child.output, child.got);
	}
	free(child.output);
	return err;
}
