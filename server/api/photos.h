/* Photos: what people upload is decoded and made anew by a child process, never by the server. */
#ifndef TRUNKSHOW_API_PHOTOS_H
#define TRUNKSHOW_API_PHOTOS_H

#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/settings.h"

struct api;

/** Feed data to `trunkshow-pipeline` with these arguments and keep what it writes (a JPEG) as data_dir/photos/<id>.jpg,
 * durably.
 *  @param arguments NULL-terminated, beginning with the program's first argument
 *  @return 0 with *id; -EILSEQ no picture (exit code 2); -EFBIG too large (3); -ETIME over its deadline; -ENOSPC; -EIO;
 * -errno. Blocks up to 30 s. Thread: jobs. */
__attribute__((warn_unused_result)) int api_photo_make(const struct base_settings *settings,
                                                       const char *const *arguments, const uint8_t *data, size_t len,
                                                       struct base_id *id);

/** Kill what runs and start nothing more: the server ends. Thread: any. */
void api_photos_give_up(void);

/** The same for an upload. */
__attribute__((warn_unused_result)) int api_photo_import(const struct base_settings *settings, const uint8_t *data,
                                                         size_t len, struct base_id *id);

/** Remove the file of a photo of the listing's unless something in the store still shows it: decided on a jobs thread,
 * later. A zero id is none. Thread: any. */
void api_photo_forget(struct api *api, struct base_id listing, struct base_id photo);
/** Remove every photo that nothing shows, and half-made ones: what a crash left behind. On a jobs thread, later. */
void api_photos_sweep(struct api *api);
#endif
