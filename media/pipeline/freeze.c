#include "pipeline/freeze.h"

#include <stdlib.h>
#include <string.h>

void freeze_clear(struct freeze *f)
{
	free(f->key);
	*f = (struct freeze){.key = NULL};
}

void freeze_note(struct freeze *f, const struct package_sample *s)
{
	uint8_t *copy;

	if (!s->key)
		return;
	copy = realloc(f->key, s->len);
	if (!copy) {
		freeze_clear(f);
		return;
	}
	memcpy(copy, s->data, s->len);
	f->key = copy;
	f->key_len = s->len;
}

bool freeze_make(struct freeze *f, bool key, struct package_sample *out)
{
	(void)key;
	out->data = f->key ? malloc(f->key_len) : NULL;
	if (!out->data)
		return false;
	memcpy(out->data, f->key, f->key_len);
	out->len = f->key_len;
	out->key = true;
	return true;
}
