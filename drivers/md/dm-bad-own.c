// SPDX-License-Identifier: GPL-2.0-only
/*
 * Targets that answer by themselves what is bad of them.
 *
 * A target that has a driver of its own for what is below it, as raid has md, knows more
 * than places: members that are not there, and what the driver has recorded as bad. If
 * such a target is all of its table, a question is handed on to it.
 *
 * LOCKING and LIFETIME
 *
 * As for other targets, see dm-bad-ask.c: nothing is held while a lower device is
 * asked. So the target makes a copy of itself under the live table, which keeps
 * what it names; the table is let go of; the target's code answers from the copy. Then
 * another copy is made: if it is the same, of the same table, the answer is true. The
 * target's module is kept, because the table that kept it may go meanwhile.
 */
#include "dm-core.h"
#include "dm-badrange.h"

#include <linux/module.h>

/**
 * struct dm_bad_own - a target that answers by itself
 * @ops: its operations; NULL if there is no such target
 * @module: where they are
 * @generation: of the table
 * @copy: what it has made of itself
 */
struct dm_bad_own {
	const struct dm_bad_answerer	*ops;
	struct module			*module;
	u64				generation;
	void				*copy;
};

static int dm_bad_own_get(struct mapped_device *md, struct dm_bad_own *own)
{
	struct dm_target *ti;
	struct dm_table *t;
	int srcu_idx, r = 0;

	*own = (struct dm_bad_own) { };
	t = dm_get_live_table(md, &srcu_idx);
	ti = t && t->num_targets == 1 ? dm_table_get_target(t, 0) : NULL;
	if (!ti || !ti->type->bad_answerer)
		goto put_table;
	own->copy = ti->type->bad_answerer->copy(ti);
	if (IS_ERR(own->copy)) {
		r = PTR_ERR(own->copy);
		goto put_table;
	}
	own->ops = ti->type->bad_answerer;
	own->module = ti->type->module;
	own->generation = t->generation;
	__module_get(own->module);
put_table:
	dm_put_live_table(md, srcu_idx);
	return r;
}

static void dm_bad_own_put(struct dm_bad_own *own)
{
	if (!own->ops)
		return;
	own->ops->put(own->copy);
	module_put(own->module);
}

/* Did the target stay what it was? */
static int dm_bad_own_check(struct mapped_device *md, const struct dm_bad_own *own)
{
	struct dm_bad_own again;
	int r = dm_bad_own_get(md, &again);

	if (!r && (again.generation != own->generation || again.ops != own->ops ||
		   !own->ops->same(own->copy, again.copy)))
		r = -ESTALE;
	dm_bad_own_put(&again);
	return r;
}

/**
 * dm_bad_own_ranges - let a target answer that is all of its table
 * @md: the mapped device
 * @pos: first byte that is asked for
 * @len: length in bytes
 * @list: for the answer
 * @error: set to what the target returned; or -ESTALE if it, or the table, changed
 *
 * Context: Process context, may sleep. Takes and drops the live table.
 * Return: false if there is no such target.
 */
bool dm_bad_own_ranges(struct mapped_device *md, u64 pos, u64 len,
		       struct bdev_bad_list *list, int *error)
{
	struct dm_bad_own own;

	*error = dm_bad_own_get(md, &own);
	if (!*error && !own.ops)
		return false;
	if (!*error)
		*error = own.ops->ranges(own.copy, pos, len, list);
	if (!*error)
		*error = dm_bad_own_check(md, &own);
	dm_bad_own_put(&own);
	return true;
}

/**
 * dm_bad_own_any - is anything bad of a target that is all of its table?
 * @md: the mapped device
 * @hops: how many stacking drivers the question has passed
 * @any: set to false if nothing is bad, and that is known
 *
 * Context: As dm_bad_own_ranges().
 * Return: false if there is no such target.
 */
bool dm_bad_own_any(struct mapped_device *md, unsigned int hops, bool *any)
{
	struct dm_bad_own own;
	int r = dm_bad_own_get(md, &own);

	if (!r && !own.ops)
		return false;
	*any = r || own.ops->any(own.copy, hops);
	dm_bad_own_put(&own);
	return true;
}
