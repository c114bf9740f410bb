#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/scene.h"
#include "process.h"

static _Noreturn void become(const char *const *argv, const int *in, const int *out, const int *errors)
{
	dup2(in[0], STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(errors[1], STDERR_FILENO);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/** Take what has come. @return whether the pipe is still open. */
static int drain(int fd, uint8_t *to, size_t *len, size_t size)
{
	uint8_t spare[4096];
	ssize_t n = *len < size ? read(fd, to + *len, size - *len) : read(fd, spare, sizeof(spare));

	if (n > 0 && *len < size)
		*len += (size_t)n;
	return n > 0 || (n < 0 && errno == EINTR);
}

static void exchange(int in, int out, int errors, const uint8_t *input, size_t len, struct output *o)
{
	struct pollfd waits[3] = {{in, POLLOUT, 0}, {out, POLLIN, 0}, {errors, POLLIN, 0}};
	size_t sent = 0, said = 0;

	while (waits[1].fd >= 0 || waits[2].fd >= 0) {
		poll(waits, 3, -1);
		if (waits[0].revents) {
			ssize_t n = sent < len ? write(in, input + sent, len - sent) : 0;

			sent += n > 0 ? (size_t)n : 0;
			if (n <= 0) {
				close(in);
				waits[0].fd = -1;
			}
		}
		if (waits[1].revents && !drain(out, o->data, &o->len, OUTPUT_MAX))
			waits[1].fd = -1;
		if (waits[2].revents && !drain(errors, (uint8_t *)o->errors, &said, sizeof(o->errors) - 1))
			waits[2].fd = -1;
	}
	if (waits[0].fd >= 0)
		close(in);
	o->errors[said] = '\0';
}

struct output process_run(const char *const *argv, const void *input, size_t len)
{
	struct output o = {.data = malloc(OUTPUT_MAX)};
	int in[2], out[2], errors[2], status;
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	assert_non_null(o.data);
	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC) | pipe2(errors, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		become(argv, in, out, errors);
	assert_true(pid > 0);
	close(in[0]);
	close(out[1]);
	close(errors[1]);
	exchange(in[1], out[0], errors[0], input, len, &o);
	close(out[0]);
	close(errors[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	o.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return o;
}

void output_free(struct output *output)
{
	free(output->data);
	output->data = NULL;
}

uint8_t *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(OUTPUT_MAX);

	assert_non_null(file);
	assert_non_null(data);
	*len = fread(data, 1, OUTPUT_MAX, file);
	fclose(file);
	return data;
}

struct rgb decode_picture(const char *format, const uint8_t *data, size_t len)
{
	const char *argv[] = {"ffmpeg", "-v",   "error", "-f", format,       "-i", "-", "-frames:v",
	                      "1",      "-c:v", "ppm",   "-f", "image2pipe", "-",  NULL};
	struct rgb picture = {.output = process_run(argv, data, len)};
	int used = 0;

	if (picture.output.len > 0 &&
	    sscanf((const char *)picture.output.data, "P6 %d %d 255%n", &picture.width, &picture.height, &used) == 2 &&
	    used > 0)
		picture.pixels = picture.output.data + used + 1;
	else
		picture.width = picture.height = 0;
	return picture;
}

void rgb_free(struct rgb *picture)
{
	output_free(&picture->output);
}

int64_t read_clock(const struct rgb *picture)
{
	double unit = (double)picture->width / SCENE_WIDTH;
	int y = (int)((SCENE_BITS_TOP + SCENE_BITS_SIZE / 2) * unit), i;
	uint32_t bits = 0, value;

	if (picture->width == 0 || y >= picture->height)
		return -1;
	for (i = 0; i < SCENE_BITS; i++) {
		int x = (int)((SCENE_BITS_LEFT + i * SCENE_BITS_SIZE + SCENE_BITS_SIZE / 2) * unit);

		bits = bits << 1 | (picture->pixels[((size_t)y * (size_t)picture->width + (size_t)x) * 3 + 1] > 127);
	}
	value = bits >> 8;
	if ((((value >> 16) + (value >> 8) + value) & 0xff) != (bits & 0xff))
		return -1;
	return value;
}

int64_t clock_age_ms(int64_t clock, int64_t now)
{
	return (now - clock) & 0xffffff;
}

int64_t wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
