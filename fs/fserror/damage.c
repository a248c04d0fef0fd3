// SPDX-License-Identifier: GPL-2.0-only
/*
 * damage-get: what watchers were told is bad, mapped to files.
 *
 * The first call answers the header only: genetlink makes it with a lock held that is
 * the whole machine's. All others are made from recvmsg. None of them touches a
 * filesystem; dump.c does, in a work item, and a call waits for it for 100 ms at most. A
 * call that has nothing to say then says that it goes on.
 */
#include <net/genetlink.h>
#include "dump.h"
#include "netlink_gen.h"

#define FSERROR_DAMAGE_WAIT	(HZ / 10)

/**
 * struct fserror_damage_ctx - a damage-get, as netlink sees it
 * @dump: where it is
 * @as_of: number of the newest record before it began
 * @begun: the header was sent
 */
struct fserror_damage_ctx {
	struct fserror_dump	*dump;
	u64			as_of;
	bool			begun;
};

/**
 * fserror_nl_damage_start - begin a damage-get
 * @cb: dump
 *
 * Context: Process context, may sleep.
 * Return: 0, -EPERM, -EINVAL if the filesystem is not named properly, -ENODEV if
 * it is not mounted, or -ENOMEM.
 */
int fserror_nl_damage_start(struct netlink_callback *cb)
{
	struct fserror_damage_ctx *ctx = (void *)cb->ctx;
	const struct genl_info *info = genl_info_dump(cb);
	struct nlattr *fs = info->attrs[FSERROR_A_DAMAGE_FS];
	bool ranges = info->attrs[FSERROR_A_DAMAGE_RANGES];
	struct fserror_filter_fs only;
	int error;

	NL_ASSERT_CTX_FITS(struct fserror_damage_ctx);

	error = fserror_msg_capable(cb->skb, cb->extack);
	if (error)
		return error;
	if (fs) {
		error = fserror_msg_parse_fs(fs, cb->extack, &only);
		if (error)
			return error;
		if (!fserror_sb_known(&only))
			return fserror_msg_no_such_fs(fs, cb->extack);
	}

	/* before anything that was told is read */
	ctx->as_of = fserror_journal_take(FSERROR_GROUP_DAMAGE);
	ctx->dump = fserror_dump_new(fs ? &only : NULL, ranges);
	return ctx->dump ? 0 : -ENOMEM;
}

/**
 * fserror_nl_damage_done - end a damage-get
 * @cb: dump
 *
 * Context: Process context. Waits for nobody.
 * Return: 0.
 */
int fserror_nl_damage_done(struct netlink_callback *cb)
{
	struct fserror_damage_ctx *ctx = (void *)cb->ctx;

	WRITE_ONCE(ctx->dump->cancelled, true);
	fserror_dump_put(ctx->dump);
	return 0;
}

static int fserror_damage_put(struct sk_buff *skb,
			      const struct fserror_dump_item *item)
{
	switch (item->type) {
	case FSERROR_DUMP_BEGIN:
		return fserror_msg_put_begin(skb, item->info);
	case FSERROR_DUMP_RECORD:
		return fserror_msg_put_record(skb, FSERROR_A_DAMAGE_RECORD,
					      &item->record);
	case FSERROR_DUMP_END:
		return fserror_msg_put_end(skb, item->flags, item->info);
	}
	return -EINVAL;
}

/* One message: of an item, or if there is none the header or the sign of life. */
static int fserror_damage_msg(struct sk_buff *skb, struct netlink_callback *cb,
			      const struct fserror_dump_item *item)
{
	struct fserror_damage_ctx *ctx = (void *)cb->ctx;
	void *hdr;
	int error;

	hdr = fserror_msg_dump_begin(skb, cb, FSERROR_CMD_DAMAGE_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (item)
		error = fserror_damage_put(skb, item);
	else if (!ctx->begun)
		error = fserror_msg_put_header(skb, ctx->as_of);
	else
		error = nla_put_flag(skb, FSERROR_A_DAMAGE_PROGRESS);
	if (error) {
		genlmsg_cancel(skb, hdr);
		return error;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * fserror_nl_damage_get_dumpit - dump what watchers were told is bad
 * @skb: answer
 * @cb: dump
 *
 * Context: Process context; sleeps 100 ms at most, and not at all when it is called
 * for the first time.
 * Return: length of @skb if there is more, 0 at the end, or -EINTR.
 */
int fserror_nl_damage_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	struct fserror_damage_ctx *ctx = (void *)cb->ctx;
	struct fserror_dump *dump = ctx->dump;
	struct sock *sk = NETLINK_CB(cb->skb).sk;
	struct fserror_dump_item *item;
	bool done = false;
	unsigned int i;
	int error = 0;

	if (!ctx->begun) {
		error = fserror_damage_msg(skb, cb, NULL);
		if (error)
			return error;
		ctx->begun = true;
		fserror_dump_start(dump);
		return skb->len;
	}

	if (fserror_dump_is_wanted(dump))
		fserror_dump_start(dump);
	if (!fserror_dump_wait(dump, FSERROR_DAMAGE_WAIT))
		return -EINTR;
	/* a filter may reject all of them, as fast as they come */
	for (i = 0; i < FSERROR_DUMP_BATCH; i++) {
		item = fserror_dump_first(dump, &done);
		if (!item)
			break;
		if (item->type != FSERROR_DUMP_RECORD ||
		    fserror_msg_sock_wants(sk, &item->record))
			error = fserror_damage_msg(skb, cb, item);
		if (error)
			break;
		fserror_dump_pop(dump);
	}
	if (error && !skb->len)
		return error;
	if (skb->len || done)
		return skb->len;

	/* it may have stopped for lack of memory */
	fserror_dump_start(dump);
	return fserror_damage_msg(skb, cb, NULL) ?: skb->len;
}
