// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <linux/fserror_netlink.h>

#include "fsbench.h"
#include "genl.h"

struct answer {
	unsigned long records;
	unsigned long complete;
	unsigned long busy;
	unsigned long pending;
	unsigned long long first_us;
};

static void take_damage(const struct nlattr *attr, void *data)
{
	struct answer *answer = data;

	switch (attr->nla_type & NLA_TYPE_MASK) {
	case FSERROR_A_DAMAGE_RECORD:
		if (!answer->records++)
			answer->first_us = now_us();
		break;
	case FSERROR_A_DAMAGE_END:
		answer->complete +=
			!!genl_find(attr, FSERROR_A_DUMP_END_COMPLETE);
		answer->busy += !!genl_find(attr, FSERROR_A_DUMP_END_BUSY);
		answer->pending +=
			!!genl_find(attr, FSERROR_A_DUMP_END_PENDING);
		break;
	}
}

static size_t damage_request(char *attrs, bool ranges, __u64 instance)
{
	struct nlattr flag = { .nla_len = NLA_HDRLEN,
			       .nla_type = FSERROR_A_DAMAGE_RANGES };
	struct {
		struct nlattr nest;
		struct nlattr attr;
		__u64 value;
	} __attribute__((packed)) fs = {
		.nest = { .nla_len = sizeof(fs),
			  .nla_type = FSERROR_A_DAMAGE_FS | NLA_F_NESTED },
		.attr = { .nla_len = NLA_HDRLEN + sizeof(fs.value),
			  .nla_type = FSERROR_A_FS_ID_INSTANCE },
		.value = instance,
	};
	size_t len = 0;

	if (ranges) {
		memcpy(attrs, &flag, sizeof(flag));
		len += sizeof(flag);
	}
	if (instance) {
		memcpy(attrs + len, &fs, sizeof(fs));
		len += NLA_ALIGN(sizeof(fs));
	}
	return len;
}

int damage(int argc, char **argv)
{
	bool ranges = argc > 0 && !strcmp(argv[0], "ranges");
	__u64 instance = argc > ranges ? number(argv[ranges]) : 0;
	struct answer answer = { 0 };
	unsigned long long begin;
	char attrs[64] = { 0 };
	struct genl genl;
	size_t len;

	genl_open(&genl, 0);
	len = damage_request(attrs, ranges, instance);
	begin = now_us();
	genl_dump(&genl, FSERROR_CMD_DAMAGE_GET, attrs, len);
	while (genl_dump_next(&genl, take_damage, &answer))
		;
	printf("us=%llu records=%lu complete=%lu busy=%lu pending=%lu first_us=%llu\n",
	       now_us() - begin, answer.records, answer.complete, answer.busy,
	       answer.pending, answer.records ? answer.first_us - begin : 0);
	return 0;
}
