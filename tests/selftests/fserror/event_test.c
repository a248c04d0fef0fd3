// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real errors of real filesystems, and tests, as a watcher gets them: what is in
 * them, and what is counted.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "watcher.h"

static void check_time(struct __test_metadata *_metadata, clockid_t clock,
		       __u64 ns)
{
	struct timespec now;

	ASSERT_EQ(0, clock_gettime(clock, &now));
	EXPECT_LE(ns, now.tv_sec * 1000000000ULL + now.tv_nsec);
	EXPECT_LT(now.tv_sec * 1000000000ULL, ns + 60000000000ULL);
}

/* Three pieces of a file, one after the other: one record, or few. */
TEST_F(watcher, failed_read)
{
	const struct record *record;
	__u8 boot_id[16];
	unsigned int i;
	__u64 end = 0;

	ASSERT_EQ(0, scratch_fail_reads(&failing, 3, PIECE));
	ASSERT_EQ(0, records_receive_kind(&self->records, &self->nl,
					  FSERROR_KIND_DIRECTIO_READ, 3));
	EXPECT_FALSE(self->records.malformed);
	EXPECT_EQ(0, self->records.nr_lost);
	EXPECT_GE(3, self->records.nr);
	EXPECT_EQ(3,
		  records_errors(&self->records, FSERROR_KIND_DIRECTIO_READ));

	for (i = 0; i < self->records.nr; i++) {
		record = &self->records.records[i];
		EXPECT_EQ(self->before.ring[IO].last + 1 + i, record->seq);
		EXPECT_EQ(FSERROR_KIND_DIRECTIO_READ, record->kind);
		EXPECT_EQ(EIO, record->error);
		EXPECT_TRUE(record_is_of(record, &failing));
		EXPECT_STREQ("xfs", record->fstype);
		EXPECT_LT(0, record->instance);
		EXPECT_LT(0, record->fs_seq);
		EXPECT_EQ(failing.bad_ino, record->ino);
		EXPECT_EQ(1, record->nlink);
		EXPECT_EQ(end, record->offset);
		EXPECT_EQ(record->repeat * PIECE, record->length);
		end += record->length;
		/* what fserror_report() does not know is absent */
		EXPECT_EQ(0, record->there & (BIT(FSERROR_A_RECORD_CAUSE) |
					      BIT(FSERROR_A_RECORD_FLAGS) |
					      BIT(FSERROR_A_RECORD_META) |
					      BIT(FSERROR_A_RECORD_DEVICE) |
					      BIT(FSERROR_A_RECORD_ORIGIN) |
					      BIT(FSERROR_A_RECORD_ROLE) |
					      BIT(FSERROR_A_RECORD_COUNT) |
					      BIT(FSERROR_A_RECORD_ROOT) |
					      BIT(FSERROR_A_RECORD_LAYER)));
		check_time(_metadata, CLOCK_BOOTTIME, record->boottime);
		check_time(_metadata, CLOCK_REALTIME, record->time);
	}
	EXPECT_EQ(3 * PIECE, end);

	ASSERT_EQ(0, boot_id_read(boot_id));
	EXPECT_EQ(0, memcmp(boot_id, self->records.boot_id, sizeof(boot_id)));
}

/* Who reads what is bad in a loop costs the watchers next to nothing. */
TEST_F(watcher, reads_in_a_loop)
{
	struct timespec begin, end;

	ASSERT_EQ(0, clock_gettime(CLOCK_MONOTONIC, &begin));
	ASSERT_EQ(0, scratch_fail_reads(&failing, 2000, PIECE));
	ASSERT_EQ(0, records_receive_kind(&self->records, &self->nl,
					  FSERROR_KIND_DIRECTIO_READ, 2000));
	ASSERT_EQ(0, clock_gettime(CLOCK_MONOTONIC, &end));
	/* nothing is left out, and there is one a second, or a few for each */
	EXPECT_EQ(2000,
		  records_errors(&self->records, FSERROR_KIND_DIRECTIO_READ));
	EXPECT_GE(4 * (end.tv_sec - begin.tv_sec + 2), self->records.nr);
	EXPECT_EQ(0, self->records.nr_lost);
}

/* The handle in the record opens the very file. */
TEST_F(watcher, handle)
{
	struct {
		struct file_handle handle;
		__u8 bytes[128];
	} handle = { 0 };
	const struct record *record;
	struct stat st;
	int mount_fd, fd;

	ASSERT_EQ(0, scratch_fail_reads(&failing, 1, PIECE));
	ASSERT_EQ(0, records_receive_kind(&self->records, &self->nl,
					  FSERROR_KIND_DIRECTIO_READ, 1));
	record = records_find(&self->records, FSERROR_KIND_DIRECTIO_READ);
	ASSERT_LT(0, record->handle_len);
	ASSERT_GE(sizeof(handle.bytes), record->handle_len);

	handle.handle.handle_bytes = record->handle_len;
	handle.handle.handle_type = record->handle_type;
	memcpy(handle.bytes, record->handle, record->handle_len);
	mount_fd = open(failing.mnt, O_RDONLY | O_DIRECTORY);
	ASSERT_LE(0, mount_fd);
	fd = open_by_handle_at(mount_fd, &handle.handle, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(failing.bad_ino, st.st_ino);
	close(fd);
	close(mount_fd);
}

TEST_F(watcher, shutdown)
{
	const struct record *record, *unmount, *mount;

	make_records(_metadata);
	receive_records(_metadata, &self->records, &self->nl);

	record = records_find(&self->records, FSERROR_KIND_SHUTDOWN);
	EXPECT_TRUE(record_is_of(record, &falling));
	EXPECT_EQ(ESHUTDOWN, record->error);
	/* no inode and no range */
	EXPECT_EQ(0, record->there & (BIT(FSERROR_A_RECORD_INO) |
				      BIT(FSERROR_A_RECORD_GENERATION) |
				      BIT(FSERROR_A_RECORD_NLINK) |
				      BIT(FSERROR_A_RECORD_HANDLE) |
				      BIT(FSERROR_A_RECORD_OFFSET) |
				      BIT(FSERROR_A_RECORD_LENGTH)));

	/* the instance ends with its unmount, and the next mount is another one */
	unmount = records_find(&self->records, FSERROR_KIND_UNMOUNT);
	mount = records_find(&self->records, FSERROR_KIND_MOUNT);
	EXPECT_EQ(record->instance, unmount->instance);
	EXPECT_LT(record->fs_seq, unmount->fs_seq);
	EXPECT_LT(record->seq, unmount->seq);
	EXPECT_LT(unmount->seq, mount->seq);
	EXPECT_LT(unmount->instance, mount->instance);
	EXPECT_EQ(1, mount->fs_seq);
}

#define NUMBER                                                    \
	(BIT(FSERROR_A_RECORD_SEQ) | BIT(FSERROR_A_RECORD_TIME) | \
	 BIT(FSERROR_A_RECORD_BOOTTIME))
#define FILESYSTEM                                                      \
	(BIT(FSERROR_A_RECORD_MAJOR) | BIT(FSERROR_A_RECORD_MINOR) |    \
	 BIT(FSERROR_A_RECORD_FSTYPE) | BIT(FSERROR_A_RECORD_UUID) |    \
	 BIT(FSERROR_A_RECORD_SB_ID) | BIT(FSERROR_A_RECORD_INSTANCE) | \
	 BIT(FSERROR_A_RECORD_FS_SEQ))

/* The test record that was answered arrives, and names the filesystem alone. */
TEST_F(watcher, test_event)
{
	const struct record *record;
	__u64 seq;

	ASSERT_EQ(0, test_event(&self->asker, &failing, false, &seq));
	ASSERT_EQ(0, records_receive(&self->records, &self->nl, 1));
	EXPECT_FALSE(self->records.malformed);
	EXPECT_EQ(0, self->records.nr_lost);
	EXPECT_EQ(0, memcmp(self->records.boot_id, self->before.boot_id, 16));
	ASSERT_EQ(1, self->records.nr);
	record = &self->records.records[0];
	EXPECT_EQ(self->before.ring[DAMAGE].last + 1, seq);
	EXPECT_EQ(seq, record->seq);
	EXPECT_EQ(FSERROR_KIND_TEST, record->kind);
	EXPECT_TRUE(record_is_of(record, &failing));
	EXPECT_STREQ("xfs", record->fstype);
	EXPECT_EQ(NUMBER | BIT(FSERROR_A_RECORD_KIND) | FILESYSTEM,
		  record->there);
}

TEST_F(watcher, test_event_of_no_filesystem)
{
	const struct record *record;
	__u64 seq;

	ASSERT_EQ(0, test_event(&self->asker, NULL, false, &seq));
	ASSERT_EQ(0, records_receive(&self->records, &self->nl, 1));
	ASSERT_EQ(1, self->records.nr);
	record = &self->records.records[0];
	EXPECT_EQ(seq, record->seq);
	EXPECT_EQ(FSERROR_KIND_TEST, record->kind);
	EXPECT_EQ(NUMBER | BIT(FSERROR_A_RECORD_KIND), record->there);
}

/* The counters of stat-get and of fs-get agree with what was made. */
struct counters {
	__u64 records;
	__u64 io_errors;
	__u64 data_lost;
	__u64 metadata;
	__u64 unresolved;
};

static void read_counters(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[FSERROR_A_FILESYSTEM_MAX + 1];
	struct counters *counters = data;

	if (nl_parse_msg(nlh, tb, FSERROR_A_FILESYSTEM_MAX) ||
	    !tb[FSERROR_A_FILESYSTEM_MAJOR] ||
	    !tb[FSERROR_A_FILESYSTEM_MINOR] ||
	    nl_u32(tb[FSERROR_A_FILESYSTEM_MAJOR]) != major(failing.dev) ||
	    nl_u32(tb[FSERROR_A_FILESYSTEM_MINOR]) != minor(failing.dev))
		return;
	counters->records = nl_uint(tb[FSERROR_A_FILESYSTEM_RECORDS]);
	counters->io_errors = nl_uint(tb[FSERROR_A_FILESYSTEM_IO_ERRORS]);
	counters->data_lost = nl_uint(tb[FSERROR_A_FILESYSTEM_DATA_LOST]);
	counters->metadata = nl_uint(tb[FSERROR_A_FILESYSTEM_METADATA]);
	counters->unresolved = nl_uint(tb[FSERROR_A_FILESYSTEM_UNRESOLVED]);
}

static int get_counters(struct nl *nl, struct counters *counters)
{
	struct nl_answer answer;
	struct nl_msg msg;
	int error;

	memset(counters, 0, sizeof(*counters));
	nl_msg_init(&msg, nl, FSERROR_CMD_FS_GET, NLM_F_DUMP);
	error = nl_ask(nl, &msg, read_counters, counters, &answer);
	return error ?: answer.error;
}

TEST_F(watcher, counters)
{
	struct counters before, after;
	struct stats stats;
	__u64 made;

	ASSERT_EQ(0, get_counters(&self->asker, &before));
	ASSERT_EQ(0, scratch_fail_reads(&failing, 7, PIECE));
	ASSERT_EQ(0, get_counters(&self->asker, &after));
	ASSERT_EQ(0, stats_wait_published(&stats, &self->asker));
	made = stats.ring[IO].last - self->before.ring[IO].last;
	EXPECT_LE(1, made);
	EXPECT_GE(7, made);
	EXPECT_EQ(before.records + made, after.records);
	EXPECT_EQ(before.io_errors + made, after.io_errors);
	EXPECT_EQ(before.data_lost, after.data_lost);
	EXPECT_EQ(self->before.ring[DAMAGE].last, stats.ring[DAMAGE].last);
	EXPECT_EQ(self->before.kinds[FSERROR_KIND_DIRECTIO_READ] + made,
		  stats.kinds[FSERROR_KIND_DIRECTIO_READ]);
}

static int open_fanotify(const struct scratch *scratch)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID | FAN_CLOEXEC,
			       O_RDONLY);

	if (fd < 0)
		return -errno;
	if (fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_FS_ERROR,
			  AT_FDCWD, scratch->mnt)) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

/* How many errors FAN_FS_ERROR has heard of; it counts them in its event. */
static unsigned int fanotify_errors(int fd, int timeout_ms)
{
	union {
		struct fanotify_event_metadata event;
		char bytes[4096];
	} buf;
	const struct fanotify_event_metadata *event = &buf.event;
	const struct fanotify_event_info_error *info;
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	unsigned int errors = 0;
	ssize_t len;

	if (poll(&pollfd, 1, timeout_ms) != 1)
		return 0;
	len = read(fd, &buf, sizeof(buf));
	for (; FAN_EVENT_OK(event, len); event = FAN_EVENT_NEXT(event, len)) {
		const char *at = (const char *)event + event->metadata_len;
		const char *end = (const char *)event + event->event_len;

		for (; at < end; at += info->hdr.len) {
			info = (const struct fanotify_event_info_error *)at;
			if (info->hdr.info_type == FAN_EVENT_INFO_TYPE_ERROR)
				errors += info->error_count;
		}
	}
	return errors;
}

static void count_damage(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[FSERROR_A_DAMAGE_MAX + 1];
	unsigned int *damage = data;

	/* what cannot be understood would be wrong as well */
	if (nl_parse_msg(nlh, tb, FSERROR_A_DAMAGE_MAX) ||
	    tb[FSERROR_A_DAMAGE_RECORD])
		(*damage)++;
}

/* A test is counted as a test, and by nobody taken for an error. */
TEST_F(watcher, test_event_is_no_damage)
{
	struct counters before, after;
	struct nl_answer answer;
	struct stats stats;
	struct nl_msg msg;
	unsigned int damage = 0;
	__u32 nest;
	__u64 seq;
	int fd;

	fd = open_fanotify(&failing);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, get_counters(&self->asker, &before));
	ASSERT_EQ(0, test_event(&self->asker, &failing, false, &seq));
	ASSERT_EQ(0, get_counters(&self->asker, &after));
	ASSERT_EQ(0, stats_get(&stats, &self->asker));
	EXPECT_EQ(self->before.ring[DAMAGE].last + 1, stats.ring[DAMAGE].last);
	EXPECT_EQ(self->before.kinds[FSERROR_KIND_TEST] + 1,
		  stats.kinds[FSERROR_KIND_TEST]);
	EXPECT_EQ(before.records + 1, after.records);
	EXPECT_EQ(before.io_errors, after.io_errors);
	EXPECT_EQ(before.data_lost, after.data_lost);
	EXPECT_EQ(before.metadata, after.metadata);
	EXPECT_EQ(before.unresolved, after.unresolved);

	nl_msg_init(&msg, &self->asker, FSERROR_CMD_DAMAGE_GET, NLM_F_DUMP);
	nest = nl_nest(&msg, FSERROR_A_DAMAGE_FS);
	nl_put_u32(&msg, FSERROR_A_FS_ID_MAJOR, major(failing.dev));
	nl_put_u32(&msg, FSERROR_A_FS_ID_MINOR, minor(failing.dev));
	nl_nest_end(&msg, nest);
	ASSERT_EQ(0,
		  nl_ask(&self->asker, &msg, count_damage, &damage, &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_EQ(0, damage);

	/* nothing for the test, but for an error that comes after it */
	EXPECT_EQ(0, fanotify_errors(fd, 500));
	ASSERT_EQ(0, scratch_fail_reads(&failing, 1, PIECE));
	EXPECT_EQ(1, fanotify_errors(fd, 5000));
	close(fd);
}

int main(int argc, char **argv)
{
	scratch_need(&failing, "failing", true);
	scratch_need(&falling, "falling", false);
	return test_harness_run(argc, argv);
}
