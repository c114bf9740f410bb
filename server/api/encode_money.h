/* Orders, notices and sums as PROTOCOL.md has them. Every function gives a new reference. Thread: any. */
#ifndef TRUNKSHOW_API_ENCODE_MONEY_H
#define TRUNKSHOW_API_ENCODE_MONEY_H

#include <jansson.h>

#include "store/records.h"

json_t *api_encode_order(const struct store_order *order, json_t *lines); /**< takes lines */
json_t *api_encode_order_line(const struct store_order_line *line);
json_t *api_encode_notice(const struct store_notice *notice);
json_t *api_encode_amount(const struct store_amount *amount); /**< {amount, currency} */
json_t *api_encode_credit(const struct store_credit *credit);

/** The words of PROTOCOL.md, also in files. */
const char *api_order_state(enum store_order_state state);
/** @return the state of that name; -1: there is none. */
int api_order_state_parse(const char *name);
const char *api_refund_word(enum store_refund refund);
#endif
