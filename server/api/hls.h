/* Live shows as LL-HLS, private to this folder: streams (hls.c), requests (hls_get.c), bytes (hls_bytes.c). Hub thread.
 */
#ifndef TRUNKSHOW_API_HLS_H
#define TRUNKSHOW_API_HLS_H

#include "api/core.h"
#include "hls/hls.h"

struct api_hls_counters {
	uint64_t requests, bytes, refused, late, restarts;
};

struct api_hls {
	struct api *api;
	GHashTable *streams; /**< struct base_id -> struct api_hls_stream */
	struct api_hls_counters counters;
};

/** What has been read of a stream's files: the same bytes to everybody, for as long as the newest are asked for. */
struct api_hls_bytes {
	GHashTable *table; /**< name -> struct read_file, in `order`, too */
	GQueue order;      /**< oldest first */
	size_t bytes;
};

struct api_hls_stream {
	struct api_hls *all;
	struct base_id id;
	char name[BASE_ID_TEXT];
	struct hls_stream *model;
	struct api_hls_bytes bytes;
	GQueue held;         /**< of struct held (hls_get.c), in no order */
	GHashTable *viewers; /**< who asked of late: hash of address and program -> when [µs] */
	bool watched;        /**< as the pipeline was told */
	int64_t asked_us, ended_us, swept_us;
	unsigned epochs; /**< lives of its pipeline */
	struct hub_timer *timer;
};

/** The spool's file of this show. @return bytes of it, a new reference; NULL: it is not there. */
struct base_buffer *api_hls_bytes_get(struct api_hls_stream *stream, const char *name, const struct hls_place *place);
void api_hls_bytes_init(struct api_hls_bytes *bytes);
void api_hls_bytes_clear(struct api_hls_bytes *bytes);
/** Forget what was read long ago. */
void api_hls_bytes_trim(struct api_hls_bytes *bytes, int64_t now_us);
/** Remove files of former lives that no playlist names any more. */
void api_hls_sweep(struct api_hls_stream *stream);

/** Answer held requests whose answer is there, or not coming any more. */
void api_hls_wake(struct api_hls_stream *stream);
/** Likewise those that have waited too long; all of them with `give_up`. */
void api_hls_give_up(struct api_hls_stream *stream, int64_t now_us, bool all);

/** A request has come: the show is watched. */
void api_hls_asked(struct api_hls_stream *stream, const struct hub_request *request, int64_t now_us);
struct api_hls_stream *api_hls_find(struct api *api, struct base_id show); /**< NULL: none */

void api_hls_init(struct api *api);
void api_hls_finish(struct api *api);
struct api_hls_now {
	size_t streams, watched, viewers, held, bytes;
};
void api_hls_count(const struct api_hls *hls, struct api_hls_now *out);

/** The show has a pipeline, or has ended. */
void api_hls_show(struct api *api, struct base_id show, bool live);
#endif
