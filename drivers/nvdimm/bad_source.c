// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad memory that the users of a namespace come upon.
 *
 * The drivers of the platform enter what the processor and the media report in
 * the bus's list of bad ranges. What memory management and the disks find out by
 * themselves goes into the same list, so that there is one truth.
 */
#include <linux/blk-badrange.h>
#include <linux/blk_types.h>
#include <linux/device.h>
#include <linux/libnvdimm.h>
#include <linux/spinlock.h>
#include "bad_tracker.h"
#include "badrange_page.h"
#include "nd-core.h"

/*
 * Who decodes machine checks into finer reports? The platforms that have
 * commands for their media; PMEM_LEGACY, virtio and the like do not, and need
 * not be waited for.
 */
static bool nvdimm_bus_decodes(struct nvdimm_bus *nvdimm_bus)
{
	return nvdimm_bus->nd_desc->ndctl;
}

/**
 * nvdimm_page_failed - memory_failure() was called for a page
 * @dev: device below the nvdimm bus
 * @addr: physical address of the page
 * @length: in bytes
 * @simulated: in software, no machine check comes with it
 *
 * Enters the page as bad, at once or when nothing finer has been said of it in
 * time.
 *
 * Context: Process context, under mf_mutex; does not start I/O.
 */
void nvdimm_page_failed(struct device *dev, u64 addr, u64 length,
			bool simulated)
{
	struct nvdimm_bus *nvdimm_bus = walk_to_nvdimm_bus(dev);
	struct badrange *badrange;
	bool final;
	int error;

	if (!nvdimm_bus)
		return;
	badrange = &nvdimm_bus->badrange;

	final = simulated || !nvdimm_bus_decodes(nvdimm_bus);
	if (final)
		error = badrange_add_cause(badrange, addr, length,
					   BDEV_BAD_MACHINE_CHECK, GFP_NOIO);
	else
		error = badrange_add_page(badrange, addr, length);
	if (error) {
		dev_warn_ratelimited(dev, "no memory to enter bad page %#llx\n",
				     addr);
		return;
	}
	if (final)
		return;

	spin_lock(&badrange->lock);
	badrange_changed(badrange, BADRANGE_SETTLE);
	spin_unlock(&badrange->lock);
}
EXPORT_SYMBOL_GPL(nvdimm_page_failed);

/**
 * nvdimm_read_failed - a read came upon bad memory
 * @dev: device below the nvdimm bus
 * @addr: physical address of the first byte that could not be read
 * @gfp: how memory may be allocated
 *
 * Enters the 512-byte sector that holds the byte. If the processor has reported
 * it too, and the driver of the platform has entered that, it changes nothing.
 *
 * Context: Any but interrupt; sleeps if @gfp says so.
 */
void nvdimm_read_failed(struct device *dev, u64 addr, gfp_t gfp)
{
	struct nvdimm_bus *nvdimm_bus = walk_to_nvdimm_bus(dev);

	if (!nvdimm_bus)
		return;
	if (badrange_add_cause(&nvdimm_bus->badrange,
			       ALIGN_DOWN(addr, SECTOR_SIZE), SECTOR_SIZE,
			       BDEV_BAD_MEDIA, gfp))
		dev_warn_ratelimited(dev, "no memory to enter bad address %#llx\n",
				     addr);
}
EXPORT_SYMBOL_GPL(nvdimm_read_failed);
