// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine with containers has hundreds of mounts that show a part of what
 * another one has shown already. So what was seen is remembered, by the place in
 * the filesystem, and what was not, because something is mounted on it: only that
 * is looked for through further mounts.
 */
#include "path_search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "place.h"

/* what one search has seen; all names are places in the filesystem, "": its root */
struct seen {
	struct string_list whole; /* read with all that is below */
	struct string_list hidden; /* but not these, with what is below */
};

static bool is_below_any(const char *where, const struct string_list *names)
{
	size_t i;

	for (i = 0; i < names->nr; i++) {
		if (place_is_below(where, names->v[i]))
			return true;
	}
	return false;
}

/* what is wrong with a walk goes to the lookups that still want something */
static int tell(int rc, struct lookup *lookups, size_t nr)
{
	size_t i;

	if (rc == -ENOMEM)
		return rc;
	for (i = 0; rc && i < nr; i++) {
		if (lookup_wants(&lookups[i]))
			lookups[i].result->error = rc < 0 ? -rc : rc;
	}
	return rc < 0 ? 1 : 0;
}

static void forget(struct string_list *names, size_t nr)
{
	free(names->v[nr]);
	names->v[nr] = names->v[--names->nr];
}

/* the hidden places that @mp may show, each once */
static int walk_hidden(const struct mount_point *mp, const char *root,
		       struct lookup *lookups, size_t nr,
		       const struct path_hooks *hooks, struct seen *seen)
{
	struct string_list old = seen->hidden;
	const char *where;
	size_t i, len = strlen(root);
	int rc = 0;

	memset(&seen->hidden, 0, sizeof(seen->hidden));
	for (i = 0; i < old.nr && !rc;) {
		where = old.v[i];
		if (place_is_below(where, root)) {
			/* if it is hidden here, too, it is told again */
			rc = walk_mount(mp, where[len] ? where + len + 1 : "",
					lookups, nr, hooks, &seen->hidden);
			if (rc == ENOENT || rc == ENOTDIR) {
				rc = 0;
				break;
			}
			rc = tell(rc, lookups, nr);
			forget(&old, i);
			continue;
		}
		if (place_is_below(root, where)) {
			rc = walk_mount(mp, "", lookups, nr, hooks,
					&seen->hidden);
			if (rc != ENOENT && rc != ENOTDIR)
				rc = tell(rc, lookups, nr);
			else
				rc = 0;
		}
		i++;
	}
	for (i = 0; i < old.nr && rc != -ENOMEM; i++)
		rc = string_list_add_once(&seen->hidden, old.v[i]) ? -ENOMEM :
								     rc;
	string_list_free(&old);
	return rc;
}

/* 1: that is all, 0: there may be more, or -ENOMEM */
static int search_mount(const struct mount_point *mp, struct lookup *lookups,
			size_t nr, const struct path_hooks *hooks,
			struct seen *seen)
{
	const char *root = strcmp(mp->root, "/") ? mp->root : "";
	bool wanted = false;
	size_t i;
	int rc;

	for (i = 0; i < nr; i++)
		wanted |= lookup_wants(&lookups[i]);
	if (!wanted)
		return 1;
	if (is_below_any(root, &seen->whole))
		return walk_hidden(mp, root, lookups, nr, hooks, seen);
	rc = walk_mount(mp, "", lookups, nr, hooks, &seen->hidden);
	/* a covered mount, or one of a single file, shows nothing */
	if (rc == ENOENT || rc == ENOTDIR)
		return 0;
	rc = tell(rc, lookups, nr);
	return rc ? rc : string_list_add_once(&seen->whole, root);
}

int search_filesystem(const struct mounts *mounts, struct lookup *lookups,
		      size_t nr, const struct path_hooks *hooks)
{
	const struct fserror_record *rec = lookups[0].rec;
	const struct mount_point *mp;
	struct seen seen = { 0 };
	size_t count, i;
	int rc = 0;

	mp = mounts_of(mounts, makedev(rec->major, rec->minor), &count);
	for (i = 0; i < count && !rc; i++)
		rc = search_mount(&mp[i], lookups, nr, hooks, &seen);
	string_list_free(&seen.whole);
	string_list_free(&seen.hidden);
	return rc < 0 ? rc : 0;
}
