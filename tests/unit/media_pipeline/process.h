/* Running a program with bytes in and bytes out, and reading pictures with ffmpeg. */
#ifndef TEST_PROCESS_H
#define TEST_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#define OUTPUT_MAX (16 << 20)

struct output {
	int code;      /**< exit code, 128 + signal when killed */
	uint8_t *data; /**< stdout, OUTPUT_MAX bytes of room */
	size_t len;
	char errors[2048]; /**< stderr, cut */
};

/** Run to the end. argv[0] is looked up in PATH. @return output, to be freed with output_free(). */
struct output process_run(const char *const *argv, const void *input, size_t len);
void output_free(struct output *output);

/** A whole file; the test fails when it cannot be read. Free with free(3). */
uint8_t *read_file(const char *path, size_t *len);

struct rgb {
	int width, height;
	uint8_t *pixels; /**< 3 bytes each */
	struct output output;
};

/** Decode the first picture in data. @param format of ffmpeg's input, "h264" and so on. @return width 0 when there is
 * none. */
struct rgb decode_picture(const char *format, const uint8_t *data, size_t len);
void rgb_free(struct rgb *picture);

/** The clock in the demo picture: wall-clock milliseconds modulo 2^24; -1 when it cannot be read. */
int64_t read_clock(const struct rgb *picture);
/** Milliseconds since then, as far as 24 bits tell. */
int64_t clock_age_ms(int64_t clock, int64_t wall_ms);
int64_t wall_ms(void);
#endif
