#include "forward/track.h"

#include <errno.h>
#include <string.h>

#include "rtp/ntp.h"

/* About three seconds of a 2.7 Mb/s picture; of 50 packets a second of sound. */
static const struct {
	size_t bytes, entries;
} cache_size[FORWARD_KINDS] = {
        [FORWARD_AUDIO] = {64 << 10, 256},
        [FORWARD_VIDEO] = {1 << 20, 2048},
};

int forward_track_open(struct forward_track *track)
{
	return track->cache ? 0
	                    : forward_cache_create(track->pool, cache_size[track->kind].bytes,
	                                           cache_size[track->kind].entries, &track->cache);
}

int forward_track_begin(struct forward_track *track, const struct forward_codec *codec, uint32_t ssrc)
{
	if (forward_track_open(track) != 0)
		return -ENOMEM;
	track->epoch = track->epoch >= UINT32_MAX - FORWARD_TRACKS || track->epoch == 0
	                       ? FORWARD_TRACKS + (uint32_t)track->index
	                       : track->epoch + FORWARD_TRACKS;
	track->codec = *codec;
	track->ssrc = ssrc;
	track->receive = (struct media_receive){.clock = codec->clock};
	track->nack.started = false;
	track->nack.count = 0;
	track->clock.known = false;
	track->numbers = (struct forward_numbers){0};
	track->sets = (struct media_parameters){0};
	track->jumped = track->parameters = track->key_seen = false;
	track->width = track->height = 0;
	return 0;
}

void forward_track_finish(struct forward_track *track)
{
	forward_cache_destroy(track->cache);
	track->cache = NULL;
}

/** A number far from all others: a mistake, unless the next packet follows it. @return true: drop it. */
static bool check_jump(struct forward_track *track, const struct media_rtp *rtp, bool repair)
{
	const struct media_sequence *s = &track->receive.sequence;
	int64_t distance = media_sequence_peek(s, rtp->seq) - s->highest;
	if (!s->started)
		return repair;
	if (distance <= FORWARD_JUMP && distance >= -FORWARD_JUMP) {
		track->jumped = track->jumped && repair;
		return false;
	}
	if (repair)
		return true;
	if (track->jumped && rtp->seq == track->jump_next) {
		struct forward_codec codec = track->codec;
		return forward_track_begin(track, &codec, track->ssrc) != 0;
	}
	track->jumped = true;
	track->jump_next = (uint16_t)(rtp->seq + 1);
	return true;
}

static void begin_key(struct forward_track *track, uint32_t timestamp, int64_t number, int64_t now_us)
{
	/* parameter sets may be told packet by packet: the first is where it began */
	if (!track->key_seen || track->key_timestamp != timestamp) {
		track->key_number = number;
		track->key_us = now_us;
	}
	track->key_seen = true;
	track->key_timestamp = timestamp;
	forward_keyframe_arrived(&track->keyframe);
}

/** Where viewers can begin: at an SPS when the host sends them in band, else at an IDR; at VP8's key frame; anywhere in
 * sound. @param newest none came after it. */
static bool look(struct forward_track *track, const struct media_rtp *rtp, bool newest, int64_t number, int64_t now_us)
{
	struct media_peek peek = {0};
	if (track->kind == FORWARD_AUDIO)
		return true;
	int status = track->codec.codec == MEDIA_H264 ? media_peek_h264(rtp->payload, rtp->payload_len, &peek)
	                                              : media_peek_vp8(rtp->payload, rtp->payload_len, &peek);
	if (status != 0)
		return false;
	track->parameters = track->parameters || peek.parameters;
	if (track->codec.codec == MEDIA_H264 && newest &&
	    media_parameters_note(&track->sets, rtp->payload, rtp->payload_len))
		track->sets_timestamp = rtp->timestamp;
	if (peek.width) {
		track->width = peek.width;
		track->height = peek.height;
	}
	if (!peek.keyframe || (track->parameters && !peek.parameters))
		return false;
	begin_key(track, rtp->timestamp, number, now_us);
	return true;
}

static struct forward_packet *keep(struct forward_track *track, const struct media_rtp *rtp, int64_t ext)
{
	/* a packet of padding alone holds its number, but its bulk need not go to every viewer */
	size_t body = rtp->payload_len ? rtp->payload_len : 1;
	struct forward_packet *p = forward_cache_add(track->cache, track->epoch, ext, MEDIA_RTP_HEADER + body);
	if (!p)
		return NULL;
	p->timestamp = rtp->timestamp;
	p->marker = rtp->marker;
	p->padded = rtp->payload_len == 0;
	media_rtp_write_header(p->data, p->padded, (uint8_t)((rtp->marker ? 0x80 : 0) | rtp->pt), rtp->seq,
	                       rtp->timestamp, rtp->ssrc);
	if (p->padded)
		p->data[MEDIA_RTP_HEADER] = 1;
	else
		memcpy(p->data + MEDIA_RTP_HEADER, rtp->payload, rtp->payload_len);
	if (track->codec.codec == MEDIA_VP8 && !p->padded)
		forward_vp8_rewrite(&track->vp8, track->epoch, p->data + MEDIA_RTP_HEADER, rtp->payload_len);
	return p;
}

static void meter_packet(struct forward_track *track, const struct media_rtp *rtp, enum media_nack_result result,
                         int64_t gap, int64_t now_us)
{
	struct forward_meter *m = &track->meter;
	forward_track_meter_roll(track, now_us);
	size_t bucket = (size_t)(m->second % (FORWARD_LOSS_SECONDS + 1));
	m->bytes += rtp->payload_len;
	if (result == MEDIA_NACK_IN_ORDER || result == MEDIA_NACK_GAP) {
		m->expected[bucket] += 1 + (uint32_t)gap;
		m->missing[bucket] += (uint32_t)gap;
		if (rtp->timestamp != m->frame_timestamp)
			m->frames++;
		m->frame_timestamp = rtp->timestamp;
	}
	/* only late, not lost */
	if (result == MEDIA_NACK_LATE && m->missing[bucket] > 0)
		m->missing[bucket]--;
}

static void account(struct forward_track *track, const struct media_rtp *rtp, bool repair, int64_t now_us,
                    struct forward_taken *taken)
{
	int64_t gap, ext;
	bool overrun;
	if (repair) {
		ext = media_sequence_take(&track->receive.sequence, rtp->seq);
		media_receive_repaired(&track->receive);
	} else {
		ext = media_receive_note(&track->receive, rtp->seq, rtp->timestamp, now_us);
	}
	enum media_nack_result result = media_nack_note(&track->nack, ext, now_us, &gap, &taken->rtt_us, &overrun);
	taken->wants_keyframe = overrun && track->kind == FORWARD_VIDEO;
	meter_packet(track, rtp, result, gap, now_us);
	track->newest_us = now_us;
}

/** Would this packet, the very next one, begin a keyframe whose parameter sets did not come with it? */
static bool lacks_sets(const struct forward_track *track, const struct media_rtp *rtp)
{
	struct media_peek peek;
	const struct media_sequence *s = &track->receive.sequence;
	/* in front of anything but the newest packet there is no free number; and behind a gap the sets may still come
	 */
	if (!s->started || media_sequence_peek(s, rtp->seq) != s->highest + 1 || track->codec.codec != MEDIA_H264)
		return false;
	if (rtp->timestamp == track->sets_timestamp || (track->key_seen && rtp->timestamp == track->key_timestamp))
		return false;
	return media_peek_h264(rtp->payload, rtp->payload_len, &peek) == 0 && peek.keyframe && !peek.parameters;
}

struct forward_packet *forward_track_complete(struct forward_track *track, const struct media_rtp *rtp, bool repair,
                                              int64_t now_us)
{
	uint8_t sets[MEDIA_PARAMETERS_MAX];
	size_t len = repair || !lacks_sets(track, rtp) ? 0 : media_parameters_write(&track->sets, sets, sizeof sets);
	if (len == 0)
		return NULL;
	struct media_rtp in_front = *rtp;
	in_front.marker = false;
	in_front.payload = sets;
	in_front.payload_len = len;
	int64_t number = forward_numbers_insert(&track->numbers, track->receive.sequence.highest + 1);
	struct forward_packet *packet = keep(track, &in_front, number);
	if (!packet)
		return NULL;
	packet->came_us = now_us;
	packet->starts = true;
	begin_key(track, rtp->timestamp, number, now_us);
	return packet;
}

int64_t forward_track_newest(const struct forward_track *track)
{
	return forward_numbers_of(&track->numbers, track->receive.sequence.highest);
}

struct forward_taken forward_track_take(struct forward_track *track, const struct media_rtp *rtp, bool repair,
                                        int64_t now_us)
{
	struct forward_taken taken = {0};
	if (check_jump(track, rtp, repair))
		return taken;
	int64_t ext = media_sequence_peek(&track->receive.sequence, rtp->seq);
	int64_t number = forward_numbers_of(&track->numbers, ext);
	if (number < 0 || forward_cache_get(track->cache, track->epoch, number))
		return taken;
	/* browsers fill idle bandwidth with repairs nobody asked for, of packets that may have left the cache since */
	if (repair && !media_nack_misses(&track->nack, ext))
		return taken;
	taken.packet = keep(track, rtp, number);
	if (!taken.packet)
		return taken;
	taken.packet->came_us = now_us;
	account(track, rtp, repair, now_us, &taken);
	bool newest = ext == track->receive.sequence.highest;
	taken.packet->starts = !taken.packet->padded && look(track, rtp, newest, number, now_us);
	if (track->kind == FORWARD_VIDEO) {
		taken.wants_keyframe = taken.wants_keyframe || !track->key_seen;
		taken.completes_picture = track->key_seen && (rtp->marker || rtp->timestamp != track->key_timestamp);
	}
	return taken;
}

void forward_track_clock_at(const struct forward_track *track, int64_t now_us, uint64_t *ntp, uint32_t *rtp_time)
{
	int64_t passed = now_us - track->clock.at_us;
	*ntp = track->clock.ntp + (uint64_t)media_ntp_span(passed);
	*rtp_time = track->clock.rtp_time + (uint32_t)(passed * (int64_t)track->codec.clock / 1000000);
}
