/* The subcommands beside serve. Each prints for people and returns the process's exit code. */
#ifndef TRUNKSHOW_TOOLS_H
#define TRUNKSHOW_TOOLS_H

#include "base/settings.h"

/** admin create|approve|role NAME ...: changes accounts, by way of the server if one runs. */
int tool_admin(const struct base_settings *settings, int count, char **words);
/** backup FILE: a consistent copy of the database, also of a running server. */
int tool_backup(const struct base_settings *settings, int count, char **words);
/** doctor: looks at what a server needs, and says what to mend. 0 when nothing stands in the way. */
int tool_doctor(const struct base_settings *settings);
#endif
