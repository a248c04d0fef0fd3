// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of bad ranges: what a driver answers is put in order here.
 *
 * A list is sorted and disjoint at any time, and lies within the window that was
 * asked for, in whatever order the driver adds. Where two ranges overlap the stronger
 * one says what holds for the bytes that they share: lost before unknown before
 * degraded, and so on in a total order, so that the answer does not depend on the
 * order of adding. Ranges that touch and say the same are one.
 *
 * When there is no more room the highest range leaves and @cut becomes its first
 * byte. So everything below @cut is complete, and the next question goes on there. A
 * range always stays below one that leaves, so that every answer makes progress.
 *
 * LOCKING
 *
 * None: a list belongs to who asks.
 */
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/string.h>
#include "blk-badrange-priv.h"

/* a driver may have said "to the end" */
static u64 add_saturated(u64 pos, u64 len)
{
	u64 end;

	return check_add_overflow(pos, len, &end) ? U64_MAX : end;
}

static u64 bad_end(const struct bdev_bad_range *range)
{
	return add_saturated(range->pos, range->len);
}

/* byte n of the range is byte n of the origin */
static bool bad_is_linear(const struct bdev_bad_range *range)
{
	return range->origin_len == range->len &&
		!(range->flags & BDEV_BAD_PARTIAL);
}

/* Keep what lies at @pos and behind. */
static void bad_cut_head(struct bdev_bad_range *range, u64 pos)
{
	u64 by = pos - range->pos;

	if (bad_is_linear(range)) {
		range->origin_pos += by;
		range->origin_len -= by;
	}
	range->pos += by;
	range->len -= by;
}

/* Keep what lies below @end. */
static void bad_cut_tail(struct bdev_bad_range *range, u64 end)
{
	u64 len = end - range->pos;

	if (bad_is_linear(range))
		range->origin_len = len;
	range->len = len;
}

/* where the origin of byte 0 would be; does not change when the range is cut */
static u64 bad_origin_base(const struct bdev_bad_range *range)
{
	return bad_is_linear(range) ? range->origin_pos - range->pos :
				      range->origin_pos;
}

static int cmp_u64(u64 a, u64 b)
{
	return (a > b) - (a < b);
}

/*
 * Which of two ranges says what holds where they overlap: above 0 if it is @a, 0 if
 * they say the same. Cutting a range does not change its rank.
 */
static int bad_cmp(const struct bdev_bad_range *a, const struct bdev_bad_range *b)
{
	return cmp_u64(bdev_bad_weight(a), bdev_bad_weight(b)) ?:
		/* exact ones first */
		cmp_u64(b->flags, a->flags) ?:
		cmp_u64(a->cause, b->cause) ?:
		cmp_u64(b->origin_dev, a->origin_dev) ?:
		strncmp(b->layer, a->layer, sizeof(a->layer)) ?:
		cmp_u64(bad_is_linear(a), bad_is_linear(b)) ?:
		cmp_u64(bad_origin_base(b), bad_origin_base(a)) ?:
		(bad_is_linear(a) ? 0 : cmp_u64(b->origin_len, a->origin_len));
}

static bool bad_same_origin(const struct bdev_bad_range *a,
			    const struct bdev_bad_range *b)
{
	return a->origin_dev == b->origin_dev &&
		!strncmp(a->layer, b->layer, sizeof(a->layer));
}

/* The smallest range of the origin that has both of theirs. */
static void bad_hull_origin(struct bdev_bad_range *to,
			    const struct bdev_bad_range *from)
{
	u64 end = max(add_saturated(to->origin_pos, to->origin_len),
		      add_saturated(from->origin_pos, from->origin_len));

	to->origin_pos = min(to->origin_pos, from->origin_pos);
	to->origin_len = end - to->origin_pos;
}

/*
 * Make one range of two. It is exact if they touch or overlap and say the same, else
 * it is coarse and the stronger one gives its name to it.
 */
static void bad_join(struct bdev_bad_range *to, const struct bdev_bad_range *from)
{
	u64 end = max(bad_end(to), bad_end(from));
	bool exact = !bad_cmp(to, from) && from->pos <= bad_end(to) &&
		     to->pos <= bad_end(from);
	struct bdev_bad_range out = bad_cmp(to, from) >= 0 ? *to : *from;

	if (exact && bad_is_linear(&out)) {
		out.origin_pos = min(to->origin_pos, from->origin_pos);
		out.origin_len = end - min(to->pos, from->pos);
	} else if (bad_same_origin(to, from)) {
		bad_hull_origin(&out, to);
		bad_hull_origin(&out, from);
	}
	if (!exact)
		out.flags |= BDEV_BAD_PARTIAL;
	out.pos = min(to->pos, from->pos);
	out.len = end - out.pos;
	*to = out;
}

static void bad_remove(struct bdev_bad_list *list, unsigned int i)
{
	memmove(&list->ranges[i], &list->ranges[i + 1],
		(list->nr - i - 1) * sizeof(*list->ranges));
	list->nr--;
}

/* Make room at @i. If there is none the highest range leaves, which may be @range. */
static void bad_put(struct bdev_bad_list *list, unsigned int i,
		    const struct bdev_bad_range *range)
{
	if (list->nr == list->max) {
		const struct bdev_bad_range *last;

		last = i == list->nr ? range : &list->ranges[list->nr - 1];
		list->cut = min(list->cut, last->pos);
		if (last == range)
			return;
		list->nr--;
	}
	memmove(&list->ranges[i + 1], &list->ranges[i],
		(list->nr - i) * sizeof(*list->ranges));
	list->ranges[i] = *range;
	list->nr++;
}

/* Put a range that overlaps with nothing at @i, joined with what it touches. */
static void bad_put_joined(struct bdev_bad_list *list, unsigned int i,
			   const struct bdev_bad_range *range)
{
	struct bdev_bad_range *prev = i ? &list->ranges[i - 1] : NULL;
	struct bdev_bad_range *next = i < list->nr ? &list->ranges[i] : NULL;
	struct bdev_bad_range joined = *range;

	if (next && bad_end(range) == next->pos && !bad_cmp(range, next)) {
		bad_join(&joined, next);
		bad_remove(list, i);
	}
	if (prev && bad_end(prev) == range->pos && !bad_cmp(prev, range))
		bad_join(prev, &joined);
	else
		bad_put(list, i, &joined);
}

/* the first range that ends behind @pos; drivers mostly add at the end */
static unsigned int bad_find(const struct bdev_bad_list *list, u64 pos)
{
	unsigned int i = list->nr;

	while (i && bad_end(&list->ranges[i - 1]) > pos)
		i--;
	return i;
}

/* Take the bytes of a stronger @range, which begins within range @i, out of that. */
static void bad_give_way(struct bdev_bad_list *list, unsigned int i,
			 const struct bdev_bad_range *range)
{
	struct bdev_bad_range tail = list->ranges[i];
	u64 end = bad_end(range);

	if (range->pos > tail.pos)
		bad_cut_tail(&list->ranges[i++], range->pos);
	else
		bad_remove(list, i);
	if (bad_end(&tail) > end) {
		bad_cut_head(&tail, end);
		bad_put(list, i, &tail);
	}
}

static bool bad_add_exact(struct bdev_bad_list *list, struct bdev_bad_range *range)
{
	u64 pos = range->pos, end = bad_end(range);

	while (range->len && range->pos < list->cut) {
		unsigned int i = bad_find(list, range->pos);
		struct bdev_bad_range *at = &list->ranges[i];
		struct bdev_bad_range piece = *range;

		if (i == list->nr || at->pos >= end) {
			bad_put_joined(list, i, range);
			break;
		}
		if (range->pos < at->pos) {
			bad_cut_tail(&piece, at->pos);
			bad_cut_head(range, at->pos);
			bad_put_joined(list, i, &piece);
		} else if (bad_cmp(range, at) > 0) {
			bad_give_way(list, i, range);
		} else {
			bad_cut_head(range, min(end, bad_end(at)));
		}
	}
	return pos < list->cut;
}

/* Ranges that are nearer to each other than the grain, or touch, become one. */
static bool bad_add_coarse(struct bdev_bad_list *list, struct bdev_bad_range *range)
{
	u64 from = range->pos < list->grain ? 0 : range->pos - list->grain;
	unsigned int i = bad_find(list, from);
	u64 pos = range->pos;

	if (pos >= list->cut)
		return false;
	while (i < list->nr &&
	       list->ranges[i].pos < add_saturated(bad_end(range), list->grain)) {
		bad_join(range, &list->ranges[i]);
		bad_remove(list, i);
	}
	bad_put(list, i, range);
	return pos < list->cut;
}

/**
 * bdev_bad_list_add - add a range to the answer
 * @list: the list that the driver was asked to fill
 * @range: the range, in bytes of the driver's disk; copied, and clipped to the window
 *	that was asked for
 *
 * Context: Any.
 * Return: true if it is in the list, or lies outside the window; false if the list is
 * full and it lies behind everything in it, so that a driver that goes through its
 * ranges in ascending order can stop.
 */
bool bdev_bad_list_add(struct bdev_bad_list *list,
		       const struct bdev_bad_range *range)
{
	struct bdev_bad_range clipped = *range;
	u64 end = min(bad_end(range), list->win_end);
	u64 pos = max(range->pos, list->win_pos);
	bool fits;

	if (pos >= end)
		return true;
	clipped.layer[sizeof(clipped.layer) - 1] = '\0';
	bad_cut_head(&clipped, pos);
	bad_cut_tail(&clipped, end);

	fits = list->grain ? bad_add_coarse(list, &clipped) :
			     bad_add_exact(list, &clipped);
	list->next = min(list->next, list->cut);
	return fits;
}
EXPORT_SYMBOL_GPL(bdev_bad_list_add);

/**
 * bdev_bad_list_add_unplaced - add a range of which nobody knows where it is
 * @list: the list that the driver was asked to fill
 * @range: its cause, flags, origin and layer; where it is in the device is not looked
 *	at
 *
 * One is kept for each layer and origin device, with the hull of their origins. If
 * there is no more room the last one stands for several origin devices, and names
 * none.
 *
 * Context: Any.
 */
void bdev_bad_list_add_unplaced(struct bdev_bad_list *list,
				const struct bdev_bad_range *range)
{
	struct bdev_bad_range *at = list->unplaced, new = *range;
	unsigned int i;

	if (!list->max_unplaced)
		return;
	new.layer[sizeof(new.layer) - 1] = '\0';
	new.pos = 0;
	new.len = 0;

	for (i = 0; i < list->nr_unplaced; i++, at++)
		if (bad_same_origin(at, &new))
			break;
	if (i == list->nr_unplaced && i < list->max_unplaced) {
		*at = new;
		list->nr_unplaced++;
		return;
	}
	if (i < list->nr_unplaced) {
		bad_hull_origin(at, &new);
	} else {
		at--;
		at->origin_dev = 0;
		at->origin_pos = 0;
		at->origin_len = 0;
	}
	if (bdev_bad_weight(&new) > bdev_bad_weight(at))
		at->flags = new.flags;
	at->cause = max(at->cause, new.cause);
}
EXPORT_SYMBOL_GPL(bdev_bad_list_add_unplaced);

/**
 * bdev_bad_list_init - make a list ready for an answer
 * @list: the list, with @ranges, @max, @unplaced, @max_unplaced, @grain and @hops
 * @pos: first byte of the window
 * @len: its length in bytes
 *
 * Context: Any.
 */
void bdev_bad_list_init(struct bdev_bad_list *list, u64 pos, u64 len)
{
	list->nr = 0;
	list->nr_unplaced = 0;
	list->is_volatile = false;
	list->win_pos = pos;
	list->win_end = add_saturated(pos, len);
	list->cut = list->win_end;
	list->next = list->win_end;
}
EXPORT_SYMBOL_GPL(bdev_bad_list_init);

/**
 * bdev_bad_list_finish - check what a driver has made of a list
 * @list: the list
 *
 * Cuts off what lies at @list->next or behind it: that will be asked for again.
 *
 * Context: Any.
 * Return: 0, or -EIO if the driver has not used bdev_bad_list_add(), or has looked at
 * nothing: then nobody can know what is bad in the window.
 */
int bdev_bad_list_finish(struct bdev_bad_list *list)
{
	u64 from = list->win_pos;
	unsigned int i;

	list->next = min3(list->next, list->cut, list->win_end);
	if (list->next <= list->win_pos || list->nr > list->max ||
	    list->nr_unplaced > list->max_unplaced)
		return -EIO;

	for (i = 0; i < list->nr; i++) {
		struct bdev_bad_range *range = &list->ranges[i];

		if (!range->len || range->pos < from ||
		    bad_end(range) > list->win_end)
			return -EIO;
		from = bad_end(range);
	}
	while (list->nr && list->ranges[list->nr - 1].pos >= list->next)
		list->nr--;
	if (list->nr && bad_end(&list->ranges[list->nr - 1]) > list->next)
		bad_cut_tail(&list->ranges[list->nr - 1], list->next);
	return 0;
}
EXPORT_SYMBOL_GPL(bdev_bad_list_finish);
