// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows, and the slot in which a disk keeps them until its holders have been told.
 *
 * A slot has room for a few. It is sorted and disjoint at any time; when a window comes
 * for which there is no room, the two that lie nearest to each other become one. So a
 * slot never forgets anything, it only gets less exact.
 *
 * LOCKING
 *
 * The caller's.
 */
#include <linux/minmax.h>
#include <linux/string.h>
#include "blk-badrange-priv.h"

static u64 bad_window_end(const struct bdev_bad_window *win)
{
	return win->pos + win->len;
}

/*
 * Clip a window to @len bytes at @pos and make it relative to @pos. Returns false if
 * nothing is left.
 */
bool bdev_bad_window_clip(struct bdev_bad_window *win, u64 pos, u64 len)
{
	u64 start = max(win->pos, pos);
	u64 end = min(bad_window_end(win), pos + len);

	if (start >= end)
		return false;
	win->pos = start - pos;
	win->len = end - start;
	return true;
}

static void bad_window_join(struct bdev_bad_window *to,
			    const struct bdev_bad_window *from)
{
	u64 end = max(bad_window_end(to), bad_window_end(from));

	to->pos = min(to->pos, from->pos);
	to->len = end - to->pos;
	to->why |= from->why;
	to->hops = min(to->hops, from->hops);
}

/*
 * Windows that overlap are one. Windows that only touch stay apart if they tell
 * different things: that some sectors were written says nothing of those beside them.
 */
static bool bad_windows_are_one(const struct bdev_bad_window *a,
				const struct bdev_bad_window *b)
{
	if (a->why == b->why)
		return b->pos <= bad_window_end(a);
	return b->pos < bad_window_end(a);
}

/* Join the neighbours that lie nearest to each other. */
static void bad_windows_join_nearest(struct bdev_bad_window *win, unsigned int nr)
{
	unsigned int i, nearest = 1;
	u64 gap, smallest = U64_MAX;

	for (i = 1; i < nr; i++) {
		gap = win[i].pos - bad_window_end(&win[i - 1]);
		if (gap < smallest) {
			smallest = gap;
			nearest = i;
		}
	}
	bad_window_join(&win[nearest - 1], &win[nearest]);
	memmove(&win[nearest], &win[nearest + 1], (nr - nearest - 1) * sizeof(*win));
}

/*
 * Add a window. There are never more than %BDEV_BAD_SLOT_WINDOWS, and every byte of a
 * window that was added is in one.
 */
void bdev_bad_slot_add(struct bdev_bad_slot *slot, const struct bdev_bad_window *new)
{
	struct bdev_bad_window win[BDEV_BAD_SLOT_WINDOWS + 1];
	unsigned int i, to = 0;

	/* sorted by position */
	for (i = 0; i < slot->nr && slot->win[i].pos <= new->pos; i++)
		win[i] = slot->win[i];
	win[i] = *new;
	for (; i < slot->nr; i++)
		win[i + 1] = slot->win[i];

	for (i = 1; i <= slot->nr; i++) {
		if (bad_windows_are_one(&win[to], &win[i]))
			bad_window_join(&win[to], &win[i]);
		else
			win[++to] = win[i];
	}
	slot->nr = to + 1;
	if (slot->nr > BDEV_BAD_SLOT_WINDOWS) {
		bad_windows_join_nearest(win, slot->nr);
		slot->nr--;
	}
	memcpy(slot->win, win, slot->nr * sizeof(*win));
}
