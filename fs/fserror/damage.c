// SPDX-License-Identifier: GPL-2.0-only
/*
 * damage-get: what is bad now, mapped to files.
 *
 * Nothing is kept between two calls of the dump but where it is. Each call asks
 * the devices anew, goes on where the last one stopped, and lets go of the
 * filesystem before it returns, so a slow reader holds up nobody. What goes bad
 * behind the dump's back arrives as an event: watchers subscribe before they
 * ask.
 *
 * LOCKING
 *
 * A call runs under the socket's dump lock and takes s_umount shared, of one
 * filesystem at a time; see fs/fserror/resolve.c for what happens under it.
 */
#include <kunit/visibility.h>
#include <linux/blkdev.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/genetlink.h>
#include "internal.h"
#include "netlink_gen.h"

/**
 * struct fserror_damage_dump - where a damage-get is
 * @only: the one filesystem to dump, if @one
 * @one: dump only one
 * @id: id of the filesystem that the dump is in, 0 at the beginning
 * @nr: device of that filesystem
 * @pos: byte of that device
 * @unplaced: ranges of that device that were dumped although nobody knows where
 *	in the device they are
 * @cursor: where the resolver goes on in the range that begins at @pos
 */
struct fserror_damage_dump {
	struct fserror_filter_fs	only;
	bool				one;
	u64				id;
	unsigned int			nr;
	u64				pos;
	unsigned int			unplaced;
	struct fserror_cursor		cursor;
};

/**
 * struct fserror_damage_sink - puts owners into the answer
 * @sink: what the filesystem sees
 * @skb: answer
 * @cb: dump
 */
struct fserror_damage_sink {
	struct fserror_sink		sink;
	struct sk_buff			*skb;
	struct netlink_callback		*cb;
};

struct fserror_damage_ctx {
	struct fserror_damage_dump	*dump;
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
	struct fserror_damage_dump *dump;
	int error;

	NL_ASSERT_CTX_FITS(struct fserror_damage_ctx);

	error = fserror_nl_start(cb);
	if (error)
		return error;

	dump = kzalloc_obj(*dump);
	if (!dump)
		return -ENOMEM;

	if (fs) {
		dump->one = true;
		error = fserror_nl_parse_fs(fs, cb->extack, &dump->only);
		if (error)
			goto out_free;
		if (!fserror_sb_known(&dump->only)) {
			NL_SET_ERR_MSG_ATTR(cb->extack, fs,
					    "no such filesystem is mounted");
			error = -ENODEV;
			goto out_free;
		}
	}
	ctx->dump = dump;
	return 0;

out_free:
	kfree(dump);
	return error;
}

/**
 * fserror_nl_damage_done - end a damage-get
 * @cb: dump
 *
 * Context: Process context.
 * Return: 0.
 */
int fserror_nl_damage_done(struct netlink_callback *cb)
{
	struct fserror_damage_ctx *ctx = (void *)cb->ctx;

	kfree(ctx->dump);
	return 0;
}

static int fserror_damage_put(struct fserror_sink *sink,
			      struct fserror_record *record,
			      struct inode *inode)
{
	struct fserror_damage_sink *ds =
			container_of(sink, struct fserror_damage_sink, sink);
	struct netlink_callback *cb = ds->cb;
	void *hdr;

	if (!fserror_nl_sock_wants(NETLINK_CB(cb->skb).sk, record))
		return 0;

	hdr = genlmsg_put(ds->skb, NETLINK_CB(cb->skb).portid,
			  cb->nlh->nlmsg_seq, &fserror_nl_family, NLM_F_MULTI,
			  FSERROR_CMD_DAMAGE_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (fserror_nl_put_record(ds->skb, FSERROR_A_DAMAGE_RECORD, record)) {
		genlmsg_cancel(ds->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(ds->skb, hdr);
	return 0;
}

static int fserror_damage_cmp(const void *a, const void *b)
{
	const struct bdev_bad_range *x = a, *y = b;

	if (x->pos != y->pos)
		return x->pos < y->pos ? -1 : 1;
	return 0;
}

/* Ranges may overlap: begin where the last one ended. */
VISIBLE_IF_KUNIT
bool fserror_damage_skip_to(struct bdev_bad_range *range, u64 pos)
{
	u64 end = range->pos + range->len;

	if (end <= pos)
		return false;
	if (range->pos < pos) {
		if (!range->layer) {
			range->origin_pos += pos - range->pos;
			range->origin_len = end - pos;
		}
		range->len = end - pos;
		range->pos = pos;
	}
	return true;
}

static int fserror_damage_bdev(struct fserror_damage_dump *dump,
			       struct fserror_damage_sink *ds,
			       struct super_block *sb,
			       struct block_device *bdev, u64 size)
{
	struct bdev_bad_list list = { };
	unsigned int i, unplaced = 0;
	int error;

	error = bdev_get_bad_ranges(bdev, 0, size, &list);
	if (error)
		goto out_free;
	sort(list.ranges, list.nr, sizeof(*list.ranges), fserror_damage_cmp,
	     NULL);

	for (i = 0; i < list.nr; i++) {
		struct bdev_bad_range *range = &list.ranges[i];

		if (range->layer || !fserror_damage_skip_to(range, dump->pos))
			continue;
		/* the cursor is of the range that the last call stopped in */
		if (range->pos != dump->pos)
			dump->cursor = (struct fserror_cursor) { };
		dump->pos = range->pos;

		ds->sink.range = range;
		ds->sink.cursor = dump->cursor;
		error = fserror_resolve(sb, bdev, &ds->sink);
		if (error == -EMSGSIZE) {
			dump->cursor = ds->sink.cursor;
			break;
		}
		/* any other error was emitted as an unresolved range */
		error = 0;
		dump->pos = range->pos + range->len;
		dump->cursor = (struct fserror_cursor) { };
	}

	/* these have no position to go on from, and one owner each: nobody */
	for (i = 0; !error && i < list.nr; i++) {
		if (!list.ranges[i].layer || unplaced++ < dump->unplaced)
			continue;
		ds->sink.range = &list.ranges[i];
		error = fserror_resolve(sb, bdev, &ds->sink);
		if (error != -EMSGSIZE) {
			error = 0;
			dump->unplaced++;
		}
	}

out_free:
	bdev_bad_list_free(&list);
	return error;
}

static int fserror_damage_sb(struct fserror_damage_dump *dump,
			     struct fserror_damage_sink *ds,
			     struct super_block *sb)
{
	struct block_device *bdev;
	u64 size;
	int error;

	if (dump->one &&
	    !fserror_filter_fs_is(&dump->only, sb->s_dev, &sb->s_uuid))
		return 0;

	while ((bdev = fserror_sb_bdev(sb, dump->nr, &size))) {
		error = fserror_damage_bdev(dump, ds, sb, bdev, size);
		if (error)
			return error;
		dump->nr++;
		dump->pos = 0;
		dump->unplaced = 0;
	}
	return 0;
}

/**
 * fserror_nl_damage_get_dumpit - dump what is bad now
 * @skb: answer
 * @cb: dump
 *
 * Context: Process context, may sleep.
 * Return: length of @skb if there is more, 0 at the end, -ENOMEM, or an error of
 * a driver that was asked.
 */
int fserror_nl_damage_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	struct fserror_damage_ctx *ctx = (void *)cb->ctx;
	struct fserror_damage_dump *dump = ctx->dump;
	struct fserror_damage_sink ds = {
		.sink.put	= fserror_damage_put,
		.skb		= skb,
		.cb		= cb,
	};
	struct super_block *sb;
	int error;
	u64 id;

	/* the filesystem that the last call was in, if it is still there */
	id = dump->id ? dump->id - 1 : 0;
	while ((sb = fserror_sb_get_next(&id))) {
		if (id != dump->id) {
			dump->id = id;
			dump->nr = 0;
			dump->pos = 0;
			dump->unplaced = 0;
			dump->cursor = (struct fserror_cursor) { };
		}
		error = fserror_damage_sb(dump, &ds, sb);
		fserror_sb_put(sb);
		if (error == -EMSGSIZE && skb->len)
			return skb->len;
		if (error)
			return error;
	}
	return 0;
}
