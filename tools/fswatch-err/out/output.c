// SPDX-License-Identifier: GPL-2.0-only
#include "output.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

int output_write(const struct output *out, const char *data, size_t len)
{
	ssize_t written;
	int err;

	while (len) {
		err = out->wait(out->arg, out->fd);
		if (err)
			return err;
		/* poll() says ready when a pipe has room for this much */
		written = write(out->fd, data, len < PIPE_BUF ? len : PIPE_BUF);
		if (written < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			return -errno;
		}
		data += written;
		len -= written;
	}
	return 0;
}
