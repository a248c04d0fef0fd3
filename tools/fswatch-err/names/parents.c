// SPDX-License-Identifier: GPL-2.0-only
#include "parents.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "handle.h"
#include "xfs_handle.h"

/*
 * From the kernel's fs/xfs/libxfs/xfs_fs.h, since Linux 6.10. The header that
 * distributions install with the XFS tools is often older.
 */
struct xfs_getparents_rec {
	struct xfs_handle gpr_parent;
	__u32 gpr_reclen;
	__u32 gpr_reserved;
	char gpr_name[];
};

struct xfs_getparents {
	__u32 gp_cursor[4];
	__u16 gp_iflags;
	__u16 gp_oflags;
	__u32 gp_bufsize;
	__u64 gp_reserved;
	__u64 gp_buffer;
};

struct xfs_getparents_by_handle {
	struct xfs_handle gph_handle;
	struct xfs_getparents gph_request;
};

#define XFS_GETPARENTS_OFLAG_ROOT (1U << 0)
#define XFS_GETPARENTS_OFLAG_DONE (1U << 1)
#define XFS_IOC_GETPARENTS_BY_HANDLE \
	_IOWR('X', 63, struct xfs_getparents_by_handle)

#define BUFFER 65536 /* bytes for the parents of one call */
#define TRIES 3 /* for names that change while they are followed */

/* what one search needs */
struct search {
	struct lookup *lookup;
	const struct mount_point *mp;
	int root_fd;
	struct xfs_handle root; /* the mount's root directory */
	struct xfs_getparents_by_handle above; /* to follow directories */
	char *parents, *parents_above; /* of BUFFER bytes each */
	uint64_t links;
	bool changed; /* a name was not there any more */
};

static bool same_inode(const struct xfs_handle *a, const struct xfs_handle *b)
{
	return a->ha_fid.fid_ino == b->ha_fid.fid_ino &&
	       a->ha_fid.fid_gen == b->ha_fid.fid_gen;
}

/* of an inode of the same filesystem as @root */
static struct xfs_handle handle_of(const struct xfs_handle *root, uint64_t ino,
				   uint32_t generation)
{
	struct xfs_handle handle = *root;

	handle.ha_fid.fid_ino = ino;
	handle.ha_fid.fid_gen = generation;
	return handle;
}

static int get_root(struct search *search)
{
	__u32 len = sizeof(search->root);
	struct xfs_fsop_handlereq req = {
		.fd = search->root_fd,
		.ohandle = &search->root,
		.ohandlen = &len,
	};

	return ioctl(search->root_fd, XFS_IOC_FD_TO_HANDLE, &req) ? errno : 0;
}

static void begin(struct xfs_getparents_by_handle *req,
		  const struct xfs_handle *handle, char *buf)
{
	memset(req, 0, sizeof(*req));
	req->gph_handle = *handle;
	req->gph_request.gp_buffer = (uintptr_t)buf;
	req->gph_request.gp_bufsize = BUFFER;
}

/* the next parents: 0 or a positive errno */
static int ask(const struct search *search,
	       struct xfs_getparents_by_handle *req)
{
	struct xfs_getparents_rec *first =
		(void *)(uintptr_t)req->gph_request.gp_buffer;

	/* If there is no parent, the kernel writes no record at all. */
	memset(first, 0, sizeof(*first) + 1);
	return ioctl(search->root_fd, XFS_IOC_GETPARENTS_BY_HANDLE, req) ?
		       errno :
		       0;
}

/* the record after @rec, or the first if that is NULL; NULL: there is none */
static struct xfs_getparents_rec *next(const struct xfs_getparents *gp,
				       const struct xfs_getparents_rec *rec)
{
	char *buf = (char *)(uintptr_t)gp->gp_buffer;
	size_t at = 0;
	struct xfs_getparents_rec *found;

	if (rec)
		at = (size_t)((const char *)rec - buf) + rec->gpr_reclen;
	if (at + sizeof(*found) >= gp->gp_bufsize)
		return NULL;
	found = (void *)(buf + at);
	return found->gpr_reclen && found->gpr_name[0] ? found : NULL;
}

/* write "@name/" before @path, which ends at the end of the buffer @start */
static int prepend(const char *start, char **path, const char *name)
{
	size_t len = strlen(name);

	if ((size_t)(*path - start) < len + 1)
		return ENAMETOOLONG;
	*path -= len + 1;
	memcpy(*path, name, len);
	(*path)[len] = '/';
	return 0;
}

/*
 * Put what leads from the mount's root to the directory @dir before *@path.
 * Returns 0; EXDEV if @dir is not below that root; or another positive errno.
 * Every step makes the path longer, so a loop in a damaged filesystem ends.
 */
static int climb(struct search *search, struct xfs_handle dir,
		 const char *start, char **path)
{
	struct xfs_getparents *gp = &search->above.gph_request;
	const struct xfs_getparents_rec *rec;
	int err;

	while (!same_inode(&dir, &search->root)) {
		begin(&search->above, &dir, search->parents_above);
		err = ask(search, &search->above);
		if (err)
			return err;
		if (gp->gp_oflags & XFS_GETPARENTS_OFLAG_ROOT)
			return EXDEV;
		rec = next(gp, NULL);
		if (!rec)
			return ESTALE; /* a directory that was removed */
		err = prepend(start, path, rec->gpr_name);
		if (err)
			return err;
		dir = rec->gpr_parent;
	}
	return 0;
}

/* does @path lead to the record's file? 0 or a positive errno */
static int check(const struct search *search, const char *path)
{
	int fd, mount_id, err = 0;

	fd = walk_open_beneath(search->root_fd, path, O_PATH);
	if (fd < 0)
		return errno;
	if (!handle_matches(search->lookup->rec, fd, "", &mount_id))
		err = errno ? errno : ESTALE;
	close(fd);
	return err;
}

/* one name of the file; 0, -ENOMEM or a positive errno */
static int follow(struct search *search, const struct xfs_getparents_rec *rec)
{
	char buf[PATH_MAX], *path = buf + sizeof(buf) - 1;
	int err;

	*path = '\0';
	err = prepend(buf, &path, rec->gpr_name);
	if (!err) {
		buf[sizeof(buf) - 2] = '\0'; /* the slash after the last */
		err = climb(search, rec->gpr_parent, buf, &path);
	}
	if (!err)
		err = check(search, path);
	switch (err) {
	case 0:
		return lookup_add(search->lookup, search->mp, path);
	case EXDEV: /* it is elsewhere, or something is mounted on the way */
		return 0;
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ESTALE:
	case EAGAIN: /* renamed or removed in the meantime */
		search->changed = true;
		return 0;
	default:
		return err;
	}
}

/* all names of the file once */
static int find_once(struct search *search, const struct xfs_handle *handle)
{
	struct xfs_getparents_by_handle req;
	const struct xfs_getparents_rec *rec;
	int err;

	search->links = 0;
	search->changed = false;
	begin(&req, handle, search->parents);
	do {
		err = ask(search, &req);
		if (err)
			return err;
		if (req.gph_request.gp_oflags & XFS_GETPARENTS_OFLAG_ROOT) {
			/* of the root directory: it has no name but this */
			search->links = 1;
			return same_inode(handle, &search->root) ?
				       lookup_add(search->lookup, search->mp,
						  "") :
				       0;
		}
		for (rec = next(&req.gph_request, NULL); rec;
		     rec = next(&req.gph_request, rec)) {
			search->links++;
			err = follow(search, rec);
			if (err)
				return err;
		}
	} while (!(req.gph_request.gp_oflags & XFS_GETPARENTS_OFLAG_DONE));
	return search->changed ? EAGAIN : 0;
}

int parents_find(struct lookup *lookup, const struct mount_point *mp,
		 int root_fd, uint64_t *links)
{
	struct search search = {
		.lookup = lookup,
		.mp = mp,
		.root_fd = root_fd,
	};
	struct xfs_handle handle;
	int err, tries;

	if (!fserror_has(lookup->rec, FSERROR_A_RECORD_GENERATION))
		return EOPNOTSUPP;
	err = get_root(&search);
	if (err)
		return err;
	handle = handle_of(&search.root, lookup->rec->ino,
			   lookup->rec->generation);
	search.parents = malloc(BUFFER);
	search.parents_above = malloc(BUFFER);
	err = search.parents && search.parents_above ? EAGAIN : -ENOMEM;
	for (tries = 0; tries < TRIES && err == EAGAIN; tries++)
		err = find_once(&search, &handle);
	free(search.parents);
	free(search.parents_above);
	*links = search.links;
	return err;
}
