/* An offer becomes a session and an answer: in the caller's thread, up to the message to the worker. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward/describe.h"
#include "forward/random.h"
#include "forward/session.h"

enum { ANSWER_MAX = 32768 };

/** Everything one negotiation needs; too large for a stack. */
struct negotiation {
	struct media_sdp_offer offer;
	struct media_sdp_agreed agreed;
	struct forward_description us;
	char answer[ANSWER_MAX];
};

static int refuse(char *why, size_t why_len, int status, const char *text)
{
	snprintf(why, why_len, "%s", text);
	return status;
}

/** A source number whose neighbours are free as well, so that what is derived from it cannot wrap to another's. */
static uint32_t random_ssrc(uint32_t other)
{
	uint32_t ssrc;
	do
		ssrc = forward_random32();
	while (ssrc < 16 || ssrc > UINT32_MAX - 16 || (other && ssrc - other + 16 <= 32));
	return ssrc;
}

static void describe_us(const struct media_engine *engine, const struct media_offer *offer,
                        struct forward_session *session, struct negotiation *n)
{
	forward_random_hex(session->stream_id, 8);
	session->session_id = (uint64_t)forward_random32() << 24 | forward_random32() >> 8;
	forward_describe(engine, offer->local_address, &session->ice.now, &n->us);
	n->us.local.role = offer->role;
	n->us.local.session_id = session->session_id;
	n->us.local.version = session->listed.answers = 1;
	n->us.local.cname = session->cname;
	n->us.local.stream_id = session->stream_id;
	n->us.local.audio_ssrc = random_ssrc(0);
	n->us.local.video_ssrc = random_ssrc(n->us.local.audio_ssrc);
}

static void fill_session(const struct media_offer *offer, const struct negotiation *n, struct forward_session *session)
{
	snprintf(session->stream_name, sizeof session->stream_name, "%s", offer->stream);
	snprintf(session->fingerprint, sizeof session->fingerprint, "%s", n->offer.fingerprint);
	session->role = offer->role;
	session->user = offer->user;
	forward_agreed_from_sdp(&n->agreed.audio, &session->tracks[FORWARD_AUDIO]);
	forward_agreed_from_sdp(&n->agreed.video, &session->tracks[FORWARD_VIDEO]);
}

static int fill_answer(struct media_engine *engine, const struct forward_session *session, const struct negotiation *n,
                       struct media_answer *out)
{
	struct media_stream_stats host = {0};
	*out = (struct media_answer){.sdp = strdup(n->answer)};
	if (!out->sdp)
		return -ENOMEM;
	forward_directory_get_stream(engine->directory, session->stream_name, &host);
	memcpy(out->session, session->listed.name, sizeof out->session);
	snprintf(out->ufrag, sizeof out->ufrag, "%s", session->ice.now.local_ufrag);
	out->video = forward_agreed_first(&session->tracks[FORWARD_VIDEO]);
	out->audio = forward_agreed_first(&session->tracks[FORWARD_AUDIO]);
	out->host_video = host.video;
	out->host_audio = host.audio;
	return 0;
}

/** A host goes where its stream lives, so that one who comes back finds it; a viewer there as well, while there is
 * room. The owner stands in the answer, so it is chosen first. */
static int choose_owner(struct media_engine *engine, const struct media_offer *offer, struct forward_session *session)
{
	struct forward_burden burdens[FORWARD_WORKERS_MAX];
	int home = forward_engine_hold_place(engine, offer->stream);
	if (home < 0)
		return home;
	forward_engine_burdens(engine, burdens);
	session->home = session->listed.owner = (uint8_t)home;
	if (offer->role == MEDIA_VIEW)
		session->listed.owner = (uint8_t)forward_owner_of_viewer(burdens, engine->worker_count, (size_t)home,
		                                                         (int)engine->config.together);
	return 0;
}

static int negotiate(struct media_engine *engine, const struct media_offer *offer, struct forward_session *session,
                     struct negotiation *n, char *why, size_t why_len)
{
	int status = media_sdp_parse(offer->sdp, offer->sdp_len, &n->offer, why, why_len);
	if (status != 0)
		return status;
	forward_random_hex(session->listed.name, (MEDIA_SESSION_BYTES - 1) / 2);
	forward_random_hex(session->cname, 8);
	media_ice_init(&session->ice, session->listed.owner, n->offer.ufrag);
	describe_us(engine, offer, session, n);
	status = media_sdp_agree(&n->offer, &n->us.local, &n->agreed, why, why_len);
	if (status != 0)
		return status;
	int len = media_sdp_answer(&n->offer, &n->us.local, &n->agreed, n->answer, sizeof n->answer - 1);
	if (len < 0)
		return refuse(why, why_len, len, "The answer to this SDP would be too long.");
	n->answer[len] = '\0';
	fill_session(offer, n, session);
	return 0;
}

static int hand_over(struct media_engine *engine, struct forward_session *session, const struct negotiation *n,
                     struct media_answer *out, char *why, size_t why_len)
{
	if (forward_directory_add_session(engine->directory, &session->listed) != 0)
		return refuse(why, why_len, -EUSERS, "The server is full.");
	int status = fill_answer(engine, session, n, out);
	if (status != 0) {
		forward_directory_remove_session(engine->directory, &session->listed);
		return refuse(why, why_len, status, "The server is out of memory.");
	}
	struct forward_worker *owner = engine->workers[session->listed.owner];
	atomic_fetch_add(&owner->burden, 1);
	forward_commands_push(owner->commands, &(struct forward_command){.type = FORWARD_OPEN, .session = session});
	return 0;
}

/** With the stream's place held, which goes to the session. */
static int answer(struct media_engine *engine, const struct media_offer *offer, struct forward_session *session,
                  struct negotiation *n, struct media_answer *out, char *why, size_t why_len)
{
	int status = negotiate(engine, offer, session, n, why, why_len);
	if (status == 0)
		status = hand_over(engine, session, n, out, why, why_len);
	if (status != 0)
		forward_directory_leave_place(engine->directory, offer->stream);
	return status;
}

int media_session_open(struct media_engine *engine, const struct media_offer *offer, struct media_answer *out,
                       char *why, size_t why_len)
{
	if (why_len)
		why[0] = '\0';
	if (offer->sdp_len > MEDIA_SDP_MAX)
		return refuse(why, why_len, -EMSGSIZE, "The SDP is too long.");
	if (strlen(offer->stream) >= MEDIA_STREAM_BYTES)
		return refuse(why, why_len, -EINVAL, "The stream's name is too long.");
	struct negotiation *n = calloc(1, sizeof *n);
	struct forward_session *session = calloc(1, sizeof *session);
	int status = n && session && choose_owner(engine, offer, session) == 0
	                     ? answer(engine, offer, session, n, out, why, why_len)
	                     : refuse(why, why_len, -ENOMEM, "The server is out of memory.");
	if (status != 0)
		forward_session_free(session);
	if (n)
		explicit_bzero(n->answer, sizeof n->answer);
	free(n);
	return status;
}
