/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM fserror

#if !defined(_TRACE_FSERROR_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_FSERROR_H

#include <linux/fserror_watch.h>
#include <linux/kdev_t.h>
#include <linux/tracepoint.h>

#define FSERROR_KINDS \
	{ FSERROR_KIND_BUFFERED_READ,	"buffered-read" }, \
	{ FSERROR_KIND_BUFFERED_WRITE,	"buffered-write" }, \
	{ FSERROR_KIND_DIRECTIO_READ,	"directio-read" }, \
	{ FSERROR_KIND_DIRECTIO_WRITE,	"directio-write" }, \
	{ FSERROR_KIND_DATA_LOST,	"data-lost" }, \
	{ FSERROR_KIND_METADATA,	"metadata" }, \
	{ FSERROR_KIND_MEDIA,		"media" }, \
	{ FSERROR_KIND_SHUTDOWN,	"shutdown" }, \
	{ FSERROR_KIND_CLEARED,		"cleared" }, \
	{ FSERROR_KIND_BULK,		"bulk" }, \
	{ FSERROR_KIND_TEST,		"test" }, \
	{ FSERROR_KIND_DEGRADED,	"degraded" }, \
	{ FSERROR_KIND_MOUNT,		"mount" }, \
	{ FSERROR_KIND_UNMOUNT,		"unmount" }

TRACE_DEFINE_ENUM(FSERROR_KIND_BUFFERED_READ);
TRACE_DEFINE_ENUM(FSERROR_KIND_BUFFERED_WRITE);
TRACE_DEFINE_ENUM(FSERROR_KIND_DIRECTIO_READ);
TRACE_DEFINE_ENUM(FSERROR_KIND_DIRECTIO_WRITE);
TRACE_DEFINE_ENUM(FSERROR_KIND_DATA_LOST);
TRACE_DEFINE_ENUM(FSERROR_KIND_METADATA);
TRACE_DEFINE_ENUM(FSERROR_KIND_MEDIA);
TRACE_DEFINE_ENUM(FSERROR_KIND_SHUTDOWN);
TRACE_DEFINE_ENUM(FSERROR_KIND_CLEARED);
TRACE_DEFINE_ENUM(FSERROR_KIND_BULK);
TRACE_DEFINE_ENUM(FSERROR_KIND_TEST);
TRACE_DEFINE_ENUM(FSERROR_KIND_DEGRADED);
TRACE_DEFINE_ENUM(FSERROR_KIND_MOUNT);
TRACE_DEFINE_ENUM(FSERROR_KIND_UNMOUNT);

/**
 * fserror_record - a record entered the ring of its group
 * @record: the record
 *
 * Also for one that was merged into another: fs_seq is 0 then, and seq is the number
 * of the other.
 *
 * pos and len are bytes in the file; dev_pos and dev_len are bytes on the
 * filesystem's device, origin_pos and origin_len on the device where the damage
 * began. Each is 0 if there is nothing to say.
 */
TRACE_EVENT(fserror_record,
	TP_PROTO(const struct fserror_record *record),
	TP_ARGS(record),
	TP_STRUCT__entry(
		__field(u64, seq)
		__field(u64, instance)
		__field(u64, fs_seq)
		__field(dev_t, dev)
		__field(u32, kind)
		__field(u32, error)
		__field(u32, cause)
		__field(u32, flags)
		__field(u64, ino)
		__field(u32, gen)
		__field(u64, pos)
		__field(u64, len)
		__field(u32, role)
		__field(u64, dev_pos)
		__field(u64, dev_len)
		__field(dev_t, origin)
		__field(u64, origin_pos)
		__field(u64, origin_len)
	),
	TP_fast_assign(
		__entry->seq = record->seq;
		__entry->instance = record->instance;
		__entry->fs_seq = record->fs_seq;
		__entry->dev = record->dev;
		__entry->kind = record->kind;
		__entry->error = record->error;
		__entry->cause = record->cause;
		__entry->flags = record->flags;
		__entry->ino = record->ino;
		__entry->gen = record->generation;
		__entry->pos = record->pos;
		__entry->len = record->len;
		__entry->role = record->role;
		__entry->dev_pos = record->device.pos;
		__entry->dev_len = record->device.len;
		__entry->origin = record->origin.dev;
		__entry->origin_pos = record->origin.pos;
		__entry->origin_len = record->origin.len;
	),
	TP_printk("seq %llu instance %llu fs_seq %llu dev %u:%u %s error %u cause %u flags 0x%x ino %llu gen %u pos %llu len %llu role %u dev_pos %llu dev_len %llu origin %u:%u origin_pos %llu origin_len %llu",
		  __entry->seq, __entry->instance, __entry->fs_seq,
		  MAJOR(__entry->dev), MINOR(__entry->dev),
		  __print_symbolic(__entry->kind, FSERROR_KINDS),
		  __entry->error, __entry->cause, __entry->flags,
		  __entry->ino, __entry->gen, __entry->pos, __entry->len,
		  __entry->role, __entry->dev_pos, __entry->dev_len,
		  MAJOR(__entry->origin), MINOR(__entry->origin),
		  __entry->origin_pos, __entry->origin_len)
);

#endif /* _TRACE_FSERROR_H */

#include <trace/define_trace.h>
