// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a socket's filter lets through, and which records may share a message.
 */
#include <kunit/test.h>
#include <linux/kdev_t.h>
#include "internal.h"

#define DEV_A	MKDEV(259, 0)
#define DEV_B	MKDEV(259, 1)
#define UUID_A	UUID_INIT(0xaaaaaaaa, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
#define UUID_B	UUID_INIT(0xaaaaaaaa, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11)

#define MAX_PARAM_FS	2

struct match_param {
	const char			*desc;
	u32				kinds;
	u32				causes;
	unsigned int			nr_fs;
	struct fserror_filter_fs	fs[MAX_PARAM_FS];
	struct fserror_record		record;
	bool				pass;
};

#define LOST_A { .kind = FSERROR_KIND_DATA_LOST, .cause = FSERROR_CAUSE_MEDIA, \
		 .instance = 1, .dev = DEV_A, .uuid = UUID_A }

static const struct match_param match_params[] = {
	{ .desc = "an empty filter lets all through", .record = LOST_A, .pass = true },

	/* kinds */
	{ .desc = "the one kind", .kinds = BIT(FSERROR_KIND_DATA_LOST),
	  .record = LOST_A, .pass = true },
	{ .desc = "the kinds on both sides of it",
	  .kinds = BIT(FSERROR_KIND_DATA_LOST - 1) | BIT(FSERROR_KIND_DATA_LOST + 1),
	  .record = LOST_A },
	{ .desc = "the least kind", .kinds = BIT(FSERROR_KIND_BUFFERED_READ),
	  .record = { .kind = FSERROR_KIND_BUFFERED_READ }, .pass = true },
	{ .desc = "the greatest kind", .kinds = BIT(FSERROR_KIND_MAX),
	  .record = { .kind = FSERROR_KIND_MAX }, .pass = true },
	{ .desc = "all kinds but one", .kinds = ~(u32)BIT(FSERROR_KIND_DATA_LOST),
	  .record = LOST_A },

	/* causes */
	{ .desc = "the one cause", .causes = BIT(FSERROR_CAUSE_MEDIA),
	  .record = LOST_A, .pass = true },
	{ .desc = "another cause", .causes = BIT(FSERROR_CAUSE_REMOVED),
	  .record = LOST_A },
	{ .desc = "no cause passes where no cause is asked for",
	  .record = { .kind = FSERROR_KIND_SHUTDOWN }, .pass = true },
	{ .desc = "no cause does not pass where all causes are asked for",
	  .causes = BIT(FSERROR_CAUSE_MEDIA) | BIT(FSERROR_CAUSE_MACHINE_CHECK) |
		    BIT(FSERROR_CAUSE_REMOVED),
	  .record = { .kind = FSERROR_KIND_SHUTDOWN } },

	/* who is told of losses is told when they are over, and what is not known */
	{ .desc = "cleared with data-lost", .kinds = BIT(FSERROR_KIND_DATA_LOST),
	  .record = { .kind = FSERROR_KIND_CLEARED }, .pass = true },
	{ .desc = "bulk with metadata", .kinds = BIT(FSERROR_KIND_METADATA),
	  .record = { .kind = FSERROR_KIND_BULK }, .pass = true },
	{ .desc = "unmount with media", .kinds = BIT(FSERROR_KIND_MEDIA),
	  .record = { .kind = FSERROR_KIND_UNMOUNT }, .pass = true },
	{ .desc = "unresolved with data-lost", .kinds = BIT(FSERROR_KIND_DATA_LOST),
	  .record = { .kind = FSERROR_KIND_MEDIA,
		      .flags = FSERROR_RECORD_FLAG_UNRESOLVED }, .pass = true },
	{ .desc = "unknown with data-lost", .kinds = BIT(FSERROR_KIND_DATA_LOST),
	  .record = { .kind = FSERROR_KIND_MEDIA,
		      .flags = FSERROR_RECORD_FLAG_UNKNOWN }, .pass = true },
	{ .desc = "what nobody owns is a kind of its own",
	  .kinds = BIT(FSERROR_KIND_DATA_LOST),
	  .record = { .kind = FSERROR_KIND_MEDIA,
		      .flags = FSERROR_RECORD_FLAG_UNOWNED } },
	{ .desc = "a mount is no loss", .kinds = BIT(FSERROR_KIND_DATA_LOST),
	  .record = { .kind = FSERROR_KIND_MOUNT } },
	{ .desc = "degraded is no loss", .kinds = BIT(FSERROR_KIND_DATA_LOST),
	  .record = { .kind = FSERROR_KIND_DEGRADED } },
	{ .desc = "cleared not where no loss passes",
	  .kinds = BIT(FSERROR_KIND_SHUTDOWN) | BIT(FSERROR_KIND_DEGRADED),
	  .record = { .kind = FSERROR_KIND_CLEARED } },
	{ .desc = "unknown not where no loss passes",
	  .kinds = BIT(FSERROR_KIND_BUFFERED_READ),
	  .record = { .kind = FSERROR_KIND_MEDIA,
		      .flags = FSERROR_RECORD_FLAG_UNKNOWN } },
	{ .desc = "cleared with another cause", .causes = BIT(FSERROR_CAUSE_MEDIA),
	  .record = { .kind = FSERROR_KIND_CLEARED,
		      .cause = FSERROR_CAUSE_REMOVED }, .pass = true },
	{ .desc = "unmount, which has no cause", .causes = BIT(FSERROR_CAUSE_MEDIA),
	  .record = { .kind = FSERROR_KIND_UNMOUNT }, .pass = true },
	{ .desc = "unknown with another cause", .causes = BIT(FSERROR_CAUSE_MEDIA),
	  .record = { .kind = FSERROR_KIND_MEDIA, .cause = FSERROR_CAUSE_REMOVED,
		      .flags = FSERROR_RECORD_FLAG_UNKNOWN }, .pass = true },
	{ .desc = "bulk with another cause", .causes = BIT(FSERROR_CAUSE_MEDIA),
	  .record = { .kind = FSERROR_KIND_BULK, .cause = FSERROR_CAUSE_REMOVED },
	  .pass = true },
	{ .desc = "unresolved with another cause", .causes = BIT(FSERROR_CAUSE_MEDIA),
	  .record = { .kind = FSERROR_KIND_MEDIA, .cause = FSERROR_CAUSE_REMOVED,
		      .flags = FSERROR_RECORD_FLAG_UNRESOLVED }, .pass = true },
	{ .desc = "cleared of another filesystem",
	  .kinds = BIT(FSERROR_KIND_DATA_LOST), .nr_fs = 1,
	  .fs = { { .instance = 2 } },
	  .record = { .kind = FSERROR_KIND_CLEARED, .instance = 1 } },

	/* filesystems by instance */
	{ .desc = "the instance", .nr_fs = 1, .fs = { { .instance = 1 } },
	  .record = LOST_A, .pass = true },
	{ .desc = "the next instance", .nr_fs = 1, .fs = { { .instance = 2 } },
	  .record = LOST_A },
	{ .desc = "the instance and another device", .nr_fs = 1,
	  .fs = { { .instance = 1, .dev = DEV_B } }, .record = LOST_A },

	/* filesystems by device */
	{ .desc = "the device", .nr_fs = 1, .fs = { { .dev = DEV_A } },
	  .record = LOST_A, .pass = true },
	{ .desc = "the next device", .nr_fs = 1, .fs = { { .dev = DEV_B } },
	  .record = LOST_A },
	{ .desc = "a record of no filesystem", .nr_fs = 1, .fs = { { .dev = DEV_A } },
	  .record = { .kind = FSERROR_KIND_MEDIA } },

	/* filesystems by UUID */
	{ .desc = "the UUID", .nr_fs = 1, .fs = { { .has_uuid = true, .uuid = UUID_A } },
	  .record = LOST_A, .pass = true },
	{ .desc = "a UUID with another last byte", .nr_fs = 1,
	  .fs = { { .has_uuid = true, .uuid = UUID_B } }, .record = LOST_A },
	{ .desc = "the null UUID is not the absence of one", .nr_fs = 1,
	  .fs = { { .has_uuid = true } }, .record = LOST_A },
	{ .desc = "a UUID that is not valid does not count", .nr_fs = 1,
	  .fs = { { .dev = DEV_A, .uuid = UUID_B } }, .record = LOST_A, .pass = true },

	/* both */
	{ .desc = "device and UUID", .nr_fs = 1,
	  .fs = { { .dev = DEV_A, .has_uuid = true, .uuid = UUID_A } },
	  .record = LOST_A, .pass = true },
	{ .desc = "device right, UUID wrong", .nr_fs = 1,
	  .fs = { { .dev = DEV_A, .has_uuid = true, .uuid = UUID_B } },
	  .record = LOST_A },
	{ .desc = "device wrong, UUID right", .nr_fs = 1,
	  .fs = { { .dev = DEV_B, .has_uuid = true, .uuid = UUID_A } },
	  .record = LOST_A },

	/* several */
	{ .desc = "the second of two", .nr_fs = 2,
	  .fs = { { .dev = DEV_B }, { .dev = DEV_A } }, .record = LOST_A, .pass = true },
	{ .desc = "neither of two", .nr_fs = 2,
	  .fs = { { .dev = DEV_B }, { .has_uuid = true, .uuid = UUID_B } },
	  .record = LOST_A },
	{ .desc = "parts of two do not make one", .nr_fs = 2,
	  .fs = { { .dev = DEV_A, .has_uuid = true, .uuid = UUID_B },
		  { .dev = DEV_B, .has_uuid = true, .uuid = UUID_A } },
	  .record = LOST_A },

	/* every attribute must let it pass */
	{ .desc = "all attributes", .kinds = BIT(FSERROR_KIND_DATA_LOST),
	  .causes = BIT(FSERROR_CAUSE_MEDIA), .nr_fs = 1, .fs = { { .dev = DEV_A } },
	  .record = LOST_A, .pass = true },
	{ .desc = "all but the kind", .kinds = BIT(FSERROR_KIND_METADATA),
	  .causes = BIT(FSERROR_CAUSE_MEDIA), .nr_fs = 1, .fs = { { .dev = DEV_A } },
	  .record = LOST_A },
	{ .desc = "all but the cause", .kinds = BIT(FSERROR_KIND_DATA_LOST),
	  .causes = BIT(FSERROR_CAUSE_REMOVED), .nr_fs = 1, .fs = { { .dev = DEV_A } },
	  .record = LOST_A },
	{ .desc = "all but the filesystem", .kinds = BIT(FSERROR_KIND_DATA_LOST),
	  .causes = BIT(FSERROR_CAUSE_MEDIA), .nr_fs = 1, .fs = { { .dev = DEV_B } },
	  .record = LOST_A },
};

KUNIT_ARRAY_PARAM_DESC(match, match_params, desc);

static struct fserror_filter *new_filter(struct kunit *test,
					 const struct match_param *param)
{
	struct fserror_filter *filter;
	unsigned int i;

	filter = kunit_kzalloc(test, struct_size(filter, fs, MAX_PARAM_FS),
			       GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, filter);
	filter->nr_fs = param->nr_fs;
	filter->kinds = param->kinds;
	filter->causes = param->causes;
	for (i = 0; i < param->nr_fs; i++)
		filter->fs[i] = param->fs[i];
	return filter;
}

static void test_match(struct kunit *test)
{
	const struct match_param *param = test->param_value;

	KUNIT_EXPECT_EQ(test, fserror_filter_match(new_filter(test, param),
						   &param->record),
			param->pass);
}

static void test_no_filter(struct kunit *test)
{
	const struct fserror_record record = LOST_A;

	KUNIT_EXPECT_TRUE(test, fserror_filter_match(NULL, &record));
}

struct same_param {
	const char		*desc;
	struct fserror_record	other;
	bool			same;
};

/* compared with LOST_A */
static const struct same_param same_params[] = {
	{ "alike in all that filters see", LOST_A, true },
	{ "what no filter sees may differ",
	  { .kind = FSERROR_KIND_DATA_LOST, .cause = FSERROR_CAUSE_MEDIA,
	    .instance = 1, .dev = DEV_A, .uuid = UUID_A, .seq = 9, .ino = 5,
	    .pos = 1, .len = 2, .flags = FSERROR_RECORD_FLAG_UNLINKED, .error = 5 },
	  true },
	{ "unresolved",
	  { .kind = FSERROR_KIND_DATA_LOST, .cause = FSERROR_CAUSE_MEDIA,
	    .instance = 1, .dev = DEV_A, .uuid = UUID_A,
	    .flags = FSERROR_RECORD_FLAG_UNRESOLVED }, false },
	{ "unknown",
	  { .kind = FSERROR_KIND_DATA_LOST, .cause = FSERROR_CAUSE_MEDIA,
	    .instance = 1, .dev = DEV_A, .uuid = UUID_A,
	    .flags = FSERROR_RECORD_FLAG_UNKNOWN }, false },
	{ "another kind",
	  { .kind = FSERROR_KIND_METADATA, .cause = FSERROR_CAUSE_MEDIA,
	    .instance = 1, .dev = DEV_A, .uuid = UUID_A }, false },
	{ "another cause",
	  { .kind = FSERROR_KIND_DATA_LOST, .cause = FSERROR_CAUSE_REMOVED,
	    .instance = 1, .dev = DEV_A, .uuid = UUID_A }, false },
	{ "no cause",
	  { .kind = FSERROR_KIND_DATA_LOST, .instance = 1, .dev = DEV_A,
	    .uuid = UUID_A }, false },
	{ "another instance",
	  { .kind = FSERROR_KIND_DATA_LOST, .cause = FSERROR_CAUSE_MEDIA,
	    .instance = 2, .dev = DEV_A, .uuid = UUID_A }, false },
	{ "another device",
	  { .kind = FSERROR_KIND_DATA_LOST, .cause = FSERROR_CAUSE_MEDIA,
	    .instance = 1, .dev = DEV_B, .uuid = UUID_A }, false },
	{ "another UUID on the same device",
	  { .kind = FSERROR_KIND_DATA_LOST, .cause = FSERROR_CAUSE_MEDIA,
	    .instance = 1, .dev = DEV_A, .uuid = UUID_B }, false },
};

KUNIT_ARRAY_PARAM_DESC(same, same_params, desc);

static void test_same(struct kunit *test)
{
	const struct same_param *param = test->param_value;
	const struct fserror_record record = LOST_A;

	KUNIT_EXPECT_EQ(test, fserror_filter_same(&record, &param->other),
			param->same);
	KUNIT_EXPECT_EQ(test, fserror_filter_same(&param->other, &record),
			param->same);
}

/* What same() promises: no filter of the table tells two alike records apart. */
static void test_same_holds(struct kunit *test)
{
	const struct fserror_record *a, *b;
	struct fserror_filter *filter;
	unsigned int f, i, j;

	for (f = 0; f < ARRAY_SIZE(match_params); f++) {
		filter = new_filter(test, &match_params[f]);
		for (i = 0; i < ARRAY_SIZE(same_params); i++) {
			for (j = 0; j < i; j++) {
				a = &same_params[i].other;
				b = &same_params[j].other;
				if (!fserror_filter_same(a, b))
					continue;
				KUNIT_EXPECT_EQ(test,
						fserror_filter_match(filter, a),
						fserror_filter_match(filter, b));
			}
		}
	}
}

static struct kunit_case fserror_filter_cases[] = {
	KUNIT_CASE_PARAM(test_match, match_gen_params),
	KUNIT_CASE(test_no_filter),
	KUNIT_CASE_PARAM(test_same, same_gen_params),
	KUNIT_CASE(test_same_holds),
	{}
};

static struct kunit_suite fserror_filter_suite = {
	.name		= "fserror-filter",
	.test_cases	= fserror_filter_cases,
};

kunit_test_suite(fserror_filter_suite);
