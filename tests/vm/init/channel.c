// SPDX-License-Identifier: GPL-2.0-only
/* The guest's end of the virtio ports. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init.h"
#include "proto.h"

#define PORTS "/sys/class/virtio-ports"

int write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Is this port called @name? There is no udev in the VM to make a link for it. */
static bool port_is(const char *port, const char *name)
{
	char path[300], text[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), PORTS "/%s/name", port);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return !strcmp(text, name);
}

static int open_once(const char *name)
{
	DIR *dir = opendir(PORTS);
	struct dirent *entry;
	int fd = -ENOENT;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		char path[300];

		if (!port_is(entry->d_name, name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
		break;
	}
	closedir(dir);
	return fd;
}

/* The ports appear a moment after the kernel starts init. */
int channel_open(const char *name)
{
	int tries, fd = -ENOENT;

	for (tries = 0; tries < 100 && fd < 0; tries++) {
		fd = open_once(name);
		if (fd < 0)
			usleep(100000);
	}
	return fd;
}

int channel_send(int port, char type, const void *data, size_t len)
{
	unsigned char header[VM_FRAME_HEADER];
	int err;

	header[0] = (unsigned char)type;
	header[1] = len & 0xff;
	header[2] = (len >> 8) & 0xff;
	header[3] = (len >> 16) & 0xff;
	header[4] = (len >> 24) & 0xff;
	err = write_all(port, header, sizeof(header));
	if (!err && len)
		err = write_all(port, data, len);
	if (err)
		complain("cannot write to the runner: %s", strerror(-err));
	return err;
}

int channel_text(int port, char type, const char *fmt, ...)
{
	char text[4096];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return -EINVAL;
	if ((size_t)n >= sizeof(text))
		n = sizeof(text) - 1;
	return channel_send(port, type, text, (size_t)n);
}
