/* The board: what is true of shows at this moment and is in no database — viewers, picture. The hub thread writes it,
 * every thread that describes a show reads it. One mutex, held for a few instructions. */
#ifndef TRUNKSHOW_API_BOARD_H
#define TRUNKSHOW_API_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct api_board;

struct api_board_row {
	int64_t viewers;
	bool picture; /**< the host's media is arriving */
	uint8_t via;  /**< enum api_via: by which the host publishes with a broadcast app; 0: with none */
	bool lost;    /**< whose line broke a moment ago */
};

struct api_board *api_board_create(void);
void api_board_destroy(struct api_board *board);
/** What is known of its room; zero values, beside no broadcast app, take the row away. Thread: any. */
void api_board_set(struct api_board *board, struct base_id show, const struct api_board_row *row);
/** How its broadcast app is; via 0: there is none any more. Thread: any. */
void api_board_broadcast(struct api_board *board, struct base_id show, uint8_t via, bool lost);
/** All zero when nothing is known. Thread: any. */
struct api_board_row api_board_get(struct api_board *board, struct base_id show);
#endif
