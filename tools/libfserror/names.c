// SPDX-License-Identifier: GPL-2.0-only
#include "libfserror.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[] = {
	[FSERROR_KIND_BUFFERED_READ] = "buffered-read",
	[FSERROR_KIND_BUFFERED_WRITE] = "buffered-write",
	[FSERROR_KIND_DIRECTIO_READ] = "directio-read",
	[FSERROR_KIND_DIRECTIO_WRITE] = "directio-write",
	[FSERROR_KIND_DATA_LOST] = "data-lost",
	[FSERROR_KIND_METADATA] = "metadata",
	[FSERROR_KIND_MEDIA] = "media",
	[FSERROR_KIND_SHUTDOWN] = "shutdown",
	[FSERROR_KIND_CLEARED] = "cleared",
	[FSERROR_KIND_BULK] = "bulk",
	[FSERROR_KIND_TEST] = "test",
	[FSERROR_KIND_DEGRADED] = "degraded",
	[FSERROR_KIND_MOUNT] = "mount",
	[FSERROR_KIND_UNMOUNT] = "unmount",
};

static const char *const causes[] = {
	[FSERROR_CAUSE_MEDIA] = "media",
	[FSERROR_CAUSE_MACHINE_CHECK] = "machine-check",
	[FSERROR_CAUSE_REMOVED] = "removed",
};

static const char *const metas[] = {
	[FSERROR_META_HEADER] = "header",
	[FSERROR_META_LOG] = "log",
	[FSERROR_META_SPACE_MAP] = "space-map",
	[FSERROR_META_INODE_INDEX] = "inode-index",
	[FSERROR_META_INODES] = "inodes",
	[FSERROR_META_REFCOUNT] = "refcount",
	[FSERROR_META_XATTR] = "xattr",
	[FSERROR_META_EXTENT_MAP] = "extent-map",
	[FSERROR_META_DIRECTORY] = "directory",
	[FSERROR_META_SYMLINK] = "symlink",
	[FSERROR_META_INTERNAL_FILE] = "internal-file",
};

/* by bit number */
static const char *const flags[] = {
	"unresolved", "replay",		 "unlinked", "realtime", "unmapped",
	"unknown",    "content-unknown", "partial",  "unowned",	 "late",
};

static const char *const roles[] = {
	[FSERROR_ROLE_DATA] = "data",
	[FSERROR_ROLE_LOG] = "log",
	[FSERROR_ROLE_REALTIME] = "realtime",
	[FSERROR_ROLE_MEMBER] = "member",
};

static const char *const groups[] = {
	[FSERROR_GROUP_DAMAGE] = "damage",
	[FSERROR_GROUP_IO] = "io",
};

static const char *word(const char *const *words, size_t count, uint32_t value,
			char buf[FSERROR_WORD_MAX])
{
	if (value < count && words[value])
		return words[value];
	snprintf(buf, FSERROR_WORD_MAX, "unknown-%u", value);
	return buf;
}

#define WORD(words, value, buf) \
	word(words, sizeof(words) / sizeof((words)[0]), value, buf)

const char *fserror_kind_name(uint32_t kind, char buf[FSERROR_WORD_MAX])
{
	return WORD(kinds, kind, buf);
}

const char *fserror_cause_name(uint32_t cause, char buf[FSERROR_WORD_MAX])
{
	return WORD(causes, cause, buf);
}

const char *fserror_meta_name(uint32_t meta, char buf[FSERROR_WORD_MAX])
{
	return WORD(metas, meta, buf);
}

const char *fserror_role_name(uint32_t role, char buf[FSERROR_WORD_MAX])
{
	return WORD(roles, role, buf);
}

const char *fserror_group_name(uint32_t group, char buf[FSERROR_WORD_MAX])
{
	return WORD(groups, group, buf);
}

const char *fserror_flag_name(unsigned int bit, char buf[FSERROR_WORD_MAX])
{
	return WORD(flags, bit, buf);
}

static int value_of(const char *const *words, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (words[i] && !strcmp(words[i], name))
			return i;
	}
	return -EINVAL;
}

int fserror_kind_from_name(const char *name)
{
	return value_of(kinds, sizeof(kinds) / sizeof(kinds[0]), name);
}

int fserror_cause_from_name(const char *name)
{
	return value_of(causes, sizeof(causes) / sizeof(causes[0]), name);
}
