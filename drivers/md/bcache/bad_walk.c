// SPDX-License-Identifier: GPL-2.0-only
/*
 * A way through the btree of a cache set that waits for nobody.
 *
 * Questions about what is bad must not be held up by a disk that is stuck, and they must
 * not make it worse: bcache gives up a cache set when a node cannot be read. So a question
 * goes through the nodes that are in memory. If one is not, it is read by a work item,
 * unless its place is known to be bad; the question waits for that a moment, and is
 * asked again if that was not enough.
 *
 * LOCKING
 *
 * The locks of nodes are taken from the root downwards, to read, as everywhere in bcache,
 * but only tried. They are held for as many keys as the caller allows. The work item tries
 * them in the same way, and has that of the parent while it reads the node, as a lookup
 * does; then it also takes bucket_lock for a moment. There is one for each cache set.
 *
 * LIFETIME
 *
 * The caller keeps the cache set: it has a reference by a device that is attached. The work
 * item has one on the closure for which the btree waits before it is freed.
 */
#include "bcache.h"
#include "bad_walk.h"
#include "btree.h"

#include <linux/jiffies.h>

/* what a walk of a node returns besides errors */
#define WALK_ON		0	/* there may be more behind the node */
#define WALK_DONE	1	/* there is no more */
#define WALK_PAUSE	2	/* enough keys for now */

static int bch_bad_walk_key(struct bch_bad_walk *w, const struct bkey *k)
{
	if (KEY_INODE(k) != w->inode || KEY_START(k) >= w->end)
		return WALK_DONE;
	if (KEY_OFFSET(k) <= w->at)
		return WALK_ON;
	if (!w->keys)
		return WALK_PAUSE;
	w->keys--;
	w->at = KEY_OFFSET(k);
	return w->fn(k, w->data) && w->at < w->end ? WALK_ON : WALK_DONE;
}

static int bch_bad_walk_node(struct btree *b, struct bch_bad_walk *w);

static int bch_bad_walk_child(struct btree *b, struct bkey *k, struct bch_bad_walk *w)
{
	struct btree *child = bch_btree_node_cached(b->c, k, b->level - 1);
	int r;

	if (IS_ERR(child)) {
		/* there may be more pointers than there is room for */
		bch_bkey_copy_single_ptr(&w->missing, k, 0);
		return PTR_ERR(child);
	}
	r = bch_bad_walk_node(child, w);
	rw_unlock(false, child);
	return r;
}

static int bch_bad_walk_node(struct btree *b, struct bch_bad_walk *w)
{
	struct bkey from = KEY(w->inode, w->at, 0);
	struct btree_iter_stack iter;
	int r = WALK_ON;
	struct bkey *k;

	bch_btree_iter_stack_init(&b->keys, &iter, &from);
	while (r == WALK_ON &&
	       (k = bch_btree_iter_next_filter(&iter.iter, &b->keys, bch_ptr_bad)))
		r = b->level ? bch_bad_walk_child(b, k, w) : bch_bad_walk_key(w, k);
	return r;
}

/* The root, locked to read; NULL if that would have to wait. */
static struct btree *bch_bad_lock_root(struct cache_set *c)
{
	struct btree *b = READ_ONCE(c->root);

	if (IS_ERR_OR_NULL(b) || !down_read_trylock(&b->lock))
		return NULL;
	if (b == READ_ONCE(c->root))
		return b;
	rw_unlock(false, b);
	return NULL;
}

/**
 * bch_bad_walk - go through keys
 * @w: from where to where; goes on from @w->at if it is called again
 *
 * Context: Process context; does not sleep.
 * Return: 0 if there is no more key, or @w->fn said so; 1 if @w->keys were not enough;
 * -EAGAIN if a lock is not to be had; -ENODATA if a node is not in memory, @w->missing; -EIO
 * if that node could not be read, or its keys are not in order.
 */
int bch_bad_walk(struct bch_bad_walk *w)
{
	struct btree *b = bch_bad_lock_root(w->c);
	int r;

	if (!b)
		return -EAGAIN;
	if (btree_node_disorder(b)) {
		bch_bkey_copy_single_ptr(&w->missing, &b->key, 0);
		r = -EIO;
	} else {
		r = bch_bad_walk_node(b, w);
	}
	rw_unlock(false, b);
	return r < 0 ? r : r == WALK_PAUSE;
}

static int bch_bad_fetch_node(struct btree *b, struct bch_bad_fetch *f,
			      struct btree_op *op)
{
	struct btree_iter_stack iter;
	struct btree *child;
	struct bkey *k;
	int r = 0;

	bch_btree_iter_stack_init(&b->keys, &iter, &f->from);
	k = bch_btree_iter_next_filter(&iter.iter, &b->keys, bch_ptr_bad);
	if (!k)
		return 0;
	child = bch_btree_node_cached(b->c, k, b->level - 1);
	if (!IS_ERR(child)) {
		r = child->level ? bch_bad_fetch_node(child, f, op) : 0;
	} else if (PTR_ERR(child) == -ENODATA && !bkey_cmp(k, &f->node) &&
		   k->ptr[0] == f->node.ptr[0]) {
		/* only if it is still the one whose place has been looked at */
		child = bch_btree_node_get(b->c, op, k, b->level - 1, false, b);
	}
	if (!IS_ERR(child))
		rw_unlock(false, child);
	return r;
}

static void bch_bad_fetch_work(struct work_struct *work)
{
	struct bch_bad_fetch *f = container_of(work, struct bch_bad_fetch, work);
	struct cache_set *c = container_of(f, struct cache_set, bad_fetch);
	struct btree *b = bch_bad_lock_root(c);
	struct btree_op op;

	bch_btree_op_init(&op, -1);
	if (b) {
		if (b->level)
			bch_bad_fetch_node(b, f, &op);
		rw_unlock(false, b);
	}
	bch_cannibalize_unlock(c);
	finish_wait(&c->btree_cache_wait, &op.wait);

	clear_bit_unlock(0, &f->busy);
	wake_up_all(&f->wait);
	closure_put(&c->caching);
}

/**
 * bch_bad_fetch - have the node read that was missing
 * @w: the walk, after -ENODATA; the place of @w->missing is not known to be bad
 * @timeout: how long to wait for that, in jiffies
 *
 * Context: Process context, sleeps for @timeout.
 * Return: true if the walk should be tried again.
 */
bool bch_bad_fetch(struct bch_bad_walk *w, unsigned long timeout)
{
	struct bch_bad_fetch *f = &w->c->bad_fetch;

	if (!test_and_set_bit_lock(0, &f->busy)) {
		f->from = KEY(w->inode, w->at, 0);
		bkey_copy(&f->node, &w->missing);
		closure_get(&w->c->caching);
		queue_work(system_dfl_wq, &f->work);
	}
	return wait_event_killable_timeout(f->wait, !test_bit(0, &f->busy), timeout) > 0;
}

/**
 * bch_bad_fetch_init - make a cache set ready
 * @c: the cache set
 *
 * Context: Any.
 */
void bch_bad_fetch_init(struct cache_set *c)
{
	INIT_WORK(&c->bad_fetch.work, bch_bad_fetch_work);
	init_waitqueue_head(&c->bad_fetch.wait);
}
