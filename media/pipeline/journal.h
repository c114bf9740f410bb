/* A recording's journal: the lines that name its parts, as far as a clip needs them. A line that is torn or not known
 * is passed over. Pure. */
#ifndef PIPELINE_JOURNAL_H
#define PIPELINE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_EPOCH 17    /**< bytes of an epoch's name, its end included */
#define JOURNAL_PARTS 16384 /**< most that are kept */
#define JOURNAL_PART_BYTES (32u << 20)

enum journal_track { JOURNAL_PICTURE, JOURNAL_SOUND, JOURNAL_TRACKS };

struct journal_part {
	char epoch[JOURNAL_EPOCH];
	enum journal_track track;
	uint32_t segment, init;
	uint64_t offset;
	uint32_t bytes;
	int64_t start_us, duration_us;
	bool independent, discontinuity;
};

/** Zeroed before use. */
struct journal {
	char epoch[JOURNAL_EPOCH]; /**< of the lines now read */
	struct journal_part *parts;
	size_t count, size;
};

/** Take one line (without its end): what is played between from_us and to_us is kept, sorted as it came.
 *  @return 0, also for a line that is passed over; -ENOMEM; -E2BIG more parts than are kept. */
__attribute__((warn_unused_result)) int journal_line(struct journal *j, const char *line, int64_t from_us,
                                                     int64_t to_us);
void journal_finish(struct journal *j);
/** The name of a track in files and lines. */
const char *journal_track_name(enum journal_track track);
#endif
