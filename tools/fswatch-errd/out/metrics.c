// SPDX-License-Identifier: GPL-2.0-only
/* The text. No label has a path, an inode or anything else that others can make up. */
#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loss_words.h"
#include "text.h"

static void head(FILE *out, const char *name, const char *type,
		 const char *help)
{
	fprintf(out, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static const char *cause_name(uint32_t cause, char word[FSERROR_WORD_MAX])
{
	return cause ? fserror_cause_name(cause, word) : "none";
}

static void put_losses(FILE *out, const struct counters *counters)
{
	char kind[FSERROR_WORD_MAX], cause[FSERROR_WORD_MAX];
	uint64_t unresolved = 0;
	size_t i;

	head(out, "fserror_losses", "gauge",
	     "Losses that are not closed, by state; severity warning: bad ranges that no file has.");
	for (i = 0; i < counters->nr_sums; i++) {
		const struct ledger_sum *sum = &counters->sums[i];

		unresolved += sum->unresolved;
		fprintf(out,
			"fserror_losses{kind=\"%s\",cause=\"%s\",state=\"%s\",severity=\"%s\"} %" PRIu64
			"\n",
			fserror_kind_name(sum->kind, kind),
			cause_name(sum->cause, cause),
			ledger_state_name(sum->state),
			loss_severity(sum->unowned), sum->losses);
	}
	head(out, "fserror_lost_bytes", "gauge", "Bytes of these losses.");
	for (i = 0; i < counters->nr_sums; i++) {
		const struct ledger_sum *sum = &counters->sums[i];

		fprintf(out,
			"fserror_lost_bytes{kind=\"%s\",cause=\"%s\",state=\"%s\",severity=\"%s\"} %" PRIu64
			"\n",
			fserror_kind_name(sum->kind, kind),
			cause_name(sum->cause, cause),
			ledger_state_name(sum->state),
			loss_severity(sum->unowned), sum->bytes);
	}
	head(out, "fserror_unresolved_losses", "gauge",
	     "Losses of which not all owners are known.");
	fprintf(out, "fserror_unresolved_losses %" PRIu64 "\n", unresolved);
}

/* the type is text of the kernel's, in which only some letters are sensible */
static void put_label(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(*text > ' ' && *text < 127 && *text != '"' &&
				      *text != '\\' ?
			      *text :
			      '_',
		      out);
}

static void put_filesystem(FILE *out, const char *name,
			   const struct counted_filesystem *fs, bool value)
{
	char uuid[TEXT_UUID_MAX] = "";

	if (fs->has_uuid)
		text_uuid(fs->uuid, uuid);
	fprintf(out, "%s{fstype=\"", name);
	put_label(out, fs->fstype);
	fprintf(out, "\",uuid=\"%s\"} %d\n", uuid, value);
}

/* no two lines may have the same labels: of clones the first is told */
static bool is_second(const struct counters *counters, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (counters->fs[i].has_uuid == counters->fs[nr].has_uuid &&
		    !memcmp(counters->fs[i].uuid, counters->fs[nr].uuid,
			    FSERROR_UUID_LEN) &&
		    !strcmp(counters->fs[i].fstype, counters->fs[nr].fstype))
			return true;
	}
	return false;
}

static void put_filesystems(FILE *out, const struct counters *counters)
{
	size_t i;

	head(out, "fserror_filesystems", "gauge",
	     "Filesystems that are mounted and watched.");
	fprintf(out, "fserror_filesystems %zu\n", counters->all_fs);
	head(out, "fserror_filesystem_can_resolve", "gauge",
	     "Can the filesystem say which files own a bad range?");
	for (i = 0; i < counters->nr_fs; i++) {
		if (!is_second(counters, i))
			put_filesystem(out, "fserror_filesystem_can_resolve",
				       &counters->fs[i],
				       counters->fs[i].can_resolve);
	}
	head(out, "fserror_filesystem_can_tell", "gauge",
	     "Do all disks below it say what is bad?");
	for (i = 0; i < counters->nr_fs; i++) {
		if (!is_second(counters, i))
			put_filesystem(out, "fserror_filesystem_can_tell",
				       &counters->fs[i],
				       counters->fs[i].can_tell);
	}
}

/* a counter is called by two names: that of the older format has the ending */
static void counter(FILE *out, enum metrics_format format, const char *name,
		    const char *help)
{
	const char *end = format == METRICS_OPEN ? "" : "_total";

	fprintf(out, "# TYPE %s%s counter\n# HELP %s%s %s\n", name, end, name,
		end, help);
}

/* all that there can be, also 0: what comes from nowhere is no increase */
static void put_events(FILE *out, enum metrics_format format,
		       struct counters *counters)
{
	char kind[FSERROR_WORD_MAX], cause[FSERROR_WORD_MAX];
	uint32_t k, c;

	counter(out, format, "fserror_events",
		"Events that were heard since the start.");
	for (k = 0; k <= FSERROR_KIND_MAX; k++) {
		for (c = 0; c <= FSERROR_CAUSE_MAX; c++)
			fprintf(out,
				"fserror_events_total{kind=\"%s\",cause=\"%s\"} %llu\n",
				k ? fserror_kind_name(k, kind) : "unknown",
				cause_name(c, cause),
				atomic_load(&counters->events[k][c]));
	}
}

struct number {
	const char *name, *help;
	unsigned long long value;
};

static void put_counters(FILE *out, enum metrics_format format,
			 struct counters *counters)
{
	const struct number numbers[] = {
		{ "fserror_overruns",
		  "Times that events did not arrive and were asked for.",
		  atomic_load(&counters->overruns) },
		{ "fserror_events_gone",
		  "Events that the kernel did not have any more.",
		  atomic_load(&counters->gone) },
		{ "fserror_queue_overflows",
		  "Events that found no room because the ledger was slow, and were asked for again.",
		  atomic_load(&counters->overflows) },
		{ "fserror_unplaced",
		  "Losses that were told without a file or range: no list has them.",
		  atomic_load(&counters->unplaced) },
		{ "fserror_ledger_errors",
		  "Times that the ledger could not be written.",
		  atomic_load(&counters->ledger_errors) },
	};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		counter(out, format, numbers[i].name, numbers[i].help);
		fprintf(out, "%s_total %llu\n", numbers[i].name,
			numbers[i].value);
	}
}

static void put_gauges(FILE *out, struct counters *counters)
{
	const struct number numbers[] = {
		{ "fserror_ledger_works",
		  "Could the ledger be written the last time?",
		  atomic_load(&counters->ledger_works) },
		{ "fserror_selftest_timestamp_seconds",
		  "When a test event last came back from the kernel; 0: not yet.",
		  atomic_load(&counters->selftest) },
		{ "fserror_list_timestamp_seconds",
		  "When the damage was last listed completely; 0: not yet.",
		  atomic_load(&counters->listed) },
	};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		head(out, numbers[i].name, "gauge", numbers[i].help);
		fprintf(out, "%s %llu\n", numbers[i].name, numbers[i].value);
	}
}

static void put_all(FILE *out, enum metrics_format format,
		    struct counters *counters)
{
	pthread_mutex_lock(&counters->lock);
	put_losses(out, counters);
	put_filesystems(out, counters);
	pthread_mutex_unlock(&counters->lock);
	put_events(out, format, counters);
	put_counters(out, format, counters);
	put_gauges(out, counters);
	if (format == METRICS_OPEN)
		fputs("# EOF\n", out);
}

char *metrics_text(struct counters *counters, enum metrics_format format,
		   size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	bool good;

	if (!out)
		return NULL;
	put_all(out, format, counters);
	good = !ferror(out);
	if (fclose(out) || !good) {
		free(text);
		return NULL;
	}
	return text;
}

int metrics_write(struct counters *counters, const char *path)
{
	char *text, *temporary;
	size_t len, done = 0;
	ssize_t nr = 0;
	int fd, err = 0;

	text = metrics_text(counters, METRICS_PROMETHEUS, &len);
	if (!text || asprintf(&temporary, "%s.new", path) < 0) {
		free(text);
		return -ENOMEM;
	}
	unlink(temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		err = -errno;
	/* others than us read it, whatever our umask */
	if (!err && fchmod(fd, 0644))
		err = -errno;
	for (; !err && done < len; done += nr) {
		nr = write(fd, text + done, len - done);
		if (nr < 0)
			err = -errno;
	}
	if (fd >= 0 && close(fd) && !err)
		err = -errno;
	if (!err && rename(temporary, path))
		err = -errno;
	if (err && fd >= 0)
		unlink(temporary);
	free(temporary);
	free(text);
	return err;
}
