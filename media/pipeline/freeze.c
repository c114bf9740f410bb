#include "pipeline/freeze.h"

#include <stdlib.h>
#include <string.h>

void freeze_clear(struct freeze *f)
{
	free(f->key);
	*f = (struct freeze){.key = NULL};
}

static void keep(struct freeze *f, const struct package_sample *s)
{
	uint8_t *copy = realloc(f->key, s->len);

	if (!copy) {
		freeze_clear(f);
		return;
	}
	memcpy(copy, s->data, s->len);
	f->key = copy;
	f->key_len = s->len;
}

void freeze_note(struct freeze *f, const struct h264_sets *sets, const struct package_sample *s)
{
	if (s->key) {
		keep(f, s);
		f->readable = skip_read_sets(sets, &f->sets) == 0;
	}
	f->placed = f->readable && skip_read_place(&f->sets, s->data, s->len, &f->place) == 0;
}

bool freeze_make(struct freeze *f, bool key, struct package_sample *out)
{
	uint8_t skip[SKIP_MAX];
	struct skip_place place = f->place;
	size_t len = !key && f->placed ? skip_write(&f->sets, &place, skip) : 0;
	const uint8_t *data = len ? skip : f->key;

	out->key = len == 0;
	out->len = len ? len : f->key_len;
	out->data = data ? malloc(out->len) : NULL;
	if (!out->data)
		return false;
	memcpy(out->data, data, out->len);
	return true;
}
