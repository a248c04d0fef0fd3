// SPDX-License-Identifier: GPL-2.0-only
#include "heal_keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define SETID (S_ISUID | S_ISGID)

static const char *const names[HEAL_KEPT_NR] = {
	[HEAL_KEPT_CAPABILITY] = "security.capability",
	[HEAL_KEPT_IMA] = "security.ima",
	[HEAL_KEPT_EVM] = "security.evm",
	[HEAL_KEPT_SETID] = "set-user-ID",
};

const char *heal_kept_name(enum heal_kept kept)
{
	return names[kept];
}

/* its value, to be freed; NULL and *@err 0 if there is none */
static char *get(int fd, const char *name, size_t *len, int *err)
{
	ssize_t size = fgetxattr(fd, name, NULL, 0);
	char *value;

	*err = 0;
	if (size < 0)
		return NULL; /* or it may not be seen: then it cannot be set */
	value = malloc(size + 1);
	if (!value) {
		*err = -ENOMEM;
		return NULL;
	}
	size = fgetxattr(fd, name, value, size);
	if (size < 0) {
		free(value);
		return NULL;
	}
	*len = size;
	return value;
}

int heal_keep(struct heal_keep *keep, int fd)
{
	struct stat st;
	int err, i;

	memset(keep, 0, sizeof(*keep));
	if (fstat(fd, &st))
		return -errno;
	keep->mode = st.st_mode & SETID;
	for (i = 0; i < HEAL_KEPT_SETID; i++) {
		keep->xattr[i].value =
			get(fd, names[i], &keep->xattr[i].len, &err);
		if (err) {
			heal_keep_free(keep);
			return err;
		}
	}
	return 0;
}

/* 0 if it is there as it was, 1 if not, or a negative errno */
static int is_gone(const struct heal_keep *keep, int fd, int i)
{
	size_t len = 0;
	char *now;
	int err;

	if (!keep->xattr[i].value)
		return 0;
	now = get(fd, names[i], &len, &err);
	if (!err && (!now || len != keep->xattr[i].len ||
		     memcmp(now, keep->xattr[i].value, len) != 0))
		err = 1;
	free(now);
	return err;
}

static int give_xattr(struct heal_keep *keep, int fd, int i, bool alone,
		      bool *given)
{
	int rc = is_gone(keep, fd, i);

	if (rc <= 0)
		return rc;
	if (alone && !fsetxattr(fd, names[i], keep->xattr[i].value,
				keep->xattr[i].len, 0)) {
		*given = true;
		return 0;
	}
	keep->lost |= 1U << i;
	return alone ? -errno : 0;
}

static int give_mode(struct heal_keep *keep, int fd, bool alone, bool *given)
{
	struct stat st;

	if (!keep->mode)
		return 0;
	if (fstat(fd, &st))
		return -errno;
	if (!(keep->mode & ~st.st_mode))
		return 0;
	if (alone && !fchmod(fd, (st.st_mode & 07777) | keep->mode)) {
		*given = true;
		return 0;
	}
	keep->lost |= 1U << HEAL_KEPT_SETID;
	return alone ? -errno : 0;
}

int heal_give_back(struct heal_keep *keep, int fd, bool alone, bool *given)
{
	int err = give_mode(keep, fd, alone, given), rc, i;

	for (i = 0; i < HEAL_KEPT_SETID; i++) {
		rc = give_xattr(keep, fd, i, alone, given);
		if (!err)
			err = rc;
	}
	return err;
}

void heal_keep_free(struct heal_keep *keep)
{
	int i;

	for (i = 0; i < HEAL_KEPT_SETID; i++)
		free(keep->xattr[i].value);
	memset(keep, 0, sizeof(*keep));
}
