// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sorted, disjoint set of ranges in which it is kept what was told of a device. What
 * is one range is kept as one. told.c knows what the ranges mean.
 *
 * All told ranges of the machine come out of one pool of FSERROR_TOLD_MAX, and so do
 * the names that kept.c keeps. What to do when it is empty is the worker's decision.
 *
 * LOCKING
 *
 * fserror_told.lock is innermost. There is one writer, which reads without it, makes
 * what it needs, and holds the lock only to put the new nodes in the place of the old.
 */
#include <linux/cleanup.h>
#include <linux/init.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "internal.h"

static struct kmem_cache *fserror_told_cache;
static atomic_t fserror_told_pool;
static u32 fserror_told_max = FSERROR_TOLD_MAX;

/**
 * fserror_told_init - nothing was told
 * @told: of the device
 *
 * Context: Any.
 */
void fserror_told_init(struct fserror_told *told)
{
	spin_lock_init(&told->lock);
	told->root = RB_ROOT_CACHED;
	told->nr = 0;
	told->nr_partial = 0;
}

/**
 * fserror_told_free - forget what was told
 * @told: of the device; nobody else uses it any more
 *
 * Context: Process context, may sleep.
 */
void fserror_told_free(struct fserror_told *told)
{
	struct fserror_told_node *node, *next;

	rbtree_postorder_for_each_entry_safe(node, next, &told->root.rb_root,
					     rb) {
		kmem_cache_free(fserror_told_cache, node);
		cond_resched();
	}
	atomic_sub(told->nr, &fserror_told_pool);
	fserror_told_init(told);
}

/**
 * fserror_told_count - how much of the pool is used
 *
 * Context: Any.
 * Return: the number of ranges that are told of all filesystems, and of names that
 * are kept.
 */
u32 fserror_told_count(void)
{
	return atomic_read(&fserror_told_pool);
}

/**
 * fserror_told_roomy - is there room enough to be exact again?
 *
 * Context: Any.
 * Return: whether less than three quarters of the pool are used.
 */
bool fserror_told_roomy(void)
{
	return fserror_told_count() < READ_ONCE(fserror_told_max) / 4 * 3;
}

/**
 * fserror_told_limit - make the pool smaller, for the tests
 * @max: for how many ranges there is room
 *
 * Context: Process context.
 * Return: for how many there was.
 */
u32 fserror_told_limit(u32 max)
{
	u32 old = fserror_told_max;

	WRITE_ONCE(fserror_told_max, max);
	return old;
}

/**
 * fserror_told_first - the first node that ends behind a byte
 * @told: of the device
 * @pos: the byte
 *
 * Context: The writer, or with the lock held.
 * Return: the node, or NULL.
 */
struct fserror_told_node *fserror_told_first(struct fserror_told *told, u64 pos)
{
	struct fserror_told_node *node, *found = NULL;
	struct rb_node *rb = told->root.rb_root.rb_node;

	while (rb) {
		node = rb_entry(rb, struct fserror_told_node, rb);
		if (fserror_told_end(&node->range) > pos) {
			found = node;
			rb = rb->rb_left;
		} else {
			rb = rb->rb_right;
		}
	}
	return found;
}

/**
 * fserror_told_after - the next node
 * @node: the node before it
 *
 * Context: The writer, or with the lock held.
 * Return: the node, or NULL.
 */
struct fserror_told_node *fserror_told_after(struct fserror_told_node *node)
{
	return rb_entry_safe(rb_next(&node->rb), struct fserror_told_node, rb);
}

static bool fserror_told_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct fserror_told_node, rb)->range.range.pos <
	       rb_entry(b, struct fserror_told_node, rb)->range.range.pos;
}

/**
 * fserror_told_clip - a part of a range, with its place at the origin
 * @range: the range
 * @pos: first byte of the part
 * @end: first byte behind it
 *
 * Context: Any.
 * Return: the part.
 */
struct fserror_told_range
fserror_told_clip(const struct fserror_told_range *range, u64 pos, u64 end)
{
	struct fserror_told_range part = *range;

	if (range->range.origin_len == range->range.len) {
		part.range.origin_pos += pos - range->range.pos;
		part.range.origin_len = end - pos;
	}
	part.range.pos = pos;
	part.range.len = end - pos;
	return part;
}

/* Are two ranges one, of which @b is the end? */
static bool fserror_told_joins(const struct fserror_told_range *a,
			       const struct fserror_told_range *b)
{
	const struct bdev_bad_range *x = &a->range, *y = &b->range;

	return x->pos + x->len == y->pos && a->state == b->state &&
	       a->flags == b->flags && a->why == b->why &&
	       !((a->flags | b->flags) & FSERROR_TOLD_PARTIAL) &&
	       x->cause == y->cause && x->origin_dev == y->origin_dev &&
	       x->origin_len == x->len && y->origin_len == y->len &&
	       x->origin_pos + x->origin_len == y->origin_pos &&
	       !strcmp(x->layer, y->layer);
}

/**
 * fserror_told_join - make one range of two, if they are one
 * @a: the first, which grows
 * @b: the second
 *
 * Context: Any.
 * Return: whether they are one.
 */
bool fserror_told_join(struct fserror_told_range *a,
		       const struct fserror_told_range *b)
{
	if (!fserror_told_joins(a, b))
		return false;
	a->range.len += b->range.len;
	a->range.origin_len += b->range.len;
	return true;
}

/**
 * fserror_told_add - say what told will be
 * @slice: where to
 * @range: behind those that were added before
 *
 * Context: Any.
 */
void fserror_told_add(struct fserror_told_slice *slice,
		      const struct fserror_told_range *range)
{
	if (slice->nr_next &&
	    fserror_told_join(&slice->next[slice->nr_next - 1], range))
		return;
	if (WARN_ON_ONCE(slice->nr_next == FSERROR_TOLD_PIECES))
		return;
	slice->next[slice->nr_next++] = *range;
}

static struct fserror_told_node *fserror_told_alloc(unsigned int nr)
{
	struct fserror_told_node *node, *list = NULL;

	while (nr--) {
		node = kmem_cache_alloc(fserror_told_cache, GFP_NOIO);
		if (!node)
			goto out_free;
		node->next = list;
		list = node;
	}
	return list;

out_free:
	while ((node = list)) {
		list = node->next;
		kmem_cache_free(fserror_told_cache, node);
	}
	return NULL;
}

/**
 * fserror_told_reserve - take places in the pool
 * @nr: how many; if negative they are given back
 *
 * Context: Any.
 * Return: whether there were as many.
 */
bool fserror_told_reserve(int nr)
{
	if (atomic_add_return(nr, &fserror_told_pool) <=
	    READ_ONCE(fserror_told_max) || nr <= 0)
		return true;
	atomic_sub(nr, &fserror_told_pool);
	return false;
}

static void fserror_told_tally(struct fserror_told *told,
			       const struct fserror_told_range *range, int nr)
{
	told->nr += nr;
	if (range->flags & FSERROR_TOLD_PARTIAL)
		told->nr_partial += nr;
}

static void fserror_told_swap(struct fserror_told *told,
			      struct fserror_told_node *old, unsigned int nr_old,
			      struct fserror_told_node *list)
{
	struct fserror_told_node *node, *dead = NULL;

	spin_lock(&told->lock);
	while (nr_old--) {
		node = old;
		old = fserror_told_after(node);
		fserror_told_tally(told, &node->range, -1);
		rb_erase_cached(&node->rb, &told->root);
		node->next = dead;
		dead = node;
	}
	while ((node = list)) {
		list = node->next;
		fserror_told_tally(told, &node->range, 1);
		rb_add_cached(&node->rb, &told->root, fserror_told_less);
	}
	spin_unlock(&told->lock);

	while ((node = dead)) {
		dead = node->next;
		kmem_cache_free(fserror_told_cache, node);
	}
}

/**
 * fserror_told_replace - put new ranges in the place of old ones
 * @told: of the device
 * @from: first byte whose ranges are replaced
 * @slice: the new ranges, and the first byte behind
 *
 * Context: Process context, may sleep; the writer.
 * Return: 0; -ENOSPC if the pool is full, or -ENOMEM: nothing has changed then.
 */
int fserror_told_replace(struct fserror_told *told, u64 from,
			 struct fserror_told_slice *slice)
{
	struct fserror_told_range *next = slice->next, left = { }, right = { };
	struct fserror_told_node *node, *old, *list;
	unsigned int i, nr, nr_old = 0;
	u64 to = slice->end;

	/* neighbours that touch are taken out too: what is one becomes one again */
	old = fserror_told_first(told, from ? from - 1 : 0);
	for (node = old; node && node->range.range.pos <= to;
	     node = fserror_told_after(node)) {
		if (node->range.range.pos < from)
			left = fserror_told_clip(&node->range,
						 node->range.range.pos, from);
		if (fserror_told_end(&node->range) > to)
			right = fserror_told_clip(&node->range,
						  max(to, node->range.range.pos),
						  fserror_told_end(&node->range));
		nr_old++;
	}
	if (left.range.len && slice->nr_next &&
	    fserror_told_join(&left, &next[0])) {
		next[0] = left;
		left.range.len = 0;
	}
	if (right.range.len && slice->nr_next &&
	    fserror_told_join(&next[slice->nr_next - 1], &right))
		right.range.len = 0;

	nr = slice->nr_next + !!left.range.len + !!right.range.len;
	if (!nr && !nr_old)
		return 0;
	if (!fserror_told_reserve((int)nr - (int)nr_old))
		return -ENOSPC;
	list = fserror_told_alloc(nr);
	if (nr && !list) {
		atomic_sub((int)nr - (int)nr_old, &fserror_told_pool);
		return -ENOMEM;
	}

	node = list;
	if (left.range.len) {
		node->range = left;
		node = node->next;
	}
	for (i = 0; i < slice->nr_next; i++) {
		node->range = next[i];
		node = node->next;
	}
	if (right.range.len)
		node->range = right;

	fserror_told_swap(told, old, nr_old, list);
	return 0;
}

/**
 * fserror_told_set_flags - change the flags of what was told
 * @told: of the device
 * @from: first byte
 * @to: first byte behind
 * @set: FSERROR_TOLD_* to set
 * @clear: FSERROR_TOLD_* to clear
 * @slice: room; its end says how far this went
 *
 * Context: As fserror_told_apply().
 * Return: As fserror_told_apply().
 */
int fserror_told_set_flags(struct fserror_told *told, u64 from, u64 to, u16 set,
			   u16 clear, struct fserror_told_slice *slice)
{
	struct fserror_told_node *node = fserror_told_first(told, from);
	struct fserror_told_range part;

	slice->nr_next = 0;
	slice->nr_diffs = 0;
	slice->end = to;
	for (; node && node->range.range.pos < to;
	     node = fserror_told_after(node)) {
		if (slice->nr_next == FSERROR_TOLD_SLICE) {
			slice->end = node->range.range.pos;
			break;
		}
		part = fserror_told_clip(&node->range,
					 max(from, node->range.range.pos),
					 min(to, fserror_told_end(&node->range)));
		part.flags = (part.flags & ~clear) | set;
		fserror_told_add(slice, &part);
	}
	return fserror_told_replace(told, from, slice);
}

/**
 * fserror_told_copy - what was told, from a place on
 * @told: of the device
 * @pos: first byte
 * @out: the ranges, the first one clipped
 * @max: for how many there is room
 *
 * Context: Process context.
 * Return: how many there are; less than @max if these are the last.
 */
unsigned int fserror_told_copy(struct fserror_told *told, u64 pos,
			       struct fserror_told_range *out, unsigned int max)
{
	struct fserror_told_node *node;
	unsigned int nr = 0;

	guard(spinlock)(&told->lock);
	for (node = fserror_told_first(told, pos); node && nr < max;
	     node = fserror_told_after(node))
		out[nr++] = fserror_told_clip(&node->range,
					      max(pos, node->range.range.pos),
					      fserror_told_end(&node->range));
	return nr;
}

/**
 * fserror_told_widen - make a question cover all of each coarse range that it touches
 * @told: of the device
 * @grain: pieces nearer to each other than this are told as one
 * @from: first byte of the question
 * @to: first byte behind it; may become greater than the device
 *
 * Context: Process context, the writer.
 * Return: whether it touches a coarse range.
 */
bool fserror_told_widen(struct fserror_told *told, u64 grain, u64 *from,
			u64 *to)
{
	u64 low = *from - min(*from, grain);
	u64 high = *to + min(grain, U64_MAX - *to);
	struct fserror_told_node *node;
	bool partial = false;

	for (node = fserror_told_first(told, low);
	     node && node->range.range.pos < high;
	     node = fserror_told_after(node)) {
		if (node->range.flags & FSERROR_TOLD_PARTIAL)
			partial = true;
		else if (!grain)
			continue;
		low = min(low, node->range.range.pos);
		high = max(high, fserror_told_end(&node->range));
	}
	*from = low;
	*to = high;
	return partial;
}

static int __init fserror_told_boot(void)
{
	fserror_told_cache = KMEM_CACHE(fserror_told_node, SLAB_PANIC);
	return 0;
}
core_initcall(fserror_told_boot);
