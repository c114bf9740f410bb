/* Commands: made by any thread, answered and freed by the show thread. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/payments.h"

#define CHAIN 64
#define CHAINS_MAX 32
#define REUSE (!SANITIZED) /* there, each use after the end is to be seen */

/* Small commands to be used again: made by one thread and freed by another, each would wander through malloc. They
 * change hands by the chain. */
static struct {
	pthread_mutex_t lock;
	struct base_mail *chains[CHAINS_MAX];
	size_t count;
} spare = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local struct {
	struct base_mail *first;
	size_t count;
} own;

static bool is_small(enum show_verb verb)
{
	return verb == SHOW_CLAIM || verb == SHOW_RELEASE || verb == SHOW_WAIT_LEAVE;
}

static void fetch_chain(void)
{
	pthread_mutex_lock(&spare.lock);
	if (spare.count) {
		own.first = spare.chains[--spare.count];
		own.count = CHAIN;
	}
	pthread_mutex_unlock(&spare.lock);
}

static struct show_command *take_spare(void)
{
	if (!own.first)
		fetch_chain();
	struct base_mail *mail = own.first;
	if (!mail)
		return NULL;
	own.first = mail->next;
	own.count--;
	return memset(mail, 0, SHOW_COMMAND_SMALL);
}

static void free_chain(struct base_mail *chain)
{
	for (struct base_mail *next; chain; chain = next) {
		next = chain->next;
		free(chain);
	}
}

static void give_chain(void)
{
	struct base_mail *chain = own.first, *last = chain;
	for (size_t i = 1; i < CHAIN; i++)
		last = last->next;
	own.first = last->next;
	own.count -= CHAIN;
	last->next = NULL;
	pthread_mutex_lock(&spare.lock);
	if (spare.count < CHAINS_MAX) {
		spare.chains[spare.count++] = chain;
		chain = NULL;
	}
	pthread_mutex_unlock(&spare.lock);
	free_chain(chain);
}

static void keep_spare(struct base_mail *mail)
{
	mail->next = own.first;
	own.first = mail;
	if (++own.count == 2 * CHAIN)
		give_chain();
}

static void free_command(struct show_command *command)
{
	free(command->variants);
	explicit_bzero(command->card, sizeof(command->card));
	explicit_bzero(command->token_hash, sizeof(command->token_hash));
	if (is_small(command->verb) && REUSE) {
		keep_spare(&command->mail);
		return;
	}
	if (!is_small(command->verb))
		explicit_bzero(command->account.password_hash, sizeof(command->account.password_hash));
	free(command);
}

static void drop(struct base_mail *mail)
{
	free_command((struct show_command *)mail);
}

struct show_command *show_command_new(enum show_verb verb)
{
	struct show_command *command = is_small(verb) ? take_spare() : NULL;
	if (!command)
		command = calloc(1, is_small(verb) ? SHOW_COMMAND_SMALL : sizeof(*command));
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
	free_command(command);
}

void show_command_answer_code(struct show_command *command, enum show_code code, const char *detail)
{
	g_autofree struct show_result *result = g_new0(struct show_result, 1);
	result->code = code;
	snprintf(result->detail, sizeof(result->detail), "%s", detail);
	show_command_answer(command, result);
}
