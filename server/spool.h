/* The spool: a folder for each live show, with its thumbnail and its packaged media, in memory where there is room. */
#ifndef TRUNKSHOW_SPOOL_H
#define TRUNKSHOW_SPOOL_H

#include <stddef.h>

#include "base/settings.h"

/** Choose where it lies, unless a setting says: $RUNTIME_DIRECTORY, a folder of our own in /dev/shm, data_dir/spool,
 * the first that is ours and has room; settings->spool_dir is filled in. data_dir exists. */
void spool_choose(struct base_settings *settings);
/** Make it, and remove what a server that was killed has left there. @return 0; -errno with `why`. */
__attribute__((warn_unused_result)) int spool_open(const struct base_settings *settings, char *why, size_t why_len);
/** Remove the shows' folders, and its own if nothing else is in it. */
void spool_close(const struct base_settings *settings);

/** The folder of a show (its id as text), made if it is not there. @return 0; -errno. */
__attribute__((warn_unused_result)) int spool_folder(const struct base_settings *settings, const char *show, char *out,
                                                     size_t size);
/** Remove a show's folder. */
void spool_remove(const struct base_settings *settings, const char *show);
#endif
