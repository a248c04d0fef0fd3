// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad memory that the users of a namespace come upon.
 *
 * The drivers of the platform enter what the processor and the media report in
 * the bus's list of bad ranges. What memory management and the disks find out by
 * themselves goes into the same list, so that there is one truth.
 */
#include <linux/align.h>
#include <linux/blk-badrange.h>
#include <linux/blk_types.h>
#include <linux/device.h>
#include <linux/libnvdimm.h>
#include "bad_disk.h"
#include "badrange_page.h"
#include "nd-core.h"

/**
 * nvdimm_page_failed - memory_failure() was called for a page
 * @dev: device below the nvdimm bus
 * @addr: physical address of the page
 * @length: in bytes
 * @simulated: in software, no machine check comes with it
 *
 * Enters the page as bad. It is told at once, or when nothing finer has been said
 * of it in time.
 *
 * Context: Process context, under mf_mutex; does not start I/O.
 */
void nvdimm_page_failed(struct device *dev, u64 addr, u64 length,
			bool simulated)
{
	struct nvdimm_bus *nvdimm_bus = walk_to_nvdimm_bus(dev);

	if (!nvdimm_bus)
		return;

	if (simulated)
		badrange_enter(&nvdimm_bus->badrange, addr, length,
			       BDEV_BAD_MACHINE_CHECK, BADRANGE_SIMULATED,
			       GFP_NOIO);
	else if (nvdimm_bus->nd_desc->decodes_machine_checks)
		badrange_add_page(&nvdimm_bus->badrange, addr, length);
	else
		badrange_add_cause(&nvdimm_bus->badrange, addr, length,
				   BDEV_BAD_MACHINE_CHECK, GFP_NOIO);
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

	if (nvdimm_bus)
		badrange_add_cause(&nvdimm_bus->badrange,
				   ALIGN_DOWN(addr, SECTOR_SIZE), SECTOR_SIZE,
				   BDEV_BAD_MEDIA, gfp);
}
EXPORT_SYMBOL_GPL(nvdimm_read_failed);

/**
 * nvdimm_written - memory was written that nothing was known to be wrong with
 * @dev: device below the nvdimm bus
 * @addr: first physical address
 * @length: in bytes
 *
 * Pages that failed in simulation are good again as far as they were written.
 *
 * Context: Any but interrupt. Takes the lock of the bus's list if there are such
 * pages.
 */
void nvdimm_written(struct device *dev, u64 addr, u64 length)
{
	struct nvdimm_bus *nvdimm_bus = walk_to_nvdimm_bus(dev);

	if (nvdimm_bus)
		badrange_forget_simulated(&nvdimm_bus->badrange, addr, length);
}
EXPORT_SYMBOL_GPL(nvdimm_written);
