#include "line.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bytes.h"

int64_t line_now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void queue(struct end *end, const uint8_t *data, size_t len)
{
	assert_true(end->out_count < LINE_QUEUE && len <= sizeof end->out[0].data);
	struct datagram *d = &end->out[end->out_count++];
	d->len = len;
	memcpy(d->data, data, len);
}

void line_check_records(const uint8_t *data, size_t len)
{
	assert_true(len <= 1200);
	while (len) {
		assert_true(len >= 13);
		size_t record = 13 + (size_t)(data[11] << 8 | data[12]);
		assert_true(record <= len);
		data += record;
		len -= record;
	}
}

static void put24(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 16);
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)v;
}

/** Cut a ClientHello into fragments, each a record of its own in a datagram of its own (RFC 6347 §4.2.3). */
static void queue_pieces(struct end *end, const uint8_t *data, size_t len)
{
	const uint8_t *body = data + 25;
	size_t body_len = len - 25, pieces = (size_t)end->line->faults.pieces;
	for (size_t i = 0; i < pieces; i++) {
		size_t which = end->line->faults.pieces_backwards ? pieces - 1 - i : i;
		size_t from = body_len * which / pieces, to = body_len * (which + 1) / pieces;
		uint8_t cut[1500];
		memcpy(cut, data, 25);
		/* record numbers of their own: 20 on, where this handshake does not come */
		cut[10] = (uint8_t)(cut[10] + (i ? 20 + i : 0));
		cut[11] = (uint8_t)((to - from + 12) >> 8);
		cut[12] = (uint8_t)(to - from + 12);
		put24(cut + 19, from);
		put24(cut + 22, to - from);
		memcpy(cut + 25, body + from, to - from);
		queue(end, cut, 25 + to - from);
	}
}

void line_send(const uint8_t *data, size_t len, void *ctx)
{
	struct end *end = ctx;
	struct line *line = end->line;
	line_check_records(data, len);
	int number = ++line->sent;
	if (number == line->faults.lose)
		return;
	bool client_hello = data[0] == 22 && data[13] == 1;
	if (line->faults.pieces && client_hello)
		queue_pieces(end, data, len);
	else
		queue(end, data, len);
	if (number == line->faults.repeat || line->faults.repeat == -1)
		queue(end, data, len);
}

void line_carry(struct line *line, int from)
{
	struct end *source = &line->end[from];
	static struct datagram flight[LINE_QUEUE];
	size_t count = source->out_count;
	memcpy(flight, source->out, count * sizeof flight[0]);
	source->out_count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct datagram *d = &flight[line->faults.backwards ? count - 1 - i : i];
		media_dtls_input(line->end[!from].dtls, d->data, d->len, line_now_us());
	}
}

static bool over(const struct line *line)
{
	return media_dtls_state(line->end[0].dtls) != MEDIA_DTLS_HANDSHAKING &&
	       media_dtls_state(line->end[1].dtls) != MEDIA_DTLS_HANDSHAKING;
}

/** Nothing is under way: sleep until the first timer, and let it ring. */
static void wait_for_timer(struct line *line)
{
	int64_t now = line_now_us(), wait = -1;
	for (int i = 0; i < 2; i++) {
		int64_t timer = media_dtls_timer_us(line->end[i].dtls, now);
		if (timer >= 0 && (wait < 0 || timer < wait))
			wait = timer;
	}
	assert_true(wait >= 0); /* somebody must still want something, or the handshake hangs for ever */
	if (wait > 0)
		usleep((useconds_t)wait);
	for (int i = 0; i < 2; i++)
		media_dtls_timeout(line->end[i].dtls, line_now_us());
}

void line_run(struct line *line)
{
	media_dtls_input(line->end[0].dtls, NULL, 0, line_now_us());
	for (int rounds = 0; !over(line); rounds++) {
		assert_true(rounds < 1000);
		if (!line->end[0].out_count && !line->end[1].out_count)
			wait_for_timer(line);
		line_carry(line, 0);
		line_carry(line, 1);
	}
	line_carry(line, 0);
	line_carry(line, 1);
}

const char *line_fingerprint(const struct media_dtls_context *context)
{
	static char text[2][128];
	static int next;
	next = !next;
	snprintf(text[next], sizeof text[next], "sha-256 %s", media_dtls_fingerprint(context));
	return text[next];
}

void line_join_as(struct line *line, struct media_dtls_context *client, struct media_dtls_context *server,
                  const char *client_expects, const char *server_expects)
{
	line->faults = (struct faults){0};
	line->sent = 0;
	for (int i = 0; i < 2; i++) {
		struct media_dtls_hooks hooks = {line_send, &line->end[i]};
		line->end[i].line = line;
		line->end[i].out_count = 0;
		assert_int_equal(media_dtls_create(i ? server : client, i == 1, i ? server_expects : client_expects,
		                                   &hooks, &line->end[i].dtls),
		                 0);
	}
}

void line_join(struct line *line, struct media_dtls_context *client, struct media_dtls_context *server)
{
	line_join_as(line, client, server, line_fingerprint(server), line_fingerprint(client));
}

void line_part(struct line *line)
{
	media_dtls_destroy(line->end[0].dtls);
	media_dtls_destroy(line->end[1].dtls);
}

void line_assert_connected(struct line *line, enum media_srtp_profile want)
{
	struct media_srtp_key send[2], receive[2];
	for (int i = 0; i < 2; i++) {
		enum media_srtp_profile profile;
		assert_string_equal(media_dtls_failure(line->end[i].dtls), "");
		assert_int_equal(media_dtls_state(line->end[i].dtls), MEDIA_DTLS_READY);
		assert_int_equal(media_dtls_keys(line->end[i].dtls, &profile, &send[i], &receive[i]), 0);
		assert_int_equal(profile, want);
	}
	assert_memory_equal(&send[0], &receive[1], sizeof send[0]);
	assert_memory_equal(&send[1], &receive[0], sizeof send[0]);
	assert_memory_not_equal(&send[0], &send[1], sizeof send[0]);
	if (want == MEDIA_SRTP_AEAD_AES_128_GCM)
		assert_memory_equal(send[0].salt + 12, "\0\0", 2);
}
