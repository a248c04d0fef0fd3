// SPDX-License-Identifier: GPL-2.0-only
/*
 * fserror-dump: one damage-get, as it comes, with its frames and how long they took.
 *
 *	fserror-dump [options]
 *
 *	--fs MAJOR:MINOR	only this filesystem
 *	--ranges	ranges as they are remembered, without owners
 *	--show		print the records
 *	--first N	after so many records, end in the middle of it
 *	--events GROUP	instead, print the events of the group that the kernel still has
 *
 * Prints for each filesystem a line when it is at its end:
 *
 *	MAJOR:MINOR FLAG,... records=N partial=N owners=N bytes=N ms=N
 *
 * The flags are complete, pending, busy, partial and gone, or "-"; partial are the
 * records that stand for several pieces, owners those that name a file or metadata, ms
 * what has passed since the question. A record is
 *
 *	KIND FILESYSTEM DEVICE+OFFSET+LENGTH flags=0xFLAGS ino=N repeat=N
 *
 * and the last line "total ms=N progress=N": how often the kernel said that it works.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libfserror.h>

#define ENOUGH 1 /* what a callback ends the list with */

struct dump {
	struct timespec begun;
	uint32_t major, minor;
	uint64_t first, all;
	uint64_t records, partial, owners, bytes, progress;
	bool show;
};

static uint64_t passed(const struct dump *dump)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - dump->begun.tv_sec) * 1000 +
			  (now.tv_nsec - dump->begun.tv_nsec) / 1000000);
}

static int begin(void *arg, const struct fserror_dump_begin *fs)
{
	struct dump *dump = arg;

	dump->major = fs->major;
	dump->minor = fs->minor;
	dump->records = 0;
	dump->partial = 0;
	dump->owners = 0;
	dump->bytes = 0;
	return 0;
}

static int show(void *arg, const struct fserror_record *rec)
{
	char word[FSERROR_WORD_MAX];

	(void)arg;
	printf("%s %u:%u %u:%u+%" PRIu64 "+%" PRIu64 " flags=%#x ino=%" PRIu64
	       " repeat=%" PRIu64 "\n",
	       fserror_kind_name(rec->kind, word), rec->major, rec->minor,
	       rec->device.major, rec->device.minor, rec->device.offset,
	       rec->device.length, rec->flags, rec->ino,
	       rec->repeat ? rec->repeat : 1);
	return 0;
}

static int record(void *arg, const struct fserror_record *rec)
{
	struct dump *dump = arg;

	if (dump->show)
		show(NULL, rec);
	dump->records++;
	if (rec->flags & FSERROR_RECORD_FLAG_PARTIAL)
		dump->partial++;
	if (rec->kind == FSERROR_KIND_DATA_LOST ||
	    rec->kind == FSERROR_KIND_METADATA)
		dump->owners++;
	dump->bytes += rec->device.length;
	return ++dump->all == dump->first ? ENOUGH : 0;
}

static int end(void *arg, const struct fserror_dump_end *fs)
{
	static const struct {
		const char *name;
		int attr;
	} flags[] = {
		{ "complete", FSERROR_A_DUMP_END_COMPLETE },
		{ "pending", FSERROR_A_DUMP_END_PENDING },
		{ "busy", FSERROR_A_DUMP_END_BUSY },
		{ "partial", FSERROR_A_DUMP_END_PARTIAL },
		{ "gone", FSERROR_A_DUMP_END_GONE },
	};
	struct dump *dump = arg;
	const char *comma = "";
	size_t i;

	printf("%u:%u ", dump->major, dump->minor);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!fserror_present(fs->present, flags[i].attr))
			continue;
		printf("%s%s", comma, flags[i].name);
		comma = ",";
	}
	printf("%s records=%" PRIu64 " partial=%" PRIu64 " owners=%" PRIu64
	       " bytes=%" PRIu64 " ms=%" PRIu64 "\n",
	       *comma ? "" : "-", dump->records, dump->partial, dump->owners,
	       dump->bytes, passed(dump));
	return 0;
}

static int progress(void *arg)
{
	struct dump *dump = arg;

	dump->progress++;
	return 0;
}

static int lost(void *arg, uint64_t first, uint64_t last)
{
	(void)arg;
	printf("lost %" PRIu64 "-%" PRIu64 "\n", first, last);
	return 0;
}

static int events(struct fserror_client *client, const char *name)
{
	static const struct fserror_events_visitor visitor = {
		.lost = lost,
		.record = show,
	};
	struct fserror_position position = { 0 };
	char word[FSERROR_WORD_MAX];

	for (position.group = 1; position.group <= FSERROR_GROUP_MAX;
	     position.group++)
		if (!strcmp(name, fserror_group_name(position.group, word)))
			return fserror_events_each(client, &position, &visitor,
						   NULL);
	errx(1, "--events: '%s'", name);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "fs", required_argument, NULL, 'f' },
		{ "ranges", no_argument, NULL, 'r' },
		{ "show", no_argument, NULL, 's' },
		{ "first", required_argument, NULL, 'n' },
		{ "events", required_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 },
	};
	static const struct fserror_damage_visitor visitor = {
		.begin = begin,
		.record = record,
		.end = end,
		.progress = progress,
	};
	enum fserror_damage_what what = FSERROR_DAMAGE_OWNERS;
	struct fserror_fs_id fs = { 0 };
	struct fserror_client *client;
	const char *group = NULL;
	struct dump dump = { 0 };
	int c, rc;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			if (sscanf(optarg, "%u:%u", &fs.major, &fs.minor) != 2)
				errx(1, "--fs: '%s'", optarg);
			fs.has_dev = true;
			break;
		case 'r':
			what = FSERROR_DAMAGE_RANGES;
			break;
		case 's':
			dump.show = true;
			break;
		case 'n':
			dump.first = strtoull(optarg, NULL, 10);
			break;
		case 'e':
			group = optarg;
			break;
		default:
			return 1;
		}
	}
	rc = fserror_client_open(&client);
	if (!rc && group) {
		rc = events(client, group);
	} else if (!rc) {
		clock_gettime(CLOCK_MONOTONIC, &dump.begun);
		rc = fserror_damage_each(client, fs.has_dev ? &fs : NULL, what,
					 &visitor, &dump);
	}
	if (rc < 0)
		errx(1, "%s", fserror_client_error(client));
	fserror_client_close(client);
	if (!group)
		printf("total ms=%" PRIu64 " progress=%" PRIu64 "\n",
		       passed(&dump), dump.progress);
	return 0;
}
