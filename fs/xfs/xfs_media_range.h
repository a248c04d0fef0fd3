/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arithmetic of bad ranges: bytes of a device, bytes of a group, reverse mapping
 * records, bytes of a file.  A range of bytes is a struct fserror_extent; what it is
 * counted from is said where it is used, and its length is never 0.  Nothing here
 * looks at a mount or takes a lock, so that xfs_fserror_kunit.c can test all of it.
 */
#ifndef __XFS_MEDIA_RANGE_H__
#define __XFS_MEDIA_RANGE_H__

#include <linux/fserror_watch.h>

/* bad blocks with no more good ones between them are looked up together */
#define XFS_MEDIA_GAP		32

/**
 * struct xfs_media_section - groups of one type, one after the other
 * @start: first byte of group 0 on the device
 * @size: bytes from there to the end of the last group
 * @stride: bytes from the start of a group to the start of the next one
 * @groups: how many there are
 */
struct xfs_media_section {
	u64			start;
	u64			size;
	u64			stride;
	u32			groups;
};

/**
 * xfs_media_clip() - Cut a range down to what it has in common with another
 * @pos: first byte of the range
 * @len: length of the range in bytes; may reach beyond what 64 bits can count
 * @start: first byte of the other range
 * @size: length of the other range in bytes; must not reach beyond 64 bits
 * @out: what they have in common, in bytes counted from @start
 *
 * Return: true if they have anything in common.
 */
static inline bool
xfs_media_clip(
	u64				pos,
	u64				len,
	u64				start,
	u64				size,
	struct fserror_extent		*out)
{
	u64				skip;

	if (pos < start) {
		skip = start - pos;
		if (len <= skip)
			return false;
		pos = start;
		len -= skip;
	}
	pos -= start;
	if (!len || pos >= size)
		return false;

	out->pos = pos;
	out->len = min(len, size - pos);
	return true;
}

/**
 * xfs_media_next_group() - Find the next group that a bad range touches
 * @sec: the section
 * @ext: sorted, disjoint ranges of bytes of the device
 * @nr: how many there are
 * @i: first of them that may matter; moved on, but never behind one that a later
 *	group may need
 * @gno: first group that may matter; the one that was found on return
 *
 * There may be a gap after the last block of a group, so that it is for the
 * caller to find that nothing of the range is in the group itself.
 *
 * Return: true if there is one.
 */
static inline bool
xfs_media_next_group(
	const struct xfs_media_section	*sec,
	const struct fserror_extent	*ext,
	unsigned int			nr,
	unsigned int			*i,
	u32				*gno)
{
	struct fserror_extent		in;
	u64				skip = (u64)*gno * sec->stride;

	if (*gno >= sec->groups || skip >= sec->size)
		return false;
	for (; *i < nr; (*i)++) {
		if (xfs_media_clip(ext[*i].pos, ext[*i].len, sec->start + skip,
				sec->size - skip, &in)) {
			*gno += div64_u64(in.pos, sec->stride);
			return *gno < sec->groups;
		}
	}
	return false;
}

/**
 * struct xfs_media_window - the part of a group that is looked at
 * @base: first byte of the group on the device
 * @start: first byte of the part, counted from the start of the group
 * @size: bytes of the group
 */
struct xfs_media_window {
	u64			base;
	u64			start;
	u64			size;
};

/**
 * xfs_media_in_window() - Cut a range of the device down to a part of a group
 * @win: the part
 * @ext: bytes of the device
 * @out: what they have in common, in bytes counted from the start of the group
 *
 * Return: true if they have anything in common.
 */
static inline bool
xfs_media_in_window(
	const struct xfs_media_window	*win,
	const struct fserror_extent	*ext,
	struct fserror_extent		*out)
{
	if (win->start >= win->size ||
	    !xfs_media_clip(ext->pos, ext->len, win->base + win->start,
			win->size - win->start, out))
		return false;
	out->pos += win->start;
	return true;
}

/**
 * struct xfs_media_cluster - bad ranges that are looked up together
 * @first: number of the first range
 * @end: number of the range after the last one
 * @start: first block of the group that any of them touches
 * @last: last block of the group that any of them touches
 */
struct xfs_media_cluster {
	unsigned int		first;
	unsigned int		end;
	xfs_agblock_t		start;
	xfs_agblock_t		last;
};

/**
 * xfs_media_next_cluster() - Find the bad ranges to be looked up next
 * @win: the part of the group to look at
 * @blocklog: log2 of the size of a filesystem block in bytes
 * @ext: sorted, disjoint ranges of bytes of the device
 * @nr: how many there are
 * @i: first of them that may matter
 * @cl: the cluster
 *
 * Where bad blocks are far from each other each is a query of its own, so that
 * what it costs to find their owners does not depend on what is between them.
 *
 * Return: true if there is one.
 */
static inline bool
xfs_media_next_cluster(
	const struct xfs_media_window	*win,
	unsigned int			blocklog,
	const struct fserror_extent	*ext,
	unsigned int			nr,
	unsigned int			i,
	struct xfs_media_cluster	*cl)
{
	struct fserror_extent		in;

	for (; i < nr; i++) {
		if (xfs_media_in_window(win, &ext[i], &in))
			break;
		if (ext[i].pos >= win->base + win->size)
			return false;
	}
	if (i == nr)
		return false;

	cl->first = i;
	cl->start = in.pos >> blocklog;
	do {
		cl->last = (in.pos + in.len - 1) >> blocklog;
		cl->end = ++i;
	} while (i < nr && xfs_media_in_window(win, &ext[i], &in) &&
		 (in.pos >> blocklog) - cl->last <= XFS_MEDIA_GAP + 1);
	return true;
}

/*
 * The third part of a record's key, as the btree orders it: the state of the
 * extent is no part of the key.
 */
static inline u64
xfs_media_key_offset(
	const struct xfs_rmap_irec	*rec)
{
	return xfs_rmap_irec_offset_pack(rec) & ~XFS_RMAP_OFF_UNWRITTEN;
}

/**
 * xfs_media_key_cmp() - Compare two records as the reverse mapping btree does
 * @a: a record
 * @b: another one
 *
 * xfs_rmap_compare() takes the unwritten flag into account and the btree does
 * not, so that the two order records of one block and one owner differently.
 *
 * Return: less than 0, 0 or more than 0, as @a comes before, with or after @b.
 */
static inline int
xfs_media_key_cmp(
	const struct xfs_rmap_irec	*a,
	const struct xfs_rmap_irec	*b)
{
	return cmp_int(a->rm_startblock, b->rm_startblock) ?:
	       cmp_int(a->rm_owner, b->rm_owner) ?:
	       cmp_int(xfs_media_key_offset(a), xfs_media_key_offset(b));
}

/**
 * xfs_media_same_mapping() - Do two records put the same bytes in one place?
 * @a: a record
 * @b: another one
 *
 * Records are split and merged while their group is unlocked, so that neither
 * their starts nor their lengths need to be the same.
 *
 * Return: true if they are of the same owner, and of the same part of it.
 */
static inline bool
xfs_media_same_mapping(
	const struct xfs_rmap_irec	*a,
	const struct xfs_rmap_irec	*b)
{
	const unsigned int		flags =
			XFS_RMAP_ATTR_FORK | XFS_RMAP_BMBT_BLOCK;

	if (a->rm_owner != b->rm_owner ||
	    (a->rm_flags & flags) != (b->rm_flags & flags))
		return false;
	if (XFS_RMAP_NON_INODE_OWNER(a->rm_owner) ||
	    (a->rm_flags & XFS_RMAP_BMBT_BLOCK))
		return true;
	return a->rm_offset - a->rm_startblock ==
	       b->rm_offset - b->rm_startblock;
}

/**
 * xfs_media_rec_bytes() - Find the bad bytes of a reverse mapping record
 * @rec: the record
 * @blocklog: log2 of the size of a filesystem block in bytes
 * @bad: the bad bytes, counted from the start of the group
 * @out: those of them that are the record's, counted in the same way
 *
 * Return: true if there are any.
 */
static inline bool
xfs_media_rec_bytes(
	const struct xfs_rmap_irec	*rec,
	unsigned int			blocklog,
	const struct fserror_extent	*bad,
	struct fserror_extent		*out)
{
	u64				start = (u64)rec->rm_startblock << blocklog;

	if (!xfs_media_clip(bad->pos, bad->len, start,
			(u64)rec->rm_blockcount << blocklog, out))
		return false;
	out->pos += start;
	return true;
}

/**
 * xfs_media_file_blocks() - Map bytes of a record to blocks of the file
 * @rec: the record, of a fork of an inode
 * @blocklog: log2 of the size of a filesystem block in bytes
 * @piece: bytes of the record, counted from the start of the group
 * @start: first block in the fork that holds any of them
 * @end: block in the fork after the last one that does
 */
static inline void
xfs_media_file_blocks(
	const struct xfs_rmap_irec	*rec,
	unsigned int			blocklog,
	const struct fserror_extent	*piece,
	u64				*start,
	u64				*end)
{
	u64				last = piece->pos + piece->len - 1;

	*start = rec->rm_offset +
			((piece->pos >> blocklog) - rec->rm_startblock);
	*end = rec->rm_offset + ((last >> blocklog) - rec->rm_startblock) + 1;
}

/**
 * xfs_media_piece_of_blocks() - Cut bytes of a record down to file blocks
 * @rec: the record, of a fork of an inode
 * @blocklog: log2 of the size of a filesystem block in bytes
 * @piece: bytes of the record, counted from the start of the group
 * @start: first block in the fork; not before the record's first
 * @end: block in the fork after the last one
 * @out: those of the bytes that are in these blocks, counted in the same way
 *
 * Return: true if there are any.
 */
static inline bool
xfs_media_piece_of_blocks(
	const struct xfs_rmap_irec	*rec,
	unsigned int			blocklog,
	const struct fserror_extent	*piece,
	u64				start,
	u64				end,
	struct fserror_extent		*out)
{
	u64				pos;

	pos = (rec->rm_startblock + (start - rec->rm_offset)) << blocklog;
	if (!xfs_media_clip(piece->pos, piece->len, pos,
			(end - start) << blocklog, out))
		return false;
	out->pos += pos;
	return true;
}

/**
 * xfs_media_file_bytes() - Map bytes of a record to bytes of the file
 * @rec: the record, of the data fork of a file
 * @blocklog: log2 of the size of a filesystem block in bytes
 * @piece: bytes of the record, counted from the start of the group; cut at the
 *	end of the file on return
 * @isize: size of the file in bytes
 * @pos: first of the bytes in the file
 *
 * Return: true if any of the bytes are before the end of the file.
 */
static inline bool
xfs_media_file_bytes(
	const struct xfs_rmap_irec	*rec,
	unsigned int			blocklog,
	struct fserror_extent		*piece,
	u64				isize,
	u64				*pos)
{
	u64				start, end;

	/*
	 * Compare blocks first: a record that is far beyond the end of any file
	 * has no byte offset that 64 bits can hold.
	 */
	xfs_media_file_blocks(rec, blocklog, piece, &start, &end);
	if (start > isize >> blocklog)
		return false;

	*pos = (start << blocklog) + (piece->pos & ((1ULL << blocklog) - 1));
	if (*pos >= isize)
		return false;
	piece->len = min(piece->len, isize - *pos);
	return true;
}

/**
 * xfs_media_inode_bytes() - Find the bytes of one inode in a bad range
 * @inodelog: log2 of the size of an inode in bytes
 * @piece: bytes of a chunk of inodes, counted from the start of the group
 * @agino: number of the inode in its group: inodes are numbered by where they
 *	are
 * @out: those of the bytes that are the inode's, counted in the same way
 *
 * Return: true if there are any.
 */
static inline bool
xfs_media_inode_bytes(
	unsigned int			inodelog,
	const struct fserror_extent	*piece,
	u64				agino,
	struct fserror_extent		*out)
{
	if (!xfs_media_clip(piece->pos, piece->len, agino << inodelog,
			1ULL << inodelog, out))
		return false;
	out->pos += agino << inodelog;
	return true;
}

#endif /* __XFS_MEDIA_RANGE_H__ */
