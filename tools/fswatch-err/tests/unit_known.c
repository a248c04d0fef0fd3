// SPDX-License-Identifier: GPL-2.0-only
/* What follows from lists and events: by hand, and against a map of bytes. */
#include <stdlib.h>

#include <libfserror_known.h>

#include "messages.h"
#include "tap.h"

#define BYTES 64 /* of the device of the random test */

static struct fserror_record record(uint64_t seq, uint32_t kind, uint32_t flags,
				    uint64_t offset, uint64_t length)
{
	struct fserror_record rec = record_data_lost(seq);

	rec.kind = kind;
	rec.flags = flags;
	rec.cause = FSERROR_CAUSE_MEDIA;
	rec.device.offset = offset;
	rec.device.length = length;
	return rec;
}

struct text {
	char v[512];
};

static int add_range(void *arg, const struct fserror_known_range *range)
{
	struct text *text = arg;
	size_t len = strlen(text->v);

	snprintf(text->v + len, sizeof(text->v) - len, "%s%llu:%llu+%llu%c%s%s",
		 len ? " " : "", (unsigned long long)range->instance,
		 (unsigned long long)range->offset,
		 (unsigned long long)range->length,
		 fserror_known_state_name(range->state)[0],
		 range->layer[0] ? "@" : "", range->layer);
	return 0;
}

static const char *spell(const struct fserror_known *known, struct text *text)
{
	text->v[0] = '\0';
	fserror_known_each(known, add_range, text);
	return text->v;
}

static int apply(struct fserror_known *known, uint64_t seq, uint32_t kind,
		 uint32_t flags, uint64_t offset, uint64_t length)
{
	const struct fserror_record rec =
		record(seq, kind, flags, offset, length);

	return fserror_known_apply(known, &rec);
}

static void test_events(struct tap *tap)
{
	struct fserror_known *known = fserror_known_new();
	struct fserror_record rec;
	struct text text;

	apply(known, 1, FSERROR_KIND_DATA_LOST, 0, 4096, 4096);
	apply(known, 2, FSERROR_KIND_MEDIA, FSERROR_RECORD_FLAG_UNRESOLVED,
	      8192, 4096);
	apply(known, 3, FSERROR_KIND_BULK, FSERROR_RECORD_FLAG_PARTIAL, 65536,
	      65536);
	ok_string(tap, spell(known, &text),
		  "3:4096+4096b 3:8192+4096u 3:65536+65536c",
		  "known: what was told adds up");
	apply(known, 4, FSERROR_KIND_CLEARED, 0, 6144, 4096);
	ok_string(tap, spell(known, &text),
		  "3:4096+2048b 3:10240+2048u 3:65536+65536c",
		  "known: cleared, across two");
	apply(known, 5, FSERROR_KIND_CLEARED,
	      FSERROR_RECORD_FLAG_CONTENT_UNKNOWN, 65536, 65536);
	apply(known, 6, FSERROR_KIND_DATA_LOST, FSERROR_RECORD_FLAG_LATE, 10240,
	      2048);
	ok_string(tap, spell(known, &text),
		  "3:4096+2048b 3:10240+2048b 3:65536+65536c",
		  "known: late owners, content unknown");
	ok(tap, fserror_known_count(known) == 3, "known: how many");
	ok(tap, apply(known, 7, 99, 0, 0, 512) == 1,
	   "known: a kind that is not known: ask again");
	ok(tap, apply(known, 8, FSERROR_KIND_TEST, 0, 0, 512) == 0,
	   "known: a test says nothing");
	rec = record(9, FSERROR_KIND_DATA_LOST, 0, 0, 512);
	rec.present &= ~(1u << FSERROR_A_RECORD_DEVICE);
	ok(tap,
	   !fserror_known_apply(known, &rec) && fserror_known_count(known) == 3,
	   "known: history does not add up");
	apply(known, 10, FSERROR_KIND_UNMOUNT, 0, 0, 0);
	ok_string(tap, spell(known, &text), "", "known: unmounted");
	fserror_known_free(known);
}

static void test_unplaced(struct tap *tap)
{
	struct fserror_known *known = fserror_known_new();
	struct fserror_record rec = record(1, FSERROR_KIND_MEDIA,
					   FSERROR_RECORD_FLAG_UNMAPPED, 0,
					   1 << 20);
	struct text text;

	strcpy(rec.layer, "thin");
	record_set(&rec, FSERROR_A_RECORD_LAYER);
	fserror_known_apply(known, &rec);
	fserror_known_apply(known, &rec);
	strcpy(rec.layer, "cache");
	fserror_known_apply(known, &rec);
	apply(known, 2, FSERROR_KIND_CLEARED, 0, 0, 1 << 20);
	ok_string(tap, spell(known, &text),
		  "3:0+1048576b@cache 3:0+1048576b@thin",
		  "known: without a place, by layer");
	rec.kind = FSERROR_KIND_CLEARED;
	fserror_known_apply(known, &rec);
	ok_string(tap, spell(known, &text), "3:0+1048576b@thin",
		  "known: without a place, cleared");
	fserror_known_free(known);
}

static void list(struct fserror_known *known, uint64_t as_of,
		 const struct fserror_record *rec, int end_flag)
{
	const struct fserror_damage_visitor *visitor = fserror_known_visitor();
	const struct fserror_dump_header header = { .as_of = as_of };
	const struct fserror_dump_begin begin = { .instance = 3 };
	const struct fserror_dump_end end = { .present = 1u << end_flag,
					      .instance = 3 };

	visitor->header(known, &header);
	visitor->begin(known, &begin);
	visitor->record(known, rec);
	visitor->end(known, &end);
}

static void test_lists(struct tap *tap)
{
	struct fserror_known *known = fserror_known_new();
	struct fserror_record rec = record(0, FSERROR_KIND_MEDIA, 0, 512, 512);
	struct text text;

	apply(known, 1, FSERROR_KIND_MEDIA, 0, 4096, 4096);
	fserror_known_list_begin(known);
	list(known, 5, &rec, FSERROR_A_DUMP_END_BUSY);
	ok(tap, fserror_known_list_end(known, true) == 1,
	   "known: a list that is not complete: ask again");
	ok_string(tap, spell(known, &text), "3:4096+4096b",
		  "known: it replaces nothing");
	fserror_known_list_begin(known);
	list(known, 5, &rec, FSERROR_A_DUMP_END_COMPLETE);
	ok(tap, fserror_known_list_end(known, true) == 0,
	   "known: a complete list");
	ok_string(tap, spell(known, &text), "3:512+512b",
		  "known: it replaces what was known");
	apply(known, 5, FSERROR_KIND_MEDIA, 0, 4096, 4096);
	apply(known, 6, FSERROR_KIND_MEDIA, 0, 1024, 512);
	ok_string(tap, spell(known, &text), "3:512+1024b",
		  "known: events up to the list are in it");
	fserror_known_list_begin(known);
	list(known, 7, &rec, FSERROR_A_DUMP_END_GONE);
	ok(tap,
	   fserror_known_list_end(known, true) == 0 &&
		   !fserror_known_count(known),
	   "known: gone while it was listed");
	apply(known, 8, FSERROR_KIND_MEDIA, 0, 4096, 4096);
	fserror_known_list_begin(known);
	ok(tap,
	   fserror_known_list_end(known, false) == 0 &&
		   fserror_known_count(known) == 1,
	   "known: a list that failed takes nothing away");
	fserror_known_list_begin(known);
	ok(tap,
	   fserror_known_list_end(known, true) == 0 &&
		   !fserror_known_count(known),
	   "known: what a list does not have is not mounted any more");
	fserror_known_free(known);
}

/* a state for each byte, 0 if nothing is known of it */
struct map {
	unsigned char state[BYTES];
	unsigned int ranges;
	uint64_t end;
	bool sorted;
};

static int put_range(void *arg, const struct fserror_known_range *range)
{
	struct map *map = arg;

	map->sorted &= range->offset >= map->end && range->length;
	map->end = range->offset + range->length;
	memset(map->state + range->offset, 1 + range->state, range->length);
	map->ranges++;
	return 0;
}

static unsigned int runs_of(const unsigned char *state)
{
	unsigned int runs = 0, i;

	for (i = 0; i < BYTES; i++)
		runs += state[i] && (!i || state[i] != state[i - 1]);
	return runs;
}

static void test_random(struct tap *tap)
{
	static const uint32_t flags[] = { 0, FSERROR_RECORD_FLAG_UNRESOLVED,
					  FSERROR_RECORD_FLAG_PARTIAL };
	static const unsigned char states[] = {
		1 + FSERROR_KNOWN_BAD,
		1 + FSERROR_KNOWN_UNRESOLVED,
		1 + FSERROR_KNOWN_COARSE,
	};
	struct fserror_known *known = fserror_known_new();
	unsigned char want[BYTES] = { 0 };
	unsigned int step, wrong = 0;
	uint64_t random = 88172645463325252u;

	for (step = 1; step <= 20000; step++) {
		struct map map = { .sorted = true };
		unsigned int offset, length, what;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		offset = random % BYTES;
		length = 1 + (random >> 16) % (BYTES - offset);
		if (random >> 62)
			length = 1 + length % 5;
		if (offset + length > BYTES)
			length = BYTES - offset;
		what = (random >> 32) % 5;
		if (what < 3) {
			apply(known, step, FSERROR_KIND_MEDIA, flags[what],
			      offset, length);
			memset(want + offset, states[what], length);
		} else {
			apply(known, step, FSERROR_KIND_CLEARED, 0, offset,
			      length);
			memset(want + offset, 0, length);
		}
		fserror_known_each(known, put_range, &map);
		wrong += memcmp(map.state, want, BYTES) || !map.sorted ||
			 map.ranges != runs_of(want);
	}
	ok(tap, !wrong, "known: 20000 steps against a map of bytes, %u wrong",
	   wrong);
	fserror_known_free(known);
}

int main(void)
{
	struct tap tap = { 0 };

	test_events(&tap);
	test_unplaced(&tap);
	test_lists(&tap);
	test_random(&tap);
	return tap.failed != 0;
}
