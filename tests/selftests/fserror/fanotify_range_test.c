// SPDX-License-Identifier: GPL-2.0-only
/*
 * FAN_REPORT_RANGE: which bytes of a file an error of FAN_FS_ERROR concerns, and which
 * errors are merged.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "scratch.h"

#ifndef FAN_REPORT_RANGE
#define FAN_REPORT_RANGE 0x00008000
#endif
#ifndef FAN_EVENT_INFO_TYPE_RANGE
#define FAN_EVENT_INFO_TYPE_RANGE 6
#endif

/* bytes of one read */
#define PIECE 4096

/* the record as linux/fanotify.h has it, which the C library may be too old for */
struct range_info {
	struct fanotify_event_info_header hdr;
	__u32 pad;
	__u64 offset;
	__u64 count;
};

struct error {
	unsigned int count;
	int error;
	bool ranged;
	bool has_file;
	__u64 offset;
	__u64 length;
};

static struct scratch failing;
static struct scratch falling;

static int listen_to(const struct scratch *scratch, unsigned int flags)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID | FAN_CLOEXEC |
				       FAN_NONBLOCK | flags,
			       O_RDONLY);
	int error;

	if (fd < 0)
		return -errno;
	if (!fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_FS_ERROR,
			   AT_FDCWD, scratch->mnt))
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static void take_info(const struct fanotify_event_info_header *hdr,
		      struct error *error)
{
	switch (hdr->info_type) {
	case FAN_EVENT_INFO_TYPE_ERROR: {
		const struct fanotify_event_info_error *info =
			(const void *)hdr;

		error->error = info->error;
		error->count = info->error_count;
		break;
	}
	case FAN_EVENT_INFO_TYPE_RANGE: {
		const struct range_info *info = (const void *)hdr;

		error->ranged = true;
		error->offset = info->offset;
		error->length = info->count;
		break;
	}
	case FAN_EVENT_INFO_TYPE_FID: {
		const struct fanotify_event_info_fid *info = (const void *)hdr;
		const struct file_handle *handle = (const void *)info->handle;

		error->has_file = handle->handle_bytes > 0;
		break;
	}
	}
}

static unsigned int take_events(const char *buf, ssize_t len,
				struct error *errors, unsigned int max)
{
	const struct fanotify_event_metadata *event = (const void *)buf;
	unsigned int nr = 0;

	for (; FAN_EVENT_OK(event, len) && nr < max;
	     event = FAN_EVENT_NEXT(event, len), nr++) {
		const char *at = (const char *)event + event->metadata_len;
		const char *end = (const char *)event + event->event_len;

		memset(&errors[nr], 0, sizeof(errors[nr]));
		while (at < end) {
			const struct fanotify_event_info_header *hdr =
				(const void *)at;

			take_info(hdr, &errors[nr]);
			at += hdr->len;
		}
	}
	return nr;
}

/* The errors that a group has, when as many as are expected have been counted. */
static unsigned int read_errors(int fd, unsigned int count,
				struct error *errors, unsigned int max)
{
	union {
		struct fanotify_event_metadata event;
		char bytes[4096];
	} buf;
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	unsigned int nr = 0, seen = 0, i;

	/* the kernel reports from a work item: let it report all of them */
	sleep(3);
	while (seen < count && nr < max && poll(&pollfd, 1, 10000) == 1) {
		ssize_t len = read(fd, &buf, sizeof(buf));
		unsigned int more;

		if (len <= 0)
			break;
		more = take_events(buf.bytes, len, errors + nr, max - nr);
		for (i = nr; i < nr + more; i++)
			seen += errors[i].count;
		nr += more;
	}
	return nr;
}

static int read_piece(const struct scratch *scratch, unsigned int piece)
{
	int fd = open(scratch->bad, O_RDONLY | O_DIRECT | O_CLOEXEC);
	int error = -EUCLEAN;
	void *buf;

	if (fd < 0)
		return -errno;
	if (!posix_memalign(&buf, PIECE, PIECE)) {
		if (pread(fd, buf, PIECE, (off_t)piece * PIECE) < 0)
			error = -errno;
		free(buf);
	}
	close(fd);
	return error;
}

TEST(names_the_range)
{
	struct error errors[4];
	int fd = listen_to(&failing, FAN_REPORT_RANGE);

	ASSERT_LE(0, fd);
	ASSERT_EQ(-EIO, read_piece(&failing, 2));
	ASSERT_EQ(1, read_errors(fd, 1, errors, 4));
	EXPECT_EQ(EIO, errors[0].error);
	EXPECT_TRUE(errors[0].has_file);
	ASSERT_TRUE(errors[0].ranged);
	EXPECT_EQ(2 * PIECE, errors[0].offset);
	EXPECT_EQ(PIECE, errors[0].length);
	close(fd);
}

/* Ranges that touch are one event that covers both, others are events of their own. */
TEST(merges_only_what_touches)
{
	struct error errors[4];
	int fd = listen_to(&failing, FAN_REPORT_RANGE);

	ASSERT_LE(0, fd);
	ASSERT_EQ(-EIO, read_piece(&failing, 1));
	ASSERT_EQ(-EIO, read_piece(&failing, 2));
	ASSERT_EQ(-EIO, read_piece(&failing, 9));
	ASSERT_EQ(2, read_errors(fd, 3, errors, 4));
	EXPECT_EQ(PIECE, errors[0].offset);
	EXPECT_EQ(2 * PIECE, errors[0].length);
	EXPECT_EQ(2, errors[0].count);
	EXPECT_EQ(9 * PIECE, errors[1].offset);
	EXPECT_EQ(PIECE, errors[1].length);
	EXPECT_EQ(1, errors[1].count);
	close(fd);
}

/* They are merged, too, unless two of the kernel's workers have reported them. */
TEST(who_does_not_ask_sees_no_change)
{
	struct error errors[4];
	int fd = listen_to(&failing, 0);
	unsigned int nr, count = 0, i;

	ASSERT_LE(0, fd);
	ASSERT_EQ(-EIO, read_piece(&failing, 1));
	ASSERT_EQ(-EIO, read_piece(&failing, 9));
	nr = read_errors(fd, 2, errors, 4);
	for (i = 0; i < nr; i++) {
		count += errors[i].count;
		EXPECT_FALSE(errors[i].ranged);
	}
	EXPECT_EQ(2, count);
	close(fd);
}

TEST(an_error_without_a_range_has_no_range_record)
{
	struct error errors[4];
	int fd = listen_to(&falling, FAN_REPORT_RANGE);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, scratch_shutdown(&falling));
	ASSERT_EQ(1, read_errors(fd, 1, errors, 4));
	EXPECT_EQ(ESHUTDOWN, errors[0].error);
	EXPECT_FALSE(errors[0].ranged);
	EXPECT_FALSE(errors[0].has_file);
	close(fd);
	ASSERT_EQ(0, scratch_umount(&falling));
	ASSERT_EQ(0, scratch_mount(&falling));
}

TEST(a_range_needs_the_file)
{
	errno = 0;
	EXPECT_EQ(-1, fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_RANGE,
				    O_RDONLY));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DIR_FID |
				    FAN_REPORT_RANGE, O_RDONLY));
	EXPECT_EQ(EINVAL, errno);
}

/*
 * fanotify merges events of one process only, and that is the worker which reports.
 * Each processor has its own.
 */
static void stay_on_one_processor(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		ksft_exit_fail_perror("sched_setaffinity");
}

int main(int argc, char **argv)
{
	stay_on_one_processor();
	scratch_need(&failing, "failing", true);
	scratch_need(&falling, "falling", false);
	return test_harness_run(argc, argv);
}
