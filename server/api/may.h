/* Every permission of the market is decided here, and nowhere else. */
#ifndef TRUNKSHOW_API_MAY_H
#define TRUNKSHOW_API_MAY_H

#include <stdbool.h>

#include "base/settings.h"
#include "store/records.h"

enum api_verb {
	MAY_SEE_HEALTH,
	MAY_SEE_MARKET,
	MAY_SIGN_UP,
	MAY_SIGN_IN,
	MAY_SIGN_OUT,
	MAY_SEE_SELF,
	MAY_EDIT_SELF,
	MAY_SEE_OWN_MONEY,
	MAY_SEE_NOTICES, /**< and say that they are read */
	MAY_SEE_BLOCKS,
	MAY_BLOCK,
	MAY_ASK_TO_HOST,
	MAY_SEE_LISTING,
	MAY_MAKE_LISTING,
	MAY_EDIT_LISTING, /**< object: its seller */
	MAY_SEE_CATALOGUE,
	MAY_SEE_SELLER,
	MAY_SEE_SHOW,
	MAY_MAKE_SHOW,
	MAY_EDIT_SHOW,  /**< object: its host; title, run of show, start, key, feature, price */
	MAY_END_SHOW,   /**< object: its host */
	MAY_SEE_CLAIMS, /**< object: the show's host */
	MAY_SEE_OWN_HOLDS,
	MAY_CHECK_OUT,
	MAY_LIST_ORDERS,
	MAY_SEE_ORDER,       /**< object of this and the next: owner is the buyer, other the seller */
	MAY_CONFIRM_PAYMENT, /**< the buyer */
	MAY_SHIP_ORDER,      /**< the seller */
	MAY_CANCEL_ORDER,
	MAY_LIST_SHOWS_AS_ADMIN,
	MAY_APPROVE_HOSTS,
	MAY_SEE_AUDIT,
	MAY_SEE_ACCOUNTS,
	MAY_BAN,     /**< from the whole market; object: target */
	MAY_PUBLISH, /**< object: the show's host */
	MAY_VIEW,
	MAY_SEE_HIDDEN,    /**< replays and clips of hosts who are banned */
	MAY_REMOVE_REPLAY, /**< object: the show's host */
	MAY_JOIN,
	MAY_CHAT, /**< object: the show's host */
	MAY_REACT,
	MAY_CLAIM,
	MAY_RELEASE,
	MAY_MODERATE, /**< object: the show's host */
	MAY_REPORT,
	MAY_VERBS
};

/** Who asks. A guest is all zero. */
struct api_actor {
	bool signed_in;
	bool banned;   /**< from the whole market */
	bool approved; /**< may host */
	bool key;      /**< showed the publish key of the object */
	enum store_role role;
	struct base_id id;
};

/** What is asked about; NULL or zero where the verb needs none. */
struct api_object {
	struct base_id owner, other;
	/** The person that moderation is aimed at: those of the same rank or above are out of reach. */
	const struct store_account *target;
};

/** Whether actor may do verb to object. Pure. Thread: any. */
bool api_may(const struct api_actor *actor, enum api_verb verb, const struct api_object *object);
/** Whether some object may exist to which actor could do verb: what is asked before the object is looked up, so that a
 * guest is told to sign in rather than whether a thing exists. */
bool api_may_ever(const struct api_actor *actor, enum api_verb verb);

/** The word for a refusal: "unauthenticated", "banned" or "forbidden". */
const char *api_may_code(const struct api_actor *actor);
/** The same as an HTTP status: 401 or 403. */
int api_may_status(const struct api_actor *actor);

struct api_actor api_actor_of(const struct base_settings *settings, const struct store_account *account);
#endif
