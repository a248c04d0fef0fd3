// SPDX-License-Identifier: GPL-2.0-only
/*
 * Metrics: as text; and served, when told to, until the input ends, for a client that
 * is a program of its own.
 */
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "losses.h"
#include "metrics.h"
#include "tap.h"

static void fill(struct counters *counters)
{
	counters_init(counters);
	atomic_store(&counters->ledger_works, true);
	atomic_store(&counters->selftest, 1700000000);
	atomic_store(
		&counters->events[FSERROR_KIND_DATA_LOST][FSERROR_CAUSE_MEDIA],
		5);
	atomic_store(&counters->events[0][0], 1);
	counters->sums[0] = (struct ledger_sum){ FSERROR_KIND_DATA_LOST,
						 FSERROR_CAUSE_MEDIA,
						 LEDGER_OPEN,
						 3,
						 4096,
						 1,
						 false };
	counters->sums[1] = (struct ledger_sum){ FSERROR_KIND_BUFFERED_WRITE,
						 0,
						 LEDGER_ACKNOWLEDGED,
						 1,
						 512,
						 0,
						 false };
	counters->sums[2] = (struct ledger_sum){ FSERROR_KIND_MEDIA,
						 FSERROR_CAUSE_MEDIA,
						 LEDGER_OPEN,
						 7,
						 512,
						 0,
						 true };
	counters->nr_sums = 3;
	counters->fs[0] = (struct counted_filesystem){
		true, true, false, { 1, 2, 3 }, "xfs"
	};
	counters->fs[1] = counters->fs[0];
	counters->fs[2] = (struct counted_filesystem){
		false, false, true, { 0 }, "a\"b\\c\n"
	};
	counters->nr_fs = 3;
	counters->all_fs = 3;
}

static bool has(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	return at && (at == text || at[-1] == '\n') &&
	       !strncmp(at + strlen(line), "\n", 1);
}

static void test_text(struct tap *tap, struct counters *counters)
{
	char *text, *first, *dir = scratch_directory(), path[4096];
	size_t len;
	FILE *file;

	text = metrics_text(counters, METRICS_OPEN, &len);
	if (!text)
		abort();
	ok(tap,
	   has(text,
	       "fserror_losses{kind=\"data-lost\",cause=\"media\",state=\"open\",severity=\"critical\"} 3"),
	   "losses that are open");
	ok(tap,
	   has(text,
	       "fserror_lost_bytes{kind=\"buffered-write\",cause=\"none\",state=\"acknowledged\",severity=\"critical\"} 512"),
	   "bytes that are acknowledged");
	ok(tap,
	   has(text,
	       "fserror_losses{kind=\"media\",cause=\"media\",state=\"open\",severity=\"warning\"} 7"),
	   "ranges that no file has are no losses of data");
	ok(tap, has(text, "fserror_unresolved_losses 1"), "unresolved");
	ok(tap,
	   has(text, "fserror_events_total{kind=\"unknown\",cause=\"none\"} 1"),
	   "events of a kind that is not known");
	ok(tap,
	   has(text,
	       "fserror_filesystem_can_tell{fstype=\"a_b_c_\",uuid=\"\"} 1"),
	   "no text of others breaks a line");
	first = strstr(text, "fserror_filesystem_can_tell{fstype=\"xfs\"");
	ok(tap, first && !strstr(first + 40, "can_tell{fstype=\"xfs\""),
	   "two clones are one");
	ok(tap, len > 6 && !strcmp(text + len - 6, "# EOF\n"), "it has an end");
	snprintf(path, sizeof(path), "%s/fserror.prom", dir);
	ok(tap,
	   !metrics_write(counters, path) && !metrics_write(counters, path),
	   "it is written to a file, twice");
	file = fopen(path, "r");
	free(text);
	text = metrics_text(counters, METRICS_PROMETHEUS, &len);
	first = calloc(1, len + 2);
	ok(tap,
	   file && first && fread(first, 1, len + 1, file) == len &&
		   !strcmp(first, text),
	   "all of it");
	if (file)
		fclose(file);
	free(first);
	free(text);
	snprintf(path, sizeof(path), "%s/nowhere/fserror.prom", dir);
	ok(tap, metrics_write(counters, path) < 0,
	   "where there is no directory it says so");
	remove_directory(dir);
}

static int serve(struct counters *counters, const char *config)
{
	struct metrics metrics;
	struct conf conf;
	char why[512];

	openlog("unit_metrics", LOG_PERROR, LOG_DAEMON);
	if (conf_read(&conf, config, why, sizeof(why)) ||
	    metrics_start(&metrics, &conf, counters))
		return 1;
	while (getchar() != EOF)
		;
	metrics_stop(&metrics);
	conf_free(&conf);
	return 0;
}

int main(int argc, char **argv)
{
	static struct counters counters;
	struct tap tap = { 0 };

	fill(&counters);
	if (argc > 1)
		return serve(&counters, argv[1]);
	test_text(&tap, &counters);
	return tap.failed > 0;
}
