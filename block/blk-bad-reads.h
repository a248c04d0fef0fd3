/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What block/blk-bad-reads*.c share among each other and with their tests. Positions and
 * lengths are in 512-byte sectors.
 */
#ifndef BLK_BAD_READS_H
#define BLK_BAD_READS_H

#include <linux/blk-badrange.h>
#include <linux/blk-bad-reads.h>
#include <linux/jump_label_ratelimit.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#ifdef CONFIG_BLK_BADRANGE
extern struct static_key_false_deferred blk_bad_reads_key;

void __blk_bad_reads_done(struct request *rq, unsigned int nr_bytes);
void blk_bad_reads_free(struct gendisk *disk);
void blk_bad_reads_forget(struct gendisk *disk);

/**
 * blk_bad_reads_done - a part of a request is complete
 * @rq: the request, before that is taken off it
 * @error: how it ended
 * @nr_bytes: how much of it
 *
 * A nop, unless a sector of any disk is known to be unreadable.
 *
 * Context: Any.
 */
static inline void blk_bad_reads_done(struct request *rq, blk_status_t error,
				      unsigned int nr_bytes)
{
	if (static_branch_unlikely(&blk_bad_reads_key.key) && !error)
		__blk_bad_reads_done(rq, nr_bytes);
}
#else
static inline void blk_bad_reads_done(struct request *rq, blk_status_t error,
				      unsigned int nr_bytes)
{
}

static inline void blk_bad_reads_free(struct gendisk *disk)
{
}

static inline void blk_bad_reads_forget(struct gendisk *disk)
{
}
#endif /* CONFIG_BLK_BADRANGE */

/* ranges that are kept of a disk: in the beginning, and at most */
#define BAD_READS_FIRST		64
#define BAD_READS_MAX		1024

/* requests that wait to be looked at more closely */
#define BAD_READS_SUSPECTS	16

/* how closely one of them is looked at: reads, milliseconds, bytes of one read */
#define BAD_READS_TRIES		256
#define BAD_READS_MS		5000
#define BAD_READS_BYTES		(64 * 1024)

/**
 * struct bad_reads_range - sectors that could not be read
 * @start: the first of them
 * @end: the first behind them
 * @coarse: some of them may be good
 */
struct bad_reads_range {
	sector_t	start;
	sector_t	end;
	bool		coarse;
};

/**
 * struct bad_reads_set - ranges, sorted and disjoint
 * @ranges: with room for @max and one more
 * @nr: how many there are
 * @max: how many there may be
 */
struct bad_reads_set {
	struct bad_reads_range	*ranges;
	unsigned int		nr;
	unsigned int		max;
};

/* blk-bad-reads-set.c */
bool bad_reads_set_add(struct bad_reads_set *set, sector_t start, sector_t end,
		       bool coarse);
bool bad_reads_set_clear(struct bad_reads_set *set, sector_t start, sector_t end);
bool bad_reads_set_covers(const struct bad_reads_set *set, sector_t start,
			  sector_t end);
unsigned int bad_reads_set_find(const struct bad_reads_set *set, sector_t start);

/**
 * struct bad_reads_suspect - a request that failed
 * @start: its first sector
 * @end: the first behind it
 * @hint: first sector of the block that the device says has failed
 * @hint_end: the first behind that; 0 if it does not say
 */
struct bad_reads_suspect {
	sector_t	start;
	sector_t	end;
	sector_t	hint;
	sector_t	hint_end;
};

/**
 * struct blk_bad_reads - what could not be read of a disk
 * @disk: the disk
 * @lock: protects all that follows
 * @bad: what is bad
 * @lo: where the first of @bad begins; read without @lock, too
 * @hi: where the last of @bad ends; read without @lock, too
 * @suspects: failed requests of which it is not known yet what is bad in them
 * @nr_suspects: how many
 * @looked_at: the one that the work item is looking at; empty if there is none
 * @found: something in @looked_at is bad, which has not been reported yet
 * @reading: first sector that the work item is reading; also read without @lock
 * @reading_end: the first behind that, 0 if it reads nothing; likewise
 * @overwritten: some of that has been written since the read was sent
 * @seeing: completions are seen, the static key is on
 * @queued: @work is going to run, and the disk is pinned
 * @held: there is news to come, bdev_bad_hold()
 * @dead: it has left the disk
 * @work: looks at suspects, makes room, and frees what is empty
 * @rcu: completions look at it without a reference
 * @first: room for the first ranges
 */
struct blk_bad_reads {
	struct gendisk			*disk;
	raw_spinlock_t			lock;
	struct bad_reads_set		bad;
	sector_t			lo;
	sector_t			hi;
	struct bad_reads_suspect	suspects[BAD_READS_SUSPECTS];
	unsigned int			nr_suspects;
	struct bad_reads_suspect	looked_at;
	bool				found;
	sector_t			reading;
	sector_t			reading_end;
	bool				overwritten;
	bool				seeing;
	bool				queued;
	bool				held;
	bool				dead;
	struct work_struct		work;
	struct rcu_head			rcu;
	struct bad_reads_range		first[BAD_READS_FIRST + 1];
};

/* blk-bad-reads.c */
void blk_bad_reads_add(struct gendisk *disk, sector_t sector, sector_t nr,
		       sector_t bad, sector_t nr_bad);
void blk_bad_reads_clear(struct gendisk *disk, sector_t sector, sector_t nr,
			 unsigned int why);
bool bad_reads_enter(struct blk_bad_reads *reads, sector_t start, sector_t end,
		     bool coarse);
bool bad_reads_covers(struct blk_bad_reads *reads, sector_t start, sector_t end);
void bad_reads_report(struct gendisk *disk, sector_t sector, sector_t nr,
		      unsigned int why);
bool blk_bad_reads_any(struct gendisk *disk);
void blk_bad_reads_ask(struct gendisk *disk, u64 pos, u64 len,
		       struct bdev_bad_list *list);

/* blk-bad-reads-look.c */
void bad_reads_look(struct blk_bad_reads *reads,
		    const struct bad_reads_suspect *suspect);

#endif /* BLK_BAD_READS_H */
