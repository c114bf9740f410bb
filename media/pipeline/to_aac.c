#include "pipeline/to_aac.h"

#include <stdlib.h>
#include <string.h>

#define FRAME 1024     /* of AAC [samples] */
#define PRIMING 1024   /* what the encoder puts in front [samples] */
#define TOLERANCE 1440 /* clocks that differ a little, jitter of timestamps: 30 ms are not heard */
#define FILL_MOST (10 * TO_AAC_RATE)

/* Opus packets that decode to silence (RFC 6716): fullband CELT, mono, all the rest zero. */
struct silence {
	int64_t samples;
	uint8_t packet[3];
};
static const struct silence silences[] = {{960, {0xf8, 0xff, 0xfe}}, {120, {0xe0, 0xff, 0xfe}}};

bool to_aac_begin(struct to_aac *a, int64_t start, int wake)
{
	to_aac_end(a);
	a->base = a->position = start;
	a->frames = 0;
	return branch_open(&a->branch,
	                   "audio/x-opus,rate=(int)48000,channels=(int)2,channel-mapping-family=(int)0,"
	                   "stream-count=(int)1,coupled-count=(int)1",
	                   "opusdec ! audioconvert ! audio/x-raw,rate=48000,channels=2 ! "
	                   "avenc_aac bitrate=96000 aac-coder=fast ! audio/mpeg,stream-format=raw",
	                   wake);
}

void to_aac_end(struct to_aac *a)
{
	branch_close(&a->branch);
}

static void push(struct to_aac *a, uint8_t *data, size_t len, int64_t samples)
{
	/* relative times: the base classes round less */
	branch_push(&a->branch, data, len, (a->position - a->base) * 1000000 / (TO_AAC_RATE / 1000), false);
	a->position += samples;
}

static void push_silence(struct to_aac *a, int64_t samples)
{
	if (samples > FILL_MOST)
		samples = FILL_MOST;
	for (size_t i = 0; i < G_N_ELEMENTS(silences); i++) {
		for (; samples >= silences[i].samples; samples -= silences[i].samples) {
			uint8_t *data = malloc(sizeof(silences[i].packet));

			if (!data)
				return;
			memcpy(data, silences[i].packet, sizeof(silences[i].packet));
			push(a, data, sizeof(silences[i].packet), silences[i].samples);
		}
	}
}

void to_aac_packet(struct to_aac *a, uint8_t *data, size_t len, uint32_t samples, int64_t at, bool lost)
{
	int64_t gap = at - a->position;

	if (!branch_is_open(&a->branch) || samples == 0 || gap < -TOLERANCE) {
		free(data);
		return;
	}
	if (gap > TOLERANCE || (lost && gap > 0) || a->position == a->base)
		push_silence(a, gap);
	push(a, data, len, samples);
}

void to_aac_fill(struct to_aac *a, int64_t until)
{
	if (branch_is_open(&a->branch) && until - a->position >= silences[0].samples)
		push_silence(a, until - a->position);
}

bool to_aac_pull(struct to_aac *a, struct package_sample *out)
{
	struct branch_output o;

	if (!branch_pull(&a->branch, &o))
		return false;
	*out = (struct package_sample){.data = malloc(o.len ? o.len : 1), .len = o.len, .duration = FRAME, .key = true};
	if (out->data)
		memcpy(out->data, o.data, o.len);
	out->start = a->base + a->frames * FRAME - PRIMING;
	a->frames++;
	branch_release(&o);
	return out->data != NULL;
}
