#include "transport/tcp_frame.h"

#include <errno.h>

int media_frame_next(const uint8_t *data, size_t len, size_t most, size_t *message)
{
	if (len < MEDIA_FRAME_HEAD)
		return 0;
	*message = (size_t)data[0] << 8 | data[1];
	if (*message > most)
		return -EMSGSIZE;
	return len - MEDIA_FRAME_HEAD >= *message;
}
