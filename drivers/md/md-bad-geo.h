/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in an array are the bytes of a member, and the other way round? A copy of
 * what the array looks like, and arithmetic on it; it knows no mddev, so that it can
 * be used without a lock and be tested by itself. Everything is in bytes.
 */
#ifndef MD_BAD_GEO_H
#define MD_BAD_GEO_H

#include <linux/bits.h>
#include <linux/blk-badrange.h>
#include <linux/types.h>

struct block_device;

/* what an array without stripes has for a chunk */
#define MD_BAD_NO_CHUNK		BIT_ULL(62)

/**
 * enum md_bad_kind - how an array spreads its bytes
 * @MD_BAD_MOVING: not known at the moment: it is being reshaped, or newer data are in
 *	a journal
 * @MD_BAD_ZONES: zones that are striped over some members each: raid0 and linear
 * @MD_BAD_COPIES: each member has all of it: raid1
 * @MD_BAD_SPREAD: some copies of each chunk: raid10
 * @MD_BAD_PARITY: rows of chunks with parity: raid4, raid5 and raid6
 */
enum md_bad_kind {
	MD_BAD_MOVING,
	MD_BAD_ZONES,
	MD_BAD_COPIES,
	MD_BAD_SPREAD,
	MD_BAD_PARITY,
};

/**
 * struct md_bad_member - a device of the array
 * @bdev: the device, with a reference on its struct device; NULL if there is none
 * @start: first byte of @bdev that holds data; while the array is being reshaped, before
 *	or after that
 * @len: how many bytes hold data
 * @valid: from this byte of them on the content is stale; U64_MAX if it is not
 * @gone: set by who asked it: nothing is left of it, so @valid was set to 0
 * @bb: what md itself has recorded as bad: entries as in struct badblocks, of @bdev
 * @nr_bb: how many they are
 * @bb_shift: an entry counts units of 512 bytes, shifted by this
 */
struct md_bad_member {
	struct block_device	*bdev;
	u64			start;
	u64			len;
	u64			valid;
	bool			gone;
	u64			*bb;
	unsigned int		nr_bb;
	unsigned int		bb_shift;
};

/**
 * struct md_bad_private - a part of a device that holds no data of the array
 * @bdev: the device, with a reference on its struct device
 * @pos: first byte
 * @len: length in bytes
 * @shared: it is not that of one member, with which it is missing
 */
struct md_bad_private {
	struct block_device	*bdev;
	u64			pos;
	u64			len;
	bool			shared;
};

/**
 * struct md_bad_zone - bytes that are striped over the same members
 * @end: first byte of the array behind the zone
 * @start: first byte of its data on each of them
 * @nr: how many members
 * @first: index of the first one in the list of members of zones
 */
struct md_bad_zone {
	u64		end;
	u64		start;
	unsigned int	nr;
	unsigned int	first;
};

/**
 * struct md_bad_geo - what an array looks like
 * @layer: the name of its level
 * @dev: number of its disk
 * @kind: how it spreads its bytes
 * @size: of the array
 * @chunk: length of a chunk
 * @page: parity is computed for blocks of this length
 * @synced: from this byte of the members on parity is not up to date
 * @lazy: which parity has been computed is in a bitmap that is not looked at
 * @whole_blocks: a member is missing, so not a sector but a block of @page bytes is read
 * @busy: members are being made complete, so @synced and their @valid move
 * @disks: how many slots there are; member n is in slot n, and member @disks + n is
 *	its replacement, unless @kind is %MD_BAD_ZONES
 * @nr: how many members there are
 * @tolerated: how many members of a row may be bad without a loss
 * @level: raid4, 5 or 6
 * @algorithm: where parity is, as in struct r5conf
 * @near: copies next to each other
 * @far: copies far away from each other
 * @far_offset: that is: in the next rows
 * @far_set: members among which these copies are
 * @stride: bytes between them on a member
 * @original: the layout of zones is that of Linux 3.13
 * @nr_zones: how many there are
 * @nr_private: how many parts of devices hold superblocks, bitmaps and logs
 * @max_members: for how many there is room
 * @max_zones: the same for zones
 * @max_zone_members: and for their members
 * @zone: the zones
 * @zone_member: members of zones
 * @member: the members
 * @private: for superblocks, bitmaps and logs; room for three for each member
 */
struct md_bad_geo {
	char			layer[BDEV_BAD_LAYER_BYTES];
	dev_t			dev;
	enum md_bad_kind	kind;
	u64			size;
	u64			chunk;
	u64			page;
	u64			synced;
	bool			lazy;
	bool			whole_blocks;
	bool			busy;
	unsigned int		disks;
	unsigned int		nr;
	unsigned int		tolerated;
	int			level;
	int			algorithm;
	unsigned int		near;
	unsigned int		far;
	bool			far_offset;
	unsigned int		far_set;
	u64			stride;
	bool			original;
	unsigned int		nr_zones;
	unsigned int		nr_private;
	unsigned int		max_members;
	unsigned int		max_zones;
	unsigned int		max_zone_members;
	struct md_bad_zone	*zone;
	u16			*zone_member;
	struct md_bad_member	*member;
	struct md_bad_private	*private;
};

/**
 * struct md_bad_geo_place - a place of some bytes of an array
 * @member: index of the member, which may have no device
 * @pos: first byte, counted from the beginning of its data
 * @missing: there is no device, or what it has is stale
 */
struct md_bad_geo_place {
	unsigned int	member;
	u64		pos;
	bool		missing;
};

/**
 * struct md_bad_geo_row - bytes that have the same places
 * @pos: first byte of the array
 * @len: length in bytes
 * @tolerated: as in struct dm_bad_row
 * @copies: as there
 * @unsure: as there
 * @own_unit: as there
 * @peer_unit: as there
 * @nr: how many places there are
 * @place: these; room for as many as there are members
 */
struct md_bad_geo_row {
	u64			pos;
	u64			len;
	unsigned int		tolerated;
	unsigned int		copies;
	bool			unsure;
	u64			own_unit;
	u64			peer_unit;
	unsigned int		nr;
	struct md_bad_geo_place	*place;
};

typedef void (*md_bad_span_fn)(u64 pos, u64 end, void *data);

void md_bad_geo_row(const struct md_bad_geo *geo, u64 pos, u64 end,
		    struct md_bad_geo_row *row);
void md_bad_geo_windows(const struct md_bad_geo *geo, unsigned int member,
			u64 pos, u64 end, md_bad_span_fn fn, void *data);
bool md_bad_geo_hull(const struct md_bad_geo *geo, unsigned int member,
		     u64 pos, u64 end, u64 *from, u64 *to);
u64 md_bad_geo_chunk_end(const struct md_bad_geo *geo, u64 pos);

/* for md-bad-parity.c */
struct md_bad_geo_place md_bad_slot(const struct md_bad_geo *geo,
				    unsigned int slot, u64 pos, u64 len);
u64 md_bad_cut(const struct md_bad_geo *geo, unsigned int slot, u64 pos, u64 len);

/* md-bad-parity.c */
void md_bad_parity_row(const struct md_bad_geo *geo, u64 pos, u64 end,
		       struct md_bad_geo_row *row);

#endif /* MD_BAD_GEO_H */
