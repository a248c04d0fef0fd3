// SPDX-License-Identifier: GPL-2.0-only
#include "below.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEPTH_MAX 32 /* layers; more is not a stack */

/*
 * Drivers of disks that keep a list of what is bad, by the names of their disks. It is
 * for what is below a stack: of the device of a filesystem the kernel says it.
 */
static const char *const tellers[] = { "pmem", "nullb" };

static bool tells(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(tellers) / sizeof(tellers[0]); i++) {
		if (!strncmp(name, tellers[i], strlen(tellers[i])))
			return true;
	}
	return false;
}

static int add(struct below *below, const char *name)
{
	char **v;
	size_t i;

	for (i = 0; i < below->nr; i++) {
		if (!strcmp(below->v[i], name))
			return 0;
	}
	v = reallocarray(below->v, below->nr + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	below->v = v;
	v[below->nr] = strdup(name);
	if (!v[below->nr])
		return -ENOMEM;
	below->nr++;
	return 0;
}

/* the directory of a whole disk: a partition's is in it */
static char *find_disk(const char *link)
{
	char mark[PATH_MAX], *dir = realpath(link, NULL), *slash;

	if (dir &&
	    snprintf(mark, sizeof(mark), "%s/partition", dir) <
		    (int)sizeof(mark) &&
	    !access(mark, F_OK)) {
		slash = strrchr(dir, '/');
		*slash = '\0';
	}
	return dir;
}

/* the disk or partition that @link is */
static int look(struct below *below, const char *link, unsigned int depth)
{
	char *dir = find_disk(link), *name, path[PATH_MAX];
	struct dirent *entry;
	DIR *stream;
	int err = 0;

	name = dir ? strrchr(dir, '/') + 1 : NULL;
	if (!name || tells(name))
		goto out;
	/* whose map is asked; all others hide what is below them */
	if (strncmp(name, "dm-", 3) || depth == DEPTH_MAX) {
		err = add(below, name);
		goto out;
	}
	snprintf(path, sizeof(path), "%s/slaves", dir);
	stream = opendir(path);
	while (stream && !err && (entry = readdir(stream))) {
		if (*entry->d_name == '.' ||
		    snprintf(path, sizeof(path), "%s/slaves/%s", dir,
			     entry->d_name) >= (int)sizeof(path))
			continue;
		err = look(below, path, depth + 1);
	}
	if (stream)
		closedir(stream);
out:
	free(dir);
	return err;
}

int below_silent(struct below *below, const char *sysfs, dev_t dev, bool untold)
{
	char link[PATH_MAX], *dir, *name;
	int err = 0;

	snprintf(link, sizeof(link), "%s/dev/block/%u:%u", sysfs, major(dev),
		 minor(dev));
	dir = find_disk(link);
	if (!dir)
		return 0;
	name = strrchr(dir, '/') + 1;
	if (untold)
		err = add(below, name);
	else if (!strncmp(name, "dm-", 3))
		err = look(below, link, 0);
	free(dir);
	return err;
}

void below_free(struct below *below)
{
	while (below->nr)
		free(below->v[--below->nr]);
	free(below->v);
	memset(below, 0, sizeof(*below));
}
