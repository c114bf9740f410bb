/* Hosts without WebRTC: plain packets out of a socket pair are a stream's host as any other. */
#include "stage.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pipeline/seam.h"
#include "rtp/ntp.h"
#include "rtp/rtcp.h"

enum { VIDEO_SSRC = 0x1000, AUDIO_SSRC = 0x2000, VIDEO_PT = 102, AUDIO_PT = 111, KEY_EVERY = 30 };

static const char codecs[] = "Cvideo=H264 pt=102 clock=90000\naudio=OPUS pt=111 clock=48000\n";

struct plain {
	int fd;
	char session[MEDIA_SESSION_BYTES];
	int64_t started_us;
	uint32_t frames, sounds, counters[SIM_KINDS];
	int reports, key_requests;
	bool ended, silent;
};

static void begin(struct stage *stage, const char *stream, struct plain *p)
{
	int fds[2], room = 1 << 20;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	*p = (struct plain){.fd = fds[1], .started_us = sim_now_us()};
	assert_int_equal(media_stream_source(stage->engine, stream, fds[0], 77, p->session), 0);
	assert_int_equal(strlen(p->session), MEDIA_SESSION_BYTES - 1);
}

static struct plain *on_air(struct stage *stage, const char *stream, struct plain *p)
{
	begin(stage, stream, p);
	assert_int_equal(send(p->fd, codecs, sizeof codecs - 1, 0), sizeof codecs - 1);
	return p;
}

static void put(struct plain *p, enum sim_kind kind, bool marker, const uint8_t *head, size_t head_len, uint32_t time)
{
	uint8_t m[600] = {kind == SIM_VIDEO ? 'V' : 'A', 0x80};
	uint32_t counter = p->counters[kind]++, ssrc = kind == SIM_VIDEO ? VIDEO_SSRC : AUDIO_SSRC;
	const uint8_t fixed[] = {(uint8_t)((marker ? 0x80 : 0) | (kind == SIM_VIDEO ? VIDEO_PT : AUDIO_PT)),
	                         (uint8_t)(counter >> 8),
	                         (uint8_t)counter,
	                         (uint8_t)(time >> 24),
	                         (uint8_t)(time >> 16),
	                         (uint8_t)(time >> 8),
	                         (uint8_t)time,
	                         0,
	                         0,
	                         (uint8_t)(ssrc >> 8),
	                         (uint8_t)ssrc};
	memcpy(m + 2, fixed, sizeof fixed);
	memcpy(m + 13, head, head_len);
	memset(m + 13 + head_len, 0x55, 100);
	size_t len = stage_payload_put(m, 13 + head_len + 100, counter);
	(void)send(p->fd, m, len, MSG_NOSIGNAL);
}

/** SPS (640x360) and PPS in a STAP-A, then the IDR; else a slice. */
static void frame(struct plain *p)
{
	static const uint8_t sets[] = {0x78, 0,    15,   0x67, 0x42, 0xc0, 0x1e, 0x8c,    0x8d,
	                               0x40, 0x50, 0x17, 0xfc, 0xb0, 0x0f, 0x08, 0x84,    0x6a,
	                               0,    4,    0x68, 0xce, 0x3c, 0x80, 0,    100 + 64};
	static const uint8_t idr[] = {0x65}, slice[] = {0x41};
	bool key = p->frames % KEY_EVERY == 0;
	uint32_t time = p->frames++ * 3000;
	if (key)
		put(p, SIM_VIDEO, false, sets, sizeof sets, time);
	put(p, SIM_VIDEO, true, key ? idr : slice, 1, time);
}

static void report(struct plain *p, uint32_t ssrc, uint32_t time)
{
	uint8_t m[64] = {'R'};
	struct media_rtcp_writer w = {.data = m + 1, .size = sizeof m - 1};
	media_rtcp_write_sr(&w,
	                    &(struct media_rtcp_sr){.ssrc = ssrc, .ntp = (uint64_t)0xBC000000 << 32, .rtp_time = time},
	                    NULL, 0);
	assert_int_equal(send(p->fd, m, w.len + 1, MSG_NOSIGNAL), w.len + 1);
}

/** What is due: 30 pictures and 50 sounds a second, in real time. */
static void play(struct plain *p)
{
	static const uint8_t toc[] = {0xfc};
	char back[16];
	ssize_t n;
	int64_t us = sim_now_us() - p->started_us;
	while ((n = recv(p->fd, back, sizeof back, MSG_DONTWAIT)) > 0)
		p->key_requests += back[0] == MEDIA_SEAM_KEYFRAME;
	p->ended = p->ended || n == 0;
	if (p->ended || p->silent)
		return;
	if (p->reports++ == 0) {
		report(p, VIDEO_SSRC, 0);
		report(p, AUDIO_SSRC, 0);
	}
	while (p->frames * INT64_C(33333) < us)
		frame(p);
	for (; p->sounds * INT64_C(20000) < us; p->sounds++)
		put(p, SIM_AUDIO, false, toc, 1, p->sounds * 960);
}

struct scene {
	struct plain *plain;
	struct stage_peer *viewer;
	enum media_event_type type;
	const char *session;
	size_t packets;
	struct media_event event;
};

static bool seen(struct stage *stage, void *ctx)
{
	struct scene *s = ctx;
	play(s->plain);
	return s->viewer->logs[SIM_VIDEO].count >= s->packets && s->viewer->logs[SIM_AUDIO].count >= s->packets;
}

static bool happened(struct stage *stage, void *ctx)
{
	struct scene *s = ctx;
	struct stage_peer about = {.session = ""};
	memcpy(about.session, s->session, sizeof about.session);
	play(s->plain);
	return stage_event(stage, &about, s->type, &s->event);
}

static struct media_event until(struct stage *stage, struct plain *p, enum media_event_type type)
{
	struct scene s = {.plain = p, .type = type, .session = p->session};
	stage_until(stage, happened, &s);
	return s.event;
}

static bool asked(struct stage *stage, void *ctx)
{
	play(ctx);
	return ((struct plain *)ctx)->key_requests > 0;
}

static bool over(struct stage *stage, void *ctx)
{
	play(ctx);
	return ((struct plain *)ctx)->ended;
}

static void it_is_a_host_as_any_other(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *viewer = stage_viewer(stage, "show");
	struct media_stream_stats stats;
	struct plain plain;
	int fds[2];
	uint8_t message[MEDIA_SEAM_MAX];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(media_stream_tap(stage->engine, "show", fds[0]), 0);
	on_air(stage, "show", &plain);
	struct media_event event = until(stage, &plain, MEDIA_SESSION_CONNECTED);
	assert_int_equal(event.user, 77);
	event = until(stage, &plain, MEDIA_STREAM_PICTURE);
	assert_int_equal(event.video, MEDIA_H264);
	assert_int_equal(event.audio, MEDIA_OPUS);
	assert_string_equal(event.stream, "show");
	struct scene s = {.plain = &plain, .viewer = viewer, .packets = 100};
	stage_until(stage, seen, &s);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	stage_assert_complete(viewer, SIM_AUDIO, 0);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	assert_int_equal(media_stream_stats(stage->engine, "show", &stats), 0);
	assert_true(stats.picture);
	assert_int_equal(stats.width, 640);
	/* the tap hears codecs first, then packets and the reports as they came */
	size_t kinds[128] = {0};
	ssize_t n = recv(fds[1], message, sizeof message, 0);
	assert_int_equal(n, sizeof codecs - 1);
	assert_memory_equal(message, codecs, sizeof codecs - 1);
	while ((n = recv(fds[1], message, sizeof message, 0)) > 0)
		kinds[message[0] & 127]++;
	assert_true(kinds['V'] > 50 && kinds['A'] > 50 && kinds['R'] == 2);
	/* who joins asks it for a keyframe where that is needed */
	plain.key_requests = 0;
	media_stream_keyframe(stage->engine, "show");
	stage_until(stage, asked, &plain);
	close(plain.fd);
	plain = (struct plain){.fd = -1, .silent = true, .session = ""};
	memcpy(plain.session, event.session, sizeof plain.session);
	until(stage, &plain, MEDIA_STREAM_PICTURE_LOST);
	event = until(stage, &plain, MEDIA_SESSION_CLOSED);
	assert_string_equal(event.reason, "closed by peer");
	close(fds[1]);
	stage_close(stage);
}

/** One line of numbers, whoever the host is. */
static void assert_numbers_differ(const struct stage_peer *viewer)
{
	const struct stage_log *log = &viewer->logs[SIM_VIDEO];
	bool *taken = calloc(1, 1 << 16);
	for (size_t i = 0; i < log->count; i++) {
		assert_false(taken[log->seen[i].seq]);
		assert_int_equal(log->seen[i].ssrc, log->seen[0].ssrc);
		taken[log->seen[i].seq] = true;
	}
	free(taken);
}

static void who_comes_later_takes_over(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	struct plain first, second;
	stage_until_seen(viewer, SIM_VIDEO, 20);
	/* from a browser to a broadcast app */
	on_air(stage, "show", &first);
	until(stage, &first, MEDIA_STREAM_PICTURE);
	struct media_event event;
	assert_true(stage_event(stage, host, MEDIA_SESSION_CLOSED, &event));
	assert_string_equal(event.reason, "replaced");
	stage_remove(host);
	struct scene s = {.plain = &first, .viewer = viewer, .packets = viewer->logs[SIM_VIDEO].count + 50};
	stage_until(stage, seen, &s);
	/* to another one */
	on_air(stage, "show", &second);
	until(stage, &second, MEDIA_STREAM_PICTURE);
	stage_until(stage, over, &first);
	s = (struct scene){.plain = &second, .viewer = viewer, .packets = viewer->logs[SIM_VIDEO].count + 50};
	stage_until(stage, seen, &s);
	/* and back */
	host = stage_host(stage, "show");
	stage_until(stage, over, &second);
	stage_until_event(stage, host, MEDIA_STREAM_PICTURE);
	stage_until_seen(viewer, SIM_VIDEO, 20);
	assert_numbers_differ(viewer);
	close(first.fd);
	close(second.fd);
	stage_close(stage);
}

static void it_can_be_cut(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct plain plain;
	on_air(stage, "show", &plain);
	until(stage, &plain, MEDIA_STREAM_PICTURE);
	assert_int_equal(media_session_close(stage->engine, plain.session), 0);
	stage_until(stage, over, &plain);
	assert_int_equal(media_session_close(stage->engine, plain.session), -ENOENT);
	close(plain.fd);
	/* with its stream, be it on air yet or not */
	for (int i = 0; i < 2; i++) {
		begin(stage, "show", &plain);
		plain.silent = true;
		if (i == 0) {
			assert_true(send(plain.fd, codecs, sizeof codecs - 1, 0) > 0);
			until(stage, &plain, MEDIA_SESSION_CONNECTED);
		} else {
			stage_play(stage, 20, NULL, NULL);
		}
		media_stream_close(stage->engine, "show");
		stage_until(stage, over, &plain);
		close(plain.fd);
	}
	stage_close(stage);
}

static bool malformed(const struct media_stats *s)
{
	return s->rtp_malformed >= 4;
}

static void nonsense_is_no_harm(void **state)
{
	static const char *const wrong[] = {"C", "Cvideo=H264", "Cvideo=H264 pt=900 clock=90000\n",
	                                    "Cvideo=H265 pt=96 clock=90000\n", "Caudio=OPUS pt=111 clock=48000x\n"};
	struct media_config config = stage_config();
	config.consent_timeout_s = 1;
	struct stage *stage = stage_open(&config);
	struct stage_peer *viewer = stage_viewer(stage, "show");
	struct plain plain;
	struct media_event event;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		begin(stage, "show", &plain);
		plain.silent = true;
		assert_true(send(plain.fd, wrong[i], strlen(wrong[i]), 0) > 0);
		event = until(stage, &plain, MEDIA_SESSION_CLOSED);
		assert_string_equal(event.reason, "no codec in common");
		close(plain.fd);
	}
	/* media before the codecs are nobody's; what is malformed is counted */
	begin(stage, "show", &plain);
	uint8_t large[MEDIA_SEAM_MAX + 100] = {'V', 0x80};
	for (int i = 0; i < 40; i++)
		frame(&plain);
	assert_true(send(plain.fd, codecs, sizeof codecs - 1, 0) > 0);
	assert_true(send(plain.fd, "V", 1, 0) > 0);
	assert_true(send(plain.fd, "Anonsense", 9, 0) > 0);
	assert_true(send(plain.fd, "Rnonsense", 9, 0) > 0);
	assert_true(send(plain.fd, large, sizeof large, 0) > 0);
	assert_true(send(plain.fd, "S", 1, 0) > 0);
	plain.started_us = sim_now_us();
	plain.frames = plain.sounds = 0;
	struct scene s = {.plain = &plain, .viewer = viewer, .packets = 20};
	stage_until(stage, seen, &s);
	stage_until_stats(stage, malformed);
	/* other codecs are another host */
	assert_true(send(plain.fd, "Cvideo=VP8 pt=96 clock=90000\n", 29, 0) > 0);
	event = until(stage, &plain, MEDIA_SESSION_CLOSED);
	assert_string_equal(event.reason, "codecs changed");
	close(plain.fd);
	/* one that says nothing any more is gone */
	on_air(stage, "show", &plain);
	plain.silent = true;
	event = until(stage, &plain, MEDIA_SESSION_CLOSED);
	assert_string_equal(event.reason, "consent timeout");
	close(plain.fd);
	stage_close(stage);
}

static void the_server_may_be_full(void **state)
{
	struct media_config config = stage_config();
	config.max_sessions = 1;
	struct stage *stage = stage_open(&config);
	struct plain plain;
	char session[MEDIA_SESSION_BYTES], left;
	int fds[2];
	on_air(stage, "show", &plain);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(media_stream_source(stage->engine, "other", fds[0], 0, session), -EUSERS);
	assert_int_equal(recv(fds[1], &left, 1, 0), 0);
	close(fds[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(media_stream_source(stage->engine, "a name that is longer than any stream may have", fds[0], 0,
	                                     session),
	                 -ENAMETOOLONG);
	assert_int_equal(recv(fds[1], &left, 1, 0), 0);
	assert_int_equal(media_stream_source(stage->engine, "other", -1, 0, session), -EBADF);
	close(fds[1]);
	until(stage, &plain, MEDIA_STREAM_PICTURE);
	close(plain.fd);
	stage_close(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(it_is_a_host_as_any_other),
	        cmocka_unit_test(who_comes_later_takes_over),
	        cmocka_unit_test(it_can_be_cut),
	        cmocka_unit_test(nonsense_is_no_harm),
	        cmocka_unit_test(the_server_may_be_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
