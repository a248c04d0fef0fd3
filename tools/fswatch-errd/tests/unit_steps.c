// SPDX-License-Identifier: GPL-2.0-only
/*
 * What changes many losses is written in several transactions. A writer that does
 * nothing else is killed a few hundred times: what is found afterwards is right as far
 * as it goes, and what comes again makes it whole.
 */
#include <stdlib.h>
#include <unistd.h>

#include "db.h"
#include "losses.h"
#include "tap.h"

#define UNITS 200
#define KILLS 100
#define STEP 3

static void must(bool good)
{
	if (!good)
		abort();
}

static uint32_t mix(uint64_t seed)
{
	seed += UINT64_C(0x9e3779b97f4a7c15);
	seed = (seed ^ (seed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	seed = (seed ^ (seed >> 27)) * UINT64_C(0x94d049bb133111eb);
	return seed >> 32;
}

static struct ledger *open_in_steps(const char *dir)
{
	struct ledger *ledger;

	must(ledger_open(&ledger, dir, LEDGER_DAEMON) >= 0);
	/* what a killed process has written stays written */
	must(!db_exec(ledger, "PRAGMA synchronous=OFF"));
	ledger->step = STEP;
	ledger->wait_ms = 0;
	return ledger;
}

/* event @seq of the one history that there is: single sectors, then all of them */
static struct fserror_record event(uint64_t seq)
{
	const uint32_t what = mix(seq * 3) % 24;
	const uint64_t unit = mix(seq * 3 + 1) % UNITS;
	struct fserror_record rec = lost_bytes(5, unit * 512, 512);

	/* so that neighbours are two */
	if (unit % 2)
		rec.cause = FSERROR_CAUSE_MACHINE_CHECK;
	if (what < 3) {
		rec = lost_bytes(5, 0, UNITS * 512);
		if (what)
			rec.kind = FSERROR_KIND_CLEARED;
		if (what == 2)
			rec.flags = FSERROR_RECORD_FLAG_CONTENT_UNKNOWN;
	}
	rec.seq = seq;
	rec.time = seq;
	return rec;
}

/* the map: '.' nothing, 'b' bad, 'u' content unknown */

static void map_event(char map[UNITS], uint64_t seq)
{
	const struct fserror_record rec = event(seq);
	char *unit = &map[rec.offset / 512];
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

static int paint(void *arg, const struct ledger_loss *l)
{
	char *map = arg;
	uint64_t i;

	for (i = l->start / 512; i < l->end / 512; i++) {
		if (i >= UNITS || map[i] != '.')
			return -1;
		map[i] = l->condition == LEDGER_BAD ? 'b' : 'u';
	}
	return 0;
}

/* false if two losses overlap */
static bool paint_all(struct ledger *ledger, char map[UNITS])
{
	const struct ledger_query query = { 0 };

	memset(map, '.', UNITS);
	return !ledger_each(ledger, &query, paint, map);
}

/* one event, as fswatch-errd does it */
static void apply(struct ledger *ledger, uint64_t seq)
{
	const struct fserror_record rec = event(seq);
	int rc;

	must(!ledger_begin(ledger));
	while ((rc = ledger_apply(ledger, test_boot, &rec)) == LEDGER_MORE)
		must(!ledger_set_position(ledger, FSERROR_GROUP_DAMAGE,
					  test_boot, seq - 1) &&
		     !ledger_step(ledger));
	must(!rc &&
	     !ledger_set_position(ledger, FSERROR_GROUP_DAMAGE, test_boot,
				  seq) &&
	     !ledger_commit(ledger));
}

static uint64_t position(struct ledger *ledger)
{
	uint8_t boot[FSERROR_UUID_LEN];
	uint64_t seq;

	must(!ledger_position(ledger, FSERROR_GROUP_DAMAGE, boot, &seq));
	return seq;
}

static void apply_for_ever(const char *dir)
{
	struct ledger *ledger = open_in_steps(dir);
	uint64_t seq;

	for (seq = position(ledger) + 1;; seq++)
		apply(ledger, seq);
}

/* a list of every @step th sector */
static void list(struct ledger *ledger, uint64_t step)
{
	const struct fserror_damage_visitor *visitor = ledger_level_visitor();
	const struct fserror_dump_header header = { .as_of = 77 };
	const struct fserror_dump_end last = {
		.present = 1U << FSERROR_A_DUMP_END_COMPLETE, .instance = 1
	};
	struct fserror_dump_begin first = {
		.present = 1 << FSERROR_A_DUMP_BEGIN_UUID,
		.instance = 1,
		.fstype = "xfs",
		.sb_id = "pmem0",
		.uuid = { 9, 9 },
	};
	const uint64_t instance = 1;
	struct fserror_record rec;
	uint64_t unit, as_of;

	must(!ledger_begin(ledger) &&
	     !ledger_level_begin(ledger, test_boot, &instance, 1) &&
	     !visitor->header(ledger, &header) &&
	     !visitor->begin(ledger, &first));
	for (unit = 0; unit < UNITS; unit += step) {
		rec = lost_bytes(5, unit * 512, 512);
		must(!visitor->record(ledger, &rec));
	}
	must(!visitor->end(ledger, &last) &&
	     !ledger_level_end(ledger, &as_of) && !ledger_commit(ledger));
}

static void list_for_ever(const char *dir)
{
	struct ledger *ledger = open_in_steps(dir);

	for (;;) {
		list(ledger, 5);
		list(ledger, 2);
	}
}

struct history {
	char map[UNITS]; /* up to event @done */
	uint64_t done;
	unsigned int between; /* times that an event was there in part */
};

/* each sector is as before or after the event that was under way */
static bool is_history(struct history *history, const char *dir)
{
	struct ledger *ledger = open_in_steps(dir);
	char after[UNITS], got[UNITS];
	uint64_t seq = position(ledger);
	bool good = seq >= history->done;
	size_t i;

	while (history->done < seq)
		map_event(history->map, ++history->done);
	memcpy(after, history->map, UNITS);
	map_event(after, seq + 1);
	good = good && paint_all(ledger, got);
	for (i = 0; i < UNITS; i++)
		good = good &&
		       (got[i] == history->map[i] || got[i] == after[i]);
	if (memcmp(got, history->map, UNITS))
		history->between++;
	/* after a restart it is heard again */
	apply(ledger, seq + 1);
	good = good && paint_all(ledger, got) && !memcmp(got, after, UNITS);
	if (!good)
		printf("# event %llu\n# got:  %.*s\n# want: %.*s\n",
		       (unsigned long long)seq, UNITS, got, UNITS, after);
	ledger_close(ledger);
	return good;
}

static void test_events(struct tap *tap)
{
	struct history history = { .done = 0 };
	char *dir = scratch_directory();
	unsigned int i;
	bool good = true;

	memset(history.map, '.', UNITS);
	for (i = 0; good && i < KILLS; i++)
		good = kill_writer(apply_for_ever, dir, mix(77 + i) % 10000) &&
		       is_history(&history, dir);
	ok(tap, good,
	   "killed %u times: an event in part, or whole, and then whole", i);
	ok(tap, history.between,
	   "it was there in part %u times, of %llu events", history.between,
	   (unsigned long long)history.done);
	remove_directory(dir);
}

/* what both lists have is there, what neither has is not */
static bool is_between(const char *dir, unsigned int *between)
{
	struct ledger *ledger = open_in_steps(dir);
	char got[UNITS], want[UNITS];
	unsigned int i, two = 0, five = 0;
	bool good = paint_all(ledger, got);

	for (i = 0; i < UNITS; i++) {
		want[i] = i % 2 ? '.' : 'b';
		two += got[i] == 'b' && i % 2 == 0 && i % 5;
		five += got[i] == 'b' && i % 5 == 0 && i % 2;
		good = good && got[i] != 'u';
		if (i % 10 == 0)
			good = good && got[i] == 'b';
		if (i % 2 && i % 5)
			good = good && got[i] == '.';
	}
	*between += two && five;
	list(ledger, 2);
	good = good && paint_all(ledger, got) && !memcmp(got, want, UNITS);
	if (!good)
		printf("# got:  %.*s\n", UNITS, got);
	ledger_close(ledger);
	return good;
}

static void test_lists(struct tap *tap)
{
	char *dir = scratch_directory();
	unsigned int i, between = 0;
	struct ledger *ledger;
	bool good = true;

	ledger = open_in_steps(dir);
	list(ledger, 2);
	ledger_close(ledger);
	for (i = 0; good && i < KILLS; i++)
		good = kill_writer(list_for_ever, dir, mix(i) % 20000) &&
		       is_between(dir, &between);
	ok(tap, good,
	   "killed %u times while listing: nothing is closed that is bad", i);
	ok(tap, between, "of both lists something was there %u times", between);
	remove_directory(dir);
}

static int count_news(void *arg, const struct ledger_news *news)
{
	const bool more = news->type == LEDGER_NEWS_CHANGED;
	uint64_t *count = arg;

	count[more] += more ? news->count : 1;
	return 0;
}

static void test_news(struct tap *tap)
{
	struct fserror_record rec = lost_bytes(5, 0, UNITS * 512);
	char *dir = scratch_directory();
	struct ledger *ledger = open_in_steps(dir);
	uint64_t gone, count[2] = { 0 }, steps = 0;
	int64_t last;
	int rc;

	list(ledger, 2);
	must(!ledger_told(ledger, "x", &last, &gone));
	rec.kind = FSERROR_KIND_CLEARED;
	ledger->step = 16;
	must(!ledger_begin(ledger));
	for (; (rc = ledger_apply(ledger, test_boot, &rec)) == LEDGER_MORE;
	     steps++)
		must(!ledger_step(ledger));
	must(!rc && !ledger_commit(ledger));
	must(!ledger_news_each(ledger, last, 1000, count_news, count));
	ok(tap,
	   steps > 0 && count[0] == LEDGER_NEWS_BURST &&
		   count[0] + count[1] == UNITS / 2,
	   "steps of one thing are told as one: %llu, and %llu more",
	   (unsigned long long)count[0], (unsigned long long)count[1]);
	ledger_close(ledger);
	remove_directory(dir);
}

/* a record over many losses when there is room for no more of them */
static void test_full(struct tap *tap)
{
	struct fserror_record rec = lost_bytes(5, 0, UNITS * 512);
	char *dir = scratch_directory();
	struct ledger *ledger = open_in_steps(dir);
	unsigned int steps = 0;
	int rc;

	list(ledger, 2);
	ledger->max_open = 1;
	rec.cause = FSERROR_CAUSE_MACHINE_CHECK;
	rec.time = 5000;
	must(!ledger_begin(ledger));
	while ((rc = ledger_apply(ledger, test_boot, &rec)) == LEDGER_MORE &&
	       steps++ < 10 * UNITS)
		must(!ledger_step(ledger));
	ok(tap, !rc && steps && !ledger_commit(ledger),
	   "it comes to its end, in %u steps", steps);
	ledger_close(ledger);
	remove_directory(dir);
}

/* what an older one made */
static void test_upgrade(struct tap *tap)
{
	char *dir = scratch_directory();
	struct ledger *ledger = open_in_steps(dir);
	int64_t nr = 0;

	list(ledger, 2);
	must(!db_exec(ledger, "DROP INDEX loss_short_vague;"
			      "DROP INDEX loss_long_vague;"
			      "DROP INDEX loss_ino;PRAGMA user_version=1"));
	ledger_close(ledger);
	ok(tap, !ledger_open(&ledger, dir, LEDGER_READ),
	   "a ledger of version 1 can be read");
	ledger_close(ledger);
	ledger = open_in_steps(dir);
	must(!db_number(ledger, &nr, "SELECT count(*) FROM loss WHERE state<2",
			""));
	list(ledger, 5);
	ok(tap, nr == UNITS / 2 && !ledger_prune(ledger, db_now()),
	   "and the daemon takes it over");
	ledger_close(ledger);
	remove_directory(dir);
}

int main(void)
{
	struct tap tap = { 0 };

	test_events(&tap);
	test_lists(&tap);
	test_news(&tap);
	test_full(&tap);
	test_upgrade(&tap);
	return tap.failed > 0;
}
