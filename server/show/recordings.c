/* Recordings and clips: what the server says of them is kept, unless they were removed meanwhile. */
#include <errno.h>
#include <string.h>

#include "show/verbs.h"

/* @return whether there is one. */
static bool find_recording(struct rules *r, struct base_id show, struct store_recording *out)
{
	int found = r->source.recording ? r->source.recording(r->source.ctx, show, out) : -ENOENT;
	if (found != 0 && found != -ENOENT && !r->error)
		r->error = found;
	return found == 0;
}

static void keep(struct rules *r, struct rules_show *show, const struct store_recording *is)
{
	struct rules_record *record = rules_record(r, RULES_RECORDING);
	record->recording = *is;
	show->is.recorded = is->state != STORE_RECORDING_REMOVED;
	rules_tell(r, SHOW_EVENT_RECORDING, (struct base_id){{0}}, (struct base_id){{0}}, record);
}

struct telling {
	const struct rules_case *c;
	const struct rules_show *show;
};

static void tell_of_full_disk(struct base_id account, void *ctx)
{
	const struct telling *telling = ctx;
	struct store_notice notice = {
	        .account = account, .code = STORE_NOTICE_DISK_FULL, .show = telling->show->row.id};
	memcpy(notice.title, telling->show->is.title, sizeof(notice.title));
	rules_notify(telling->c->r, telling->c->now, &notice);
}

static void tell_admin(struct base_id account, void *ctx)
{
	const struct telling *telling = ctx;
	if (!base_id_equal(account, telling->show->is.host.id))
		tell_of_full_disk(account, ctx);
}

static void tell_host_and_admins(const struct rules_case *c, const struct rules_show *show)
{
	struct telling telling = {c, show};
	const struct rules_source *source = &c->r->source;
	tell_of_full_disk(show->is.host.id, &telling);
	int error = source->admins ? source->admins(source->ctx, tell_admin, &telling) : 0;
	if (error && !c->r->error)
		c->r->error = error;
}

static bool is_server(const struct rules_case *c)
{
	if (!base_id_is_zero(c->command->actor))
		rules_refuse(c->answer, SHOW_FORBIDDEN, "only the server records");
	return c->answer->code == SHOW_OK;
}

void rules_recording(const struct rules_case *c)
{
	struct store_recording is = c->command->recording, before;
	struct rules_show *show = is_server(c) ? rules_show(c->r, is.show) : NULL;
	if (!show) {
		if (c->answer->code == SHOW_OK)
			rules_refuse(c->answer, SHOW_NOT_FOUND, "no such show");
		return;
	}
	bool known = find_recording(c->r, is.show, &before);
	if (known && before.state == STORE_RECORDING_REMOVED) {
		rules_refuse(c->answer, SHOW_EXPIRED, "the recording was removed");
		return;
	}
	bool full_before = known && before.full;
	if (known)
		is.begun_ms = before.begun_ms;
	if (is.full && !full_before)
		tell_host_and_admins(c, show);
	is.full = is.full || full_before;
	keep(c->r, show, &is);
	c->answer->show = show->row.id;
}

void rules_recording_remove(const struct rules_case *c)
{
	struct rules_show *show = rules_show(c->r, c->command->show_id);
	struct store_recording is;
	if (!show)
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such show");
	else if (!rules_may_change(c->r, c->command->actor, show->is.host.id))
		rules_refuse(c->answer, SHOW_FORBIDDEN, "this show is somebody else's");
	else if (!find_recording(c->r, show->row.id, &is) || is.state == STORE_RECORDING_REMOVED)
		rules_refuse(c->answer, SHOW_NOT_FOUND, "there is no recording");
	else if (show->is.state == STORE_SHOW_LIVE)
		rules_refuse(c->answer, SHOW_INVALID, "the show is on air");
	if (!show || c->answer->code != SHOW_OK)
		return;
	is.state = STORE_RECORDING_REMOVED;
	is.bytes = 0;
	keep(c->r, show, &is);
	c->answer->show = show->row.id;
}

void rules_clip(const struct rules_case *c)
{
	struct store_recording recording;
	if (!is_server(c))
		return;
	if (!find_recording(c->r, c->command->clip.show, &recording) || recording.state == STORE_RECORDING_REMOVED)
		rules_refuse(c->answer, SHOW_EXPIRED, "the recording was removed");
	else
		rules_record(c->r, RULES_CLIP)->clip = c->command->clip;
}
