/* The hosts that are here with broadcast apps, one a show: waiting for their socket, on air, or lost for a moment. */
#ifndef PIPELINE_INGEST_GUESTS_H
#define PIPELINE_INGEST_GUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "pipeline/ingest_host.h"
#include "pipeline/srt.h"

#define INGEST_SHOW 40 /**< a show's name, with NUL */

struct ingest_guests;

struct ingest_guests_config {
	unsigned hosts; /**< at once */
	struct ingest_limits limits;
	const char *pull; /**< rtmp://…, a show's name follows; NULL: nothing is fetched */
};

struct ingest_guests *ingest_guests_create(const struct ingest_guests_config *config);
/** May one more come, for this show? Thread: any. */
bool ingest_guests_room(const char *show, void *guests);
unsigned ingest_guests_count(const struct ingest_guests *guests);
/** One came by SRT. It takes over from whoever is there for the same show. */
void ingest_guests_come(struct ingest_guests *guests, const struct ingest_srt_guest *guest);
/** A show's RTMP is there to be fetched, or not any more. */
void ingest_guests_pull(struct ingest_guests *guests, const char *show, bool on);
/** The server gave a socket for its media. Takes fd. */
void ingest_guests_open(struct ingest_guests *guests, unsigned host, int fd);
void ingest_guests_refuse(struct ingest_guests *guests, unsigned host);
/** Who came with the key of before is cut off. */
void ingest_guests_key_changed(struct ingest_guests *guests, const char *show);
/** Hear everybody, see to everything. */
void ingest_guests_step(struct ingest_guests *guests, int64_t now_us);
/** Each second. */
void ingest_guests_report(struct ingest_guests *guests);
#endif
