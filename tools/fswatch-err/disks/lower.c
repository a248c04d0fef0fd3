// SPDX-License-Identifier: GPL-2.0-only
#include "lower.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEPTH_MAX 32 /* layers; more is not a stack */

static int look(struct lower_walk *walk, const char *link, unsigned int depth);

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* 1: @dir was visited before; else it has been now, and @dir belongs to the walk */
static int see(struct lower_walk *walk, char *dir)
{
	char **found = tsearch(dir, &walk->seen, compare);

	if (!found)
		return -ENOMEM;
	return *found != dir;
}

/* the directory of a whole disk: a partition's is in it. NULL if there is none, with errno. */
static char *find_disk(const char *link)
{
	char mark[PATH_MAX], *dir = realpath(link, NULL);

	if (dir &&
	    snprintf(mark, sizeof(mark), "%s/partition", dir) <
		    (int)sizeof(mark) &&
	    !access(mark, F_OK))
		*strrchr(dir, '/') = '\0';
	return dir;
}

/* *@lowest: there is nothing below */
static int look_below(struct lower_walk *walk, const char *dir,
		      unsigned int depth, bool *lowest)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *stream;
	int err = 0;

	*lowest = true;
	if (depth == DEPTH_MAX ||
	    snprintf(path, sizeof(path), "%s/slaves", dir) >= (int)sizeof(path))
		return 0;
	stream = opendir(path);
	while (stream && !err && (entry = readdir(stream))) {
		if (*entry->d_name == '.' ||
		    snprintf(path, sizeof(path), "%s/slaves/%s", dir,
			     entry->d_name) >= (int)sizeof(path))
			continue;
		*lowest = false;
		err = look(walk, path, depth + 1);
	}
	if (stream)
		closedir(stream);
	return err;
}

/* the disk or partition that @link is */
static int look(struct lower_walk *walk, const char *link, unsigned int depth)
{
	char *dir = find_disk(link);
	struct lower lower;
	int err;

	if (!dir)
		return errno == ENOMEM ? -ENOMEM : 0;
	err = see(walk, dir);
	if (err) {
		free(dir);
		return err < 0 ? err : 0;
	}
	lower.dir = dir;
	lower.name = strrchr(dir, '/') + 1;
	lower.top = !depth;
	err = look_below(walk, dir, depth, &lower.lowest);
	return err ? err : walk->visit(walk->arg, &lower);
}

int lower_walk(struct lower_walk *walk, dev_t dev)
{
	char link[PATH_MAX];

	if (snprintf(link, sizeof(link), "%s/dev/block/%u:%u", walk->sysfs,
		     major(dev), minor(dev)) >= (int)sizeof(link))
		return 0;
	return look(walk, link, 0);
}

void lower_end(struct lower_walk *walk)
{
	tdestroy(walk->seen, free);
	walk->seen = NULL;
}
