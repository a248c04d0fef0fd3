// SPDX-License-Identifier: GPL-2.0-only
#include "scan_only.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

/* a number, or two with a colon between them, from a file of sysfs; how many there were */
static int read_numbers(dev_t dev, const char *name, uint64_t *one,
			uint64_t *two)
{
	char path[96];
	FILE *file;
	int nr;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(dev),
		 minor(dev), name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	nr = fscanf(file, "%" SCNu64 ":%" SCNu64, one, two);
	fclose(file);
	return nr;
}

void scan_only_at(struct scan_only *only, dev_t dev, uint64_t pos, uint64_t len)
{
	uint64_t start, number, maj, min, none;

	only->wanted = true;
	only->disk = dev;
	only->pos = pos;
	only->len = len;
	if (read_numbers(dev, "partition", &number, &none) != 1 ||
	    read_numbers(dev, "start", &start, &none) != 1 ||
	    read_numbers(dev, "../dev", &maj, &min) != 2)
		return;
	only->disk = makedev(maj, min);
	only->pos += start * 512;
}

static bool is_elsewhere(const struct scan_only *only,
			 const struct fserror_record *rec)
{
	const struct fserror_range *origin = &rec->origin;
	const uint32_t present = origin->present;

	return fserror_has(rec, FSERROR_A_RECORD_ORIGIN) &&
	       fserror_present(present, FSERROR_A_RANGE_MAJOR) &&
	       fserror_present(present, FSERROR_A_RANGE_OFFSET) &&
	       makedev(origin->major, origin->minor) == only->disk &&
	       (origin->offset >= only->pos + only->len ||
		(origin->offset < only->pos &&
		 origin->length <= only->pos - origin->offset));
}

int scan_only_views(void *arg, const struct views *views)
{
	const struct scan_only *only = arg;
	struct views some = *views;
	size_t i;
	int err = 0;

	if (!only->wanted)
		return only->views(only->arg, views);
	some.v = calloc(views->nr + 1, sizeof(*some.v));
	if (!some.v)
		return -ENOMEM;
	some.nr = 0;
	for (i = 0; i < views->nr; i++) {
		if (!is_elsewhere(only, views->v[i].rec))
			some.v[some.nr++] = views->v[i];
	}
	if (some.nr)
		err = only->views(only->arg, &some);
	free(some.v);
	return err;
}
