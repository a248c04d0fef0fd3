// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory_hole: a page that the kernel cannot read, as if the memory were bad and nobody had
 * said so.
 *
 *	echo PFN >/sys/module/memory_hole/parameters/hole
 *	echo 0 >/sys/module/memory_hole/parameters/hole
 *
 * It is taken out of the kernel's own mapping, and put back. A copy that can cope with bad
 * memory stops there; whatever else touches it dies.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/set_memory.h>

static unsigned long hole;

/* The lock of the parameters is held. */
static int memory_hole_set(const char *val, const struct kernel_param *kp)
{
	unsigned long pfn;
	int error;

	error = kstrtoul(val, 0, &pfn);
	if (error)
		return error;
	if (pfn && !pfn_valid(pfn))
		return -EINVAL;
	if (hole) {
		error = clear_mce_nospec(hole);
		if (error)
			return error;
		hole = 0;
	}
	if (!pfn)
		return 0;
	error = set_mce_nospec(pfn);
	if (!error)
		hole = pfn;
	return error;
}

static const struct kernel_param_ops memory_hole_ops = {
	.set = memory_hole_set,
	.get = param_get_ulong,
};

module_param_cb(hole, &memory_hole_ops, &hole, 0644);
MODULE_PARM_DESC(hole, "Page frame number of the page, 0 for none");

static int __init memory_hole_init(void)
{
	return 0;
}

/* Nobody is left without his page. */
static void __exit memory_hole_exit(void)
{
	if (hole)
		clear_mce_nospec(hole);
}

module_init(memory_hole_init);
module_exit(memory_hole_exit);
MODULE_DESCRIPTION("A page that the kernel cannot read");
MODULE_LICENSE("GPL");
