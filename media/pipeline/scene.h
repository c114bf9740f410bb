/* The demo picture: a stage that is drawn once, and what moves on it: items held up one after the other, a clock, a
 * swinging dot. */
#ifndef PIPELINE_SCENE_H
#define PIPELINE_SCENE_H

#include <stdint.h>

/* The clock that machines read: a row of SCENE_BITS squares across the picture, black (0) and white (1), most
 * significant first: 24 bits of wall-clock milliseconds since the epoch, then 8 bits: the sum of the three bytes
 * before. Its place in fractions of the picture's height and width is fixed for 9:16; elsewhere the stage is centred
 * and as large as fits. */
#define SCENE_BITS 32
#define SCENE_BITS_LEFT 40 /**< stage units, of SCENE_WIDTH x SCENE_HEIGHT */
#define SCENE_BITS_TOP 380
#define SCENE_BITS_SIZE 20
#define SCENE_WIDTH 720
#define SCENE_HEIGHT 1280

struct scene;

/** I420 planes, tightly packed: Y, then U, then V; width and height even. */
struct scene_frame {
	int width, height;
	uint8_t *y, *u, *v;
};

/** Draw stage and sprites. @param items folder of SVG pictures, NULL: one of our own. @return NULL: no memory or no SVG
 * decoder. */
struct scene *scene_create(int width, int height, const char *items);
void scene_destroy(struct scene *scene); /**< accepts NULL */
/** Paint the moment. @param t_us since the source began; wall_ms: milliseconds since the epoch. */
void scene_paint(struct scene *scene, int64_t t_us, int64_t wall_ms, const struct scene_frame *frame);

/** The sound: a soft tune, and a beep at each full second of the wall clock. 16-bit mono at 48 kHz. */
void sound_fill(int64_t first_sample, int64_t wall0_ms, int16_t *samples, int count);
#endif
