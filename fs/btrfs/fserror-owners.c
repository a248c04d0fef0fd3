// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose bytes are, by their logical address: by walking the back references of the
 * extents in the commit roots.
 *
 * A walk of an extent is done in two steps. Owners are collected first, at most
 * BTRFS_LOST_OWNERS; their inodes are looked up when nothing is held that a commit waits
 * for, because looking up an inode waits for its eviction, and that may wait for a commit.
 * An owner counts as far as items still point to the extent where its file extent item
 * was: it may have been cut since. Owners come in the order of their keys, so that a walk
 * can go on at one of them.
 *
 * LOCKING
 *
 * The caller holds s_umount, shared, which keeps unmount from meeting an inode that is in
 * use here. Under it commit_root_sem, shared, and then, without that, tree locks, one
 * tree at a time. What is found is told with nothing else held.
 */
#include <linux/fs.h>
#include <linux/fserror_watch.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "ctree.h"
#include "accessors.h"
#include "backref.h"
#include "btrfs_inode.h"
#include "disk-io.h"
#include "file-item.h"
#include "fs.h"
#include "fserror.h"
#include "inode-item.h"

/* owners of an extent that are told in one turn */
#define LOST_TURN	128

/*
 * btrfs_lost_walk_alloc - memory for walks
 * @fs_info: the filesystem
 *
 * Context: Process context, may sleep.
 * Return: the walk, of which @tell is to be set, or NULL.
 */
struct btrfs_lost_walk *btrfs_lost_walk_alloc(struct btrfs_fs_info *fs_info)
{
	struct btrfs_lost_walk *walk = kvzalloc_obj(*walk, GFP_NOFS);

	if (!walk)
		return NULL;
	walk->fs_info = fs_info;
	walk->path = btrfs_alloc_path();
	if (walk->path)
		return walk;
	kvfree(walk);
	return NULL;
}

/*
 * btrfs_lost_walk_free - the end of walks
 * @walk: what btrfs_lost_walk_alloc() returned
 *
 * Context: Process context, may sleep.
 */
void btrfs_lost_walk_free(struct btrfs_lost_walk *walk)
{
	btrfs_free_path(walk->path);
	kvfree(walk);
}

static int lost_tell(struct btrfs_lost_walk *walk, enum btrfs_lost_what what,
		     u64 logical, u64 end)
{
	struct btrfs_lost_piece piece = {
		.what		= what,
		.logical	= logical,
		.bytes		= end - logical,
	};

	return walk->tell(walk, &piece);
}

static int lost_owner_cmp(const void *a, const void *b)
{
	const struct btrfs_lost_owner *x = a, *y = b;

	return cmp_int(x->root, y->root) ?: cmp_int(x->ino, y->ino) ?:
	       cmp_int(x->offset, y->offset);
}

static int lost_collect(u64 ino, u64 offset, u64 num_bytes, u64 root, void *data)
{
	struct btrfs_lost_walk *walk = data;

	if (walk->nr == BTRFS_LOST_OWNERS) {
		walk->more = true;
		return BTRFS_ITERATE_EXTENT_INODES_STOP;
	}
	walk->owner[walk->nr++] = (struct btrfs_lost_owner) {
		.root = root, .ino = ino, .offset = offset, .len = num_bytes,
	};
	return 0;
}

/*
 * Which bytes of the file are lost, if the item at the path points to the extent and to
 * something in it that is lost? What is compressed cannot be read at all then, and what
 * was only allocated holds nothing.
 */
static bool lost_range(const struct btrfs_lost_walk *walk, u64 file_pos,
		       struct btrfs_lost_piece *piece)
{
	const struct extent_buffer *eb = walk->path->nodes[0];
	const struct btrfs_file_extent_item *item;
	u64 first, nr, from, to;

	item = btrfs_item_ptr(eb, walk->path->slots[0], struct btrfs_file_extent_item);
	if (btrfs_file_extent_type(eb, item) != BTRFS_FILE_EXTENT_REG ||
	    btrfs_file_extent_disk_bytenr(eb, item) != walk->start)
		return false;

	nr = btrfs_file_extent_num_bytes(eb, item);
	if (btrfs_file_extent_compression(eb, item)) {
		piece->pos = file_pos;
		piece->len = nr;
		piece->logical = walk->from;
		piece->bytes = walk->to - walk->from;
		return true;
	}
	first = walk->start + btrfs_file_extent_offset(eb, item);
	from = max(first, walk->from);
	to = min(first + nr, walk->to);
	if (from >= to)
		return false;
	piece->pos = file_pos + (from - first);
	piece->len = to - from;
	piece->logical = from;
	piece->bytes = to - from;
	return true;
}

/* Would putting the inode delete the file, where nothing may be written? */
static bool lost_is_orphan(struct btrfs_lost_walk *walk, struct btrfs_root *root, u64 ino)
{
	struct btrfs_key key = { .objectid = ino, .type = BTRFS_INODE_ITEM_KEY };
	struct btrfs_path *path = walk->path;
	struct btrfs_inode_item *item;
	bool is_orphan = false;

	if (!sb_rdonly(walk->fs_info->sb))
		return false;
	if (!btrfs_lookup_inode(NULL, root, path, &key, 0)) {
		item = btrfs_item_ptr(path->nodes[0], path->slots[0],
				      struct btrfs_inode_item);
		is_orphan = !btrfs_inode_nlink(path->nodes[0], item);
	}
	btrfs_release_path(path);
	return is_orphan;
}

static int lost_inode(struct btrfs_lost_walk *walk, struct btrfs_root *root,
		      struct btrfs_lost_piece *piece)
{
	struct btrfs_inode *inode;
	int stop = 0;
	u64 size;

	/* that is told by its number */
	if (lost_is_orphan(walk, root, piece->owner.ino))
		return walk->tell(walk, piece);
	inode = btrfs_iget(piece->owner.ino, root);
	if (IS_ERR(inode)) {
		/* it may have been deleted a moment ago */
		if (PTR_ERR(inode) == -ENOENT || PTR_ERR(inode) == -ESTALE)
			return 0;
		return walk->tell(walk, piece);
	}
	/* bytes after the end of the file never were anybody's */
	size = i_size_read(&inode->vfs_inode);
	if (piece->pos < size) {
		piece->len = min(piece->len, size - piece->pos);
		piece->inode = &inode->vfs_inode;
		stop = walk->tell(walk, piece);
	}
	fserror_iput_later(&inode->vfs_inode);
	return stop;
}

/*
 * The next item from *@pos on that is left of what was one at the last commit, and that
 * has something that is lost. Returns 0, 1 if there is none, or a negative errno.
 */
static int lost_next_item(struct btrfs_lost_walk *walk, struct btrfs_root *root,
			  const struct btrfs_lost_owner *owner, u64 *pos,
			  struct btrfs_lost_piece *piece)
{
	struct btrfs_path *path = walk->path;
	struct btrfs_key key;
	int ret;

	ret = btrfs_lookup_file_extent(NULL, root, path, owner->ino, *pos, 0);
	while (ret >= 0) {
		ret = btrfs_get_next_valid_item(root, &key, path);
		if (ret)
			break;
		ret = 1;
		if (key.objectid != owner->ino || key.type != BTRFS_EXTENT_DATA_KEY ||
		    key.offset - owner->offset >= owner->len)
			break;
		*pos = key.offset + 1;
		ret = !lost_range(walk, key.offset, piece);
		if (!ret)
			break;
		path->slots[0]++;
	}
	btrfs_release_path(path);
	return ret;
}

/* What is left of the item; most often it is as it was. */
static int lost_tell_items(struct btrfs_lost_walk *walk, struct btrfs_root *root,
			   const struct btrfs_lost_owner *owner)
{
	u64 pos = owner->offset;
	int ret;

	do {
		struct btrfs_lost_piece piece = {
			.what	= BTRFS_LOST_DATA,
			.owner	= *owner,
		};

		ret = lost_next_item(walk, root, owner, &pos, &piece);
		if (ret < 0)
			return lost_tell(walk, BTRFS_LOST_UNKNOWN, walk->from, walk->to);
		if (ret)
			return 0;
		ret = lost_inode(walk, root, &piece);
		cond_resched();
	} while (!ret);
	return ret;
}

static int lost_tell_owner(struct btrfs_lost_walk *walk,
			   const struct btrfs_lost_owner *owner)
{
	struct btrfs_root *root;
	int ret;

	/* a copy that balancing is making */
	if (owner->root == BTRFS_DATA_RELOC_TREE_OBJECTID ||
	    owner->root == BTRFS_TREE_RELOC_OBJECTID)
		return 0;
	/* the cache of free space is a file of the filesystem's own */
	if (!btrfs_is_fstree(owner->root))
		return lost_tell(walk, BTRFS_LOST_METADATA, walk->from, walk->to);

	root = btrfs_get_fs_root(walk->fs_info, owner->root, true);
	if (IS_ERR(root)) {
		/* a subvolume that is being deleted */
		if (PTR_ERR(root) == -ENOENT)
			return 0;
		return lost_tell(walk, BTRFS_LOST_UNKNOWN, walk->from, walk->to);
	}
	ret = lost_tell_items(walk, root, owner);
	btrfs_put_root(root);
	return ret;
}

static int lost_stops(struct btrfs_lost_walk *walk)
{
	cond_resched();
	return walk->should_stop ? walk->should_stop(walk) : 0;
}

/* The owners of the extent at hand. */
static int lost_extent(struct btrfs_lost_walk *walk)
{
	struct btrfs_backref_walk_ctx ctx = {
		.fs_info		= walk->fs_info,
		.bytenr			= walk->start,
		.ignore_extent_item_pos	= true,
	};
	const struct btrfs_lost_owner *last = NULL;
	unsigned int i, told = 0;
	int error, stop;

	if (walk->is_metadata)
		return lost_tell(walk, BTRFS_LOST_METADATA, walk->from, walk->to);

	walk->nr = 0;
	walk->more = false;
	error = iterate_extent_inodes(&ctx, true, lost_collect, walk);
	sort(walk->owner, walk->nr, sizeof(walk->owner[0]), lost_owner_cmp, NULL);
	for (i = 0; i < walk->nr; i++) {
		const struct btrfs_lost_owner *owner = &walk->owner[i];

		if (lost_owner_cmp(owner, &walk->after) < 0 ||
		    (last && !lost_owner_cmp(owner, last)))
			continue;
		last = owner;
		walk->after = *owner;
		stop = lost_tell_owner(walk, owner);
		if (stop)
			return stop;
		walk->after.offset++;
		/* whoever goes on here has to collect them all once more */
		stop = ++told % LOST_TURN ? 0 : lost_stops(walk);
		if (stop)
			return stop;
	}
	walk->after = (struct btrfs_lost_owner) { U64_MAX, U64_MAX, U64_MAX };
	if (error || walk->more)
		return lost_tell(walk, BTRFS_LOST_UNKNOWN, walk->from, walk->to);
	return 0;
}

static int lost_take_extent(struct btrfs_lost_walk *walk, const struct btrfs_key *key,
			    u64 logical, u64 end)
{
	const struct extent_buffer *eb = walk->path->nodes[0];
	const struct btrfs_extent_item *item;
	u64 generation;

	item = btrfs_item_ptr(eb, walk->path->slots[0], struct btrfs_extent_item);
	walk->is_metadata = btrfs_extent_flags(eb, item) & BTRFS_EXTENT_FLAG_TREE_BLOCK;
	walk->start = key->objectid;
	walk->end = key->objectid + (key->type == BTRFS_METADATA_ITEM_KEY ?
				     walk->fs_info->nodesize : key->offset);
	if (unlikely(walk->end <= walk->start))
		return -EUCLEAN;
	if (walk->end <= logical)
		return 1;
	/* the one in which the walk was to go on may have been freed since */
	generation = btrfs_extent_generation(eb, item);
	if (generation != walk->generation)
		walk->after = (struct btrfs_lost_owner) { };
	walk->generation = generation;
	walk->from = max(walk->start, logical);
	walk->to = min(walk->end, end);
	return 0;
}

/*
 * The first extent that has something in [@logical, @end), as of the last commit. Returns
 * 0, 1 if there is none, or a negative errno.
 */
static int lost_next(struct btrfs_lost_walk *walk, u64 logical, u64 end)
{
	struct btrfs_root *root = btrfs_extent_root(walk->fs_info, logical);
	struct btrfs_path *path = walk->path;
	struct btrfs_key key = {
		.objectid	= logical,
		.type		= BTRFS_METADATA_ITEM_KEY,
		.offset		= (u64)-1,
	};
	int ret;

	if (unlikely(!root))
		return -EUCLEAN;
	path->search_commit_root = true;
	path->skip_locking = true;
	down_read(&walk->fs_info->commit_root_sem);
	ret = btrfs_search_slot(NULL, root, &key, path, 0, 0);
	if (ret > 0)
		ret = btrfs_previous_extent_item(root, path, 0);
	else if (!ret)
		/* no extent is that long */
		ret = -EUCLEAN;
	while (ret >= 0) {
		ret = btrfs_get_next_valid_item(root, &key, path);
		if (ret)
			break;
		ret = 1;
		if (key.objectid >= end)
			break;
		if (key.type == BTRFS_METADATA_ITEM_KEY ||
		    key.type == BTRFS_EXTENT_ITEM_KEY)
			ret = lost_take_extent(walk, &key, logical, end);
		if (!ret)
			break;
		path->slots[0]++;
	}
	btrfs_release_path(path);
	up_read(&walk->fs_info->commit_root_sem);
	path->search_commit_root = false;
	path->skip_locking = false;
	return ret;
}

/*
 * btrfs_lost_walk - tell whose bytes are
 * @walk: how to tell
 * @logical: logical address of the first byte
 * @end: logical address of the byte after the last one
 *
 * All that is not told as somebody's, unknown or free belongs to an extent that nobody
 * points to any more, at least not to these bytes.
 *
 * Context: Process context, sleeps and reads; s_umount held, and nothing that a commit of
 * a transaction waits for.
 * Return: 0; or what @walk->tell or @walk->should_stop returned.
 */
int btrfs_lost_walk(struct btrfs_lost_walk *walk, u64 logical, u64 end)
{
	int ret, stop;

	for (; logical < end; logical = walk->to) {
		/* before looking, or what a commit has given out meanwhile would be free */
		walk->may_be_new = READ_ONCE(walk->fs_info->running_transaction) ||
				   btrfs_fs_incompat(walk->fs_info, REMAP_TREE);
		ret = lost_next(walk, logical, end);
		if (ret < 0)
			return lost_tell(walk, BTRFS_LOST_UNKNOWN, logical, end);
		if (ret || walk->from > logical) {
			stop = lost_tell(walk, BTRFS_LOST_FREE, logical,
					 ret ? end : walk->from);
			if (stop || ret)
				return stop;
			/* the extent in which the walk was to go on is not there any more */
			walk->after = (struct btrfs_lost_owner) { };
		}
		stop = lost_extent(walk);
		if (stop)
			return stop;
		walk->after = (struct btrfs_lost_owner) { };
		walk->from = walk->to;
		stop = lost_stops(walk);
		if (stop)
			return stop;
	}
	return 0;
}
