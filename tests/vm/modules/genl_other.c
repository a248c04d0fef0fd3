// SPDX-License-Identifier: GPL-2.0-only
/*
 * genl_other: another family of generic netlink, which comes and goes.
 *
 *	echo 1 >/sys/module/genl_other/parameters/there
 *
 * Registering a family, and taking it back, waits until no request and no beginning of a
 * dump of any family runs. So it shows whether one of ours takes long.
 *
 * With the parameter slow_ms the family answers a dump that slowly, and does what it
 * must not: a test of the test.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <net/genetlink.h>

static unsigned int slow_ms;
module_param(slow_ms, uint, 0444);
MODULE_PARM_DESC(slow_ms, "How long the answer to a dump takes");

static int genl_other_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	msleep(slow_ms);
	return 0;
}

static const struct genl_ops genl_other_ops[] = {
	{
		.cmd = 1,
		.dumpit = genl_other_dumpit,
	},
};

static struct genl_family genl_other_family = {
	.name = "other",
	.version = 1,
	.module = THIS_MODULE,
	.ops = genl_other_ops,
	.n_ops = ARRAY_SIZE(genl_other_ops),
	.resv_start_op = 2,
	.parallel_ops = true,
};

static bool there;

/* The lock of the parameters is held. */
static int genl_other_set_there(const char *val, const struct kernel_param *kp)
{
	bool wanted;
	int error;

	error = kstrtobool(val, &wanted);
	if (error || wanted == there)
		return error;
	error = wanted ? genl_register_family(&genl_other_family) :
			 genl_unregister_family(&genl_other_family);
	if (!error)
		there = wanted;
	return error;
}

static const struct kernel_param_ops genl_other_there_ops = {
	.set = genl_other_set_there,
	.get = param_get_bool,
};

module_param_cb(there, &genl_other_there_ops, &there, 0644);
MODULE_PARM_DESC(there, "Whether the family is registered");

static int __init genl_other_init(void)
{
	return 0;
}
module_init(genl_other_init);

static void __exit genl_other_exit(void)
{
	if (there)
		genl_unregister_family(&genl_other_family);
}
module_exit(genl_other_exit);

MODULE_DESCRIPTION("A family of generic netlink that comes and goes, for tests");
MODULE_LICENSE("GPL");
