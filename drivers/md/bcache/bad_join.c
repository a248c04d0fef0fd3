// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is lost of bytes that may be in a cache.
 *
 * Bytes that are dirty have one place, in the cache. Others that are in the cache have a
 * copy on the backing device, which bcache reads if the cache cannot be read. All others
 * are on the backing device only. So what is bad of it below dirty bytes is nothing, as
 * long as these have not been written back.
 *
 * Nothing here sleeps, allocates or takes a lock.
 */
#include "bad_join.h"

#include <linux/blk_types.h>
#include <linux/minmax.h>

#include "../dm-bad-combine.h"

/* A row: where it is, and where each of its places. */
struct bch_bad_row {
	struct bch_bad_join	*join;
	u64			pos;
	dev_t			dev[2];
	struct dm_bad_member	members[2];
};

static bool bch_bad_join_verdict(const struct dm_bad_verdict *v, void *data)
{
	struct bch_bad_row *row = data;
	struct bdev_bad_range range;

	range = dm_bad_verdict_range(v, row->dev[v->member],
				     row->members[v->member].pos, BCH_BAD_LAYER);
	range.pos = row->pos + v->pos;
	if (!bdev_bad_list_add(row->join->list, &range))
		row->join->full = true;
	return !row->join->full;
}

static void bch_bad_join_row(struct bch_bad_row *row, u64 len, unsigned int nr)
{
	const struct dm_bad_row combine = {
		.len		= len,
		.tolerated	= nr - 1,
		.copies		= nr,
		.nr		= nr,
		.members	= row->members,
	};

	dm_bad_combine(&combine, bch_bad_join_verdict, row);
}

static struct dm_bad_member bch_bad_member(const struct bch_bad_side *side, u64 pos)
{
	return (struct dm_bad_member) {
		.ranges	= side->ranges,
		.nr	= side->nr,
		.pos	= pos,
	};
}

/**
 * bch_bad_join_uncached - go on over bytes that are not in the cache
 * @join: the way; @join->at is moved
 * @end: first byte behind them
 *
 * Context: Any.
 * Return: false if there is no use in going on.
 */
bool bch_bad_join_uncached(struct bch_bad_join *join, u64 end)
{
	struct bch_bad_row row = {
		.join		= join,
		.pos		= join->at,
		.dev		= { join->backing.dev },
		.members	= { bch_bad_member(&join->backing, join->start + join->at) },
	};

	end = min(end, join->end);
	if (join->at < end) {
		if (join->has_backing)
			bch_bad_join_row(&row, end - join->at, 1);
		join->at = end;
	}
	return !join->full && join->at < join->end;
}

/**
 * bch_bad_join_key - go on over bytes that are in the cache, and those in front of them
 * @join: the way; @join->at is moved. Bytes that it has passed are not looked at again.
 * @key: the bytes, behind those of all keys before
 *
 * Context: Any.
 * Return: false if there is no use in going on.
 */
bool bch_bad_join_key(struct bch_bad_join *join, const struct bch_bad_key *key)
{
	u64 start = key->start << SECTOR_SHIFT, place = key->place << SECTOR_SHIFT;
	u64 at, end = (key->start + key->size) << SECTOR_SHIFT;
	struct bch_bad_row row = {
		.join	= join,
		.dev	= { join->cache.dev, join->backing.dev },
	};

	/* sectors of the backing device that are in front of the disk */
	at = max(start, join->start) - join->start;
	end = min(max(end, join->start) - join->start, join->end);
	if (at > join->at && !bch_bad_join_uncached(join, at))
		return false;
	if (join->at >= end)
		return true;
	row.pos = join->at;
	row.members[0] = bch_bad_member(&join->cache, place + join->start + join->at - start);
	row.members[1] = bch_bad_member(&join->backing, join->start + join->at);
	bch_bad_join_row(&row, end - join->at, key->dirty || !join->has_backing ? 1 : 2);
	join->at = end;
	return !join->full && join->at < join->end;
}
