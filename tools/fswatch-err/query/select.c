// SPDX-License-Identifier: GPL-2.0-only
#include "select.h"

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <libmount.h>

#include "above.h"
#include "cmd.h"
#include "namespace.h"
#include "place.h"
#include "text.h"

void select_help(FILE *out)
{
	fputs(" -t, --types <list>       only filesystems of these types\n"
	      " -M, --mountpoint <dir>   only the filesystem that is mounted there\n"
	      " -S, --source <dev>       only filesystems on this device, or above it\n"
	      "     --uuid <uuid>        only the filesystem with this UUID\n"
	      "     --path <path>        only what is at this path, or below it\n"
	      "     --inode <num>        only this inode\n"
	      "     --kind <list>        only these kinds, which fswatch-err-monitor(8) lists\n"
	      "     --cause <list>       only these causes: media, machine-check, removed\n"
	      " -N, --namespace <pid>    mounts and names as this process sees them\n",
	      out);
}

/* a new last element, zeroed; NULL after saying that there is no memory */
static void *append(struct select_list *list, size_t size)
{
	char *v = reallocarray(list->v, list->nr + 1, size);

	if (!v) {
		warnx("%s", strerror(ENOMEM));
		return NULL;
	}
	list->v = v;
	v += list->nr++ * size;
	memset(v, 0, size);
	return v;
}

static char *copy(const char *s, size_t len)
{
	char *text = strndup(s, len);

	if (!text)
		warnx("%s", strerror(ENOMEM));
	return text;
}

/*
 * Call @add for each word of a list with commas. An empty one is no word: then
 * @add says so.
 */
static int each_word(struct select *select, const char *list,
		     int (*add)(struct select *select, const char *word))
{
	size_t len;
	char *word;
	int rc;

	for (;;) {
		len = strcspn(list, ",");
		word = copy(list, len);
		if (!word)
			return -1;
		rc = add(select, word);
		free(word);
		if (rc < 0 || !list[len])
			return rc;
		list += len + 1;
	}
}

static int add_type(struct select *select, const char *word)
{
	char **type;

	if (!*word) {
		warnx("--types wants names of filesystem types");
		return -1;
	}
	type = append(&select->types, sizeof(*type));
	if (type)
		*type = copy(word, strlen(word));
	return type && *type ? 1 : -1;
}

/* -1, after saying which there are */
static int unknown_kind(const char *word)
{
	char names[512] = "", buf[FSERROR_WORD_MAX];
	uint32_t kind;
	const char *name;
	size_t len = 0;

	for (kind = 0; kind < 32 && len < sizeof(names); kind++) {
		name = fserror_kind_name(kind, buf);
		/* what a later kernel may have has no name here */
		if (fserror_kind_from_name(name) == (int)kind)
			len += snprintf(names + len, sizeof(names) - len, " %s",
					name);
	}
	warnx("--kind: unknown kind: '%s'; there are%s", word, names);
	return -1;
}

static int add_kind(struct select *select, const char *word)
{
	int kind = fserror_kind_from_name(word);

	if (kind < 0)
		return unknown_kind(word);
	select->kinds |= UINT32_C(1) << kind;
	return 1;
}

static int add_cause(struct select *select, const char *word)
{
	int cause = fserror_cause_from_name(word);

	if (cause < 0) {
		warnx("--cause: unknown cause: '%s'; it is media, machine-check or removed",
		      word);
		return -1;
	}
	select->causes |= UINT32_C(1) << cause;
	return 1;
}

/* what is mounted now, for as long as what was opened before is open */
static int read_mounts(struct select *select)
{
	mounts_free(select->mounts);
	select->mounts = mounts_load();
	if (!select->mounts) {
		warn("cannot read the mounts");
		return -1;
	}
	return 0;
}

/* an empty argument is the mistake of a script, whose variable is not set */
static int check_argument(const char *option, const char *arg)
{
	if (*arg)
		return 0;
	warnx("%s wants a name, not ''", option);
	return -1;
}

/* for place_find() */
static int unseen(void *arg, const char *what, const char *why)
{
	struct select *select = arg;
	char **text = append(&select->unseen, sizeof(*text));

	if (!text || asprintf(text, "'%s': %s", what, why) < 0) {
		if (text)
			select->unseen.nr--;
		return -ENOMEM;
	}
	return 0;
}

static void name_device(struct fserror_fs_id *fs, dev_t dev)
{
	fs->has_dev = true;
	fs->major = major(dev);
	fs->minor = minor(dev);
}

static int add_mountpoint(struct select *select, const char *arg)
{
	const struct mount_point *mp;
	struct fserror_fs_id *fs;
	struct statx stx;
	int fd;

	if (check_argument("--mountpoint", arg))
		return -1;
	fd = namespace_open(arg, O_PATH, 0);
	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx)) {
		warn("--mountpoint: '%s'", arg);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	mp = read_mounts(select) ? NULL : mounts_of_fd(select->mounts, fd);
	close(fd);
	if (!mp || !(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT)) {
		if (select->mounts)
			warnx("--mountpoint: nothing is mounted on '%s'", arg);
		return -1;
	}
	fs = append(&select->mountpoints, sizeof(*fs));
	if (!fs)
		return -1;
	name_device(fs, mp->dev);
	return 1;
}

int select_add_devices(struct select_list *list, const struct devices *devices)
{
	struct fserror_fs_id *fs;
	size_t i;

	for (i = 0; i < devices->nr; i++) {
		fs = append(list, sizeof(*fs));
		if (!fs)
			return -1;
		name_device(fs, devices->v[i]);
	}
	return 0;
}

/* a block device, with all that is above it */
static int add_stack(struct select *select, const char *arg, dev_t dev)
{
	struct devices mounted = { 0 };
	struct select_stack *stack;
	int rc;

	stack = append(&select->stacks, sizeof(*stack));
	if (!stack)
		return -1;
	stack->name = copy(arg, strlen(arg));
	if (!stack->name)
		return -1;
	rc = above_find(dev, select->mounts, &stack->devices, &mounted);
	if (rc)
		warnx("%s", strerror(-rc));
	else
		rc = select_add_devices(&select->sources, &mounted) ||
		     select_add_devices(&select->sources, &stack->devices) ||
		     select_add_devices(&select->mounted, &mounted);
	stack->found = mounted.nr;
	free(mounted.v);
	return rc ? -1 : 1;
}

/* the device itself, mounted or not, or what is mounted from that source */
static int add_source(struct select *select, const char *arg)
{
	const struct mount_point *mp;
	struct devices one;
	struct stat st;
	char *path;
	dev_t dev;
	bool block;

	if (check_argument("--source", arg) || read_mounts(select))
		return -1;
	path = mnt_resolve_spec(arg, NULL);
	block = path && !stat(path, &st) && S_ISBLK(st.st_mode);
	mp = mounts_from(select->mounts, path ? path : arg);
	free(path);
	if (block)
		return add_stack(select, arg, st.st_rdev);
	if (!mp) {
		warnx("--source: '%s' is neither a block device nor the source of a mount",
		      arg);
		return -1;
	}
	dev = mp->dev;
	one = (struct devices){ &dev, 1 };
	return select_add_devices(&select->sources, &one) ||
			       select_add_devices(&select->mounted, &one) ?
		       -1 :
		       1;
}

static int add_uuid(struct select *select, const char *arg)
{
	struct fserror_fs_id *fs = append(&select->uuids, sizeof(*fs));

	if (!fs)
		return -1;
	if (!text_to_uuid(arg, fs->uuid)) {
		warnx("--uuid: '%s' is not a UUID", arg);
		return -1;
	}
	fs->has_uuid = true;
	return 1;
}

static int add_inode(struct select *select, const char *arg)
{
	uint64_t *ino = append(&select->inodes, sizeof(*ino));

	if (!ino)
		return -1;
	if (!text_to_u64(arg, ino)) {
		warnx("--inode wants a number, not '%s'", arg);
		return -1;
	}
	return 1;
}

static int add_path(struct select *select, const char *arg)
{
	struct place *place;
	int err;

	if (check_argument("--path", arg))
		return -1;
	place = append(&select->paths, sizeof(*place));
	if (!place)
		return -1;
	mounts_free(select->mounts);
	err = place_find(place, arg, &select->mounts, unseen, select);
	if (!err)
		return 1;
	errno = -err;
	warn("--path: '%s'", arg);
	return -1;
}

/* what was looked up before would be of another namespace */
static int enter_namespace(const struct select *select, const char *arg)
{
	if (select->mounts) {
		warnx("--namespace has to come before --mountpoint, --source and --path");
		return -1;
	}
	return namespace_use(arg) ? -1 : 1;
}

int select_option(struct select *select, int c, const char *arg)
{
	switch (c) {
	case 't':
		return each_word(select, arg, add_type);
	case 'M':
	case 'm':
		return add_mountpoint(select, arg);
	case 'S':
		return add_source(select, arg);
	case SELECT_UUID:
		return add_uuid(select, arg);
	case SELECT_INODE:
		return add_inode(select, arg);
	case SELECT_KIND:
		return each_word(select, arg, add_kind);
	case SELECT_CAUSE:
		return each_word(select, arg, add_cause);
	case SELECT_PATH:
		return add_path(select, arg);
	case 'N':
		return enter_namespace(select, arg);
	}
	return 0;
}

void select_free(struct select *select)
{
	struct select_stack *stack = select->stacks.v;
	struct place *path = select->paths.v;
	char **type = select->types.v, **text = select->unseen.v;
	size_t i;

	for (i = 0; i < select->types.nr; i++)
		free(type[i]);
	for (i = 0; i < select->paths.nr; i++)
		place_free(&path[i]);
	for (i = 0; i < select->unseen.nr; i++)
		free(text[i]);
	for (i = 0; i < select->stacks.nr; i++) {
		free(stack[i].name);
		free(stack[i].devices.v);
	}
	free(select->stacks.v);
	free(select->unseen.v);
	free(select->mounted.v);
	free(select->types.v);
	free(select->mountpoints.v);
	free(select->sources.v);
	free(select->uuids.v);
	free(select->paths.v);
	free(select->inodes.v);
	mounts_free(select->mounts);
	memset(select, 0, sizeof(*select));
}

bool select_names_filesystem(const struct select *select)
{
	return select->mountpoints.nr || select->sources.nr ||
	       select->uuids.nr || select->paths.nr;
}

bool select_any(const struct select *select)
{
	return select->types.nr || select->mountpoints.nr ||
	       select->sources.nr || select->uuids.nr || select->paths.nr ||
	       select->inodes.nr || select->kinds || select->causes;
}

/* the filesystems of the first option that names some; the rest is seen to here */
static const struct select_list *filesystems(const struct select *select)
{
	if (select->mountpoints.nr)
		return &select->mountpoints;
	if (select->sources.nr)
		return &select->sources;
	return &select->uuids;
}

const struct fserror_filter *select_filter(struct select *select)
{
	const struct select_list *list = filesystems(select);

	/* the kernel takes only what is mounted */
	if (list == &select->sources && select->mounted.nr)
		list = &select->mounted;
	select->filter = (struct fserror_filter){
		.fs = list->v,
		.nr_fs = list->nr,
		.kinds = select->kinds,
		.causes = select->causes,
	};
	return &select->filter;
}

/* the filesystem of all regions of @place, or false */
static bool one_filesystem(const struct place *place, struct fserror_fs_id *fs)
{
	size_t i;

	for (i = 1; i < place->nr; i++) {
		if (place->v[i].dev != place->v[0].dev)
			return false;
	}
	memset(fs, 0, sizeof(*fs));
	if (place->nr)
		name_device(fs, place->v[0].dev);
	return place->nr;
}

const struct fserror_fs_id *select_filesystem(struct select *select)
{
	const struct select_list *list = filesystems(select);

	if (list == &select->sources && select->mounted.nr)
		list = &select->mounted;
	if (list->nr == 1)
		return list->v;
	/* below a path other filesystems may be mounted, unless it is a file */
	if (!list->nr && select->paths.nr == 1 &&
	    one_filesystem(select->paths.v, &select->only))
		return &select->only;
	return NULL;
}
