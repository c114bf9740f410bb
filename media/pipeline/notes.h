/* Notes between trunkshow-pipeline --show and the server: fd 4, a SOCK_SEQPACKET pair, each datagram whole lines of
 * text, `verb key=value key=value`. Thread: main loop. */
#ifndef PIPELINE_NOTES_H
#define PIPELINE_NOTES_H

#include <stdbool.h>
#include <stddef.h>

#define NOTES_FD 4
#define NOTES_MAX 4096              /**< largest datagram [bytes] */
#define NOTES_LINE_MAX 512          /**< largest line [bytes] */
#define NOTES_WAITING_MAX (1 << 20) /**< what the server may be behind [bytes] */

/** Is fd 4 a socket? Without one nothing is said. */
bool notes_open(void);
/** Say whole lines. What the socket has no room for waits. @return false: the server has gone, or reads no more. */
bool notes_say(const char *text);
/** Try again with what waits. @return as notes_say. */
bool notes_flush(void);
bool notes_waiting(void);

/** What the server wants. */
struct notes_wishes {
	bool package, rung, record;
};
/** Read what the server has said. @return false: it has gone. */
bool notes_hear(struct notes_wishes *wishes);

/** Percent-encode for a value: no blanks, no control characters. @return out. */
char *notes_encode(const char *text, char *out, size_t size);
#endif
