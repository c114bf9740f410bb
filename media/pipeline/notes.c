#include "pipeline/notes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <glib.h>

static GString *waiting; /* whole lines */
static bool there;

bool notes_open(void)
{
	int type = 0;
	socklen_t len = sizeof(type);

	there = getsockopt(NOTES_FD, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
	if (there && !waiting)
		waiting = g_string_new(NULL);
	return there;
}

bool notes_waiting(void)
{
	return there && waiting->len > 0;
}

/** As many whole lines as a datagram holds. */
static size_t cut(const char *text, size_t len)
{
	if (len <= NOTES_MAX)
		return len;
	for (len = NOTES_MAX; len > 0 && text[len - 1] != '\n'; len--)
		;
	return len;
}

bool notes_flush(void)
{
	while (notes_waiting()) {
		size_t len = cut(waiting->str, waiting->len);

		if (send(NOTES_FD, waiting->str, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			return (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) &&
			       waiting->len <= NOTES_WAITING_MAX;
		g_string_erase(waiting, 0, (gssize)len);
	}
	return true;
}

bool notes_say(const char *text)
{
	if (!there)
		return true;
	g_string_append(waiting, text);
	return notes_flush();
}

static void heed(const char *line, struct notes_wishes *wishes)
{
	const struct {
		const char *verb;
		bool *wish;
	} verbs[] = {{"package", &wishes->package}, {"rung", &wishes->rung}, {"record", &wishes->record}};
	char verb[16], value[16];

	if (sscanf(line, "%15s %15s", verb, value) != 2)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
		if (strcmp(verb, verbs[i].verb) == 0)
			*verbs[i].wish = strcmp(value, "on") == 0;
	}
}

bool notes_hear(struct notes_wishes *wishes)
{
	char text[NOTES_MAX + 1], *line, *rest;
	ssize_t n = recv(NOTES_FD, text, NOTES_MAX, MSG_DONTWAIT);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	text[n] = '\0';
	for (rest = text; (line = strsep(&rest, "\n"));)
		heed(line, wishes);
	return true;
}

char *notes_encode(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text && n + 4 <= size; text++) {
		unsigned char c = (unsigned char)*text;

		if (c > ' ' && c < 0x7f && c != '%')
			out[n++] = (char)c;
		else
			n += (size_t)snprintf(out + n, size - n, "%%%02X", c);
	}
	out[n < size ? n : size - 1] = '\0';
	return out;
}
