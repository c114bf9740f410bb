/* --photo: a stranger's picture becomes a clean one. --draw: a picture of our own becomes a JPEG. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib.h>

#include "pipeline/picture_header.h"
#include "pipeline/pipeline.h"
#include "pipeline/still.h"

#define PHOTO_BYTES_MAX (16 << 20)
#define PHOTO_PIXELS_MAX 40000000
#define PHOTO_MEMORY ((rlim_t)1 << 30)
#define PHOTO_CPU_S 20
#define PHOTO_WALL_S 30
#define QUALITY 82

static const char *const plugins[] = {"coreelements", "app", "videoconvertscale", "jpeg", "png", "webp", NULL};

static void set_limits(void)
{
	struct rlimit memory = {PHOTO_MEMORY, PHOTO_MEMORY}, cpu = {PHOTO_CPU_S, PHOTO_CPU_S};

	if (!SANITIZED) /* which reserves terabytes of address space */
		setrlimit(RLIMIT_AS, &memory);
	setrlimit(RLIMIT_CPU, &cpu);
	alarm(PHOTO_WALL_S);
}

/** @return bytes read; PHOTO_BYTES_MAX + 1 when there are more; -1 the input fails. */
static ssize_t read_all(uint8_t *data)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(STDIN_FILENO, data + len, PHOTO_BYTES_MAX + 1 - len);
		if (n < 0 && errno != EINTR)
			return -1;
		len += n > 0 ? (size_t)n : 0;
	} while (n != 0 && len <= PHOTO_BYTES_MAX);
	return (ssize_t)len;
}

static int fail(int code, const char *problem)
{
	fprintf(stderr, "%s\n", problem);
	return code;
}

static int make_clean(const uint8_t *data, size_t len, int max_edge)
{
	static const char *const decoders[] = {
	        [PICTURE_JPEG] = "jpegdec", [PICTURE_PNG] = "pngdec", [PICTURE_WEBP] = "webpdec"};
	static const char *const caps[] = {
	        [PICTURE_JPEG] = "image/jpeg", [PICTURE_PNG] = "image/png", [PICTURE_WEBP] = "image/webp"};
	struct picture_header header;
	struct still still;
	int width, height, rc;

	if (picture_header_read(data, len, &header) < 0)
		return fail(PIPELINE_NO_PICTURE, header.problem);
	if ((uint64_t)header.width * header.height > PHOTO_PIXELS_MAX)
		return fail(PIPELINE_TOO_LARGE, "the picture has more than 40 million pixels");
	width = (int)header.width;
	height = (int)header.height;
	still_fit(max_edge, &width, &height);
	rc = still_decode(decoders[header.kind], caps[header.kind], data, len, width, height, &still);
	if (rc == -EBADMSG)
		return fail(PIPELINE_NO_PICTURE, "the picture is broken");
	if (rc == 0)
		rc = still_finish(&still, header.orientation);
	if (rc == 0)
		rc = still_encode(&still, QUALITY, stdout);
	still_clear(&still);
	return rc == 0 ? PIPELINE_OK : fail(PIPELINE_FAILED, "the picture could not be written");
}

int pipeline_photo(const struct pipeline_options *options)
{
	sigset_t none;
	uint8_t *data;
	ssize_t len;
	int rc;

	if (!pipeline_start(plugins))
		return PIPELINE_FAILED;
	set_limits();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL); /* a photo may be given up at any time */
	if (pipeline_confine(NULL) < 0)
		return fail(PIPELINE_FAILED, "the process cannot be confined");
	data = malloc(PHOTO_BYTES_MAX + 1);
	len = data ? read_all(data) : -1;
	if (len < 0)
		rc = fail(PIPELINE_FAILED, "the picture could not be read");
	else if (len > PHOTO_BYTES_MAX)
		rc = fail(PIPELINE_TOO_LARGE, "the file is larger than 16 MB");
	else
		rc = make_clean(data, (size_t)len, options->max_edge);
	free(data);
	return rc;
}

int pipeline_draw(const struct pipeline_options *options)
{
	static const char *const svg_plugins[] = {"coreelements", "app", "videoconvertscale", "jpeg", "rsvg", NULL};
	g_autofree char *data = NULL;
	struct still still;
	gsize len;
	int rc, width, height;

	if (!g_file_get_contents(options->draw, &data, &len, NULL))
		return fail(PIPELINE_NO_PICTURE, "the drawing cannot be read");
	if (!pipeline_start(svg_plugins))
		return PIPELINE_FAILED;
	rc = still_decode("rsvgdec", "image/svg+xml", (const uint8_t *)data, len, 0, 0, &still);
	if (rc < 0)
		return fail(PIPELINE_NO_PICTURE, "the drawing is broken");
	width = still.width;
	height = still.height;
	still_fit(options->max_edge, &width, &height);
	if (width != still.width) {
		still_clear(&still);
		rc = still_decode("rsvgdec", "image/svg+xml", (const uint8_t *)data, len, width, height, &still);
	}
	if (rc == 0)
		rc = still_finish(&still, 1);
	if (rc == 0)
		rc = still_encode(&still, QUALITY + 6, stdout);
	still_clear(&still);
	return rc == 0 ? PIPELINE_OK : fail(PIPELINE_FAILED, "the drawing could not be written");
}
