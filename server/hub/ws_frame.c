#include "hub/ws_frame.h"

#include <errno.h>
#include <string.h>

static uint64_t read_length(const uint8_t *at, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

int ws_frame_parse(const uint8_t *data, size_t len, struct ws_head *out)
{
	if (len < 2)
		return 0;
	uint8_t opcode = data[0] & 0x0f, short_len = data[1] & 0x7f;
	size_t more = short_len == 126 ? 2 : short_len == 127 ? 8 : 0;
	bool control = opcode >= WS_OP_CLOSE;

	/* No extension is negotiated, so the reserved bits are zero; clients mask. */
	if ((data[0] & 0x70) || !(data[1] & 0x80) || (opcode > WS_OP_BINARY && opcode < WS_OP_CLOSE) ||
	    opcode > WS_OP_PONG)
		return -EPROTO;
	if (control && (short_len > WS_CONTROL_BYTES || !(data[0] & 0x80)))
		return -EPROTO;
	if (len < 2 + more + 4)
		return 0;
	out->final = data[0] & 0x80;
	out->opcode = (enum ws_opcode)opcode;
	out->len = more ? read_length(data + 2, more) : short_len;
	if (out->len >> 63)
		return -EPROTO;
	memcpy(out->mask, data + 2 + more, 4);
	return (int)(2 + more + 4);
}

void ws_frame_unmask(uint8_t *data, size_t len, const uint8_t mask[4], uint64_t offset)
{
	for (size_t i = 0; i < len; i++)
		data[i] ^= mask[(offset + i) & 3];
}

size_t ws_frame_head_length(size_t len)
{
	return len < 126 ? 2 : len < 65536 ? 4 : 10;
}

uint8_t *ws_frame_put_head(uint8_t *payload, enum ws_opcode opcode, size_t len)
{
	size_t bytes = ws_frame_head_length(len);
	uint8_t *head = payload - bytes;

	head[0] = (uint8_t)(0x80 | opcode);
	head[1] = (uint8_t)(bytes == 2 ? len : bytes == 4 ? 126 : 127);
	for (size_t i = 2; i < bytes; i++)
		head[i] = (uint8_t)((uint64_t)len >> 8 * (bytes - 1 - i));
	return head;
}

bool ws_frame_is_close_code(uint16_t code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1011) || (code >= 3000 && code <= 4999);
}
