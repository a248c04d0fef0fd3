/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's fserror family says, as C structures: the decoding of its
 * netlink messages. No sockets, no output.
 */
#ifndef FSW_RECORD_H
#define FSW_RECORD_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/fserror_netlink.h>
#include <linux/netlink.h>

#define FSW_UUID_LEN 16
#define FSW_NAME_MAX 64 /* bytes of a name from the kernel, NUL included */
#define FSW_HANDLE_MAX 128 /* bytes of a file handle */

/*
 * The @present member that the structures have is a set of bits: bit N stands
 * for the attribute with number N, and says that the kernel sent it. A member
 * whose attribute is not present is 0.
 */
static_assert(FSERROR_A_RECORD_MAX < 32, "present has 32 bits");

/* bytes of a block device */
struct fsw_range {
	uint32_t present;
	uint32_t major, minor;
	uint64_t offset, length; /* bytes */
};

/* one record; the members are those of the protocol's attribute set */
struct fsw_record {
	uint32_t present;
	uint64_t seq;
	uint64_t time, boottime; /* nanoseconds */
	uint32_t kind, error, cause, flags, meta;
	uint32_t major, minor;
	uint32_t generation, nlink;
	uint64_t ino;
	uint64_t offset, length; /* bytes */
	struct fsw_range device, origin;
	char fstype[FSW_NAME_MAX], sb_id[FSW_NAME_MAX], layer[FSW_NAME_MAX];
	uint8_t uuid[FSW_UUID_LEN];
	int32_t handle_type;
	uint32_t handle_len; /* bytes of handle in use */
	uint8_t handle[FSW_HANDLE_MAX];
};

struct fsw_lost {
	uint32_t present;
	uint64_t first, last;
};

struct fsw_filesystem {
	uint32_t present;
	uint32_t major, minor;
	uint64_t records, data_lost, metadata, io_errors, unresolved;
	char fstype[FSW_NAME_MAX], sb_id[FSW_NAME_MAX];
	uint8_t uuid[FSW_UUID_LEN];
};

struct fsw_kind_count {
	uint32_t present;
	uint32_t kind;
	uint64_t count;
};

struct fsw_watcher {
	uint32_t present;
	uint32_t portid;
	uint64_t drops;
};

struct fsw_stat {
	uint32_t present;
	uint8_t boot_id[FSW_UUID_LEN];
	uint64_t first_seq, last_seq, published_seq;
	uint32_t ring_size, kernel_watchers;
	uint64_t overwritten, unsent;
	struct fsw_kind_count *kinds; /* the attributes named kind */
	size_t nr_kinds;
	struct fsw_watcher *watchers; /* the attributes named watcher */
	size_t nr_watchers;
};

/* what is wrong with a message, in words */
struct fsw_why {
	char text[128];
};

/* was the attribute with number @attr there? */
static inline bool fsw_present(uint32_t present, int attr)
{
	return present & (UINT32_C(1) << attr);
}

static inline bool fsw_has(const struct fsw_record *rec, int attr)
{
	return fsw_present(rec->present, attr);
}

/* lost is not used by fsw_parse_damage(); either callback returns 0 or what to return */
struct fsw_event_visitor {
	int (*lost)(void *arg, const struct fsw_lost *lost);
	int (*record)(void *arg, const struct fsw_record *rec);
	void *arg;
};

/*
 * Decode the payload of one message. All return 0, -EBADMSG with @why filled
 * if the message is malformed, or -ENOMEM; those with a visitor also return
 * what a callback returned if that was not 0.
 */
int fsw_parse_event(const struct nlmsghdr *nlh, uint8_t *boot_id,
		    bool *has_boot_id, const struct fsw_event_visitor *visitor,
		    struct fsw_why *why);
int fsw_parse_damage(const struct nlmsghdr *nlh,
		     const struct fsw_event_visitor *visitor,
		     struct fsw_why *why);
int fsw_parse_filesystem(const struct nlmsghdr *nlh, struct fsw_filesystem *fs,
			 struct fsw_why *why);
int fsw_parse_stat(const struct nlmsghdr *nlh, struct fsw_stat *st,
		   struct fsw_why *why);
void fsw_stat_free(struct fsw_stat *st);

#endif /* FSW_RECORD_H */
