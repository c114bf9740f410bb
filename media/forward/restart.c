/* New ICE credentials for a session that goes on (RFC 8445 §2.4): in the caller's thread, up to the message to the
 * worker. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "forward/describe.h"
#include "forward/session.h"

enum { ANSWER_MAX = 32768 };

/** Everything one restart needs; too large for a stack. */
struct restart {
	struct forward_session kept; /**< what is constant in the session, nothing else of it */
	uint32_t version;
	struct media_sdp_offer offer;
	struct media_sdp_agreed agreed;
	struct media_sdp_fragment fragment;
	struct forward_description us;
	struct media_ice_credentials *credentials;
	char answer[ANSWER_MAX];
};

static int refuse(char *why, size_t why_len, int status, const char *text)
{
	snprintf(why, why_len, "%s", text);
	return status;
}

/** With the directory's lock held, so that the session stays. */
static int keep(struct forward_listed_session *listed, void *ctx)
{
	const struct forward_session *session = forward_container(listed, struct forward_session, listed);
	struct restart *r = ctx;
	if (session->plain)
		return -ENOENT;
	memcpy(r->kept.stream_name, session->stream_name, sizeof r->kept.stream_name);
	memcpy(r->kept.tracks, session->tracks, sizeof r->kept.tracks);
	memcpy(r->kept.fingerprint, session->fingerprint, sizeof r->kept.fingerprint);
	memcpy(r->kept.cname, session->cname, sizeof r->kept.cname);
	memcpy(r->kept.stream_id, session->stream_id, sizeof r->kept.stream_id);
	r->kept.role = session->role;
	r->kept.listed.owner = listed->owner; /* it stays where it is */
	r->kept.session_id = session->session_id;
	r->version = ++listed->answers;
	return 0;
}

static bool describe(const struct media_engine *engine, const struct media_restart *ask, const char *remote_ufrag,
                     struct restart *r)
{
	r->credentials = calloc(1, sizeof *r->credentials);
	if (!r->credentials)
		return false;
	media_ice_credentials_init(r->credentials, r->kept.listed.owner, remote_ufrag);
	forward_describe(engine, ask->local_address, r->credentials, &r->us);
	r->us.local.role = r->kept.role;
	r->us.local.session_id = r->kept.session_id;
	r->us.local.version = r->version;
	r->us.local.cname = r->kept.cname;
	r->us.local.stream_id = r->kept.stream_id;
	/* a kind that was not accepted has none, and is told none */
	r->us.local.audio_ssrc = r->kept.tracks[FORWARD_AUDIO].ssrc;
	r->us.local.video_ssrc = r->kept.tracks[FORWARD_VIDEO].ssrc;
	return true;
}

static bool has_codec(const struct forward_agreed *agreed, const struct forward_codec *codec)
{
	const struct forward_codec *c = forward_agreed_codec(agreed, codec->codec);
	return c && c->pt == codec->pt && c->rtx_pt == codec->rtx_pt;
}

/** Would the session, which stays as it is, serve this as well? */
static bool same(const struct media_sdp_track *track, const struct forward_agreed *kept)
{
	struct forward_agreed now;
	forward_agreed_from_sdp(track, &now);
	if (now.accepted != kept->accepted)
		return false;
	if (!now.accepted)
		return true;
	for (size_t i = 0; i < now.codec_count; i++)
		if (!has_codec(kept, &now.codecs[i]))
			return false;
	return now.codec_count == kept->codec_count && now.ext_mid == kept->ext_mid && now.ext_twcc == kept->ext_twcc &&
	       now.layer_count == kept->layer_count && now.ext_rid == kept->ext_rid && now.ext_rrid == kept->ext_rrid &&
	       memcmp(now.layers, kept->layers, sizeof now.layers) == 0 && now.ssrc == kept->ssrc &&
	       now.rtx_ssrc == kept->rtx_ssrc && strcmp(now.mid, kept->mid) == 0;
}

static int answer_offer(struct media_engine *engine, const struct media_restart *ask, struct restart *r, char *why,
                        size_t why_len)
{
	int status = media_sdp_parse(ask->sdp, ask->sdp_len, &r->offer, why, why_len);
	if (status != 0)
		return status;
	if (strcasecmp(r->offer.fingerprint, r->kept.fingerprint) != 0)
		return refuse(why, why_len, -ENOTSUP, "The offer has another certificate: that takes a new session.");
	if (!describe(engine, ask, r->offer.ufrag, r))
		return refuse(why, why_len, -ENOMEM, "The server is out of memory.");
	status = media_sdp_agree(&r->offer, &r->us.local, &r->agreed, why, why_len);
	if (status != 0)
		return status;
	if (!same(&r->agreed.audio, &r->kept.tracks[FORWARD_AUDIO]) ||
	    !same(&r->agreed.video, &r->kept.tracks[FORWARD_VIDEO]))
		return refuse(why, why_len, -ENOTSUP, "The offer changes tracks or codecs: that takes a new session.");
	int len = media_sdp_answer(&r->offer, &r->us.local, &r->agreed, r->answer, sizeof r->answer);
	return len < 0 ? refuse(why, why_len, len, "The answer to this SDP would be too long.") : 0;
}

static int answer_fragment(struct media_engine *engine, const struct media_restart *ask, struct restart *r, char *why,
                           size_t why_len)
{
	static const char *const kinds[] = {[FORWARD_AUDIO] = "audio", [FORWARD_VIDEO] = "video"};
	const struct forward_agreed *tracks = r->kept.tracks;
	char group[2 * sizeof tracks->mid + 2] = "";
	int status = media_sdp_fragment_parse(ask->sdp, ask->sdp_len, &r->fragment, why, why_len), at = -1;
	if (status != 0)
		return status;
	if (!describe(engine, ask, r->fragment.ufrag, r))
		return refuse(why, why_len, -ENOMEM, "The server is out of memory.");
	for (int kind = 0; kind < FORWARD_KINDS; kind++) {
		size_t used = strlen(group);
		if (!tracks[kind].accepted)
			continue;
		if (at < 0 || strcmp(tracks[kind].mid, r->fragment.mid) == 0)
			at = kind;
		if (tracks[kind].mid[0])
			snprintf(group + used, sizeof group - used, "%s%s", used ? " " : "", tracks[kind].mid);
	}
	if (at < 0)
		return refuse(why, why_len, -EPROTO, "The session has no track.");
	int len = media_sdp_fragment_write(&r->us.local, kinds[at], tracks[at].codecs[0].pt, tracks[at].mid, group,
	                                   r->answer, sizeof r->answer);
	return len < 0 ? refuse(why, why_len, len, "The answer to this SDP would be too long.") : 0;
}

static int hand_over(struct media_engine *engine, const struct media_restart *ask, struct restart *r,
                     struct media_answer *out, char *why, size_t why_len)
{
	struct forward_command command = {.type = FORWARD_RESTART, .credentials = r->credentials};
	*out = (struct media_answer){.sdp = strdup(r->answer)};
	if (!out->sdp)
		return refuse(why, why_len, -ENOMEM, "The server is out of memory.");
	snprintf(out->session, sizeof out->session, "%s", ask->session);
	snprintf(out->ufrag, sizeof out->ufrag, "%s", r->credentials->local_ufrag);
	snprintf(command.name, sizeof command.name, "%s", ask->session);
	r->credentials = NULL;
	forward_commands_push(engine->workers[r->kept.listed.owner]->commands, &command);
	return 0;
}

int media_session_restart(struct media_engine *engine, const struct media_restart *restart, struct media_answer *out,
                          char *why, size_t why_len)
{
	if (why_len)
		why[0] = '\0';
	if (restart->sdp_len > MEDIA_SDP_MAX)
		return refuse(why, why_len, -EMSGSIZE, "The SDP is too long.");
	struct restart *r = calloc(1, sizeof *r);
	if (!r)
		return refuse(why, why_len, -ENOMEM, "The server is out of memory.");
	int status = forward_directory_visit_session(engine->directory, restart->session, keep, r);
	if (status != 0)
		refuse(why, why_len, status, "There is no such media session.");
	else
		status = (restart->fragment ? answer_fragment : answer_offer)(engine, restart, r, why, why_len);
	if (status == 0)
		status = hand_over(engine, restart, r, out, why, why_len);
	forward_credentials_free(r->credentials);
	explicit_bzero(r->answer, sizeof r->answer);
	free(r);
	return status;
}
