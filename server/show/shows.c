/* Shows: scheduled, live, ended. */
#include <sodium.h>
#include <string.h>

#include "show/verbs.h"

#define KEY_RANDOM_BYTES 32

static void make_publish_key(char key[48])
{
	uint8_t bytes[KEY_RANDOM_BYTES];
	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2base64(key, 48, bytes, sizeof(bytes), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof(bytes));
}

static bool starts_fits(int64_t starts_ms)
{
	return starts_ms >= 0 && starts_ms < INT64_C(253402300800000); /* the year 10000 */
}

void rules_show_create(const struct rules_case *c)
{
	const struct store_show *wanted = &c->command->show;
	if (!rules_text_fits(wanted->title, sizeof(wanted->title), 1) || !starts_fits(wanted->starts_ms)) {
		rules_refuse(c->answer, SHOW_INVALID, "a show needs a title, and its start must be a time");
		return;
	}
	struct store_show is = {.id = base_id_new(), .starts_ms = wanted->starts_ms, .created_ms = c->now->ms};
	is.host = rules_account(c->r, c->command->actor)->is.person;
	memcpy(is.title, wanted->title, sizeof(is.title));
	make_publish_key(is.publish_key);
	rules_note(c->r, SHOW_EVENT_SHOW, &rules_add_show(c->r, &is, true)->row);
	c->answer->show = is.id;
}

static struct rules_show *own_show(const struct rules_case *c)
{
	struct base_id id = base_id_is_zero(c->command->show_id) ? c->command->show.id : c->command->show_id;
	struct rules_show *show = rules_show(c->r, id);
	if (!show)
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such show");
	else if (!rules_may_change(c->r, c->command->actor, show->is.host.id))
		rules_refuse(c->answer, SHOW_FORBIDDEN, "this show is somebody else's");
	else
		c->answer->show = show->row.id;
	return c->answer->code == SHOW_OK ? show : NULL;
}

static struct rules_show *own_show_not_over(const struct rules_case *c)
{
	struct rules_show *show = own_show(c);
	if (!show || show->is.state != STORE_SHOW_ENDED)
		return show;
	rules_refuse(c->answer, SHOW_INVALID, "the show has ended");
	return NULL;
}

static void change(struct rules *r, struct rules_show *show)
{
	rules_touch(r, &show->row);
	rules_note(r, SHOW_EVENT_SHOW, &show->row);
}

void rules_show_update(const struct rules_case *c)
{
	const struct store_show *wanted = &c->command->show;
	struct rules_show *show = own_show_not_over(c);
	if (!show)
		return;
	bool title = c->command->mask & SHOW_SET_TITLE, starts = c->command->mask & SHOW_SET_STARTS;
	if ((title && !rules_text_fits(wanted->title, sizeof(wanted->title), 1)) ||
	    (starts && !starts_fits(wanted->starts_ms))) {
		rules_refuse(c->answer, SHOW_INVALID, "a show needs a title, and its start must be a time");
		return;
	}
	if (title)
		memcpy(show->is.title, wanted->title, sizeof(show->is.title));
	if (starts)
		show->is.starts_ms = wanted->starts_ms;
	change(c->r, show);
}

/* The owner of a listing may have changed their mind since it was put into the run of show. */
static void drop_what_is_not_allowed(struct rules *r, const struct rules_now *now, struct rules_show *show)
{
	GPtrArray *items = rules_show_items(r, show);
	for (guint i = 0; i < items->len; i++) {
		struct rules_item *item = g_ptr_array_index(items, i);
		if (!item->is.removed && !rules_item_allowed(r, show, item))
			rules_item_withdraw(r, now, show, item);
	}
}

void rules_show_start(const struct rules_case *c)
{
	struct rules_show *show = own_show_not_over(c);
	if (!show)
		return;
	c->answer->repeated = show->is.state == STORE_SHOW_LIVE;
	if (c->answer->repeated)
		return;
	show->is.state = STORE_SHOW_LIVE;
	show->is.started_ms = c->now->ms;
	drop_what_is_not_allowed(c->r, c->now, show);
	rules_watch_host(c->r, c->now, show);
	change(c->r, show);
}

static void end_flashes(struct rules *r, struct rules_show *show)
{
	GPtrArray *items = rules_show_items(r, show);
	for (guint i = 0; i < items->len; i++)
		rules_flash_end(r, g_ptr_array_index(items, i));
}

void rules_show_end(struct rules *r, const struct rules_now *now, struct rules_show *show)
{
	end_flashes(r, show);
	rules_set_featured(r, now, show, (struct base_id){{0}});
	show->is.state = STORE_SHOW_ENDED;
	show->is.ended_ms = now->ms;
	rules_unwatch_host(r, show);
	change(r, show);
}

void rules_show_stop(const struct rules_case *c)
{
	struct rules_show *show = own_show(c);
	if (!show)
		return;
	c->answer->repeated = show->is.state == STORE_SHOW_ENDED;
	if (!c->answer->repeated)
		rules_show_end(c->r, c->now, show);
}

void rules_show_drop_key(const struct rules_case *c)
{
	struct rules_show *show = own_show_not_over(c);
	if (!show)
		return;
	c->answer->repeated = show->is.publish_key[0] == '\0';
	if (c->answer->repeated)
		return;
	sodium_memzero(show->is.publish_key, sizeof(show->is.publish_key));
	change(c->r, show);
}

void rules_show_new_key(const struct rules_case *c)
{
	struct rules_show *show = own_show_not_over(c);
	if (!show)
		return;
	make_publish_key(show->is.publish_key);
	change(c->r, show);
}
