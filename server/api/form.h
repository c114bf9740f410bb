/* Bodies of application/x-www-form-urlencoded. Pure. */
#ifndef TRUNKSHOW_API_FORM_H
#define TRUNKSHOW_API_FORM_H

#include <stdbool.h>
#include <stddef.h>

/** The first field of this name, decoded. @return false: there is none, it is broken, or it does not fit (then out is
 *  ""). */
bool api_form_field(const char *body, size_t len, const char *name, char *out, size_t size);
#endif
