// SPDX-License-Identifier: GPL-2.0-only
/* Sorting in memory, with a file, and what an entry may be. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "sorter.h"
#include "tap.h"

static int compare(const void *a, size_t len_a, const void *b, size_t len_b)
{
	const size_t len = len_a < len_b ? len_a : len_b;
	int order = memcmp(a, b, len);

	return order ? order : (len_a > len_b) - (len_a < len_b);
}

static struct sorter *make(size_t memory)
{
	struct sorter *sorter = sorter_new(compare, memory);

	if (!sorter)
		abort();
	return sorter;
}

static void test_none(struct tap *tap)
{
	struct sorter *sorter = make(4096);
	const void *data;
	size_t len;

	ok(tap,
	   !sorter_finish(sorter) && !sorter_next(sorter, &data, &len) &&
		   !sorter_next(sorter, &data, &len),
	   "nothing in, nothing out");
	sorter_free(sorter);
	sorter_free(NULL);
}

/* all numbers below @nr, in some order, come out in theirs */
static void test_numbers(struct tap *tap, uint32_t nr, size_t memory,
			 const char *name)
{
	struct sorter *sorter = make(memory);
	const void *data;
	uint32_t i, key, seen = 0;
	bool good = true;
	size_t len;
	int rc;

	for (i = 0; i < nr; i++) {
		key = __builtin_bswap32((uint64_t)i * 1000003 % nr);
		good &= !sorter_add(sorter, &key, sizeof(key));
	}
	good &= !sorter_finish(sorter);
	while ((rc = sorter_next(sorter, &data, &len)) == 1) {
		good &= len == sizeof(key) && (uintptr_t)data % 16 == 0;
		memcpy(&key, data, sizeof(key));
		good &= __builtin_bswap32(key) == seen++;
	}
	ok(tap, good && !rc && seen == nr, "%s", name);
	sorter_free(sorter);
}

/* lengths around those of the buffers, all of one byte */
static void test_lengths(struct tap *tap)
{
	static const size_t lengths[] = { 0,	 1,	15,    16,     17,
					  4080,	 4095,	4096,  4097,   32752,
					  32768, 32769, 65536, 300000, 3 };
	const size_t nr = sizeof(lengths) / sizeof(lengths[0]);
	struct sorter *sorter = make(4096);
	size_t i, len, last = 0, sum = 0, want = 0, count = 0;
	char *bytes = malloc(300000);
	const char *byte;
	const void *data;
	bool good = bytes;

	if (!bytes)
		abort();
	memset(bytes, 'x', 300000);
	for (i = 0; i < 3 * nr; i++) {
		good &= !sorter_add(sorter, bytes, lengths[i % nr]);
		want += lengths[i % nr];
	}
	good &= !sorter_finish(sorter);
	while (sorter_next(sorter, &data, &len) == 1) {
		good &= len >= last;
		last = len;
		sum += len;
		count++;
		for (byte = data, i = 0; i < len; i++)
			good &= byte[i] == 'x';
	}
	ok(tap, good && count == 3 * nr && sum == want,
	   "entries shorter and longer than any buffer");
	free(bytes);
	sorter_free(sorter);
}

/* the numbers from @from on come out, and the sum of them is returned; 0: they do not */
static uint64_t sum_from(struct sorter *sorter, uint32_t from, uint32_t nr)
{
	const void *data;
	uint64_t sum = 0;
	uint32_t key;
	size_t len;

	for (; from < nr; from++) {
		if (sorter_peek(sorter, &data, &len) != 1 ||
		    sorter_next(sorter, &data, &len) != 1)
			return 0;
		memcpy(&key, data, sizeof(key));
		if (__builtin_bswap32(key) != from)
			return 0;
		sum += from;
	}
	return sorter_next(sorter, &data, &len) ? 0 : sum;
}

static void test_mark(struct tap *tap, uint32_t nr, size_t memory,
		      const char *name)
{
	struct sorter_mark *begin, *middle;
	struct sorter *sorter = make(memory);
	const uint64_t all = (uint64_t)nr * (nr - 1) / 2;
	const uint32_t half = nr / 2;
	const void *data;
	uint32_t i, key;
	bool good = true;
	size_t len;

	for (i = 0; i < nr; i++) {
		key = __builtin_bswap32((uint64_t)i * 1000003 % nr);
		good &= !sorter_add(sorter, &key, sizeof(key));
	}
	good &= !sorter_finish(sorter) && !sorter_set_mark(sorter, &begin);
	for (i = 0; i < half; i++)
		good &= sorter_next(sorter, &data, &len) == 1;
	good &= !sorter_set_mark(sorter, &middle);
	good &= sum_from(sorter, half, nr) > 0;
	good &= !sorter_reset(sorter, middle) && sum_from(sorter, half, nr) > 0;
	good &= !sorter_reset(sorter, begin) && sum_from(sorter, 0, nr) == all;
	good &= !sorter_reset(sorter, middle) && sum_from(sorter, half, nr) > 0;
	ok(tap, good, "back to a mark, %s", name);
	free(begin);
	free(middle);
	sorter_free(sorter);
}

static size_t entries(const char *path)
{
	DIR *dir = opendir(path);
	size_t nr = 0;

	if (!dir)
		abort();
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static void test_file(struct tap *tap)
{
	char dir[] = "/tmp/unit_sorter.XXXXXX", data[1000] = "";
	struct sorter *sorter = make(4096);
	int i, err = 0;

	if (!mkdtemp(dir))
		abort();
	setenv("TMPDIR", dir, 1);
	for (i = 0; i < 100; i++)
		err |= sorter_add(sorter, data, sizeof(data));
	ok(tap, !err && entries(dir) == 2, "the file has no name");
	sorter_free(sorter);
	rmdir(dir);
	sorter = make(4096);
	for (i = 0; !err && i < 100; i++)
		err = sorter_add(sorter, data, sizeof(data));
	ok(tap, err == -ENOENT && i > 2, "that there can be no file is told");
	sorter_free(sorter);
	unsetenv("TMPDIR");
}

int main(void)
{
	struct tap tap = { 0 };

	test_none(&tap);
	test_numbers(&tap, 1, 4096, "one");
	test_numbers(&tap, 100, 4096, "in memory");
	test_numbers(&tap, 128, 4096, "just in memory");
	test_numbers(&tap, 129, 4096, "with a file");
	test_numbers(&tap, 100000, 65536, "with many runs");
	test_numbers(&tap, 100000, 4096,
		     "with more runs than have big buffers");
	test_mark(&tap, 100, 4096, "in memory");
	test_mark(&tap, 100000, 65536, "with many runs");
	test_lengths(&tap);
	test_file(&tap);
	return tap.failed != 0;
}
