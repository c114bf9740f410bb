/* Real media for the tests, made by ffmpeg: pictures as access units with lengths, sound as raw AAC frames; and files
 * in a folder that goes away. */
#ifndef TEST_MEDIA_FILES_H
#define TEST_MEDIA_FILES_H

#include "pipeline/mp4.h"
#include "process.h"

struct media {
	struct mp4_sample *samples; /**< durations as ffmpeg was asked: steady */
	size_t count;
	struct h264_sets sets; /**< pictures only */
	uint8_t *bytes;        /**< what the samples point into */
};

/** Pictures of a source of ffmpeg's by x264, the sets before each keyframe.
 *  @param more  further options for x264 ("bframes=0:keyint=30"). Timescale 90000. */
struct media media_pictures_of(const char *source, int fps, int count, const char *more);
/** Of its test source. */
struct media media_pictures(const char *size, int fps, int count, const char *more);
/** A source of ffmpeg's as AAC-LC; the first frame is the encoder's priming. Timescale = rate. */
struct media media_sound_of(const char *source, int channels);
/** A tone. */
struct media media_sound(int rate, int channels, double seconds);
void media_free(struct media *m);

/** A new folder of its own. */
void folder_make(char *path, size_t size);
void folder_remove(const char *path);
void write_file(const char *path, const void *data, size_t len);

/** Run a program that must succeed and say nothing on stderr. @return its stdout, zero-terminated; free(3). */
char *run_clean(const char *const *argv);
#endif
