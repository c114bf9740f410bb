/* A sender, a line with a queue before it, and a receiver that tells of arrivals: seeded, on a clock of its own. */
#ifndef TEST_BOTTLENECK_H
#define TEST_BOTTLENECK_H

#include "rtp/bandwidth.h"
#include "rtp/twcc.h"

#define BOTTLENECK_FLYING 16384
#define BOTTLENECK_TOLD 64

struct bottleneck {
	/* the line, changed at will */
	int64_t capacity_bps;
	int64_t delay_us;  /**< one way, queue not counted */
	int64_t queue_us;  /**< longest wait; beyond it packets are dropped */
	int64_t jitter_us; /**< at most, order is kept */
	int loss_pc;       /**< at random, on the way to the receiver */
	bool dead;         /**< nothing gets through, either way */
	/* the receiver */
	int64_t clock_us; /**< its clock's lead */
	int drift_ppm;    /**< of its clock */
	int64_t feedback_us;
	int feedback_loss_pc, feedback_twice_pc, feedback_late_pc; /**< late: after the next */
	/* the sender */
	int64_t fixed_bps; /**< 0: sends what the estimate says */
	int64_t start_bps; /**< until there is one */
	int key_every;     /**< frames; 0: all alike */
	int key_size;      /**< times a frame */

	/* its own */
	struct media_bandwidth b;
	struct media_twcc twcc;
	uint64_t seed;
	int64_t now_us, next_frame_us, next_feedback_us, free_us, newest_arrival_us;
	uint32_t frames, sent, lost;
	int64_t longest_queue_us, padding_bytes;
	struct {
		int64_t at_us;
		uint16_t number;
	} flying[BOTTLENECK_FLYING];
	size_t flying_first, flying_end;
	struct {
		int64_t at_us;
		size_t len;
		uint8_t data[1500];
	} told[BOTTLENECK_TOLD];
	size_t told_count;
};

/** A line without faults; 25 ms each way, 500 ms of queue, feedback every 50 ms. */
void bottleneck_init(struct bottleneck *l, int64_t capacity_bps, uint64_t seed);
void bottleneck_run(struct bottleneck *l, int64_t ms);
int64_t bottleneck_bps(const struct bottleneck *l);
/** Lowest and highest estimate within some time. */
void bottleneck_range(struct bottleneck *l, int64_t ms, int64_t *least, int64_t *most);
uint32_t bottleneck_random(struct bottleneck *l, uint32_t below);
/** Send one packet now. */
void bottleneck_send(struct bottleneck *l, size_t size);
#endif
