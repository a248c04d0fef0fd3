// SPDX-License-Identifier: GPL-2.0-only
/* What is on the block devices that --source names, as the kernel has it. */
#include "select.h"

#include <errno.h>
#include <sys/sysmacros.h>

static bool stack_has(const struct select_stack *stack, unsigned int major,
		      unsigned int minor)
{
	return devices_have(&stack->devices, makedev(major, minor));
}

bool select_on_stack(const struct select_stack *stack,
		     const struct fserror_filesystem *fs)
{
	size_t i;

	if (stack_has(stack, fs->major, fs->minor))
		return true;
	for (i = 0; i < fs->nr_devices; i++) {
		if (stack_has(stack, fs->devices[i].major,
			      fs->devices[i].minor))
			return true;
	}
	return false;
}

/* a filesystem that the kernel has on a stack; it may be known already */
static int add_found(struct select *select, const struct fserror_filesystem *fs)
{
	const struct fserror_fs_id *known = select->mounted.v;
	dev_t dev = makedev(fs->major, fs->minor);
	const struct devices one = { &dev, 1 };
	size_t i;

	for (i = 0; i < select->mounted.nr; i++) {
		if (known[i].major == fs->major && known[i].minor == fs->minor)
			return 0;
	}
	return select_add_devices(&select->sources, &one) ||
			       select_add_devices(&select->mounted, &one) ?
		       -ENOMEM :
		       0;
}

int select_learn_from(struct select *select, const struct filesystems *list)
{
	struct select_stack *stack = select->stacks.v;
	size_t i, j;

	for (i = 0; i < select->stacks.nr; i++) {
		for (j = 0; j < list->nr; j++) {
			if (!FS_HAS(&list->v[j], MAJOR) ||
			    !FS_HAS(&list->v[j], MINOR) ||
			    !select_on_stack(&stack[i], &list->v[j]))
				continue;
			stack[i].found = true;
			if (add_found(select, &list->v[j]))
				return -ENOMEM;
		}
	}
	return 0;
}

int select_learn(struct select *select, struct fserror_client *client)
{
	struct filesystems list = { 0 };
	int err;

	if (!select->stacks.nr)
		return 0;
	err = filesystems_load(&list, client);
	if (!err)
		err = select_learn_from(select, &list);
	filesystems_free(&list);
	return err;
}
