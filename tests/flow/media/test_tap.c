/* The seam to the pipeline: plain packets into a socket pair. */
#include "stage.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pipeline/seam.h"

struct child {
	int fd;
	size_t video, audio, reports, codecs;
	bool intact, codecs_first, ended;
	char told[200];
	uint8_t video_pt;
	unsigned layer; /**< of the newest picture */
	bool mixed;     /**< the layer changed without a word */
	size_t codecs_then;
};

static void open_pair(int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
}

static void on_message(struct child *c, const uint8_t *m, size_t len)
{
	uint32_t counter;
	if (c->video + c->audio + c->reports + c->codecs == 0)
		c->codecs_first = m[0] == MEDIA_SEAM_CODECS;
	switch (m[0]) {
	case MEDIA_SEAM_VIDEO:
	case MEDIA_SEAM_AUDIO:
		m[0] == MEDIA_SEAM_VIDEO ? c->video++ : c->audio++;
		c->video_pt = m[0] == MEDIA_SEAM_VIDEO ? m[2] & 0x7f : c->video_pt;
		c->intact = c->intact && m[1] == 0x80 && stage_payload_intact(m + 13, len - 13, &counter);
		if (m[0] != MEDIA_SEAM_VIDEO)
			break;
		c->mixed |= STAGE_COUNTER_LAYER(counter) != c->layer && c->video > 1 && c->codecs == c->codecs_then;
		c->layer = STAGE_COUNTER_LAYER(counter);
		c->codecs_then = c->codecs;
		break;
	case MEDIA_SEAM_RTCP:
		c->reports++;
		c->intact = c->intact && len > 28 && m[2] == 200;
		break;
	case MEDIA_SEAM_CODECS:
		c->codecs++;
		snprintf(c->told, sizeof c->told, "%.*s", (int)(len - 1), (const char *)m + 1);
		break;
	}
}

static void read_all(struct child *c)
{
	uint8_t message[MEDIA_SEAM_MAX];
	ssize_t n;
	while ((n = recv(c->fd, message, sizeof message, MSG_DONTWAIT)) > 0)
		on_message(c, message, (size_t)n);
	c->ended = n == 0;
}

static bool fed(struct stage *stage, void *ctx)
{
	struct child *c = ctx;
	read_all(c);
	return c->video > 100 && c->audio > 50 && c->reports > 0;
}

static bool has_ended(struct stage *stage, void *ctx)
{
	struct child *c = ctx;
	read_all(c);
	return c->ended;
}

static void a_child_is_fed(void **state)
{
	struct stage *stage = stage_open(NULL);
	int fds[2];
	char expected[100];
	open_pair(fds);
	struct child child = {.fd = fds[1], .intact = true};
	/* before there is a host */
	assert_int_equal(media_stream_tap(stage->engine, "show", fds[0]), 0);
	struct stage_peer *host = stage_host(stage, "show");
	stage_until(stage, fed, &child);
	assert_true(child.codecs_first && child.intact);
	assert_int_equal(child.codecs, 1);
	int pt = sim_peer_agreed(host->sim, SIM_VIDEO)->pt;
	snprintf(expected, sizeof expected, "video=H264 pt=%d clock=90000\naudio=OPUS pt=%d clock=48000\n", pt,
	         sim_peer_agreed(host->sim, SIM_AUDIO)->pt);
	assert_string_equal(child.told, expected);
	assert_int_equal(child.video_pt, pt);
	media_stream_close(stage->engine, "show");
	stage_until(stage, has_ended, &child);
	close(fds[1]);
	stage_close(stage);
}

static bool told_twice(struct stage *stage, void *ctx)
{
	struct child *c = ctx;
	read_all(c);
	return c->codecs == 2 && strstr(c->told, "video=VP8");
}

static void another_codec_is_told(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct sim_peer_config vp8 = {.role = MEDIA_PUBLISH, .no_h264 = true};
	int fds[2];
	open_pair(fds);
	struct child child = {.fd = fds[1], .intact = true};
	assert_int_equal(media_stream_tap(stage->engine, "show", fds[0]), 0);
	stage_host(stage, "show");
	stage_until(stage, fed, &child);
	stage_enter(stage, "show", &vp8);
	stage_until(stage, told_twice, &child);
	close(fds[1]);
	stage_close(stage);
}

static bool key_wanted_after(struct stage *stage, void *ctx)
{
	const struct stage_peer *host = ctx;
	return host->key_requests > 0;
}

static void a_child_may_ask_for_a_keyframe(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show");
	int fds[2];
	open_pair(fds);
	struct child child = {.fd = fds[1], .intact = true};
	stage_until_event(stage, host, MEDIA_STREAM_PICTURE);
	assert_int_equal(media_stream_tap(stage->engine, "show", fds[0]), 0);
	stage_until(stage, fed, &child);
	stage_play(stage, 1500, NULL, NULL); /* what the tap's own beginning asked for is done */
	host->key_requests = 0;
	assert_int_equal(send(fds[1], "K", 1, 0), 1);
	stage_until(stage, key_wanted_after, host);
	/* so may the server */
	stage_play(stage, 1500, NULL, NULL);
	host->key_requests = 0;
	media_stream_keyframe(stage->engine, "show");
	stage_until(stage, key_wanted_after, host);
	close(fds[1]);
	stage_close(stage);
}

static bool dropping(const struct media_stats *s)
{
	return s->tap_drops > 20;
}

/** A child that does not read: packets are dropped and counted, viewers notice nothing. */
static void a_full_socket_drops(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	int fds[2], small = 4096;
	open_pair(fds);
	stage_until_seen(viewer, SIM_VIDEO, 10);
	assert_int_equal(media_stream_tap(stage->engine, "show", fds[0]), 0);
	stage_play(stage, 50, NULL, NULL);
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	int before = host->key_requests;
	struct media_stats stats = stage_until_stats(stage, dropping);
	assert_true(stats.tap_packets > 0);
	stage_play(stage, 1500, NULL, NULL);
	assert_true(host->key_requests > before);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	close(fds[1]);
	stage_close(stage);
}

static void a_child_that_dies_is_no_loss(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct stage_peer *viewer = stage_viewer(stage, "show");
	int fds[2];
	for (int i = 0; i < 5; i++) {
		open_pair(fds);
		assert_int_equal(media_stream_tap(stage->engine, "show", fds[0]), 0);
		stage_until_seen(viewer, SIM_VIDEO, 20);
		close(fds[1]);
	}
	stage_until_seen(viewer, SIM_VIDEO, 60);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	/* a tap alone keeps no stream alive once it has ended */
	open_pair(fds);
	assert_int_equal(media_stream_tap(stage->engine, "nobody", fds[0]), 0);
	close(fds[1]);
	assert_int_equal(media_stream_tap(stage->engine, "nobody", -1), -EBADF);
	stage_close(stage);
}

static bool answers(const struct media_stats *s)
{
	return s->sessions == 1;
}

/** While a process forks, its child has a copy of every descriptor: one of a tap that is gone must not wake anybody. */
static void a_copy_of_a_closed_tap_is_nobodys(void **state)
{
	struct stage *stage = stage_open(NULL);
	int fds[2];
	for (int i = 0; i < 2; i++) {
		open_pair(fds);
		int copy = dup(fds[0]);
		assert_true(copy >= 0);
		assert_int_equal(media_stream_tap(stage->engine, "gone", fds[0]), 0);
		stage_play(stage, 50, NULL, NULL);
		media_stream_close(stage->engine, "gone");
		stage_play(stage, 50, NULL, NULL);
		assert_int_equal(send(fds[1], "K", 1, 0), 1);
		stage_play(stage, 50, NULL, NULL);
		/* nobody reads it: the tap is gone */
		char left[4];
		assert_int_equal(recv(copy, left, sizeof left, MSG_DONTWAIT), 1);
		close(fds[1]);
		stage_play(stage, 50, NULL, NULL);
		close(copy);
	}
	stage_viewer(stage, "show");
	stage_until_stats(stage, answers);
	stage_close(stage);
}

static bool gets_layer_2(struct stage *stage, void *ctx)
{
	struct child *c = ctx;
	read_all(c);
	return c->layer == 2;
}

static bool gets_layer_1(struct stage *stage, void *ctx)
{
	struct child *c = ctx;
	read_all(c);
	return c->layer == 1;
}

/** Of a host with layers: one at a time, the best that comes. */
static void a_child_gets_the_best_layer(void **state)
{
	struct stage *stage = stage_open(NULL);
	int fds[2];
	open_pair(fds);
	struct child child = {.fd = fds[1], .intact = true};
	assert_int_equal(media_stream_tap(stage->engine, "show", fds[0]), 0);
	struct stage_peer *host = stage_layered_host(stage, "show", MEDIA_VP8);
	stage_until(stage, gets_layer_2, &child);
	host->layers[2].silent = true;
	stage_until(stage, gets_layer_1, &child);
	host->layers[2].silent = false;
	stage_until(stage, gets_layer_2, &child);
	assert_true(child.intact);
	assert_true(child.codecs_first);
	assert_false(child.mixed);
	close(fds[1]);
	stage_close(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_child_is_fed),
	        cmocka_unit_test(a_child_gets_the_best_layer),
	        cmocka_unit_test(another_codec_is_told),
	        cmocka_unit_test(a_child_may_ask_for_a_keyframe),
	        cmocka_unit_test(a_full_socket_drops),
	        cmocka_unit_test(a_child_that_dies_is_no_loss),
	        cmocka_unit_test(a_copy_of_a_closed_tap_is_nobodys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
