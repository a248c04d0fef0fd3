// SPDX-License-Identifier: GPL-2.0-only
#include "fsmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include <linux/fs.h>
#include <linux/fsmap.h>

#define RECORDS 1024
#define RUN_MAX (UINT64_C(64) << 20) /* bytes that are told at once */

/* new_encode_dev() of the kernel */
static uint32_t encode(dev_t dev)
{
	return (minor(dev) & 0xff) | major(dev) << 8 |
	       (minor(dev) & ~0xffU) << 12;
}

/* what follows the key, which is in the head already */
static int ask(struct fsmap_cursor *cursor)
{
	struct fsmap_head *head = cursor->head;

	head->fmh_iflags = 0;
	head->fmh_count = RECORDS;
	head->fmh_entries = 0;
	memset(&head->fmh_keys[1], 0xff, sizeof(head->fmh_keys[1]));
	memset(head->fmh_keys[1].fmr_reserved, 0,
	       sizeof(head->fmh_keys[1].fmr_reserved));
	head->fmh_keys[1].fmr_device = cursor->dev;
	head->fmh_keys[1].fmr_length = 0;
	cursor->at = 0;
	if (ioctl(cursor->fd, FS_IOC_GETFSMAP, head))
		return errno == ENOTTY || errno == EINVAL ? -EOPNOTSUPP :
							    -errno;
	if (!(head->fmh_oflags & FMH_OF_DEV_T))
		return -EOPNOTSUPP;
	if (head->fmh_entries > RECORDS)
		return -EIO;
	cursor->last = !head->fmh_entries ||
		       head->fmh_recs[head->fmh_entries - 1].fmr_flags &
			       FMR_OF_LAST;
	return 0;
}

int fsmap_open(struct fsmap_cursor *cursor, int fd, dev_t dev, bool says_all)
{
	int err;

	*cursor = (struct fsmap_cursor){ .fd = fd,
					 .dev = encode(dev),
					 .says_all = says_all };
	cursor->head = calloc(1, fsmap_sizeof(RECORDS));
	if (!cursor->head)
		return -ENOMEM;
	cursor->head->fmh_keys[0].fmr_device = cursor->dev;
	err = ask(cursor);
	/* XFS knows the device, and has nothing that could say more of it */
	return err || cursor->head->fmh_entries ? err : -EOPNOTSUPP;
}

void fsmap_close(struct fsmap_cursor *cursor)
{
	free(cursor->head);
	cursor->head = NULL;
}

/* the next record of the device; NULL if there is none, with 0 or a negative errno */
static const struct fsmap *look(struct fsmap_cursor *cursor, int *err)
{
	struct fsmap_head *head = cursor->head;

	*err = 0;
	if (cursor->at == head->fmh_entries) {
		if (cursor->last)
			return NULL;
		fsmap_advance(head);
		*err = ask(cursor);
		if (*err || !head->fmh_entries)
			return NULL;
	}
	return &head->fmh_recs[cursor->at];
}

static bool is_free(const struct fsmap *map)
{
	return map->fmr_flags & FMR_OF_SPECIAL_OWNER &&
	       map->fmr_owner == FMR_OWN_FREE;
}

/*
 * What is not said to be free is taken for in use: ext4 says nothing of a group that is
 * full. Behind the last record that is all that the device has, unless the filesystem
 * says everything.
 */
int fsmap_next(struct fsmap_cursor *cursor, uint64_t pos, struct span *run)
{
	const struct fsmap *map;
	uint64_t end;
	int err;

	while ((map = look(cursor, &err))) {
		end = map->fmr_physical + map->fmr_length;
		/* it is looked at again, from there on */
		if (map->fmr_device == cursor->dev &&
		    map->fmr_physical > pos + RUN_MAX) {
			*run = (struct span){ pos, RUN_MAX };
			return 1;
		}
		if (map->fmr_device == cursor->dev && end > cursor->told)
			cursor->told = end;
		if (map->fmr_device != cursor->dev || !is_free(map) ||
		    end <= pos) {
			cursor->at++;
			continue;
		}
		if (map->fmr_physical > pos) {
			*run = (struct span){ pos, map->fmr_physical - pos };
			return 1;
		}
		pos = end;
		cursor->at++;
	}
	if (err)
		return err;
	end = cursor->says_all ? cursor->told : UINT64_MAX;
	if (pos >= end)
		return 0;
	*run = (struct span){ pos, end - pos };
	return 1;
}
