// SPDX-License-Identifier: GPL-2.0-only
#include "silent.h"

#include <stdbool.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "lower.h"
#include "sources.h"

/* walks from the devices of a filesystem */
struct search {
	struct string_list *silent;
	bool untold; /* the kernel says so of the device that the walk begins with */
};

static bool begins(const char *name, const char *with)
{
	return !strncmp(name, with, strlen(with));
}

/* Does it ask what is below it, or is there nothing that could be bad? */
static bool passes(const struct lower *lower, enum source_type type)
{
	return type == SOURCE_MD || begins(lower->name, "dm-") ||
	       begins(lower->name, "bcache");
}

static bool tells(const struct lower *lower)
{
	enum source_type type = source_type_of(lower->dir, lower->name);

	switch (type) {
	case SOURCE_NVDIMM:
	case SOURCE_CXL:
	case SOURCE_NULL_BLK:
	/* what the filesystem of its file knows, which is listed, too */
	case SOURCE_LOOP:
		return true;
	default:
		return passes(lower, type);
	}
}

static int visit(void *arg, const struct lower *lower)
{
	const struct search *search = arg;

	if (lower->top ? !search->untold : tells(lower))
		return 0;
	return string_list_add(search->silent, lower->name);
}

/* of those devices of which the kernel says that they do not tell, or of the others */
static int look(struct lower_walk *walk, const struct fserror_filesystem *fs,
		bool untold)
{
	const struct fserror_device_state *device;
	int err = 0;
	size_t i;

	for (i = 0; i < fs->nr_devices && !err; i++) {
		device = &fs->devices[i];
		if (fserror_present(device->present,
				    FSERROR_A_DEVICE_STATE_UNTOLD) == untold)
			err = lower_walk(walk,
					 makedev(device->major, device->minor));
	}
	return err;
}

int silent_find(struct string_list *silent, const struct fserror_filesystem *fs,
		const char *sysfs)
{
	struct search search = { .silent = silent, .untold = true };
	struct lower_walk walk = { .sysfs = sysfs,
				   .visit = visit,
				   .arg = &search };
	int err;

	/* each disk is visited once: what the kernel says comes first */
	err = look(&walk, fs, true);
	search.untold = false;
	if (!err)
		err = look(&walk, fs, false);
	lower_end(&walk);
	return err;
}
