/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A damage-get on its way: dump.c walks what was told, dump_owners.c finds the owners,
 * damage.c makes messages of them. Between them is the buffer, dump_buffer.c.
 */
#ifndef _FS_FSERROR_DUMP_H
#define _FS_FSERROR_DUMP_H

#include "internal.h"

/* items of a chunk, which is handed over as a whole */
#define FSERROR_DUMP_CHUNK	64
/* items that may wait for the reader; the work goes on when half of them are gone */
#define FSERROR_DUMP_ITEMS	4096
/* the reader is woken for so many */
#define FSERROR_DUMP_BATCH	512

enum fserror_dump_type {
	FSERROR_DUMP_BEGIN,
	FSERROR_DUMP_RECORD,
	FSERROR_DUMP_END,
};

/**
 * struct fserror_dump_item - what becomes one message
 * @type: what it is
 * @flags: FSERROR_END_*, of an end
 * @info: of a begin or an end
 * @record: of a record
 */
struct fserror_dump_item {
	enum fserror_dump_type		type;
	u32				flags;
	struct fserror_sb_info		*info;
	struct fserror_record		record;
};

/**
 * struct fserror_dump_chunk - a part of the buffer
 * @list: in the buffer, oldest first
 * @first: the item that is read next
 * @end: how many items there are
 * @items: the places
 */
struct fserror_dump_chunk {
	struct list_head		list;
	unsigned int			first;
	unsigned int			end;
	struct fserror_dump_item	items[FSERROR_DUMP_CHUNK];
};

/**
 * struct fserror_dump - a damage-get
 * @ref: one for the socket, one for the work while it is queued or runs
 * @work: fills the buffer
 * @lock: protects @chunks, @nr, @full and @done
 * @wait: woken when there is a batch to read, or all is in the buffer
 * @chunks: what was handed over and not taken
 * @nr: how many items that are
 * @full: the work has found no room
 * @done: all there is to say is in the buffer
 * @read: the chunk that the reader has taken, or NULL
 * @fill: the chunk that the work has not handed over, or NULL
 * @cancelled: nobody wants the answer any more
 * @only: the one filesystem to dump, if @one
 * @one: dump only one
 * @ranges: without owners, from memory
 * @waited: for what was on its way when it began
 * @instance: number of the last instance that was begun
 * @fsb: the instance that the dump is in, or NULL
 * @end: FSERROR_END_* for its end
 * @dev: device that the dump is in, or NULL
 * @pos: byte of it that comes next
 * @stop: first byte behind what @resolve is about
 * @resolving: @resolve is begun and did not come to its end
 * @stalls: how often in a row it has not come any further
 * @told: ranges that come next
 * @ask: room for a question
 * @resolve: their owners
 * @kept: how much has been told of a piece that it does not know the owners of
 *
 * What comes after @cancelled belongs to the work.
 */
struct fserror_dump {
	refcount_t			ref;
	struct work_struct		work;
	spinlock_t			lock;	/* of the buffer */
	wait_queue_head_t		wait;
	struct list_head		chunks;
	unsigned int			nr;
	bool				full;
	bool				done;
	struct fserror_dump_chunk	*read;
	struct fserror_dump_chunk	*fill;
	bool				cancelled;

	struct fserror_filter_fs	only;
	bool				one;
	bool				ranges;
	bool				waited;
	u64				instance;
	struct fserror_sb		*fsb;
	u32				end;
	struct fserror_dev		*dev;
	u64				pos;
	u64				stop;
	bool				resolving;
	unsigned int			stalls;
	struct fserror_told_range	told[FSERROR_RESOLVE_MAX];
	struct bdev_bad_range		ask[FSERROR_RESOLVE_MAX];
	struct fserror_resolve		resolve;
	struct fserror_kept_cursor	kept;
};

/* dump_buffer.c; calls nobody */
struct fserror_dump_item *fserror_dump_room(struct fserror_dump *dump);
void fserror_dump_push(struct fserror_dump *dump, enum fserror_dump_type type);
bool fserror_dump_push_record(struct fserror_dump *dump,
			      const struct fserror_record *record);
bool fserror_dump_push_frame(struct fserror_dump *dump,
			     enum fserror_dump_type type,
			     struct fserror_sb_info *info);
void fserror_dump_hand_over(struct fserror_dump *dump);
void fserror_dump_set_done(struct fserror_dump *dump);
bool fserror_dump_wait(struct fserror_dump *dump, unsigned long timeout);
struct fserror_dump_item *fserror_dump_first(struct fserror_dump *dump,
					     bool *done);
void fserror_dump_pop(struct fserror_dump *dump);
bool fserror_dump_is_wanted(struct fserror_dump *dump);
void fserror_dump_free_buffer(struct fserror_dump *dump);

/* dump_owners.c; calls dump_buffer.c, resolve.c and kept.c */
void fserror_dump_resolve_begin(struct fserror_dump *dump, u64 stop);
bool fserror_dump_resolve(struct fserror_dump *dump);
bool fserror_dump_exact(struct fserror_dump *dump,
			const struct fserror_told_range *told);

/* dump.c; calls both */
struct fserror_dump *fserror_dump_new(const struct fserror_filter_fs *only,
				      bool ranges);
void fserror_dump_start(struct fserror_dump *dump);
void fserror_dump_put(struct fserror_dump *dump);

#endif /* _FS_FSERROR_DUMP_H */
