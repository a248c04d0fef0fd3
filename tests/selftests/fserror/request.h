/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests that are refused, with a text and with the attribute that is wrong. Defines
 * things, so that it is for the file with the tests only.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "kselftest_harness.h"

#include "netlink.h"

/**
 * struct bad_request - a request that is refused
 * @name: what is wrong with it
 * @error: negative errno of the answer
 * @text: a part of the text; NULL if there is none
 * @build: puts the attributes in; returns where the offending one is, 0 if there
 *	is none. NULL for the one attribute that the rest describes, which offends.
 * @missing: type of the missing attribute, in the attribute that @build returns, or
 *	in the request if that is 0; 0 if none is missing
 * @type: of the attribute
 * @len: bytes of it
 * @value: what it holds, if it is 4 bytes long; otherwise it is all zero
 */
struct bad_request {
	const char *name;
	int error;
	const char *text;
	__u32 (*build)(struct nl_msg *msg);
	__u32 missing;
	__u16 type;
	size_t len;
	__u32 value;
};

static inline __u32 put_bytes(struct nl_msg *msg, __u16 type, size_t len)
{
	static const char zeros[64];

	return nl_put(msg, type, zeros, len);
}

static inline __u32 build(struct nl_msg *msg, const struct bad_request *bad)
{
	if (bad->build)
		return bad->build(msg);
	if (bad->len == sizeof(bad->value))
		return nl_put_u32(msg, bad->type, bad->value);
	return put_bytes(msg, bad->type, bad->len);
}

static inline void check_refused(struct __test_metadata *_metadata,
				 struct nl *nl, __u8 cmd, __u16 flags,
				 const struct bad_request *bad)
{
	struct nl_answer answer;
	struct nl_msg msg;
	__u32 offset;

	nl_msg_init(&msg, nl, cmd, flags);
	offset = build(&msg, bad);
	ASSERT_EQ(0, nl_ask(nl, &msg, NULL, NULL, &answer));
	EXPECT_EQ(bad->error, answer.error);
	EXPECT_EQ(0, answer.replies);
	if (bad->text && !strstr(answer.text, bad->text)) {
		TH_LOG("\"%s\" is not in the text", bad->text);
		EXPECT_STREQ(bad->text, answer.text);
	}
	if (bad->missing) {
		EXPECT_TRUE(answer.has_missing);
		EXPECT_EQ(bad->missing, answer.missing);
		EXPECT_EQ(offset != 0, answer.has_nest);
		EXPECT_EQ(offset, answer.nest);
	} else {
		EXPECT_EQ(offset != 0, answer.has_offset);
		EXPECT_EQ(offset, answer.offset);
	}
	if (_metadata->exit_code)
		TH_LOG("failed at or before: %s", bad->name);
}

FIXTURE(request)
{
	struct nl nl;
};

FIXTURE_SETUP(request)
{
	ASSERT_EQ(0, nl_open(&self->nl));
}

FIXTURE_TEARDOWN(request)
{
	nl_close(&self->nl);
}

#endif /* REQUEST_H */
