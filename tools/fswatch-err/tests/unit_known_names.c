// SPDX-License-Identifier: GPL-2.0-only
/* Names that are kept: those of which file, how many, and how long. */
#include <stdlib.h>
#include <string.h>

#include "known_names.h"
#include "messages.h"
#include "tap.h"

static void must(bool good)
{
	if (!good)
		abort();
}

/* inode @nr, whose handle says so */
static struct fserror_record record_of(uint64_t nr)
{
	struct fserror_record rec = record_data_lost(0);

	rec.ino = nr;
	rec.handle_len = sizeof(nr);
	memcpy(rec.handle, &nr, sizeof(nr));
	return rec;
}

static void put(struct known_names *known, const struct fserror_record *rec,
		const char *name)
{
	char copy[32], *names[] = { copy };
	const struct path_result paths = {
		.state = PATH_OK,
		.links = 1,
		.names = names,
		.count = 1,
	};

	snprintf(copy, sizeof(copy), "%s", name);
	must(!known_names_put(known, rec, &paths));
	/* what is kept is a copy */
	memset(copy, 'x', sizeof(copy) - 1);
}

static bool is_known(const struct known_names *known,
		     const struct fserror_record *rec, const char *name)
{
	const struct path_result *paths = known_names_get(known, rec);

	return paths && paths->state == PATH_OK && paths->count == 1 &&
	       !strcmp(paths->names[0], name);
}

/* the same number, and yet another file */
static void test_same_number(struct tap *tap, struct known_names *known)
{
	struct fserror_record recs[6];
	char name[] = "/0";
	bool good = true;
	size_t i;

	for (i = 0; i < 6; i++)
		recs[i] = record_of(131);
	recs[1].major++;
	recs[2].minor++;
	recs[3].handle[0]++;
	recs[4].handle_len--;
	recs[5].handle_type++;
	for (i = 0; i < 6; i++) {
		good &= !known_names_get(known, &recs[i]);
		name[1] = (char)('0' + i);
		put(known, &recs[i], name);
	}
	for (i = 0; i < 6; i++) {
		name[1] = (char)('0' + i);
		good &= is_known(known, &recs[i], name);
	}
	put(known, &recs[0], "/again");
	ok(tap, good && is_known(known, &recs[0], "/0") && known->nr == 6,
	   "device, handle and its type count");
	known_names_free(known);
	ok(tap, !known->nr && !known_names_get(known, &recs[0]),
	   "and nothing is known any more");
}

static void test_full(struct tap *tap, struct known_names *known)
{
	struct fserror_record rec;
	char name[24];
	bool good = true;
	uint64_t nr;

	for (nr = 0; nr < KNOWN_NAMES_MAX + 10; nr++) {
		/* numbers as a filesystem gives them */
		rec = record_of(nr << 5);
		snprintf(name, sizeof(name), "/%ju", (uintmax_t)nr);
		put(known, &rec, name);
	}
	for (nr = 0; nr < KNOWN_NAMES_MAX; nr++) {
		rec = record_of(nr << 5);
		snprintf(name, sizeof(name), "/%ju", (uintmax_t)nr);
		good &= is_known(known, &rec, name);
	}
	ok(tap, good, "as many as there is room for");
	rec = record_of(nr << 5);
	ok(tap, !known_names_get(known, &rec) && known->nr == KNOWN_NAMES_MAX,
	   "and no more");
	known_names_free(known);
}

int main(void)
{
	static struct known_names known;
	struct tap tap = { 0 };

	test_same_number(&tap, &known);
	test_full(&tap, &known);
	return tap.failed != 0;
}
