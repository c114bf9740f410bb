/* Offers that real clients made, kept as files, and small edits of them. */
#ifndef TEST_OFFERS_H
#define TEST_OFFERS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sdp/sdp.h"

#define OFFER_COUNT 15
extern const char *const offer_names[OFFER_COUNT]; /**< "chromium-publish": client, then what it wants */

/** NUL-terminated copy; free(3) it. */
char *offer_load(const char *name);
/** A copy without the lines that begin with `prefix`; free(3) it. Fails the test if there is none. */
char *offer_without(const char *text, const char *prefix);
/** A copy with every `from` replaced; free(3) it. Fails the test if there is none. */
char *offer_replace(const char *text, const char *from, const char *to);
enum media_role offer_role(const char *name);

/** Parse from a heap copy of the exact size, so that a sanitizer sees a read past the end. */
int offer_parse(const char *text, size_t len, struct media_sdp_offer *out, char why[256]);
/** Parse, or fail the test. The result is static: valid until the next call. */
struct media_sdp_offer *offer_parsed(const char *text);
/** What we are, for one role: two addresses, fixed credentials and sources. */
struct media_sdp_local offer_local(enum media_role role);
#endif
