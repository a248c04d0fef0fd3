// SPDX-License-Identifier: GPL-2.0-only
/* What was written, and is listed as damaged all the same. */
#include "restore.h"

#include <errno.h>
#include <stdlib.h>

#include "restore_entry.h"

int restore_written_init(struct restore_written *written)
{
	*written = (struct restore_written){ .sorter = restore_entries_new() };
	return written->sorter ? 0 : -ENOMEM;
}

void restore_written_free(struct restore_written *written)
{
	sorter_free(written->sorter);
	free(written->begin);
	written->sorter = NULL;
	written->begin = NULL;
}

int restore_written_add(struct restore_written *written,
			const struct restore_item *item)
{
	const struct heal *heal = &item->heal;
	struct fserror_record rec;
	const struct heal_run *run;
	int err = 0;
	size_t i;

	if (!heal->nr_runs)
		return 0;
	written->bytes += heal->written;
	rec = *item->rec;
	for (i = 0; !err && i < heal->damage.nr; i++) {
		run = heal_run_of(heal, heal->damage.v[i].offset);
		if (run->outcome != HEAL_DONE)
			continue;
		rec.offset = heal->damage.v[i].offset;
		rec.length = heal->damage.v[i].end - rec.offset;
		err = restore_entry_add(written->sorter, &rec, &run->range);
	}
	return err;
}

int restore_written_finish(struct restore_written *written)
{
	int err = sorter_finish(written->sorter);

	return err ? err : sorter_set_mark(written->sorter, &written->begin);
}

int restore_written_each(struct restore_written *written,
			 int (*visit)(void *arg,
				      const struct fserror_record *rec),
			 void *arg)
{
	struct restore_entry entry;
	const void *data;
	size_t len;
	int rc = sorter_reset(written->sorter, written->begin);

	if (rc)
		return rc;
	while ((rc = sorter_next(written->sorter, &data, &len)) > 0) {
		entry = restore_entry_of(data, len);
		rc = visit(arg, &entry.rec);
		if (rc)
			break;
	}
	return rc;
}

/* both are sorted: of what is listed, how far that of the file at hand goes */
struct reader {
	struct sorter *now;
	const struct fserror_record *file;
	uint64_t end;
};

/* look at what is listed of the file up to @before; 0 or a negative errno */
static int read_to(struct reader *reader, uint64_t before)
{
	struct restore_entry entry;
	const void *data;
	uint64_t end;
	size_t len;
	int order, rc;

	while ((rc = sorter_peek(reader->now, &data, &len)) > 0) {
		entry = restore_entry_of(data, len);
		order = restore_entry_compare(&entry.rec, reader->file);
		if (order > 0 || (!order && entry.rec.offset >= before))
			return 0;
		end = range_end(entry.rec.offset, entry.rec.length);
		if (!order && end > reader->end)
			reader->end = end;
		rc = sorter_next(reader->now, &data, &len);
		if (rc < 0)
			break;
	}
	return rc;
}

int restore_written_listed(struct restore_written *written, struct sorter *now,
			   int (*listed)(void *arg,
					 const struct fserror_record *rec),
			   void *arg)
{
	struct restore_entry entry;
	struct fserror_record file;
	struct reader reader = { .now = now };
	const void *data;
	size_t len;
	int rc;

	while ((rc = sorter_next(written->sorter, &data, &len)) > 0) {
		entry = restore_entry_of(data, len);
		if (!reader.file || restore_entry_compare(&file, &entry.rec))
			reader.end = 0;
		file = entry.rec;
		reader.file = &file;
		/* a block is good or bad as a whole: the damage was in these */
		rc = read_to(&reader, entry.blocks.end);
		if (!rc && reader.end > entry.blocks.offset)
			rc = listed(arg, &entry.rec);
		if (rc)
			return rc;
	}
	return rc;
}
