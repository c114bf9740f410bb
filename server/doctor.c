/* trunkshow doctor: what a server needs, looked at one by one. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control.h"
#include "tools.h"

#define DISK_LEAST_MB 200
#define DESCRIPTORS_LEAST 4096

extern char **environ;

struct visit {
	int failures;
	bool running; /* a server, on this data_dir */
};

__attribute__((format(printf, 4, 5))) static void say(struct visit *visit, const char *verdict, const char *what,
                                                      const char *format, ...)
{
	va_list args;

	if (strcmp(verdict, "FAIL") == 0)
		visit->failures++;
	printf("%-5s %-12s ", verdict, what);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static int try_port(const char *address, int64_t port, int type)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	bool is_v4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
	const int on = 1;
	int fd, err = 0;

	if (!is_v4 && inet_pton(AF_INET6, address, &v6.sin6_addr) != 1)
		return -EINVAL;
	fd = socket(is_v4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6, is_v4 ? sizeof v4 : sizeof v6))
		err = -errno;
	close(fd);
	return err;
}

static void look_at_port(struct visit *visit, const char *what, const char *address, int64_t port, int type)
{
	const char *protocol = type == SOCK_DGRAM ? "UDP" : "TCP";
	int err = try_port(address, port, type);

	if (!err)
		say(visit, "ok", what, "%s %s port %lld is free", address, protocol, (long long)port);
	else if (err == -EADDRINUSE && visit->running)
		say(visit, "ok", what, "%s %s port %lld is taken, and a server runs on this data_dir", address,
		    protocol, (long long)port);
	else
		say(visit, "FAIL", what, "%s %s port %lld cannot be bound: %s", address, protocol, (long long)port,
		    strerror(-err));
}

static void look_at_ports(struct visit *visit, const struct base_settings *s)
{
	visit->running = control_is_there(s->data_dir);
	look_at_port(visit, "http_port", s->bind, s->http_port, SOCK_STREAM);
	look_at_port(visit, "media_port", "0.0.0.0", s->media_port, SOCK_DGRAM);
	if (s->media_tcp)
		look_at_port(visit, "media_port", "0.0.0.0", s->media_port, SOCK_STREAM);
	if (s->srt)
		look_at_port(visit, "srt_port", "0.0.0.0", s->srt_port, SOCK_DGRAM);
	say(visit, "ok", "firewall", "must let %s port %lld through: that is not looked at here",
	    s->media_tcp ? "UDP and TCP" : "UDP", (long long)s->media_port);
}

static void look_at_data(struct visit *visit, const struct base_settings *s)
{
	char path[4200];
	struct statvfs fs;
	int fd;

	if (mkdir(s->data_dir, 0700) && errno != EEXIST) {
		say(visit, "FAIL", "data_dir", "%s cannot be made: %s", s->data_dir, strerror(errno));
		return;
	}
	snprintf(path, sizeof path, "%s/.doctor", s->data_dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd)) {
		say(visit, "FAIL", "data_dir", "%s cannot be written: %s", s->data_dir, strerror(errno));
	} else if (statvfs(s->data_dir, &fs) == 0) {
		unsigned long long mb = (unsigned long long)fs.f_bavail * fs.f_frsize >> 20;
		say(visit, mb < DISK_LEAST_MB ? "warn" : "ok", "data_dir", "%s can be written, %llu MB are free",
		    s->data_dir, mb);
	}
	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
}

static void look_at_files(struct visit *visit, const struct base_settings *s)
{
	char path[4200];

	snprintf(path, sizeof path, "%s/index.html", s->web_dir);
	if (access(path, R_OK))
		say(visit, "warn", "web_dir", "%s: %s; build the pages, or there is only the API", path,
		    strerror(errno));
	else
		say(visit, "ok", "web_dir", "%s", s->web_dir);
	for (int i = 0; i < 2 && *s->tls_cert; i++) {
		const char *file = i ? s->tls_key : s->tls_cert;
		if (access(file, R_OK))
			say(visit, "FAIL", i ? "tls_key" : "tls_cert", "%s: %s", file, strerror(errno));
		else
			say(visit, "ok", i ? "tls_key" : "tls_cert", "%s", file);
	}
}

/* A grey pixel. */
static const unsigned char picture[] = {
        0x89, 'P',  'N',  'G',  '\r', '\n', 0x1a, '\n', 0,    0,    0,    13,  'I',  'H',  'D',  'R',  0,
        0,    0,    1,    0,    0,    0,    1,    8,    0,    0,    0,    0,   0x3a, 0x7e, 0x9b, 0x55, 0,
        0,    0,    10,   'I',  'D',  'A',  'T',  0x78, 0xda, 0x63, 0x68, 0,   0,    0,    0x82, 0,    0x81,
        0xda, 0x45, 0x08, 0x3b, 0,    0,    0,    0,    'I',  'E',  'N',  'D', 0xae, 0x42, 0x60, 0x82};

/* Give the pipeline a picture to make: it needs its plugins for that. @return its exit status; -1 it does not start */
static int try_pipeline(const char *program)
{
	const char *argv[] = {program, "--photo", NULL};
	posix_spawn_file_actions_t actions;
	int in[2], status = -1, err;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC))
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	err = posix_spawn(&pid, program, &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	/* It fits into the pipe, whether it is read or not. */
	if (write(in[1], picture, sizeof picture) != (ssize_t)sizeof picture)
		err = EPIPE;
	close(in[1]);
	return err || waitpid(pid, &status, 0) < 0 ? -1 : status;
}

static void look_at_pipeline(struct visit *visit, const struct base_settings *s)
{
	int status;

	fflush(stdout);
	if (access(s->pipeline_path, X_OK)) {
		say(visit, "FAIL", "pipeline", "%s: %s; without it there are no photos and thumbnails",
		    s->pipeline_path, strerror(errno));
		return;
	}
	status = try_pipeline(s->pipeline_path);
	if (status == 0)
		say(visit, "ok", "pipeline", "%s makes pictures", s->pipeline_path);
	else
		say(visit, "FAIL", "pipeline",
		    "%s cannot make a picture (status %d): install the [run] packages of configs/packages.txt",
		    s->pipeline_path, status);
}

static void look_at_limits(struct visit *visit, const struct base_settings *s)
{
	struct rlimit limit;
	struct timex clock = {0};

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		int64_t media = s->media_tcp ? s->media_tcp_connections : 0;
		unsigned long long most = limit.rlim_max,
		                   wanted = (unsigned long long)(s->max_connections + media) + 1024;
		say(visit, most < DESCRIPTORS_LEAST || most < wanted ? "warn" : "ok", "descriptors",
		    "%llu may be open, max_connections and media_tcp_connections want %llu", most, wanted);
	}
	if (adjtimex(&clock) >= 0 && (clock.status & STA_UNSYNC))
		say(visit, "warn", "clock", "is not synchronised: install an NTP client such as systemd-timesyncd");
	else
		say(visit, "ok", "clock", "is synchronised");
}

int tool_doctor(const struct base_settings *settings)
{
	struct visit visit = {0};

	look_at_ports(&visit, settings);
	look_at_data(&visit, settings);
	look_at_files(&visit, settings);
	look_at_pipeline(&visit, settings);
	look_at_limits(&visit, settings);
	if (visit.failures)
		printf("%d thing%s to mend\n", visit.failures, visit.failures > 1 ? "s" : "");
	return visit.failures ? 1 : 0;
}
