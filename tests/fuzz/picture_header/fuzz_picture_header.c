/* Headers of strangers' pictures. */
#include <stdlib.h>

#include "pipeline/picture_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct picture_header header;
	int rc = picture_header_read(data, size, &header);

	if (rc == 0 && (header.kind == PICTURE_NONE || header.width == 0 || header.height == 0 ||
	                header.orientation < 1 || header.orientation > 8))
		abort();
	if (rc < 0 && !header.problem)
		abort();
	return 0;
}
