// SPDX-License-Identifier: GPL-2.0-only
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmount.h>

#include "namespace.h"

/* what one search needs */
struct search {
	struct place *place;
	const struct mounts *mounts; /* where names are looked up */
	const struct mounts *own; /* where overlays were mounted, likely */
	place_unseen *unseen;
	void *arg;
};

bool place_is_below(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return !strncmp(name, prefix, len) && (!name[len] || name[len] == '/');
}

/* "/" is spelled "" where something is put behind it */
static const char *bare(const char *path)
{
	return strcmp(path, "/") ? path : "";
}

static int add(struct place *place, dev_t dev, const char *before,
	       const char *after, bool maybe)
{
	struct region *v;
	char *prefix = NULL;

	if (before && asprintf(&prefix, "%s%s", before, after) < 0)
		return -ENOMEM;
	v = reallocarray(place->v, place->nr + 1, sizeof(*v));
	if (!v) {
		free(prefix);
		return -ENOMEM;
	}
	place->v = v;
	v[place->nr++] = (struct region){ dev, prefix, maybe };
	return 0;
}

/* what of @dev is at @where or below, by all names that it has */
static int add_part(struct search *search, dev_t dev, const char *where,
		    bool maybe)
{
	const struct mount_point *mp;
	const char *root;
	bool any = false;
	size_t count, i;
	int err = 0;

	mp = mounts_of(search->mounts, dev, &count);
	for (i = 0; i < count && !err; i++) {
		root = bare(mp[i].root);
		if (place_is_below(where, root))
			err = add(search->place, dev, bare(mp[i].target),
				  where + strlen(root), maybe);
		else if (place_is_below(root, where))
			err = add(search->place, dev, bare(mp[i].target), "",
				  maybe);
		else
			continue;
		any = true;
	}
	if (!err && !any)
		err = add(search->place, dev, NULL, "", maybe);
	return err;
}

/* where in its filesystem @name is, which is on @mp */
static char *where_is(const char *name, const struct mount_point *mp)
{
	const char *target = bare(mp->target);
	char *where;

	if (!place_is_below(name, target))
		return NULL;
	if (asprintf(&where, "%s%s", bare(mp->root), name + strlen(target)) < 0)
		return NULL;
	return where;
}

/* the kernel stacks two; more is a loop of names that changed */
#define OVERLAY_DEPTH 8

static bool is_overlay(const struct mount_point *mp)
{
	return mp->fstype && !strcmp(mp->fstype, "overlay");
}

/*
 * A layer of an overlay, of which @below is seen. A directory that was renamed
 * has another name there, so the rest of it may be seen as well.
 */
static int add_overlay(struct search *search, const struct mount_point *overlay,
		       const char *below, unsigned int depth);

static int add_layer(struct search *search, const struct mount_point *overlay,
		     const char *layer, const char *below, unsigned int depth)
{
	const struct mount_point *mp = NULL;
	char *name = realpath(layer, NULL), *where = NULL, *part = NULL;
	int fd = *layer == '/' && name ? open(name, O_PATH | O_CLOEXEC) : -1;
	int err = 0;

	if (fd >= 0)
		mp = mounts_of_fd(search->own, fd);
	if (mp)
		where = where_is(name, mp);
	if (where && asprintf(&part, "%s%s", where, below) < 0) {
		part = NULL;
		err = -ENOMEM;
	} else if (where && is_overlay(mp) && depth < OVERLAY_DEPTH) {
		err = add_overlay(search, mp, part, depth + 1);
	} else if (where && !is_overlay(mp)) {
		err = add_part(search, mp->dev, part, false);
		if (!err && *below)
			err = add_part(search, mp->dev, where, true);
	} else {
		err = search->unseen(search->arg, overlay->target,
				     "a layer of this overlay cannot be found");
	}
	if (fd >= 0)
		close(fd);
	free(part);
	free(where);
	free(name);
	return err;
}

/*
 * @list has names with colons between them, and \ before those in a name, unless it
 * is one name.
 */
static int add_layers(struct search *search, const struct mount_point *overlay,
		      const char *list, size_t len, bool one, const char *below,
		      unsigned int depth)
{
	char *layer = malloc(len + 1);
	size_t i, at = 0;
	int err = layer ? 0 : -ENOMEM;

	for (i = 0; i <= len && !err; i++) {
		if (!one && i < len && list[i] == '\\' && i + 1 < len) {
			layer[at++] = list[++i];
			continue;
		}
		if (i < len && (one || list[i] != ':')) {
			layer[at++] = list[i];
			continue;
		}
		layer[at] = '\0';
		/* two colons are before a layer that has data only */
		if (at)
			err = add_layer(search, overlay, layer, below, depth);
		at = 0;
	}
	free(layer);
	return err;
}

/* the options that name layers; those with a plus name one each */
static const char *const layer_options[] = {
	"upperdir",
	"lowerdir",
	"lowerdir+",
	"datadir+",
};

static bool names_layers(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(layer_options) / sizeof(layer_options[0]); i++) {
		if (strlen(layer_options[i]) == len &&
		    !strncmp(layer_options[i], name, len))
			return true;
	}
	return false;
}

static int add_overlay(struct search *search, const struct mount_point *overlay,
		       const char *below, unsigned int depth)
{
	char *options = overlay->options ? strdup(overlay->options) : NULL;
	char *at = options, *name, *value;
	size_t name_len, value_len;
	int err = 0;

	while (at && !err &&
	       !mnt_optstr_next_option(&at, &name, &name_len, &value,
				       &value_len)) {
		if (value && names_layers(name, name_len))
			err = add_layers(search, overlay, value, value_len,
					 name[name_len - 1] == '+', below,
					 depth);
	}
	free(options);
	return err;
}

/* what of the mount @mp is at @where in its filesystem or below */
static int add_mount(struct search *search, const struct mount_point *mp,
		     const char *where)
{
	if (is_overlay(mp))
		return add_overlay(search, mp, where, 0);
	return add_part(search, mp->dev, where, false);
}

static int add_all(struct search *search, const struct mount_point *holder,
		   const char *where)
{
	const struct mount_point *mp;
	size_t count, i, len = strlen(search->place->path);
	int err = add_mount(search, holder, where);

	mp = mounts_all(search->mounts, &count);
	for (i = 0; i < count && !err; i++) {
		if (!strncmp(mp[i].target, search->place->path, len) &&
		    mp[i].target[len] == '/' && mp[i].target[len + 1])
			err = add_mount(search, &mp[i], bare(mp[i].root));
	}
	return err;
}

/* the directory that @arg is in, and its last part; what lies there may be gone */
static int find_parent(const char *arg, char **path)
{
	char *dir = strdup(arg), *base, *parent;
	int err = 0;

	*path = NULL;
	if (!dir)
		return -ENOMEM;
	for (base = dir + strlen(dir); base > dir && base[-1] == '/'; base--)
		base[-1] = '\0';
	base = strrchr(dir, '/');
	if (base)
		*base++ = '\0';
	parent = namespace_realpath(!base ? "." : *dir ? dir : "/");
	if (!base)
		base = dir;
	if (!parent)
		err = -errno;
	else if (asprintf(path, "%s/%s", bare(parent), base) < 0)
		err = -ENOMEM;
	free(parent);
	free(dir);
	return err;
}

/* open @arg, or the directory that it was in; the name of either is *@path */
static int open_place(const char *arg, char **path)
{
	char *slash;
	int fd, err;

	if (!*arg)
		return -EINVAL;
	*path = namespace_realpath(arg);
	if (*path) {
		fd = namespace_open(*path, O_PATH | O_NOFOLLOW, 0);
		return fd < 0 ? -errno : fd;
	}
	if (errno != ENOENT)
		return -errno;
	err = find_parent(arg, path);
	if (err)
		return err;
	slash = strrchr(*path, '/');
	*slash = '\0';
	fd = namespace_open(**path ? *path : "/", O_PATH | O_NOFOLLOW, 0);
	*slash = '/';
	return fd < 0 ? -errno : fd;
}

int place_find(struct place *place, const char *arg, struct mounts **mounts,
	       place_unseen *unseen, void *arg_unseen)
{
	struct search search = { place, NULL, NULL, unseen, arg_unseen };
	const struct mount_point *holder;
	struct mounts *own = NULL;
	char *where = NULL;
	int fd, err;

	*mounts = NULL;
	memset(place, 0, sizeof(*place));
	fd = open_place(arg, &place->path);
	if (fd < 0)
		return fd;
	/* while it is open the numbers of mounts are what they are */
	*mounts = mounts_load();
	own = mounts_load_own();
	err = *mounts && own ? 0 : -errno;
	if (err)
		goto out;
	search.mounts = *mounts;
	search.own = own;
	if (!strcmp(place->path, "/"))
		*place->path = '\0';
	holder = mounts_of_fd(*mounts, fd);
	if (holder)
		where = where_is(place->path, holder);
	err = where ? add_all(&search, holder, where) :
		      unseen(arg_unseen, arg,
			     "the mount that it is on is not listed");

out:
	free(where);
	mounts_free(own);
	close(fd);
	return err;
}

void place_free(struct place *place)
{
	size_t i;

	for (i = 0; i < place->nr; i++)
		free(place->v[i].prefix);
	free(place->v);
	free(place->path);
	memset(place, 0, sizeof(*place));
}
