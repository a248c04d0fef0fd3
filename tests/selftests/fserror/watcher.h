/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests that listen have in common: filesystems that can fail, and one
 * socket that is in the group and one that asks. Defines things, so that it is for
 * the file with the tests only.
 */
#ifndef WATCHER_H
#define WATCHER_H

#include "kselftest_harness.h"

#include "netlink.h"
#include "record.h"
#include "scratch.h"

/* bytes of one read */
#define PIECE 4096

/* mounted for all tests; reads of one file fail */
static struct scratch failing;

/* shut down, and mounted again, by the tests that need that */
static struct scratch falling;

#define BIT(nr) (1U << (nr))

/* One record of a failed read of @failing and one of the shutdown of @falling. */
static void make_two_records(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, scratch_fail_reads(&failing, 1, PIECE));
	ASSERT_EQ(0, scratch_shutdown(&falling));
	ASSERT_EQ(0, scratch_umount(&falling));
	ASSERT_EQ(0, scratch_mount(&falling));
}

FIXTURE(watcher)
{
	struct nl nl;
	struct nl asker;
	struct records records;
	struct stats before;
};

FIXTURE_SETUP(watcher)
{
	ASSERT_EQ(0, nl_open(&self->nl));
	ASSERT_EQ(0, nl_open(&self->asker));
	/* what is still on its way is of another test */
	ASSERT_EQ(0, stats_wait_published(&self->before, &self->asker));
	ASSERT_EQ(0, nl_join(&self->nl));
}

FIXTURE_TEARDOWN(watcher)
{
	records_free(&self->records);
	nl_close(&self->nl);
	nl_close(&self->asker);
}

#endif /* WATCHER_H */
