/* Topics: messages for many are gathered, encoded once, and handed to a slice of the members at a time.
 *
 * A pass serves the members from the last to the first: those below `cursor` are still to come. Who joins meanwhile
 * stands behind the cursor and hears nothing of this pass; who leaves is replaced so that nobody is served twice or
 * forgotten. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "hub/hub_private.h"

struct hub_topic *hub_topic_create(struct hub *hub)
{
	struct hub_topic *topic = calloc(1, sizeof *topic);

	if (!topic)
		abort();
	topic->hub = hub;
	topic->next_mark = 1;
	topic->linked = hub->torn_down; /* see topic_drop_timers */
	topic->all_next = hub->topics;
	if (topic->all_next)
		topic->all_next->all_previous = topic;
	hub->topics = topic;
	queue_init(&topic->pending, (size_t)hub->settings->send_queue_bytes);
	queue_init(&topic->pass, (size_t)hub->settings->send_queue_bytes);
	return topic;
}

static struct hub_membership *membership_of(const struct hub_conn *conn, const struct hub_topic *topic)
{
	for (size_t i = 0; i < conn->membership_count; i++)
		if (conn->memberships[i].topic == topic)
			return &conn->memberships[i];
	return NULL;
}

static void move(struct hub_topic *topic, size_t from, size_t to)
{
	if (from == to)
		return;
	topic->members[to] = topic->members[from];
	membership_of(topic->members[to].conn, topic)->index = to;
}

static void remove_member(struct hub_topic *topic, size_t index)
{
	size_t hole = index;

	if (index < topic->cursor) {
		/* Fill with the next one to be served, and leave the hole among those who have been. */
		hole = --topic->cursor;
		move(topic, hole, index);
	}
	move(topic, --topic->member_count, hole);
}

void hub_topic_join(struct hub_topic *topic, struct hub_conn *conn)
{
	if (conn->closing || membership_of(conn, topic))
		return;
	if (topic->member_count == topic->member_capacity) {
		topic->member_capacity = topic->member_capacity ? topic->member_capacity * 2 : 16;
		topic->members = realloc(topic->members, topic->member_capacity * sizeof *topic->members);
	}
	if (conn->membership_count == conn->membership_capacity) {
		conn->membership_capacity = conn->membership_capacity ? conn->membership_capacity * 2 : 2;
		conn->memberships = realloc(conn->memberships, conn->membership_capacity * sizeof *conn->memberships);
	}
	if (!topic->members || !conn->memberships)
		abort();
	conn->memberships[conn->membership_count++] = (struct hub_membership){topic, topic->member_count};
	topic->members[topic->member_count++] = (struct hub_member){conn, topic->next_mark};
}

void hub_topic_leave(struct hub_topic *topic, struct hub_conn *conn)
{
	struct hub_membership *membership = membership_of(conn, topic);

	if (!membership)
		return;
	size_t index = membership->index;
	remove_member(topic, index);
	*membership = conn->memberships[--conn->membership_count];
}

void topic_forget(struct hub_conn *conn)
{
	while (conn->membership_count > 0)
		hub_topic_leave(conn->memberships[0].topic, conn);
}

size_t hub_topic_members(const struct hub_topic *topic)
{
	return topic->member_count;
}

static void link_running(struct hub_topic *topic)
{
	if (topic->linked)
		return;
	topic->linked = true;
	topic->next = topic->hub->running;
	topic->hub->running = topic;
}

static void unlink_running(struct hub_topic *topic)
{
	for (struct hub_topic **at = &topic->hub->running; topic->linked && *at; at = &(*at)->next) {
		if (*at == topic) {
			*at = topic->next;
			topic->linked = false;
			return;
		}
	}
}

static void on_due(void *ctx)
{
	struct hub_topic *topic = ctx;

	topic->timer = NULL;
	link_running(topic);
}

/* See to it that a pass comes: at once when the last one is long over. */
static void schedule(struct hub_topic *topic)
{
	int64_t wait_us = topic->ended_us + HUB_PASS_GAP_US - base_clock_monotonic_us();

	if (topic->linked || topic->timer)
		return;
	if (topic->ended_us == 0 || wait_us <= 0)
		link_running(topic);
	else
		topic->timer = hub_timer_start(topic->hub, wait_us, on_due, topic);
}

void hub_topic_publish(struct hub_topic *topic, enum hub_class class, struct base_buffer *message)
{
	uint64_t mark = topic->next_mark++;

	if (topic->member_count == 0)
		return;
	/* What must not be lost may exceed the bound here; each member's own queue decides about him. */
	if (queue_push(&topic->pending, class, mark, message) == 0 || topic->pending.count > 0)
		schedule(topic);
}

static void start_pass(struct hub_topic *topic)
{
	struct queue empty = topic->pass;

	topic->pass = topic->pending;
	topic->pending = empty;
	topic->frame = queue_frame(&topic->pass, WS_HEAD_SERVER);
	topic->pass_first = topic->pass.count > 0 ? queue_at(&topic->pass, 0)->mark : topic->next_mark;
	topic->cursor = topic->member_count;
	topic->running = true;
}

static void end_pass(struct hub_topic *topic)
{
	base_buffer_unref(topic->frame);
	topic->frame = NULL;
	queue_clear(&topic->pass);
	topic->running = false;
	topic->cursor = 0;
	topic->ended_us = base_clock_monotonic_us();
	unlink_running(topic);
	if (topic->pending.count > 0)
		schedule(topic);
}

static void serve(struct hub_topic *topic, const struct hub_member *member)
{
	struct hub_conn *conn = member->conn;

	if (conn->closing)
		return;
	if (member->since <= topic->pass_first && conn->queue.count == 0 && conn->queue.gap == 0 &&
	    !lws_partial_buffered(conn->wsi)) {
		conn_write(conn, topic->frame);
		return;
	}
	for (size_t i = 0; i < topic->pass.count && !conn->closing; i++) {
		const struct queue_entry *entry = queue_at(&topic->pass, i);
		if (entry->mark >= member->since)
			conn_push(conn, entry->class, entry->mark, entry->message);
	}
}

static void serve_slice(struct hub_topic *topic)
{
	for (size_t i = 0; i < HUB_SLICE && topic->cursor > 0; i++) {
		/* By value and below the cursor first: serving may make the member leave. */
		struct hub_member member = topic->members[--topic->cursor];
		serve(topic, &member);
	}
}

bool topic_run(struct hub *hub)
{
	for (struct hub_topic *topic = hub->running, *next; topic; topic = next) {
		next = topic->next;
		if (!topic->running)
			start_pass(topic);
		if (topic->frame)
			serve_slice(topic);
		if (topic->cursor == 0 || !topic->frame)
			end_pass(topic);
	}
	return hub->running != NULL;
}

void hub_topic_destroy(struct hub_topic *topic)
{
	if (!topic)
		return;
	while (topic->member_count > 0)
		hub_topic_leave(topic, topic->members[topic->member_count - 1].conn);
	hub_timer_cancel(topic->timer);
	unlink_running(topic);
	if (topic->all_previous)
		topic->all_previous->all_next = topic->all_next;
	else
		topic->hub->topics = topic->all_next;
	if (topic->all_next)
		topic->all_next->all_previous = topic->all_previous;
	base_buffer_unref(topic->frame);
	queue_finish(&topic->pending);
	queue_finish(&topic->pass);
	free(topic->members);
	free(topic);
}

void topic_drop_timers(struct hub *hub)
{
	for (struct hub_topic *topic = hub->topics; topic; topic = topic->all_next) {
		hub_timer_cancel(topic->timer);
		topic->timer = NULL;
		/* Whatever is published from now on stays where it is. */
		topic->linked = true;
	}
	hub->running = NULL;
}
