/* trunkshow backup: a consistent copy of the database. */
#include <stdio.h>

#include "store/store.h"
#include "tools.h"

int tool_backup(const struct base_settings *settings, int count, char **words)
{
	char why[512] = "";

	if (count != 1) {
		fprintf(stderr, "usage: trunkshow backup FILE\n");
		return 2;
	}
	if (store_backup(settings->data_dir, words[0], why, sizeof why)) {
		fprintf(stderr, "trunkshow: backup: %s\n", why);
		return 1;
	}
	printf("%s holds the database now; copy %s/photos beside it\n", words[0], settings->data_dir);
	return 0;
}
