/* The commands that a step may be. Each chooses what it is about from its numbers. @return false: there is nothing. */
#ifndef TEST_SERVER_SHOW_ACTS_H
#define TEST_SERVER_SHOW_ACTS_H

#include "act.h"

typedef bool act_kind(struct world *w, const struct step *step, struct act *act);

act_kind act_claim, act_release, act_leave, act_second_chance;               /* acts_buyer.c */
act_kind act_checkout, act_notify, act_cancel, act_ship;                     /* acts_money.c */
act_kind act_listing, act_item, act_add_item, act_remove_item, act_end_show; /* acts_seller.c */
act_kind act_ban, act_ban_from, act_block;                                   /* acts_seller.c */
#endif
