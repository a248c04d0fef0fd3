/* SPDX-License-Identifier: GPL-2.0-only */
/* Bad ranges of loop devices. */
#ifndef LOOP_BAD_H
#define LOOP_BAD_H

#include <linux/blk-badrange.h>
#include <linux/fserror_watch.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct file;
struct gendisk;
struct inode;

/**
 * struct loop_bad - of a loop device, what is needed to say what is bad of it
 * @lock: protects @inode and @start
 * @inode: the backing file, kept by the loop device; NULL if there is none
 * @start: byte of it that is byte 0 of the device
 * @disk: the disk
 * @watch: hears of what is bad of the filesystem that the file is in
 * @watching: @watch is registered
 * @ino: number of the file
 * @generation: its generation
 */
struct loop_bad {
	spinlock_t		lock;	/* for @inode and @start */
	struct inode		*inode;
	u64			start;
	struct gendisk		*disk;
	struct fserror_watch	watch;
	bool			watching;
	u64			ino;
	u32			generation;
};

#ifdef CONFIG_FSERROR_EVENTS
void loop_bad_init(struct loop_bad *bad, struct gendisk *disk);
void loop_bad_attach(struct loop_bad *bad, struct file *file, u64 start);
void loop_bad_detach(struct loop_bad *bad);
int loop_bad_ranges(struct loop_bad *bad, u64 pos, u64 len,
		    struct bdev_bad_list *list);
bool loop_bad_any(struct loop_bad *bad, unsigned int hops);
#else
static inline void loop_bad_init(struct loop_bad *bad, struct gendisk *disk)
{
}

static inline void loop_bad_attach(struct loop_bad *bad, struct file *file,
				   u64 start)
{
}

static inline void loop_bad_detach(struct loop_bad *bad)
{
}

static inline int loop_bad_ranges(struct loop_bad *bad, u64 pos, u64 len,
				  struct bdev_bad_list *list)
{
	return 0;
}

static inline bool loop_bad_any(struct loop_bad *bad, unsigned int hops)
{
	return false;
}
#endif

#endif /* LOOP_BAD_H */
