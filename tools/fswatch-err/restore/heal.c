// SPDX-License-Identifier: GPL-2.0-only
#include "heal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* what is compared before and after the blocks of a run */
#define AROUND_BYTES (64U << 10)

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int plan_runs(struct heal *heal)
{
	const uint64_t block = heal->file->block;
	struct ranges blocks = { 0 };
	size_t i;
	int err;

	for (i = 0; i < heal->bad.nr; i++) {
		err = ranges_add(&blocks,
				 range_down(heal->bad.v[i].offset, block),
				 range_up(heal->bad.v[i].end, block));
		if (err)
			goto free_blocks;
	}
	ranges_merge(&blocks);
	heal->runs = calloc(blocks.nr + 1, sizeof(*heal->runs));
	err = heal->runs ? 0 : -ENOMEM;
	for (i = 0; !err && i < blocks.nr; i++) {
		heal->runs[i].range = blocks.v[i];
		heal->nr_runs++;
	}

free_blocks:
	ranges_free(&blocks);
	return err;
}

static uint64_t end_of_neighbours(const struct heal *heal,
				  const struct heal_run *run)
{
	uint64_t around = range_up(AROUND_BYTES, heal->file->block);
	uint64_t end = range_end(run->range.end, around);

	if (run + 1 < heal->runs + heal->nr_runs)
		end = min_u64(end, run[1].range.offset);
	return min_u64(end, heal->file->size);
}

/* a run with what is around it, no block twice: what is compared */
static struct range with_neighbours(const struct heal *heal,
				    const struct heal_run *run)
{
	uint64_t around = range_up(AROUND_BYTES, heal->file->block), before = 0;
	struct range range = run->range;

	if (run > heal->runs)
		before = end_of_neighbours(heal, run - 1);
	if (range.offset - before > around)
		range.offset -= around;
	else
		range.offset = before;
	range.end = end_of_neighbours(heal, run);
	return range;
}

int heal_plan(struct heal *heal, struct heal_file *file,
	      const struct ranges *damage)
{
	struct range range;
	size_t i;
	int err;

	memset(heal, 0, sizeof(*heal));
	heal->file = file;
	for (i = 0; i < damage->nr; i++) {
		range = damage->v[i];
		range.end = min_u64(range.end, file->size);
		if (range.offset >= range.end)
			continue;
		err = ranges_add(&heal->damage, range.offset, range.end);
		if (!err)
			err = ranges_add(&heal->bad,
					 range_down(range.offset, file->sector),
					 range_up(range.end, file->sector));
		if (err)
			goto fail;
	}
	ranges_merge(&heal->bad);
	err = plan_runs(heal);
	for (i = 0; !err && i < heal->nr_runs; i++) {
		range = with_neighbours(heal, &heal->runs[i]);
		err = ranges_add(&heal->wanted, range.offset, range.end);
	}
	if (err)
		goto fail;
	ranges_merge(&heal->wanted);
	return 0;

fail:
	heal_free(heal);
	return err;
}

/* a place for the bytes of a file, and one for those of the copy */
struct buffers {
	char *file, *copy;
};

static int buffers_alloc(struct buffers *buffers)
{
	buffers->file = malloc(HEAL_BATCH_BYTES);
	buffers->copy = malloc(HEAL_BATCH_BYTES);
	return buffers->file && buffers->copy ? 0 : -ENOMEM;
}

static void buffers_free(struct buffers *buffers)
{
	free(buffers->file);
	free(buffers->copy);
}

/* the first byte of @len that is not the same, or @len */
static size_t first_difference(const char *a, const char *b, size_t len)
{
	size_t i = 0;

	if (!memcmp(a, b, len))
		return len;
	while (a[i] == b[i])
		i++;
	return i;
}

void heal_run_failed(struct heal_run *run, enum heal_outcome outcome, int err)
{
	if (run->outcome != HEAL_WAITS && run->outcome != HEAL_DONE)
		return; /* the first reason is the one to tell */
	run->outcome = outcome;
	run->error = -err;
}

/* what is compared of @len bytes of the file and of the copy */
static void compare(struct heal *heal, uint64_t offset, const char *file,
		    const char *copy, size_t len)
{
	size_t same = first_difference(file, copy, len);

	heal->compared += len;
	if (same < len &&
	    (!heal->differs || offset + same < heal->differs_at)) {
		heal->differs = true;
		heal->differs_at = offset + same;
	}
}

/* bytes that are good, in the blocks of @run or beside them */
static int compare_good(struct heal *heal, struct copy *copy,
			const struct heal_run *run, const struct range *piece,
			struct buffers *buffers)
{
	struct heal_file *file = heal->file;
	size_t len = piece->end - piece->offset;
	bool beside;
	int err;

	beside = piece->offset >= run->range.offset &&
		 piece->offset < run->range.end;
	err = (beside ? file->ops->read_beside : file->ops->read)(
		file, piece->offset, buffers->file, len);
	if (err) {
		/* not to be compared, but if they are written they are needed */
		return beside ? ranges_add(&heal->foreign, piece->offset,
					   piece->end) :
				0;
	}
	/* for --force; the difference in size was found already */
	if (piece->offset >= copy->size)
		return 0;
	len = min_u64(len, copy->size - piece->offset);
	err = copy->read(copy, piece->offset, buffers->copy, len);
	if (err)
		return err;
	compare(heal, piece->offset, buffers->file, buffers->copy, len);
	return 0;
}

/* can these be had from the copy? */
static int try_copy(struct copy *copy, const struct range *piece,
		    struct buffers *buffers)
{
	if (piece->end > copy->size)
		return -ERANGE;
	return copy->read(copy, piece->offset, buffers->copy,
			  piece->end - piece->offset);
}

static void copy_failed(struct heal_run *run, int err)
{
	if (err == -ERANGE)
		heal_run_failed(run, HEAL_COPY_ENDS, 0);
	else
		heal_run_failed(run, HEAL_COPY_FAILED, err);
}

static int check_run(struct heal *heal, struct copy *copy, struct heal_run *run,
		     struct buffers *buffers)
{
	struct range whole = with_neighbours(heal, run), piece;
	size_t foreign;
	uint64_t at;
	bool bad;
	int err;

	for (at = whole.offset; at < whole.end; at = piece.end) {
		/* a piece is beside the blocks, or in them */
		piece.end = whole.end;
		if (at < run->range.offset)
			piece.end = run->range.offset;
		else if (at < run->range.end)
			piece.end = min_u64(run->range.end, whole.end);
		ranges_piece(&heal->bad, at,
			     min_u64(piece.end, at + HEAL_BATCH_BYTES), &piece,
			     &bad);
		if (bad) {
			err = try_copy(copy, &piece, buffers);
		} else {
			foreign = heal->foreign.nr;
			err = compare_good(heal, copy, run, &piece, buffers);
			if (err == -ENOMEM)
				return err;
			if (!err && heal->foreign.nr > foreign)
				err = try_copy(copy, &piece, buffers);
		}
		if (err)
			copy_failed(run, err);
	}
	return 0;
}

void heal_forget(struct heal *heal)
{
	size_t i;

	heal->compared = 0;
	heal->differs = false;
	heal->differs_at = 0;
	ranges_free(&heal->foreign);
	for (i = 0; i < heal->nr_runs; i++) {
		heal->runs[i].outcome = HEAL_WAITS;
		heal->runs[i].error = 0;
	}
}

int heal_see(struct heal *heal, uint64_t offset, const char *buf, size_t len)
{
	uint64_t end = min_u64(offset + len, heal->file->size), at;
	struct range piece;
	bool inside;
	char *own;

	if (offset >= end)
		return 0;
	own = malloc(end - offset);
	if (!own)
		return -ENOMEM;
	for (at = offset; at < end; at = piece.end) {
		ranges_piece(&heal->wanted, at, end, &piece, &inside);
		/* what cannot be read cannot be compared */
		if (inside ||
		    heal->file->ops->read(heal->file, at, own, piece.end - at))
			continue;
		compare(heal, at, own, buf + (at - offset), piece.end - at);
	}
	free(own);
	return 0;
}

bool heal_same_time(const struct timespec *file, const struct timespec *copy)
{
	return file->tv_sec == copy->tv_sec &&
	       (file->tv_nsec == copy->tv_nsec || !copy->tv_nsec);
}

int heal_check(struct heal *heal, struct copy *copy)
{
	struct buffers buffers;
	size_t i;
	int err;

	heal->copy_size = copy->size;
	heal->copy_mtime = copy->mtime;
	heal->other_time = copy->has_mtime &&
			   !heal_same_time(&heal->file->mtime, &copy->mtime);
	err = buffers_alloc(&buffers);
	for (i = 0; !err && i < heal->nr_runs; i++)
		err = check_run(heal, copy, &heal->runs[i], &buffers);
	ranges_merge(&heal->foreign);
	buffers_free(&buffers);
	return err;
}

enum heal_agreement heal_agreement(const struct heal *heal)
{
	if (heal->copy_size != heal->file->size)
		return HEAL_OTHER_SIZE;
	if (heal->differs)
		return HEAL_DIFFERS;
	if (heal->other_time)
		return HEAL_OTHER_TIME;
	return heal->compared ? HEAL_AGREES : HEAL_NOT_COMPARED;
}

const struct heal_run *heal_run_of(const struct heal *heal, uint64_t offset)
{
	size_t low = 0, high = heal->nr_runs, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (heal->runs[mid].range.end > offset)
			high = mid;
		else
			low = mid + 1;
	}
	return &heal->runs[low];
}

void heal_reason(const struct heal_run *run, char *buf, size_t size)
{
	static const char *const words[] = {
		[HEAL_WAITS] = "not written",
		[HEAL_DONE] = "restored",
		[HEAL_COPY_ENDS] = "the copy ends before it",
		[HEAL_COPY_FAILED] = "the copy cannot be read",
		[HEAL_FILE_FAILED] = "cannot read the bytes beside it",
		[HEAL_CHANGED] = "the file was changed meanwhile",
		[HEAL_WRITE_FAILED] = "cannot write",
		[HEAL_IN_USE] =
			"the file ends there, and cannot be written while others have it open",
		[HEAL_SYNC_FAILED] = "cannot write to the media",
		[HEAL_READ_FAILED] = "cannot read what was written",
		[HEAL_READ_OTHER] = "what is read back is not what was written",
		[HEAL_STILL_BAD] =
			"it was written, but is listed as damaged still",
	};

	snprintf(buf, size, "%s%s%s", words[run->outcome],
		 run->error ? ": " : "",
		 run->error ? strerror(run->error) : "");
}

void heal_free(struct heal *heal)
{
	ranges_free(&heal->damage);
	ranges_free(&heal->bad);
	ranges_free(&heal->wanted);
	ranges_free(&heal->foreign);
	free(heal->runs);
	memset(heal, 0, sizeof(*heal));
}
