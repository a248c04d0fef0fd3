// SPDX-License-Identifier: GPL-2.0-only
#include "sources.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEPTH_MAX 32 /* layers; more is not a stack */

static const struct source_words words[SOURCES] = {
	[SOURCE_NVDIMM] = {
		"nvdimm",
		"what the bus of the NVDIMM lists: machine checks, and what its scrubs have found",
		"at once, whether or not it is read",
		"a write that clears it, or 'ndctl clear-errors'",
		"what no scrub has come to yet",
	},
	[SOURCE_CXL] = {
		"cxl",
		"uncorrectable errors of the media that the devices report, and their lists of poison",
		"at once, whether or not it is read; the lists when the region is set up",
		"a write, which clears it in the device",
		"what the device has not come upon",
	},
	[SOURCE_SCSI] = {
		"scsi",
		"sectors that could not be read since boot, or since the disk was added",
		"when a read fails, and was repeated to find which sectors it is",
		"a write, or a read that succeeds",
		"what nobody has read since then, which 'fswatch-err scan' does; passthrough commands",
	},
	[SOURCE_NVME] = {
		"nvme",
		"blocks that could not be read since boot, or since the disk was added",
		"when a read fails, and was repeated to find which blocks it is",
		"a write, or a read that succeeds",
		"what nobody has read since then, which 'fswatch-err scan' does; passthrough commands",
	},
	[SOURCE_NULL_BLK] = {
		"null_blk",
		"all of its list of bad blocks",
		"at once, whether or not it is read",
		"its attribute badblocks",
		"nothing",
	},
	[SOURCE_MD] = {
		"md",
		"its lists of bad blocks, and which members are missing",
		"at once",
		"a write that succeeds, or a member that takes the place of one",
		"what only its disks could say, beyond what they know themselves",
	},
	[SOURCE_LOOP] = {
		"loop",
		"what is bad of its file, if the filesystem of that can say it",
		"when that filesystem has told it",
		"what clears it there",
		"what that filesystem cannot tell",
	},
	[SOURCE_VIRTIO] = {
		"virtio",
		"only that it is taken away",
		"at once",
		"nothing",
		"which sectors are bad: a read that fails is told as such, and no more",
	},
	[SOURCE_OTHER] = {
		"other",
		"at most that it is taken away",
		"at once",
		"nothing",
		"which sectors are bad: a read that fails is told as such, and no more",
	},
};

const struct source_words *source_words(enum source_type type)
{
	return &words[type];
}

static int add(struct sources *sources, enum source_type type, const char *name)
{
	size_t nr = sources->of[type].nr, i;
	char **v = sources->of[type].v, **more;

	for (i = 0; i < nr; i++) {
		if (!strcmp(v[i], name))
			return 0;
	}
	more = reallocarray(v, nr + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	sources->of[type].v = more;
	more[nr] = strdup(name);
	if (!more[nr])
		return -ENOMEM;
	sources->of[type].nr++;
	return 0;
}

static bool exists(const char *dir, const char *name)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", dir, name) <
		       (int)sizeof(path) &&
	       !access(path, F_OK);
}

/* the last part of where a link of the directory leads; "" if it is none */
static void read_last(const char *dir, const char *name,
		      char last[NAME_MAX + 1])
{
	char path[PATH_MAX], to[PATH_MAX], *slash;
	ssize_t len = -1;

	*last = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) <
	    (int)sizeof(path))
		len = readlink(path, to, sizeof(to) - 1);
	if (len < 0)
		return;
	to[len] = '\0';
	slash = strrchr(to, '/');
	snprintf(last, NAME_MAX + 1, "%.*s", NAME_MAX, slash ? slash + 1 : to);
}

/* of a disk with a device of its own the bus says it; else its name has to do */
static enum source_type type_of(const char *dir, const char *name)
{
	static const struct {
		const char *bus, *prefix;
		enum source_type type;
	} types[] = {
		{ "nd", "pmem", SOURCE_NVDIMM },
		{ "scsi", "sd", SOURCE_SCSI },
		{ "nvme", "nvme", SOURCE_NVME },
		{ "nvme-subsystem", "nvme", SOURCE_NVME },
		{ "virtio", "vd", SOURCE_VIRTIO },
		{ "", "nullb", SOURCE_NULL_BLK },
		{ "", "loop", SOURCE_LOOP },
		{ "", "md", SOURCE_MD },
	};
	char bus[NAME_MAX + 1];
	size_t i;

	/* a bus of the same kind, below a bridge to it */
	if (strstr(dir, "/nvdimm-bridge"))
		return SOURCE_CXL;
	read_last(dir, "device/subsystem", bus);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!strcmp(types[i].bus, bus) &&
		    (*bus ||
		     !strncmp(types[i].prefix, name, strlen(types[i].prefix))))
			return types[i].type;
	}
	if (exists(dir, "md"))
		return SOURCE_MD;
	return exists(dir, "loop") ? SOURCE_LOOP : SOURCE_OTHER;
}

static int look(struct sources *sources, const char *link, unsigned int depth);

/* *@any: there is something below it */
static int look_below(struct sources *sources, const char *dir,
		      unsigned int depth, bool *any)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *stream;
	int err = 0;

	*any = false;
	if (snprintf(path, sizeof(path), "%s/slaves", dir) >= (int)sizeof(path))
		return 0;
	stream = opendir(path);
	while (stream && !err && (entry = readdir(stream))) {
		if (*entry->d_name == '.' ||
		    snprintf(path, sizeof(path), "%s/slaves/%s", dir,
			     entry->d_name) >= (int)sizeof(path))
			continue;
		*any = true;
		err = look(sources, path, depth + 1);
	}
	if (stream)
		closedir(stream);
	return err;
}

/* the disk or partition that @link is */
static int look(struct sources *sources, const char *link, unsigned int depth)
{
	char *dir = realpath(link, NULL), *name;
	enum source_type type;
	bool any = false;
	int err = 0;

	if (!dir)
		return errno == ENOMEM ? -ENOMEM : 0;
	if (exists(dir, "partition"))
		*strrchr(dir, '/') = '\0';
	name = strrchr(dir, '/') + 1;
	type = type_of(dir, name);
	if (depth < DEPTH_MAX)
		err = look_below(sources, dir, depth, &any);
	/* a layer that knows nothing by itself is no source */
	if (!err && (!any || type == SOURCE_MD))
		err = add(sources, type, name);
	free(dir);
	return err;
}

int sources_find(struct sources *sources, const struct filesystems *list,
		 const char *sysfs)
{
	const struct fserror_filesystem *fs;
	char link[PATH_MAX];
	size_t i, j;
	int err = 0;

	memset(sources, 0, sizeof(*sources));
	for (i = 0; i < list->nr; i++) {
		fs = &list->v[i];
		for (j = 0; j < fs->nr_devices && !err; j++) {
			snprintf(link, sizeof(link), "%s/dev/block/%u:%u",
				 sysfs, fs->devices[j].major,
				 fs->devices[j].minor);
			err = look(sources, link, 0);
		}
	}
	return err;
}

void sources_free(struct sources *sources)
{
	unsigned int type;

	for (type = 0; type < SOURCES; type++) {
		while (sources->of[type].nr)
			free(sources->of[type].v[--sources->of[type].nr]);
		free(sources->of[type].v);
	}
	memset(sources, 0, sizeof(*sources));
}
