/* Accounts and sessions: sign up, sign in, sign out, asking to host. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "api/resources.h"
#include "api/tokens.h"
#include "base/clock.h"

#define USERNAME_MIN 3
#define USERNAME_MAX 30
#define DISPLAY_NAME_MAX 40

struct credentials {
	char username[USERNAME_MAX + 1], display_name[STORE_NAME_BYTES], password[API_PASSWORD_MAX + 1];
	char token[API_TOKEN_TEXT];
	struct store_account account;
};

static void credentials_free(void *data)
{
	sodium_memzero(data, sizeof(struct credentials));
	g_free(data);
}

/* Lower case, digits, and . _ - inside: names that look alike in one script at most. */
static bool good_username(char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++) {
		name[i] = g_ascii_tolower(name[i]);
		if (!g_ascii_isalnum(name[i]) && (!strchr("._-", name[i]) || i == 0 || i == len - 1))
			return false;
	}
	return true;
}

static bool read_credentials(struct api_call *call, bool new)
{
	struct credentials *c = g_new0(struct credentials, 1);
	struct api_fields fields;
	const char *password;

	call->extra = c;
	call->free_extra = credentials_free;
	api_fields_init(&fields, call->input);
	if (api_field_line(&fields, "username", API_REQUIRED, new ? USERNAME_MIN : 1, USERNAME_MAX, c->username) &&
	    !good_username(c->username))
		api_fields_fail(&fields, "\"username\" may hold a to z, 0 to 9 and . _ - between them.");
	password = api_field_raw(&fields, "password", API_REQUIRED, API_PASSWORD_MAX);
	if (password && new &&strlen(password) < API_PASSWORD_MIN)
		api_fields_fail(&fields, "\"password\" needs at least %d characters.", API_PASSWORD_MIN);
	if (new && !api_field_line(&fields, "display_name", API_OPTIONAL, 1, STORE_NAME_BYTES - 1, c->display_name))
		g_strlcpy(c->display_name, c->username, sizeof c->display_name);
	if (g_utf8_strlen(c->display_name, -1) > DISPLAY_NAME_MAX)
		api_fields_fail(&fields, "\"display_name\" may have %d characters.", DISPLAY_NAME_MAX);
	if (!fields.failed)
		g_strlcpy(c->password, password, sizeof c->password);
	json_decref(call->input);
	call->input = NULL;
	return api_call_fields(call, &fields);
}

static bool take(struct api_call *call, struct api_limiter *limiter, const char *name)
{
	int64_t retry_s;

	if (!call->api->settings->rate_limits || api_limiter_take(limiter, name, call->arrived_us, &retry_s))
		return true;
	api_call_fail(call, 429, "rate_limited", "Too many attempts: try again in %lld s.", (long long)retry_s);
	return false;
}

bool api_accounts_prepare_sign_up(struct api_call *call, struct hub_request *request)
{
	char address[64];

	api_limiter_address(call->address, address);
	return read_credentials(call, true) && take(call, call->api->sign_ups, address);
}

bool api_accounts_prepare_sign_in(struct api_call *call, struct hub_request *request)
{
	char address[64];
	const struct credentials *c;

	if (!read_credentials(call, false))
		return false;
	c = call->extra;
	api_limiter_address(call->address, address);
	return take(call, call->api->sign_in_addresses, address) && take(call, call->api->sign_in_names, c->username);
}

/* ---- the session ---- */

static void set_cookie(struct api_call *call, const char *token, int64_t max_age_s)
{
	char cookie[256];

	snprintf(cookie, sizeof cookie, "trunkshow_session=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s", token,
	         (long long)max_age_s, call->tls ? "; Secure" : "");
	api_call_header(call, "Set-Cookie", cookie);
}

static void signed_in(struct api_call *call, const struct show_result *result)
{
	const struct credentials *c = call->extra;

	if (result->code != SHOW_OK) {
		api_call_show_failed(call, result);
		return;
	}
	set_cookie(call, c->token, call->api->settings->sessions_days * 86400);
	api_call_header(call, "Cache-Control", "no-store");
	api_call_json(call, call->endpoint->run == api_accounts_sign_up ? 201 : 200,
	              json_pack("{s:o, s:s}", "account", api_encode_account(&call->api->scene, &c->account), "token",
	                        c->token));
}

static void open_session(struct api_call *call)
{
	struct credentials *c = call->extra;
	struct show_command *command = show_command_new(SHOW_SESSION_CREATE);

	api_token_new(c->token);
	(void)api_token_hash(c->token, command->token_hash);
	command->account_id = c->account.person.id;
	command->until_ms = base_clock_utc_ms() + call->api->settings->sessions_days * 86400000;
	call->actor = api_actor_of(call->api->settings, &c->account);
	api_call_command(call, command, signed_in);
}

static void signed_up(struct api_call *call, const struct show_result *result)
{
	struct credentials *c = call->extra;

	if (result->code == SHOW_EXISTS) {
		api_call_fail(call, 409, "conflict", "This username is taken.");
	} else if (result->code != SHOW_OK) {
		api_call_show_failed(call, result);
	} else {
		c->account = result->account;
		open_session(call);
	}
}

void api_accounts_sign_up(struct api_call *call)
{
	struct credentials *c = call->extra;
	struct show_command *command;
	char hash[API_PASSWORD_HASH];

	if (api_password_hash(call->api->settings, c->password, hash)) {
		api_call_fail(call, 503, "retry", "The server has no memory for this now: try again.");
		return;
	}
	command = show_command_new(SHOW_ACCOUNT_CREATE);
	memcpy(command->account.password_hash, hash, sizeof command->account.password_hash);
	g_strlcpy(command->account.person.username, c->username, sizeof command->account.person.username);
	g_strlcpy(command->account.person.display_name, c->display_name, sizeof command->account.person.display_name);
	call->actor = (struct api_actor){0};
	api_call_command(call, command, signed_up);
}

void api_accounts_sign_in(struct api_call *call)
{
	struct credentials *c = call->extra;
	int err = store_account_by_username(call->reader, c->username, &c->account);

	if (err && err != -ENOENT) {
		api_call_store_failed(call, err, "account");
		return;
	}
	/* Also for a name that does not exist, so that the time taken tells nothing. */
	if (!api_password_verify(call->api->settings, err ? NULL : c->account.password_hash, c->password)) {
		api_call_fail(call, 401, "unauthenticated", "The username or the password is wrong.");
		return;
	}
	open_session(call);
}

/* ---- out ---- */

static void forget_session(struct api_call *call, struct api_conn *conn)
{
	if (!call->code)
		api_people_sign_out(call->api, call->actor.id, call->token_hash);
}

static void signed_out(struct api_call *call, const struct show_result *result)
{
	if (result->code != SHOW_OK) {
		api_call_show_failed(call, result);
		return;
	}
	set_cookie(call, "", 0);
	api_call_empty(call, 204);
}

void api_accounts_sign_out(struct api_call *call)
{
	struct show_command *command = show_command_new(SHOW_SESSION_DELETE);

	memcpy(command->token_hash, call->token_hash, sizeof command->token_hash);
	call->finish = forget_session;
	api_call_command(call, command, signed_out);
}

/* ---- hosting ---- */

static void asked(struct api_call *call, const struct show_result *result)
{
	if (result->code != SHOW_OK)
		api_call_show_failed(call, result);
	else
		api_call_json(call, 202,
		              json_pack("{s:o}", "account", api_encode_account(&call->api->scene, &result->account)));
}

void api_accounts_ask_to_host(struct api_call *call)
{
	struct show_command *command;

	if (call->account.hosting != STORE_HOSTING_NO) {
		api_call_json(call, 202,
		              json_pack("{s:o}", "account", api_encode_account(&call->api->scene, &call->account)));
		return;
	}
	command = show_command_new(SHOW_ACCOUNT_UPDATE);
	command->account_id = call->actor.id;
	command->account.person.id = call->actor.id;
	command->account.hosting = STORE_HOSTING_ASKED;
	command->mask = SHOW_SET_HOSTING;
	api_call_command(call, command, asked);
}
