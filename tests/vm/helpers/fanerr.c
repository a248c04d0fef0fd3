// SPDX-License-Identifier: GPL-2.0-only
/*
 * fanerr: print a line for every FAN_FS_ERROR event of a filesystem.
 *
 *	fanerr MOUNTPOINT
 *
 * "ready" comes first; then "error=5 count=1 ino=131 gen=7", without ino and gen
 * if the event is about the superblock. It ends when its standard input has a line or ends.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <unistd.h>

/* XFS handles with a 64 or 32 bit inode number, without a parent */
#define XFS_FILEID_INO64_GEN 0x81
#define FILEID_INO32_GEN 1

static void print_handle(const struct file_handle *handle)
{
	uint32_t gen;

	if (handle->handle_type == XFS_FILEID_INO64_GEN &&
	    handle->handle_bytes >= 12) {
		uint64_t ino;

		memcpy(&ino, handle->f_handle, sizeof(ino));
		memcpy(&gen, handle->f_handle + sizeof(ino), sizeof(gen));
		printf(" ino=%" PRIu64 " gen=%" PRIu32, ino, gen);
	} else if (handle->handle_type == FILEID_INO32_GEN &&
		   handle->handle_bytes >= 8) {
		uint32_t ino;

		memcpy(&ino, handle->f_handle, sizeof(ino));
		memcpy(&gen, handle->f_handle + sizeof(ino), sizeof(gen));
		printf(" ino=%" PRIu32 " gen=%" PRIu32, ino, gen);
	}
}

static void print_event(const struct fanotify_event_metadata *event)
{
	const char *at = (const char *)event + event->metadata_len;
	const char *end = (const char *)event + event->event_len;
	const struct fanotify_event_info_header *info;
	const struct fanotify_event_info_error *error;
	const struct fanotify_event_info_fid *fid;

	for (; at < end; at += info->len) {
		info = (const void *)at;
		if (info->info_type == FAN_EVENT_INFO_TYPE_ERROR) {
			error = (const void *)at;
			printf("error=%d count=%u", error->error,
			       error->error_count);
		}
	}
	at = (const char *)event + event->metadata_len;
	for (; at < end; at += info->len) {
		info = (const void *)at;
		if (info->info_type == FAN_EVENT_INFO_TYPE_FID) {
			fid = (const void *)at;
			print_handle((const void *)fid->handle);
		}
	}
	putchar('\n');
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char buf[65536] __attribute__((aligned(8)));
	struct pollfd fds[2] = { { .fd = 0, .events = POLLIN },
				 { .events = POLLIN } };
	int fan;

	if (argc != 2)
		errx(1, "usage: fanerr MOUNTPOINT");
	fan = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID |
				    FAN_UNLIMITED_QUEUE,
			    O_RDONLY);
	if (fan < 0)
		err(1, "fanotify_init");
	if (fanotify_mark(fan, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_FS_ERROR,
			  AT_FDCWD, argv[1]))
		err(1, "fanotify_mark");
	puts("ready");
	fflush(stdout);

	fds[1].fd = fan;
	for (;;) {
		const struct fanotify_event_metadata *event = (const void *)buf;
		ssize_t n;

		if (poll(fds, 2, -1) < 0)
			err(1, "poll");
		if (!fds[1].revents)
			return 0;
		n = read(fan, buf, sizeof(buf));
		if (n < 0)
			err(1, "fanotify");
		for (; FAN_EVENT_OK(event, n); event = FAN_EVENT_NEXT(event, n))
			print_event(event);
	}
}
