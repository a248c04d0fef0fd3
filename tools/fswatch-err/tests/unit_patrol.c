// SPDX-License-Identifier: GPL-2.0-only
/* A scan reads all that is in use, and finds out what cannot be read; the disk is made up. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "patrol.h"
#include "tap.h"

#define BLOCK 512
#define MIB (1024 * 1024)

/* spans as "pos+len pos+len" */
static const char *say(const struct spans *spans)
{
	static char text[4096];
	size_t i, len = 0;

	*text = '\0';
	for (i = 0; i < spans->nr && len < sizeof(text) - 64; i++)
		len += snprintf(text + len, sizeof(text) - len,
				"%s%" PRIu64 "+%" PRIu64, i ? " " : "",
				spans->v[i].pos, spans->v[i].len);
	return text;
}

static void test_spans(struct tap *tap)
{
	struct spans spans = { 0 };
	unsigned int i;

	spans_add(&spans, 100, 10);
	spans_add(&spans, 300, 10);
	spans_add(&spans, 200, 10);
	ok_string(tap, say(&spans), "100+10 200+10 300+10", "spans: sorted");
	spans_add(&spans, 110, 5);
	ok_string(tap, say(&spans), "100+15 200+10 300+10",
		  "spans: what touches is one");
	spans_add(&spans, 195, 5);
	ok_string(tap, say(&spans), "100+15 195+15 300+10",
		  "spans: also what touches the next");
	spans_add(&spans, 90, 215);
	ok_string(tap, say(&spans), "90+220", "spans: over all of them");
	spans_add(&spans, 95, 5);
	ok_string(tap, say(&spans), "90+220", "spans: inside of one");
	ok(tap, spans_bytes(&spans) == 220, "spans: bytes");
	spans.nr = 0;
	for (i = 0; i < SPANS_MAX; i++)
		spans_add(&spans, i * 1000, 100);
	ok(tap, spans.nr == SPANS_MAX, "spans: room for so many");
	spans_add(&spans, 500 * 1000 + 150, 100);
	ok(tap,
	   spans.nr == SPANS_MAX && spans.v[500].pos == 500000 &&
		   spans.v[500].len == 250,
	   "spans: beyond that the nearest become one");
}

static void test_rate(struct tap *tap)
{
	struct rate rate = { .per_second = MIB };
	const uint64_t second = 1000000000;

	ok(tap, rate_take(&rate, MIB, 5 * second) == second,
	   "rate: a second's bytes take a second");
	ok(tap, rate_take(&rate, MIB, 5 * second) == 2 * second,
	   "rate: twice as many two");
	ok(tap, rate_take(&rate, 512, 100 * second) == second / 16,
	   "rate: a small read counts as more, and nothing was saved up");
	rate.per_second = 0;
	ok(tap, !rate_take(&rate, MIB, 0), "rate: none");
	rate.per_second = 1;
	rate.next = 0;
	ok(tap, rate_take(&rate, MIB, 0) == MIB * second, "rate: very slow");
}

/* a disk of 8 MiB; what is in use: 1 to 3 MiB, 5 MiB to 5 MiB + 4096 */
struct fake {
	struct medium medium;
	struct spans bad;
	int err;
	uint64_t gone; /* from there on it is not there; 0: it is */
	uint64_t stuck; /* a read of this takes long; 0: none */
	bool all; /* all is in use */
	uint64_t reads, failures, bytes;
	unsigned int
		last; /* reads that were said to be the last of their blocks */
};

static int fake_next(struct medium *medium, uint64_t pos, struct span *run)
{
	const struct fake *fake = (const struct fake *)medium;
	static const struct span used[] = { { MIB, 2 * MIB },
					    { 5 * MIB, 4096 } };
	size_t i;

	if (fake->all) {
		*run = (struct span){ pos, medium->size - pos };
		return pos < medium->size;
	}
	for (i = 0; i < 2; i++) {
		if (used[i].pos + used[i].len <= pos)
			continue;
		*run = used[i];
		if (run->pos < pos) {
			run->len -= pos - run->pos;
			run->pos = pos;
		}
		return 1;
	}
	return 0;
}

static int fake_read(struct medium *medium, uint64_t pos, uint64_t len,
		     bool last)
{
	struct fake *fake = (struct fake *)medium;
	const struct timespec pause = { .tv_sec = 30 };
	size_t i;

	fake->reads++;
	fake->last += last;
	if (fake->stuck && pos <= fake->stuck && fake->stuck < pos + len)
		nanosleep(&pause, NULL);
	if (fake->gone && pos + len > fake->gone)
		return -ENODEV;
	for (i = 0; i < fake->bad.nr; i++) {
		if (pos < fake->bad.v[i].pos + fake->bad.v[i].len &&
		    fake->bad.v[i].pos < pos + len) {
			fake->failures++;
			return fake->err;
		}
	}
	fake->bytes += len;
	return 0;
}

static struct spans failed;
static unsigned int told, stop_at;

static bool tell(void *arg, const struct patrol *patrol)
{
	(void)arg;
	(void)patrol;
	return ++told == stop_at;
}

static void tell_failed(void *arg, uint64_t pos, uint64_t len, int err)
{
	(void)arg;
	(void)err;
	spans_add(&failed, pos, len);
}

static struct spans unread;
static struct rate no_limit;

static struct fake *fake_new(void)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	if (!fake)
		abort();
	fake->medium = (struct medium){ .size = 8 * MIB,
					.block = BLOCK,
					.next = fake_next,
					.read = fake_read };
	fake->err = -EIO;
	return fake;
}

static struct patrol patrol_of(struct fake *fake)
{
	struct patrol patrol = {
		.medium = &fake->medium,
		.errand = errand_new(),
		.rate = &no_limit,
		.patience = 20,
		.unread = &unread,
		.tell = tell,
		.failed = tell_failed,
	};

	if (!patrol.errand)
		abort();
	unread.nr = failed.nr = 0;
	told = stop_at = 0;
	return patrol;
}

static void test_good(struct tap *tap)
{
	struct fake *fake = fake_new();
	struct patrol patrol = patrol_of(fake);

	ok(tap, patrol_run(&patrol) == PATROL_DONE, "patrol: to the end");
	ok(tap,
	   fake->bytes == 2 * MIB + 4096 && patrol.read == fake->bytes &&
		   fake->reads == 3 && patrol.at == 8 * MIB && !unread.nr,
	   "patrol: what is in use is read, and nothing else");
	ok(tap, told == 3, "patrol: each read is told");
	patrol.at = 2 * MIB + 512;
	fake->bytes = 0;
	patrol_run(&patrol);
	ok(tap, fake->bytes == MIB - 512 + 4096, "patrol: from the middle on");
	errand_free(patrol.errand);
	free(fake);
}

static void test_bad(struct tap *tap)
{
	struct fake *fake = fake_new();
	struct patrol patrol = patrol_of(fake);

	spans_add(&fake->bad, MIB + 1024, 512);
	spans_add(&fake->bad, 2 * MIB - 512, 1024);
	spans_add(&fake->bad, 4 * MIB, 512);
	ok(tap, patrol_run(&patrol) == PATROL_DONE,
	   "patrol: to the end, with what cannot be read");
	ok_string(tap, say(&unread), "1049600+512 2096640+1024",
		  "patrol: exactly what cannot be read");
	ok_string(tap, say(&failed), "1049600+512 2096640+1024",
		  "patrol: and that is told");
	ok(tap, patrol.read == 2 * MIB + 4096 - 1536,
	   "patrol: all else was read");
	ok(tap, fake->last >= 3, "patrol: a single block is said to be one");
	errand_free(patrol.errand);
	free(fake);
}

static void test_much(struct tap *tap)
{
	struct fake *fake = fake_new();
	struct patrol patrol = patrol_of(fake);

	fake->all = true;
	spans_add(&fake->bad, MIB, 2 * MIB);
	ok(tap, patrol_run(&patrol) == PATROL_DONE,
	   "patrol: past much that cannot be read");
	ok_string(tap, say(&unread), "1048576+2097152",
		  "patrol: which is unread, all of it");
	ok(tap, fake->failures == 2 * PATROL_FAILURES,
	   "patrol: after so many failures it is not tried any more: %" PRIu64,
	   fake->failures);
	ok(tap, patrol.read == 6 * MIB, "patrol: the rest was read");
	errand_free(patrol.errand);
	free(fake);
}

static void test_range(struct tap *tap)
{
	struct fake *fake = fake_new();
	struct patrol patrol = patrol_of(fake);

	patrol.at = 77;
	spans_add(&fake->bad, 6 * MIB, 512);
	ok(tap, patrol_range(&patrol, 6 * MIB - 512, 2048) == PATROL_DONE,
	   "patrol: a place");
	ok_string(tap, say(&unread), "6291456+512",
		  "patrol: what of it is bad");
	ok(tap, patrol.at == 77 && fake->bytes == 1536,
	   "patrol: nothing else is read");
	fake->bad.nr = 0;
	unread.nr = 0;
	stop_at = told + 1;
	ok(tap,
	   patrol_range(&patrol, MIB - 512, 1024) == PATROL_INTERRUPTED &&
		   !strcmp(say(&unread), "1048576+512"),
	   "patrol: what is not reached of a place stays unread");
	errand_free(patrol.errand);
	free(fake);
}

static void test_gone(struct tap *tap)
{
	struct fake *fake = fake_new();
	struct patrol patrol = patrol_of(fake);

	fake->gone = 2 * MIB + 512;
	ok(tap, patrol_run(&patrol) == PATROL_GONE,
	   "patrol: a disk that goes away");
	ok(tap, fake->reads == 2 && unread.v[0].pos == 2 * MIB,
	   "patrol: it is not asked again");
	errand_free(patrol.errand);
	free(fake);
}

static void test_ends(struct tap *tap)
{
	struct fake *fake = fake_new();
	struct patrol patrol = patrol_of(fake);
	struct wakeup wakeup;

	if (wakeup_open(&wakeup, 0))
		abort();
	patrol.wakeup = &wakeup;
	stop_at = 1;
	ok(tap,
	   patrol_run(&patrol) == PATROL_INTERRUPTED && patrol.at == 2 * MIB &&
		   !unread.nr,
	   "patrol: ended by who hears of it");
	kill(getpid(), SIGINT);
	ok(tap,
	   patrol_run(&patrol) == PATROL_INTERRUPTED && patrol.at == 2 * MIB &&
		   !unread.nr,
	   "patrol: a signal: it is as far as it was");
	ok(tap, wakeup_by_signal(&wakeup), "wakeup: by a signal");
	wakeup_take_signal(&wakeup);
	ok(tap,
	   !wakeup_by_signal(&wakeup) && patrol_run(&patrol) == PATROL_DONE,
	   "wakeup: that was heard, and it goes on");
	errand_free(patrol.errand);
	free(fake);
	wakeup_close(&wakeup);
}

/* the threads that are left behind use these as long as the program runs */
static struct fake *slow[2];

static void test_stuck(struct tap *tap)
{
	struct patrol patrol;
	struct wakeup wakeup;
	time_t begun = time(NULL);

	slow[0] = fake_new();
	slow[0]->stuck = 2 * MIB + 8192;
	patrol = patrol_of(slow[0]);
	patrol.patience = 1;
	ok(tap, patrol_run(&patrol) == PATROL_STUCK,
	   "patrol: a read that does not come back");
	ok_string(tap, say(&unread), "2097152+1048576",
		  "patrol: that could not be read");
	ok(tap, patrol.at == 3 * MIB && patrol.read == MIB,
	   "patrol: what was before it was");
	ok(tap, !errand_free(patrol.errand), "errand: it is left behind");

	slow[1] = fake_new();
	slow[1]->stuck = 2 * MIB + 8192;
	patrol = patrol_of(slow[1]);
	if (wakeup_open(&wakeup, 1))
		abort();
	patrol.wakeup = &wakeup;
	ok(tap,
	   patrol_run(&patrol) == PATROL_INTERRUPTED && !unread.nr &&
		   patrol.at == 2 * MIB,
	   "patrol: the time is over, and it would have to be read again");
	ok(tap, !errand_free(patrol.errand), "errand: also left behind");
	ok(tap, time(NULL) - begun < 10, "patrol: nobody waits for it");
	wakeup_close(&wakeup);
}

static void test_slow(struct tap *tap)
{
	struct fake *fake = fake_new();
	struct patrol patrol = patrol_of(fake);
	struct rate rate = { .per_second = 4 * MIB };
	struct timespec begun, ended;
	int64_t ms;

	patrol.rate = &rate;
	clock_gettime(CLOCK_MONOTONIC, &begun);
	patrol_run(&patrol);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	ms = (ended.tv_sec - begun.tv_sec) * 1000 +
	     (ended.tv_nsec - begun.tv_nsec) / 1000000;
	ok(tap, ms >= 500 && ms < 5000,
	   "patrol: no faster than it may: %" PRId64 " ms", ms);
	errand_free(patrol.errand);
	free(fake);
}

int main(void)
{
	struct tap tap = { 0 };

	test_spans(&tap);
	test_rate(&tap);
	test_good(&tap);
	test_bad(&tap);
	test_much(&tap);
	test_range(&tap);
	test_gone(&tap);
	test_ends(&tap);
	test_slow(&tap);
	test_stuck(&tap);
	fflush(stdout);
	/* not exit(), as there are threads that sleep */
	_exit(tap.failed != 0);
}
