/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Write the damaged bytes of a file back from a copy, and no more than that.
 *
 * What is written is whole blocks, because only the write of a whole block makes
 * the media good again. The good bytes of such a block stay the file's own, if
 * there is a way to read them; the copy gives the rest. First the good bytes in
 * and around the blocks are compared with the copy, and the times: a copy of
 * another version of the file would make a mixture of both, or bring something
 * back that was replaced since.
 *
 * Nothing is changed in a block but by the one write of it, which gives it the
 * bytes that it had, or should have. So it does not matter where this is killed.
 *
 *	heal_plan(); open a copy that has plan->wanted;
 *	heal_check(); heal_write();
 */
#ifndef FSW_HEAL_H
#define FSW_HEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "copy.h"
#include "ranges.h"

struct heal_file;

/* all return 0 or a negative errno */
struct heal_file_ops {
	/* of blocks without damage */
	int (*read)(struct heal_file *file, uint64_t offset, void *buf,
		    size_t len);
	/*
	 * Good sectors of blocks that have bad ones; -EOPNOTSUPP if there is no
	 * way to read them.
	 */
	int (*read_beside)(struct heal_file *file, uint64_t offset, void *buf,
			   size_t len);
	/* whole blocks; @buf is aligned to a block */
	int (*write)(struct heal_file *file, uint64_t offset, const void *buf,
		     size_t len);
	/*
	 * The block in which the file ends, up to its end, of which the bytes up
	 * to @bad_end must be written for the media to be good. @buf is a block,
	 * aligned, with zeroes at its end. -EBUSY if that is not possible while
	 * others have the file open.
	 */
	int (*write_tail)(struct heal_file *file, uint64_t offset,
			  const void *buf, size_t len, uint64_t bad_end);
	/* write out; after that what is read comes from the media */
	int (*sync)(struct heal_file *file);
	/* did somebody else change the file? 1 yes, 0 no */
	int (*changed)(struct heal_file *file);
};

struct heal_file {
	const struct heal_file_ops *ops;
	uint64_t size;
	struct timespec mtime; /* when it was modified last */
	uint32_t block; /* what must be written in one piece, a power of two */
	uint32_t sector; /* what is good or bad in one piece, another one */
};

enum heal_outcome {
	HEAL_WAITS, /* not written yet */
	HEAL_DONE, /* written, and read back */
	HEAL_COPY_ENDS, /* the copy does not have these bytes */
	HEAL_COPY_FAILED, /* it cannot be read */
	HEAL_FILE_FAILED, /* the file itself cannot be read beside the damage */
	HEAL_CHANGED, /* somebody else has changed the file */
	HEAL_WRITE_FAILED,
	HEAL_IN_USE, /* it ends there, and others have it open */
	HEAL_SYNC_FAILED,
	HEAL_READ_FAILED, /* it cannot be read back */
	HEAL_READ_OTHER, /* what is read back is not what was written */
	HEAL_STILL_BAD, /* for the caller: the media still is said to be bad */
};

/* blocks one after the other, each with damage in it */
struct heal_run {
	struct range range; /* may end after the end of the file */
	enum heal_outcome outcome;
	int error; /* errno, 0 if there is none */
};

struct heal {
	struct heal_file *file;
	struct ranges damage; /* before the end of the file */
	struct ranges bad; /* the same in whole sectors: what is never read */
	struct ranges wanted; /* what has to be had of the copy */
	struct heal_run *runs;
	size_t nr_runs;

	/* found out by heal_check() */
	uint64_t copy_size;
	struct timespec copy_mtime;
	bool other_time; /* it is not that of the file */
	uint64_t compared; /* bytes */
	bool differs;
	uint64_t differs_at;
	struct ranges foreign; /* good bytes that the copy must give, too */

	uint64_t written; /* bytes */
};

/*
 * Called after a step in which something changed, with the number of bytes that
 * were written, or read back, in it.
 */
enum heal_step {
	HEAL_STEP_WRITTEN,
	HEAL_STEP_SYNCED,
	HEAL_STEP_VERIFIED,
};

struct heal_hooks {
	void (*step)(void *arg, enum heal_step step, uint64_t bytes);
	void *arg;
};

/* @damage is merged; what is after the end of the file is left out */
int heal_plan(struct heal *heal, struct heal_file *file,
	      const struct ranges *damage);

/* forget what was found out about a copy, before another one is looked at */
void heal_forget(struct heal *heal);

/* is this the time of the file? A copy may keep whole seconds only. */
bool heal_same_time(const struct timespec *file, const struct timespec *copy);

/*
 * Bytes of a copy that only goes by: compare those that are not wanted, which
 * heal_check() sees to. Of a copy without a time this has to be all of it. Returns 0 or
 * -ENOMEM.
 */
int heal_see(struct heal *heal, uint64_t offset, const char *buf, size_t len);

/*
 * Compare. Returns 0 or a negative errno; heal_agreement() tells the result, and
 * runs that cannot be healed have their outcome.
 */
int heal_check(struct heal *heal, struct copy *copy);

/* what is in memory at a time, of the file and of the copy each; blocks are smaller */
#define HEAL_BATCH_BYTES (2U << 20)

/* is the copy of the same version as the file? */
enum heal_agreement {
	HEAL_AGREES,
	HEAL_OTHER_SIZE,
	HEAL_DIFFERS, /* in bytes that are not damaged */
	HEAL_OTHER_TIME, /* one of them was modified since */
	HEAL_NOT_COMPARED, /* nothing could be: it is not known */
};

enum heal_agreement heal_agreement(const struct heal *heal);

/* write what waits; 0 or -ENOMEM, with the outcome in each run */
int heal_write(struct heal *heal, struct copy *copy,
	       const struct heal_hooks *hooks);

/* the first reason why a run cannot be healed is the one to tell */
void heal_run_failed(struct heal_run *run, enum heal_outcome outcome, int err);

/* the run that has the byte @offset of the damage */
const struct heal_run *heal_run_of(const struct heal *heal, uint64_t offset);

/* the outcome in words */
void heal_reason(const struct heal_run *run, char *buf, size_t size);
void heal_free(struct heal *heal);

#endif /* FSW_HEAL_H */
