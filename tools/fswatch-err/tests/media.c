// SPDX-License-Identifier: GPL-2.0-only
#include "media.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

struct media_shared *shared;
uint32_t large_sector;
const char *stolen, *swaps;

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

/* what the byte should be */
char right(uint64_t offset)
{
	return (offset * 31 + offset / SECTOR * 7 + offset / BLOCK) % 127;
}

bool any_bad(uint64_t offset, uint64_t end)
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
void make_pair(uint64_t size)
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

void patch(const char *name, uint64_t offset, const void *bytes, size_t len)
{
	int fd = open(at(name), O_WRONLY);

	must(fd >= 0 && pwrite(fd, bytes, len, offset) == (ssize_t)len, name);
	close(fd);
}

/* the sectors from @offset to @end go bad */
void damage(uint64_t offset, uint64_t end)
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

struct heal_opened open_file(bool keep_times)
{
	int found = open(at("file"), O_PATH | O_NOFOLLOW);
	struct heal_opened opened = { .dir_fd = open(top, O_DIRECTORY) };

	must(found >= 0 && opened.dir_fd >= 0 &&
		     !heal_file_open(found, keep_times, &opened),
	     "open the file");
	close(found);
	return opened;
}

/* the real file sees what others do to it */
struct heal_file *open_real(bool keep_times)
{
	struct heal_opened opened = open_file(keep_times);
	struct heal_file *file;

	must(!heal_file_new(&opened, NULL, 0, keep_times, &file), "open");
	return file;
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

struct outcome heal_it(const struct attempt *attempt)
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

struct outcome heal_on(enum media_kind kind)
{
	const struct attempt attempt = { .kind = kind, .lease = true };

	return heal_it(&attempt);
}

/* every byte is right, the size is that of the copy, nothing is bad */
bool healed(void)
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

bool all_done(const struct outcome *out)
{
	size_t i;

	for (i = 0; i < out->nr_runs; i++) {
		if (out->runs[i].outcome != HEAL_DONE)
			return false;
	}
	return out->nr_runs && !out->check && !out->write;
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
	if (stolen) {
		fremovexattr(fd, stolen);
		fchmod(fd, 0755);
	}
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

int __real_proc_open(const char *name);
int __wrap_proc_open(const char *name);

int __wrap_proc_open(const char *name)
{
	int fd;

	if (!swaps || strcmp(name, "swaps"))
		return __real_proc_open(name);
	fd = memfd_create(name, MFD_CLOEXEC);
	must(fd >= 0 &&
		     write(fd, swaps, strlen(swaps)) ==
			     (ssize_t)strlen(swaps) &&
		     !lseek(fd, 0, SEEK_SET),
	     "swaps");
	return fd;
}

void media_start(char *dir, size_t size)
{
	const char *tmp = getenv("TMPDIR");

	/* what killed processes leave in there must not be lost */
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(shared != MAP_FAILED, "mmap");
	snprintf(top, sizeof(top), "%s/unit_heal.XXXXXX", tmp ? tmp : "/tmp");
	must(mkdtemp(top), "mkdtemp");
	snprintf(dir, size, "%s", top);
}

void media_stop(void)
{
	unlink(at("file"));
	unlink(at("copy"));
	rmdir(top);
}
