/* Any text as a streamid: what is taken is what shows and keys are made of. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/streamid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, size_t most)
{
	if (*text == '\0' || strlen(text) >= most ||
	    strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") != strlen(text))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct streamid id;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (streamid_read(text, &id) == 0) {
		check(id.show, sizeof(id.show));
		check(id.key, sizeof(id.key));
	}
	free(text);
	return 0;
}
