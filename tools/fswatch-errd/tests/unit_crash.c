// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random events against a map of bytes; and a writer that is killed a few hundred
 * times at random moments: what is in the ledger afterwards is what the events up to
 * its position make, no more and no less.
 */
#include <stdlib.h>
#include <unistd.h>

#include "db.h"
#include "losses.h"
#include "tap.h"

#define UNITS 48
#define FILES 3
#define KILLS 300

static uint32_t mix(uint64_t seed)
{
	seed += UINT64_C(0x9e3779b97f4a7c15);
	seed = (seed ^ (seed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	seed = (seed ^ (seed >> 27)) * UINT64_C(0x94d049bb133111eb);
	return seed >> 32;
}

/* event @seq of the one history that there is */
static struct fserror_record event(uint64_t seq)
{
	const uint64_t ino = 5 + mix(seq * 5) % FILES;
	const uint64_t start = mix(seq * 5 + 1) % UNITS;
	const uint64_t length = 1 + mix(seq * 5 + 2) % (UNITS - start);
	struct fserror_record rec = lost_bytes(ino, start * 512, length * 512);

	rec.seq = seq;
	rec.time = seq;
	switch (mix(seq * 5 + 3) % 6) {
	case 0:
	case 1:
		rec.kind = FSERROR_KIND_CLEARED;
		break;
	case 2:
		rec.kind = FSERROR_KIND_CLEARED;
		rec.flags = FSERROR_RECORD_FLAG_CONTENT_UNKNOWN;
		break;
	default:
		/* short ones, so that there are holes */
		if (rec.length > 512 * 8) {
			rec.length = 512 * 8;
			rec.device.length = rec.length;
		}
		break;
	}
	return rec;
}

static int apply_until(struct ledger *ledger, uint64_t from, uint64_t to)
{
	struct fserror_record rec;
	uint64_t seq;
	int err;

	err = ledger_begin(ledger);
	for (seq = from; !err && seq <= to; seq++) {
		rec = event(seq);
		err = ledger_apply(ledger, test_boot, &rec);
	}
	if (!err)
		err = ledger_set_position(ledger, FSERROR_GROUP_DAMAGE,
					  test_boot, to);
	return err ? err : ledger_commit(ledger);
}

/* the map: '.' nothing, 'b' bad, 'u' content unknown */

static void map_event(char map[FILES][UNITS], uint64_t seq)
{
	const struct fserror_record rec = event(seq);
	char *unit = &map[rec.ino - 5][rec.offset / 512];
	uint64_t i;

	for (i = 0; i < rec.length / 512; i++) {
		if (rec.kind != FSERROR_KIND_CLEARED)
			unit[i] = 'b';
		else if (!rec.flags)
			unit[i] = '.';
		else if (unit[i] == 'b')
			unit[i] = 'u';
	}
}

struct painted {
	char map[FILES][UNITS];
	bool overlap;
};

static int paint(void *arg, const struct ledger_loss *l)
{
	struct painted *painted = arg;
	uint64_t i;
	char *unit;

	for (i = l->start / 512; i < l->end / 512; i++) {
		unit = &painted->map[l->ino - 5][i];
		painted->overlap |= *unit != '.';
		*unit = l->condition == LEDGER_BAD ? 'b' : 'u';
	}
	return 0;
}

static void test_map(struct tap *tap)
{
	const struct ledger_query query = { 0 };
	char map[FILES][UNITS], *dir = scratch_directory();
	struct painted painted;
	struct ledger *ledger;
	uint64_t seq;
	bool good = true;

	memset(map, '.', sizeof(map));
	if (ledger_open(&ledger, dir, LEDGER_DAEMON) ||
	    db_exec(ledger, "PRAGMA synchronous=OFF"))
		abort();
	for (seq = 1; good && seq <= 4000; seq++) {
		if (apply_until(ledger, seq, seq))
			abort();
		map_event(map, seq);
		memset(&painted, 0, sizeof(painted));
		memset(painted.map, '.', sizeof(painted.map));
		if (ledger_each(ledger, &query, paint, &painted))
			abort();
		good = !painted.overlap &&
		       !memcmp(map, painted.map, sizeof(map));
	}
	ok(tap, good, "4000 random events are what a map of bytes has%s",
	   good ? "" : ", but one");
	if (!good)
		printf("# event %llu\n", (unsigned long long)seq - 1);
	ledger_close(ledger);
	remove_directory(dir);
}

static void write_for_ever(const char *dir)
{
	uint8_t boot[FSERROR_UUID_LEN];
	struct ledger *ledger;
	uint64_t seq, to;

	if (ledger_open(&ledger, dir, LEDGER_DAEMON) ||
	    ledger_position(ledger, FSERROR_GROUP_DAMAGE, boot, &seq))
		_exit(1);
	for (;; seq = to) {
		to = seq + 1 + mix(seq) % 20;
		if (apply_until(ledger, seq + 1, to))
			_exit(1);
	}
}

/* is it what the events make? @model has them up to *@done */
static bool is_history(struct ledger *model, uint64_t *done, const char *dir)
{
	uint8_t boot[FSERROR_UUID_LEN];
	struct ledger *ledger;
	char *got, *want;
	uint64_t seq;
	bool good = false;

	/* that it was killed leaves nothing corrupt, and no lock */
	if (ledger_open(&ledger, dir, LEDGER_DAEMON) ||
	    ledger_position(ledger, FSERROR_GROUP_DAMAGE, boot, &seq))
		goto close_ledger;
	if (seq < *done || (seq > *done && apply_until(model, *done + 1, seq)))
		goto close_ledger;
	*done = seq;
	got = spell_losses(ledger, false);
	want = spell_losses(model, false);
	good = !strcmp(got, want);
	if (!good)
		printf("# got:  %s\n# want: %s\n", got, want);
	free(got);
	free(want);

close_ledger:
	if (!good)
		printf("# %s\n", ledger_error(ledger));
	ledger_close(ledger);
	return good;
}

static void test_kill(struct tap *tap)
{
	char *dir = scratch_directory(), *other = scratch_directory();
	struct ledger *model;
	uint64_t done = 0;
	unsigned int i;
	bool good = true;

	if (ledger_open(&model, other, LEDGER_DAEMON) ||
	    db_exec(model, "PRAGMA synchronous=OFF"))
		abort();
	for (i = 0; good && i < KILLS; i++)
		good = kill_writer(write_for_ever, dir,
				   mix(1000000 + i) % 60000) &&
		       is_history(model, &done, dir);
	ok(tap, good, "killed %u times, it has what it said that it has", i);
	ok(tap, done > KILLS, "and got on meanwhile: %llu events",
	   (unsigned long long)done);
	ledger_close(model);
	remove_directory(other);
	remove_directory(dir);
}

int main(void)
{
	struct tap tap = { 0 };

	test_map(&tap);
	test_kill(&tap);
	return tap.failed > 0;
}
