#include "api/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool wrong(struct api_call *call, size_t index, const char *what)
{
	api_call_fail(call, 400, "bad_request", "\"%s\" must be %s.", call->endpoint->queries[index], what);
	return false;
}

bool api_query_text(struct api_call *call, size_t index, const char **out)
{
	*out = call->queries[index];
	/* What was longer has been cut, maybe inside a character. */
	return strlen(*out) < API_PARAM_BYTES - 1 && g_utf8_validate(*out, -1, NULL)
	               ? true
	               : wrong(call, index, "text of at most 127 bytes");
}

bool api_query_int(struct api_call *call, size_t index, int64_t least, int64_t most, int64_t absent, int64_t *out)
{
	const char *text = call->queries[index];
	char *end, what[80];

	*out = absent;
	if (!call->has_query[index])
		return true;
	errno = 0;
	*out = strtoll(text, &end, 10);
	if (!errno && *end == '\0' && g_ascii_isdigit(text[0] == '-' ? text[1] : text[0]) && *out >= least &&
	    *out <= most)
		return true;
	g_snprintf(what, sizeof what, "a whole number from %lld to %lld", (long long)least, (long long)most);
	return wrong(call, index, what);
}

bool api_query_id(struct api_call *call, size_t index, struct base_id *out, bool *there)
{
	*there = call->has_query[index];
	return !*there || base_id_parse(call->queries[index], out) == 0 ? true : wrong(call, index, "an id");
}

bool api_query_flag(struct api_call *call, size_t index, bool *out)
{
	*out = call->has_query[index];
	return !*out || strcmp(call->queries[index], "1") == 0 ? true : wrong(call, index, "1");
}

bool api_query_as_seller(struct api_call *call, size_t index, bool *out)
{
	*out = call->has_query[index] && strcmp(call->queries[index], "seller") == 0;
	return *out || !call->has_query[index] || strcmp(call->queries[index], "buyer") == 0
	               ? true
	               : wrong(call, index, "buyer or seller");
}
