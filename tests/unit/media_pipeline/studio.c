/* pipeline-studio: trunkshow-pipeline --show alone, with --source as its host and this program in between, for stories
 * and benches that are told in JavaScript. What the child says comes out on stdout; what shall happen goes in on stdin.
 *
 *   pipeline-studio PIPELINE --show's arguments…
 *
 *   in    source ARGUMENTS…         begin (or begin anew) to send; "source" alone: stop
 *         note TEXT                 to the child
 *         drop video|audio N        of the next packets the first N
 *         mute video|audio on|off   pass nothing on
 *         kill                      SIGKILL the child; "start" begins another
 *   out   note LINE                 from the child
 *         keyframe                  it asks for one
 *         started PID, ended CODE   of the child; a signal is 128 + its number
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/seam.h"

#define ARGUMENTS 32
#define KIND_VIDEO 0
#define KIND_AUDIO 1

struct child {
	pid_t pid;
	int seam, notes; /**< -1: none */
};

struct studio {
	char *program, **show_arguments;
	struct child source, show;
	long drop[2];
	bool mute[2];
	char codecs[256]; /**< as the source told, for a child that begins later */
	size_t codecs_len;
};

static void pair(int ends[2])
{
	int room = MEDIA_SEAM_BUFFER;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		perror("socketpair");
		exit(1);
	}
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
}

static struct child start(const struct studio *s, char **argv, bool notes)
{
	struct child child = {.notes = -1};
	int seam[2], note[2] = {-1, -1};

	fflush(stdout);
	pair(seam);
	if (notes)
		pair(note);
	child.pid = fork();
	if (child.pid == 0) {
		int high = fcntl(seam[1], F_DUPFD, 10), higher = notes ? fcntl(note[1], F_DUPFD, 11) : -1;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(STDERR_FILENO, STDOUT_FILENO); /* ours is for what is told */
		dup2(high, MEDIA_SEAM_FD);
		if (notes)
			dup2(higher, MEDIA_SEAM_FD + 1);
		syscall(SYS_close_range, MEDIA_SEAM_FD + 1 + notes, ~0U, 0);
		execv(s->program, argv);
		_exit(127);
	}
	close(seam[1]);
	if (notes)
		close(note[1]);
	child.seam = seam[0];
	child.notes = note[0];
	return child;
}

static void stop(struct child *child, int signal)
{
	int status;

	if (child->pid <= 0)
		return;
	kill(child->pid, signal);
	waitpid(child->pid, &status, 0);
	close(child->seam);
	if (child->notes >= 0)
		close(child->notes);
	*child = (struct child){.pid = 0, .seam = -1, .notes = -1};
}

static void send_seam(const struct child *child, const uint8_t *packet, size_t len)
{
	if (child->seam >= 0 && len > 0) /* a packet of nothing would be the end */
		send(child->seam, packet, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void start_show(struct studio *s)
{
	s->show = start(s, s->show_arguments, true);
	printf("started %d\n", (int)s->show.pid);
	send_seam(&s->show, (uint8_t *)s->codecs, s->codecs_len);
}

/* ---- stdin ---- */

static void start_source(struct studio *s, char *text)
{
	char *argv[ARGUMENTS] = {s->program, "--source"}, *word;
	int n = 2;

	stop(&s->source, SIGTERM);
	while (n < ARGUMENTS - 1 && (word = strsep(&text, " ")))
		if (*word)
			argv[n++] = word;
	if (n > 2)
		s->source = start(s, argv, false);
}

static int kind_of(const char *text)
{
	return strstr(text, "audio") ? KIND_AUDIO : KIND_VIDEO;
}

static void obey(struct studio *s, char *line)
{
	char *rest = line, *verb = strsep(&rest, " ");

	if (!rest)
		rest = verb + strlen(verb);
	if (strcmp(verb, "source") == 0) {
		start_source(s, rest);
	} else if (strcmp(verb, "note") == 0 && s->show.notes >= 0) {
		strcat(rest, "\n"); /* room: the line's own end was there */
		send(s->show.notes, rest, strlen(rest), MSG_NOSIGNAL);
	} else if (strcmp(verb, "drop") == 0) {
		s->drop[kind_of(rest)] = strtol(rest + strcspn(rest, " "), NULL, 10);
	} else if (strcmp(verb, "mute") == 0) {
		s->mute[kind_of(rest)] = strstr(rest, " on") != NULL;
	} else if (strcmp(verb, "kill") == 0) {
		stop(&s->show, SIGKILL);
		printf("ended %d\n", 128 + SIGKILL);
	} else if (strcmp(verb, "start") == 0 && s->show.pid <= 0) {
		start_show(s);
	}
}

static bool read_commands(struct studio *s)
{
	static char text[4096];
	static size_t len;
	ssize_t n = read(STDIN_FILENO, text + len, sizeof(text) - 1 - len);
	char *end;

	if (n <= 0)
		return false;
	len += (size_t)n;
	text[len] = '\0';
	while ((end = memchr(text, '\n', len))) {
		char line[4096];
		size_t used = (size_t)(end - text) + 1;

		memcpy(line, text, used);
		line[used - 1] = '\0';
		memmove(text, text + used, len - used);
		len -= used;
		obey(s, line);
	}
	return len < sizeof(text) - 1;
}

/* ---- the relay ---- */

static bool passes(struct studio *s, char kind)
{
	int which = kind == MEDIA_SEAM_AUDIO ? KIND_AUDIO : KIND_VIDEO;

	if (kind != MEDIA_SEAM_AUDIO && kind != MEDIA_SEAM_VIDEO)
		return true;
	if (s->drop[which] > 0) {
		s->drop[which]--;
		return false;
	}
	return !s->mute[which];
}

static void from_source(struct studio *s)
{
	uint8_t packet[MEDIA_SEAM_MAX + 1];
	ssize_t n = recv(s->source.seam, packet, sizeof(packet), MSG_DONTWAIT);

	if (n == 0)
		stop(&s->source, SIGTERM);
	if (n <= 0)
		return;
	if (packet[0] == MEDIA_SEAM_CODECS && (size_t)n <= sizeof(s->codecs)) {
		memcpy(s->codecs, packet, (size_t)n);
		s->codecs_len = (size_t)n;
	}
	if (passes(s, (char)packet[0]))
		send_seam(&s->show, packet, (size_t)n);
}

static void from_show(struct studio *s)
{
	uint8_t packet[MEDIA_SEAM_MAX + 1];
	ssize_t n = recv(s->show.seam, packet, sizeof(packet), MSG_DONTWAIT);
	int status;

	if (n > 0 && packet[0] == MEDIA_SEAM_KEYFRAME) {
		printf("keyframe\n");
		send_seam(&s->source, packet, (size_t)n);
	}
	if (n != 0)
		return;
	waitpid(s->show.pid, &status, 0);
	printf("ended %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	s->show.pid = 0;
	stop(&s->show, 0);
	close(s->show.seam);
	close(s->show.notes);
	s->show.seam = s->show.notes = -1;
}

static void from_notes(struct studio *s)
{
	char text[4097], *rest = text, *line;
	ssize_t n = recv(s->show.notes, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (n <= 0)
		return;
	text[n] = '\0';
	while ((line = strsep(&rest, "\n")))
		if (*line)
			printf("note %s\n", line);
}

int main(int argc, char **argv)
{
	struct studio s = {.source = {.seam = -1, .notes = -1}, .show = {.seam = -1, .notes = -1}};

	if (argc < 3)
		return 64;
	s.program = argv[1];
	s.show_arguments = argv + 1;
	start_show(&s);
	for (;;) {
		struct pollfd waits[4] = {{STDIN_FILENO, POLLIN, 0},
		                          {s.source.seam, POLLIN, 0},
		                          {s.show.seam, POLLIN, 0},
		                          {s.show.notes, POLLIN, 0}};

		fflush(stdout);
		poll(waits, 4, -1);
		if (waits[0].revents && !read_commands(&s))
			break;
		if (waits[1].revents && waits[1].fd == s.source.seam)
			from_source(&s);
		if (waits[3].revents && waits[3].fd == s.show.notes)
			from_notes(&s);
		if (waits[2].revents && waits[2].fd == s.show.seam)
			from_show(&s);
	}
	stop(&s.source, SIGTERM);
	stop(&s.show, SIGTERM);
	return 0;
}
