#include <math.h>

#include "pipeline/scene.h"

#define RATE 48000
#define BEEP_SAMPLES (RATE / 10)
#define NOTE_SAMPLES (RATE / 2)
#define TURN 6.283185307179586

static double beep(int64_t since)
{
	double fade;

	if (since >= BEEP_SAMPLES)
		return 0;
	fade = since < 240                  ? (double)since / 240
	       : since > BEEP_SAMPLES - 960 ? (double)(BEEP_SAMPLES - since) / 960
	                                    : 1;
	return 0.22 * fade * sin(TURN * 880 * (double)since / RATE);
}

/** A plucked pentatonic tune, a note each half second. */
static double note(int64_t sample)
{
	static const double scale[] = {261.63, 293.66, 329.63, 392.00, 440.00, 523.25};
	static const uint8_t tune[] = {0, 2, 4, 2, 3, 4, 5, 4, 3, 1, 2, 0, 1, 3, 2, 1};
	int64_t which = sample / NOTE_SAMPLES, since = sample % NOTE_SAMPLES;
	double t = (double)since / RATE, f = scale[tune[which % 16]];
	double attack = since < 240 ? (double)since / 240 : 1;

	return 0.10 * attack * exp(-5 * t) * (sin(TURN * f * t) + 0.3 * sin(TURN * 2 * f * t));
}

void sound_fill(int64_t first_sample, int64_t wall0_ms, int16_t *samples, int count)
{
	int64_t into_second = wall0_ms % 1000 * RATE / 1000;
	int i;

	for (i = 0; i < count; i++) {
		int64_t n = first_sample + i;

		samples[i] = (int16_t)(32767 * (beep((n + into_second) % RATE) + note(n)));
	}
}
