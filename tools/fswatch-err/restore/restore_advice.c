// SPDX-License-Identifier: GPL-2.0-only
/* What restore does not do, and who does. */
#include "restore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* by type: while it is mounted, while it is not */
static const struct checker {
	const char *fstype, *mounted, *unmounted;
} checkers[] = {
	{ "xfs", "xfs_scrub", "xfs_repair" },
	{ "btrfs", "btrfs scrub start", "btrfs check" },
	{ "ext4", NULL, "e2fsck -f" },
	{ "ext3", NULL, "e2fsck -f" },
	{ "ext2", NULL, "e2fsck -f" },
	{ "f2fs", NULL, "fsck.f2fs" },
};

static const struct checker *find_checker(const char *fstype)
{
	size_t i;

	for (i = 0; i < sizeof(checkers) / sizeof(checkers[0]); i++) {
		if (!strcmp(checkers[i].fstype, fstype))
			return &checkers[i];
	}
	return NULL;
}

static int advise_metadata(struct restore_item *item, const char *source,
			   const char *target)
{
	const char *fstype = item->view->rec->fstype;
	const struct checker *checker = find_checker(fstype);

	if (checker && checker->mounted && item->view->target)
		return restore_say(
			&item->reason,
			"metadata is not touched: run '%s %s', or '%s %s' when it is not mounted",
			checker->mounted, target, checker->unmounted, source);
	if (checker)
		return restore_say(
			&item->reason,
			"metadata is not touched: run '%s %s' when it is not mounted",
			checker->unmounted, source);
	return restore_say(
		&item->reason,
		"metadata is not touched: run 'fsck -t %s %s' when it is not mounted",
		fstype, source);
}

int restore_advise(struct restore_item *item)
{
	const struct view *view = item->view;
	const struct fserror_record *rec = view->rec;
	char *source, *target;
	int err;

	source = text_escape(view->source ? view->source : "DEVICE");
	target = text_escape(view->target ? view->target : "MOUNTPOINT");
	item->result = RESTORE_SKIPPED;
	if (!source || !target)
		err = -ENOMEM;
	else if (rec->kind == FSERROR_KIND_METADATA)
		err = advise_metadata(item, source, target);
	else if (rec->kind == FSERROR_KIND_DATA_LOST)
		err = restore_say(
			&item->reason,
			"it is not known which bytes of which file these are");
	else
		err = restore_say(
			&item->reason,
			"the filesystem cannot say whose bytes these are");
	free(source);
	free(target);
	return err;
}
