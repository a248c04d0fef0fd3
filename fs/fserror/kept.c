// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that cannot be looked up again: what was found while a device was being taken
 * away, and who could not read a file of a filesystem that cannot say whose a range is.
 *
 * Once a device is gone nobody can read whose its blocks were. So what the worker has found out
 * in time is kept with the instance until it is unmounted, whether or not it was told
 * record by record, and damage-get answers from it where the filesystem cannot say any
 * more. What is not among the names is unresolved.
 *
 * A name takes its place in the pool of told ranges, of which a quarter is left to the
 * ranges themselves.
 *
 * LOCKING
 *
 * fserror_kept.lock is innermost. The worker adds and drops, dumps read. A dump goes on
 * by the key of a name, not by the name, which may have been dropped.
 */
#include <linux/cleanup.h>
#include <linux/init.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include "internal.h"

/* a file handle that is longer is left out: inode and generation have to do */
#define FSERROR_KEPT_HANDLE	32
/* what of a record's flags is about the owner, and does not depend on when it is told */
#define FSERROR_KEPT_FLAGS	(FSERROR_RECORD_FLAG_UNLINKED |	\
				 FSERROR_RECORD_FLAG_REALTIME |	\
				 FSERROR_RECORD_FLAG_UNOWNED)

/**
 * struct fserror_kept_name - whose a piece was
 * @rb: in the names of the device
 * @key: where the piece begins, on the device and in the file
 * @dev_len: its length on the device
 * @len: its length in the file, 0 if it is no range of one
 * @generation: of the inode
 * @nlink: of the inode
 * @flags: enum fserror_record_flag
 * @handle_type: of @handle
 * @handle_len: bytes of @handle in use
 * @kind: enum fserror_kind
 * @meta: enum fserror_meta
 * @has_inode: it is an inode's
 * @unread: of which only the number is known
 * @handle: the file handle
 */
struct fserror_kept_name {
	struct rb_node		rb;
	struct fserror_kept_key	key;
	u64			dev_len;
	u64			len;
	u32			generation;
	u32			nlink;
	u32			flags;
	s32			handle_type;
	u8			handle_len;
	u8			kind;
	u8			meta;
	u8			has_inode : 1;
	u8			unread : 1;
	u8			handle[FSERROR_KEPT_HANDLE];
};

/* as the documentation says */
static_assert(sizeof(struct fserror_kept_name) <= 128);

static struct kmem_cache *fserror_kept_cache;

/**
 * fserror_kept_init - no name is kept
 * @kept: of the device
 *
 * Context: Any.
 */
void fserror_kept_init(struct fserror_kept *kept)
{
	spin_lock_init(&kept->lock);
	kept->root = RB_ROOT;
	kept->nr = 0;
}

/**
 * fserror_kept_free - forget all names
 * @kept: of the device; nobody else uses it any more
 *
 * Context: Process context, may sleep.
 */
void fserror_kept_free(struct fserror_kept *kept)
{
	struct fserror_kept_name *name, *next;

	rbtree_postorder_for_each_entry_safe(name, next, &kept->root, rb) {
		kmem_cache_free(fserror_kept_cache, name);
		cond_resched();
	}
	fserror_told_reserve(-(int)kept->nr);
	fserror_kept_init(kept);
}

static int fserror_kept_key_cmp(const struct fserror_kept_key *a,
				const struct fserror_kept_key *b)
{
	return cmp_int(a->pos, b->pos) ?: cmp_int(a->ino, b->ino) ?:
	       cmp_int(a->root, b->root) ?: cmp_int(a->offset, b->offset);
}

static int fserror_kept_node_cmp(struct rb_node *a, const struct rb_node *b)
{
	return fserror_kept_key_cmp(&rb_entry(a, struct fserror_kept_name,
					      rb)->key,
				    &rb_entry(b, struct fserror_kept_name,
					      rb)->key);
}

/* The first name that is not before @key, or if @after comes behind it. */
static struct fserror_kept_name *
fserror_kept_first(struct fserror_kept *kept, const struct fserror_kept_key *key,
		   bool after)
{
	struct rb_node *rb = kept->root.rb_node;
	struct fserror_kept_name *name, *found = NULL;

	while (rb) {
		name = rb_entry(rb, struct fserror_kept_name, rb);
		if (fserror_kept_key_cmp(&name->key, key) >= after) {
			found = name;
			rb = rb->rb_left;
		} else {
			rb = rb->rb_right;
		}
	}
	return found;
}

static void fserror_kept_fill(struct fserror_kept_name *name,
			      const struct fserror_record *record)
{
	memset(name, 0, sizeof(*name));
	name->key.pos = record->device.pos;
	name->key.ino = record->ino;
	name->key.root = record->root;
	name->key.offset = record->pos;
	name->dev_len = record->device.len;
	name->len = record->len;
	name->generation = record->generation;
	name->nlink = record->nlink;
	name->flags = record->flags & FSERROR_KEPT_FLAGS;
	name->kind = record->kind;
	name->meta = record->meta;
	name->has_inode = record->has_inode;
	name->unread = record->unread;
	if (record->handle_len > sizeof(name->handle))
		return;
	name->handle_type = record->handle_type;
	name->handle_len = record->handle_len;
	memcpy(name->handle, record->handle, record->handle_len);
}

/**
 * fserror_kept_add - keep a name
 * @kept: of the device
 * @record: what the filesystem said of a piece of it
 *
 * Nothing is kept of a piece that it could not say anything about, and nothing twice.
 *
 * Context: Process context, may sleep; the worker.
 * Return: false if there was no room or no memory for it.
 */
bool fserror_kept_add(struct fserror_kept *kept,
		      const struct fserror_record *record)
{
	struct fserror_kept_name *name;

	if (record->flags & FSERROR_RECORD_FLAG_UNRESOLVED)
		return true;
	if (!fserror_told_roomy() || !fserror_told_reserve(1))
		return false;
	name = kmem_cache_alloc(fserror_kept_cache, GFP_NOIO);
	if (!name)
		goto out_unreserve;
	fserror_kept_fill(name, record);

	scoped_guard(spinlock, &kept->lock) {
		if (!rb_find_add(&name->rb, &kept->root,
				 fserror_kept_node_cmp)) {
			kept->nr++;
			return true;
		}
	}
	kmem_cache_free(fserror_kept_cache, name);
	fserror_told_reserve(-1);
	return true;

out_unreserve:
	fserror_told_reserve(-1);
	return false;
}

/**
 * fserror_kept_covers - is there one name that is about all of a piece?
 * @kept: of the device
 * @from: first byte of the piece
 * @to: first byte behind it
 *
 * Context: Process context.
 * Return: whether there is. A name that begins before the piece does not count, so the
 * answer may be no although there is one.
 */
bool fserror_kept_covers(struct fserror_kept *kept, u64 from, u64 to)
{
	const struct fserror_kept_key key = { .pos = from };
	const struct fserror_kept_name *name;

	guard(spinlock)(&kept->lock);
	name = fserror_kept_first(kept, &key, false);
	return name && name->key.pos == from && name->dev_len >= to - from;
}

/**
 * fserror_kept_drop - forget the names of a range that is not bad any more
 * @kept: of the device
 * @from: first byte of the range
 * @to: first byte behind it
 *
 * Context: Process context, may sleep; the worker.
 */
void fserror_kept_drop(struct fserror_kept *kept, u64 from, u64 to)
{
	const struct fserror_kept_key key = { .pos = from };
	struct fserror_kept_name *name;

	/* nobody else adds any */
	while (READ_ONCE(kept->nr)) {
		scoped_guard(spinlock, &kept->lock) {
			name = fserror_kept_first(kept, &key, false);
			if (name && name->key.pos >= to)
				name = NULL;
			if (name) {
				rb_erase(&name->rb, &kept->root);
				kept->nr--;
			}
		}
		if (!name)
			return;
		kmem_cache_free(fserror_kept_cache, name);
		fserror_told_reserve(-1);
		cond_resched();
	}
}

/* The part of a record without an owner that begins at @pos and ends before @end. */
static void fserror_kept_clip(struct fserror_record *record,
			      const struct fserror_record *whole, u64 pos,
			      u64 end)
{
	*record = *whole;
	if (whole->origin.len == whole->device.len) {
		record->origin.pos += pos - whole->device.pos;
		record->origin.len = end - pos;
	}
	record->device.pos = pos;
	record->device.len = end - pos;
}

static void fserror_kept_tell(struct fserror_record *record,
			      const struct fserror_kept_name *name)
{
	record->flags &= ~FSERROR_RECORD_FLAG_UNRESOLVED;
	record->flags |= name->flags;
	record->kind = name->kind;
	record->meta = name->meta;
	record->root = name->key.root;
	record->has_inode = name->has_inode;
	record->unread = name->unread;
	record->ino = name->key.ino;
	record->generation = name->generation;
	record->nlink = name->nlink;
	record->pos = name->key.offset;
	/*
	 * Of what is compressed, or read in larger pieces than the device, the file's bytes
	 * are not the device's: all of them are lost with any of those.
	 */
	record->len = name->len == name->dev_len ?
		      min(name->len, record->device.len) : name->len;
	record->handle_type = name->handle_type;
	record->handle_len = name->handle_len;
	memcpy(record->handle, name->handle, name->handle_len);
}

/**
 * fserror_kept_next - what is known of a piece whose owners cannot be found out now
 * @kept: of the device
 * @cursor: all zero to begin; moved on
 * @whole: the piece, unresolved
 * @record: what is to be told next: a name that was kept, or a part that there is none
 *	for
 *
 * Context: Process context.
 * Return: whether there is any more to be told.
 */
bool fserror_kept_next(struct fserror_kept *kept,
		       struct fserror_kept_cursor *cursor,
		       const struct fserror_record *whole,
		       struct fserror_record *record)
{
	struct fserror_kept_name *name;
	u64 end;

	if (!cursor->end) {
		cursor->pos = whole->device.pos;
		cursor->end = whole->device.pos + whole->device.len;
		cursor->after = (struct fserror_kept_key) { .pos = cursor->pos };
	}

	guard(spinlock)(&kept->lock);
	name = fserror_kept_first(kept, &cursor->after, cursor->told);
	if (name && name->key.pos >= cursor->end)
		name = NULL;
	if (name && name->key.pos <= cursor->pos) {
		end = min(name->key.pos + name->dev_len, cursor->end);
		fserror_kept_clip(record, whole, name->key.pos, end);
		fserror_kept_tell(record, name);
		cursor->after = name->key;
		cursor->told = true;
		cursor->pos = max(cursor->pos, end);
		return true;
	}
	if (cursor->pos == cursor->end)
		return false;
	end = name ? name->key.pos : cursor->end;
	fserror_kept_clip(record, whole, cursor->pos, end);
	cursor->pos = end;
	return true;
}

static int __init fserror_kept_boot(void)
{
	fserror_kept_cache = KMEM_CACHE(fserror_kept_name, SLAB_PANIC);
	return 0;
}
core_initcall(fserror_kept_boot);
