#include "api/board.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 1024 /* chains; a power of two */

struct entry {
	struct entry *next;
	struct base_id show;
	struct api_board_row row;
};

struct api_board {
	pthread_mutex_t lock;
	struct entry *chains[SLOTS];
};

struct api_board *api_board_create(void)
{
	struct api_board *board = calloc(1, sizeof *board);

	if (!board)
		abort();
	pthread_mutex_init(&board->lock, NULL);
	return board;
}

void api_board_destroy(struct api_board *board)
{
	if (!board)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		while (board->chains[i]) {
			struct entry *entry = board->chains[i];
			board->chains[i] = entry->next;
			free(entry);
		}
	}
	pthread_mutex_destroy(&board->lock);
	free(board);
}

/* The link that leads to the show's entry, or to the end of its chain. The last bytes of an id are random. */
static struct entry **find(struct api_board *board, struct base_id show)
{
	size_t slot = (show.bytes[15] | (size_t)show.bytes[14] << 8) & (SLOTS - 1);
	struct entry **link = &board->chains[slot];

	while (*link && !base_id_equal((*link)->show, show))
		link = &(*link)->next;
	return link;
}

/* With the lock held. */
static void put(struct api_board *board, struct base_id show, const struct api_board_row *row)
{
	struct entry **link = find(board, show), *entry = *link;

	if (!row->viewers && !row->picture && !row->via) {
		if (entry) {
			*link = entry->next;
			free(entry);
		}
		return;
	}
	if (!entry) {
		entry = calloc(1, sizeof *entry);
		if (!entry)
			abort();
		entry->show = show;
		*link = entry;
	}
	entry->row = *row;
}

void api_board_set(struct api_board *board, struct base_id show, const struct api_board_row *row)
{
	struct api_board_row whole = *row;
	const struct entry *entry;

	pthread_mutex_lock(&board->lock);
	entry = *find(board, show);
	whole.via = entry ? entry->row.via : 0;
	whole.lost = entry && entry->row.lost;
	put(board, show, &whole);
	pthread_mutex_unlock(&board->lock);
}

void api_board_broadcast(struct api_board *board, struct base_id show, uint8_t via, bool lost)
{
	const struct entry *entry;
	struct api_board_row row = {0};

	pthread_mutex_lock(&board->lock);
	entry = *find(board, show);
	if (entry)
		row = entry->row;
	row.via = via;
	row.lost = lost;
	put(board, show, &row);
	pthread_mutex_unlock(&board->lock);
}

struct api_board_row api_board_get(struct api_board *board, struct base_id show)
{
	struct api_board_row row = {0};
	struct entry *entry;

	pthread_mutex_lock(&board->lock);
	entry = *find(board, show);
	if (entry)
		row = entry->row;
	pthread_mutex_unlock(&board->lock);
	return row;
}
