// SPDX-License-Identifier: GPL-2.0-only
#include "restore_run.h"

#include <stdlib.h>

#include "restore_stop.h"

/* what the answer lacks, of @item, or of a part of it */
static void count(struct restore_run *run, enum select_answer answer,
		  const struct restore_item *item)
{
	struct missing *missing = run->missing;
	size_t i;

	if (answer == SELECT_UNKNOWN)
		missing->unplaced += item->records;
	for (i = 0; answer == SELECT_YES && i < item->records; i++)
		missing_count(missing, item->view, true);
}

static int tell(struct restore_run *run, const struct restore_item *item)
{
	restore_progress_clear(run->how.progress);
	run->failed |= item->result != RESTORE_DONE &&
		       item->result != RESTORE_WOULD;
	return restore_report_item(run->report, item);
}

static int one(struct restore_run *run, struct restore_item *item)
{
	int err = run->item(&run->how, item);

	if (!err)
		err = restore_written_add(&run->written, item);
	return err ? err : tell(run, item);
}

/* what is wrong with a part is wrong with the file */
static void refuse(struct restore_item *first, struct restore_item *part)
{
	if (first == part)
		return;
	free(first->reason);
	first->reason = part->reason;
	part->reason = NULL;
	first->result = part->result;
}

/* a file that comes in parts */
struct long_file {
	struct restore_run *run;
	struct restore_item *first;
	enum select_answer answer;
	bool refused;
};

/*
 * Call @each for the parts after the first one, until the file is at its end, or
 * refused. 0 or a negative errno.
 */
static int each_part(struct long_file *file,
		     int (*each)(struct long_file *file,
				 struct restore_item *part))
{
	struct restore_batch batch;
	bool ends = false;
	int rc = 1;

	while (rc > 0 && !ends && !restore_stopped()) {
		rc = restore_list_part(file->run->list, file->first, &batch);
		if (rc <= 0)
			break;
		ends = batch.v->ends;
		rc = each(file, batch.v);
		restore_batch_free(&batch);
		rc = rc ? rc : 1;
		if (file->refused)
			break;
	}
	return rc < 0 ? rc : 0;
}

static int look_at_part(struct long_file *file, struct restore_item *part)
{
	struct restore_how look = file->run->how;
	int err;

	look.dry_run = true;
	err = file->run->item(&look, part);
	/* of a file that was cut later parts may be behind its end */
	file->refused = part->result == RESTORE_REFUSED ||
			(part == file->first && part->reason);
	if (!err && file->refused)
		refuse(file->first, part);
	return err;
}

static int skip_part(struct long_file *file, struct restore_item *part)
{
	count(file->run, file->answer, part);
	return 0;
}

static int write_part(struct long_file *file, struct restore_item *part)
{
	count(file->run, file->answer, part);
	return one(file->run, part);
}

/* all of it is compared before any of it is written */
static int look_at_all(struct long_file *file)
{
	struct sorter *sorter = file->run->list->sorter;
	struct sorter_mark *mark;
	int err = sorter_set_mark(sorter, &mark);

	if (err)
		return err;
	err = look_at_part(file, file->first);
	if (!err && !file->refused)
		err = each_part(file, look_at_part);
	if (!err)
		err = sorter_reset(sorter, mark);
	free(mark);
	return err;
}

static int skip_rest(struct long_file *file)
{
	file->refused = false;
	return each_part(file, skip_part);
}

static int restore_long(struct restore_run *run, struct restore_item *first,
			enum select_answer answer)
{
	struct long_file file = { .run = run,
				  .first = first,
				  .answer = answer };
	int err = 0;

	if (answer != SELECT_YES)
		return skip_rest(&file);
	run->part = (struct restore_part){ 0 };
	first->part = &run->part;
	if (!run->how.dry_run) {
		err = look_at_all(&file);
		if (err || restore_stopped())
			return err;
		if (file.refused) {
			err = tell(run, first);
			return err ? err : skip_rest(&file);
		}
		restore_item_again(first);
	}
	err = one(run, first);
	return err ? err : each_part(&file, write_part);
}

static int batch_of(struct restore_run *run, struct restore_batch *batch)
{
	struct restore_item *item;
	enum select_answer answer;
	int err = 0;
	size_t i;

	for (i = 0; !err && i < batch->nr && !restore_stopped(); i++) {
		item = &batch->v[i];
		run->how.progress->file = run->looked + 1;
		answer = wanted_view(&run->wanted, item->view);
		run->chosen += answer == SELECT_YES;
		count(run, answer, item);
		if (!item->ends)
			err = restore_long(run, item, answer);
		else if (answer == SELECT_YES)
			err = one(run, item);
		/* perhaps in the middle of it */
		if (!item->ends && restore_stopped())
			break;
		run->looked++;
		/* thousands of them may come before the batch is done with */
		restore_item_free(item);
		*item = (struct restore_item){ 0 };
	}
	return err;
}

int restore_run(struct restore_run *run)
{
	struct restore_progress progress;
	struct restore_batch batch;
	int rc = 1;

	restore_progress_begin(&progress, run->list->files);
	run->how.progress = &progress;
	while (rc > 0 && !restore_stopped()) {
		rc = restore_list_next(run->list, &batch);
		if (rc <= 0)
			break;
		rc = restore_batch_name(&batch);
		run->how.mounts = batch.views.mounts;
		if (!rc)
			rc = batch_of(run, &batch);
		restore_batch_free(&batch);
		rc = rc ? rc : 1;
	}
	run->how.progress = NULL;
	return rc < 0 ? rc : 0;
}
