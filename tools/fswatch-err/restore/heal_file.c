// SPDX-License-Identifier: GPL-2.0-only
#include "heal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "heal_keep.h"
#include "heal_tail.h"

#define SECTOR_SIZE 512U /* the least, and what damage is told in */
#define BLOCK_MAX (1U << 20)
#define BOUNCE_BYTES (1U << 20)

/* from the kernel's linux/stat.h, since Linux 6.14; the member is one of the spare */
#ifndef STATX_DIO_READ_ALIGN
#define STATX_DIO_READ_ALIGN 0x00020000U
#endif
#define STATX_READ_ALIGN_AT 0xb4

struct real_file {
	struct heal_file file;
	int fd, dir_fd;
	bool direct; /* reads and writes do not go through the page cache */
	bool dax;
	bool keep_times;
	bool unseen; /* a write does not change the times */
	bool leased;
	bool time_lost;
	struct heal_keep keep;
	struct stat opened; /* how it was */
	struct stat expected; /* how it is, if nobody else changes it */
	const struct heal_place *places;
	size_t nr_places;
	struct heal_device device;
	char *bounce;
};

static struct real_file *real(struct heal_file *file)
{
	return (struct real_file *)file;
}

/* @offset and @len are multiples of what can be read; it may end before */
static int read_all(struct real_file *real, uint64_t offset, char *buf,
		    size_t len)
{
	const uint64_t sector = real->file.sector;
	uint64_t from, to, done;
	ssize_t got;

	while (len) {
		from = range_down(offset, sector);
		to = range_up(offset + len, sector);
		if (to - from > BOUNCE_BYTES)
			to = from + BOUNCE_BYTES;
		got = pread(real->fd, real->bounce, to - from, from);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (from + got <= offset)
			return -ENODATA; /* the file has become shorter */
		done = from + got - offset;
		if (done > len)
			done = len;
		memcpy(buf, real->bounce + (offset - from), done);
		buf += done;
		offset += done;
		len -= done;
	}
	return 0;
}

static int file_read(struct heal_file *file, uint64_t offset, void *buf,
		     size_t len)
{
	return read_all(real(file), offset, buf, len);
}

/* the damage that is in the block of @offset; a block is in one extent */
static const struct heal_place *place_of(const struct real_file *real,
					 uint64_t offset)
{
	const uint64_t block = range_down(offset, real->file.block);
	size_t low = 0, high = real->nr_places, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (real->places[mid].offset >= block)
			high = mid;
		else
			low = mid + 1;
	}
	/* the damage may have begun in a block before */
	if (low < real->nr_places &&
	    real->places[low].offset < block + real->file.block)
		return &real->places[low];
	return low ? &real->places[low - 1] : NULL;
}

static int read_device(struct real_file *real, uint64_t offset, char *buf,
		       size_t len)
{
	const struct heal_place *place;
	uint64_t end, to;
	char *sectors;
	int err;

	sectors = malloc(real->file.block);
	if (!sectors)
		return -ENOMEM;
	for (err = 0; !err && len; offset = end) {
		end = range_down(offset, real->file.block) + real->file.block;
		if (end - offset > len)
			end = offset + len;
		place = place_of(real, offset);
		if (!place) {
			err = -EOPNOTSUPP;
			break;
		}
		to = range_up(end, real->file.sector); /* the file may end */
		err = heal_device_read(&real->device, real->fd, place, offset,
				       sectors, to - offset);
		if (!err)
			memcpy(buf, sectors, end - offset);
		buf += end - offset;
		len -= end - offset;
	}
	free(sectors);
	return err;
}

static int file_read_beside(struct heal_file *file, uint64_t offset, void *buf,
			    size_t len)
{
	struct real_file *f = real(file);
	int err;

	if (offset % file->sector)
		return -EOPNOTSUPP;
	if (f->dax)
		return read_device(f, offset, buf, len);
	/* the page cache would read the whole page */
	if (!f->direct)
		return -EOPNOTSUPP;
	err = read_all(f, offset, buf, len);
	/* the device has greater sectors */
	return err == -EINVAL ? -EOPNOTSUPP : err;
}

/* nobody else can have written to the file: it is only ours, and still is */
static bool alone(const struct real_file *real)
{
	return real->leased && fcntl(real->fd, F_GETLEASE) == F_WRLCK;
}

/*
 * After a write: everything as it was, and that is how it must stay. If somebody
 * else can have written, the times tell of that write, and are left. @touched:
 * the write has changed them.
 */
static int settle(struct real_file *real, bool touched)
{
	const struct timespec times[2] = { real->opened.st_atim,
					   real->opened.st_mtim };
	bool given = false;
	int err = heal_give_back(&real->keep, real->fd, alone(real), &given);

	if (!touched && !given)
		return err;
	if (touched && real->keep_times && !alone(real))
		real->time_lost = true;
	else if (touched && real->keep_times && futimens(real->fd, times) &&
		 !err)
		err = -errno;
	if (fstat(real->fd, &real->expected) && !err)
		err = -errno;
	return err;
}

bool heal_file_time_lost(const struct heal_file *file)
{
	return ((const struct real_file *)file)->time_lost;
}

unsigned int heal_file_lost(const struct heal_file *file)
{
	return ((const struct real_file *)file)->keep.lost;
}

static struct heal_blocks blocks_of(const struct real_file *real,
				    uint64_t offset, const void *buf,
				    size_t len)
{
	return (struct heal_blocks){
		.fd = real->fd,
		.dir_fd = real->dir_fd,
		.offset = offset,
		.buf = buf,
		.len = len,
		.room = range_up(len, real->file.block),
	};
}

/*
 * The copy that a write makes of a shared block may want to read the block, even
 * if nothing of it is kept: DAX does.
 */
static bool is_shared(struct real_file *real, uint64_t offset, size_t len)
{
	struct range range = { offset, offset + len };
	const struct ranges ranges = { .v = &range, .nr = 1 };

	return heal_file_shared(&real->file, &ranges);
}

static int file_write(struct heal_file *file, uint64_t offset, const void *buf,
		      size_t len)
{
	struct real_file *f = real(file);
	const struct heal_blocks blocks = blocks_of(f, offset, buf, len);
	int err = heal_blocks_write(&blocks, f->fd, offset);
	int settled;

	if (err == -EIO && is_shared(f, offset, len))
		err = heal_exchange(&blocks);
	settled = settle(f, !f->unseen);
	return err ? err : settled;
}

static int write_tail(struct real_file *real, const struct heal_blocks *tail,
		      uint64_t bad_end, bool *touched)
{
	const uint64_t end = tail->offset + tail->len;
	const uint64_t whole = range_down(end, real->file.sector);
	struct heal_blocks sectors = *tail;
	int err;

	/* whole sectors do it, if the last one is good and no page is needed */
	if (!real->dax && real->direct && bad_end <= whole) {
		sectors.room = whole - tail->offset;
		err = heal_blocks_write(&sectors, tail->fd, tail->offset);
		if (err != -EINVAL)
			return err;
	}
	err = heal_exchange(tail);
	if (err && err != -EIO) {
		err = heal_tail(tail);
		*touched = true; /* it is made longer and cut */
	}
	return err;
}

static int file_write_tail(struct heal_file *file, uint64_t offset,
			   const void *buf, size_t len, uint64_t bad_end)
{
	struct real_file *f = real(file);
	const struct heal_blocks tail = blocks_of(f, offset, buf, len);
	bool touched = !f->unseen;
	int err = write_tail(f, &tail, bad_end, &touched);
	int settled = settle(f, touched);

	return err ? err : settled;
}

static int file_sync(struct heal_file *file)
{
	struct real_file *f = real(file);

	if (fsync(f->fd))
		return -errno;
	if (!f->direct && !f->dax)
		posix_fadvise(f->fd, 0, 0, POSIX_FADV_DONTNEED);
	return 0;
}

/* somebody waits to open the file: let them */
static void end_lease(struct real_file *real)
{
	if (!real->leased || fcntl(real->fd, F_GETLEASE) == F_WRLCK)
		return;
	fcntl(real->fd, F_SETLEASE, F_UNLCK);
	real->leased = false;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static int file_changed(struct heal_file *file)
{
	struct real_file *f = real(file);
	struct stat now;

	end_lease(f);
	return fstat(f->fd, &now) || (uint64_t)now.st_size != file->size ||
	       !same_time(&now.st_mtim, &f->expected.st_mtim) ||
	       !same_time(&now.st_ctim, &f->expected.st_ctim);
}

static const struct heal_file_ops real_ops = {
	.read = file_read,
	.read_beside = file_read_beside,
	.write = file_write,
	.write_tail = file_write_tail,
	.sync = file_sync,
	.changed = file_changed,
};

static bool is_unit(uint32_t bytes)
{
	return bytes && bytes <= BLOCK_MAX && !(bytes & (bytes - 1));
}

/* what can be read, and what can be written, in one piece */
static void units_of(struct heal_file *file, int fd, const struct statx *stx)
{
	uint32_t read = SECTOR_SIZE, write = SECTOR_SIZE;
	struct statfs fs;

	if (stx->stx_mask & STATX_DIOALIGN)
		read = write = stx->stx_dio_offset_align;
	/* where blocks are shared, more has to be written than read */
	if (stx->stx_mask & STATX_DIO_READ_ALIGN)
		memcpy(&read, (const char *)stx + STATX_READ_ALIGN_AT,
		       sizeof(read));
	/* whole pages for DAX, whole blocks so that the filesystem reads none of it */
	file->block = sysconf(_SC_PAGESIZE);
	if (!fstatfs(fd, &fs) && fs.f_bsize > 0 && fs.f_bsize <= BLOCK_MAX &&
	    is_unit(fs.f_bsize) && fs.f_bsize > file->block)
		file->block = fs.f_bsize;
	if (is_unit(write) && write > file->block)
		file->block = write;
	file->sector = SECTOR_SIZE;
	if (is_unit(read) && read > SECTOR_SIZE && read <= file->block)
		file->sector = read;
}

int heal_file_new(const struct heal_opened *opened,
		  const struct heal_place *places, size_t nr_places,
		  bool keep_times, struct heal_file **file)
{
	struct real_file *f = calloc(1, sizeof(*f));
	const int fd = opened->fd;
	struct statx stx;
	int err = -ENOMEM;

	if (!f)
		return err;
	heal_device_init(&f->device);
	f->bounce = aligned_alloc(BLOCK_MAX, BOUNCE_BYTES);
	if (!f->bounce)
		goto fail;
	if (fstat(fd, &f->opened) ||
	    statx(fd, "", AT_EMPTY_PATH,
		  STATX_TYPE | STATX_DIOALIGN | STATX_DIO_READ_ALIGN, &stx)) {
		err = -errno;
		goto fail;
	}
	err = heal_keep(&f->keep, fd);
	if (err)
		goto fail;
	f->fd = fd;
	f->dir_fd = opened->dir_fd;
	f->unseen = opened->unseen;
	f->expected = f->opened;
	f->direct = fcntl(fd, F_GETFL) & O_DIRECT;
	f->dax = stx.stx_attributes & STATX_ATTR_DAX;
	f->keep_times = keep_times;
	f->places = places;
	f->nr_places = nr_places;
	f->file.ops = &real_ops;
	f->file.size = f->opened.st_size;
	f->file.mtime = f->opened.st_mtim;
	units_of(&f->file, fd, &stx);
	/* reading ahead might run into what is bad */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	*file = &f->file;
	return 0;

fail:
	free(f->bounce);
	free(f);
	return err;
}

void heal_file_lease(struct heal_file *file)
{
	struct real_file *f = real(file);

	/* whoever wants it is seen before each write; SIGIO would be the end */
	f->leased = !fcntl(f->fd, F_SETSIG, SIGURG) &&
		    !fcntl(f->fd, F_SETLEASE, F_WRLCK);
}

const struct stat *heal_file_stat(const struct heal_file *file)
{
	return &((const struct real_file *)file)->opened;
}

const struct stat *heal_file_left(const struct heal_file *file)
{
	return &((const struct real_file *)file)->expected;
}

/* an extent of the bytes from *@offset on, which becomes its end; or -1 */
static int next_extent(int fd, uint64_t *offset, uint64_t end)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} ask = {
		.map = {
			.fm_start = *offset,
			.fm_length = end - *offset,
			.fm_extent_count = 1,
		},
	};

	if (ioctl(fd, FS_IOC_FIEMAP, &ask.map) || !ask.map.fm_mapped_extents)
		return -1;
	*offset = ask.extent.fe_logical + ask.extent.fe_length;
	return !!(ask.extent.fe_flags & FIEMAP_EXTENT_SHARED);
}

bool heal_file_shared(const struct heal_file *file, const struct ranges *ranges)
{
	const int fd = ((const struct real_file *)file)->fd;
	uint64_t offset;
	size_t i;
	int rc;

	for (i = 0; i < ranges->nr; i++) {
		for (offset = ranges->v[i].offset; offset < ranges->v[i].end;) {
			rc = next_extent(fd, &offset, ranges->v[i].end);
			if (rc > 0)
				return true;
			if (rc < 0)
				break;
		}
	}
	return false;
}

void heal_file_close(struct heal_file *file)
{
	struct real_file *f = real(file);

	if (!file)
		return;
	heal_device_close(&f->device);
	heal_keep_free(&f->keep);
	close(f->dir_fd);
	close(f->fd);
	free(f->bounce);
	free(f);
}
