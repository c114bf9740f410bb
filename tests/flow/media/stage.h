/* A stage for flow tests: one engine, simulated peers around it, and a record of everything that happened. One thread
 * plays the peers; the engine's worker reports events. */
#ifndef TESTS_FLOW_MEDIA_STAGE_H
#define TESTS_FLOW_MEDIA_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "media.h"
#include "sim/peer.h"

#define STAGE_PEERS 24
#define STAGE_EVENTS 512
#define STAGE_SEEN 20000
#define STAGE_PATIENCE_MS                                                                                              \
	60000 /**< before a story that does not go on has failed; nothing waits that long when all is well */

/** One packet a viewer got. */
struct stage_seen {
	uint32_t counter; /**< which of the host's packets of this kind */
	uint16_t seq;
	uint32_t timestamp, ssrc;
	int picture, layer;    /**< VP8: picture id and TL0PICIDX */
	uint8_t pt, extension; /**< extension: the header has one */
	bool intact;           /**< the payload is what the host sent under this counter */
};

struct stage_log {
	size_t count;
	struct stage_seen *seen;
};

struct stage;

/** One of a host's layers: what differs from layer to layer. */
struct stage_layer {
	bool silent;     /**< nothing of it is sent */
	bool key_wanted; /**< and how often it was */
	int key_requests;
	uint32_t counter, timestamp_base, pictures_base, frames;
	int64_t capture_us[STAGE_SEEN]; /**< by counter */
};

struct stage_peer {
	struct stage *stage;
	struct sim_peer *sim;
	enum media_role role;
	char session[MEDIA_SESSION_BYTES];
	struct media_answer answer; /**< sdp freed already */
	struct stage_log logs[SIM_KINDS];
	/* host */
	bool on_air, mute; /**< mute: no sound */
	enum media_codec codec;
	bool key_wanted, no_keyframes; /**< no_keyframes: requests are ignored */
	uint32_t pictures_base;        /**< VP8: number of the first picture */
	bool sets_once;                /**< H.264: parameter sets come with the first keyframe alone */
	int key_requests;
	uint32_t counters[SIM_KINDS], timestamp_base[SIM_KINDS], frames;
	int64_t started_us, next_us[SIM_KINDS];
	int64_t capture_us[SIM_KINDS][STAGE_SEEN]; /**< by counter */
	struct stage_layer *layers;                /**< SIM_LAYERS of them; NULL: no simulcast */
	unsigned layer;                            /**< whose turn it is */
};

struct stage {
	struct media_engine *engine;
	struct media_config config;
	const char *local_address; /**< on which offers come in, NULL: not told */
	pthread_mutex_t lock;      /**< of the events */
	size_t event_count;
	struct media_event events[STAGE_EVENTS];
	size_t peer_count;
	struct stage_peer *peers[STAGE_PEERS];
};

/** A packet's layer is in its counter. */
#define STAGE_COUNTER_LAYER(counter) ((counter) >> 28)
#define STAGE_COUNTER_NUMBER(counter) ((counter)&0x0FFFFFFF)

/** Start an engine. @param config NULL: usual values. */
struct stage *stage_open(const struct media_config *config);
void stage_close(struct stage *stage);
struct media_config stage_config(void);

/** Bring a peer: offer, answer, connecting has begun. config's callbacks are the stage's. */
struct stage_peer *stage_enter(struct stage *stage, const char *stream, const struct sim_peer_config *config);
struct stage_peer *stage_host(struct stage *stage, const char *stream);
/** A host with three layers of about 150, 430 and 1,500 kb/s. */
struct stage_peer *stage_layered_host(struct stage *stage, const char *stream, enum media_codec codec);
struct stage_peer *stage_viewer(struct stage *stage, const char *stream);
/** Take a peer away without a word. */
void stage_remove(struct stage_peer *peer);

/** Let time pass until done() says so. @return whether it did before `ms` were over. */
bool stage_play(struct stage *stage, int64_t ms, bool (*done)(struct stage *stage, void *ctx), void *ctx);
/** As play, but the story fails if it does not happen. */
void stage_until(struct stage *stage, bool (*done)(struct stage *stage, void *ctx), void *ctx);
void stage_until_state(struct stage_peer *peer, enum sim_state state);
/** Until this viewer has seen `count` more packets of a kind. */
void stage_until_seen(struct stage_peer *viewer, enum sim_kind kind, size_t count);
void stage_until_event(struct stage *stage, const struct stage_peer *peer, enum media_event_type type);
/** Newest event of this type (about this peer unless NULL). @return false: none. */
bool stage_event(struct stage *stage, const struct stage_peer *peer, enum media_event_type type,
                 struct media_event *out);
size_t stage_events(struct stage *stage, const struct stage_peer *peer, enum media_event_type type);
/** Until the engine's (at most 1 s old) numbers satisfy done. @return them. */
struct media_stats stage_until_stats(struct stage *stage, bool (*done)(const struct media_stats *stats));

/** Every packet from the `from`-th on is intact, and with the counters sorted none is missing in between. */
void stage_assert_complete(const struct stage_peer *viewer, enum sim_kind kind, size_t from);
/** No two packets share a number, and numbers grow with counters without a hole that the host did not make. */
void stage_assert_one_sequence(const struct stage_peer *viewer, enum sim_kind kind);

/* stage_host.c */
void stage_host_tick(struct stage_peer *host, int64_t now_us);
/** Write what follows from a counter, and that, at the end of a packet. @return the packet's length. */
size_t stage_payload_put(uint8_t *p, size_t at, uint32_t counter);
/** The payload of the host's packet `counter` as it must arrive; `head` bytes in front are codec framing. */
bool stage_payload_intact(const uint8_t *payload, size_t len, uint32_t *counter);
#endif
