// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CXL devices say of bad memory of theirs.
 *
 * A device tells of it in events, when it comes upon it or its scrubber does, and
 * has a list of its poison. Both give device physical addresses. Here is told what
 * they say; whom it concerns, and which physical addresses of the host it is, the
 * drivers of the regions know.
 *
 * LOCKING: The chain's own semaphore is held for reading while it is told. Callers
 * may hold cxl_rwsem, the lock of an event log or that of a poison list, so what is
 * called takes none of them.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/notifier.h>
#include <bad.h>
#include <cxlmem.h>
#include <cxl.h>
#include "trace.h"

static BLOCKING_NOTIFIER_HEAD(cxl_bad_chain);

static void cxl_bad_tell(const struct cxl_memdev *cxlmd, u64 dpa, u64 length,
			 enum cxl_bad_what what)
{
	struct cxl_bad_range bad = {
		.cxlmd = cxlmd,
		.dpa = dpa,
		.length = length,
	};

	blocking_notifier_call_chain(&cxl_bad_chain, what, &bad);
}

/* Does an event of this type mean that what the media holds cannot be read? */
static bool cxl_bad_event_type(enum cxl_event_type event_type, u8 type)
{
	/*
	 * An address that is not there, a violation of keys or states and a counter
	 * say nothing about the media. Nor does an error on a path inside of the
	 * device: what it spoils is poisoned, and an event of its own when it is read.
	 */
	switch (event_type) {
	case CXL_CPER_EVENT_GEN_MEDIA:
		return type == CXL_GMER_MEM_EVT_TYPE_ECC_ERROR ||
		       type == CXL_GMER_MEM_EVT_TYPE_SCRUB_MEDIA_ECC_ERROR;
	case CXL_CPER_EVENT_DRAM:
		return type == CXL_DER_MEM_EVT_TYPE_ECC_ERROR ||
		       type == CXL_DER_MEM_EVT_TYPE_SCRUB_MEDIA_ECC_ERROR;
	default:
		return false;
	}
}

/**
 * cxl_bad_event_dpa - the persistent memory that an event says is bad
 * @event_type: type of the record
 * @evt: the record, as the device has sent it
 *
 * Return: device physical address of a line of %CXL_BAD_LINE bytes, or ULLONG_MAX
 * if the event does not say that persistent memory is bad.
 */
u64 cxl_bad_event_dpa(enum cxl_event_type event_type,
		      const union cxl_event *evt)
{
	const struct cxl_event_media_hdr *media = &evt->media_hdr;
	u64 address;

	/* the other records have no such header */
	if (event_type != CXL_CPER_EVENT_GEN_MEDIA &&
	    event_type != CXL_CPER_EVENT_DRAM)
		return ULLONG_MAX;
	if (!(media->descriptor & CXL_GMER_EVT_DESC_UNCORECTABLE_EVENT) ||
	    !cxl_bad_event_type(event_type, media->type))
		return ULLONG_MAX;

	address = le64_to_cpu(media->phys_addr);
	if (address & CXL_DPA_VOLATILE)
		return ULLONG_MAX;
	return address & CXL_DPA_MASK;
}

/**
 * cxl_bad_event - tell of the bad memory that an event is about
 * @cxlmd: device that has sent it
 * @event_type: type of the record
 * @evt: the record
 *
 * Context: Process context, may sleep.
 */
void cxl_bad_event(const struct cxl_memdev *cxlmd,
		   enum cxl_event_type event_type, const union cxl_event *evt)
{
	u64 dpa = cxl_bad_event_dpa(event_type, evt);

	if (dpa != ULLONG_MAX)
		cxl_bad_tell(cxlmd, dpa, CXL_BAD_LINE, CXL_BAD_FOUND);
}

/**
 * cxl_bad_poison_list - tell of the bad memory that a list of poison names
 * @cxlmd: device that has sent it
 * @po: a part of its list; the caller has checked that all its records are there
 *
 * Context: Process context, may sleep.
 */
void cxl_bad_poison_list(const struct cxl_memdev *cxlmd,
			 const struct cxl_mbox_poison_out *po)
{
	if (po->flags & CXL_POISON_FLAG_OVERFLOW)
		dev_warn_ratelimited(&cxlmd->dev,
				     "more poison than its list holds, not all of it is known\n");

	for (int i = 0; i < le16_to_cpu(po->count); i++) {
		const struct cxl_poison_record *record = &po->record[i];
		u64 length = le32_to_cpu(record->length);

		cxl_bad_tell(cxlmd,
			     le64_to_cpu(record->address) & CXL_POISON_START_MASK,
			     length * CXL_POISON_LEN_MULT, CXL_BAD_FOUND);
	}
}

/**
 * cxl_bad_line - tell that poison of one line was injected or cleared
 * @cxlmd: the device
 * @dpa: first device physical address of the line
 * @what: which of both
 *
 * Context: Process context, may sleep.
 */
void cxl_bad_line(const struct cxl_memdev *cxlmd, u64 dpa,
		  enum cxl_bad_what what)
{
	cxl_bad_tell(cxlmd, dpa, CXL_BAD_LINE, what);
}

/**
 * cxl_bad_register_notifier - hear of bad memory of CXL devices
 * @nb: is called with an enum cxl_bad_what and a &struct cxl_bad_range that a device
 *	has made: it may be empty, and anywhere
 *
 * What was told before is not told again: who needs it reads the list of poison with
 * cxl_mem_get_poison().
 *
 * Context: Process context. @nb is called in process context, under the locks that
 * are named above.
 * Return: 0, or -EEXIST if it is registered already.
 */
int cxl_bad_register_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&cxl_bad_chain, nb);
}
EXPORT_SYMBOL_NS_GPL(cxl_bad_register_notifier, "CXL");

/**
 * cxl_bad_unregister_notifier - hear no more of bad memory
 * @nb: has been registered
 *
 * Context: Process context; waits until @nb is not being called any more.
 */
void cxl_bad_unregister_notifier(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&cxl_bad_chain, nb);
}
EXPORT_SYMBOL_NS_GPL(cxl_bad_unregister_notifier, "CXL");
