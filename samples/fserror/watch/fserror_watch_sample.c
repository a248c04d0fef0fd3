// SPDX-License-Identifier: GPL-2.0-only
/*
 * A watcher inside the kernel: says in the kernel log which file lost which
 * bytes, and counts them.
 *
 * Documentation/filesystems/fserror-kernel.rst explains it. Give the number of a
 * mount, as fs-get tells it, to hear of that filesystem only:
 *
 *	insmod fserror_watch_sample.ko instance=3
 *
 * LOCKING: the callbacks are never called twice at the same time, so what only
 * they write needs no lock.
 *
 * LIFETIME: the watcher is registered as long as the module is loaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/fserror_watch.h>
#include <linux/module.h>

static unsigned long long instance;
module_param(instance, ullong, 0444);
MODULE_PARM_DESC(instance, "number of the mount of a filesystem, 0 for all");

static unsigned long long bytes_lost;
module_param(bytes_lost, ullong, 0444);
MODULE_PARM_DESC(bytes_lost, "bytes of files that were told to be lost");

static unsigned long long records_missed;
module_param(records_missed, ullong, 0444);
MODULE_PARM_DESC(records_missed, "records that were gone before we were called");

/* One call for each record, in the order of their numbers. */
static void sample_event(struct fserror_watch *watch,
			 const struct fserror_record *record)
{
	if (record->kind != FSERROR_KIND_DATA_LOST || !record->has_inode)
		return;

	bytes_lost += record->len;
	/* the record is gone when we return: copy what is needed later */
	pr_warn_ratelimited("%s (%s): inode %llu, generation %u, lost %llu bytes at %llu\n",
			    record->sb_id, record->fs_type, record->ino,
			    record->generation, record->len, record->pos);
}

/* Records came faster than we took them. What they told of is still there. */
static void sample_lost(struct fserror_watch *watch, enum fserror_group group,
			u64 first, u64 last)
{
	records_missed += last - first + 1;
	pr_warn_ratelimited("records %llu to %llu were overwritten\n", first,
			    last);
}

static struct fserror_watch sample_watch = {
	.event	= sample_event,
	.lost	= sample_lost,
};

static int __init sample_init(void)
{
	sample_watch.instance = instance;
	return fserror_watch_register(&sample_watch);
}
module_init(sample_init);

static void __exit sample_exit(void)
{
	/* neither callback runs any more when this returns */
	fserror_watch_unregister(&sample_watch);
}
module_exit(sample_exit);

MODULE_DESCRIPTION("Sample watcher of filesystem error events");
MODULE_LICENSE("GPL");
