/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bad ranges of block devices.
 *
 * News goes up as windows: bdev_bad_changed() says that what is bad in a window
 * of a device may have changed. Truth comes down as ranges: bdev_bad_ranges()
 * asks what is bad in a window now. Nothing between the driver where the damage
 * is and the filesystem at the top keeps a copy.
 */
#ifndef _LINUX_BLK_BADRANGE_H
#define _LINUX_BLK_BADRANGE_H

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/types.h>

struct block_device;
struct gendisk;
struct wait_queue_head;

/**
 * enum bdev_bad_cause - what made a range bad
 * @BDEV_BAD_MEDIA: the device reported it, by a scrub or by a failed read
 * @BDEV_BAD_MACHINE_CHECK: a memory error, as the processor reported it
 * @BDEV_BAD_REMOVED: the device, or a part of it, was taken away
 *
 * The values are those of the netlink protocol's enum fserror_cause.
 */
enum bdev_bad_cause {
	BDEV_BAD_MEDIA		= 1,
	BDEV_BAD_MACHINE_CHECK	= 2,
	BDEV_BAD_REMOVED	= 3,
};

/**
 * enum bdev_bad_why - why what is bad in a window may have changed, a set of bits
 * @BDEV_WHY_MEDIA: the device found bad media
 * @BDEV_WHY_MACHINE_CHECK: the processor reported a memory error
 * @BDEV_WHY_WRITTEN: a write, or a command that clears, made sectors good again
 * @BDEV_WHY_REFINED: it is now known more exactly what is bad
 * @BDEV_WHY_REMOVED: the device was taken away; from a stacking driver: one that is below
 * @BDEV_WHY_REMAPPED: the window lies somewhere else now: a table was swapped, a
 *	device was resumed, or has grown
 * @BDEV_WHY_ALL: all of them
 *
 * A range that became good is only known to have its old content, or what was
 * written over it, if every change since said no more than @BDEV_WHY_WRITTEN and
 * @BDEV_WHY_REFINED.
 */
enum bdev_bad_why {
	BDEV_WHY_MEDIA		= BIT(0),
	BDEV_WHY_MACHINE_CHECK	= BIT(1),
	BDEV_WHY_WRITTEN	= BIT(2),
	BDEV_WHY_REFINED	= BIT(3),
	BDEV_WHY_REMOVED	= BIT(4),
	BDEV_WHY_REMAPPED	= BIT(5),
	BDEV_WHY_ALL		= BIT(6) - 1,
};

/*
 * How many stacking drivers a change may pass on its way up, or a question on its
 * way down: what fits on the kernel stack, with a filesystem on top. Nobody stacks
 * that high, but device-mapper tables can be loaded that make a device its own
 * lower device.
 */
#define BDEV_BAD_MAX_HOPS	12

/* ranges that one question may ask for */
#define BDEV_BAD_MAX_RANGES	256

/* ranges without a place that one question may ask for */
#define BDEV_BAD_MAX_UNPLACED	8

/* bytes of the name of a layer, with its NUL */
#define BDEV_BAD_LAYER_BYTES	24

/**
 * struct bdev_bad_window - what is bad in it may have changed
 * @pos: first byte, in the address space of the block device it is reported on
 * @len: length in bytes; the window may be larger than the change, never smaller
 * @why: enum bdev_bad_why
 * @hops: how many stacking drivers the change has passed
 */
struct bdev_bad_window {
	u64		pos;
	u64		len;
	unsigned int	why;
	unsigned int	hops;
};

/* windows that a disk keeps until its holders have been told of them */
#define BDEV_BAD_SLOT_WINDOWS	4

/**
 * struct bdev_bad_slot - the windows of a disk that its holders are to be told of
 * @node: in the list of disks that have some
 * @win: the windows, sorted and disjoint, in bytes of the disk
 * @nr: how many there are
 * @queued: @node is in the list, and the disk is pinned
 *
 * In struct gendisk. Only block/blk-badrange.c looks into it.
 */
struct bdev_bad_slot {
	struct list_head	node;
	struct bdev_bad_window	win[BDEV_BAD_SLOT_WINDOWS];
	unsigned int		nr;
	bool			queued;
};

/**
 * enum bdev_bad_flag - further facts about a bad range, a set of bits
 * @BDEV_BAD_PARTIAL: several pieces nearer to each other than the grain; some
 *	bytes between them are good
 * @BDEV_BAD_UNKNOWN: a layer below could not say whether it is bad
 * @BDEV_BAD_DEGRADED: not lost: a good copy is left, or parity can compute it
 */
enum bdev_bad_flag {
	BDEV_BAD_PARTIAL	= BIT(0),
	BDEV_BAD_UNKNOWN	= BIT(1),
	BDEV_BAD_DEGRADED	= BIT(2),
};

/**
 * struct bdev_bad_range - one range of a block device that is bad
 * @pos: first byte, in the address space of the block device that was asked
 * @len: length in bytes
 * @cause: why
 * @flags: enum bdev_bad_flag
 * @origin_dev: device where the damage began; survives translation unchanged
 * @origin_pos: first byte of this range on @origin_dev
 * @origin_len: length in bytes on @origin_dev; differs from @len only where a
 *	layer could not map the range, or with @BDEV_BAD_PARTIAL
 * @layer: empty, or the name of the layer that could not say where in the device
 *	the range is, or that has the other copy of it; by value, because a layer's
 *	module may be unloaded
 */
struct bdev_bad_range {
	u64			pos;
	u64			len;
	enum bdev_bad_cause	cause;
	u32			flags;
	dev_t			origin_dev;
	u64			origin_pos;
	u64			origin_len;
	char			layer[BDEV_BAD_LAYER_BYTES];
};

/**
 * struct bdev_bad_list - the answer to one question, with room that the caller gives
 * @ranges: the ranges, sorted by @pos and disjoint when bdev_bad_ranges() returns
 * @nr: how many there are
 * @max: for how many there is room, at most %BDEV_BAD_MAX_RANGES
 * @unplaced: what is bad and nobody knows where: one for each layer and origin
 *	device, @pos and @len are all of the device that was asked
 * @nr_unplaced: how many there are
 * @max_unplaced: for how many there is room, at most %BDEV_BAD_MAX_UNPLACED; 0 if
 *	the caller does not want to know
 * @next: first byte behind what was looked at: from there the caller goes on. The end
 *	of the window if all of it was.
 * @grain: pieces nearer to each other than this many bytes come as one range; 0
 *	for exact ranges
 * @is_volatile: a layer moves what it maps without a change being reported: ask
 *	again from time to time as long as this is set
 * @hops: how many stacking drivers the question has passed; a stacking driver
 *	asks its lower devices with a list of its own that has 1 more
 *
 * A driver fills it with bdev_bad_list_add() and bdev_bad_list_add_unplaced(), in
 * bytes of its disk. It may lower @next if it did not look further.
 */
struct bdev_bad_list {
	struct bdev_bad_range	*ranges;
	unsigned int		nr;
	unsigned int		max;
	struct bdev_bad_range	*unplaced;
	unsigned int		nr_unplaced;
	unsigned int		max_unplaced;
	u64			next;
	u64			grain;
	bool			is_volatile;
	unsigned int		hops;
	/* private: the window, and the first byte that there was no room for */
	u64			win_pos;
	u64			win_end;
	u64			cut;
};

/**
 * bdev_bad_weight - which of two ranges says what holds where they overlap?
 * @range: one of them
 *
 * What is lost is lost, whatever else is said of it; what nobody knows may be lost.
 *
 * Context: Any.
 * Return: the greater, the stronger.
 */
static inline unsigned int bdev_bad_weight(const struct bdev_bad_range *range)
{
	if (range->flags & BDEV_BAD_UNKNOWN)
		return 1;
	return range->flags & BDEV_BAD_DEGRADED ? 0 : 2;
}

/**
 * bdev_bad_error_passes - is an error of bdev_bad_ranges() about this question only?
 * @error: the error
 *
 * For drivers that ask lower devices: they pass such an error on, and whoever has asked
 * them asks again. After any other error it is not known what is bad below.
 *
 * Context: Any.
 * Return: whether it is.
 */
static inline bool bdev_bad_error_passes(int error)
{
	switch (error) {
	case -EBUSY:
	case -EAGAIN:
	case -EINTR:
	case -ELOOP:
	case -ENOMEM:
		return true;
	default:
		return false;
	}
}

#ifdef CONFIG_BLK_BADRANGE
/*
 * For the driver where the damage is. Any context, hard interrupts included. Who reports
 * later than the change keeps a hold meanwhile, see below.
 */
int bdev_bad_changed(struct block_device *bdev, u64 pos, u64 len,
		     unsigned int why);

/*
 * For stacking drivers, which pass on what they heard of a lower device. Any context;
 * the window's @hops are those of the window below plus 1. Who does so later than in
 * ->bad_changed keeps a hold meanwhile, so that a removal knows what it waits for, and
 * whoever is told what is bad hears that there is news to come.
 */
int bdev_bad_changed_above(struct block_device *bdev,
			   const struct bdev_bad_window *win);
void bdev_bad_hold(void);
void bdev_bad_release(void);

/*
 * For whoever asks, and for stacking drivers that ask their lower devices. Process
 * context. -EBUSY: suspended, a change will be reported when it is resumed. -EAGAIN:
 * the mapping kept moving, ask again in a while. Other errors: not known.
 */
int bdev_bad_ranges(struct block_device *bdev, u64 pos, u64 len,
		    struct bdev_bad_list *list);
bool bdev_any_bad(struct block_device *bdev, unsigned int hops);
/* Is there no news on its way? Asks nobody, and does not sleep. */
bool bdev_bad_idle(void);

/*
 * For drivers that answer. Ranges may be added in any order, and may overlap.
 * bdev_bad_list_add() returns false if the list is full and the range lies behind all
 * that is in it: a driver that goes through its ranges in ascending order can stop
 * then. @list->next is the first byte of the lowest range that did not fit.
 */
bool bdev_bad_list_add(struct bdev_bad_list *list,
		       const struct bdev_bad_range *range);
void bdev_bad_list_add_unplaced(struct bdev_bad_list *list,
				const struct bdev_bad_range *range);

/*
 * What bdev_bad_ranges() does before and behind a driver; for tests of drivers.
 */
void bdev_bad_list_init(struct bdev_bad_list *list, u64 pos, u64 len);
int bdev_bad_list_finish(struct bdev_bad_list *list);

/* for a driver whose list of what is bad is disk->bb, to be named in its operations */
int blk_badblocks_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
			     struct bdev_bad_list *list);
bool blk_badblocks_any_bad(struct gendisk *disk, unsigned int hops);

/* The device has grown. */
void bdev_bad_grown(struct block_device *bdev, u64 old_sectors);

/* A disk goes away: see block/blk-badrange-removal.c. */
void blk_report_disk_removed(struct gendisk *disk, bool surprise);
void blk_report_disk_back(struct gendisk *disk);
void blk_report_media_gone(struct gendisk *disk);
void blk_removal_wait(void);
void blk_removal_grace(struct gendisk *disk);
#else
static inline int bdev_bad_changed(struct block_device *bdev, u64 pos, u64 len,
				   unsigned int why)
{
	return 0;
}

static inline int bdev_bad_changed_above(struct block_device *bdev,
					 const struct bdev_bad_window *win)
{
	return 0;
}

static inline void bdev_bad_hold(void)
{
}

static inline void bdev_bad_release(void)
{
}

static inline bool bdev_bad_list_add(struct bdev_bad_list *list,
				     const struct bdev_bad_range *range)
{
	return false;
}

static inline void
bdev_bad_list_add_unplaced(struct bdev_bad_list *list,
			   const struct bdev_bad_range *range)
{
}

/* methods, of which nobody asks for */
#define blk_badblocks_bad_ranges	NULL
#define blk_badblocks_any_bad		NULL

static inline void bdev_bad_grown(struct block_device *bdev, u64 old_sectors)
{
}

static inline void blk_report_disk_removed(struct gendisk *disk, bool surprise)
{
}

static inline void blk_report_disk_back(struct gendisk *disk)
{
}

static inline void blk_report_media_gone(struct gendisk *disk)
{
}

static inline void blk_removal_wait(void)
{
}

static inline void blk_removal_grace(struct gendisk *disk)
{
}
#endif /* CONFIG_BLK_BADRANGE */

/**
 * struct bdev_bad_top - who listens at the top, fs/fserror/
 * @unheld: a window changed of a device whose holder takes no part; process context
 * @listening: does anybody watch?
 * @removals_settled: have all filesystems been told what the removals reported so
 *	far have cost them? Any context that may not sleep.
 * @removals_end: the time for that is over: do no further I/O for them
 * @wait: woken whenever @removals_settled may have become true
 *
 * There is one; it registers once at boot.
 */
struct bdev_bad_top {
	void (*unheld)(struct block_device *bdev,
		       const struct bdev_bad_window *win);
	bool (*listening)(void);
	bool (*removals_settled)(void);
	void (*removals_end)(void);
	struct wait_queue_head	*wait;
};

void bdev_bad_register_top(const struct bdev_bad_top *top);

#endif /* _LINUX_BLK_BADRANGE_H */
