// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is bad of an array? The way down.
 *
 * Each member is asked once for the part of it that the window depends on; what md has
 * recorded as bad of it is added, because it is not read. What is bad there leads to
 * rows of the array, from the lowest one on; these are looked up forwards and their
 * places are combined (md-bad-join.c). So it costs what is bad, and not what is there.
 *
 * A byte with a good copy, or with enough good members for its parity, is degraded and
 * not lost. A member that is not there is told once, as one range that is all of the
 * array, and not with each byte that it should hold.
 *
 * If the array is being reshaped, or a journal holds newer data than its members, then
 * nobody can say where its bytes are. Nothing is lost if few enough members are bad;
 * otherwise what is bad is told without a place.
 *
 * The array may change while its members are asked. It is copied once more when
 * they have been: if it is the same, the answer is true of it.
 *
 * LOCKING and LIFETIME: see md-bad.c. Nothing is held while a member is asked.
 */
#include "md.h"
#include "md-bad-ask.h"
#include "dm-bad-math.h"

#include <linux/badblocks.h>
#include <linux/blkdev.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

/* ranges that all members together may answer with, if each gets enough */
#define MD_BAD_POOL		2048
#define MD_BAD_MIN_RANGES	32

/**
 * md_bad_unplace - tell what is bad of a member without a place
 * @q: the question
 * @range: what is bad
 * @layer: who cannot say where it is
 *
 * Context: Any.
 */
void md_bad_unplace(struct md_bad_question *q, const struct bdev_bad_range *range,
		    const char *layer)
{
	struct bdev_bad_range whole = *range;

	/* who could not say where it is may be further down */
	if (!whole.layer[0])
		strscpy(whole.layer, layer);
	bdev_bad_list_add_unplaced(q->list, &whole);
}

/* What md has recorded of a member, up to where it has answered. */
static void md_bad_add_own(struct md_bad_member *m, struct bdev_bad_list *list,
			   u64 pos, u64 end)
{
	unsigned int i;

	for (i = 0; i < m->nr_bb; i++) {
		u64 from = BB_OFFSET(m->bb[i]) << (m->bb_shift + SECTOR_SHIFT);
		u64 to = from + ((u64)BB_LEN(m->bb[i]) <<
				 (m->bb_shift + SECTOR_SHIFT));
		struct bdev_bad_range range = {
			.cause		= BDEV_BAD_MEDIA,
			.origin_dev	= m->bdev->bd_dev,
		};

		from = max(from, pos);
		to = min(to, end);
		if (from >= to)
			continue;
		range.pos = from;
		range.len = to - from;
		range.origin_pos = from;
		range.origin_len = to - from;
		if (!bdev_bad_list_add(list, &range))
			break;
	}
}

/* Ask a device; the answer goes to @to, which is for bytes from @pos to @end. */
static int md_bad_ask_device(struct md_bad_question *q, struct block_device *bdev,
			     u64 pos, u64 end, const char *layer,
			     struct bdev_bad_list *to)
{
	struct bdev_bad_list list = {
		.ranges		= q->below,
		.max		= min(to->max, BDEV_BAD_MAX_RANGES),
		.unplaced	= q->unplaced,
		.max_unplaced	= q->list->max_unplaced,
		.hops		= q->list->hops + 1,
	};
	unsigned int i;
	int r;

	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	r = bdev_bad_ranges(bdev, pos, end - pos, &list);
	if (bdev_bad_error_passes(r))
		return r;
	if (r) {
		const struct bdev_bad_range unknown =
			dm_bad_unknown_range(bdev->bd_dev, pos, end - pos);

		bdev_bad_list_add(to, &unknown);
		return 0;
	}
	for (i = 0; i < list.nr_unplaced; i++)
		md_bad_unplace(q, &q->unplaced[i], layer);
	for (i = 0; i < list.nr; i++)
		bdev_bad_list_add(to, &list.ranges[i]);
	to->next = min(to->next, list.next);
	q->list->is_volatile |= list.is_volatile;
	return 0;
}

static bool md_bad_is_gone(const struct bdev_bad_list *list, u64 pos, u64 end)
{
	return list->nr == 1 && list->ranges[0].cause == BDEV_BAD_REMOVED &&
	       !list->ranges[0].flags && list->ranges[0].pos <= pos &&
	       list->ranges[0].pos + list->ranges[0].len >= end;
}

/**
 * md_bad_lower - remember the lowest window from a byte on
 * @pos: first byte of a window
 * @end: first byte behind it
 * @data: the question, with @from
 *
 * Context: Any.
 */
void md_bad_lower(u64 pos, u64 end, void *data)
{
	struct md_bad_question *q = data;

	pos = max(pos, q->from);
	if (pos < end && pos < q->span_pos) {
		q->span_pos = pos;
		q->span_end = end;
	}
}

/* In the far layout copies are ->stride apart, and what is between does not matter. */
static unsigned int md_bad_sections(const struct md_bad_geo *geo)
{
	if (geo->kind != MD_BAD_SPREAD || geo->far_offset)
		return 1;
	return max(geo->far, 1U);
}

/*
 * A member was asked for [@from, @to), and has not said what is bad from @next on: which
 * byte of the array is the first one that may be on that?
 */
static void md_bad_unseen(struct md_bad_question *q, unsigned int member, u64 from,
			  u64 to, u64 next)
{
	const struct md_bad_geo *geo = q->geo;

	/* what has no place has no order */
	if (next >= to || geo->kind == MD_BAD_MOVING)
		return;
	/* what is below @next in one chunk is known of all of its places */
	if (geo->chunk != MD_BAD_NO_CHUNK && to - from <= geo->chunk &&
	    q->end <= md_bad_geo_chunk_end(geo, q->pos))
		md_bad_lower(dm_bad_align(dm_bad_align(q->pos, geo->page) + next - from,
					  geo->page), U64_MAX, q);
	else
		md_bad_geo_windows(geo, member, next, to, md_bad_lower, q);
}

/* Ask for the bytes of a member from @from to @to, and say whether all of them are gone. */
static int md_bad_ask_section(struct md_bad_question *q, unsigned int member, u64 from,
			      u64 to, bool *gone)
{
	struct md_bad_member *m = &q->geo->member[member];
	struct md_bad_answer *a = &q->answer[member];
	struct bdev_bad_list list = {
		.ranges	= a->range + a->nr,
		.max	= q->max / md_bad_sections(q->geo),
	};
	u64 pos = m->start + from, end = m->start + to;
	int r;

	bdev_bad_list_init(&list, pos, end - pos);
	r = md_bad_ask_device(q, m->bdev, pos, end, q->geo->layer, &list);
	if (r)
		return r;
	*gone = md_bad_is_gone(&list, pos, end);
	md_bad_add_own(m, &list, pos, min(end, list.next));
	r = bdev_bad_list_finish(&list);
	if (r)
		return r;
	a->nr += list.nr;
	md_bad_unseen(q, member, from, to, list.next - m->start);
	return 0;
}

static int md_bad_ask_member(struct md_bad_question *q, unsigned int member)
{
	struct md_bad_member *m = &q->geo->member[member];
	struct md_bad_answer *a = &q->answer[member];
	bool gone, all_gone = true;
	u64 from, to;
	unsigned int i;
	int r;

	*a = (struct md_bad_answer) { .range = q->pool + member * q->max };
	/* whatever is bad of a member that is not used does not matter */
	if (!m->bdev || !m->valid ||
	    !md_bad_geo_hull(q->geo, member, q->pos, q->end, &from, &to))
		return 0;
	for (i = 0; i < md_bad_sections(q->geo) && from < m->len; i++) {
		r = md_bad_ask_section(q, member, from, min(to, m->len), &gone);
		if (r)
			return r;
		all_gone &= gone;
		from += q->geo->stride;
		to += q->geo->stride;
	}
	if (all_gone && q->geo->kind != MD_BAD_ZONES) {
		/* as if it had been taken out of the array, and told once like that */
		m->valid = 0;
		m->gone = true;
		a->nr = 0;
	}
	return 0;
}

static int md_bad_ask_members(struct md_bad_question *q)
{
	unsigned int i;
	int r = 0;

	for (i = 0; i < q->geo->nr && !r; i++)
		r = md_bad_ask_member(q, i);
	return r;
}

/* Superblocks, bitmaps and logs: if they are bad, nobody knows what that leads to. */
static int md_bad_ask_private(struct md_bad_question *q)
{
	char layer[BDEV_BAD_LAYER_BYTES];
	unsigned int i, j;
	int r = 0;

	if (!q->list->max_unplaced)
		return 0;
	scnprintf(layer, sizeof(layer), "%s metadata", q->geo->layer);
	for (i = 0; i < q->geo->nr_private && !r; i++) {
		const struct md_bad_private *p = &q->geo->private[i];
		struct bdev_bad_list list = {
			.ranges	= q->pool,
			.max	= q->max,
		};

		bdev_bad_list_init(&list, p->pos, p->len);
		r = md_bad_ask_device(q, p->bdev, p->pos, p->pos + p->len, layer,
				      &list);
		for (j = 0; j < list.nr && !r; j++) {
			/* that is told of the member */
			if (list.ranges[j].cause == BDEV_BAD_REMOVED && !p->shared)
				continue;
			md_bad_unplace(q, &list.ranges[j], layer);
		}
	}
	return r;
}

/* Ask all members, about so little that their answers reach over the first byte. */
static int md_bad_look_below(struct md_bad_question *q)
{
	u64 limit, end;
	int r;

	for (;;) {
		/* what a member has not said lowers this */
		q->from = q->pos;
		q->span_pos = U64_MAX;
		r = md_bad_ask_members(q);
		if (r)
			return r;
		limit = q->span_pos;
		if (limit > q->pos)
			break;
		end = md_bad_geo_chunk_end(q->geo, q->pos);
		if (q->end > end)
			q->end = end;
		else if (q->end - q->pos > SECTOR_SIZE)
			q->end = q->pos + max((q->end - q->pos) / 2, SECTOR_SIZE);
		else
			return -EOVERFLOW;
	}
	q->end = min(q->end, limit);
	q->list->next = min(q->list->next, q->end);
	return 0;
}

static int md_bad_answer(struct md_bad_question *q)
{
	int r;

	/* first, because it needs the room that the members' answers are in later */
	r = md_bad_ask_private(q);
	if (!r)
		r = md_bad_look_below(q);
	if (r)
		return r;
	q->missing = md_bad_missing(q->geo);
	if (q->missing)
		md_bad_tell_missing(q);
	if (q->geo->kind == MD_BAD_MOVING)
		md_bad_tell_moving(q);
	else
		r = md_bad_join_rows(q);
	return r;
}

static struct md_bad_question *md_bad_alloc_question(struct md_bad_geo *geo)
{
	unsigned int max = clamp_t(unsigned int, MD_BAD_POOL / geo->nr,
				   MD_BAD_MIN_RANGES, BDEV_BAD_MAX_RANGES);
	struct md_bad_question *q = kvzalloc_obj(*q, GFP_NOIO);

	if (!q)
		return NULL;
	q->geo = geo;
	/* how many sections there are is what the superblock says */
	q->max = max(max, md_bad_sections(geo));
	q->pool = kvmalloc_objs(*q->pool, geo->nr * q->max, GFP_NOIO);
	q->answer = kvcalloc(geo->nr, sizeof(*q->answer), GFP_NOIO);
	q->members = kvcalloc(geo->nr, sizeof(*q->members), GFP_NOIO);
	q->row.place = kvcalloc(geo->nr, sizeof(*q->row.place), GFP_NOIO);
	return q;
}

static void md_bad_free_question(struct md_bad_question *q)
{
	kvfree(q->row.place);
	kvfree(q->members);
	kvfree(q->answer);
	kvfree(q->pool);
	kvfree(q);
}

/**
 * md_bad_geo_any - is anything bad of an array?
 * @geo: what it looks like
 * @hops: how many stacking drivers the question has passed
 *
 * Context: As md_blk_bad_ranges().
 * Return: false if nothing is bad, and that is known.
 */
bool md_bad_geo_any(const struct md_bad_geo *geo, unsigned int hops)
{
	unsigned int i;

	if (md_bad_missing(geo) || md_bad_has_own(geo))
		return true;
	for (i = 0; i < geo->nr; i++)
		if (geo->member[i].bdev && geo->member[i].valid &&
		    bdev_any_bad(geo->member[i].bdev, hops))
			return true;
	for (i = 0; i < geo->nr_private; i++)
		if (bdev_any_bad(geo->private[i].bdev, hops))
			return true;
	return false;
}
EXPORT_SYMBOL_GPL(md_bad_geo_any);

/**
 * md_bad_geo_ranges - answer what is bad of an array
 * @geo: what it looks like; members that are found to be gone are marked in it
 * @pos: first byte that is asked for
 * @len: length in bytes
 * @list: for the answer
 *
 * The answer is true if the array still looks like that afterwards.
 *
 * Context: As md_blk_bad_ranges().
 * Return: 0; -EBUSY if a device below is suspended; -EAGAIN if one cannot say now;
 * -ENOMEM; -EINTR if the process is being killed; -EOVERFLOW if a sector depends
 * on too many places; or -ELOOP if devices are stacked too high.
 */
int md_bad_geo_ranges(struct md_bad_geo *geo, u64 pos, u64 len,
		      struct bdev_bad_list *list)
{
	struct md_bad_question *q;
	int r = -ENOMEM;

	if (pos >= geo->size || !geo->nr || !md_bad_geo_any(geo, list->hops + 1))
		return 0;
	/* how far that has come is reported at its end */
	list->is_volatile |= geo->busy;

	q = md_bad_alloc_question(geo);
	if (!q)
		return -ENOMEM;
	q->list = list;
	q->pos = pos;
	q->end = min(pos + len, geo->size);
	if (q->pool && q->answer && q->members && q->row.place)
		r = md_bad_answer(q);
	md_bad_free_question(q);
	return r;
}
EXPORT_SYMBOL_GPL(md_bad_geo_ranges);

/**
 * md_blk_bad_ranges - answer what is bad of an array
 * @disk: disk of the array
 * @pos: first byte that is asked for
 * @len: length in bytes
 * @list: for the answer
 *
 * For block_device_operations.bad_ranges.
 *
 * Context: Process context, may sleep; does not start I/O to @disk. The caller
 * holds a reference on the queue of the disk.
 * Return: as md_bad_geo_ranges(); -EAGAIN also if the array is suspended for a moment,
 * or changed meanwhile; -EOPNOTSUPP if the personality cannot say.
 */
int md_blk_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
		      struct bdev_bad_list *list)
{
	struct mddev *mddev = disk->private_data;
	struct md_bad_geo *geo, *again;
	int r;

	if (list->hops >= BDEV_BAD_MAX_HOPS)
		return -ELOOP;
	geo = md_bad_get_geo(mddev);
	/* an array that does not run has no bytes */
	if (IS_ERR(geo))
		return PTR_ERR(geo) == -ENODEV ? 0 : PTR_ERR(geo);
	r = md_bad_geo_ranges(geo, pos, len, list);
	if (!r) {
		again = md_bad_get_geo(mddev);
		if (IS_ERR(again))
			r = PTR_ERR(again) == -ENODEV ? -EAGAIN : PTR_ERR(again);
		else if (!md_bad_same_geo(geo, again))
			r = -EAGAIN;
		md_bad_put_geo(again);
	}
	md_bad_put_geo(geo);
	return r;
}

/**
 * md_blk_any_bad - is anything bad of an array?
 * @disk: disk of the array
 * @hops: how many stacking drivers the question has passed
 *
 * For block_device_operations.any_bad.
 *
 * Context: As md_blk_bad_ranges().
 * Return: false if nothing is bad, and that is known.
 */
bool md_blk_any_bad(struct gendisk *disk, unsigned int hops)
{
	struct md_bad_geo *geo;
	bool any;

	/* then the question is asked, and answered with an error */
	if (hops >= BDEV_BAD_MAX_HOPS)
		return true;
	geo = md_bad_get_geo(disk->private_data);
	if (IS_ERR(geo))
		return PTR_ERR(geo) != -ENODEV;
	any = md_bad_geo_any(geo, hops + 1);
	md_bad_put_geo(geo);
	return any;
}
