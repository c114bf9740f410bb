/* Commands: made by any thread, answered and freed by the show thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/payments.h"

static bool is_small(enum show_verb verb)
{
	return verb == SHOW_CLAIM || verb == SHOW_RELEASE || verb == SHOW_WAIT_LEAVE;
}

static void wipe_and_free(struct show_command *command)
{
	free(command->variants);
	explicit_bzero(command->card, sizeof(command->card));
	explicit_bzero(command->token_hash, sizeof(command->token_hash));
	if (!is_small(command->verb))
		explicit_bzero(command->account.password_hash, sizeof(command->account.password_hash));
	free(command);
}

static void drop(struct base_mail *mail)
{
	wipe_and_free((struct show_command *)mail);
}

struct show_command *show_command_new(enum show_verb verb)
{
	struct show_command *command = calloc(1, is_small(verb) ? SHOW_COMMAND_SMALL : sizeof(*command));
	if (!command)
		abort();
	command->verb = verb;
	command->mail.drop = drop;
	return command;
}

void show_command_answer(struct show_command *command, const struct show_result *result)
{
	if (command->done)
		command->done(command, result, command->ctx);
	wipe_and_free(command);
}

void show_command_answer_code(struct show_command *command, enum show_code code, const char *detail)
{
	g_autofree struct show_result *result = g_new0(struct show_result, 1);
	result->code = code;
	snprintf(result->detail, sizeof(result->detail), "%s", detail);
	show_command_answer(command, result);
}
