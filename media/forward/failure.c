#include "forward/failure.h"

#include <string.h>

static const struct {
	const char *why;
	enum media_failure failure;
} failures[] = {
        {"no certificate", MEDIA_FAILED_CERTIFICATE},        {"wrong fingerprint", MEDIA_FAILED_FINGERPRINT},
        {"no common SRTP profile", MEDIA_FAILED_PARAMETERS}, {"no common cipher", MEDIA_FAILED_PARAMETERS},
        {"no common DTLS version", MEDIA_FAILED_PARAMETERS}, {"alert from the peer", MEDIA_FAILED_ALERT},
        {"peer does not answer", MEDIA_FAILED_SILENCE},      {"never connected", MEDIA_FAILED_UNREACHED},
};

void forward_failure_count(struct media_stats *stats, const char *why)
{
	enum media_failure failure = MEDIA_FAILED_OTHERWISE;
	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
		if (strcmp(failures[i].why, why) == 0)
			failure = failures[i].failure;
	stats->failed[failure]++;
}

const char *media_failure_name(enum media_failure failure)
{
	static const char *const names[MEDIA_FAILURES] = {
	        [MEDIA_FAILED_CERTIFICATE] = "certificate", [MEDIA_FAILED_FINGERPRINT] = "fingerprint",
	        [MEDIA_FAILED_PARAMETERS] = "parameters",   [MEDIA_FAILED_ALERT] = "alert",
	        [MEDIA_FAILED_SILENCE] = "silence",         [MEDIA_FAILED_UNREACHED] = "unreached",
	        [MEDIA_FAILED_OTHERWISE] = "otherwise",
	};
	return names[failure];
}
