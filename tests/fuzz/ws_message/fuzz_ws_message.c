/* One WebSocket frame from a stranger: decoded, and every getter asked for every member. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Ask for a member in all ways; what is given must keep what the getter promises. */
static void ask(const json_t *object, const char *name)
{
	struct api_fields f;
	char line[65], text[257], key[64];

	api_fields_init(&f, object);
	if (api_field_line(&f, name, API_REQUIRED, 1, 64, line) &&
	    (!*line || strlen(line) > 64 || strpbrk(line, "\n\t\x7f")))
		abort();
	api_fields_init(&f, object);
	if (api_field_text(&f, name, API_OPTIONAL, 0, 256, text) && strlen(text) > 256)
		abort();
	api_fields_init(&f, object);
	if (api_field_key(&f, name, key) && (strlen(key) < 16 || strlen(key) > 63))
		abort();
	api_fields_init(&f, object);
	int64_t n = api_field_int(&f, name, API_REQUIRED, -5, 1000);
	if (n < -5 || n > 1000 || (f.failed && (n || !f.why[0])))
		abort();
	api_fields_init(&f, object);
	(void)api_field_id(&f, name, API_OPTIONAL);
	(void)api_field_bool(&f, name, API_OPTIONAL);
	api_fields_init(&f, object);
	if (api_field_time(&f, name, API_OPTIONAL) < 0)
		abort();
	(void)api_field_object(&f, name, API_OPTIONAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char why[192] = "", *text = malloc(len + 1);
	const char *code = NULL, *name;
	json_t *id = NULL, *value;

	if (!text)
		return 0;
	memcpy(text, data, len); /* its own allocation, so that a byte too far is seen */
	struct api_message *message = api_message_decode(text, len, &code, why, sizeof why, &id);
	free(text);
	if (!message && (!code || !why[0]))
		abort();
	value = api_json_string(why); /* it repeats what was sent, and is itself sent */
	if (!value)
		abort();
	json_decref(value);
	if (message) {
		json_object_foreach(message->input, name, value) ask(message->input, name);
		ask(message->input, "absent");
		base_buffer_unref(api_json_take(json_incref(message->input)));
	}
	json_decref(id);
	api_message_free(message);
	return 0;
}
