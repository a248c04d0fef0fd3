// SPDX-License-Identifier: GPL-2.0-only
#include "names.h"

#include <stddef.h>
#include <stdio.h>

#include <linux/fserror_netlink.h>

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
};

static const char *const causes[] = {
	[FSERROR_CAUSE_MEDIA] = "media",
	[FSERROR_CAUSE_MACHINE_CHECK] = "machine-check",
	[FSERROR_CAUSE_REMOVED] = "removed",
	[FSERROR_CAUSE_CLEARED] = "cleared",
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
	"unresolved", "replay", "unlinked", "realtime", "unmapped",
};

static const char *word(const char *const *words, size_t count, uint32_t value,
			char buf[FSW_WORD_MAX])
{
	if (value < count && words[value])
		return words[value];
	snprintf(buf, FSW_WORD_MAX, "unknown-%u", value);
	return buf;
}

#define WORD(words, value, buf) \
	word(words, sizeof(words) / sizeof((words)[0]), value, buf)

const char *fsw_kind_name(uint32_t kind, char buf[FSW_WORD_MAX])
{
	return WORD(kinds, kind, buf);
}

const char *fsw_cause_name(uint32_t cause, char buf[FSW_WORD_MAX])
{
	return WORD(causes, cause, buf);
}

const char *fsw_meta_name(uint32_t meta, char buf[FSW_WORD_MAX])
{
	return WORD(metas, meta, buf);
}

const char *fsw_flag_name(unsigned int bit, char buf[FSW_WORD_MAX])
{
	return WORD(flags, bit, buf);
}
