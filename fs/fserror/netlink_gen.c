// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/fserror.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: tools/net/ynl/ynl-regen.sh */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/fserror_netlink.h>
#include <nl_sock.h>

/* Integer value ranges */
static const struct netlink_range_validation fserror_a_fs_id_minor_range = {
	.max	= 1048575ULL,
};

/* Common nested types */
const struct nla_policy fserror_fs_id_nl_policy[FSERROR_A_FS_ID_INSTANCE + 1] = {
	[FSERROR_A_FS_ID_MAJOR] = NLA_POLICY_MAX(NLA_U32, 4095),
	[FSERROR_A_FS_ID_MINOR] = NLA_POLICY_FULL_RANGE(NLA_U32, &fserror_a_fs_id_minor_range),
	[FSERROR_A_FS_ID_UUID] = NLA_POLICY_EXACT_LEN(16),
	[FSERROR_A_FS_ID_INSTANCE] = NLA_POLICY_MIN(NLA_UINT, 1),
};

/* FSERROR_CMD_EVENT_GET - dump */
static const struct nla_policy fserror_event_get_nl_policy[FSERROR_A_EVENT_SINCE + 1] = {
	[FSERROR_A_EVENT_GROUP] = NLA_POLICY_RANGE(NLA_U32, 1, 2),
	[FSERROR_A_EVENT_BOOT_ID] = NLA_POLICY_EXACT_LEN(16),
	[FSERROR_A_EVENT_SINCE] = { .type = NLA_UINT, },
};

/* FSERROR_CMD_DAMAGE_GET - dump */
static const struct nla_policy fserror_damage_get_nl_policy[FSERROR_A_DAMAGE_RANGES + 1] = {
	[FSERROR_A_DAMAGE_FS] = NLA_POLICY_NESTED(fserror_fs_id_nl_policy),
	[FSERROR_A_DAMAGE_RANGES] = { .type = NLA_FLAG, },
};

/* FSERROR_CMD_WATCH_SET - do */
static const struct nla_policy fserror_watch_set_nl_policy[FSERROR_A_WATCH_CAUSES + 1] = {
	[FSERROR_A_WATCH_FS] = NLA_POLICY_NESTED(fserror_fs_id_nl_policy),
	[FSERROR_A_WATCH_KINDS] = NLA_POLICY_MASK(NLA_U32, 0x7ffe),
	[FSERROR_A_WATCH_CAUSES] = NLA_POLICY_MASK(NLA_U32, 0xe),
};

/* FSERROR_CMD_TEST_EVENT - do */
static const struct nla_policy fserror_test_event_nl_policy[FSERROR_A_TEST_FS + 1] = {
	[FSERROR_A_TEST_FS] = NLA_POLICY_NESTED(fserror_fs_id_nl_policy),
};

/* Ops table for fserror */
static const struct genl_split_ops fserror_nl_ops[] = {
	{
		.cmd		= FSERROR_CMD_EVENT_GET,
		.start		= fserror_nl_event_start,
		.dumpit		= fserror_nl_event_get_dumpit,
		.policy		= fserror_event_get_nl_policy,
		.maxattr	= FSERROR_A_EVENT_SINCE,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= FSERROR_CMD_DAMAGE_GET,
		.start		= fserror_nl_damage_start,
		.dumpit		= fserror_nl_damage_get_dumpit,
		.done		= fserror_nl_damage_done,
		.policy		= fserror_damage_get_nl_policy,
		.maxattr	= FSERROR_A_DAMAGE_RANGES,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= FSERROR_CMD_WATCH_SET,
		.pre_doit	= fserror_nl_pre_doit,
		.doit		= fserror_nl_watch_set_doit,
		.policy		= fserror_watch_set_nl_policy,
		.maxattr	= FSERROR_A_WATCH_CAUSES,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= FSERROR_CMD_FS_GET,
		.start	= fserror_nl_start,
		.dumpit	= fserror_nl_fs_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= FSERROR_CMD_STAT_GET,
		.pre_doit	= fserror_nl_pre_doit,
		.doit		= fserror_nl_stat_get_doit,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= FSERROR_CMD_TEST_EVENT,
		.pre_doit	= fserror_nl_pre_doit,
		.doit		= fserror_nl_test_event_doit,
		.policy		= fserror_test_event_nl_policy,
		.maxattr	= FSERROR_A_TEST_FS,
		.flags		= GENL_CMD_CAP_DO,
	},
};

static const struct genl_multicast_group fserror_nl_mcgrps[] = {
	[FSERROR_NLGRP_DAMAGE] = { "damage", },
	[FSERROR_NLGRP_IO] = { "io", },
};

static void __fserror_nl_sock_priv_init(void *priv)
{
	fserror_nl_sock_priv_init(priv);
}

static void __fserror_nl_sock_priv_destroy(void *priv)
{
	fserror_nl_sock_priv_destroy(priv);
}

struct genl_family fserror_nl_family __ro_after_init = {
	.name		= FSERROR_FAMILY_NAME,
	.version	= FSERROR_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= fserror_nl_ops,
	.n_split_ops	= ARRAY_SIZE(fserror_nl_ops),
	.mcgrps		= fserror_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(fserror_nl_mcgrps),
	.sock_priv_size	= sizeof(struct fserror_nl_sock),
	.sock_priv_init	= __fserror_nl_sock_priv_init,
	.sock_priv_destroy = __fserror_nl_sock_priv_destroy,
};
