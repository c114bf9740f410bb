/* A stream of WebSocket frames, cut anywhere. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hub/text.h"
#include "hub/ws_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(int truth)
{
	if (!truth)
		abort();
}

static void check_head(const uint8_t *data, int taken, const struct ws_head *head)
{
	struct ws_head again;

	require(taken >= 6 && taken <= WS_HEAD_CLIENT && head->len <= INT64_MAX);
	require(ws_frame_parse(data, (size_t)taken, &again) == taken &&
	        ws_frame_parse(data, (size_t)taken - 1, &again) == 0);
	if (head->opcode >= WS_OP_CLOSE)
		require(head->final && head->len <= WS_CONTROL_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	while (len > 0) {
		struct ws_head head;
		int taken = ws_frame_parse(data, len, &head);

		if (taken <= 0)
			return 0;
		check_head(data, taken, &head);
		data += taken;
		len -= (size_t)taken;
		size_t now = head.len < len ? (size_t)head.len : len;
		uint8_t *payload = malloc(now + 1);
		require(payload != NULL);
		memcpy(payload, data, now);
		/* In two pieces it must come out as in one. */
		ws_frame_unmask(payload, now / 2, head.mask, 0);
		ws_frame_unmask(payload + now / 2, now - now / 2, head.mask, now / 2);
		text_is_utf8((const char *)payload, now);
		ws_frame_unmask(payload, now, head.mask, 0);
		require(memcmp(payload, data, now) == 0);
		free(payload);
		data += now;
		len -= now;
	}
	return 0;
}
