#include "base/id.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define ID_TEXT_CHARS (BASE_ID_TEXT - 1)
#define ID_TIME_BYTES 6

/* Crockford's alphabet: no i, l, o, u, so that ids survive being read aloud. */
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static void put_time(struct base_id *id, uint64_t ms)
{
	for (int i = ID_TIME_BYTES - 1; i >= 0; i--, ms >>= 8)
		id->bytes[i] = (uint8_t)ms;
}

/* Add one to the number that the bytes spell: within a millisecond, and when the clock steps back, ids still rise. */
static void increment(struct base_id *id)
{
	for (int i = BASE_ID_BYTES - 1; i >= 0; i--)
		if (++id->bytes[i] != 0)
			return;
}

struct base_id base_id_new(void)
{
	static _Thread_local struct base_id last;
	struct base_id id;

	put_time(&id, (uint64_t)base_clock_utc_ms());
	/* The 80 random bits are new for every id of another millisecond, so threads do not collide. */
	if (memcmp(id.bytes, last.bytes, ID_TIME_BYTES) > 0) {
		if (getentropy(id.bytes + ID_TIME_BYTES, BASE_ID_BYTES - ID_TIME_BYTES) != 0)
			abort(); /* no kernel that runs this lacks it */
	} else {
		id = last;
		increment(&id);
	}
	last = id;
	return id;
}

const char *base_id_format(struct base_id id, char text[BASE_ID_TEXT])
{
	/* 26 characters hold 130 bits: the first carries the top three alone, as ULID does. */
	unsigned acc = 0, bits = 2;
	size_t at = 0;

	for (size_t i = 0; i < BASE_ID_BYTES; i++) {
		acc = acc << 8 | id.bytes[i];
		bits += 8;
		while (bits >= 5) {
			bits -= 5;
			text[at++] = alphabet[acc >> bits & 31];
		}
		acc &= (1u << bits) - 1;
	}
	text[at] = '\0';
	return text;
}

static int digit(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

int base_id_parse(const char *text, struct base_id *out)
{
	struct base_id id;
	unsigned acc = 0, bits = 0;
	size_t at = 0;

	for (size_t i = 0; i < ID_TEXT_CHARS; i++) {
		int value = digit(text[i]);
		if (value < 0 || (i == 0 && value > 7))
			return -EINVAL;
		acc = acc << 5 | (unsigned)value;
		bits += i == 0 ? 3 : 5;
		if (bits >= 8) {
			bits -= 8;
			id.bytes[at++] = (uint8_t)(acc >> bits);
			acc &= (1u << bits) - 1;
		}
	}
	if (text[ID_TEXT_CHARS] != '\0')
		return -EINVAL;
	*out = id;
	return 0;
}
