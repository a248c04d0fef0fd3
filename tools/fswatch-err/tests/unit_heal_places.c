// SPDX-License-Identifier: GPL-2.0-only
/* Damage at every place of a file, and what is written for it. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media.h"
#include "tap.h"

static const char *const kind_names[] = { "disk", "DAX", "DAX without device" };

static void test_ranges(struct tap *tap)
{
	struct ranges ranges = { 0 };
	struct range piece;
	bool inside;

	must(!ranges_add(&ranges, 8704, 9216) && !ranges_add(&ranges, 0, 512) &&
		     !ranges_add(&ranges, 9000, 10000) &&
		     !ranges_add(&ranges, 512, 1024) &&
		     !ranges_add(&ranges, 8800, 8900) &&
		     !ranges_add(&ranges, 7, 7),
	     "memory");
	ranges_merge(&ranges);
	ok(tap,
	   ranges.nr == 2 && ranges.v[0].offset == 0 &&
		   ranges.v[0].end == 1024 && ranges.v[1].offset == 8704 &&
		   ranges.v[1].end == 10000 && ranges_bytes(&ranges) == 2320,
	   "ranges: sorted, what overlaps or touches is one");
	ok(tap,
	   ranges_overlap(&ranges, 1023, 1024) &&
		   !ranges_overlap(&ranges, 1024, 8704) &&
		   ranges_overlap(&ranges, 1024, 8705) &&
		   !ranges_overlap(&ranges, 10000, UINT64_MAX),
	   "ranges: what overlaps and what only touches");
	ranges_piece(&ranges, 100, 20000, &piece, &inside);
	ok(tap, inside && piece.offset == 100 && piece.end == 1024,
	   "ranges: a piece inside");
	ranges_piece(&ranges, 1024, 20000, &piece, &inside);
	ok(tap, !inside && piece.end == 8704, "ranges: a piece outside");
	ranges_piece(&ranges, 10000, 20000, &piece, &inside);
	ok(tap, !inside && piece.end == 20000, "ranges: the last piece");
	ranges_free(&ranges);
	ok(tap,
	   range_down(8703, 4096) == 8192 && range_up(8193, 4096) == 12288 &&
		   range_up(8192, 4096) == 8192 &&
		   range_end(UINT64_MAX - 1, 7) == UINT64_MAX,
	   "ranges: rounded, and never around");
}

/* begin, middle, end, two in one page, a page, pages side by side */
static void test_places(struct tap *tap)
{
	enum media_kind kind;
	struct outcome out;

	for (kind = MEDIA_DISK; kind <= MEDIA_CLOSED; kind++) {
		make_pair(16 * BLOCK);
		damage(0, SECTOR);
		damage(5 * BLOCK + 512, 5 * BLOCK + 1024);
		damage(5 * BLOCK + 2048, 5 * BLOCK + 2560);
		damage(8 * BLOCK, 9 * BLOCK);
		damage(10 * BLOCK + 3584, 12 * BLOCK + 512);
		damage(16 * BLOCK - SECTOR, 16 * BLOCK);
		out = heal_on(kind);
		ok(tap, all_done(&out) && healed(),
		   "%s: every place of a file is healed", kind_names[kind]);
		ok(tap,
		   out.nr_runs == 5 && out.written == 7 * BLOCK &&
			   out.runs[1].range.offset == 5 * BLOCK &&
			   out.runs[1].range.end == 6 * BLOCK &&
			   out.runs[3].range.offset == 10 * BLOCK &&
			   out.runs[3].range.end == 13 * BLOCK,
		   "%s: whole blocks, each once, and no others",
		   kind_names[kind]);
		/* beside: 7, 6, 0, 7 + 7 and 7 sectors; around: 9 blocks */
		ok(tap,
		   kind == MEDIA_CLOSED ?
			   out.foreign == 34 * SECTOR &&
				   out.compared == 9 * BLOCK :
			   !out.foreign &&
				   out.compared == 9 * BLOCK + 34 * SECTOR,
		   "%s: good bytes are compared, and kept if they can be read (%" PRIu64
		   ", %" PRIu64 ")",
		   kind_names[kind], out.compared, out.foreign);
	}
}

static void test_ends(struct tap *tap)
{
	/* where the file ends, where the damage begins */
	static const uint64_t cases[][2] = {
		{ 10000, 9728 }, /* in the last sector */
		{ 10000, 8192 }, /* at the begin of the last page */
		{ 9728, 9216 }, /* the file ends with a sector */
		{ 100, 0 }, /* all of the file */
		{ 8193, 8192 }, /* its last byte */
		{ 4095, 512 },
	};
	struct attempt attempt = { .lease = true };
	enum media_kind kind;
	struct outcome out;
	struct stat st;
	size_t i;

	for (kind = MEDIA_DISK; kind <= MEDIA_CLOSED; kind++) {
		for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			make_pair(cases[i][0]);
			damage(cases[i][1], cases[i][1] + SECTOR);
			/* where there is nothing to compare */
			attempt.kind = kind;
			attempt.force =
				cases[i][0] < SECTOR ||
				(kind == MEDIA_CLOSED && cases[i][0] < BLOCK);
			out = heal_it(&attempt);
			ok(tap,
			   all_done(&out) && healed() &&
				   !stat(at("file"), &st) &&
				   (uint64_t)st.st_size == cases[i][0],
			   "%s: a file of %ju bytes with damage at %ju",
			   kind_names[kind], (uintmax_t)cases[i][0],
			   (uintmax_t)cases[i][1]);
		}
	}
	make_pair(3 * BLOCK + 100);
	damage(BLOCK, 3 * BLOCK + SECTOR);
	out = heal_on(MEDIA_DAX);
	ok(tap, all_done(&out) && healed() && out.nr_runs == 1,
	   "a run that goes on to the end of the file");
}

/* a write of whole pages is not possible if others may append meanwhile */
static void test_end_in_use(struct tap *tap)
{
	const struct attempt attempt = { .kind = MEDIA_DAX, .lease = true };
	struct outcome out;
	struct stat st;
	int fd;

	make_pair(10000);
	damage(8192, 8704);
	fd = open(at("file"), O_RDONLY);
	out = heal_it(&attempt);
	close(fd);
	must(!stat(at("file"), &st), "stat");
	if (all_done(&out)) {
		ok(tap, healed(), "its last block is exchanged for a good one");
		return;
	}
	ok(tap,
	   out.nr_runs == 1 && out.runs[0].outcome == HEAL_IN_USE &&
		   st.st_size == 10000,
	   "the last page of a file that others have open is left alone");
}

static void make_sparse(const char *name, uint64_t size, uint64_t offset)
{
	char bytes[BLOCK];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = right(offset + i);
	fd = open(at(name), O_RDWR | O_CREAT | O_TRUNC, 0600);
	must(fd >= 0 && !ftruncate(fd, size) &&
		     pwrite(fd, bytes, BLOCK, offset) == BLOCK,
	     "sparse file");
	close(fd);
}

static void test_sparse(struct tap *tap)
{
	const uint64_t middle = TIB / 2;
	struct stat before, after;
	struct outcome out;

	memset(shared, 0, sizeof(*shared));
	make_sparse("file", TIB, middle);
	make_sparse("copy", TIB, middle);
	damage(middle + 1024, middle + 1536);
	must(!stat(at("file"), &before), "stat");
	out = heal_on(MEDIA_DAX);
	must(!stat(at("file"), &after), "stat");
	ok(tap,
	   all_done(&out) && !any_bad(0, UINT64_MAX) && !shared->reads_of_bad,
	   "one sector of a sparse file of 1 TiB");
	ok(tap, out.written == BLOCK && out.media_read <= 35 * BLOCK,
	   "is one block to write, and few to read (%" PRIu64 ", %" PRIu64 ")",
	   out.written, out.media_read);
	ok(tap, before.st_blocks == after.st_blocks,
	   "and the file stays as sparse as it is");
}

static void test_large_sectors(struct tap *tap)
{
	struct outcome out;

	large_sector = 4096;
	make_pair(3 * BLOCK + 100);
	damage(BLOCK + 512, BLOCK + 1024);
	out = heal_on(MEDIA_DISK);
	ok(tap, all_done(&out) && healed() && out.compared == 2 * BLOCK + 100,
	   "sectors of 4096 bytes: the end of the file is compared (%" PRIu64
	   ")",
	   out.compared);
	make_pair(3 * BLOCK + 100);
	damage(3 * BLOCK, 3 * BLOCK + 512);
	out = heal_on(MEDIA_DISK);
	ok(tap, all_done(&out) && healed(),
	   "sectors of 4096 bytes: the end of the file is healed");
	large_sector = 16384;
	make_pair(64 * BLOCK + 100);
	damage(33 * BLOCK, 33 * BLOCK + 512);
	out = heal_on(MEDIA_DISK);
	ok(tap,
	   out.nr_runs == 1 && out.runs[0].range.offset == 32 * BLOCK &&
		   out.runs[0].range.end == 36 * BLOCK && all_done(&out) &&
		   healed(),
	   "what is written in one piece may be more than a page");
	large_sector = 0;
}

int main(void)
{
	struct tap tap = { 0 };

	media_start(top, sizeof(top));
	test_ranges(&tap);
	test_places(&tap);
	test_ends(&tap);
	test_end_in_use(&tap);
	test_sparse(&tap);
	test_large_sectors(&tap);
	media_stop();
	return tap.failed != 0;
}
