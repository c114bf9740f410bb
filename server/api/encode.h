/* The objects of PROTOCOL.md as JSON. Every function gives a new reference. Thread: any. */
#ifndef TRUNKSHOW_API_ENCODE_H
#define TRUNKSHOW_API_ENCODE_H

#include <jansson.h>

#include "api/board.h"
#include "base/settings.h"
#include "chat.h"
#include "store/records.h"

/** What describing needs beside the record. */
struct api_scene {
	const struct base_settings *settings;
	struct api_board *board;
};

json_t *api_encode_id(struct base_id id);
json_t *api_encode_person(const struct store_person *person); /**< {id, username, display_name} */
json_t *api_encode_name(const struct store_person *person);   /**< {id, display_name} */
json_t *api_encode_photo(struct base_id id);                  /**< its address; null for none */
json_t *api_encode_account(const struct api_scene *scene, const struct store_account *account);
/** @param variants of the listing, without the removed; read them with api_listing_read (listings.c), or take an
 * event's */
json_t *api_encode_listing(const struct store_listing *listing, const struct store_variant *variants, size_t count);
/** @param for_host with the publish key */
json_t *api_encode_show(const struct api_scene *scene, const struct store_show *show, bool for_host);
json_t *api_encode_item(const struct store_item *item, const struct store_variant *variants, size_t count,
                        bool featured);
json_t *api_encode_hold(const struct store_hold *hold);
json_t *api_encode_waiting(const struct store_waiting *waiting);
json_t *api_encode_with_buyer(json_t *object, const struct store_person *buyer); /**< takes object, gives it back */
json_t *api_encode_audit(const struct store_audit *entry);
json_t *api_encode_line(const struct chat_line *line);

/** Where a show's live thumbnail lies: spool_dir/<show>/thumbnail.jpg. */
void api_thumbnail_path(const struct base_settings *settings, struct base_id show, char *out, size_t size);
#endif
