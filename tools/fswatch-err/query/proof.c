// SPDX-License-Identifier: GPL-2.0-only
#include "proof.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <libmount.h>

#include "cmd.h"
#include "history.h"
#include "mounts.h"
#include "place.h"
#include "text.h"
#include "view.h"
#include "wanted.h"

/* what is asked, and of what */
struct question {
	struct proof *proof;
	const struct select *select;
	const struct filesystems *list;
	struct mounts *mounts;
};

int proof_add(struct proof *proof, const char *fmt, ...)
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

static bool watched(const struct filesystems *list, dev_t dev)
{
	const struct fserror_filesystem *fs;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		fs = &list->v[i];
		if (FS_HAS(fs, MAJOR) && FS_HAS(fs, MINOR) &&
		    makedev(fs->major, fs->minor) == dev)
			return true;
	}
	return false;
}

static bool has_type(const struct filesystems *list, const char *type)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (FS_HAS(&list->v[i], FSTYPE) &&
		    !strcmp(list->v[i].fstype, type))
			return true;
	}
	return false;
}

static int add_unwatched(const struct question *q, dev_t dev)
{
	const struct mount_point *mp;
	size_t count;
	char *target;
	int err;

	mp = mounts_of(q->mounts, dev, &count);
	if (!count)
		return proof_add(
			q->proof,
			"the filesystem on device %u:%u is not watched by the kernel: its damage is not known",
			major(dev), minor(dev));
	target = text_escape(mp->target);
	if (!target)
		return -ENOMEM;
	/* an overlay has no device: what it shows is on those of its layers */
	if (mp->fstype && !strcmp(mp->fstype, "overlay"))
		err = proof_add(
			q->proof,
			"'%s' is an overlay: --path '%s' looks at its layers",
			target, target);
	else
		err = proof_add(
			q->proof,
			"'%s' (%s) is not watched by the kernel: its damage is not known",
			target, mp->fstype ? mp->fstype : "?");
	free(target);
	return err;
}

/* what was named by its device */
static int check_devices(const struct question *q,
			 const struct select_list *named)
{
	const struct fserror_fs_id *fs = named->v;
	int err = 0;
	size_t i;
	dev_t dev;

	for (i = 0; i < named->nr && !err; i++) {
		dev = makedev(fs[i].major, fs[i].minor);
		if (!watched(q->list, dev))
			err = add_unwatched(q, dev);
	}
	return err;
}

/* a device may be that of a filesystem which only another namespace has */
static int check_stacks(const struct question *q)
{
	const struct select_stack *stack = q->select->stacks.v;
	bool found;
	size_t i, j;

	for (i = 0; i < q->select->stacks.nr; i++) {
		found = stack[i].found;
		for (j = 0; j < q->list->nr && !found; j++)
			found = select_on_stack(&stack[i], &q->list->v[j]);
		if (!found &&
		    proof_add(
			    q->proof,
			    "'%s': no mounted filesystem is known to have this device",
			    stack[i].name))
			return -ENOMEM;
	}
	return 0;
}

static int check_uuids(const struct question *q)
{
	const struct fserror_fs_id *fs = q->select->uuids.v;
	char text[TEXT_UUID_MAX];
	bool found;
	size_t i, j;

	for (i = 0; i < q->select->uuids.nr; i++) {
		found = false;
		for (j = 0; j < q->list->nr; j++)
			found |= !memcmp(q->list->v[j].uuid, fs[i].uuid,
					 FSERROR_UUID_LEN);
		text_uuid(fs[i].uuid, text);
		if (!found &&
		    proof_add(q->proof,
			      "no filesystem with the UUID %s is mounted",
			      text))
			return -ENOMEM;
	}
	return 0;
}

/* memory, and what the kernel makes up: there is no media to go bad */
static bool is_pseudo(const struct mounts *mounts, dev_t dev)
{
	const struct mount_point *mp;
	size_t count;

	mp = mounts_of(mounts, dev, &count);
	return count && mp->fstype && mnt_fstype_is_pseudofs(mp->fstype);
}

/* is it of one of the types that are chosen? */
static bool is_chosen_type(const struct select *select, const char *fstype)
{
	char *const *type = select->types.v;
	size_t i;

	for (i = 0; i < select->types.nr; i++) {
		if (fstype && !strcmp(type[i], fstype))
			return true;
	}
	return !select->types.nr;
}

/*
 * Nothing says which filesystems, or only their types do. Those of a type that was
 * named are meant, whatever they are; else those that are on a block device of this
 * machine.
 */
static int check_all(const struct question *q, bool clear)
{
	const struct mount_point *mp;
	char *const *type = q->select->types.v;
	size_t count, i, j;
	dev_t before = 0;
	int err = 0;

	mp = mounts_all(q->mounts, &count);
	for (i = 0; i < count && !err; i++) {
		if (mp[i].dev == before ||
		    !is_chosen_type(q->select, mp[i].fstype) ||
		    (!q->select->types.nr && !major(mp[i].dev)))
			continue;
		before = mp[i].dev; /* they are sorted by it */
		if (!watched(q->list, before))
			err = add_unwatched(q, before);
	}
	for (j = 0; j < q->select->types.nr && !err; j++) {
		for (i = 0; i < count; i++) {
			if (mp[i].fstype && !strcmp(mp[i].fstype, type[j]))
				break;
		}
		if (i == count && !has_type(q->list, type[j]))
			err = proof_add(
				q->proof,
				"no filesystem of the type %s is mounted",
				type[j]);
	}
	/* a monitor may begin before anything is mounted: it will hear of that */
	if (!err && clear && !q->list->nr && !q->proof->nr)
		err = proof_add(q->proof, "the kernel watches no filesystem");
	return err;
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

static int check_place(const struct question *q, const struct place *place)
{
	const size_t before = q->proof->nr;
	bool any = false;
	size_t i;
	dev_t dev;

	for (i = 0; i < place->nr; i++) {
		dev = place->v[i].dev;
		if (watched(q->list, dev))
			any = true;
		else if (!seen_before(place, i) && !is_pseudo(q->mounts, dev) &&
			 add_unwatched(q, dev))
			return -ENOMEM;
	}
	if (any || q->proof->nr > before)
		return 0;
	return proof_add(
		q->proof,
		"nothing at '%s' is on a filesystem that the kernel watches",
		*place->path ? place->path : "/");
}

/* those that are chosen; they borrow from the list */
static int choose(const struct question *q, struct filesystems *chosen)
{
	struct fserror_record rec;
	struct wanted wanted;
	size_t i;

	chosen->v = calloc(q->list->nr + 1, sizeof(*chosen->v));
	if (!chosen->v)
		return -ENOMEM;
	wanted_init(&wanted, q->select);
	for (i = 0; i < q->list->nr; i++) {
		filesystem_name(&q->list->v[i], &rec);
		if (wanted_filesystem(&wanted, q->mounts, &rec))
			chosen->v[chosen->nr++] = q->list->v[i];
	}
	return 0;
}

static int add_history(struct proof *proof, struct fserror_client *client,
		       const struct select *select,
		       const struct filesystems *list)
{
	struct question q = { proof, select, list, mounts_load() };
	struct filesystems chosen = { 0 };
	struct history history;
	int err = q.mounts ? choose(&q, &chosen) : -errno;

	if (!err)
		err = history_load(&history, client, &chosen);
	if (!err)
		err = proof_add_history(proof, &history);
	free(chosen.v);
	mounts_free(q.mounts);
	return err;
}

static int ask(const struct question *q, bool clear)
{
	const struct select *select = q->select;
	const struct place *place = select->paths.v;
	char **unseen = select->unseen.v;
	int err = 0;
	size_t i;

	for (i = 0; i < select->unseen.nr && !err; i++)
		err = proof_add(q->proof, "%s", unseen[i]);
	if (!err)
		err = check_devices(q, &select->mountpoints);
	if (!err)
		err = check_devices(q, &select->mounted);
	if (!err)
		err = check_stacks(q);
	if (!err)
		err = check_uuids(q);
	if (!err && !select_names_filesystem(select))
		err = check_all(q, clear);
	for (i = 0; i < select->paths.nr && !err; i++)
		err = check_place(q, &place[i]);
	return err ? err :
		     proof_add_errors(q->proof, q->select, q->list, q->mounts,
				      clear);
}

int proof_make(struct proof *proof, const struct select *select,
	       const struct filesystems *list, bool clear)
{
	struct question q = { proof, select, list, mounts_load() };
	int err;

	memset(proof, 0, sizeof(*proof));
	if (!q.mounts)
		return -errno;
	err = ask(&q, clear);
	mounts_free(q.mounts);
	if (err)
		proof_free(proof);
	return err;
}

int proof_load(struct proof *proof, struct fserror_client *client,
	       const struct select *select, bool clear)
{
	struct filesystems list = { 0 };
	int err = filesystems_load(&list, client);

	if (err && err != -EINTR)
		cmd_failed(client, err);
	if (!err) {
		err = proof_make(proof, select, &list, clear);
		if (err)
			warnx("cannot look up mounts: %s", strerror(-err));
	}
	filesystems_free(&list);
	return err;
}

int proof_load_history(struct proof *proof, struct fserror_client *client,
		       const struct select *select)
{
	struct filesystems list = { 0 };
	int err;

	if (!proof_errors_matter(select))
		return 0;
	err = filesystems_load(&list, client);
	if (!err)
		err = add_history(proof, client, select, &list);
	if (err && err != -EINTR)
		warnx("cannot find out what has failed since boot: %s",
		      strerror(-err));
	filesystems_free(&list);
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

void proof_say(const struct proof *proof)
{
	size_t i;

	for (i = 0; i < proof->nr; i++)
		warnx("%s", proof->missing[i]);
}
