/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests that listen have in common: filesystems that can fail, and one
 * socket that is in both groups and one that asks. Defines things, so that it is for
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

#define DAMAGE FSERROR_GROUP_DAMAGE
#define IO FSERROR_GROUP_IO

/*
 * A failed read of @failing, and of @falling a shutdown, an unmount and a mount, in
 * this order.
 */
static inline void make_records(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, scratch_fail_reads(&failing, 1, PIECE));
	ASSERT_EQ(0, scratch_shutdown(&falling));
	ASSERT_EQ(0, scratch_umount(&falling));
	ASSERT_EQ(0, scratch_mount(&falling));
}

/* Wait for them. */
static inline void receive_records(struct __test_metadata *_metadata,
				   struct records *records, struct nl *nl)
{
	ASSERT_EQ(0,
		  records_receive_kind(records, nl, FSERROR_KIND_SHUTDOWN, 1));
	ASSERT_EQ(0,
		  records_receive_kind(records, nl, FSERROR_KIND_UNMOUNT, 1));
	ASSERT_EQ(0, records_receive_kind(records, nl, FSERROR_KIND_MOUNT, 1));
	ASSERT_EQ(0, records_receive_kind(records, nl,
					  FSERROR_KIND_DIRECTIO_READ, 1));
}

/* @nr records of kind test. */
static inline void make_tests(struct __test_metadata *_metadata, struct nl *nl,
			      unsigned int nr)
{
	__u64 seq;

	while (nr--)
		ASSERT_EQ(0, test_event(nl, NULL, false, &seq));
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
