#include "api/may.h"

#include <string.h>

enum who {
	ANYONE = 1,    /* guests too */
	SIGNED = 2,    /* every account */
	OWNER = 4,     /* whose the object is */
	OTHER = 8,     /* the object's second party */
	APPROVED = 16, /* accounts that may host */
	KEY = 32,      /* who shows the publish key */
	MODERATOR = 64,
	ADMIN = 128,
	BANNED = 256 /* banned accounts too, where the rest allows it */
};

static const unsigned table[MAY_VERBS] = {
        [MAY_SEE_HEALTH] = ANYONE | BANNED,
        [MAY_SEE_MARKET] = ANYONE | BANNED,
        [MAY_SIGN_UP] = ANYONE | BANNED,
        [MAY_SIGN_IN] = ANYONE | BANNED,
        [MAY_SIGN_OUT] = SIGNED | BANNED,
        [MAY_SEE_SELF] = SIGNED | BANNED,
        [MAY_EDIT_SELF] = SIGNED,
        [MAY_SEE_OWN_MONEY] = SIGNED | BANNED,
        [MAY_SEE_NOTICES] = SIGNED | BANNED,
        [MAY_SEE_BLOCKS] = SIGNED | BANNED,
        [MAY_BLOCK] = SIGNED,
        [MAY_ASK_TO_HOST] = SIGNED,
        [MAY_SEE_LISTING] = ANYONE | BANNED,
        [MAY_MAKE_LISTING] = SIGNED,
        [MAY_EDIT_LISTING] = OWNER,
        [MAY_SEE_CATALOGUE] = APPROVED,
        [MAY_SEE_SELLER] = ANYONE | BANNED,
        [MAY_SEE_SHOW] = ANYONE | BANNED,
        [MAY_MAKE_SHOW] = APPROVED,
        [MAY_EDIT_SHOW] = OWNER,
        [MAY_END_SHOW] = OWNER | MODERATOR | ADMIN,
        [MAY_SEE_CLAIMS] = OWNER | MODERATOR | ADMIN,
        [MAY_SEE_OWN_HOLDS] = SIGNED | BANNED,
        [MAY_CHECK_OUT] = SIGNED,
        [MAY_LIST_ORDERS] = SIGNED | BANNED,
        [MAY_SEE_ORDER] = OWNER | OTHER | ADMIN | BANNED,
        [MAY_CONFIRM_PAYMENT] = OWNER,
        [MAY_SHIP_ORDER] = OTHER,
        [MAY_CANCEL_ORDER] = OWNER | OTHER,
        [MAY_LIST_SHOWS_AS_ADMIN] = MODERATOR | ADMIN,
        [MAY_APPROVE_HOSTS] = ADMIN,
        [MAY_SEE_AUDIT] = ADMIN,
        [MAY_SEE_ACCOUNTS] = MODERATOR | ADMIN,
        [MAY_BAN] = MODERATOR | ADMIN,
        [MAY_PUBLISH] = OWNER | KEY,
        [MAY_VIEW] = ANYONE,
        [MAY_SEE_HIDDEN] = MODERATOR | ADMIN,
        [MAY_REMOVE_REPLAY] = OWNER | MODERATOR | ADMIN,
        [MAY_JOIN] = ANYONE | BANNED,
        [MAY_CHAT] = SIGNED,
        [MAY_REACT] = ANYONE,
        [MAY_CLAIM] = SIGNED,
        [MAY_RELEASE] = SIGNED | BANNED,
        [MAY_MODERATE] = OWNER | MODERATOR | ADMIN,
        [MAY_REPORT] = SIGNED,
};

/* What the actor is by itself, without an object. */
static unsigned standing(const struct api_actor *actor)
{
	unsigned is = ANYONE;

	if (actor->key)
		is |= KEY;
	if (!actor->signed_in)
		return is;
	is |= SIGNED;
	if (actor->approved || actor->role == STORE_ADMIN)
		is |= APPROVED;
	if (actor->role == STORE_MODERATOR)
		is |= MODERATOR;
	if (actor->role == STORE_ADMIN)
		is |= ADMIN;
	return is;
}

static bool is(const struct api_actor *actor, struct base_id person)
{
	return actor->signed_in && !base_id_is_zero(person) && base_id_equal(actor->id, person);
}

/* A host may not be silenced in the own show, nor moderators by hosts, nor admins by moderators. */
static bool out_of_reach(const struct api_actor *actor, const struct api_object *object)
{
	const struct store_account *target = object->target;

	if (!target)
		return false;
	if (is(actor, target->person.id))
		return true;
	if (actor->role == STORE_ADMIN)
		return false;
	if (base_id_equal(target->person.id, object->owner))
		return true;
	return target->role >= (actor->role == STORE_MODERATOR ? STORE_MODERATOR : STORE_USER + 1);
}

bool api_may(const struct api_actor *actor, enum api_verb verb, const struct api_object *object)
{
	static const struct api_object nothing;
	unsigned allowed = table[verb], have = standing(actor);

	if (!object)
		object = &nothing;
	if (actor->signed_in && actor->banned && !(allowed & BANNED))
		return false;
	if (is(actor, object->owner))
		have |= OWNER;
	if (is(actor, object->other))
		have |= OTHER;
	return (allowed & have & ~(unsigned)BANNED) && !out_of_reach(actor, object);
}

bool api_may_ever(const struct api_actor *actor, enum api_verb verb)
{
	struct api_object mine = {.owner = actor->id, .other = actor->id};

	return api_may(actor, verb, &mine);
}

const char *api_may_code(const struct api_actor *actor)
{
	if (!actor->signed_in)
		return "unauthenticated";
	return actor->banned ? "banned" : "forbidden";
}

int api_may_status(const struct api_actor *actor)
{
	return actor->signed_in ? 403 : 401;
}

struct api_actor api_actor_of(const struct base_settings *settings, const struct store_account *account)
{
	bool everybody = strcmp(settings->hosting, "anyone") == 0;

	return (struct api_actor){
	        .signed_in = true,
	        .banned = account->banned,
	        .approved = everybody || account->hosting == STORE_HOSTING_APPROVED,
	        .role = account->role,
	        .id = account->person.id,
	};
}
