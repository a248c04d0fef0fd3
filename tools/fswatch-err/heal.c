// SPDX-License-Identifier: GPL-2.0-only
#include "heal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* what is in memory at a time; blocks are smaller */
#define BATCH_BYTES (4U << 20)

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

/* a run with the blocks beside it: what is compared */
static struct range with_neighbours(const struct heal *heal,
				    const struct heal_run *run)
{
	const uint64_t block = heal->file->block;
	struct range range = run->range;

	if (range.offset)
		range.offset -= block;
	range.end = min_u64(range_end(range.end, block), heal->file->size);
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
	buffers->file = malloc(BATCH_BYTES);
	buffers->copy = malloc(BATCH_BYTES);
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

static void run_failed(struct heal_run *run, enum heal_outcome outcome, int err)
{
	if (run->outcome != HEAL_WAITS && run->outcome != HEAL_DONE)
		return; /* the first reason is the one to tell */
	run->outcome = outcome;
	run->error = -err;
}

/* bytes that are good, in the blocks of @run or beside them */
static int compare_good(struct heal *heal, struct copy *copy,
			const struct heal_run *run, const struct range *piece,
			struct buffers *buffers)
{
	struct heal_file *file = heal->file;
	size_t len = piece->end - piece->offset, same;
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
	same = first_difference(buffers->file, buffers->copy, len);
	heal->compared += len;
	if (same < len && !heal->differs) {
		heal->differs = true;
		heal->differs_at = piece->offset + same;
	}
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
		run_failed(run, HEAL_COPY_ENDS, 0);
	else
		run_failed(run, HEAL_COPY_FAILED, err);
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
			     min_u64(piece.end, at + BATCH_BYTES), &piece,
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

int heal_check(struct heal *heal, struct copy *copy)
{
	struct buffers buffers;
	size_t i;
	int err;

	heal->copy_size = copy->size;
	err = buffers_alloc(&buffers);
	for (i = 0; !err && i < heal->nr_runs; i++)
		err = check_run(heal, copy, &heal->runs[i], &buffers);
	ranges_merge(&heal->foreign);
	buffers_free(&buffers);
	return err;
}

bool heal_agrees(const struct heal *heal)
{
	return heal->copy_size == heal->file->size && !heal->differs;
}

/* what was written and has to be read back */
struct written {
	struct heal_run *run;
	uint64_t offset;
	size_t len, at; /* in the buffer */
};

struct batch {
	struct heal *heal;
	const struct heal_hooks *hooks;
	char *buf, *back;
	size_t used;
	struct written *written;
	size_t nr, room;
};

static void step(const struct batch *batch, enum heal_step which,
		 uint64_t bytes)
{
	if (batch->hooks && batch->hooks->step)
		batch->hooks->step(batch->hooks->arg, which, bytes);
}

/* what the bytes of whole blocks should be; the file's own where possible */
static bool fill(struct heal *heal, struct copy *copy, struct heal_run *run,
		 uint64_t offset, uint64_t end, char *buf)
{
	struct heal_file *file = heal->file;
	struct range part, piece;
	bool bad, foreign;
	int err = 0;

	for (; !err && offset < end; offset = piece.end) {
		ranges_piece(&heal->bad, offset, end, &part, &bad);
		ranges_piece(&heal->foreign, offset, part.end, &piece,
			     &foreign);
		if (bad || foreign) {
			err = copy->read(copy, offset, buf, piece.end - offset);
			if (err)
				run_failed(run, HEAL_COPY_FAILED, err);
		} else {
			err = file->ops->read_beside(file, offset, buf,
						     piece.end - offset);
			if (err)
				run_failed(run, HEAL_FILE_FAILED, err);
		}
		buf += piece.end - offset;
	}
	return !err;
}

static void read_back(struct batch *batch, const struct written *written,
		      int sync_error)
{
	struct heal_file *file = batch->heal->file;
	struct heal_run *run = written->run;
	int err;

	if (sync_error) {
		run_failed(run, HEAL_SYNC_FAILED, sync_error);
		return;
	}
	err = file->ops->read(file, written->offset, batch->back, written->len);
	if (err)
		run_failed(run, HEAL_READ_FAILED, err);
	else if (memcmp(batch->back, batch->buf + written->at, written->len))
		run_failed(run, HEAL_READ_OTHER, 0);
	step(batch, HEAL_STEP_VERIFIED, written->len);
}

/* to the media, and see whether it is there */
static void flush(struct batch *batch)
{
	struct heal_file *file = batch->heal->file;
	size_t i;
	int err;

	if (!batch->nr)
		return;
	err = file->ops->sync(file);
	step(batch, HEAL_STEP_SYNCED, 0);
	for (i = 0; i < batch->nr; i++)
		read_back(batch, &batch->written[i], err);
	batch->nr = 0;
	batch->used = 0;
}

static int remember(struct batch *batch, struct heal_run *run, uint64_t offset,
		    size_t len, size_t at)
{
	struct written *more;
	size_t room;

	if (batch->nr == batch->room) {
		room = batch->room ? batch->room * 2 : 64;
		more = reallocarray(batch->written, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		batch->written = more;
		batch->room = room;
	}
	batch->written[batch->nr].run = run;
	batch->written[batch->nr].offset = offset;
	batch->written[batch->nr].len = len;
	batch->written[batch->nr].at = at;
	batch->nr++;
	return 0;
}

/* the last of the bad sectors that begin before @end ends here */
static uint64_t bad_end(const struct heal *heal, uint64_t end)
{
	uint64_t last = 0;
	size_t i;

	for (i = 0; i < heal->bad.nr && heal->bad.v[i].offset < end; i++)
		last = heal->bad.v[i].end;
	return last;
}

/* one write: blocks, or the one in which the file ends */
static int write_piece(struct batch *batch, struct copy *copy,
		       struct heal_run *run, uint64_t offset, uint64_t end)
{
	struct heal *heal = batch->heal;
	struct heal_file *file = heal->file;
	bool tail = end % file->block;
	size_t len = end - offset, room = range_up(len, file->block);
	char *buf;
	int err;

	if (batch->used + room > BATCH_BYTES)
		flush(batch);
	buf = batch->buf + batch->used;
	if (!fill(heal, copy, run, offset, end, buf))
		return 0;
	if (file->ops->changed(file)) {
		run_failed(run, HEAL_CHANGED, 0);
		return 0;
	}
	memset(buf + len, 0, room - len);
	err = remember(batch, run, offset, len, batch->used);
	if (err)
		return err;
	err = tail ? file->ops->write_tail(file, offset, buf, len,
					   bad_end(heal, end)) :
		     file->ops->write(file, offset, buf, len);
	if (err) {
		batch->nr--;
		if (tail && err == -EBUSY)
			run_failed(run, HEAL_IN_USE, 0);
		else
			run_failed(run, HEAL_WRITE_FAILED, err);
		return 0;
	}
	batch->used += room;
	heal->written += len;
	step(batch, HEAL_STEP_WRITTEN, len);
	return 0;
}

static int write_run(struct batch *batch, struct copy *copy,
		     struct heal_run *run)
{
	const struct heal_file *file = batch->heal->file;
	uint64_t end = min_u64(run->range.end, file->size);
	uint64_t whole = range_down(end, file->block), at, piece;
	int err = 0;

	for (at = run->range.offset; !err && at < end; at = piece) {
		if (at < whole)
			piece = min_u64(at + BATCH_BYTES, whole);
		else
			piece = end;
		err = write_piece(batch, copy, run, at, piece);
		if (run->outcome != HEAL_WAITS)
			break;
	}
	return err;
}

int heal_write(struct heal *heal, struct copy *copy,
	       const struct heal_hooks *hooks)
{
	struct batch batch = { .heal = heal, .hooks = hooks };
	size_t i;
	int err;

	batch.back = malloc(BATCH_BYTES);
	batch.buf = aligned_alloc(heal->file->block, BATCH_BYTES);
	err = batch.back && batch.buf ? 0 : -ENOMEM;
	for (i = 0; !err && i < heal->nr_runs; i++) {
		if (heal->runs[i].outcome == HEAL_WAITS)
			err = write_run(&batch, copy, &heal->runs[i]);
	}
	/* what was written is seen to the end in any case */
	if (batch.back && batch.buf)
		flush(&batch);
	for (i = 0; !err && i < heal->nr_runs; i++) {
		if (heal->runs[i].outcome == HEAL_WAITS)
			heal->runs[i].outcome = HEAL_DONE;
	}
	free(batch.buf);
	free(batch.back);
	free(batch.written);
	return err;
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
