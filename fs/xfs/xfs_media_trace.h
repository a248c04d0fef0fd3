/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of the search for the owners of bad ranges.
 *
 * NOTE: none of these tracepoints shall be considered a stable kernel ABI as they
 * can change at any time.  pos and len are bytes, counted from the start of the
 * group; gbno counts filesystem blocks from there; xfs_trace.h has the other units.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xfs_media

#if !defined(_TRACE_XFS_MEDIA_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_XFS_MEDIA_TRACE_H

#include <linux/tracepoint.h>

TRACE_DEFINE_ENUM(XG_TYPE_AG);
TRACE_DEFINE_ENUM(XG_TYPE_RTG);

TRACE_EVENT(xfs_media_collect,
	TP_PROTO(const struct xfs_group *xg, xfs_agblock_t first,
		 xfs_agblock_t last, unsigned int nr, bool busy, int error),
	TP_ARGS(xg, first, last, nr, busy, error),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(enum xfs_group_type, type)
		__field(u32, gno)
		__field(xfs_agblock_t, first)
		__field(xfs_agblock_t, last)
		__field(unsigned int, nr)
		__field(bool, busy)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->dev = xg->xg_mount->m_super->s_dev;
		__entry->type = xg->xg_type;
		__entry->gno = xg->xg_gno;
		__entry->first = first;
		__entry->last = last;
		__entry->nr = nr;
		__entry->busy = busy;
		__entry->error = error;
	),
	TP_printk("dev %d:%d %sno 0x%x gbno 0x%x to 0x%x records %u busy %d error %d",
		  MAJOR(__entry->dev), MINOR(__entry->dev),
		  __print_symbolic(__entry->type, XG_TYPE_STRINGS),
		  __entry->gno, __entry->first, __entry->last, __entry->nr,
		  __entry->busy, __entry->error)
);

DECLARE_EVENT_CLASS(xfs_media_rec_class,
	TP_PROTO(const struct xfs_mount *mp, enum xfs_group_type type, u32 gno,
		 const struct xfs_rmap_irec *rec, u64 pos, u64 len),
	TP_ARGS(mp, type, gno, rec, pos, len),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(enum xfs_group_type, type)
		__field(u32, gno)
		__field(xfs_agblock_t, startblock)
		__field(xfs_extlen_t, blockcount)
		__field(u64, owner)
		__field(u64, offset)
		__field(unsigned int, flags)
		__field(u64, pos)
		__field(u64, len)
	),
	TP_fast_assign(
		__entry->dev = mp->m_super->s_dev;
		__entry->type = type;
		__entry->gno = gno;
		__entry->startblock = rec->rm_startblock;
		__entry->blockcount = rec->rm_blockcount;
		__entry->owner = rec->rm_owner;
		__entry->offset = rec->rm_offset;
		__entry->flags = rec->rm_flags;
		__entry->pos = pos;
		__entry->len = len;
	),
	TP_printk("dev %d:%d %sno 0x%x gbno 0x%x fsbcount 0x%x owner 0x%llx fileoff 0x%llx flags 0x%x pos 0x%llx len 0x%llx",
		  MAJOR(__entry->dev), MINOR(__entry->dev),
		  __print_symbolic(__entry->type, XG_TYPE_STRINGS),
		  __entry->gno, __entry->startblock, __entry->blockcount,
		  __entry->owner, __entry->offset, __entry->flags,
		  __entry->pos, __entry->len)
);

#define DEFINE_MEDIA_REC_EVENT(name) \
DEFINE_EVENT(xfs_media_rec_class, name, \
	TP_PROTO(const struct xfs_mount *mp, enum xfs_group_type type, u32 gno, \
		 const struct xfs_rmap_irec *rec, u64 pos, u64 len), \
	TP_ARGS(mp, type, gno, rec, pos, len))
DEFINE_MEDIA_REC_EVENT(xfs_media_record);
DEFINE_MEDIA_REC_EVENT(xfs_media_moved);

TRACE_EVENT(xfs_media_unknown,
	TP_PROTO(const struct xfs_mount *mp, enum xfs_group_type type, u32 gno,
		 u64 pos, u64 len),
	TP_ARGS(mp, type, gno, pos, len),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(enum xfs_group_type, type)
		__field(u32, gno)
		__field(u64, pos)
		__field(u64, len)
	),
	TP_fast_assign(
		__entry->dev = mp->m_super->s_dev;
		__entry->type = type;
		__entry->gno = gno;
		__entry->pos = pos;
		__entry->len = len;
	),
	TP_printk("dev %d:%d %sno 0x%x pos 0x%llx len 0x%llx",
		  MAJOR(__entry->dev), MINOR(__entry->dev),
		  __print_symbolic(__entry->type, XG_TYPE_STRINGS),
		  __entry->gno, __entry->pos, __entry->len)
);

#endif /* _TRACE_XFS_MEDIA_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE xfs_media_trace
#include <trace/define_trace.h>
