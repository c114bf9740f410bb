#include "pipeline/skip.h"

#include <errno.h>
#include <string.h>

#include "rtp/bits.h"

#define BODY_MAX (SKIP_MAX / 2) /* before emulation prevention [bytes] */
#define QP 26                   /* of our slices: it is used for nothing but the first state of a context */
#define MACROBLOCKS_MOST 139264 /* of level 6.2 */

/* ---- reading ---- */

static bool is_high(uint32_t profile)
{
	return profile == 100 || profile == 110 || profile == 122 || profile == 244 || profile == 44;
}

/** @return whether it is 4:2:0 (or so) without scaling lists: what live encoders send. */
static bool pass_high(struct media_bits *b)
{
	uint32_t chroma = media_bits_ue(b);

	if (chroma == 0 || chroma > 2)
		return false;
	media_bits_ue(b);
	media_bits_ue(b);
	media_bits_one(b);
	return media_bits_one(b) == 0;
}

static int read_sps(const struct h264_set *set, struct skip_sets *out)
{
	struct media_bits b = {.data = set->data + 1, .len = set->len - 1u};
	uint32_t profile = media_bits_many(&b, 8), cycle, i, width, height;

	media_bits_many(&b, 16);
	out->sps_id = media_bits_ue(&b);
	if (is_high(profile) && !pass_high(&b))
		return -ENOTSUP;
	out->frame_num_bits = media_bits_ue(&b) + 4;
	out->order_type = media_bits_ue(&b);
	if (out->order_type == 0) {
		out->order_bits = media_bits_ue(&b) + 4;
	} else if (out->order_type == 1) {
		out->order_always_zero = media_bits_one(&b);
		media_bits_se(&b);
		media_bits_se(&b);
		cycle = media_bits_ue(&b);
		for (i = 0; i < cycle && i < 256; i++)
			media_bits_se(&b);
	}
	media_bits_ue(&b); /* max_num_ref_frames */
	media_bits_one(&b);
	width = media_bits_ue(&b) + 1;
	height = media_bits_ue(&b) + 1;
	if (media_bits_one(&b) == 0) /* frame_mbs_only_flag */
		return -ENOTSUP;
	if (b.failed || width > 1024 || height > 1024 || width * height > MACROBLOCKS_MOST ||
	    out->frame_num_bits > 16 || out->order_type > 2 || out->order_bits > 16)
		return -EBADMSG;
	out->macroblocks = width * height;
	return 0;
}

static int read_pps(const struct h264_set *set, struct skip_sets *out)
{
	struct media_bits b = {.data = set->data + 1, .len = set->len - 1u};

	out->pps_id = media_bits_ue(&b);
	if (media_bits_ue(&b) != out->sps_id)
		return -EBADMSG;
	out->cabac = media_bits_one(&b);
	out->order_present = media_bits_one(&b);
	if (media_bits_ue(&b) != 0) /* slice groups */
		return -ENOTSUP;
	media_bits_ue(&b);
	media_bits_ue(&b);
	out->weighted = media_bits_one(&b);
	media_bits_many(&b, 2);
	out->qp = 26 + media_bits_se(&b);
	media_bits_se(&b);
	media_bits_se(&b);
	out->deblocking = media_bits_one(&b);
	media_bits_one(&b);
	out->redundant = media_bits_one(&b);
	return b.failed || out->qp < -60 || out->qp > 60 ? -EBADMSG : 0;
}

int skip_read_sets(const struct h264_sets *sets, struct skip_sets *out)
{
	int rc;

	*out = (struct skip_sets){.qp = 26};
	if (!h264_sets_whole(sets) || sets->sps.len < 4 || sets->pps[0].len < 2)
		return -EBADMSG;
	rc = read_sps(&sets->sps, out);
	return rc < 0 ? rc : read_pps(&sets->pps[0], out);
}

int skip_read_place(const struct skip_sets *sets, const uint8_t *unit, size_t len, struct skip_place *out)
{
	size_t at = 0, nal_len;
	const uint8_t *nal;

	while ((nal = h264_next(unit, len, &at, &nal_len))) {
		struct media_bits b = {.data = nal + 1, .len = nal_len - 1};
		int type = nal[0] & 31;

		if (type != H264_SLICE && type != H264_IDR)
			continue;
		media_bits_ue(&b); /* first_mb_in_slice */
		media_bits_ue(&b); /* slice_type */
		if (media_bits_ue(&b) != sets->pps_id)
			return -ENOTSUP;
		*out = (struct skip_place){.frame_num = media_bits_many(&b, sets->frame_num_bits),
		                           .reference = (nal[0] & 0x60) != 0};
		if (type == H264_IDR)
			media_bits_ue(&b);
		if (sets->order_type == 0)
			out->order = media_bits_many(&b, sets->order_bits);
		return b.failed ? -EBADMSG : 0;
	}
	return -EBADMSG;
}

/* ---- writing ---- */

struct writer {
	uint8_t data[BODY_MAX];
	size_t bits;
	bool failed;
};

static void put(struct writer *w, unsigned bit)
{
	if (w->bits >= BODY_MAX * 8) {
		w->failed = true;
		return;
	}
	if (w->bits % 8 == 0)
		w->data[w->bits / 8] = 0;
	w->data[w->bits / 8] |= (uint8_t)(bit << (7 - w->bits % 8));
	w->bits++;
}

static void put_many(struct writer *w, uint32_t value, unsigned n)
{
	while (n-- > 0)
		put(w, value >> n & 1);
}

static void put_ue(struct writer *w, uint32_t value)
{
	unsigned n = 0;

	while ((value + 1) >> (n + 1))
		n++;
	put_many(w, 0, n);
	put_many(w, value + 1, n + 1);
}

static void put_se(struct writer *w, int32_t value)
{
	put_ue(w, value > 0 ? (uint32_t)value * 2 - 1 : (uint32_t)-value * 2);
}

/** slice_header(): a P slice of the whole picture that builds on the newest reference. */
static void put_header(struct writer *w, const struct skip_sets *s, const struct skip_place *place)
{
	put_ue(w, 0); /* first_mb_in_slice */
	put_ue(w, 5); /* P, all of the picture */
	put_ue(w, s->pps_id);
	put_many(w, place->frame_num, s->frame_num_bits);
	if (s->order_type == 0) {
		put_many(w, place->order, s->order_bits);
		if (s->order_present)
			put_se(w, 0);
	} else if (s->order_type == 1 && !s->order_always_zero) {
		put_se(w, 0);
		if (s->order_present)
			put_se(w, 0);
	}
	if (s->redundant)
		put_ue(w, 0);
	put(w, 1); /* one reference, whatever the PPS says */
	put_ue(w, 0);
	put(w, 0); /* in the usual order */
	if (s->weighted) {
		put_ue(w, 0);
		put_ue(w, 0);
		put(w, 0);
		put(w, 0);
	}
	put(w, 0); /* references leave as they came */
	if (s->cabac)
		put_ue(w, 0); /* cabac_init_idc */
	put_se(w, QP - s->qp);
	if (s->deblocking)
		put_ue(w, 1); /* no filter: the picture is as it was */
}

/* Arithmetic coding (§9.3.4.2 and on), of what is always the more probable symbol. */
struct coder {
	struct writer *w;
	uint32_t low, range, outstanding;
	bool first;
};

static void coder_put(struct coder *c, unsigned bit)
{
	if (c->first)
		c->first = false;
	else
		put(c->w, bit);
	for (; c->outstanding > 0; c->outstanding--)
		put(c->w, 1 - bit);
}

static void renormalize(struct coder *c)
{
	for (; c->range < 256; c->range <<= 1, c->low <<= 1) {
		if (c->low < 256) {
			coder_put(c, 0);
		} else if (c->low >= 512) {
			c->low -= 512;
			coder_put(c, 1);
		} else {
			c->low -= 256;
			c->outstanding++;
		}
	}
}

/* rangeTabLPS (table 9-44) from state FIRST_STATE on, where mb_skip_flag of a P slice with cabac_init_idc 0 begins at
 * QP 26: (23 * 26 >> 4) + 33 = 70, which is state 6 with 1 as the more probable symbol. */
#define FIRST_STATE 6
#define LAST_STATE 62
static const uint8_t range_lps[][4] = {
        {105, 128, 152, 175}, {100, 122, 144, 166}, {95, 116, 137, 158}, {90, 110, 130, 150}, {85, 104, 123, 142},
        {81, 99, 117, 135},   {77, 94, 111, 128},   {73, 89, 105, 122},  {69, 85, 100, 116},  {66, 80, 95, 110},
        {62, 76, 90, 104},    {59, 72, 86, 99},     {56, 69, 81, 94},    {53, 65, 77, 89},    {51, 62, 73, 85},
        {48, 59, 69, 80},     {46, 56, 66, 76},     {43, 53, 63, 72},    {41, 50, 59, 69},    {39, 48, 56, 65},
        {37, 45, 54, 62},     {35, 43, 51, 59},     {33, 41, 48, 56},    {32, 39, 46, 53},    {30, 37, 43, 50},
        {29, 35, 41, 48},     {27, 33, 39, 45},     {26, 31, 37, 43},    {24, 30, 35, 41},    {23, 28, 33, 39},
        {22, 27, 32, 37},     {21, 26, 30, 35},     {20, 24, 29, 33},    {19, 23, 27, 31},    {18, 22, 26, 30},
        {17, 21, 25, 28},     {16, 20, 23, 27},     {15, 19, 22, 25},    {14, 18, 21, 24},    {14, 17, 20, 23},
        {13, 16, 19, 22},     {12, 15, 18, 21},     {12, 14, 17, 20},    {11, 14, 16, 19},    {11, 13, 15, 18},
        {10, 12, 15, 17},     {10, 12, 14, 16},     {9, 11, 13, 15},     {9, 11, 12, 14},     {8, 10, 12, 14},
        {8, 9, 11, 13},       {7, 9, 11, 12},       {7, 9, 10, 12},      {7, 8, 10, 11},      {6, 8, 9, 11},
        {6, 7, 9, 10},        {6, 7, 8, 9},
};

static void put_cabac(struct writer *w, uint32_t macroblocks)
{
	struct coder c = {.w = w, .range = 510, .first = true};
	int state = FIRST_STATE;

	while (w->bits % 8) /* cabac_alignment_one_bit */
		put(w, 1);
	for (; macroblocks > 0 && !w->failed; macroblocks--) {
		c.range -= range_lps[state - FIRST_STATE][c.range >> 6 & 3]; /* mb_skip_flag */
		state += state < LAST_STATE;
		renormalize(&c);
		c.range -= 2; /* end_of_slice_flag */
		if (macroblocks > 1)
			renormalize(&c);
	}
	c.low += c.range; /* the last one: the end */
	c.range = 2;
	renormalize(&c);
	coder_put(&c, c.low >> 9 & 1);
	put_many(w, (c.low >> 7 & 3) | 1, 2); /* its last bit is the payload's stop bit */
	while (w->bits % 8)
		put(w, 0);
}

static void put_cavlc(struct writer *w, uint32_t macroblocks)
{
	put_ue(w, macroblocks); /* mb_skip_run */
	put(w, 1);
	while (w->bits % 8)
		put(w, 0);
}

/** With emulation prevention, behind its length. */
static size_t wrap(const struct writer *w, uint8_t out[SKIP_MAX])
{
	size_t n = 4, zeros = 0, i;

	out[n++] = 2 << 5 | H264_SLICE;
	for (i = 0; i < w->bits / 8; i++) {
		if (zeros >= 2 && w->data[i] <= 3) {
			out[n++] = 3;
			zeros = 0;
		}
		zeros = w->data[i] == 0 ? zeros + 1 : 0;
		out[n++] = w->data[i];
	}
	out[0] = out[1] = 0;
	out[2] = (uint8_t)((n - 4) >> 8);
	out[3] = (uint8_t)(n - 4);
	return n;
}

size_t skip_write(const struct skip_sets *s, struct skip_place *place, uint8_t out[SKIP_MAX])
{
	struct writer w = {.bits = 0};

	place->frame_num = (place->frame_num + place->reference) & ((1u << s->frame_num_bits) - 1);
	place->order = s->order_type == 0 ? (place->order + 2) & ((1u << s->order_bits) - 1) : 0;
	place->reference = true;
	put_header(&w, s, place);
	if (s->cabac)
		put_cabac(&w, s->macroblocks);
	else
		put_cavlc(&w, s->macroblocks);
	return w.failed ? 0 : wrap(&w, out);
}
