/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arithmetic of the resolver of bad ranges: bytes of a device, bytes of
 * a group, reverse mapping records, bytes of a file.  Nothing here looks at a
 * mount or takes a lock, so that xfs_fserror_kunit.c can test all of it.
 */
#ifndef __XFS_FSERROR_RANGE_H__
#define __XFS_FSERROR_RANGE_H__

/**
 * struct xfs_fserror_bytes - a range of bytes
 * @pos: first byte
 * @len: length in bytes, never 0
 */
struct xfs_fserror_bytes {
	u64			pos;
	u64			len;
};

/**
 * struct xfs_fserror_section - groups of one type, one after the other
 * @start: first byte of group 0 on the device
 * @size: bytes from there to the end of the last group
 * @stride: bytes from the start of a group to the start of the next one
 * @groups: how many there are
 */
struct xfs_fserror_section {
	u64			start;
	u64			size;
	u64			stride;
	u32			groups;
};

/**
 * xfs_fserror_clip() - Cut a range down to what it has in common with another
 * @pos: first byte of the range
 * @len: length of the range in bytes; may reach beyond what 64 bits can count
 * @start: first byte of the other range
 * @size: length of the other range in bytes; must not reach beyond 64 bits
 * @out: what they have in common, in bytes counted from @start
 *
 * Return: true if they have anything in common.
 */
static inline bool
xfs_fserror_clip(
	u64				pos,
	u64				len,
	u64				start,
	u64				size,
	struct xfs_fserror_bytes	*out)
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
 * xfs_fserror_section_groups() - Find the groups that a range touches
 * @sec: the section
 * @pos: first byte of the range on the device
 * @len: length of the range in bytes
 * @first: number of the first group
 * @last: number of the last group
 *
 * There may be a gap after the last block of a group, so that it is for the
 * caller to find that nothing of the range is in the group itself.
 *
 * Return: true if the range touches any.
 */
static inline bool
xfs_fserror_section_groups(
	const struct xfs_fserror_section	*sec,
	u64					pos,
	u64					len,
	u32					*first,
	u32					*last)
{
	struct xfs_fserror_bytes		in;

	if (!xfs_fserror_clip(pos, len, sec->start, sec->size, &in))
		return false;

	*first = div64_u64(in.pos, sec->stride);
	*last = div64_u64(in.pos + in.len - 1, sec->stride);
	return true;
}

/*
 * The third part of a record's key, as the btree orders it: the state of the
 * extent is no part of the key.
 */
static inline u64
xfs_fserror_key_offset(
	const struct xfs_rmap_irec	*rec)
{
	return xfs_rmap_irec_offset_pack(rec) & ~XFS_RMAP_OFF_UNWRITTEN;
}

/**
 * xfs_fserror_key_cmp() - Compare two records as the reverse mapping btree does
 * @a: a record
 * @b: another one
 *
 * xfs_rmap_compare() takes the unwritten flag into account and the btree does
 * not, so that the two order records of one block and one owner differently.
 *
 * Return: less than 0, 0 or more than 0, as @a comes before, with or after @b.
 */
static inline int
xfs_fserror_key_cmp(
	const struct xfs_rmap_irec	*a,
	const struct xfs_rmap_irec	*b)
{
	return cmp_int(a->rm_startblock, b->rm_startblock) ?:
	       cmp_int(a->rm_owner, b->rm_owner) ?:
	       cmp_int(xfs_fserror_key_offset(a), xfs_fserror_key_offset(b));
}

/**
 * xfs_fserror_rec_bytes() - Find the bad bytes of a reverse mapping record
 * @rec: the record
 * @blocklog: log2 of the size of a filesystem block in bytes
 * @bad: the bad bytes, counted from the start of the group
 * @out: those of them that are the record's, counted in the same way
 *
 * Return: true if there are any.
 */
static inline bool
xfs_fserror_rec_bytes(
	const struct xfs_rmap_irec	*rec,
	unsigned int			blocklog,
	const struct xfs_fserror_bytes	*bad,
	struct xfs_fserror_bytes	*out)
{
	u64				start = (u64)rec->rm_startblock << blocklog;

	if (!xfs_fserror_clip(bad->pos, bad->len, start,
			(u64)rec->rm_blockcount << blocklog, out))
		return false;
	out->pos += start;
	return true;
}

/**
 * xfs_fserror_file_blocks() - Map bytes of a record to blocks of the file
 * @rec: the record, of a fork of an inode
 * @blocklog: log2 of the size of a filesystem block in bytes
 * @piece: bytes of the record, counted from the start of the group
 * @start: first block in the fork that holds any of them
 * @end: block in the fork after the last one that does
 */
static inline void
xfs_fserror_file_blocks(
	const struct xfs_rmap_irec	*rec,
	unsigned int			blocklog,
	const struct xfs_fserror_bytes	*piece,
	u64				*start,
	u64				*end)
{
	u64				last = piece->pos + piece->len - 1;

	*start = rec->rm_offset +
			((piece->pos >> blocklog) - rec->rm_startblock);
	*end = rec->rm_offset + ((last >> blocklog) - rec->rm_startblock) + 1;
}

/**
 * xfs_fserror_piece_of_blocks() - Cut bytes of a record down to file blocks
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
xfs_fserror_piece_of_blocks(
	const struct xfs_rmap_irec	*rec,
	unsigned int			blocklog,
	const struct xfs_fserror_bytes	*piece,
	u64				start,
	u64				end,
	struct xfs_fserror_bytes	*out)
{
	u64				pos;

	pos = (rec->rm_startblock + (start - rec->rm_offset)) << blocklog;
	if (!xfs_fserror_clip(piece->pos, piece->len, pos,
			(end - start) << blocklog, out))
		return false;
	out->pos += pos;
	return true;
}

/**
 * xfs_fserror_file_bytes() - Map bytes of a record to bytes of the file
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
xfs_fserror_file_bytes(
	const struct xfs_rmap_irec	*rec,
	unsigned int			blocklog,
	struct xfs_fserror_bytes	*piece,
	u64				isize,
	u64				*pos)
{
	u64				start, end;

	/*
	 * Compare blocks first: a record that is far beyond the end of any file
	 * has no byte offset that 64 bits can hold.
	 */
	xfs_fserror_file_blocks(rec, blocklog, piece, &start, &end);
	if (start > isize >> blocklog)
		return false;

	*pos = (start << blocklog) + (piece->pos & ((1ULL << blocklog) - 1));
	if (*pos >= isize)
		return false;
	piece->len = min(piece->len, isize - *pos);
	return true;
}

#endif /* __XFS_FSERROR_RANGE_H__ */
