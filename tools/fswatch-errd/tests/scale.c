// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a ledger with many losses costs: how long each thing takes, and memory. The test
 * looks at memory only, as how long it takes depends on the machine, and on what else
 * it does.
 *
 * usage: scale [LOSSES]
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "db.h"
#include "losses.h"
#include "tap.h"

#define RSS_MAX (64 * 1024) /* KiB */

struct test {
	struct tap tap;
	struct ledger *ledger;
	char *dir;
	uint64_t losses, started, worked;
};

static void must(bool good)
{
	if (!good)
		abort();
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000) + now.tv_nsec / 1000000;
}

/* of the processor, which another program's work does not change */
static uint64_t cpu_ms(void)
{
	struct rusage usage;

	must(!getrusage(RUSAGE_SELF, &usage));
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) *
		       UINT64_C(1000) +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void begin(struct test *t)
{
	t->started = now_ms();
	t->worked = cpu_ms();
}

static void end(struct test *t, const char *what)
{
	printf("# %-42s %7" PRIu64 " ms, %6" PRIu64 " ms of the processor\n",
	       what, now_ms() - t->started, cpu_ms() - t->worked);
	fflush(stdout);
}

/* loss @nr: no two touch, and there are some in a file */
static struct fserror_record lost(uint64_t nr)
{
	struct fserror_record rec =
		lost_bytes(5 + nr / 16, nr % 16 * 8192, 512);

	rec.time = 1;
	return rec;
}

/* a list with the losses from @first on, every @step th */
static void list(struct test *t, uint64_t first, uint64_t step)
{
	const struct fserror_damage_visitor *visitor = ledger_level_visitor();
	const struct fserror_dump_header header = { .as_of = 77 };
	struct fserror_dump_begin start = {
		.present = 1 << FSERROR_A_DUMP_BEGIN_UUID,
		.instance = 1,
		.fstype = "xfs",
		.sb_id = "pmem0",
		.uuid = { 9, 9 },
	};
	const struct fserror_dump_end last = {
		.present = 1U << FSERROR_A_DUMP_END_COMPLETE, .instance = 1
	};
	const uint64_t instance = 1;
	struct fserror_record rec;
	uint64_t nr, as_of;

	must(!ledger_begin(t->ledger) &&
	     !ledger_level_begin(t->ledger, test_boot, &instance, 1) &&
	     !visitor->header(t->ledger, &header) &&
	     !visitor->begin(t->ledger, &start));
	for (nr = first; nr < t->losses; nr += step) {
		rec = lost(nr);
		must(!visitor->record(t->ledger, &rec));
	}
	must(!visitor->end(t->ledger, &last) &&
	     !ledger_level_end(t->ledger, &as_of) && !ledger_commit(t->ledger));
}

static int count_sum(void *arg, const struct ledger_sum *sum)
{
	*(uint64_t *)arg += sum->losses;
	return 0;
}

static uint64_t open_losses(struct test *t)
{
	uint64_t nr = 0;

	must(!ledger_sums(t->ledger, count_sum, &nr));
	return nr;
}

static void clear(struct test *t, uint32_t flags)
{
	struct fserror_record rec =
		on_device(FSERROR_KIND_CLEARED, 0, UINT64_C(1) << 45);

	int rc;

	rec.flags = flags;
	must(!ledger_begin(t->ledger));
	while ((rc = ledger_apply(t->ledger, test_boot, &rec)) == LEDGER_MORE)
		must(!ledger_step(t->ledger));
	must(!rc && !ledger_commit(t->ledger));
}

int main(int argc, char **argv)
{
	struct test t = { .losses = argc > 1 ? strtoull(argv[1], NULL, 10) :
					       20000 };
	struct rusage usage;

	t.ledger = open_scratch(&t.dir);
	begin(&t);
	list(&t, 0, 1);
	end(&t, "a list of all that is new");
	begin(&t);
	list(&t, 0, 1);
	end(&t, "the same again");
	begin(&t);
	must(open_losses(&t) == t.losses);
	end(&t, "adding them up");
	begin(&t);
	list(&t, 0, 2);
	end(&t, "a list without every other one: closed");
	must(open_losses(&t) == t.losses / 2);
	list(&t, 0, 1);
	begin(&t);
	clear(&t, FSERROR_RECORD_FLAG_CONTENT_UNKNOWN);
	end(&t, "one event: the content of all is unknown");
	begin(&t);
	clear(&t, 0);
	end(&t, "one event: all are closed");
	must(open_losses(&t) == 0);
	begin(&t);
	must(!ledger_prune(t.ledger, db_now()));
	end(&t, "keeping to the bounds");
	must(!getrusage(RUSAGE_SELF, &usage));
	ok(&t.tap, usage.ru_maxrss <= RSS_MAX, "%ld KiB of memory",
	   usage.ru_maxrss);
	close_scratch(t.ledger, t.dir);
	return t.tap.failed > 0;
}
