/* bench_floor SECONDS FRAME_PACKETS PACKET_BYTES < PORTS: the least that giving one stream to many can cost: each
 * viewer's packets of a frame are encrypted with OpenSSL (AES-128-GCM, a context a viewer) and handed to the kernel as
 * one run, many viewers a system call. No sessions, no RTP, no feedback. Prints packets and its own time as JSON. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include <openssl/evp.h>

#define FRAMES_PER_S 30
#define SOUND_PER_S 50
#define SOUND_BYTES 120
#define HEADER 12
#define TAG 16
#define BATCH 64
#define ARENA (256 << 10)
#define RUN_MAX 64000

struct viewer {
	EVP_CIPHER_CTX *cipher;
	struct sockaddr_in to;
	uint64_t index;
};

struct batch {
	int fd;
	struct mmsghdr messages[BATCH];
	struct iovec iov[BATCH];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(uint16_t))];
	} control[BATCH];
	unsigned count;
	size_t used;
	uint64_t packets, bytes, sends, dropped;
	uint8_t arena[ARENA];
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench_floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void flush(struct batch *b)
{
	for (unsigned at = 0; at < b->count;) {
		int n = sendmmsg(b->fd, b->messages + at, b->count - at, 0);
		b->sends++;
		if (n < 0 && errno != EAGAIN && errno != ENOBUFS && errno != ECONNREFUSED)
			fail("sendmmsg");
		b->dropped += n < 0;
		at += n < 0 ? 1 : (unsigned)n;
	}
	b->count = 0;
	b->used = 0;
}

static size_t encrypt(struct viewer *v, const uint8_t *plain, size_t len, uint8_t *out)
{
	uint8_t iv[12] = {0};
	int n, rest;
	v->index++;
	memcpy(iv + 4, &v->index, sizeof(v->index));
	memcpy(out, plain, HEADER);
	if (EVP_EncryptInit_ex(v->cipher, NULL, NULL, NULL, iv) != 1 ||
	    EVP_EncryptUpdate(v->cipher, NULL, &n, out, HEADER) != 1 ||
	    EVP_EncryptUpdate(v->cipher, out + HEADER, &n, plain + HEADER, (int)(len - HEADER)) != 1 ||
	    EVP_EncryptFinal_ex(v->cipher, out + HEADER + n, &rest) != 1 ||
	    EVP_CIPHER_CTX_ctrl(v->cipher, EVP_CTRL_AEAD_GET_TAG, TAG, out + len) != 1)
		fail("encrypt");
	return len + TAG;
}

/* One run: `count` packets of `len` bytes, then one of sound if there is one. */
static void send_run(struct batch *b, struct viewer *v, const uint8_t *plain, size_t count, size_t len, size_t sound)
{
	size_t segment = len + TAG;
	if (b->count == BATCH || b->used + (count + 1) * segment > ARENA)
		flush(b);
	uint8_t *run = b->arena + b->used, *out = run;
	for (size_t i = 0; i < count; i++)
		out += encrypt(v, plain, len, out);
	for (size_t i = 0; i < sound; i++)
		out += encrypt(v, plain, SOUND_BYTES, out);
	struct msghdr *m = &b->messages[b->count].msg_hdr;
	b->iov[b->count] = (struct iovec){run, (size_t)(out - run)};
	*m = (struct msghdr){.msg_name = &v->to,
	                     .msg_namelen = sizeof(v->to),
	                     .msg_iov = &b->iov[b->count],
	                     .msg_iovlen = 1,
	                     .msg_control = &b->control[b->count],
	                     .msg_controllen = sizeof(b->control[0])};
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	uint16_t size = (uint16_t)(count ? segment : SOUND_BYTES + TAG);
	c->cmsg_level = SOL_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(c), &size, sizeof(size));
	b->used += (size_t)(out - run);
	b->count++;
	b->packets += count + sound;
	b->bytes += (uint64_t)(out - run);
}

static struct viewer *read_viewers(size_t *count)
{
	struct viewer *viewers = NULL;
	unsigned port;
	const uint8_t key[16] = {1};
	for (*count = 0; scanf("%u", &port) == 1; ++*count) {
		viewers = realloc(viewers, (*count + 1) * sizeof(*viewers));
		if (!viewers)
			fail("realloc");
		struct viewer *v = &viewers[*count];
		*v = (struct viewer){.cipher = EVP_CIPHER_CTX_new(),
		                     .to = {.sin_family = AF_INET,
		                            .sin_port = htons((uint16_t)port),
		                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
		if (!v->cipher || EVP_EncryptInit_ex(v->cipher, EVP_aes_128_gcm(), NULL, key, NULL) != 1)
			fail("cipher");
	}
	return viewers;
}

static double cpu_s(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void wait_for_frame(const struct timespec *start, int64_t frame)
{
	int64_t ns = start->tv_nsec + frame * (1000000000 / FRAMES_PER_S);
	struct timespec until = {.tv_sec = start->tv_sec + ns / 1000000000, .tv_nsec = ns % 1000000000};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

int main(int argc, char **argv)
{
	static struct batch batch;
	static const uint8_t plain[2048] = {0x80};
	size_t count, len = argc == 4 ? strtoul(argv[3], NULL, 10) : 0,
	              frame_packets = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	if (len < SOUND_BYTES || len > sizeof(plain) || frame_packets < 1 || frame_packets * (len + TAG) > RUN_MAX) {
		fprintf(stderr, "usage: bench_floor SECONDS FRAME_PACKETS PACKET_BYTES < PORTS\n");
		return 2;
	}
	int64_t frames = strtol(argv[1], NULL, 10) * FRAMES_PER_S, sound = 0;
	struct viewer *viewers = read_viewers(&count);
	struct timespec start;
	int bytes = 4 << 20;
	batch.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)setsockopt(batch.fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	double before = cpu_s();
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int64_t frame = 0; frame < frames; frame++) {
		wait_for_frame(&start, frame);
		sound += SOUND_PER_S;
		for (size_t i = 0; i < count; i++)
			send_run(&batch, &viewers[i], plain, frame_packets, len, sound >= FRAMES_PER_S);
		sound -= sound >= FRAMES_PER_S ? FRAMES_PER_S : 0;
		for (; sound >= FRAMES_PER_S; sound -= FRAMES_PER_S)
			for (size_t i = 0; i < count; i++)
				send_run(&batch, &viewers[i], plain, 0, len, 1);
		flush(&batch);
	}
	double cpu = cpu_s() - before;
	printf("{\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"dropped\":%" PRIu64
	       ",\"cpu_s\":%.3f,\"cpu_ms_per_1000\":%.3f}\n",
	       batch.packets, batch.bytes, batch.dropped, cpu, cpu * 1e6 / (double)batch.packets);
	return 0;
}
