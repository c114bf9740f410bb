/* One deciding function a verb; the table is in verbs.c. A function refuses before it changes anything. */
#ifndef TRUNKSHOW_SHOW_VERBS_H
#define TRUNKSHOW_SHOW_VERBS_H

#include "show/rules.h"

struct rules_case {
	struct rules *r;
	const struct rules_now *now;
	const struct show_command *command;
	const char *method;
	struct rules_answer *answer;
};

typedef void rules_verb(const struct rules_case *c);

rules_verb rules_account_create, rules_account_update, rules_session_create, rules_session_delete;
rules_verb rules_listing_create, rules_listing_update, rules_listing_photo;
rules_verb rules_show_create, rules_show_update, rules_show_start, rules_show_stop, rules_show_new_key,
        rules_show_drop_key;
rules_verb rules_item_add, rules_item_update, rules_item_remove, rules_feature, rules_unfeature;
rules_verb rules_claim, rules_release, rules_wait_leave, rules_second_chance, rules_checkout;
rules_verb rules_payment, rules_order_ship, rules_order_cancel;
rules_verb rules_recording, rules_recording_remove, rules_clip;
rules_verb rules_block, rules_notices_read, rules_moderate, rules_write_audit;
#endif
