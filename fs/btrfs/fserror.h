/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BTRFS_FSERROR_H
#define BTRFS_FSERROR_H

#include <linux/types.h>

struct block_device;
struct btrfs_chunk_map;
struct btrfs_fs_info;
struct btrfs_path;
struct fserror_operations;
struct fserror_place;
struct inode;

/* file extent items of an extent that are looked at, 16 KiB */
#define BTRFS_LOST_OWNERS	512

/*
 * what is found of bytes that are lost
 * @BTRFS_LOST_DATA: a file's
 * @BTRFS_LOST_METADATA: a block of a tree, or a file of the filesystem's own
 * @BTRFS_LOST_UNKNOWN: nobody can say whose
 * @BTRFS_LOST_FREE: no extent was there at the last commit
 */
enum btrfs_lost_what {
	BTRFS_LOST_DATA,
	BTRFS_LOST_METADATA,
	BTRFS_LOST_UNKNOWN,
	BTRFS_LOST_FREE,
};

/* a file extent item, by its key, and how long it was; all zero comes before any */
struct btrfs_lost_owner {
	u64	root;
	u64	ino;
	u64	offset;
	u64	len;
};

/**
 * struct btrfs_lost_piece - one owner of bytes that are lost
 * @what: what it is
 * @inode: with BTRFS_LOST_DATA, the file, or NULL if it cannot be read
 * @owner: with BTRFS_LOST_DATA, by which item; else zero
 * @pos: first byte in the file
 * @len: length in bytes in the file
 * @logical: logical address of the first byte that is lost
 * @bytes: how many bytes there
 */
struct btrfs_lost_piece {
	enum btrfs_lost_what	what;
	struct inode		*inode;
	struct btrfs_lost_owner	owner;
	u64			pos;
	u64			len;
	u64			logical;
	u64			bytes;
};

/**
 * struct btrfs_lost_walk - a walk from logical addresses to owners
 * @fs_info: the filesystem
 * @tell: called for each piece, with nothing locked; another value than 0 ends the walk
 * @should_stop: called between two pieces, likewise; may be NULL
 * @after: in the extent in which the walk begins, the first owner that is wanted; zero
 *	for all. With what @tell is told of the extent, and then zero, where to go on.
 * @generation: of the extent to which @after belongs: of another one all owners are wanted
 * @from: logical address of the first byte of the extent at hand that is lost
 * @may_be_new: with BTRFS_LOST_FREE, the bytes may have been given out since
 * @priv: of who calls
 */
struct btrfs_lost_walk {
	struct btrfs_fs_info	*fs_info;
	int (*tell)(struct btrfs_lost_walk *walk,
		    const struct btrfs_lost_piece *piece);
	int (*should_stop)(struct btrfs_lost_walk *walk);
	struct btrfs_lost_owner	after;
	u64			generation;
	u64			from;
	bool			may_be_new;
	void			*priv;

	/* private: */
	struct btrfs_path	*path;
	u64			start;
	u64			end;
	u64			to;
	bool			is_metadata;
	unsigned int		nr;
	bool			more;
	struct btrfs_lost_owner	owner[BTRFS_LOST_OWNERS];
};

/**
 * struct btrfs_lost_stripe - consecutive bytes of a device
 * @map: the chunk that they are in, with a reference; NULL if in none
 * @index: which stripe of the chunk
 * @pos: first byte on the device
 * @len: how many bytes
 * @logical: logical address of the first byte
 * @is_super: they are a copy of the superblock
 * @is_known: @logical is
 */
struct btrfs_lost_stripe {
	struct btrfs_chunk_map	*map;
	int			index;
	u64			pos;
	u64			len;
	u64			logical;
	bool			is_super;
	bool			is_known;
};

struct btrfs_lost_walk *btrfs_lost_walk_alloc(struct btrfs_fs_info *fs_info);
void btrfs_lost_walk_free(struct btrfs_lost_walk *walk);
int btrfs_lost_walk(struct btrfs_lost_walk *walk, u64 logical, u64 end);

void btrfs_lost_stripe_find(struct btrfs_fs_info *fs_info, struct block_device *bdev,
			    struct btrfs_lost_stripe *stripe, u64 pos, u64 end);
void btrfs_lost_stripe_put(struct btrfs_lost_stripe *stripe);
int btrfs_lost_stripe_has_copy(struct btrfs_fs_info *fs_info,
			       struct btrfs_lost_stripe *at);
unsigned int btrfs_lost_places(struct btrfs_fs_info *fs_info, u64 logical, u64 end,
			       u64 file_pos, struct fserror_place *place,
			       unsigned int max);

void btrfs_report_lost_data(struct btrfs_fs_info *fs_info, u64 logical, u64 len,
			    int error);
void btrfs_report_lost_metadata(struct btrfs_fs_info *fs_info, int error);

extern const struct fserror_operations btrfs_fserror_operations;

#endif
