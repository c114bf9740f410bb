/* Which function decides which verb, and what holds before any of them. */
#include "show/verbs.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { NEEDS_ACCOUNT = 1, BANNED_TOO = 2 };

static const struct {
	rules_verb *decide;
	unsigned flags;
} verbs[SHOW_VERBS] = {
        [SHOW_ACCOUNT_CREATE] = {rules_account_create, 0},
        [SHOW_ACCOUNT_UPDATE] = {rules_account_update, 0},
        [SHOW_SESSION_CREATE] = {rules_session_create, BANNED_TOO},
        [SHOW_SESSION_DELETE] = {rules_session_delete, BANNED_TOO},
        [SHOW_LISTING_CREATE] = {rules_listing_create, NEEDS_ACCOUNT},
        [SHOW_LISTING_UPDATE] = {rules_listing_update, 0},
        [SHOW_LISTING_PHOTO] = {rules_listing_photo, 0},
        [SHOW_CREATE] = {rules_show_create, NEEDS_ACCOUNT},
        [SHOW_UPDATE] = {rules_show_update, 0},
        [SHOW_START] = {rules_show_start, 0},
        [SHOW_END] = {rules_show_stop, 0},
        [SHOW_NEW_KEY] = {rules_show_new_key, 0},
        [SHOW_DROP_KEY] = {rules_show_drop_key, 0},
        [SHOW_ITEM_ADD] = {rules_item_add, 0},
        [SHOW_ITEM_UPDATE] = {rules_item_update, 0},
        [SHOW_ITEM_REMOVE] = {rules_item_remove, 0},
        [SHOW_FEATURE] = {rules_feature, 0},
        [SHOW_UNFEATURE] = {rules_unfeature, 0},
        [SHOW_CLAIM] = {rules_claim, NEEDS_ACCOUNT},
        [SHOW_RELEASE] = {rules_release, NEEDS_ACCOUNT},
        [SHOW_WAIT_LEAVE] = {rules_wait_leave, NEEDS_ACCOUNT},
        [SHOW_SECOND_CHANCE] = {rules_second_chance, 0},
        [SHOW_CHECKOUT] = {rules_checkout, NEEDS_ACCOUNT},
        [SHOW_PAYMENT] = {rules_payment, BANNED_TOO},
        [SHOW_ORDER_SHIP] = {rules_order_ship, NEEDS_ACCOUNT},
        [SHOW_ORDER_CANCEL] = {rules_order_cancel, NEEDS_ACCOUNT},
        [SHOW_BLOCK] = {rules_block, NEEDS_ACCOUNT},
        [SHOW_NOTICES_READ] = {rules_notices_read, NEEDS_ACCOUNT | BANNED_TOO},
        [SHOW_MODERATE] = {rules_moderate, 0},
        [SHOW_RECORDING] = {rules_recording, 0},
        [SHOW_RECORDING_REMOVE] = {rules_recording_remove, 0},
        [SHOW_CLIP] = {rules_clip, 0},
        [SHOW_AUDIT] = {rules_write_audit, BANNED_TOO},
};

static bool actor_may_act(const struct rules_case *c, unsigned flags)
{
	if (base_id_is_zero(c->command->actor)) {
		if (flags & NEEDS_ACCOUNT)
			rules_refuse(c->answer, SHOW_FORBIDDEN, "an account is needed");
		return !(flags & NEEDS_ACCOUNT);
	}
	if (flags & BANNED_TOO)
		return true;
	const struct rules_account *account = rules_account(c->r, c->command->actor);
	if (!account)
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such account");
	else if (account->is.banned)
		rules_refuse(c->answer, SHOW_BANNED, "this account is banned");
	return c->answer->code == SHOW_OK;
}

void rules_decide(struct rules *r, const struct rules_now *now, const struct show_command *command, const char *method,
                  struct rules_answer *answer)
{
	struct rules_case c = {r, now, command, method ? method : "", answer};
	memset(answer, 0, offsetof(struct rules_answer, detail) + 1);
	if ((unsigned)command->verb >= SHOW_VERBS) {
		rules_refuse(answer, SHOW_INVALID, "unknown verb");
		return;
	}
	if (actor_may_act(&c, verbs[command->verb].flags))
		verbs[command->verb].decide(&c);
	rules_serve(r, now);
}

void rules_refuse(struct rules_answer *answer, enum show_code code, const char *detail)
{
	answer->code = code;
	snprintf(answer->detail, sizeof(answer->detail), "%s", detail);
}

bool rules_text_fits(const char *text, size_t size, size_t least)
{
	size_t len = strnlen(text, size);
	return len < size && len >= least;
}

bool rules_price_fits(int64_t price)
{
	return price >= 0 && price <= STORE_PRICE_MAX;
}

bool rules_may_change(struct rules *r, struct base_id actor, struct base_id owner)
{
	if (base_id_is_zero(actor) || base_id_equal(actor, owner))
		return true;
	const struct rules_account *account = rules_account(r, actor);
	return account && account->is.role >= STORE_MODERATOR;
}

struct lanes {
	uint64_t a, b;
};

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 32) * UINT64_C(0x9fb21c651e98df25);
	return x ^ x >> 29;
}

static struct lanes take_word(struct lanes is, uint64_t word)
{
	uint64_t a = mix(is.a ^ word);
	return (struct lanes){a, mix(is.b + (word << 32 | word >> 32)) + a};
}

/* Two lanes of 64 bits, a multiplication each for every word. A key counts for its account alone, so whoever made two
 * that collide would confuse nobody else: it need not be a cryptographic digest, which costs more than all the rest of
 * the decision. */
void rules_digest(const void *data, size_t len, uint8_t digest[STORE_KEY_BYTES])
{
	struct lanes lanes = {UINT64_C(0x9e3779b97f4a7c15) + len, UINT64_C(0xd6e8feb86659fd93) ^ len};
	const uint8_t *at = data;
	uint64_t word;
	static_assert(sizeof(lanes) == STORE_KEY_BYTES, "as it is stored");
	for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		lanes = take_word(lanes, word);
	}
	word = 0;
	memcpy(&word, at, len);
	lanes = take_word(take_word(lanes, word), lanes.b);
	memcpy(digest, &lanes, sizeof(lanes));
}

void rules_key_digest(const char *key, uint8_t digest[STORE_KEY_BYTES])
{
	rules_digest(key, strlen(key), digest);
}
