// SPDX-License-Identifier: GPL-2.0-only
#include "disk_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int disk_names_add(struct disk_names *names, const char *name)
{
	char **v = reallocarray(names->v, names->nr + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	names->v = v;
	v[names->nr] = strdup(name);
	if (!v[names->nr])
		return -ENOMEM;
	names->nr++;
	return 0;
}

void disk_names_free(struct disk_names *names)
{
	while (names->nr)
		free(names->v[--names->nr]);
	free(names->v);
	memset(names, 0, sizeof(*names));
}
