// SPDX-License-Identifier: GPL-2.0-only
#include "sources.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lower.h"

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
enum source_type source_type_of(const char *dir, const char *name)
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

static int visit(void *arg, const struct lower *lower)
{
	enum source_type type = source_type_of(lower->dir, lower->name);
	struct sources *sources = arg;

	/* a layer that knows nothing by itself is no source */
	if (!lower->lowest && type != SOURCE_MD)
		return 0;
	return string_list_add(&sources->of[type], lower->name);
}

int sources_find(struct sources *sources, const struct fserror_filesystem *v,
		 size_t nr, const char *sysfs)
{
	struct lower_walk walk = { .sysfs = sysfs,
				   .visit = visit,
				   .arg = sources };
	size_t i, j;
	int err = 0;

	memset(sources, 0, sizeof(*sources));
	for (i = 0; i < nr; i++) {
		for (j = 0; j < v[i].nr_devices && !err; j++)
			err = lower_walk(&walk, makedev(v[i].devices[j].major,
							v[i].devices[j].minor));
	}
	lower_end(&walk);
	return err;
}

void sources_free(struct sources *sources)
{
	unsigned int type;

	for (type = 0; type < SOURCES; type++)
		string_list_free(&sources->of[type]);
}
