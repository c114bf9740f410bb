/* WebSocket frames (RFC 6455 §5). Pure.
 *
 *   |F|RSV|opcode | M | length 7 | length 16 or 64 | mask 32 | payload |
 */
#ifndef TRUNKSHOW_HUB_WS_FRAME_H
#define TRUNKSHOW_HUB_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_HEAD_CLIENT 14 /**< longest head a client sends */
#define WS_HEAD_SERVER 10 /**< longest head a server sends */
#define WS_CONTROL_BYTES 125

enum ws_opcode {
	WS_OP_CONTINUATION = 0,
	WS_OP_TEXT = 1,
	WS_OP_BINARY = 2,
	WS_OP_CLOSE = 8,
	WS_OP_PING = 9,
	WS_OP_PONG = 10,
};

struct ws_head {
	bool final;
	enum ws_opcode opcode;
	uint64_t len;
	uint8_t mask[4];
};

/** Read the head of a client's frame. @return its length; 0 when it is not all there; -EPROTO for what a client may not
 * send */
__attribute__((warn_unused_result)) int ws_frame_parse(const uint8_t *data, size_t len, struct ws_head *out);

/** Remove (or add) the mask; offset is where in the payload data stands. */
void ws_frame_unmask(uint8_t *data, size_t len, const uint8_t mask[4], uint64_t offset);

/** Length of the head of a server's frame with len bytes of payload. */
size_t ws_frame_head_length(size_t len);

/** Write a server's head for a whole message so that it ends where the payload starts. @return where it starts */
uint8_t *ws_frame_put_head(uint8_t *payload, enum ws_opcode opcode, size_t len);

/** Whether a client may send this close code (RFC 6455 §7.4). */
bool ws_frame_is_close_code(uint16_t code);
#endif
