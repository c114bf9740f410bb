#include "pipeline/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FAR_US (INT64_C(1) << 53) /* the year 2255: beyond that no clock is right */

const char *journal_track_name(enum journal_track track)
{
	return track == JOURNAL_PICTURE ? "v0" : "a0";
}

/** The value of a key, up to a blank. @return NULL: not there. */
static const char *find(const char *line, const char *key)
{
	size_t len = strlen(key);
	for (const char *at = strchr(line, ' '); at; at = strchr(at + 1, ' '))
		if (strncmp(at + 1, key, len) == 0 && at[1 + len] == '=')
			return at + len + 2;
	return NULL;
}

/** @return whether it is there, a number, and not above max. */
static bool number(const char *line, const char *key, int64_t max, int64_t *out)
{
	const char *at = find(line, key);
	if (!at || *at < '0' || *at > '9')
		return false;
	for (*out = 0; *at >= '0' && *at <= '9'; at++) {
		if (*out > (max - (*at - '0')) / 10)
			return false;
		*out = *out * 10 + (*at - '0');
	}
	return *at == ' ' || *at == '\0';
}

static void read_epoch(struct journal *j, const char *line)
{
	const char *at = find(line, "epoch");
	size_t len = at ? strspn(at, "0123456789abcdef") : 0;
	j->epoch[0] = '\0';
	if (len != JOURNAL_EPOCH - 1 || (at[len] != '\0' && at[len] != ' '))
		return;
	memcpy(j->epoch, at, len);
	j->epoch[len] = '\0';
}

static bool read_track(const char *line, enum journal_track *out)
{
	const char *at = find(line, "track");
	for (int i = 0; at && i < JOURNAL_TRACKS; i++) {
		*out = (enum journal_track)i;
		if (strncmp(at, journal_track_name(*out), 2) == 0 && at[2] == ' ')
			return true;
	}
	return false;
}

static bool read_part(const char *line, struct journal_part *p)
{
	int64_t segment, init, offset, bytes, independent, discontinuity;
	if (!read_track(line, &p->track) || !number(line, "segment", UINT32_MAX, &segment) ||
	    !number(line, "init", UINT32_MAX, &init) || !number(line, "offset", FAR_US, &offset) ||
	    !number(line, "bytes", JOURNAL_PART_BYTES, &bytes) || !number(line, "start_us", FAR_US, &p->start_us) ||
	    !number(line, "duration_us", FAR_US, &p->duration_us) || !number(line, "independent", 1, &independent) ||
	    !number(line, "discontinuity", 1, &discontinuity))
		return false;
	p->segment = (uint32_t)segment;
	p->init = (uint32_t)init;
	p->offset = (uint64_t)offset;
	p->bytes = (uint32_t)bytes;
	p->independent = independent;
	p->discontinuity = discontinuity;
	return true;
}

int journal_line(struct journal *j, const char *line, int64_t from_us, int64_t to_us)
{
	struct journal_part part;
	if (strncmp(line, "hello ", 6) == 0)
		read_epoch(j, line);
	if (strncmp(line, "part ", 5) != 0 || j->epoch[0] == '\0' || !read_part(line, &part) ||
	    part.start_us >= to_us || part.start_us + part.duration_us <= from_us)
		return 0;
	memcpy(part.epoch, j->epoch, sizeof part.epoch);
	if (j->count == j->size) {
		size_t size = j->size ? j->size * 2 : 256;
		struct journal_part *parts = size <= JOURNAL_PARTS ? realloc(j->parts, size * sizeof *parts) : NULL;
		if (!parts)
			return size <= JOURNAL_PARTS ? -ENOMEM : -E2BIG;
		j->parts = parts;
		j->size = size;
	}
	j->parts[j->count++] = part;
	return 0;
}

void journal_finish(struct journal *j)
{
	free(j->parts);
	*j = (struct journal){.count = 0};
}
