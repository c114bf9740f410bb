/* Sizes and colours of a listing, as its seller changes them: part of listings.c's verbs. */
#ifndef TRUNKSHOW_SHOW_VARIANTS_H
#define TRUNKSHOW_SHOW_VARIANTS_H

#include "show/verbs.h"

/** @param listing NULL: it is about to be made. @return what is wrong with the command's variants; NULL: nothing. */
const char *variants_do_not_fit(const struct rules_case *c, struct rules_listing *listing);
/** Make, change and remove variants, after they were found to fit. */
void variants_change(const struct rules_case *c, struct rules_listing *listing);
#endif
