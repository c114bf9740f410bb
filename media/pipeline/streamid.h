/* What a broadcast app writes into SRT's streamid: which show, and the publish key that proves that it may. Pure.
 *
 *   #!::r=SHOW,u=KEY[,m=publish][,t=stream]…    the access control syntax of SRT (docs/features/access-control.md);
 *                                               other keys are ignored
 *   SHOW:KEY  SHOW/KEY                          what is easily pasted: nothing in it needs escaping in a URL
 *   publish:SHOW:KEY  publish/SHOW/KEY          as some apps prepend it
 *
 * Some apps send what was escaped for a URL as it stands there: %23 is read as '#', and so on.
 */
#ifndef PIPELINE_STREAMID_H
#define PIPELINE_STREAMID_H

#define STREAMID_SHOW 40 /**< with NUL, as a stream's name */
#define STREAMID_KEY 65
#define STREAMID_MAX 512 /**< of the text, as SRT has it */

struct streamid {
	char show[STREAMID_SHOW], key[STREAMID_KEY];
};

/** @return 0; -EBADMSG no show, no key, or one that is too long or has strange characters; -ENOTSUP it wants something
 *  else than to publish a stream. */
__attribute__((warn_unused_result)) int streamid_read(const char *text, struct streamid *out);
#endif
