/* Notes of a pipeline, or a recording's journal: whatever they say, the model stands and its playlists can be made. The
 * first byte chooses: live or recording. */
#include <stdlib.h>
#include <string.h>

#include "hls/hls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(struct hls_stream *stream)
{
	static const char *const names[] = {"0123456789abcdef-v0-0.m4s", "0123456789abcdef-v0-1.0.m4s",
	                                    "0123456789abcdef-a0-i0.mp4"};
	struct hls_place place;
	struct hls_span span;

	base_buffer_unref(hls_stream_index(stream));
	for (int t = -1; t < 5; t++) {
		base_buffer_unref(hls_stream_vod(stream, t, NULL));
		if (t < 0 || t > 3)
			continue;
		for (int64_t msn = -1; msn < 4; msn++)
			(void)hls_stream_reached(stream, t, msn, msn);
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		(void)hls_stream_find(stream, names[i], &place);
	hls_stream_span(stream, &span);
	(void)hls_stream_position_us(stream, span.start_us + span.duration_us / 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hls_config config = {.part_us = 300000, .segment_us = 2000000};
	struct hls_stream *stream;
	char *text;

	if (size == 0)
		return 0;
	config.window_us = data[0] & 1 ? 30000000 : 0;
	stream = hls_stream_create(&config);
	text = malloc(size);
	if (!text)
		abort();
	memcpy(text, data + 1, size - 1);
	/* In two goes, so that what is cut is seen. */
	hls_stream_feed(stream, text, (size - 1) / 2);
	look(stream);
	hls_stream_feed(stream, text, size - 1);
	if (config.window_us)
		for (int t = 0; t < 4; t++) {
			base_buffer_unref(hls_stream_playlist(stream, t, false));
			base_buffer_unref(hls_stream_playlist(stream, t, true));
		}
	look(stream);
	hls_stream_end(stream);
	look(stream);
	hls_stream_destroy(stream);
	free(text);
	return 0;
}
