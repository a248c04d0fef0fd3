// SPDX-License-Identifier: GPL-2.0-only
#include "proof.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <libmount.h>

#include "place.h"
#include "text.h"

static int __attribute__((format(printf, 2, 3)))
add(struct proof *proof, const char *fmt, ...)
{
	char **more, *text;
	va_list ap;
	int len;

	more = reallocarray(proof->missing, proof->nr + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	proof->missing = more;
	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		return -ENOMEM;
	more[proof->nr++] = text;
	return 0;
}

static bool is_dev(const struct fserror_filesystem *fs, dev_t dev)
{
	return makedev(fs->major, fs->minor) == dev;
}

static bool watched(const struct fserror_filesystems *list, dev_t dev)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (is_dev(list->v[i], dev))
			return true;
	}
	return false;
}

static int add_unwatched(struct proof *proof, const struct select *select,
			 dev_t dev)
{
	const struct mount_point *mp = NULL;
	size_t count = 0;
	char *target;
	int err;

	if (select->mounts)
		mp = mounts_of(select->mounts, dev, &count);
	if (!count)
		return add(
			proof,
			"the filesystem on device %u:%u is not watched by the kernel: its damage is not known",
			major(dev), minor(dev));
	target = text_escape(mp->target);
	if (!target)
		return -ENOMEM;
	err = add(
		proof,
		"'%s' (%s) is not watched by the kernel: its damage is not known",
		target, mp->fstype ? mp->fstype : "?");
	free(target);
	return err;
}

/* what was named by its device */
static int check_devices(struct proof *proof, const struct select *select,
			 const struct select_list *named,
			 const struct fserror_filesystems *list)
{
	const struct fserror_fs_id *fs = named->v;
	int err = 0;
	size_t i;
	dev_t dev;

	for (i = 0; i < named->nr && !err; i++) {
		dev = makedev(fs[i].major, fs[i].minor);
		if (!watched(list, dev))
			err = add_unwatched(proof, select, dev);
	}
	return err;
}

static int check_uuids(struct proof *proof, const struct select *select,
		       const struct fserror_filesystems *list)
{
	const struct fserror_fs_id *fs = select->uuids.v;
	char text[TEXT_UUID_MAX];
	bool found;
	size_t i, j;

	for (i = 0; i < select->uuids.nr; i++) {
		found = false;
		for (j = 0; j < list->nr; j++)
			found |= !memcmp(list->v[j]->uuid, fs[i].uuid,
					 FSERROR_UUID_LEN);
		text_uuid(fs[i].uuid, text);
		if (!found &&
		    add(proof, "no filesystem with the UUID %s is mounted",
			text))
			return -ENOMEM;
	}
	return 0;
}

/* memory, and what the kernel makes up: there is no media to go bad */
static bool is_pseudo(const struct select *select, dev_t dev)
{
	const struct mount_point *mp;
	size_t count;

	mp = mounts_of(select->mounts, dev, &count);
	return count && mp->fstype && mnt_fstype_is_pseudofs(mp->fstype);
}

static bool seen_before(const struct place *place, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (place->v[i].dev == place->v[nr].dev)
			return true;
	}
	return false;
}

static int check_place(struct proof *proof, const struct select *select,
		       const struct place *place,
		       const struct fserror_filesystems *list)
{
	const size_t before = proof->nr;
	bool any = false;
	size_t i;
	dev_t dev;

	for (i = 0; i < place->nr; i++) {
		dev = place->v[i].dev;
		if (watched(list, dev))
			any = true;
		else if (!seen_before(place, i) && !is_pseudo(select, dev) &&
			 add_unwatched(proof, select, dev))
			return -ENOMEM;
	}
	if (any || proof->nr > before)
		return 0;
	return add(proof,
		   "nothing at '%s' is on a filesystem that the kernel watches",
		   *place->path ? place->path : "/");
}

/* may @fs have something to do with what is asked for? */
static bool is_asked(const struct select *select,
		     const struct fserror_filesystem *fs)
{
	struct fserror_record rec = {
		.present = 1U << FSERROR_A_RECORD_MAJOR |
			   1U << FSERROR_A_RECORD_MINOR |
			   1U << FSERROR_A_RECORD_FSTYPE |
			   1U << FSERROR_A_RECORD_UUID |
			   1U << FSERROR_A_RECORD_INO,
		.major = fs->major,
		.minor = fs->minor,
	};
	const struct place *place = select->paths.v;
	size_t i, j;

	/* the counters do not say which inodes, kinds and causes there were */
	if (select->kinds || select->causes || select->inodes.nr)
		return false;
	memcpy(rec.uuid, fs->uuid, sizeof(rec.uuid));
	memcpy(rec.fstype, fs->fstype, sizeof(rec.fstype));
	if (!select_record(select, &rec))
		return false;
	for (i = 0; i < select->paths.nr; i++) {
		for (j = 0; j < place[i].nr; j++) {
			if (is_dev(fs, place[i].v[j].dev))
				return true;
		}
	}
	return !select->paths.nr;
}

static int check_errors(struct proof *proof, const struct select *select,
			const struct fserror_filesystems *list)
{
	const struct fserror_filesystem *fs;
	int err = 0;
	size_t i;

	for (i = 0; i < list->nr && !err; i++) {
		fs = list->v[i];
		if (fs->io_errors && is_asked(select, fs))
			err = add(
				proof,
				"%s on %s: %" PRIu64
				" %s failed since it was mounted, see 'fswatch-err status'",
				fs->fstype, fs->sb_id, fs->io_errors,
				fs->io_errors == 1 ? "read or write" :
						     "reads or writes");
	}
	return err;
}

int proof_make(struct proof *proof, const struct select *select,
	       const struct fserror_filesystems *list, bool clear)
{
	const struct place *place = select->paths.v;
	char **unseen = select->unseen.v;
	int err = 0;
	size_t i;

	memset(proof, 0, sizeof(*proof));
	for (i = 0; i < select->unseen.nr && !err; i++)
		err = add(proof, "%s", unseen[i]);
	if (!err)
		err = check_devices(proof, select, &select->mountpoints, list);
	if (!err)
		err = check_devices(proof, select, &select->mounted, list);
	if (!err)
		err = check_uuids(proof, select, list);
	for (i = 0; i < select->paths.nr && !err; i++)
		err = check_place(proof, select, &place[i], list);
	if (!err && clear)
		err = check_errors(proof, select, list);
	if (err)
		proof_free(proof);
	return err;
}

void proof_free(struct proof *proof)
{
	size_t i;

	for (i = 0; i < proof->nr; i++)
		free(proof->missing[i]);
	free(proof->missing);
	memset(proof, 0, sizeof(*proof));
}
