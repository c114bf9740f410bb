/* trunkshow-pipeline --source: a well-behaved host, whose clock, packets and reports agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/seam.h"
#include "process.h"
#include "seam_child.h"

#define PATIENCE_MS 30000
#define NTP_EPOCH_S 2208988800LL

/** What one run of the source said. */
struct heard {
	char codecs[256];
	int video, audio, reports, idr_frames, largest;
	uint32_t video_ssrc, audio_ssrc;
	uint64_t ntp; /**< of the newest report */
	uint32_t report_video, report_audio;
	uint32_t idr_timestamp; /**< of the newest whole keyframe */
	uint8_t *idr;           /**< its bytes with start codes */
	size_t idr_len;
	uint8_t building[1 << 20];
	size_t building_len;
	uint32_t building_timestamp;
	bool building_idr, sets_in_stap;
	uint8_t profile[3];
};

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void add_nal(struct heard *h, const uint8_t *nal, size_t len, bool with_start)
{
	if (with_start) {
		memcpy(h->building + h->building_len, "\0\0\0\1", 4);
		h->building_len += 4;
	}
	memcpy(h->building + h->building_len, nal, len);
	h->building_len += len;
}

static void take_stap(struct heard *h, const uint8_t *p, size_t len)
{
	size_t at = 1;

	while (at + 2 < len) {
		size_t n = (size_t)p[at] << 8 | p[at + 1];

		assert_true(at + 2 + n <= len);
		if ((p[at + 2] & 31) == 7) {
			memcpy(h->profile, p + at + 3, 3);
			h->sets_in_stap = true;
		}
		h->building_idr |= (p[at + 2] & 31) == 5;
		add_nal(h, p + at + 2, n, true);
		at += 2 + n;
	}
}

static void take_h264(struct heard *h, const uint8_t *rtp, size_t len)
{
	const uint8_t *p = rtp + 12;
	uint8_t type = p[0] & 31, header;

	if (h->building_timestamp != u32(rtp + 4)) {
		h->building_len = 0;
		h->building_idr = false;
		h->building_timestamp = u32(rtp + 4);
	}
	if (type == 24) {
		take_stap(h, p, len - 12);
	} else if (type == 28) {
		header = (uint8_t)((p[0] & 0xe0) | (p[1] & 31));
		h->building_idr |= (p[1] & 31) == 5;
		if (p[1] & 0x80)
			add_nal(h, &header, 1, true);
		add_nal(h, p + 2, len - 14, false);
	} else {
		h->building_idr |= type == 5;
		add_nal(h, p, len - 12, true);
	}
	if ((rtp[1] & 0x80) && h->building_idr) {
		memcpy(h->idr, h->building, h->building_len);
		h->idr_len = h->building_len;
		h->idr_timestamp = h->building_timestamp;
		h->idr_frames++;
	}
}

static void take_reports(struct heard *h, const uint8_t *p, int len)
{
	assert_int_equal(len, 56);
	assert_int_equal(p[1], 200);
	assert_int_equal(u32(p + 4), h->video_ssrc);
	assert_int_equal(u32(p + 28 + 4), h->audio_ssrc);
	assert_memory_equal(p + 8, p + 28 + 8, 8); /* one moment */
	h->ntp = (uint64_t)u32(p + 8) << 32 | u32(p + 12);
	h->report_video = u32(p + 16);
	h->report_audio = u32(p + 28 + 16);
	h->reports++;
}

static void take(struct heard *h, char kind, const uint8_t *body, int len)
{
	if (kind == MEDIA_SEAM_CODECS) {
		snprintf(h->codecs, sizeof(h->codecs), "%.*s", len, (const char *)body);
		return;
	}
	assert_true(h->codecs[0]); /* it comes first */
	if (kind == MEDIA_SEAM_RTCP && h->video && h->audio)
		take_reports(h, body, len);
	if (kind != MEDIA_SEAM_VIDEO && kind != MEDIA_SEAM_AUDIO)
		return;
	h->largest = len > h->largest ? len : h->largest;
	if (kind == MEDIA_SEAM_AUDIO) {
		assert_int_equal(body[1] & 0x7f, 111);
		h->audio_ssrc = u32(body + 8);
		h->audio++;
		return;
	}
	h->video_ssrc = u32(body + 8);
	h->video++;
	if (strstr(h->codecs, "H264"))
		take_h264(h, body, (size_t)len);
}

static struct heard *hear(void)
{
	struct heard *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	h->idr = malloc(sizeof(h->building));
	assert_non_null(h->idr);
	return h;
}

static void forget(struct heard *h)
{
	free(h->idr);
	free(h);
}

static void listen_until(const struct seam_child *child, struct heard *h, const int *what, int least)
{
	uint8_t body[MEDIA_SEAM_MAX];
	char kind;

	while (*what < least) {
		int n = seam_child_receive(child, PATIENCE_MS, &kind, body);

		assert_true(n > 0);
		take(h, kind, body, n);
	}
}

static void h264_is_what_browsers_take(void **state)
{
	const char *arguments[] = {"--source", "--width", "360", "--height", "640", NULL};
	struct seam_child child = seam_child_start(arguments);
	struct heard *h = hear();

	(void)state;
	listen_until(&child, h, &h->reports, 1);
	listen_until(&child, h, &h->idr_frames, 1);
	assert_string_equal(h->codecs, "video=H264 pt=102 clock=90000\naudio=OPUS pt=111 clock=48000\n");
	assert_true(h->largest <= 1200);
	assert_true(h->sets_in_stap);
	assert_int_equal(h->profile[0], 0x42);
	assert_int_equal(h->profile[1] & 0xc0, 0xc0); /* constrained baseline */
	assert_true(h->profile[2] <= 0x1f);
	kill(child.pid, SIGTERM);
	assert_int_equal(seam_child_wait(&child), 0);
	close(child.fd);
	forget(h);
}

/** The moment that a keyframe's RTP time means by the reports is the moment that its picture shows. */
static void clock_reports_and_picture_agree(void **state)
{
	const char *arguments[] = {"--source", NULL};
	struct seam_child child = seam_child_start(arguments);
	struct heard *h = hear();
	struct rgb picture;
	int64_t reported_ms, shown;

	(void)state;
	listen_until(&child, h, &h->reports, 1);
	listen_until(&child, h, &h->idr_frames, 1);
	picture = decode_picture("h264", h->idr, h->idr_len);
	assert_int_equal(picture.width, 720);
	assert_int_equal(picture.height, 1280);
	shown = read_clock(&picture);
	assert_true(shown >= 0);
	reported_ms = (int64_t)((h->ntp >> 32) - NTP_EPOCH_S) * 1000 + (int64_t)((h->ntp & 0xffffffff) * 1000 >> 32);
	reported_ms += (int32_t)(h->idr_timestamp - h->report_video) / 90;
	assert_in_range(clock_age_ms(shown, reported_ms + 2), 0, 4);
	assert_in_range(clock_age_ms(shown, wall_ms()), 0, 2 * PATIENCE_MS);
	rgb_free(&picture);
	assert_int_equal(seam_child_close(&child), 0);
	forget(h);
}

static void a_keyframe_comes_when_it_is_asked_for(void **state)
{
	const char *arguments[] = {"--source", "--width", "360", "--height", "640", NULL};
	struct seam_child child = seam_child_start(arguments);
	struct heard *h = hear();
	int i;

	(void)state;
	listen_until(&child, h, &h->idr_frames, 1);
	for (i = 2; i < 6; i++) {
		int before = h->video;

		seam_child_send(&child, MEDIA_SEAM_KEYFRAME, "", 0);
		listen_until(&child, h, &h->idr_frames, i);
		assert_true(h->video - before < 200); /* not the regular one, 300 frames later */
	}
	assert_int_equal(seam_child_close(&child), 0);
	forget(h);
}

static void vp8_flows_too(void **state)
{
	const char *arguments[] = {"--source", "--codec", "vp8", "--width", "360", "--height", "640", NULL};
	struct seam_child child = seam_child_start(arguments);
	struct heard *h = hear();

	(void)state;
	listen_until(&child, h, &h->video, 60);
	assert_string_equal(h->codecs, "video=VP8 pt=96 clock=90000\naudio=OPUS pt=111 clock=48000\n");
	assert_true(h->largest <= 1200);
	assert_int_equal(seam_child_close(&child), 0);
	forget(h);
}

static void without_a_seam_it_refuses(void **state)
{
	const char *argv[] = {PIPELINE_PROGRAM, "--source", NULL};
	struct output o = process_run(argv, NULL, 0);

	(void)state;
	assert_int_equal(o.code, 64);
	output_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(h264_is_what_browsers_take),
	        cmocka_unit_test(clock_reports_and_picture_agree),
	        cmocka_unit_test(a_keyframe_comes_when_it_is_asked_for),
	        cmocka_unit_test(vp8_flows_too),
	        cmocka_unit_test(without_a_seam_it_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
