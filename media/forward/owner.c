#include "forward/owner.h"

#include <stdbool.h>

static bool less(const struct forward_burden *a, const struct forward_burden *b)
{
	bool busy = a->busy_pc >= FORWARD_BUSY_PC, other = b->busy_pc >= FORWARD_BUSY_PC;
	if (busy != other)
		return other;
	return a->sessions != b->sessions ? a->sessions < b->sessions : a->busy_pc < b->busy_pc;
}

size_t forward_owner_of_stream(const struct forward_burden *workers, size_t count)
{
	size_t least = 0;
	for (size_t i = 1; i < count; i++)
		if (less(&workers[i], &workers[least]))
			least = i;
	return least;
}

size_t forward_owner_of_viewer(const struct forward_burden *workers, size_t count, size_t home, int together)
{
	size_t least = forward_owner_of_stream(workers, count);
	bool relieved = workers[home].busy_pc >= FORWARD_BUSY_PC && workers[least].busy_pc < FORWARD_BUSY_PC;
	return relieved || workers[home].sessions >= workers[least].sessions + together ? least : home;
}
