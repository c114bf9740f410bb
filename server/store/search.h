/* From what somebody typed to a query of the index of words. */
#ifndef TRUNKSHOW_STORE_SEARCH_H
#define TRUNKSHOW_STORE_SEARCH_H

#include <stddef.h>

#define SEARCH_WORDS_MAX 8
#define SEARCH_WORD_BYTES 48
#define SEARCH_QUERY_BYTES (SEARCH_WORDS_MAX * (SEARCH_WORD_BYTES + 4) + 2)

/** Letters and digits make words, all else parts them; every word is quoted, so that nothing typed is an operator, and
 * the last may be the beginning of one. Words beyond the first few, and of a word what is too long, are dropped.
 *  @param text  UTF-8, or anything else
 *  @return how many words; 0: nothing to look for, out is "" */
size_t search_query(const char *text, char out[SEARCH_QUERY_BYTES]);
#endif
