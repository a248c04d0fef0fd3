// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that are malformed whatever is in them: operations without attributes, and
 * those that are asked in the wrong way.
 */
#include "request.h"

static __u32 reserved(struct nl_msg *msg)
{
	msg->genlh.reserved = 1;
	return 0;
}

static __u32 nothing(struct nl_msg *msg)
{
	(void)msg;
	return 0;
}

static __u32 header_cut(struct nl_msg *msg)
{
	msg->nlh.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN - 1;
	return 0;
}

/* Operations that take no attributes take none. */
TEST_F(request, no_attributes)
{
	static const struct bad_request bad[] = {
		{ "attribute 1", -EINVAL, "attribute", .type = 1, .len = 4 },
		{ "a type far behind", -EINVAL, "Unknown", .type = 1000,
		  .len = 4 },
		{ "a reserved field", -EINVAL, "reserved", reserved },
		{ "a header that is cut off", -EINVAL, NULL, header_cut },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		check_refused(_metadata, &self->nl, FSERROR_CMD_STAT_GET, 0,
			      &bad[i]);
		check_refused(_metadata, &self->nl, FSERROR_CMD_FS_GET,
			      NLM_F_DUMP, &bad[i]);
	}
	/* and those that take some look at their headers as well */
	for (i = 2; i < ARRAY_SIZE(bad); i++) {
		check_refused(_metadata, &self->nl, FSERROR_CMD_TEST_EVENT, 0,
			      &bad[i]);
	}
}

TEST_F(request, do_and_dump)
{
	static const struct {
		__u8 cmd;
		__u16 flags;
	} wrong[] = {
		{ FSERROR_CMD_EVENT_GET, 0 },
		{ FSERROR_CMD_DAMAGE_GET, 0 },
		{ FSERROR_CMD_FS_GET, 0 },
		{ FSERROR_CMD_WATCH_SET, NLM_F_DUMP },
		{ FSERROR_CMD_STAT_GET, NLM_F_DUMP },
		{ FSERROR_CMD_TEST_EVENT, NLM_F_DUMP },
		/* sent, never asked for */
		{ FSERROR_CMD_DAMAGE_NTF, 0 },
		{ FSERROR_CMD_DAMAGE_NTF, NLM_F_DUMP },
		{ FSERROR_CMD_IO_NTF, 0 },
		{ FSERROR_CMD_IO_NTF, NLM_F_DUMP },
		/* no operations */
		{ 0, 0 },
		{ FSERROR_CMD_MAX + 1, 0 },
		{ FSERROR_CMD_MAX + 1, NLM_F_DUMP },
		{ 255, 0 },
	};
	static const struct bad_request bad = {
		"not in this way",
		-EOPNOTSUPP,
		NULL,
		nothing,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		check_refused(_metadata, &self->nl, wrong[i].cmd,
			      wrong[i].flags, &bad);
}

TEST_HARNESS_MAIN
