/* From the rules' changes to the store's rows: one statement a row, however often a batch changed it. */
#include "show/load.h"

static int write_account(struct store *store, struct rules_row *row)
{
	const struct store_account *is = &((struct rules_account *)row)->is;
	return row->fresh ? store_insert_account(store, is) : store_update_account(store, is);
}

static int write_listing(struct store *store, struct rules_row *row)
{
	const struct rules_listing *listing = (struct rules_listing *)row;
	if (row->fresh)
		return store_insert_listing(store, &listing->is);
	int error = listing->texts_dirty ? store_update_listing(store, &listing->is) : 0;
	return error ? error : store_update_stock(store, &listing->is);
}

static int write_variant(struct store *store, struct rules_row *row)
{
	return store_put_variant(store, &((struct rules_variant *)row)->is);
}

static int write_show(struct store *store, struct rules_row *row)
{
	const struct store_show *is = &((struct rules_show *)row)->is;
	return row->fresh ? store_insert_show(store, is) : store_update_show(store, is);
}

/* Claims change nothing else of an item, and are what changes one most. Whose it is stays. */
static bool is_claimed_alone(const struct rules_item *item)
{
	const struct store_item_row *is = &item->is, *was = &item->stored;
	return is->number == was->number && is->position == was->position && is->price == was->price &&
	       is->flash_price == was->flash_price && is->flash_until_ms == was->flash_until_ms &&
	       is->removed == was->removed;
}

static int write_item(struct store *store, struct rules_row *row)
{
	const struct rules_item *item = (struct rules_item *)row;
	if (row->fresh)
		return store_insert_item(store, &item->is);
	return is_claimed_alone(item) ? store_update_claimed(store, &item->is) : store_update_item(store, &item->is);
}

static int write_claim(struct store *store, const struct rules_hold *hold)
{
	const struct store_claim claim = {.id = hold->row.id,
	                                  .buyer = hold->buyer,
	                                  .quantity = hold->quantity,
	                                  .created_ms = hold->created_ms,
	                                  .expires_ms = hold->expires_ms,
	                                  .key = hold->key,
	                                  .body = hold->body,
	                                  .of = &hold->deal->is};
	return store_insert_claim(store, &claim);
}

static int write_hold(struct store *store, struct rules_row *row)
{
	const struct rules_hold *hold = (struct rules_hold *)row;
	if (row->fresh && hold->state == STORE_HOLD_ACTIVE)
		return write_claim(store, hold);
	struct store_hold is;
	rules_hold_fill(hold, &is);
	return row->fresh ? store_insert_hold(store, &is) : store_update_hold(store, &is);
}

static int write_waiting(struct store *store, struct rules_row *row)
{
	const struct store_waiting *is = &((struct rules_waiting *)row)->is;
	return row->fresh ? store_insert_waiting(store, is) : store_update_waiting(store, is);
}

static int write_purchase(struct store *store, struct rules_row *row)
{
	const struct store_purchase *is = &((struct rules_purchase *)row)->is;
	return row->fresh ? store_insert_purchase(store, is) : store_update_purchase(store, is);
}

static int (*const write_row[RULES_KINDS])(struct store *, struct rules_row *) = {
        [RULES_ACCOUNT] = write_account, [RULES_LISTING] = write_listing,   [RULES_VARIANT] = write_variant,
        [RULES_SHOW] = write_show,       [RULES_ITEM] = write_item,         [RULES_HOLD] = write_hold,
        [RULES_WAITING] = write_waiting, [RULES_PURCHASE] = write_purchase,
};

static int write_session(struct store *store, const struct rules_record *record)
{
	return store_insert_session(store, record->session.token_hash, record->session.account,
	                            record->session.until_ms);
}

static int write_session_delete(struct store *store, const struct rules_record *record)
{
	return store_delete_session(store, record->session.token_hash);
}

static int write_sessions_expire(struct store *store, const struct rules_record *record)
{
	return store_delete_sessions_before(store, record->before_ms);
}

static int write_keys_expire(struct store *store, const struct rules_record *record)
{
	return store_delete_keys_before(store, record->before_ms);
}

static int write_adjustment(struct store *store, const struct rules_record *record)
{
	return store_insert_adjustment(store, &record->adjustment);
}

static int write_key(struct store *store, const struct rules_record *record)
{
	return store_insert_key(store, &record->key);
}

static int write_key_delete(struct store *store, const struct rules_record *record)
{
	return store_delete_key(store, record->key.account, record->key.key);
}

static int write_line(struct store *store, const struct rules_record *record)
{
	return store_insert_line(store, record->line.order, &record->line.line);
}

static int write_posting(struct store *store, const struct rules_record *record)
{
	return store_insert_posting(store, &record->posting);
}

static int write_moderation(struct store *store, const struct rules_record *record)
{
	return store_put_moderation(store, &record->moderated);
}

static int write_block(struct store *store, const struct rules_record *record)
{
	return store_put_block(store, &record->block);
}

static int write_notice(struct store *store, const struct rules_record *record)
{
	return store_insert_notice(store, &record->notice);
}

static int write_notices_read(struct store *store, const struct rules_record *record)
{
	return store_read_notices(store, record->notices_read.account, record->notices_read.until);
}

static int write_notices_expire(struct store *store, const struct rules_record *record)
{
	return store_delete_notices_before(store, record->notices_expire.read_ms, record->notices_expire.unread_ms);
}

static int write_audit(struct store *store, const struct rules_record *record)
{
	return store_insert_audit(store, &record->audit);
}

static int write_feature(struct store *store, const struct rules_record *record)
{
	return store_insert_feature(store, &record->feature);
}

static int write_feature_end(struct store *store, const struct rules_record *record)
{
	return store_end_feature(store, record->feature.show, record->feature.to_ms);
}

static int write_recording(struct store *store, const struct rules_record *record)
{
	return store_put_recording(store, &record->recording);
}

static int write_clip(struct store *store, const struct rules_record *record)
{
	return store_put_clip(store, &record->clip);
}

static int (*const write_record[RULES_RECORD_KINDS])(struct store *, const struct rules_record *) = {
        [RULES_SESSION] = write_session,
        [RULES_SESSION_DELETE] = write_session_delete,
        [RULES_SESSIONS_EXPIRE] = write_sessions_expire,
        [RULES_KEYS_EXPIRE] = write_keys_expire,
        [RULES_ADJUSTMENT] = write_adjustment,
        [RULES_KEY] = write_key,
        [RULES_KEY_DELETE] = write_key_delete,
        [RULES_LINE] = write_line,
        [RULES_POSTING] = write_posting,
        [RULES_MODERATION] = write_moderation,
        [RULES_BLOCK] = write_block,
        [RULES_NOTICE] = write_notice,
        [RULES_NOTICES_READ] = write_notices_read,
        [RULES_NOTICES_EXPIRE] = write_notices_expire,
        [RULES_AUDIT] = write_audit,
        [RULES_FEATURE] = write_feature,
        [RULES_FEATURE_END] = write_feature_end,
        [RULES_RECORDING] = write_recording,
        [RULES_CLIP] = write_clip,
};

int show_write(struct rules *r, struct store *store)
{
	int error = 0;
	for (struct rules_row *row = r->dirty_first; row && !error; row = row->next_dirty)
		error = write_row[row->kind](store, row);
	for (const struct rules_record *record = r->record_first; record && !error; record = record->next)
		error = write_record[record->kind](store, record);
	return error;
}
