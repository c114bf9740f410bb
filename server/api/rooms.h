/* A room: everybody who watches one show — topic, chat, presence — and what is true of the show now. Hub thread, except
 * the facts, which a jobs thread reads. A room exists while its show is live, somebody is in it, or its host's media
 * arrives. */
#ifndef TRUNKSHOW_API_ROOMS_H
#define TRUNKSHOW_API_ROOMS_H

#include "api/core.h"
#include "api/wares.h"
#include "chat.h"

struct api_room {
	struct api *api;
	struct base_id id;
	char name[BASE_ID_TEXT];       /**< the id as text: the media stream's name too */
	struct hub_topic *all, *staff; /**< staff: host, moderators, admins */
	struct chat_room *chat;
	bool known;           /**< show is filled in */
	bool loaded, loading; /**< moderation has been read, is being read */
	struct store_show show;
	struct api_wares wares; /**< what is in the run of show, as the room was told */
	bool picture, packaged;
	size_t members;
	GQueue joining;    /**< of struct api_joining: they wait for their snapshot */
	GArray *moderated; /**< of struct api_room_rule: events that came before `loaded` */
	struct hub_timer *viewers_timer, *react_timer, *items_timer, *waits_timer;
	GHashTable *untold; /**< item id -> struct base_buffer: what is gathered of it (room_items.c) */
	GHashTable *waits;  /**< who waits, as staff was told (room_waits.c) */
	int64_t viewers_told;
};

struct api_room_rule {
	struct base_id account;
	int64_t muted_until_ms;
	bool banned;
};

/** What a jobs thread reads of a show for its room. */
struct api_room_facts {
	struct store_show show;
	size_t rule_count;
	struct api_room_rule *rules;
	struct api_wares wares; /**< not by api_room_facts_read: who reads the items adds them */
};
/** @return 0; -ENOENT; -EIO. Thread: jobs. */
__attribute__((warn_unused_result)) int api_room_facts_read(struct store_reader *reader, struct base_id show,
                                                            struct api_room_facts *out);
void api_room_facts_clear(struct api_room_facts *facts);

void api_rooms_init(struct api *api);
void api_rooms_finish(struct api *api);
/** After api_bind: rooms for the shows that are live. */
void api_rooms_load_live(struct api *api);

struct api_room *api_room_find(struct api *api, struct base_id show); /**< NULL: none */
struct api_room *api_room_get(struct api *api, struct base_id show);  /**< make it if there is none */
/** The show that a message of a connection's is about, if its account may do there what the message wants; else NULL,
 * and the message is answered. */
struct api_room *api_room_of_message(struct api_conn *conn, struct api_message *message, struct base_id show);
void api_room_learn(struct api_room *room, struct api_room_facts *facts); /**< takes the wares */
void api_room_set_show(struct api_room *room, const struct store_show *show);
void api_room_set_picture(struct api_room *room, bool picture);
/** Free the room when nobody needs it any more; a pointer to it is not to be used after. */
void api_room_release(struct api_room *room);

/** Publish to everybody in the room and to those whose snapshot is on its way. Takes no reference away. */
void api_room_publish(struct api_room *room, enum hub_class class, struct base_buffer *message);
void api_room_publish_json(struct api_room *room, enum hub_class class, json_t *message); /**< takes message */
/** To host and moderators, of state; takes message. */
void api_room_publish_staff(struct api_room *room, json_t *message);

bool api_room_has(const struct api_room *room, const struct api_conn *conn);
enum chat_role api_room_chat_role(const struct api_room *room, const struct api_conn *conn);
const char *api_room_role(const struct api_room *room, const struct api_conn *conn); /**< as `me.role` */
/** The author id of an account in chat. */
const char *api_room_author(const struct api_conn *conn, char out[BASE_ID_TEXT]); /**< NULL for guests */

/** Joining: subscribe first, then read the snapshot, send it, then what happened meanwhile. */
void api_room_expect(struct api_room *room, struct api_conn *conn);
/** The joiner has gone, or failed: forget what was kept for it, release the room. */
void api_room_give_up(struct api_room *room, uint64_t conn);
/** Before the snapshot is sent: count the joiner. @return false when too much happened meanwhile (then it must try
 * again). */
bool api_room_enter(struct api_room *room, struct api_conn *conn);
/** After it was sent: hand over what was kept, join the topics. */
void api_room_admit(struct api_room *room, struct api_conn *conn);
void api_room_leave(struct api_room *room, struct api_conn *conn);

void api_rooms_leave_all(struct api_conn *conn);
/** The account of a connection in rooms is about to change, has changed; its role may have changed. */
void api_rooms_account_leaves(struct api_conn *conn);
void api_rooms_account_enters(struct api_conn *conn);
void api_rooms_role_changed(struct api_conn *conn);

void api_room_viewers_changed(struct api_room *room);
void api_room_reacted(struct api_room *room);
/** Apply a mute or ban to the room and tell the person. */
void api_room_moderate(struct api_room *room, const struct api_room_rule *rule);

/* room_items.c */
void api_room_items_init(struct api_room *room);
void api_room_items_finish(struct api_room *room);
/** Tell what was gathered: before something that is newer. */
void api_room_items_flush(struct api_room *room);
void api_room_item_changed(struct api_room *room, const struct store_item *item, const struct store_variant *variants,
                           size_t count, bool featured);
void api_room_item_removed(struct api_room *room, const struct store_item *item);

/* room_waits.c */
void api_room_waits_init(struct api_room *room);
void api_room_waits_finish(struct api_room *room);
void api_room_wait_changed(struct api_room *room, const struct store_waiting *waiting);

/** A line of chat that claims something by its number is taken as a claim, and answered. @return false: it is talk.
 * (comments.c) */
bool api_comments_take(struct api_conn *conn, struct api_message *message, struct api_room *room, const char *text);

GHashTable *api_id_table_new(GDestroyNotify destroy); /**< keys: struct base_id, g_free (conn.c) */
#endif
