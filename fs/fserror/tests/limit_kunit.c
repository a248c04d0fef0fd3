// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much a filesystem may report by itself, and that nothing of it is dropped.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/fserror.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include "internal.h"
#include "kunit_fs.h"
#include "kunit_watch.h"

static struct fserror_count *new_count(struct kunit *test, u64 instance)
{
	struct fserror_count *count;

	count = kunit_kzalloc(test, sizeof(*count), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, count);
	fserror_count_init(count, instance);
	return count;
}

static unsigned int drain(struct fserror_count *count, unsigned long now)
{
	unsigned int nr = 0;

	while (nr < 10 * FSERROR_IO_BURST && fserror_count_token(count, now))
		nr++;
	return nr;
}

struct refill_param {
	const char	*desc;
	unsigned long	passed;
	unsigned int	tokens;
};

static const struct refill_param refill_params[] = {
	{ "at once",			0,		0 },
	{ "after a second",		HZ,		FSERROR_IO_RATE },
	{ "after two",			2 * HZ,		2 * FSERROR_IO_RATE },
	{ "when it is full again",	FSERROR_IO_BURST / FSERROR_IO_RATE * HZ,
					FSERROR_IO_BURST },
	{ "after an hour, no more than that",	3600 * HZ,	FSERROR_IO_BURST },
	{ "after half of all jiffies",	ULONG_MAX / 2,	FSERROR_IO_BURST },
};

KUNIT_ARRAY_PARAM_DESC(refill, refill_params, desc);

static void test_refill(struct kunit *test)
{
	const struct refill_param *param = test->param_value;
	struct fserror_count *count = new_count(test, 1);
	unsigned long now = count->io_refilled;

	KUNIT_EXPECT_EQ(test, drain(count, now), (unsigned int)FSERROR_IO_BURST);
	KUNIT_EXPECT_EQ(test, drain(count, now + param->passed), param->tokens);
}

/* A number that no mount will have in this boot. */
#define OTHER_INSTANCE	(U64_MAX - 1)

static u64 errors_of(const struct kunit_watcher *watcher)
{
	unsigned int i;
	u64 errors = 0;

	for (i = 0; i < min(watcher->nr, watcher->max); i++)
		errors += max(watcher->records[i].repeat, 1ULL);
	return errors;
}

/* Each error of another file: no two of them belong together. */
static void test_flood(struct kunit *test)
{
	struct kunit_watcher *watcher = kunit_watch(test, OTHER_INSTANCE, 1024);
	struct fserror_count *count = new_count(test, OTHER_INSTANCE);
	struct fserror_record *record;
	unsigned int i;

	record = kunit_kzalloc(test, sizeof(*record), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, record);
	for (i = 0; i < 20000; i++) {
		fserror_record_init(record, NULL, FSERROR_KIND_BUFFERED_READ,
				    i % 2 ? EIO : ENODATA);
		record->has_inode = true;
		record->ino = i;
		fserror_publish_reported(count, record);
	}
	fserror_publish_wait();

	KUNIT_EXPECT_GE(test, watcher->nr, (unsigned int)FSERROR_IO_BURST);
	KUNIT_EXPECT_LT(test, watcher->nr, 1024U);
	KUNIT_EXPECT_EQ(test, errors_of(watcher), 20000ULL);
	KUNIT_EXPECT_EQ(test, count->fs_seq[FSERROR_GROUP_IO], (u64)watcher->nr);
	KUNIT_EXPECT_EQ(test,
			atomic64_read(&count->kinds[FSERROR_KIND_BUFFERED_READ]),
			(s64)watcher->nr);
	/* what was too much is about the filesystem as a whole, with no one errno */
	for (i = 0; i < min(watcher->nr, watcher->max); i++)
		if (!watcher->records[i].has_inode &&
		    !watcher->records[i].error && watcher->records[i].repeat > 1)
			break;
	KUNIT_EXPECT_LT(test, i, watcher->nr);
}

/* One error, again and again: it needs no tokens. */
static void test_loop(struct kunit *test)
{
	struct kunit_watcher *watcher = kunit_watch(test, OTHER_INSTANCE, 64);
	struct fserror_count *count = new_count(test, OTHER_INSTANCE);
	struct fserror_record *record;
	unsigned int i;

	record = kunit_kzalloc(test, sizeof(*record), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, record);
	for (i = 0; i < 20000; i++) {
		fserror_record_init(record, NULL, FSERROR_KIND_DIRECTIO_READ, EIO);
		record->has_inode = true;
		record->len = 512;
		fserror_publish_reported(count, record);
	}
	fserror_publish_wait();

	/* one, and then one a second, unless others took them along */
	KUNIT_EXPECT_LT(test, watcher->nr, 64U);
	KUNIT_EXPECT_EQ(test, errors_of(watcher), 20000ULL);
	KUNIT_EXPECT_TRUE(test, watcher->records[0].has_inode);
}

/* A shutdown is told whatever the filesystem reported before. */
static void test_shutdown(struct kunit *test)
{
	struct kunit_watcher *watcher = kunit_watch(test, OTHER_INSTANCE, 1024);
	struct fserror_count *count = new_count(test, OTHER_INSTANCE);
	struct fserror_record *record;

	record = kunit_kzalloc(test, sizeof(*record), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, record);
	drain(count, jiffies);
	KUNIT_EXPECT_FALSE(test, count->shutdown);
	fserror_record_init(record, NULL, FSERROR_KIND_SHUTDOWN, ESHUTDOWN);
	fserror_publish_reported(count, record);
	fserror_publish_wait();
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].kind, FSERROR_KIND_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, watcher->records[0].flags, 0U);
	KUNIT_EXPECT_TRUE(test, count->shutdown);
}

struct bad_kind_param {
	const char	*desc;
	u32		kind;
};

static const struct bad_kind_param bad_kind_params[] = {
	{ "none",			0 },
	{ "one more than there are",	FSERROR_KIND_MAX + 1 },
	{ "the greatest number",	U32_MAX },
};

KUNIT_ARRAY_PARAM_DESC(bad_kind, bad_kind_params, desc);

/* What a resolver says is not believed: nothing is counted beyond the counters. */
static void test_bad_kind(struct kunit *test)
{
	const struct bad_kind_param *param = test->param_value;
	struct fserror_count *count = new_count(test, OTHER_INSTANCE);
	struct fserror_record *record;

	record = kunit_kzalloc(test, sizeof(*record), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, record);
	record->kind = param->kind;
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, fserror_publish(count, record), 0ULL);
		KUNIT_EXPECT_EQ(test, fserror_publish_reported(count, record),
				0ULL);
	}
	KUNIT_EXPECT_EQ(test, count->fs_seq[FSERROR_GROUP_DAMAGE], 0ULL);
}

static struct kunit_case fserror_limit_cases[] = {
	KUNIT_CASE_PARAM(test_refill, refill_gen_params),
	KUNIT_CASE(test_flood),
	KUNIT_CASE(test_loop),
	KUNIT_CASE(test_shutdown),
	KUNIT_CASE_PARAM(test_bad_kind, bad_kind_gen_params),
	{}
};

static struct kunit_suite fserror_limit_suite = {
	.name		= "fserror-limit",
	.test_cases	= fserror_limit_cases,
};

kunit_test_suite(fserror_limit_suite);
