/* Which of the picture's layers one viewer gets: the best that the line carries, down at once when it does not, up only
 * when there has been room for a while, so that the picture does not go up and down all the time. Pure. */
#ifndef MEDIA_FORWARD_CHOOSE_H
#define MEDIA_FORWARD_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forward/agreed.h"

#define FORWARD_CHOOSE_START_BPS 1200000 /**< what a line is taken to carry before anything is known of it */
#define FORWARD_CHOOSE_ROOM_US 2000000   /**< there must be room for the next layer for so long */
#define FORWARD_CHOOSE_BLIND_US 5000000  /**< as long where nothing but the loss is known */
#define FORWARD_CHOOSE_SETBACK_US                                                                                      \
	10000000                        /**< who falls back this soon after going up waits twice as long next time     \
	                                 */
#define FORWARD_CHOOSE_SETBACKS 5       /**< so often at most: 64 s */
#define FORWARD_CHOOSE_CALM_US 30000000 /**< up for so long: earlier setbacks are forgotten */

/** A layer as it comes from the host. */
struct forward_layer {
	bool live;
	int64_t pixels; /**< 0: unknown */
	int64_t bps;    /**< over some seconds; 0: not measured yet */
};

/** What is known of a viewer's line. */
struct forward_line {
	int64_t bps;   /**< estimated, for everything that goes over it; 0: unknown */
	int64_t other; /**< what goes over it besides the picture [bit/s] */
	double loss;   /**< as the viewer reports it, 0–1; counts where bps is unknown */
};

/** Zeroed before use. */
struct forward_choice {
	bool made;
	uint8_t layer;
	bool rose;            /**< the last change was upwards */
	uint8_t setbacks;     /**< how often going up failed lately */
	int64_t changed_us;   /**< when that was */
	int64_t room_from_us; /**< since when there is room for the next layer; 0: there is not */
};

/** Choose anew; ask several times a second.
 *  @param want_bps the rate at which the next layer becomes possible, of which the line is to be probed; 0: none
 *  @return the layer, which is as before when none is live. */
size_t forward_choose(struct forward_choice *c, const struct forward_layer layers[FORWARD_LAYERS],
                      const struct forward_line *line, int64_t now_us, int64_t *want_bps);
#endif
