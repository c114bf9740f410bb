#include "forward/choose.h"

enum {
	STAY_PC = 105,     /**< an estimate wavers: so much of it the present layer may use */
	TAKE_PC = 85,      /**< so much a layer may use that is gone down to, or begun with */
	RISE_PC = 120,     /**< so much of the next layer's rate there must be to go up to it */
	LOSSY_PC = 10,     /**< more than this, and a line of which nothing else is known carries too much */
	LOSSLESS_PC = 2,   /**< less than this, and it may carry more */
	LOSS_US = 2000000, /**< losses are reported about once a second */
};

/** The live layers, worst first. */
struct ladder {
	size_t count;
	uint8_t rungs[FORWARD_LAYERS];
};

static bool worse(const struct forward_layer *a, const struct forward_layer *b)
{
	return a->pixels != b->pixels ? a->pixels < b->pixels : a->bps < b->bps;
}

static struct ladder live_ladder(const struct forward_layer layers[FORWARD_LAYERS])
{
	struct ladder l = {0};
	for (uint8_t i = 0; i < FORWARD_LAYERS; i++) {
		size_t at = l.count;
		if (!layers[i].live)
			continue;
		for (; at > 0 && worse(&layers[i], &layers[l.rungs[at - 1]]); at--)
			l.rungs[at] = l.rungs[at - 1];
		l.rungs[at] = i;
		l.count++;
	}
	return l;
}

/** The best rung below `below` that needs no more than a part of the line; the lowest if none does. */
static size_t best_that_fits(const struct ladder *l, const struct forward_layer *layers,
                             const struct forward_line *line, size_t below)
{
	int64_t room = (line->bps ? line->bps : FORWARD_CHOOSE_START_BPS) * TAKE_PC / 100 - line->other;
	for (size_t i = below; i-- > 1;)
		if (layers[l->rungs[i]].bps && layers[l->rungs[i]].bps <= room)
			return i;
	return 0;
}

static void change(struct forward_choice *c, size_t layer, bool rose, int64_t now_us)
{
	if (c->made && c->rose && !rose && now_us - c->changed_us < FORWARD_CHOOSE_SETBACK_US &&
	    c->setbacks < FORWARD_CHOOSE_SETBACKS)
		c->setbacks++;
	c->made = true;
	c->layer = (uint8_t)layer;
	c->rose = rose;
	c->changed_us = now_us;
	c->room_from_us = 0;
}

static bool overloaded(const struct forward_choice *c, const struct forward_layer *layer,
                       const struct forward_line *line, int64_t now_us)
{
	if (line->bps)
		return layer->bps + line->other > line->bps * STAY_PC / 100;
	return line->loss * 100 > LOSSY_PC && now_us - c->changed_us >= LOSS_US;
}

static int64_t needed(const struct forward_layer *layer, const struct forward_line *line)
{
	return layer->bps * RISE_PC / 100 + line->other;
}

/** The rung that there is room for; blindly no more than the next. */
static size_t highest_possible(const struct ladder *l, const struct forward_layer *layers,
                               const struct forward_line *line, size_t at)
{
	if (line->bps == 0)
		return at + 1 < l->count && layers[l->rungs[at + 1]].bps && line->loss * 100 < LOSSLESS_PC ? at + 1
		                                                                                           : at;
	for (size_t i = l->count; i-- > at + 1;)
		if (layers[l->rungs[i]].bps && needed(&layers[l->rungs[i]], line) <= line->bps)
			return i;
	return at;
}

static void maybe_rise(struct forward_choice *c, const struct ladder *l, const struct forward_layer *layers,
                       const struct forward_line *line, size_t at, int64_t now_us)
{
	int64_t pause_us = (line->bps ? FORWARD_CHOOSE_ROOM_US : FORWARD_CHOOSE_BLIND_US) << c->setbacks;
	size_t to = highest_possible(l, layers, line, at);
	if (to == at) {
		c->room_from_us = 0;
		return;
	}
	if (c->room_from_us == 0)
		c->room_from_us = now_us;
	if (now_us - c->room_from_us >= pause_us)
		change(c, l->rungs[to], true, now_us);
}

size_t forward_choose(struct forward_choice *c, const struct forward_layer layers[FORWARD_LAYERS],
                      const struct forward_line *line, int64_t now_us, int64_t *want_bps)
{
	struct ladder l = live_ladder(layers);
	size_t at = 0;
	*want_bps = 0;
	if (l.count == 0)
		return c->layer;
	while (at < l.count && (!c->made || l.rungs[at] != c->layer))
		at++;
	if (at == l.count) { /* the first choice, or the layer has gone: what the host lost is no setback of the line */
		c->rose = false;
		change(c, l.rungs[best_that_fits(&l, layers, line, l.count)], false, now_us);
		return c->layer;
	}
	if (c->rose && now_us - c->changed_us >= FORWARD_CHOOSE_CALM_US)
		c->setbacks = 0;
	if (at > 0 && overloaded(c, &layers[c->layer], line, now_us))
		change(c, l.rungs[line->bps ? best_that_fits(&l, layers, line, at) : at - 1], false, now_us);
	else
		maybe_rise(c, &l, layers, line, at, now_us);
	for (at = 0; l.rungs[at] != c->layer; at++)
		;
	if (at + 1 < l.count && layers[l.rungs[at + 1]].bps)
		*want_bps = needed(&layers[l.rungs[at + 1]], line);
	return c->layer;
}
