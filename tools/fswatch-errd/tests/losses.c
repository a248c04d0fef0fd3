// SPDX-License-Identifier: GPL-2.0-only
#include "losses.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)

const uint8_t test_boot[FSERROR_UUID_LEN] = { 1, 2, 3 };
const uint8_t next_boot[FSERROR_UUID_LEN] = { 4, 5, 6 };

static void set(struct fserror_record *rec, int attr)
{
	rec->present |= UINT32_C(1) << attr;
}

struct fserror_record on_device(uint32_t kind, uint64_t offset, uint64_t length)
{
	struct fserror_record rec = {
		.kind = kind,
		.cause = FSERROR_CAUSE_MEDIA,
		.error = 5,
		.role = FSERROR_ROLE_DATA,
		.instance = 1,
		.fstype = "xfs",
		.sb_id = "pmem0",
		.uuid = { 9, 9 },
		.time = 1000,
	};

	rec.device = (struct fserror_range){ 0, 259, 0, offset, length };
	rec.device.present =
		1 << FSERROR_A_RANGE_MAJOR | 1 << FSERROR_A_RANGE_MINOR |
		1 << FSERROR_A_RANGE_OFFSET | 1 << FSERROR_A_RANGE_LENGTH;
	rec.origin = rec.device;
	set(&rec, FSERROR_A_RECORD_DEVICE);
	set(&rec, FSERROR_A_RECORD_ORIGIN);
	set(&rec, FSERROR_A_RECORD_UUID);
	return rec;
}

struct fserror_record lost_bytes(uint64_t ino, uint64_t offset, uint64_t length)
{
	struct fserror_record rec =
		on_device(FSERROR_KIND_DATA_LOST, MIB * ino + offset, length);

	rec.ino = ino;
	rec.generation = 7;
	rec.offset = offset;
	rec.length = length;
	set(&rec, FSERROR_A_RECORD_INO);
	set(&rec, FSERROR_A_RECORD_GENERATION);
	set(&rec, FSERROR_A_RECORD_OFFSET);
	set(&rec, FSERROR_A_RECORD_LENGTH);
	return rec;
}

static int spell(void *arg, const struct ledger_loss *l)
{
	FILE *out = arg;
	char word[FSERROR_WORD_MAX];

	if (ftell(out))
		fputc(' ', out);
	if (l->copy)
		fprintf(out, "copy%u.", l->copy);
	if (l->in_file)
		fprintf(out, "%llu", (unsigned long long)l->ino);
	else
		fprintf(out, "%s", fserror_kind_name(l->kind, word));
	fprintf(out, ":%llu+%llu%s%s%s", (unsigned long long)l->start,
		(unsigned long long)(l->end - l->start),
		l->condition == LEDGER_CONTENT_UNKNOWN ? "u" : "",
		l->state == LEDGER_ACKNOWLEDGED ? "a" : "",
		l->flags & FSERROR_RECORD_FLAG_PARTIAL ? "p" : "");
	if (l->state == LEDGER_CLOSED)
		fprintf(out, "=%s", ledger_why_name(l->why));
	return 0;
}

char *spell_losses(struct ledger *ledger, bool closed)
{
	const struct ledger_query query = { .closed = closed };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out || ledger_each(ledger, &query, spell, out))
		abort();
	fclose(out);
	return text;
}

char *scratch_directory(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir;

	if (asprintf(&dir, "%s/ledger.XXXXXX", tmp ? tmp : "/tmp") < 0 ||
	    !mkdtemp(dir))
		abort();
	return dir;
}

void remove_directory(char *dir)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (!d)
		abort();
	while ((entry = readdir(d)))
		unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
	rmdir(dir);
	free(dir);
}

struct ledger *open_scratch(char **dir)
{
	struct ledger *ledger;

	*dir = scratch_directory();
	if (ledger_open(&ledger, *dir, LEDGER_DAEMON))
		abort();
	return ledger;
}

void close_scratch(struct ledger *ledger, char *dir)
{
	ledger_close(ledger);
	remove_directory(dir);
}

bool kill_writer(void (*write)(const char *dir), const char *dir,
		 unsigned int us)
{
	const struct timespec wait = { 0, us * 1000L };
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return false;
	if (!pid)
		write(dir);
	nanosleep(&wait, NULL);
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status);
}
