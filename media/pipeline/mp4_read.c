#include "pipeline/mp4_read.h"

#include <errno.h>
#include <string.h>

#include "rtp/rtp.h"

#define NOT_SYNC 0x00010000u

/** Bytes that are read from front to back; `failed` sticks. */
struct cursor {
	const uint8_t *at, *end;
	bool failed;
};

static const uint8_t *take(struct cursor *c, size_t len)
{
	const uint8_t *at = c->at;
	if (c->failed || len > (size_t)(c->end - c->at)) {
		c->failed = true;
		return NULL;
	}
	c->at += len;
	return at;
}

static uint32_t take32(struct cursor *c)
{
	const uint8_t *p = take(c, 4);
	return p ? media_get32(p) : 0;
}

static uint16_t take16(struct cursor *c)
{
	const uint8_t *p = take(c, 2);
	return p ? media_get16(p) : 0;
}

static uint64_t take64(struct cursor *c)
{
	uint64_t high = take32(c);
	return high << 32 | take32(c);
}

/** The inside of the first box of a type. @return failed when there is none. */
static struct cursor find(struct cursor in, const char *type)
{
	while (!in.failed && in.end - in.at >= 8) {
		uint32_t size = media_get32(in.at);
		if (size < 8 || size > (size_t)(in.end - in.at))
			break;
		if (memcmp(in.at + 4, type, 4) == 0)
			return (struct cursor){in.at + 8, in.at + size, false};
		in.at += size;
	}
	return (struct cursor){in.end, in.end, true};
}

/** Follow a path of types, "moov/trak/mdia", four letters each. */
static struct cursor find_path(struct cursor in, const char *path)
{
	for (;; path += 5) {
		in = find(in, path);
		if (path[4] == '\0' || in.failed)
			return in;
	}
}

/** avcC, behind the entry's 78 bytes. */
static void read_sets(struct cursor entry, struct h264_sets *sets)
{
	take(&entry, 78);
	struct cursor avcc = find(entry, "avcC");
	take(&avcc, 5);
	for (int kind = 0; kind < 2; kind++) {
		const uint8_t *p = take(&avcc, 1);
		unsigned count = !p ? 0 : kind == 0 ? *p & 0x1Fu : *p;
		for (unsigned i = 0; i < count && !avcc.failed; i++) {
			uint16_t len = take16(&avcc);
			const uint8_t *set = take(&avcc, len);
			if (set && h264_sets_take(sets, set, len) != 0)
				return;
		}
	}
}

int mp4_read_init(const uint8_t *data, size_t len, struct mp4_read_init *out)
{
	struct cursor mdia = find_path((struct cursor){data, data + len, false}, "moov/trak/mdia");
	struct cursor mdhd = find(mdia, "mdhd"), stsd = find_path(mdia, "minf/stbl/stsd");
	*out = (struct mp4_read_init){.video = false};
	uint32_t version = take32(&mdhd) >> 24;
	take(&mdhd, version == 1 ? 16 : 8);
	out->timescale = take32(&mdhd);
	take(&stsd, 8);
	struct cursor entry = find(stsd, "mp4a");
	if (mdhd.failed || stsd.failed || out->timescale == 0)
		return -EBADMSG;
	if (!entry.failed) {
		take(&entry, 16);
		out->channels = take16(&entry);
		take(&entry, 6);
		out->rate = take32(&entry) >> 16;
		uint8_t config[2];
		return entry.failed || mp4_aac_config(out->rate, out->channels, config) != 0 ? -EBADMSG : 0;
	}
	entry = find(stsd, "avc1");
	out->video = true;
	read_sets(entry.failed ? find(stsd, "avc3") : entry, &out->sets);
	return h264_sets_whole(&out->sets) ? 0 : -EBADMSG;
}

/** What holds for samples that a trun says nothing of. */
struct defaults {
	uint32_t duration, size, flags;
};

static struct defaults read_defaults(struct cursor tfhd)
{
	struct defaults d = {0, 0, 0};
	uint32_t flags = take32(&tfhd);
	take(&tfhd, 4 + (flags & 1 ? 8u : 0) + (flags & 2 ? 4u : 0));
	d.duration = flags & 8 ? take32(&tfhd) : 0;
	d.size = flags & 0x10 ? take32(&tfhd) : 0;
	d.flags = flags & 0x20 ? take32(&tfhd) : 0;
	return d;
}

/** @param at where the samples lie. @return how many; -errno */
static int read_run(struct cursor trun, const struct defaults *d, uint8_t *at, const uint8_t *end, uint64_t start,
                    struct mp4_read_sample *samples, size_t max)
{
	uint32_t flags = take32(&trun), count = take32(&trun);
	take(&trun, 4 + (flags & 4 ? 4u : 0));
	if (!(flags & 1) || trun.failed)
		return -EBADMSG;
	if (count > max)
		return -ENOSPC;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t duration = flags & 0x100 ? take32(&trun) : d->duration;
		uint32_t size = flags & 0x200 ? take32(&trun) : d->size;
		uint32_t sample_flags = flags & 0x400 ? take32(&trun) : d->flags;
		take(&trun, flags & 0x800 ? 4 : 0);
		if (trun.failed || size > (size_t)(end - at))
			return -EBADMSG;
		samples[i] = (struct mp4_read_sample){at, size, duration, start, !(sample_flags & NOT_SYNC)};
		at += size;
		start += duration;
	}
	return (int)count;
}

int mp4_read_fragment(uint8_t *data, size_t len, struct mp4_read_sample *samples, size_t max)
{
	struct cursor all = {data, data + len, false};
	struct cursor traf = find_path(all, "moof/traf"), mdat = find(all, "mdat");
	struct cursor tfdt = find(traf, "tfdt"), trun = find(traf, "trun"), offset = trun;
	bool wide = take32(&tfdt) >> 24 == 1;
	uint64_t start = wide ? take64(&tfdt) : take32(&tfdt);
	struct defaults d = read_defaults(find(traf, "tfhd"));
	take(&offset, 8);
	uint32_t at = take32(&offset);
	/* no sample lies anywhere but in the mdat, and times cannot wrap */
	if (traf.failed || mdat.failed || tfdt.failed || offset.failed || at < (size_t)(mdat.at - data) ||
	    at > (size_t)(mdat.end - data) || start > (uint64_t)INT64_MAX / 2 || max > INT32_MAX)
		return -EBADMSG;
	return read_run(trun, &d, data + at, mdat.end, start, samples, max);
}
