// SPDX-License-Identifier: GPL-2.0-only
/*
 * A damage-get of one filesystem, as netlink makes it, for the tests.
 */
#include <linux/slab.h>
#include "dump.h"
#include "kunit_dump.h"

static void kunit_dump_free(void *records)
{
	kvfree(records);
}

/* Room for so many records. */
struct kunit_dump *kunit_dump_new(struct kunit *test, unsigned int max)
{
	struct kunit_dump *got = kunit_kzalloc(test, sizeof(*got), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, got);
	got->max = max;
	got->records = kvcalloc(max, sizeof(*got->records), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, got->records);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, kunit_dump_free,
						  got->records));
	return got;
}

static void kunit_dump_item(struct kunit_dump *got,
			    const struct fserror_dump_item *item)
{
	switch (item->type) {
	case FSERROR_DUMP_BEGIN:
		break;
	case FSERROR_DUMP_RECORD:
		if (got->nr < got->max)
			got->records[got->nr] = item->record;
		got->nr++;
		break;
	case FSERROR_DUMP_END:
		got->end = item->flags;
		break;
	}
}

/* Read all of it. */
void kunit_dump(struct kunit *test, struct kunit_fs *fs, struct kunit_dump *got)
{
	struct fserror_filter_fs only = { .instance = fs->instance };
	struct fserror_dump *dump = fserror_dump_new(&only, false);
	struct fserror_dump_item *item;
	bool done = false;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	got->nr = 0;
	got->end = 0;
	fserror_dump_start(dump);
	while (!done) {
		if (fserror_dump_is_wanted(dump))
			fserror_dump_start(dump);
		if (got->slow)
			flush_work(&dump->work);
		KUNIT_EXPECT_TRUE(test, fserror_dump_wait(dump, HZ / 10));
		got->most = max(got->most, READ_ONCE(dump->nr));
		while ((item = fserror_dump_first(dump, &done))) {
			kunit_dump_item(got, item);
			fserror_dump_pop(dump);
		}
	}
	fserror_dump_put(dump);
}
