#include "pipeline/scene.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <glib.h>

#include "pipeline/scene_svg.h"
#include "pipeline/still.h"

#define GLYPHS "0123456789:."
#define GLYPH_COUNT 12
#define GLYPH_WIDTH 48
#define GLYPH_HEIGHT 72
#define CLOCK_LEFT 72
#define CLOCK_TOP 282
#define CARD_WIDTH 428
#define CARD_HEIGHT 530
#define CARD_MARGIN 14
#define CARD_LEFT 146
#define CARD_TOP 452
#define DOT_SIZE 44
#define DOT_TOP 1040
#define ITEM_US 6000000
#define SLIDE_US 450000
#define ITEMS_MAX 32
#define TURN 6.283185307179586

/** A picture with alpha, as planes; chroma at half size with an alpha of its own. */
struct sprite {
	int width, height;
	uint8_t *y, *a, *u, *v, *ca;
};

struct scene {
	int width, height;
	double unit;    /* pixels per stage unit */
	int left, top;  /* of the stage in the picture */
	uint8_t *stage; /* a whole frame: Y, U, V */
	struct sprite glyphs[GLYPH_COUNT], dot, items[ITEMS_MAX];
	int item_count;
};

/* ---- pictures into planes (BT.601, limited range) ---- */

static uint8_t luma(const uint8_t *p)
{
	return (uint8_t)((66 * p[0] + 129 * p[1] + 25 * p[2] + 128) / 256 + 16);
}

static uint8_t blue(const uint8_t *p)
{
	return (uint8_t)((-38 * p[0] - 74 * p[1] + 112 * p[2] + 128 + 32768) / 256);
}

static uint8_t red(const uint8_t *p)
{
	return (uint8_t)((112 * p[0] - 94 * p[1] - 18 * p[2] + 128 + 32768) / 256);
}

/** The mean of up to four pixels, weighted by their alpha. */
static void quarter(const struct still *s, int x, int y, uint8_t out[4])
{
	int sum[3] = {0, 0, 0}, alpha = 0, n = 0, i, c;

	for (i = 0; i < 4; i++) {
		int px = x + (i & 1), py = y + (i >> 1);
		const uint8_t *p;

		if (px >= s->width || py >= s->height)
			continue;
		p = s->pixels + ((size_t)py * (size_t)s->width + (size_t)px) * 4;
		for (c = 0; c < 3; c++)
			sum[c] += p[c] * p[3];
		alpha += p[3];
		n++;
	}
	for (c = 0; c < 3; c++)
		out[c] = (uint8_t)(alpha ? sum[c] / alpha : 0);
	out[3] = (uint8_t)(n ? alpha / n : 0);
}

static void sprite_clear(struct sprite *s)
{
	free(s->y);
	*s = (struct sprite){0};
}

static bool sprite_from(const struct still *still, struct sprite *out)
{
	int w = (still->width + 1) / 2, h = (still->height + 1) / 2, x, y;
	size_t full = (size_t)still->width * (size_t)still->height, half = (size_t)w * (size_t)h;
	uint8_t mean[4];

	out->width = still->width;
	out->height = still->height;
	out->y = calloc(1, full * 2 + half * 3);
	if (!out->y)
		return false;
	out->a = out->y + full;
	out->u = out->a + full;
	out->v = out->u + half;
	out->ca = out->v + half;
	for (y = 0; y < still->height; y++) {
		for (x = 0; x < still->width; x++) {
			size_t at = (size_t)y * (size_t)still->width + (size_t)x;

			out->y[at] = luma(still->pixels + at * 4);
			out->a[at] = still->pixels[at * 4 + 3];
		}
	}
	for (y = 0; y < h; y++) {
		for (x = 0; x < w; x++) {
			size_t at = (size_t)y * (size_t)w + (size_t)x;

			quarter(still, x * 2, y * 2, mean);
			out->u[at] = blue(mean);
			out->v[at] = red(mean);
			out->ca[at] = mean[3];
		}
	}
	return true;
}

static bool render(const char *body, double x, double y, double w, double h, int width, int height, struct sprite *out)
{
	g_autofree char *view = g_strdup_printf("%d %d %d %d", (int)x, (int)y, (int)w, (int)h);
	g_autofree char *svg =
	        g_strdup_printf("<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='%s' "
	                        "preserveAspectRatio='none'>%s</svg>",
	                        width, height, view, body);
	struct still still;
	bool ok;

	if (still_decode("rsvgdec", "image/svg+xml", (const uint8_t *)svg, strlen(svg), width, height, &still) < 0)
		return false;
	ok = sprite_from(&still, out);
	still_clear(&still);
	return ok;
}

static int pixels(const struct scene *s, double units)
{
	return (int)lround(units * s->unit);
}

/* ---- what is drawn once ---- */

static bool draw_stage(struct scene *s)
{
	size_t full = (size_t)s->width * (size_t)s->height;
	struct sprite whole;

	if (!render(scene_stage_svg, -s->left / s->unit, -s->top / s->unit, s->width / s->unit, s->height / s->unit,
	            s->width, s->height, &whole))
		return false;
	s->stage = malloc(full * 3 / 2);
	if (s->stage) {
		memcpy(s->stage, whole.y, full);
		memcpy(s->stage + full, whole.u, full / 4);
		memcpy(s->stage + full + full / 4, whole.v, full / 4);
	}
	sprite_clear(&whole);
	return s->stage != NULL;
}

static bool draw_glyphs(struct scene *s)
{
	int i;

	for (i = 0; i < GLYPH_COUNT; i++) {
		g_autofree char *body = g_strdup_printf("<text x='%d' y='61' font-family='DejaVu Sans Mono, monospace' "
		                                        "font-weight='bold' font-size='68' "
		                                        "text-anchor='middle' fill='#ffffff'>%c</text>",
		                                        GLYPH_WIDTH / 2, GLYPHS[i]);

		if (!render(body, 0, 0, GLYPH_WIDTH, GLYPH_HEIGHT, pixels(s, GLYPH_WIDTH), pixels(s, GLYPH_HEIGHT),
		            &s->glyphs[i]))
			return false;
	}
	return render("<circle cx='22' cy='22' r='20' fill='#ffcf5c' stroke='#fff4d6' stroke-width='3'/>", 0, 0,
	              DOT_SIZE, DOT_SIZE, pixels(s, DOT_SIZE), pixels(s, DOT_SIZE), &s->dot);
}

/** A card with a frame and a shadow around the item's own drawing. */
static bool draw_item(struct scene *s, const char *svg)
{
	double scale = (CARD_WIDTH - 3.0 * CARD_MARGIN) / 960;
	int permille = (int)(scale * 100000);
	g_autofree char *body = NULL;
	const char *start = strstr(svg, "<svg");

	if (!start || s->item_count == ITEMS_MAX)
		return false;
	body = g_strdup_printf("<defs><clipPath id='card'><rect width='960' height='1200' rx='40'/></clipPath></defs>"
	                       "<rect x='10' y='12' width='%d' height='%d' rx='26' fill='#1d1420' opacity='.35'/>"
	                       "<rect width='%d' height='%d' rx='24' fill='#fffaf2'/>"
	                       "<g transform='translate(%d %d) scale(.%05d)' clip-path='url(#card)'>%s</g>",
	                       CARD_WIDTH - 14, CARD_HEIGHT - 14, CARD_WIDTH - 14, CARD_HEIGHT - 14, CARD_MARGIN,
	                       CARD_MARGIN, permille, start);
	if (!render(body, 0, 0, CARD_WIDTH, CARD_HEIGHT, pixels(s, CARD_WIDTH), pixels(s, CARD_HEIGHT),
	            &s->items[s->item_count]))
		return false;
	s->item_count++;
	return true;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void draw_items(struct scene *s, const char *folder)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	GDir *dir = folder ? g_dir_open(folder, 0, NULL) : NULL;
	const char *name;
	guint i;

	while (dir && (name = g_dir_read_name(dir))) {
		if (g_str_has_suffix(name, ".svg"))
			g_ptr_array_add(names, g_build_filename(folder, name, NULL));
	}
	if (dir)
		g_dir_close(dir);
	g_ptr_array_sort(names, by_name);
	for (i = 0; i < names->len; i++) {
		g_autofree char *svg = NULL;

		if (g_file_get_contents(g_ptr_array_index(names, i), &svg, NULL, NULL))
			draw_item(s, svg);
	}
	if (s->item_count == 0)
		draw_item(s, scene_item_svg);
}

struct scene *scene_create(int width, int height, const char *items)
{
	struct scene *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->width = width;
	s->height = height;
	s->unit = fmin((double)width / SCENE_WIDTH, (double)height / SCENE_HEIGHT);
	s->left = (int)((width - SCENE_WIDTH * s->unit) / 2);
	s->top = (int)((height - SCENE_HEIGHT * s->unit) / 2);
	if (!draw_stage(s) || !draw_glyphs(s)) {
		scene_destroy(s);
		return NULL;
	}
	draw_items(s, items);
	if (s->item_count > 0)
		return s;
	scene_destroy(s);
	return NULL;
}

void scene_destroy(struct scene *scene)
{
	int i;

	if (!scene)
		return;
	for (i = 0; i < GLYPH_COUNT; i++)
		sprite_clear(&scene->glyphs[i]);
	for (i = 0; i < scene->item_count; i++)
		sprite_clear(&scene->items[i]);
	sprite_clear(&scene->dot);
	free(scene->stage);
	free(scene);
}

/* ---- what is painted each time ---- */

static void mix(uint8_t *to, const uint8_t *from, const uint8_t *alpha, int count)
{
	int i;

	for (i = 0; i < count; i++)
		to[i] = (uint8_t)(to[i] + ((from[i] - to[i]) * (alpha[i] + (alpha[i] >> 7)) >> 8));
}

/** One plane of a sprite onto one plane of the picture, cut at the edges. */
static void put_plane(uint8_t *to, int to_width, int to_height, int x, int y, const uint8_t *from, const uint8_t *alpha,
                      int w, int h)
{
	int skip = x < 0 ? -x : 0, count = (x + w > to_width ? to_width - x : w) - skip, row;

	for (row = 0; count > 0 && row < h; row++) {
		if (y + row < 0 || y + row >= to_height)
			continue;
		mix(to + (ptrdiff_t)(y + row) * to_width + x + skip, from + (ptrdiff_t)row * w + skip,
		    alpha + (ptrdiff_t)row * w + skip, count);
	}
}

static void put_sprite(const struct scene_frame *f, const struct sprite *s, int x, int y)
{
	int half_width = (s->width + 1) / 2, half_height = (s->height + 1) / 2;

	put_plane(f->y, f->width, f->height, x, y, s->y, s->a, s->width, s->height);
	put_plane(f->u, f->width / 2, f->height / 2, x >> 1, y >> 1, s->u, s->ca, half_width, half_height);
	put_plane(f->v, f->width / 2, f->height / 2, x >> 1, y >> 1, s->v, s->ca, half_width, half_height);
}

static void paint_clock(const struct scene *s, int64_t wall_ms, const struct scene_frame *f)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	char text[16], *c;
	struct tm tm;
	int i;

	localtime_r(&seconds, &tm);
	g_snprintf(text, sizeof(text), "%02d:%02d:%02d.%03d", tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(wall_ms % 1000));
	for (i = 0, c = text; *c; c++, i++) {
		const char *glyph = strchr(GLYPHS, *c);

		put_sprite(f, &s->glyphs[glyph ? glyph - GLYPHS : 0], s->left + pixels(s, CLOCK_LEFT + i * GLYPH_WIDTH),
		           s->top + pixels(s, CLOCK_TOP));
	}
}

static void paint_bits(const struct scene *s, int64_t wall_ms, const struct scene_frame *f)
{
	uint32_t value = (uint32_t)wall_ms & 0xffffff, sum = ((value >> 16) + (value >> 8) + value) & 0xff,
	         bits = value << 8 | sum;
	int top = s->top + pixels(s, SCENE_BITS_TOP), bottom = s->top + pixels(s, SCENE_BITS_TOP + SCENE_BITS_SIZE), i,
	    y;

	for (i = 0; i < SCENE_BITS; i++) {
		int left = s->left + pixels(s, SCENE_BITS_LEFT + i * SCENE_BITS_SIZE);
		int right = s->left + pixels(s, SCENE_BITS_LEFT + (i + 1) * SCENE_BITS_SIZE);

		for (y = top; y < bottom; y++)
			memset(f->y + (ptrdiff_t)y * f->width + left, bits >> (SCENE_BITS - 1 - i) & 1 ? 235 : 16,
			       (size_t)(right - left));
	}
}

/** Slides in from the right, sways, slides out to the left. */
static void paint_item(const struct scene *s, int64_t t_us, const struct scene_frame *f)
{
	int64_t into = t_us % ITEM_US, left_us = ITEM_US - into;
	double x = CARD_LEFT + 16 * sin(TURN * (double)t_us / 4e6), y = CARD_TOP + 10 * sin(TURN * (double)t_us / 3e6),
	       k;
	double away = s->width / s->unit;

	if (into < SLIDE_US && t_us > SLIDE_US) { /* the first is there at once */
		k = 1 - (double)into / SLIDE_US;
		x += away * k * k * k;
	} else if (left_us < SLIDE_US) {
		k = 1 - (double)left_us / SLIDE_US;
		x -= away * k * k * k;
	}
	put_sprite(f, &s->items[t_us / ITEM_US % s->item_count], s->left + pixels(s, x), s->top + pixels(s, y));
}

/** Swings to and fro in two seconds of the wall clock; at each full second, with the beep, it is at one end, and one
 * shines beside the clock. */
static void paint_dot(const struct scene *s, int64_t wall_ms, const struct scene_frame *f)
{
	double x = SCENE_WIDTH / 2 - DOT_SIZE / 2 + 230 * cos(TURN * (double)(wall_ms % 2000) / 2000);
	double y = DOT_TOP - 40 * fabs(sin(TURN * (double)(wall_ms % 2000) / 2000));

	put_sprite(f, &s->dot, s->left + pixels(s, x), s->top + pixels(s, y));
	if (wall_ms % 1000 < 120)
		put_sprite(f, &s->dot, s->left + pixels(s, SCENE_WIDTH - 2 - DOT_SIZE),
		           s->top + pixels(s, CLOCK_TOP + 14));
}

void scene_paint(struct scene *scene, int64_t t_us, int64_t wall_ms, const struct scene_frame *frame)
{
	size_t full = (size_t)scene->width * (size_t)scene->height;

	memcpy(frame->y, scene->stage, full);
	memcpy(frame->u, scene->stage + full, full / 4);
	memcpy(frame->v, scene->stage + full + full / 4, full / 4);
	paint_item(scene, t_us, frame);
	paint_dot(scene, wall_ms, frame);
	paint_clock(scene, wall_ms, frame);
	paint_bits(scene, wall_ms, frame);
}
