// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real errors of real filesystems, and tests, as a watcher gets them: what is in
 * them, in which order they come, filters, and making good what was lost.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/fanotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "watcher.h"

/* as many reads as find the publisher at work */
#define BURST 500

static void read_boot_id(struct __test_metadata *_metadata, char *text)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY);
	char line[37] = { 0 };
	const char *c;

	ASSERT_LE(0, fd);
	ASSERT_EQ(36, read(fd, line, sizeof(line) - 1));
	close(fd);
	/* the digits alone */
	for (c = line; *c; c++)
		if (*c != '-')
			*text++ = *c;
	*text = '\0';
}

TEST_F(watcher, failed_read)
{
	const struct record *record;
	char boot_id[33], got[33];
	unsigned int i;
	const __u8 *b = self->records.boot_id;
	struct timespec now;

	/* the third piece of the file */
	ASSERT_EQ(0, scratch_fail_reads(&failing, 3, PIECE));
	ASSERT_EQ(0, records_receive(&self->records, &self->nl, 3));
	ASSERT_EQ(3, self->records.nr);
	EXPECT_FALSE(self->records.malformed);
	EXPECT_EQ(0, self->records.nr_lost);

	record = &self->records.records[2];
	EXPECT_EQ(self->before.last + 3, record->seq);
	EXPECT_EQ(FSERROR_KIND_DIRECTIO_READ, record->kind);
	EXPECT_EQ(EIO, record->error);
	EXPECT_TRUE(record_is_of(record, &failing));
	EXPECT_STREQ("xfs", record->fstype);
	EXPECT_EQ(failing.bad_ino, record->ino);
	EXPECT_EQ(1, record->nlink);
	EXPECT_EQ(2 * PIECE, record->offset);
	EXPECT_EQ(PIECE, record->length);
	/* what fserror_report() does not know is absent */
	EXPECT_EQ(0, record->there & (BIT(FSERROR_A_RECORD_CAUSE) |
				      BIT(FSERROR_A_RECORD_FLAGS) |
				      BIT(FSERROR_A_RECORD_META) |
				      BIT(FSERROR_A_RECORD_DEVICE) |
				      BIT(FSERROR_A_RECORD_ORIGIN) |
				      BIT(FSERROR_A_RECORD_LAYER)));

	ASSERT_EQ(0, clock_gettime(CLOCK_BOOTTIME, &now));
	EXPECT_LE(record->boottime, now.tv_sec * 1000000000ULL + now.tv_nsec);
	EXPECT_LT(now.tv_sec * 1000000000ULL,
		  record->boottime + 60000000000ULL);
	ASSERT_EQ(0, clock_gettime(CLOCK_REALTIME, &now));
	EXPECT_LE(record->time, now.tv_sec * 1000000000ULL + now.tv_nsec);
	EXPECT_LT(now.tv_sec * 1000000000ULL, record->time + 60000000000ULL);

	read_boot_id(_metadata, boot_id);
	for (i = 0; i < 16; i++)
		snprintf(got + 2 * i, 3, "%02x", b[i]);
	EXPECT_STREQ(boot_id, got);
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
	ASSERT_EQ(0, records_receive(&self->records, &self->nl, 1));
	record = &self->records.records[0];
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
	const struct record *record;

	ASSERT_EQ(0, scratch_shutdown(&falling));
	ASSERT_EQ(0, records_receive(&self->records, &self->nl, 1));
	ASSERT_EQ(0, scratch_umount(&falling));
	ASSERT_EQ(0, scratch_mount(&falling));

	record = &self->records.records[0];
	EXPECT_EQ(FSERROR_KIND_SHUTDOWN, record->kind);
	EXPECT_TRUE(record_is_of(record, &falling));
	EXPECT_EQ(ESHUTDOWN, record->error);
	/* no inode and no range */
	EXPECT_EQ(0, record->there & (BIT(FSERROR_A_RECORD_INO) |
				      BIT(FSERROR_A_RECORD_GENERATION) |
				      BIT(FSERROR_A_RECORD_NLINK) |
				      BIT(FSERROR_A_RECORD_HANDLE) |
				      BIT(FSERROR_A_RECORD_OFFSET) |
				      BIT(FSERROR_A_RECORD_LENGTH)));
}

#define NUMBER                                                    \
	(BIT(FSERROR_A_RECORD_SEQ) | BIT(FSERROR_A_RECORD_TIME) | \
	 BIT(FSERROR_A_RECORD_BOOTTIME))
#define FILESYSTEM                                                   \
	(BIT(FSERROR_A_RECORD_MAJOR) | BIT(FSERROR_A_RECORD_MINOR) | \
	 BIT(FSERROR_A_RECORD_FSTYPE) | BIT(FSERROR_A_RECORD_UUID) | \
	 BIT(FSERROR_A_RECORD_SB_ID))

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
	EXPECT_EQ(self->before.last + 1, seq);
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

/* Messages come in the order of the numbers, and hold several records. */
TEST_F(watcher, order)
{
	unsigned int round, i;
	int room = 8 << 20;

	/* nothing is received while the reads fail */
	ASSERT_EQ(0, setsockopt(self->nl.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room,
				sizeof(room)));
	for (round = 0; round < 20 && self->records.most < 2; round++) {
		ASSERT_EQ(0, scratch_fail_reads(&failing, BURST, PIECE));
		ASSERT_EQ(0, records_receive(&self->records, &self->nl,
					     (round + 1) * BURST));
	}
	EXPECT_FALSE(self->records.malformed);
	EXPECT_LT(1, self->records.most);
	ASSERT_EQ(round * BURST, self->records.nr);
	for (i = 0; i < self->records.nr; i++) {
		ASSERT_EQ(self->before.last + 1 + i,
			  self->records.records[i].seq);
		ASSERT_EQ(i % BURST * PIECE % SCRATCH_BAD_BYTES,
			  self->records.records[i].offset);
	}
}

TEST_F(watcher, event_get_since)
{
	struct nl_answer answer;
	unsigned int i;

	ASSERT_EQ(0, scratch_fail_reads(&failing, 10, PIECE));
	ASSERT_EQ(0, records_since(&self->records, &self->asker,
				   self->before.last + 4, &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_FALSE(self->records.malformed);
	EXPECT_EQ(0, self->records.nr_lost);
	EXPECT_EQ(0, memcmp(self->records.boot_id, self->before.boot_id, 16));
	ASSERT_EQ(6, self->records.nr);
	for (i = 0; i < 6; i++) {
		EXPECT_EQ(self->before.last + 5 + i,
			  self->records.records[i].seq);
		EXPECT_EQ((4 + i) * PIECE, self->records.records[i].offset);
	}
}

/* What went by multicast and what event-get says are the same records. */
TEST_F(watcher, event_get_is_the_same)
{
	struct records dumped = { 0 };
	struct nl_answer answer;

	make_two_records(_metadata);
	ASSERT_EQ(0, records_receive(&self->records, &self->nl, 2));
	ASSERT_EQ(0, records_since(&dumped, &self->asker, self->before.last,
				   &answer));
	ASSERT_EQ(2, self->records.nr);
	ASSERT_EQ(2, dumped.nr);
	EXPECT_EQ(0, memcmp(self->records.records, dumped.records,
			    2 * sizeof(*dumped.records)));
	records_free(&dumped);
}

/* Closed with a message unread, in the middle of a dump, and with a filter. */
TEST_F(watcher, closed_in_a_dump)
{
	struct stats stats;
	struct nl_msg msg;
	int i;

	ASSERT_EQ(0, scratch_fail_reads(&failing, 200, PIECE));
	for (i = 0; i < 20; i++) {
		struct nl nl;

		ASSERT_EQ(0, nl_open(&nl));
		ASSERT_EQ(0, nl_join(&nl));
		ASSERT_EQ(0, watch_set(&nl, BIT(FSERROR_KIND_DIRECTIO_READ),
				       NULL, false));
		nl_msg_init(&msg, &nl, FSERROR_CMD_EVENT_GET, NLM_F_DUMP);
		ASSERT_LT(0, send(nl.fd, msg.buf, msg.nlh.nlmsg_len, 0));
		nl_close(&nl);
	}
	ASSERT_EQ(0, stats_get(&stats, &self->asker));
	EXPECT_EQ(self->before.nr_watchers, stats.nr_watchers);
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

	ASSERT_EQ(0, get_counters(&self->asker, &before));
	ASSERT_EQ(0, scratch_fail_reads(&failing, 7, PIECE));
	ASSERT_EQ(0, get_counters(&self->asker, &after));
	ASSERT_EQ(0, stats_get(&stats, &self->asker));
	EXPECT_EQ(before.records + 7, after.records);
	EXPECT_EQ(before.io_errors + 7, after.io_errors);
	EXPECT_EQ(before.data_lost, after.data_lost);
	EXPECT_EQ(self->before.last + 7, stats.last);
	EXPECT_EQ(self->before.kinds[FSERROR_KIND_DIRECTIO_READ] + 7,
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

/* A test is counted as a test, and by nobody taken for an error. */
TEST_F(watcher, test_event_is_no_damage)
{
	struct counters before, after;
	struct nl_answer answer;
	struct stats stats;
	struct nl_msg msg;
	__u32 nest;
	__u64 seq;
	int fd;

	fd = open_fanotify(&failing);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, get_counters(&self->asker, &before));
	ASSERT_EQ(0, test_event(&self->asker, &failing, false, &seq));
	ASSERT_EQ(0, get_counters(&self->asker, &after));
	ASSERT_EQ(0, stats_get(&stats, &self->asker));
	EXPECT_EQ(self->before.last + 1, stats.last);
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
	ASSERT_EQ(0, nl_ask(&self->asker, &msg, NULL, NULL, &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_EQ(0, answer.replies);

	/* nothing for the test, but for an error that comes after it */
	EXPECT_EQ(0, fanotify_errors(fd, 500));
	ASSERT_EQ(0, scratch_fail_reads(&failing, 1, PIECE));
	EXPECT_EQ(1, fanotify_errors(fd, 5000));
	close(fd);
}

/*
 * The socket is overrun: it is told so, once, and event-get since the last record
 * that came makes it good.
 */
TEST_F(watcher, overrun)
{
	struct nl_answer answer;
	struct stats stats;
	int one = 1, overruns = 0, error, place;
	unsigned int came, i;

	/* the least that the kernel allows: a message or two */
	ASSERT_EQ(0, setsockopt(self->nl.fd, SOL_SOCKET, SO_RCVBUF, &one,
				sizeof(one)));
	/* so that stat-get shows what was dropped */
	ASSERT_EQ(0, watch_set(&self->nl, 0, NULL, false));
	ASSERT_EQ(0, scratch_fail_reads(&failing, BURST, PIECE));
	ASSERT_EQ(0, stats_wait_published(&stats, &self->asker));
	ASSERT_EQ(self->before.last + BURST, stats.last);

	while ((error = nl_receive(&self->nl, 500, records_add,
				   &self->records)) != -EAGAIN) {
		if (error == -ENOBUFS)
			overruns++;
		else
			ASSERT_EQ(0, error);
	}
	EXPECT_EQ(1, overruns);
	came = self->records.nr;
	ASSERT_LT(0, came);
	ASSERT_GT(BURST, came);
	place = stats_watcher(&stats, self->nl.portid);
	ASSERT_LE(0, place);
	EXPECT_LT(0, stats.drops[place]);

	/* nothing else went wrong, and now the rest of it, on the same socket */
	one = 1024 * 1024;
	ASSERT_EQ(0, setsockopt(self->nl.fd, SOL_SOCKET, SO_RCVBUF, &one,
				sizeof(one)));
	ASSERT_EQ(0,
		  records_since(&self->records, &self->nl,
				self->records.records[came - 1].seq, &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_EQ(0, self->records.nr_lost);
	ASSERT_EQ(BURST, self->records.nr);
	for (i = 0; i < BURST; i++)
		ASSERT_EQ(self->before.last + 1 + i,
			  self->records.records[i].seq);

	/* and live events go on */
	ASSERT_EQ(0, scratch_fail_reads(&failing, 1, PIECE));
	EXPECT_EQ(0, records_receive(&self->records, &self->nl, BURST + 1));
	EXPECT_EQ(self->before.last + BURST + 1,
		  self->records.records[BURST].seq);
}

/* The ring has moved past what is asked for: the marker says exactly how far. */
TEST_F_TIMEOUT(watcher, ring_overwritten, 300)
{
	struct nl_answer answer;
	__u64 first;
	struct stats stats;
	unsigned int i;

	nl_close(&self->nl);
	ASSERT_EQ(0, scratch_fail_reads(&failing, self->before.ring_size + 100,
					PIECE));
	ASSERT_EQ(0, stats_get(&stats, &self->asker));
	ASSERT_EQ(self->before.last + stats.ring_size + 100, stats.last);
	first = stats.last - stats.ring_size + 1;
	EXPECT_EQ(first, stats.first);
	EXPECT_EQ(first - 1, stats.overwritten);

	ASSERT_EQ(0, records_since(&self->records, &self->asker,
				   self->before.last, &answer));
	EXPECT_EQ(0, answer.error);
	ASSERT_EQ(1, self->records.nr_lost);
	EXPECT_EQ(self->before.last + 1, self->records.lost[0].first);
	EXPECT_EQ(first - 1, self->records.lost[0].last);
	EXPECT_EQ(0, self->records.lost[0].before);
	ASSERT_EQ(stats.ring_size, self->records.nr);
	for (i = 0; i < self->records.nr; i++)
		ASSERT_EQ(first + i, self->records.records[i].seq);
	records_free(&self->records);

	/* since the last one that is gone: no marker; since the one before: one */
	ASSERT_EQ(0, records_since(&self->records, &self->asker, first - 1,
				   &answer));
	EXPECT_EQ(0, self->records.nr_lost);
	EXPECT_EQ(stats.ring_size, self->records.nr);
	records_free(&self->records);
	ASSERT_EQ(0, records_since(&self->records, &self->asker, first - 2,
				   &answer));
	ASSERT_EQ(1, self->records.nr_lost);
	EXPECT_EQ(first - 1, self->records.lost[0].first);
	EXPECT_EQ(first - 1, self->records.lost[0].last);
}

static pid_t owner;

/* The children of the harness leave them alone. */
static void remove_scratch(void)
{
	if (getpid() != owner)
		return;
	scratch_remove(&failing);
	scratch_remove(&falling);
}

int main(int argc, char **argv)
{
	int error;

	owner = getpid();
	atexit(remove_scratch);
	error = scratch_make(&failing, "failing", true);
	if (!error)
		error = scratch_make(&falling, "falling", false);
	if (error)
		ksft_exit_fail_msg("no filesystem to test with: %s\n",
				   strerror(-error));
	return test_harness_run(argc, argv);
}
