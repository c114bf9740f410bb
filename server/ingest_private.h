/* What the files of ingest share. */
#ifndef TRUNKSHOW_INGEST_PRIVATE_H
#define TRUNKSHOW_INGEST_PRIVATE_H

#include <glib.h>
#include <pthread.h>

#include "ingest.h"

#define INGEST_CHILD "ingest"
#define INGEST_DIGEST 32 /**< SHA-256 */

/** A show that may be published to, or could until a moment ago. */
struct ingest_show {
	char name[BASE_ID_TEXT];
	struct base_id id, host;
	bool keyed;  /**< it has a key, and has not ended */
	bool banned; /**< its host is */
	uint8_t digest[INGEST_DIGEST];
	bool fetch;   /**< nginx has RTMP of it */
	bool refused; /**< what nginx has of it is not wanted: until it publishes anew */
	bool due;     /**< the child is yet to be told */
};

/** A host that the child speaks of. */
struct ingest_host {
	struct ingest_host *next;
	unsigned number;
	char name[BASE_ID_TEXT];
	struct base_id show, host;
	char session[MEDIA_SESSION_BYTES];
	enum api_via via;
	bool cut; /**< by us: its session is being closed */
};

struct ingest {
	struct ingest_config config;
	pthread_mutex_t lock; /**< of what follows */
	GHashTable *shows;    /**< name -> struct ingest_show */
	GHashTable *banned;   /**< struct base_id of accounts -> itself */
	struct ingest_host *hosts;
	int fd; /**< by which the child is given sockets, -1: it does not run */
	bool closing;
};

/* ingest_shows.c; with the lock held */
bool ingest_show_allowed(const struct ingest_show *show);
/** What the store said, or an event. @return whether who publishes to it is to be cut off. */
bool ingest_show_is(struct ingest *ingest, const struct store_show *show);
/** @return whether something changed. */
bool ingest_account_is(struct ingest *ingest, struct base_id account, bool banned);
struct ingest_show *ingest_show_find(struct ingest *ingest, const char *name);
/** Tell the child what is due, as far as it listens. */
void ingest_tell_due(struct ingest *ingest);
/** A new child knows nothing. */
void ingest_all_due(struct ingest *ingest);

/* ingest_hosts.c */
/** What the child has said, whole lines. Thread: children's. */
void ingest_said(const char *text, size_t len, void *ctx);
/** Close the media of hosts of this show (NULL: of all shows that are not allowed), without the lock. */
void ingest_cut(struct ingest *ingest, const char *show);
void ingest_hosts_gone(struct ingest *ingest);
#endif
