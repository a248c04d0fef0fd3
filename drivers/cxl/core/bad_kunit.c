// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of where the bytes of a region are: each layout is made anew here, by
 * dealing out granules one after the other, and of what events say is bad.
 */
#include <kunit/test.h>
#include <linux/math64.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <bad.h>
#include <cxlmem.h>
#include <cxl.h>
#include "trace.h"

#define HPA		0x4000000000ULL
#define DPA		SZ_256M
#define SIZE		SZ_1M
#define WAYS_MAX	12
#define PIECES_MAX	(CXL_BAD_PIECES + 1)

/* they are compared and never looked into */
static struct cxl_memdev devices[WAYS_MAX + 1];

struct layout {
	const char	*name;
	int		ways;
	int		granularity;
	u64		cache;
};

static const struct layout layouts[] = {
	{ "one device", 1, 256, 0 },
	{ "two", 2, 256, 0 },
	{ "two, of 4 KiB", 2, 4096, 0 },
	{ "four, of 1 KiB", 4, 1024, 0 },
	{ "eight, of 16 KiB", 8, 16384, 0 },
	{ "three", 3, 256, 0 },
	{ "six, of 512", 6, 512, 0 },
	{ "twelve, of 4 KiB", 12, 4096, 0 },
	{ "two behind a cache", 2, 1024, SZ_1M },
};

KUNIT_ARRAY_PARAM_DESC(layouts, layouts, name);

static void make_map(struct kunit *test, const struct layout *layout,
		     struct cxl_bad_map *map)
{
	*map = (struct cxl_bad_map) {
		.hpa.start = HPA,
		.hpa.end = HPA + layout->cache + SIZE * layout->ways - 1,
		.base = HPA + layout->cache,
		.target_size = SIZE,
		.stripe = (u64)layout->ways * layout->granularity,
		.piece = layout->granularity,
		.nr_targets = layout->ways,
	};
	KUNIT_ASSERT_EQ(test, 0, ways_to_eiw(layout->ways, &map->eiw));
	KUNIT_ASSERT_EQ(test, 0,
			granularity_to_eig(layout->granularity, &map->eig));
	for (int i = 0; i < layout->ways; i++)
		map->targets[i] = (struct cxl_bad_target) {
			.cxlmd = &devices[i],
			.start = DPA + i * SZ_64K,
		};
}

/* where a byte of the region is, by counting */
static u64 count_dpa(const struct layout *layout, u64 offset, int *pos)
{
	u32 in_granule, way;
	u64 granule = div_u64_rem(offset, layout->granularity, &in_granule);
	u64 row = div_u64_rem(granule, layout->ways, &way);

	*pos = way;
	return DPA + way * SZ_64K + row * layout->granularity + in_granule;
}

struct pieces {
	int	count;
	u64	first;
	u64	end;
	u64	bytes;
	u64	start[PIECES_MAX];
	u64	length[PIECES_MAX];
};

static void note(u64 hpa, u64 length, void *data)
{
	struct pieces *pieces = data;

	if (!pieces->count)
		pieces->first = hpa;
	pieces->end = hpa + length;
	pieces->bytes += length;
	if (pieces->count < PIECES_MAX) {
		pieces->start[pieces->count] = hpa;
		pieces->length[pieces->count] = length;
	}
	pieces->count++;
}

static struct pieces *walk(struct kunit *test, const struct cxl_bad_map *map,
			   int device, u64 dpa, u64 length)
{
	struct pieces *pieces = kunit_kzalloc(test, sizeof(*pieces), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pieces);
	cxl_bad_map_walk(map, &devices[device], dpa, length, note, pieces);
	return pieces;
}

static void cxl_bad_test_dpa(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	u64 size = SIZE * layout->ways, dpa;
	struct cxl_bad_map map;

	make_map(test, layout, &map);
	for (u64 offset = 0; offset < size; offset += 64 * 7) {
		int pos;
		u64 want = count_dpa(layout, offset, &pos);

		KUNIT_ASSERT_PTR_EQ(test, &devices[pos],
				    cxl_bad_map_dpa(&map, map.base + offset, &dpa));
		KUNIT_ASSERT_EQ(test, want, dpa);
	}
	KUNIT_EXPECT_NULL(test, cxl_bad_map_dpa(&map, map.base - 1, &dpa));
	KUNIT_EXPECT_NULL(test, cxl_bad_map_dpa(&map, map.hpa.end + 1, &dpa));
	KUNIT_EXPECT_NULL(test, cxl_bad_map_dpa(&map, 0, &dpa));
	KUNIT_EXPECT_NULL(test, cxl_bad_map_dpa(&map, ULLONG_MAX, &dpa));
}

/* a line, one that crosses granules, and the region's first and last bytes */
static void cxl_bad_test_walk(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	u64 g = layout->granularity;
	const u64 ranges[][2] = {
		{ 0, 64 }, { 64, 64 }, { g - 64, 128 }, { g, g },
		{ 3 * g + 128, 5 * g }, { SIZE - 64, 64 },
	};
	struct cxl_bad_map map;
	struct pieces *pieces;

	make_map(test, layout, &map);
	for (int dev = 0; dev < layout->ways; dev++) {
		for (int r = 0; r < ARRAY_SIZE(ranges); r++) {
			u64 dpa = map.targets[dev].start + ranges[r][0];

			pieces = walk(test, &map, dev, dpa, ranges[r][1]);
			KUNIT_EXPECT_EQ(test, ranges[r][1], pieces->bytes);
			if (layout->ways == 1)
				KUNIT_EXPECT_EQ(test, 1, pieces->count);
			for (int i = 0; i < pieces->count; i++) {
				int pos;

				KUNIT_EXPECT_EQ(test, dpa,
						count_dpa(layout, pieces->start[i] -
							  map.base, &pos));
				KUNIT_EXPECT_EQ(test, dev, pos);
				dpa += pieces->length[i];
				KUNIT_EXPECT_EQ(test, dpa - 1,
						count_dpa(layout, pieces->start[i] +
							  pieces->length[i] - 1 -
							  map.base, &pos));
				KUNIT_EXPECT_EQ(test, dev, pos);
			}
		}
	}
}

/* what a device has made up */
static void cxl_bad_test_outside(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	int last = layout->ways - 1;
	struct cxl_bad_map map;
	u64 start;

	make_map(test, layout, &map);
	start = map.targets[last].start;
	KUNIT_EXPECT_EQ(test, 0, walk(test, &map, last, start, 0)->count);
	KUNIT_EXPECT_EQ(test, 0, walk(test, &map, last, start - 64, 64)->count);
	KUNIT_EXPECT_EQ(test, 0, walk(test, &map, last, 0, 64)->count);
	KUNIT_EXPECT_EQ(test, 0, walk(test, &map, last, start + SIZE, 64)->count);
	KUNIT_EXPECT_EQ(test, 0,
			walk(test, &map, last, ULLONG_MAX - 63, 64)->count);
	KUNIT_EXPECT_EQ(test, 0,
			walk(test, &map, last, ULLONG_MAX - 63, SZ_4K)->count);
	KUNIT_EXPECT_EQ(test, 0,
			walk(test, &map, layout->ways, start, 64)->count);

	KUNIT_EXPECT_EQ(test, 64,
			walk(test, &map, last, start - 64, 128)->bytes);
	KUNIT_EXPECT_EQ(test, 64,
			walk(test, &map, last, start + SIZE - 64, SZ_1G)->bytes);

	/* addresses that cannot be translated belong to nobody */
	map.nr_targets = 0;
	KUNIT_EXPECT_EQ(test, 0, walk(test, &map, last, start, 64)->count);
	KUNIT_EXPECT_NULL(test, cxl_bad_map_dpa(&map, map.base, &start));
}

/* all of a device: not more pieces than there may be, and nothing is left out */
static void cxl_bad_test_many(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	u64 stripe = (u64)layout->ways * layout->granularity;
	struct cxl_bad_map map;
	struct pieces *pieces;
	bool many = layout->ways > 1 &&
		    SIZE / layout->granularity > CXL_BAD_PIECES;

	make_map(test, layout, &map);
	pieces = walk(test, &map, 0, 0, ULLONG_MAX);
	KUNIT_EXPECT_LE(test, pieces->count, CXL_BAD_PIECES);
	KUNIT_EXPECT_EQ(test, map.base, pieces->first);
	if (!many) {
		KUNIT_EXPECT_EQ(test, SIZE, pieces->bytes);
		return;
	}
	KUNIT_EXPECT_EQ(test, 1, pieces->count);
	KUNIT_EXPECT_EQ(test, SIZE * layout->ways, pieces->bytes);

	/* a part of it: whole stripes, all that it has a byte of */
	pieces = walk(test, &map, layout->ways - 1,
		      map.targets[layout->ways - 1].start +
		      layout->granularity + 64,
		      (CXL_BAD_PIECES + 1) * layout->granularity);
	KUNIT_EXPECT_EQ(test, 1, pieces->count);
	KUNIT_EXPECT_EQ(test, map.base + stripe, pieces->first);
	KUNIT_EXPECT_EQ(test, map.base + stripe * (CXL_BAD_PIECES + 3),
			pieces->end);
}

struct event_case {
	const char		*name;
	enum cxl_event_type	type;
	u64			address;
	u8			descriptor;
	u8			media_type;
	u64			want;
};

#define UNCORRECTABLE	CXL_GMER_EVT_DESC_UNCORECTABLE_EVENT
#define GEN_MEDIA	CXL_CPER_EVENT_GEN_MEDIA
#define DRAM		CXL_CPER_EVENT_DRAM
#define NONE		ULLONG_MAX

static const struct event_case event_cases[] = {
	{ "media, ECC", GEN_MEDIA, 0x1000, UNCORRECTABLE, 0, 0x1000 },
	{ "media, scrubber", GEN_MEDIA, 0x1000, UNCORRECTABLE, 4, 0x1000 },
	{ "media, flags of the address", GEN_MEDIA, 0x1002, UNCORRECTABLE, 0, 0x1000 },
	{ "media, in a line", GEN_MEDIA, 0x107c, UNCORRECTABLE, 0, 0x1040 },
	{ "media, a list that has overflowed", GEN_MEDIA, 0x1000,
	  UNCORRECTABLE | CXL_GMER_EVT_DESC_POISON_LIST_OVERFLOW, 0, 0x1000 },
	{ "media, corrected", GEN_MEDIA, 0x1000, 0, 0, NONE },
	{ "media, threshold", GEN_MEDIA, 0x1000,
	  CXL_GMER_EVT_DESC_THRESHOLD_EVENT, 0, NONE },
	{ "media, volatile", GEN_MEDIA, 0x1001, UNCORRECTABLE, 0, NONE },
	{ "media, invalid address", GEN_MEDIA, 0x1000, UNCORRECTABLE, 1, NONE },
	{ "media, data path", GEN_MEDIA, 0x1000, UNCORRECTABLE, 2, NONE },
	{ "media, unknown type", GEN_MEDIA, 0x1000, UNCORRECTABLE, 0xff, NONE },
	{ "dram, ECC", DRAM, 0x2000, UNCORRECTABLE, 0, 0x2000 },
	{ "dram, scrubber", DRAM, 0x2000, UNCORRECTABLE, 1, 0x2000 },
	{ "dram, corrected", DRAM, 0x2000, 0, 1, NONE },
	{ "dram, invalid address", DRAM, 0x2000, UNCORRECTABLE, 2, NONE },
	{ "dram, violation of a state", DRAM, 0x2000, UNCORRECTABLE, 4, NONE },
	{ "dram, volatile", DRAM, 0x2001, UNCORRECTABLE, 0, NONE },
	{ "module", CXL_CPER_EVENT_MEM_MODULE, 0x1000, UNCORRECTABLE, 0, NONE },
	{ "unknown", CXL_CPER_EVENT_GENERIC, 0x1000, UNCORRECTABLE, 0, NONE },
};

KUNIT_ARRAY_PARAM_DESC(event_cases, event_cases, name);

static void cxl_bad_test_event(struct kunit *test)
{
	const struct event_case *c = test->param_value;
	union cxl_event event = {
		.media_hdr = {
			.phys_addr = cpu_to_le64(c->address),
			.descriptor = c->descriptor,
			.type = c->media_type,
		},
	};

	KUNIT_EXPECT_EQ(test, c->want, cxl_bad_event_dpa(c->type, &event));
}

static struct kunit_case cxl_bad_cases[] = {
	KUNIT_CASE_PARAM(cxl_bad_test_dpa, layouts_gen_params),
	KUNIT_CASE_PARAM(cxl_bad_test_walk, layouts_gen_params),
	KUNIT_CASE_PARAM(cxl_bad_test_outside, layouts_gen_params),
	KUNIT_CASE_PARAM(cxl_bad_test_many, layouts_gen_params),
	KUNIT_CASE_PARAM(cxl_bad_test_event, event_cases_gen_params),
	{ }
};

static struct kunit_suite cxl_bad_suite = {
	.name = "cxl_bad",
	.test_cases = cxl_bad_cases,
};

kunit_test_suite(cxl_bad_suite);

MODULE_DESCRIPTION("KUnit tests of bad memory of CXL devices");
MODULE_LICENSE("GPL");
