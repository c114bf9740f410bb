/* A line of chat from a stranger: read as a claim, and its variant looked for. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "show/comment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct store_variant variants[] = {
        {.size = "M", .colour = "Red"}, {.size = "L", .colour = "Red"}, {.size = "36/38"}, {.colour = "Gr\xc3\xbcn"}};

static void check(const struct show_comment *c)
{
	size_t index = 99;
	int found;

	if (strlen(c->word) >= sizeof c->word || !g_utf8_validate(c->word, -1, NULL) ||
	    strlen(c->variant) >= sizeof c->variant || !g_utf8_validate(c->variant, -1, NULL))
		abort();
	if (c->number < 0 || c->number > SHOW_COMMENT_NUMBER || c->quantity < 0 || c->quantity > SHOW_COMMENT_QUANTITY)
		abort();
	if ((c->kind == SHOW_COMMENT_CLAIM) !=
	    (c->number && c->quantity && c->kind != SHOW_COMMENT_CHAT && c->lack == SHOW_COMMENT_WHOLE))
		abort();
	if (c->kind == SHOW_COMMENT_CHAT && (c->number || c->quantity || c->variant[0]))
		abort();
	if ((c->lack == SHOW_COMMENT_EITHER) != (c->either[0] && c->either[1] && c->lack >= SHOW_COMMENT_EITHER))
		abort();
	if ((c->kind == SHOW_COMMENT_NEAR) != (c->lack != SHOW_COMMENT_WHOLE))
		abort();
	found = show_comment_variant(c->variant, variants, 4, &index);
	if (found < 0 || found > 2 || (found && index >= 4))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *line = malloc(len ? len : 1); /* its own allocation, so that a byte too far is seen */
	struct show_comment c;

	if (!line)
		return 0;
	memcpy(line, data, len);
	c = show_comment_parse(line, len, "sold,claim,mine,größe,\xe8\xb2\xb7");
	check(&c);
	free(line);
	return 0;
}
