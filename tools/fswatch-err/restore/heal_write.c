// SPDX-License-Identifier: GPL-2.0-only
/* The second half of healing: write, write out, and read back. */
#include "heal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
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
				heal_run_failed(run, HEAL_COPY_FAILED, err);
		} else {
			err = file->ops->read_beside(file, offset, buf,
						     piece.end - offset);
			if (err)
				heal_run_failed(run, HEAL_FILE_FAILED, err);
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
		heal_run_failed(run, HEAL_SYNC_FAILED, sync_error);
		return;
	}
	err = file->ops->read(file, written->offset, batch->back, written->len);
	if (err)
		heal_run_failed(run, HEAL_READ_FAILED, err);
	else if (memcmp(batch->back, batch->buf + written->at, written->len))
		heal_run_failed(run, HEAL_READ_OTHER, 0);
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

	if (batch->used + room > HEAL_BATCH_BYTES)
		flush(batch);
	buf = batch->buf + batch->used;
	if (!fill(heal, copy, run, offset, end, buf))
		return 0;
	if (file->ops->changed(file)) {
		heal_run_failed(run, HEAL_CHANGED, 0);
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
			heal_run_failed(run, HEAL_IN_USE, 0);
		else
			heal_run_failed(run, HEAL_WRITE_FAILED, err);
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
			piece = min_u64(at + HEAL_BATCH_BYTES, whole);
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

	batch.back = malloc(HEAL_BATCH_BYTES);
	batch.buf = aligned_alloc(heal->file->block, HEAL_BATCH_BYTES);
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
