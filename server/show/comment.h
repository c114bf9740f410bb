/* Comment claims: a line of chat that is, as a whole, a claim of an item by its number. Pure, no allocation.
 *
 *   line    = claim | short                       blanks around it, "!", "." and pictures behind it do not count
 *   claim   = word [":"] [mark] number rest       sold 12 · claim #12 M · sold 12 x 2 · mine 12 dark red x2
 *           | word times quantity number rest     sold x2 12
 *           | word variant number [times quantity]   sold M 12: a claim if there is such a variant, else chat
 *   short   = [mark] number times quantity rest   12 x2 · 12x2 M red
 *   mark    = "#" | "No." | "Nr." | "n°" | "№"
 *   rest    = blanks, commas, at most one (times quantity), at most SHOW_COMMENT_WORDS words of a variant
 *   times   = "x" | "X" | "×"
 *   word    = one of the setting claim_words, the longest that fits; case, and how wide its blanks are, do not count
 *   Wide letters count as plain ones, and so do the digits of every script.
 *
 * Everything else is chat: a question, a link, a bare number, a sentence around a number. A line that begins as a claim
 * and lacks something, or has it wrong ("sold 2x 12" and "2x 12" may be either way round, "x2 12" is turned round), is
 * a near miss, so that its author is told rather than left to wait. */
#ifndef TRUNKSHOW_SHOW_COMMENT_H
#define TRUNKSHOW_SHOW_COMMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/records.h"

#define SHOW_COMMENT_BYTES 160        /**< a longer line is chat */
#define SHOW_COMMENT_WORDS 4          /**< of a variant */
#define SHOW_COMMENT_NUMBER 99999     /**< largest number that is taken for an item's */
#define SHOW_COMMENT_QUANTITY 1000    /**< largest quantity */
#define SHOW_COMMENT_QUANTITY_BARE 99 /**< without a word: "1920x1080" is about the picture */

enum show_comment_kind { SHOW_COMMENT_CHAT, SHOW_COMMENT_CLAIM, SHOW_COMMENT_NEAR };

/** What a near miss lacks. */
enum show_comment_lack {
	SHOW_COMMENT_WHOLE,
	SHOW_COMMENT_NO_NUMBER,    /**< "sold" */
	SHOW_COMMENT_BAD_NUMBER,   /**< "sold 0", or beyond every show */
	SHOW_COMMENT_NO_QUANTITY,  /**< "sold 12 x" */
	SHOW_COMMENT_BAD_QUANTITY, /**< "sold 12 x0", or beyond every stock */
	SHOW_COMMENT_EITHER,       /**< "2x 12": which of them is the number? */
	SHOW_COMMENT_TURNED        /**< "x2 12", without a word */
};

struct show_comment {
	enum show_comment_kind kind;
	enum show_comment_lack lack;
	int64_t number;     /**< 0: not understood */
	int64_t quantity;   /**< 1 unless the line says another; 0: not understood */
	int64_t either[2];  /**< of SHOW_COMMENT_EITHER, as they stand there; then number and quantity are 0 */
	bool variant_first; /**< "M 12": chat, unless that number has this variant */
	char word[64];      /**< as it was written; "": none */
	char variant[80];   /**< as it was written, words separated by one blank; "": none */
};

/** Read one line.
 *  @param text   len bytes, any; what is not UTF-8 is chat
 *  @param words  the setting claim_words: comma separated
 *  Thread: any. */
struct show_comment show_comment_parse(const char *text, size_t len, const char *words);

/** Whether two names are the same to a person who types: case, commas, slashes, dashes and blanks do not count. */
bool show_comment_same(const char *a, const char *b);

/** Which variant is meant by "M", "red", "M red" or "red, M". One part is enough where it leaves no doubt; nothing is
 * enough where there is but one variant.
 *  @param variants  count of them; the removed do not count
 *  @return how many fit: 1 with *index; 0; 2 for several. Thread: any. */
int show_comment_variant(const char *text, const struct store_variant *variants, size_t count, size_t *index);
#endif
