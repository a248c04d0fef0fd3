// SPDX-License-Identifier: GPL-2.0-only
/*
 * The healing of files, on ordinary files in a temporary directory. Media that
 * go bad are played by a layer between the engine and the file, which is the
 * real one: it knows which sectors are bad, has garbage in them, lets no read of
 * them through, and takes a write of a whole block as making them good.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "heal.h"
#include "heal_file.h"
#include "heal_tail.h"
#include "scratch.h"
#include "tap.h"

#define SECTOR 512U
#define BLOCK 4096U
#define BAD_MAX 64
#define TIB (UINT64_C(1) << 40)
#define GARBAGE '\xba'

enum media_kind {
	MEDIA_DISK, /* good sectors can be read */
	MEDIA_DAX, /* pages without a bad sector, and through the device */
	MEDIA_CLOSED, /* there is no device to read */
};

/* kept over fork(): the death of a process makes nothing good */
static struct shared {
	struct range bad[BAD_MAX]; /* empty: not bad any more */
	unsigned int reads_of_bad;
	unsigned int steps;
	pid_t victim; /* to be killed before a file is cut */
} * shared;

struct media {
	struct heal_file file;
	struct heal_file *real;
	enum media_kind kind;
	uint64_t read, written;
	unsigned int writes, write_fails; /* number of that which fails */
	bool write_wrong; /* another byte than it should be */
	bool read_back_fails;
	unsigned int questions; /* whether it changed */
	unsigned int changes_at; /* number of that which is answered by yes */
};

/* a disk whose sectors have this many bytes; 0: what it has */
static uint32_t large_sector;

/* what the byte should be */
static char right(uint64_t offset)
{
	return (offset * 31 + offset / SECTOR * 7 + offset / BLOCK) % 127;
}

static bool any_bad(uint64_t offset, uint64_t end)
{
	size_t i;

	for (i = 0; i < BAD_MAX; i++) {
		if (shared->bad[i].offset < end && shared->bad[i].end > offset)
			return true;
	}
	return false;
}

/* a write of whole blocks; the test has no damage that is only partly in it */
static void make_good(uint64_t offset, uint64_t end)
{
	size_t i;

	for (i = 0; i < BAD_MAX; i++) {
		if (shared->bad[i].offset >= offset &&
		    shared->bad[i].end <= end)
			shared->bad[i] = (struct range){ 0, 0 };
	}
}

static struct media *media(struct heal_file *file)
{
	return (struct media *)file;
}

static int media_read(struct heal_file *file, uint64_t offset, void *buf,
		      size_t len)
{
	struct media *m = media(file);
	const uint64_t unit = m->kind == MEDIA_DISK ? SECTOR : BLOCK;

	m->read += len;
	if (any_bad(range_down(offset, unit), range_up(offset + len, unit))) {
		shared->reads_of_bad++;
		return -EIO;
	}
	if (m->written && m->read_back_fails)
		return -EIO;
	return m->real->ops->read(m->real, offset, buf, len);
}

static int media_read_beside(struct heal_file *file, uint64_t offset, void *buf,
			     size_t len)
{
	struct media *m = media(file);

	m->read += len;
	if (any_bad(range_down(offset, SECTOR),
		    range_up(offset + len, SECTOR))) {
		shared->reads_of_bad++;
		return -EIO;
	}
	if (m->kind == MEDIA_CLOSED)
		return -EOPNOTSUPP;
	/* the real file reads what the page cache does not have */
	return m->real->ops->read(m->real, offset, buf, len);
}

static int media_write(struct heal_file *file, uint64_t offset, const void *buf,
		       size_t len)
{
	struct media *m = media(file);
	char *wrong;
	int err;

	m->writes++;
	if (offset % BLOCK || len % BLOCK || (uintptr_t)buf % BLOCK ||
	    offset + len > file->size)
		return -EDOM;
	if (m->write_fails == m->writes)
		return -EIO;
	if (m->write_wrong) {
		wrong = aligned_alloc(BLOCK, len);
		must(wrong != NULL, "memory");
		memcpy(wrong, buf, len);
		wrong[len / 2] ^= 1;
		err = m->real->ops->write(m->real, offset, wrong, len);
		free(wrong);
	} else {
		err = m->real->ops->write(m->real, offset, buf, len);
	}
	m->written += len;
	make_good(offset, offset + len);
	return err;
}

static int media_write_tail(struct heal_file *file, uint64_t offset,
			    const void *buf, size_t len, uint64_t bad_end)
{
	struct media *m = media(file);
	/* as with DAX: the whole page must be written */
	const uint64_t needed = m->kind == MEDIA_DISK ? bad_end : file->size;
	int err;

	m->writes++;
	if (offset % BLOCK || (uintptr_t)buf % BLOCK || len >= BLOCK ||
	    offset + len != file->size || bad_end <= offset)
		return -EDOM;
	err = m->real->ops->write_tail(m->real, offset, buf, len, needed);
	if (err)
		return err;
	m->written += len;
	make_good(offset, offset + BLOCK);
	return 0;
}

static int media_sync(struct heal_file *file)
{
	return media(file)->real->ops->sync(media(file)->real);
}

static int media_changed(struct heal_file *file)
{
	struct media *m = media(file);

	return ++m->questions == m->changes_at ||
	       m->real->ops->changed(m->real);
}

static const struct heal_file_ops media_ops = {
	.read = media_read,
	.read_beside = media_read_beside,
	.write = media_write,
	.write_tail = media_write_tail,
	.sync = media_sync,
	.changed = media_changed,
};

/* a file and a copy of it, both as they should be */
static void make_pair(uint64_t size)
{
	char *bytes = malloc(size + 1);
	uint64_t i;
	FILE *f;
	int nr;

	must(bytes != NULL, "memory");
	for (i = 0; i < size; i++)
		bytes[i] = right(i);
	for (nr = 0; nr < 2; nr++) {
		f = fopen(at(nr ? "copy" : "file"), "w");
		must(f && fwrite(bytes, 1, size, f) == size && !fclose(f),
		     "write a file");
	}
	free(bytes);
	memset(shared, 0, sizeof(*shared));
}

static void patch(const char *name, uint64_t offset, const void *bytes,
		  size_t len)
{
	int fd = open(at(name), O_WRONLY);

	must(fd >= 0 && pwrite(fd, bytes, len, offset) == (ssize_t)len, name);
	close(fd);
}

/* the sectors from @offset to @end go bad */
static void damage(uint64_t offset, uint64_t end)
{
	char garbage[SECTOR];
	struct stat st;
	size_t i = 0;

	memset(garbage, GARBAGE, sizeof(garbage));
	must(!stat(at("file"), &st), "stat");
	for (; offset < end; offset += SECTOR) {
		while (shared->bad[i].end)
			must(++i < BAD_MAX, "too much damage");
		shared->bad[i].offset = offset;
		shared->bad[i].end = offset + SECTOR;
		patch("file", offset, garbage,
		      offset + SECTOR > (uint64_t)st.st_size ?
			      st.st_size - offset :
			      SECTOR);
	}
}

/* how a healing went */
struct outcome {
	int check, write;
	enum heal_agreement agreement;
	bool agrees, differs;
	uint64_t differs_at, compared, written, foreign, media_read;
	size_t nr_runs;
	struct heal_run runs[BAD_MAX];
	unsigned int writes;
	char error[COPY_ERROR_MAX];
};

struct attempt {
	enum media_kind kind;
	bool force;
	bool dry;
	bool lease;
	unsigned int newer; /* nanoseconds that the file is newer than the copy */
	const char *command; /* instead of the file "copy" */
	unsigned int write_fails, changes_at;
	bool write_wrong, read_back_fails;
	unsigned int dies_after; /* steps */
};

static void count_step(void *arg, enum heal_step step, uint64_t bytes)
{
	const struct attempt *attempt = arg;

	(void)step;
	(void)bytes;
	if (++shared->steps == attempt->dies_after)
		kill(getpid(), SIGKILL);
}

static int see(void *arg, uint64_t offset, const char *buf, size_t len)
{
	return heal_see(arg, offset, buf, len);
}

static void attempt_with(const struct attempt *attempt, struct media *m,
			 struct outcome *out)
{
	const struct heal_hooks hooks = { count_step, (void *)attempt };
	struct ranges bad = { 0 };
	struct copy *copy = NULL;
	struct heal heal;
	const struct copy_witness witness = { see, &heal };
	size_t i;
	int dirfd;

	for (i = 0; i < BAD_MAX; i++)
		must(!ranges_add(&bad, shared->bad[i].offset,
				 shared->bad[i].end),
		     "memory");
	ranges_merge(&bad);
	must(!heal_plan(&heal, &m->file, &bad), "plan");
	dirfd = open(top, O_PATH | O_DIRECTORY);
	if (attempt->command)
		copy = copy_open_command(attempt->command, at("copy"),
					 &heal.wanted, &witness, out->error);
	else
		copy = copy_open_at(dirfd, "copy", heal_file_stat(m->real),
				    out->error);
	close(dirfd);
	if (copy) {
		out->check = heal_check(&heal, copy);
		out->agreement = heal_agreement(&heal);
		out->agrees = out->agreement == HEAL_AGREES;
		if (attempt->lease)
			heal_file_lease(m->real);
		if ((out->agrees || attempt->force) && !attempt->dry)
			out->write = heal_write(&heal, copy, &hooks);
	}
	out->differs = heal.differs;
	out->differs_at = heal.differs_at;
	out->compared = heal.compared;
	out->written = heal.written;
	out->foreign = ranges_bytes(&heal.foreign);
	out->nr_runs = heal.nr_runs;
	memcpy(out->runs, heal.runs, heal.nr_runs * sizeof(*heal.runs));
	copy_close(copy);
	heal_free(&heal);
	ranges_free(&bad);
}

static struct heal_opened open_file(bool keep_times)
{
	int found = open(at("file"), O_PATH | O_NOFOLLOW);
	struct heal_opened opened = { .dir_fd = open(top, O_DIRECTORY) };

	must(found >= 0 && opened.dir_fd >= 0 &&
		     !heal_file_open(found, keep_times, &opened),
	     "open the file");
	close(found);
	return opened;
}

/* the file and the copy are of one time, or the file is @newer */
static void set_times(unsigned int newer)
{
	struct timespec times[2] = { { 1500000000, 5 }, { 1500000000, 5 } };
	struct stat st;

	if (!lstat(at("copy"), &st) && S_ISREG(st.st_mode))
		must(!utimensat(AT_FDCWD, at("copy"), times, 0), "utimensat");
	times[1].tv_nsec += newer;
	must(!utimensat(AT_FDCWD, at("file"), times, 0), "utimensat");
}

static struct outcome heal_it(const struct attempt *attempt)
{
	struct outcome out = { 0 };
	struct heal_opened opened;
	struct media m = {
		.file = { .ops = &media_ops, .block = BLOCK, .sector = SECTOR },
		.kind = attempt->kind,
		.write_fails = attempt->write_fails,
		.changes_at = attempt->changes_at,
		.write_wrong = attempt->write_wrong,
		.read_back_fails = attempt->read_back_fails,
	};

	set_times(attempt->newer);
	opened = open_file(true);
	must(!heal_file_new(&opened, NULL, 0, true, &m.real), "open the file");
	m.file.size = m.real->size;
	if (large_sector) {
		m.file.sector = m.real->sector;
		m.file.block = m.real->block;
	}
	m.file.mtime = m.real->mtime;
	attempt_with(attempt, &m, &out);
	out.writes = m.writes;
	out.media_read = m.read;
	heal_file_close(m.real);
	return out;
}

static struct outcome heal_on(enum media_kind kind)
{
	const struct attempt attempt = { .kind = kind, .lease = true };

	return heal_it(&attempt);
}

/* every byte is right, the size is that of the copy, nothing is bad */
static bool healed(void)
{
	struct stat file, copy;
	bool good = true;
	uint64_t i;
	char *bytes;
	FILE *f;

	must(!stat(at("file"), &file) && !stat(at("copy"), &copy), "stat");
	if (file.st_size != copy.st_size || any_bad(0, UINT64_MAX)) {
		printf("# size %ju, wanted %ju\n", (uintmax_t)file.st_size,
		       (uintmax_t)copy.st_size);
		return false;
	}
	bytes = malloc(file.st_size);
	f = fopen(at("file"), "r");
	must(bytes && f &&
		     fread(bytes, 1, file.st_size, f) == (size_t)file.st_size,
	     "read the file");
	for (i = 0; good && i < (uint64_t)file.st_size; i++) {
		good = bytes[i] == right(i);
		if (!good)
			printf("# byte %" PRIu64 " is %d\n", i, bytes[i]);
	}
	fclose(f);
	free(bytes);
	return good && !shared->reads_of_bad;
}

static bool all_done(const struct outcome *out)
{
	size_t i;

	for (i = 0; i < out->nr_runs; i++) {
		if (out->runs[i].outcome != HEAL_DONE)
			return false;
	}
	return out->nr_runs && !out->check && !out->write;
}

static const char *const kind_names[] = { "disk", "DAX", "DAX without device" };

static void test_ranges(struct tap *tap)
{
	struct ranges ranges = { 0 };
	struct range piece;
	bool inside;

	must(!ranges_add(&ranges, 8704, 9216) && !ranges_add(&ranges, 0, 512) &&
		     !ranges_add(&ranges, 9000, 10000) &&
		     !ranges_add(&ranges, 512, 1024) &&
		     !ranges_add(&ranges, 8800, 8900) &&
		     !ranges_add(&ranges, 7, 7),
	     "memory");
	ranges_merge(&ranges);
	ok(tap,
	   ranges.nr == 2 && ranges.v[0].offset == 0 &&
		   ranges.v[0].end == 1024 && ranges.v[1].offset == 8704 &&
		   ranges.v[1].end == 10000 && ranges_bytes(&ranges) == 2320,
	   "ranges: sorted, what overlaps or touches is one");
	ok(tap,
	   ranges_overlap(&ranges, 1023, 1024) &&
		   !ranges_overlap(&ranges, 1024, 8704) &&
		   ranges_overlap(&ranges, 1024, 8705) &&
		   !ranges_overlap(&ranges, 10000, UINT64_MAX),
	   "ranges: what overlaps and what only touches");
	ranges_piece(&ranges, 100, 20000, &piece, &inside);
	ok(tap, inside && piece.offset == 100 && piece.end == 1024,
	   "ranges: a piece inside");
	ranges_piece(&ranges, 1024, 20000, &piece, &inside);
	ok(tap, !inside && piece.end == 8704, "ranges: a piece outside");
	ranges_piece(&ranges, 10000, 20000, &piece, &inside);
	ok(tap, !inside && piece.end == 20000, "ranges: the last piece");
	ranges_free(&ranges);
	ok(tap,
	   range_down(8703, 4096) == 8192 && range_up(8193, 4096) == 12288 &&
		   range_up(8192, 4096) == 8192 &&
		   range_end(UINT64_MAX - 1, 7) == UINT64_MAX,
	   "ranges: rounded, and never around");
}

/* begin, middle, end, two in one page, a page, pages side by side */
static void test_places(struct tap *tap)
{
	enum media_kind kind;
	struct outcome out;

	for (kind = MEDIA_DISK; kind <= MEDIA_CLOSED; kind++) {
		make_pair(16 * BLOCK);
		damage(0, SECTOR);
		damage(5 * BLOCK + 512, 5 * BLOCK + 1024);
		damage(5 * BLOCK + 2048, 5 * BLOCK + 2560);
		damage(8 * BLOCK, 9 * BLOCK);
		damage(10 * BLOCK + 3584, 12 * BLOCK + 512);
		damage(16 * BLOCK - SECTOR, 16 * BLOCK);
		out = heal_on(kind);
		ok(tap, all_done(&out) && healed(),
		   "%s: every place of a file is healed", kind_names[kind]);
		ok(tap,
		   out.nr_runs == 5 && out.written == 7 * BLOCK &&
			   out.runs[1].range.offset == 5 * BLOCK &&
			   out.runs[1].range.end == 6 * BLOCK &&
			   out.runs[3].range.offset == 10 * BLOCK &&
			   out.runs[3].range.end == 13 * BLOCK,
		   "%s: whole blocks, each once, and no others",
		   kind_names[kind]);
		/* beside: 7, 6, 0, 7 + 7 and 7 sectors; around: 9 blocks */
		ok(tap,
		   kind == MEDIA_CLOSED ?
			   out.foreign == 34 * SECTOR &&
				   out.compared == 9 * BLOCK :
			   !out.foreign &&
				   out.compared == 9 * BLOCK + 34 * SECTOR,
		   "%s: good bytes are compared, and kept if they can be read (%" PRIu64
		   ", %" PRIu64 ")",
		   kind_names[kind], out.compared, out.foreign);
	}
}

static void test_ends(struct tap *tap)
{
	/* where the file ends, where the damage begins */
	static const uint64_t cases[][2] = {
		{ 10000, 9728 }, /* in the last sector */
		{ 10000, 8192 }, /* at the begin of the last page */
		{ 9728, 9216 }, /* the file ends with a sector */
		{ 100, 0 }, /* all of the file */
		{ 8193, 8192 }, /* its last byte */
		{ 4095, 512 },
	};
	struct attempt attempt = { .lease = true };
	enum media_kind kind;
	struct outcome out;
	struct stat st;
	size_t i;

	for (kind = MEDIA_DISK; kind <= MEDIA_CLOSED; kind++) {
		for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			make_pair(cases[i][0]);
			damage(cases[i][1], cases[i][1] + SECTOR);
			/* where there is nothing to compare */
			attempt.kind = kind;
			attempt.force =
				cases[i][0] < SECTOR ||
				(kind == MEDIA_CLOSED && cases[i][0] < BLOCK);
			out = heal_it(&attempt);
			ok(tap,
			   all_done(&out) && healed() &&
				   !stat(at("file"), &st) &&
				   (uint64_t)st.st_size == cases[i][0],
			   "%s: a file of %ju bytes with damage at %ju",
			   kind_names[kind], (uintmax_t)cases[i][0],
			   (uintmax_t)cases[i][1]);
		}
	}
	make_pair(3 * BLOCK + 100);
	damage(BLOCK, 3 * BLOCK + SECTOR);
	out = heal_on(MEDIA_DAX);
	ok(tap, all_done(&out) && healed() && out.nr_runs == 1,
	   "a run that goes on to the end of the file");
}

/* a write of whole pages is not possible if others may append meanwhile */
static void test_end_in_use(struct tap *tap)
{
	const struct attempt attempt = { .kind = MEDIA_DAX, .lease = true };
	struct outcome out;
	struct stat st;
	int fd;

	make_pair(10000);
	damage(8192, 8704);
	fd = open(at("file"), O_RDONLY);
	out = heal_it(&attempt);
	close(fd);
	must(!stat(at("file"), &st), "stat");
	if (all_done(&out)) {
		ok(tap, healed(), "its last block is exchanged for a good one");
		return;
	}
	ok(tap,
	   out.nr_runs == 1 && out.runs[0].outcome == HEAL_IN_USE &&
		   st.st_size == 10000,
	   "the last page of a file that others have open is left alone");
}

static void test_refused(struct tap *tap)
{
	struct attempt attempt = { .kind = MEDIA_DISK };
	struct outcome out;
	char byte;

	make_pair(8 * BLOCK);
	damage(3 * BLOCK + 512, 3 * BLOCK + 1024);
	byte = right(3 * BLOCK + 100) ^ 1;
	patch("copy", 3 * BLOCK + 100, &byte, 1);
	out = heal_it(&attempt);
	ok(tap,
	   !out.agrees && out.differs && out.differs_at == 3 * BLOCK + 100 &&
		   !out.writes && !out.written,
	   "a copy that differs in the damaged block is refused");
	out = (attempt.force = true, heal_it(&attempt));
	patch("copy", 3 * BLOCK + 100, &(char){ byte ^ 1 }, 1);
	ok(tap, !out.agrees && all_done(&out) && healed(),
	   "forced: only what is damaged comes from the copy");

	attempt.force = false;
	make_pair(8 * BLOCK);
	damage(3 * BLOCK + 512, 3 * BLOCK + 1024);
	byte = right(3 * BLOCK - 1) ^ 1;
	patch("copy", 3 * BLOCK - 1, &byte, 1);
	out = heal_it(&attempt);
	ok(tap, !out.agrees && out.differs_at == 3 * BLOCK - 1 && !out.writes,
	   "so is one that differs in the block before");
	make_pair(8 * BLOCK);
	damage(3 * BLOCK + 512, 3 * BLOCK + 1024);
	byte = right(5 * BLOCK - 1) ^ 1;
	patch("copy", 5 * BLOCK - 1, &byte, 1);
	out = heal_it(&attempt);
	ok(tap, !out.agrees && out.differs_at == 5 * BLOCK - 1 && !out.writes,
	   "and in the block after");
	make_pair(64 * BLOCK);
	damage(30 * BLOCK + 512, 30 * BLOCK + 1024);
	byte = right(47 * BLOCK - 1) ^ 1;
	patch("copy", 47 * BLOCK - 1, &byte, 1);
	byte = right(14 * BLOCK) ^ 1;
	patch("copy", 14 * BLOCK, &byte, 1);
	out = heal_it(&attempt);
	ok(tap, !out.agrees && out.differs_at == 14 * BLOCK && !out.writes,
	   "and 64 KiB before and after");
	make_pair(64 * BLOCK);
	damage(30 * BLOCK + 512, 30 * BLOCK + 1024);
	byte = right(47 * BLOCK) ^ 1;
	patch("copy", 47 * BLOCK, &byte, 1);
	out = heal_it(&attempt);
	ok(tap, out.agrees && all_done(&out) && healed(),
	   "what is further away does not matter");
	make_pair(8 * BLOCK);
	damage(3 * BLOCK + 512, 3 * BLOCK + 1024);
	out = (attempt.dry = true, heal_it(&attempt));
	ok(tap,
	   out.agrees && !out.writes && any_bad(0, UINT64_MAX) &&
		   out.runs[0].outcome == HEAL_WAITS,
	   "without the second step nothing is written");
}

static void test_sizes(struct tap *tap)
{
	struct attempt attempt = { .kind = MEDIA_DAX };
	struct outcome out;

	make_pair(8 * BLOCK);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	damage(6 * BLOCK, 6 * BLOCK + 512);
	must(!truncate(at("copy"), 9 * BLOCK), "truncate");
	out = heal_it(&attempt);
	ok(tap, !out.agrees && !out.differs && !out.writes,
	   "a copy that is longer is refused");
	must(!truncate(at("copy"), 4 * BLOCK), "truncate");
	out = heal_it(&attempt);
	ok(tap, !out.agrees && !out.differs && !out.writes,
	   "one that is shorter is refused");
	out = (attempt.force = true, heal_it(&attempt));
	ok(tap,
	   out.nr_runs == 2 && out.runs[0].outcome == HEAL_DONE &&
		   out.runs[1].outcome == HEAL_COPY_ENDS && out.writes == 1 &&
		   !any_bad(0, 6 * BLOCK) && any_bad(6 * BLOCK, 7 * BLOCK),
	   "forced: what it has is written, and the rest is told");
}

static void test_trouble(struct tap *tap)
{
	struct attempt attempt = { .kind = MEDIA_DISK, .write_fails = 2 };
	struct outcome out;
	char words[256];

	make_pair(16 * BLOCK);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	damage(6 * BLOCK, 6 * BLOCK + 512);
	damage(9 * BLOCK, 9 * BLOCK + 512);
	out = heal_it(&attempt);
	heal_reason(&out.runs[1], words, sizeof(words));
	ok_string(tap, words, "cannot write: Input/output error",
		  "a write that fails is told");
	ok(tap,
	   out.runs[0].outcome == HEAL_DONE &&
		   out.runs[2].outcome == HEAL_DONE && out.written == 2 * BLOCK,
	   "and the others are done");
	out = (attempt.write_fails = 0, heal_it(&attempt));
	ok(tap, all_done(&out) && healed() && out.nr_runs == 1,
	   "and it can be tried again");

	make_pair(16 * BLOCK);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	out = (attempt.write_wrong = true, heal_it(&attempt));
	ok(tap, out.runs[0].outcome == HEAL_READ_OTHER,
	   "something else is read back: seen");
	attempt.write_wrong = false;
	make_pair(16 * BLOCK);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	out = (attempt.read_back_fails = true, heal_it(&attempt));
	ok(tap,
	   out.runs[0].outcome == HEAL_READ_FAILED && out.runs[0].error == EIO,
	   "it cannot be read back: seen");
	attempt.read_back_fails = false;
	make_pair(16 * BLOCK);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	damage(6 * BLOCK, 6 * BLOCK + 512);
	out = (attempt.changes_at = 2, heal_it(&attempt));
	ok(tap,
	   out.runs[0].outcome == HEAL_DONE &&
		   out.runs[1].outcome == HEAL_CHANGED && out.writes == 1,
	   "a file that changes meanwhile is not written any more");
}

/* the real file sees what others do to it */
static struct heal_file *open_real(bool keep_times)
{
	struct heal_opened opened = open_file(keep_times);
	struct heal_file *file;

	must(!heal_file_new(&opened, NULL, 0, keep_times, &file), "open");
	return file;
}

static bool same_mtime(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* the real file sees what others do to it */
static void test_changed(struct tap *tap)
{
	struct heal_file *file;
	struct stat before, after;
	char *block = aligned_alloc(BLOCK, BLOCK);
	int fd;

	must(block != NULL, "memory");
	memset(block, 1, BLOCK);
	make_pair(4 * BLOCK);
	file = open_real(true);
	heal_file_lease(file);
	must(!stat(at("file"), &before), "stat");
	ok(tap, !file->ops->changed(file), "nothing changed so far");
	usleep(20000); /* so that it would have another time */
	ok(tap,
	   !file->ops->write(file, BLOCK, block, BLOCK) &&
		   !file->ops->changed(file),
	   "an own write is no change");
	must(!stat(at("file"), &after), "stat");
	ok(tap, same_mtime(&before, &after) && !heal_file_time_lost(file),
	   "and keeps the time");
	usleep(20000);
	fd = open(at("file"), O_WRONLY | O_NONBLOCK);
	ok(tap, fd < 0 && errno == EWOULDBLOCK && !file->ops->changed(file),
	   "another has to wait, and is let in before the next write");
	patch("file", 0, "x", 1);
	ok(tap, file->ops->changed(file), "another's write is one");
	heal_file_close(file);

	/* its time would be hidden by the one before */
	fd = open(at("file"), O_RDWR);
	file = open_real(true);
	heal_file_lease(file);
	must(!stat(at("file"), &before), "stat");
	usleep(20000);
	must(!file->ops->changed(file) && pwrite(fd, "y", 1, 0) == 1 &&
		     !file->ops->write(file, BLOCK, block, BLOCK) &&
		     !stat(at("file"), &after),
	     "write");
	ok(tap, !same_mtime(&before, &after) && heal_file_time_lost(file),
	   "a write of somebody who has it open is not hidden, and told");
	heal_file_close(file);
	close(fd);

	file = open_real(false);
	must(!stat(at("file"), &before), "stat");
	usleep(20000);
	must(!file->ops->write(file, BLOCK, block, BLOCK) &&
		     !stat(at("file"), &after),
	     "write");
	ok(tap,
	   !file->ops->changed(file) && !same_mtime(&before, &after) &&
		   !heal_file_time_lost(file),
	   "the time is not kept if it is not wanted");
	heal_file_close(file);
	free(block);
}

/* a file in whose place something else has come */
static void test_no_file(struct tap *tap)
{
	struct heal_opened opened;
	int found;

	found = open(top, O_PATH);
	ok(tap, heal_file_open(found, true, &opened) == -EINVAL,
	   "a directory is not opened");
	close(found);
	found = open("/dev/null", O_PATH);
	ok(tap, heal_file_open(found, true, &opened) == -EINVAL,
	   "nor is a device");
	close(found);
}

static const unsigned char capability[20] = { 1, 0, 0, 2, 0, 4 };

static void test_capability(struct tap *tap)
{
	char *block = aligned_alloc(BLOCK, BLOCK), now[64];
	struct heal_file *file;
	int fd, turn;

	must(block != NULL, "memory");
	memset(block, 1, BLOCK);
	for (turn = 0; turn < 2; turn++) {
		make_pair(4 * BLOCK);
		if (setxattr(at("file"), "security.capability", capability,
			     sizeof(capability), 0)) {
			skip("capabilities", strerror(errno));
			break;
		}
		fd = turn ? open(at("file"), O_RDONLY) : -1;
		file = open_real(true);
		heal_file_lease(file);
		must(!file->ops->write(file, BLOCK, block, BLOCK), "write");
		if (turn)
			ok(tap, heal_file_capability_lost(file),
			   "capabilities: lost if others can write, and told");
		else
			ok(tap,
			   getxattr(at("file"), "security.capability", now,
				    sizeof(now)) == sizeof(capability) &&
				   !memcmp(now, capability,
					   sizeof(capability)) &&
				   !file->ops->changed(file) &&
				   !heal_file_capability_lost(file),
			   "capabilities survive a write");
		heal_file_close(file);
		if (turn)
			close(fd);
	}
	free(block);
}

/* a copy of another time, or one of which nothing is known */
static void test_versions(struct tap *tap)
{
	struct attempt attempt = { .kind = MEDIA_DISK, .lease = true };
	struct outcome out;

	make_pair(17);
	damage(0, SECTOR);
	out = (attempt.newer = 1, heal_it(&attempt));
	ok(tap, out.agreement == HEAL_OTHER_TIME && !out.writes,
	   "a file of 17 bytes that was written again since");
	out = (attempt.newer = 0, heal_it(&attempt));
	ok(tap, out.agreement == HEAL_NOT_COMPARED && !out.writes,
	   "one of which nothing can be compared");
	out = (attempt.force = true, heal_it(&attempt));
	ok(tap, all_done(&out) && healed(), "that is done by force only");
	make_pair(17);
	damage(0, SECTOR);
	attempt.force = false;
	attempt.command = "cat \"$1\"";
	out = heal_it(&attempt);
	ok(tap, out.agreement == HEAL_NOT_COMPARED && !out.writes,
	   "so with a command");

	/* far away from the damage */
	make_pair(64 * BLOCK);
	damage(60 * BLOCK, 60 * BLOCK + SECTOR);
	patch("copy", 77, "!", 1);
	out = heal_it(&attempt);
	ok(tap,
	   out.agreement == HEAL_DIFFERS && out.differs_at == 77 && !out.writes,
	   "of what a command prints all is compared");
	make_pair(64 * BLOCK);
	damage(60 * BLOCK, 60 * BLOCK + SECTOR);
	attempt.command = "cat \"$1\"";
	out = heal_it(&attempt);
	ok(tap,
	   all_done(&out) && healed() && out.compared == 64 * BLOCK - SECTOR,
	   "each byte once (%" PRIu64 ")", out.compared);
}

/* links in the backup do not lead to what its owner wants to be written */
static void test_links(struct tap *tap)
{
	static const char *const names[] = { "link",	   "link/copy",
					     "../%s/copy", "real/up/copy",
					     "real/null",  "/etc/passwd" };
	char error[COPY_ERROR_MAX], name[128];
	const struct stat none = { 0 };
	struct copy *copy;
	size_t i;
	int fd;

	make_pair(BLOCK);
	must(!mkdir(at("real"), 0700) && !symlink(".", at("link")) &&
		     !symlink("..", at("real/up")) &&
		     !symlink("/dev/null", at("real/null")),
	     "links");
	fd = open(top, O_PATH | O_DIRECTORY);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s", names[i]);
		if (strstr(name, "%s"))
			snprintf(name, sizeof(name), "..%s/copy",
				 strrchr(top, '/'));
		copy = copy_open_at(fd, name, &none, error);
		ok(tap, !copy, "a copy is not looked for as %s", names[i]);
		copy_close(copy);
	}
	close(fd);
	unlink(at("real/up"));
	unlink(at("real/null"));
	unlink(at("link"));
	rmdir(at("real"));
}

static void test_command(struct tap *tap)
{
	struct attempt attempt = { .kind = MEDIA_DAX, .lease = true };
	struct outcome out;

	make_pair(16 * BLOCK + 10);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	damage(3 * BLOCK + 1024, 3 * BLOCK + 1536);
	damage(16 * BLOCK, 16 * BLOCK + 512);
	attempt.command = "test \"$1\" = \"$FSWATCH_ERR_PATH\" && "
			  "test -z \"$(cat)\" && cat \"$1\"";
	out = heal_it(&attempt);
	ok(tap, all_done(&out) && healed(), "a command prints the copy");
	ok_string(tap, out.error, "", "and there is nothing to say of it");

	damage(2 * BLOCK, 2 * BLOCK + 512);
	attempt.command = "cat \"$1\"; exit 3";
	out = heal_it(&attempt);
	ok(tap, !out.writes, "a command that fails is not trusted");
	ok_string(tap, out.error, "it ended with status 3", "it is told");
	attempt.command = "cat \"$1\"; kill -9 $$";
	out = heal_it(&attempt);
	ok(tap, !out.writes, "nor one that is killed");
	ok_string(tap, out.error, "it was ended by signal 9", "that is told");
	attempt.command = "head -c 12288 \"$1\"";
	out = heal_it(&attempt);
	ok(tap, !out.writes && !out.agrees && !out.differs,
	   "a command that prints less is refused for the size");
	attempt.command = "true";
	out = heal_it(&attempt);
	ok(tap, !out.writes && !out.agrees, "so is one that prints nothing");
	/* in small pieces, which do not end where blocks do */
	attempt.command = "dd if=\"$1\" bs=777 status=none";
	out = heal_it(&attempt);
	ok(tap, all_done(&out) && healed(), "it may come in small pieces");
}

static void test_copies(struct tap *tap)
{
	struct outcome out;

	make_pair(8 * BLOCK);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	must(!unlink(at("copy")), "unlink");
	out = heal_on(MEDIA_DISK);
	ok_string(tap, out.error, "No such file or directory", "no copy");
	must(!link(at("file"), at("copy")), "link");
	out = heal_on(MEDIA_DISK);
	ok_string(tap, out.error, "it is the damaged file itself",
		  "the file itself");
	must(!unlink(at("copy")) && !mkfifo(at("copy"), 0600), "mkfifo");
	out = heal_on(MEDIA_DISK);
	ok_string(tap, out.error, "it is no regular file", "a FIFO");
	must(!unlink(at("copy")), "unlink");
	ok(tap, !out.writes, "and nothing was written");
}

static void make_sparse(const char *name, uint64_t size, uint64_t offset)
{
	char bytes[BLOCK];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = right(offset + i);
	fd = open(at(name), O_RDWR | O_CREAT | O_TRUNC, 0600);
	must(fd >= 0 && !ftruncate(fd, size) &&
		     pwrite(fd, bytes, BLOCK, offset) == BLOCK,
	     "sparse file");
	close(fd);
}

static void test_sparse(struct tap *tap)
{
	const uint64_t middle = TIB / 2;
	struct stat before, after;
	struct outcome out;

	memset(shared, 0, sizeof(*shared));
	make_sparse("file", TIB, middle);
	make_sparse("copy", TIB, middle);
	damage(middle + 1024, middle + 1536);
	must(!stat(at("file"), &before), "stat");
	out = heal_on(MEDIA_DAX);
	must(!stat(at("file"), &after), "stat");
	ok(tap,
	   all_done(&out) && !any_bad(0, UINT64_MAX) && !shared->reads_of_bad,
	   "one sector of a sparse file of 1 TiB");
	ok(tap, out.written == BLOCK && out.media_read <= 35 * BLOCK,
	   "is one block to write, and few to read (%" PRIu64 ", %" PRIu64 ")",
	   out.written, out.media_read);
	ok(tap, before.st_blocks == after.st_blocks,
	   "and the file stays as sparse as it is");
}

/* killed after each step in turn; each time it is run again */
static void test_killed(struct tap *tap)
{
	struct attempt attempt = { .kind = MEDIA_DAX, .lease = true };
	bool whole = true, no_worse = true;
	struct outcome out;
	unsigned int step;
	struct stat st;
	int status;
	pid_t pid;

	for (step = 1;; step++) {
		make_pair(12 * BLOCK + 100);
		damage(0, SECTOR);
		damage(3 * BLOCK + 512, 5 * BLOCK);
		damage(8 * BLOCK + 512, 8 * BLOCK + 1024);
		damage(12 * BLOCK, 12 * BLOCK + SECTOR);
		attempt.dies_after = step;
		pid = fork();
		if (!pid) {
			out = heal_it(&attempt);
			_exit(!all_done(&out));
		}
		must(pid > 0 && waitpid(pid, &status, 0) == pid, "wait");
		must(!stat(at("file"), &st), "stat");
		no_worse &= st.st_size == 12 * BLOCK + 100;
		if (WIFEXITED(status))
			break;
		attempt.dies_after = 0;
		out = heal_it(&attempt);
		/* all may have been written already */
		whole &= (all_done(&out) || !out.nr_runs) && healed();
	}
	ok(tap, no_worse && whole,
	   "killed after any of %u steps, and run again: healed", step - 1);
	ok(tap, step > 9 && WEXITSTATUS(status) == 0 && healed(),
	   "and there are no other steps");
}

/* for the linker's --wrap: this is where a file would be cut again */
int __real_ftruncate(int fd, off_t len);
int __wrap_ftruncate(int fd, off_t len);

int __wrap_ftruncate(int fd, off_t len)
{
	if (shared->victim) {
		kill(shared->victim, SIGKILL);
		usleep(50000);
	}
	return __real_ftruncate(fd, len);
}

static bool is_whole(int fd, size_t len, off_t offset)
{
	struct stat st;

	/* it is the healed file that is read past the page cache */
	return !large_sector || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	       (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR ||
	       !((len | offset) % large_sector);
}

ssize_t __real_pread(int fd, void *buf, size_t len, off_t offset);
ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t offset);

ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t offset)
{
	if (is_whole(fd, len, offset))
		return __real_pread(fd, buf, len, offset);
	errno = EINVAL;
	return -1;
}

ssize_t __real_pwrite(int fd, const void *buf, size_t len, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t len, off_t offset);

ssize_t __wrap_pwrite(int fd, const void *buf, size_t len, off_t offset)
{
	if (is_whole(fd, len, offset))
		return __real_pwrite(fd, buf, len, offset);
	errno = EINVAL;
	return -1;
}

int __real_statx(int fd, const char *name, int flags, unsigned int mask,
		 struct statx *stx);
int __wrap_statx(int fd, const char *name, int flags, unsigned int mask,
		 struct statx *stx);

int __wrap_statx(int fd, const char *name, int flags, unsigned int mask,
		 struct statx *stx)
{
	int rc = __real_statx(fd, name, flags, mask, stx);

	if (large_sector) {
		stx->stx_mask |= STATX_DIOALIGN;
		stx->stx_mask &= ~0x20000; /* STATX_DIO_READ_ALIGN */
		stx->stx_dio_offset_align = large_sector;
	}
	return rc;
}

static void test_large_sectors(struct tap *tap)
{
	struct outcome out;

	large_sector = 4096;
	make_pair(3 * BLOCK + 100);
	damage(BLOCK + 512, BLOCK + 1024);
	out = heal_on(MEDIA_DISK);
	ok(tap, all_done(&out) && healed() && out.compared == 2 * BLOCK + 100,
	   "sectors of 4096 bytes: the end of the file is compared (%" PRIu64
	   ")",
	   out.compared);
	make_pair(3 * BLOCK + 100);
	damage(3 * BLOCK, 3 * BLOCK + 512);
	out = heal_on(MEDIA_DISK);
	ok(tap, all_done(&out) && healed(),
	   "sectors of 4096 bytes: the end of the file is healed");
	large_sector = 16384;
	make_pair(64 * BLOCK + 100);
	damage(33 * BLOCK, 33 * BLOCK + 512);
	out = heal_on(MEDIA_DISK);
	ok(tap,
	   out.nr_runs == 1 && out.runs[0].range.offset == 32 * BLOCK &&
		   out.runs[0].range.end == 36 * BLOCK && all_done(&out) &&
		   healed(),
	   "what is written in one piece may be more than a page");
	large_sector = 0;
}

static void test_tail(struct tap *tap)
{
	char *block = aligned_alloc(BLOCK, BLOCK);
	struct heal_blocks tail = {
		.offset = BLOCK,
		.buf = block,
		.room = BLOCK,
		.len = 100,
	};
	struct stat st;
	int status, i;
	pid_t pid;

	must(block != NULL, "memory");
	memset(block, 0, BLOCK);
	make_pair(BLOCK + 100);
	tail.fd = open_file(true).fd;
	ok(tap,
	   heal_tail(&tail) == -EBUSY && !stat(at("file"), &st) &&
		   st.st_size == BLOCK + 100,
	   "a file is not made longer without a lease");
	close(tail.fd);
	pid = fork();
	if (!pid) {
		shared->victim = getpid();
		tail.fd = open_file(true).fd;
		if (fcntl(tail.fd, F_SETLEASE, F_WRLCK))
			_exit(1);
		heal_tail(&tail);
		_exit(2);
	}
	must(pid > 0 && waitpid(pid, &status, 0) == pid, "wait");
	shared->victim = 0;
	for (i = 0; i < 100; i++) {
		must(!stat(at("file"), &st), "stat");
		if (st.st_size == BLOCK + 100)
			break;
		usleep(100000);
	}
	ok(tap, WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	   "a process is killed while it makes a file longer");
	ok(tap, st.st_size == BLOCK + 100, "and the file is cut all the same");
	free(block);
}

static void remove_all(void)
{
	unlink(at("file"));
	unlink(at("copy"));
	rmdir(top);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	struct tap tap = { 0 };

	/* what killed processes leave in there must not be lost */
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(shared != MAP_FAILED, "mmap");
	snprintf(top, sizeof(top), "%s/unit_heal.XXXXXX", tmp ? tmp : "/tmp");
	must(mkdtemp(top), "mkdtemp");
	test_ranges(&tap);
	test_places(&tap);
	test_ends(&tap);
	test_end_in_use(&tap);
	test_refused(&tap);
	test_sizes(&tap);
	test_trouble(&tap);
	test_changed(&tap);
	test_no_file(&tap);
	test_capability(&tap);
	test_versions(&tap);
	test_links(&tap);
	test_command(&tap);
	test_copies(&tap);
	test_sparse(&tap);
	test_killed(&tap);
	test_large_sectors(&tap);
	test_tail(&tap);
	remove_all();
	return tap.failed != 0;
}
