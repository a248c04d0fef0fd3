// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad memory of persistent regions of CXL devices, for the nvdimm bus.
 *
 * What the devices of a region say is bad is entered in the bus's list, as what an
 * NVDIMM says is, and so is refused, told and made good by a write. The bus's command
 * to clear poison is answered with one to the device for each line.
 *
 * Memory that is not persistent is not seen to here: whoever reads poison of it gets
 * a machine check, and its page goes to memory_failure().
 *
 * LOCKING: cxl_pmem_bad_rwsem guards the list of regions, and keeps those that are on
 * it. A disk that is being written takes it for reading, so nothing is allocated that
 * may wait for a disk while it is held, for reading too: a writer that waits bars
 * readers. The locks of the mailbox and of the bus's list nest inside of it.
 */
#include <linux/device.h>
#include <linux/libnvdimm.h>
#include <linux/list.h>
#include <linux/nd.h>
#include <linux/ndctl.h>
#include <linux/notifier.h>
#include <linux/range.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "bad.h"
#include "cxlmem.h"
#include "cxl.h"

/* whoever is killed while poison is cleared has at most so many bytes to wait for */
#define CXL_PMEM_BAD_KILLED	SZ_1M

/**
 * struct cxl_pmem_bad - a persistent region
 * @list: in cxl_pmem_bads
 * @dev: the region's device
 * @nvdimm_bus: the bus that it is on
 * @nd_region: the bus's region, or NULL if there is none yet, or any more
 * @map: where its memory is
 * @work: reads the lists of poison of its devices
 * @shown: has the region show what has been entered
 */
struct cxl_pmem_bad {
	struct list_head list;
	struct device *dev;
	struct nvdimm_bus *nvdimm_bus;
	struct nd_region *nd_region;
	struct cxl_bad_map map;
	struct work_struct work;
	struct work_struct shown;
};

static LIST_HEAD(cxl_pmem_bads);
static DECLARE_RWSEM(cxl_pmem_bad_rwsem);

static void cxl_pmem_bad_found(u64 hpa, u64 length, void *data)
{
	struct cxl_pmem_bad *region = data;

	nvdimm_bus_add_badrange(region->nvdimm_bus, hpa, length);
	if (region->nd_region)
		queue_work(system_dfl_wq, &region->shown);
}

static void cxl_pmem_bad_cleared(u64 hpa, u64 length, void *data)
{
	struct cxl_pmem_bad *region = data;

	nvdimm_bus_poison_cleared(region->nvdimm_bus, hpa, length);
}

static int cxl_pmem_bad_notify(struct notifier_block *nb, unsigned long what,
			       void *data)
{
	const struct cxl_bad_range *bad = data;
	struct cxl_pmem_bad *region;
	unsigned int noio;

	guard(rwsem_read)(&cxl_pmem_bad_rwsem);

	noio = memalloc_noio_save();
	list_for_each_entry(region, &cxl_pmem_bads, list)
		cxl_bad_map_walk(&region->map, bad->cxlmd, bad->dpa,
				 bad->length,
				 what == CXL_BAD_FOUND ? cxl_pmem_bad_found :
							 cxl_pmem_bad_cleared,
				 region);
	memalloc_noio_restore(noio);

	return NOTIFY_OK;
}

static struct notifier_block cxl_pmem_bad_nb = {
	.notifier_call = cxl_pmem_bad_notify,
};

/*
 * The disks know already; it is the region's own badblocks that is filled anew. That
 * takes the locks of devices, which are held while disks are removed.
 */
static void cxl_pmem_bad_show(struct work_struct *work)
{
	struct cxl_pmem_bad *region =
		container_of(work, struct cxl_pmem_bad, shown);
	struct nd_region *nd_region;

	scoped_guard(rwsem_read, &cxl_pmem_bad_rwsem)
		nd_region = region->nd_region;
	if (nd_region)
		nvdimm_region_notify(nd_region, NVDIMM_REVALIDATE_POISON);
}

/*
 * A command to a device takes long, and there may be many of them: neither the
 * region nor its disks wait. What is on a list is told by cxl_mem_get_poison().
 */
static void cxl_pmem_bad_read_lists(struct work_struct *work)
{
	struct cxl_pmem_bad *region =
		container_of(work, struct cxl_pmem_bad, work);
	const struct cxl_bad_map *map = &region->map;

	for (int i = 0; i < map->nr_targets; i++) {
		struct cxl_memdev *cxlmd = map->targets[i].cxlmd;
		struct cxl_memdev_state *mds =
			to_cxl_memdev_state(cxlmd->cxlds);
		int rc;

		if (!mds ||
		    !test_bit(CXL_POISON_ENABLED_LIST, mds->poison.enabled_cmds))
			continue;
		rc = cxl_mem_get_poison(cxlmd, map->targets[i].start,
					map->target_size, NULL);
		if (rc)
			dev_warn(region->dev,
				 "the list of poison of %s cannot be read (%d)\n",
				 dev_name(&cxlmd->dev), rc);
	}
}

static void cxl_pmem_bad_remove(void *data)
{
	struct cxl_pmem_bad *region = data;

	scoped_guard(rwsem_write, &cxl_pmem_bad_rwsem)
		list_del(&region->list);
	cancel_work_sync(&region->work);

	/* the addresses may become those of other memory */
	nvdimm_bus_poison_cleared(region->nvdimm_bus, region->map.hpa.start,
				  range_len(&region->map.hpa));
}

/**
 * devm_cxl_pmem_bad_add - enter what is bad of a region in the bus's list
 * @cxlr_pmem: the region, being probed
 * @nvdimm_bus: the bus that it is on
 *
 * To be called before the region is created there, so that its disks are gone when
 * it is undone. The lists of poison that the devices have are read in the background.
 *
 * Context: Process context, under the lock of @cxlr_pmem's device. Takes cxl_rwsem.
 * Return: 0, -ENOMEM, or -ENXIO if the region is not committed.
 */
int devm_cxl_pmem_bad_add(struct cxl_pmem_region *cxlr_pmem,
			  struct nvdimm_bus *nvdimm_bus)
{
	struct device *dev = &cxlr_pmem->dev;
	struct cxl_pmem_bad *region;
	int rc;

	region = devm_kzalloc(dev, sizeof(*region), GFP_KERNEL);
	if (!region)
		return -ENOMEM;
	region->dev = dev;
	region->nvdimm_bus = nvdimm_bus;
	INIT_WORK(&region->work, cxl_pmem_bad_read_lists);
	INIT_WORK(&region->shown, cxl_pmem_bad_show);

	rc = cxl_bad_map_init(&region->map, cxlr_pmem->cxlr);
	if (rc == -EOPNOTSUPP)
		dev_info(dev, "addresses cannot be translated, devices' errors are not known to be here\n");
	else if (rc)
		return rc;

	scoped_guard(rwsem_write, &cxl_pmem_bad_rwsem)
		list_add_tail(&region->list, &cxl_pmem_bads);
	queue_work(system_dfl_long_wq, &region->work);

	return devm_add_action_or_reset(dev, cxl_pmem_bad_remove, region);
}

static void cxl_pmem_bad_hide(void *data)
{
	struct cxl_pmem_bad *region = data;

	scoped_guard(rwsem_write, &cxl_pmem_bad_rwsem)
		region->nd_region = NULL;
	cancel_work_sync(&region->shown);
}

/**
 * devm_cxl_pmem_bad_show - have the bus's region show what is bad, too
 * @cxlr_pmem: the region; it has been created on the bus
 *
 * To be called last, so that it is undone before the bus's region goes.
 *
 * Context: Process context, under the lock of @cxlr_pmem's device.
 * Return: 0, or -ENOMEM.
 */
int devm_cxl_pmem_bad_show(struct cxl_pmem_region *cxlr_pmem)
{
	struct device *dev = &cxlr_pmem->dev;
	struct cxl_pmem_bad *region;

	scoped_guard(rwsem_write, &cxl_pmem_bad_rwsem)
		list_for_each_entry(region, &cxl_pmem_bads, list)
			if (region->dev == dev) {
				region->nd_region = cxlr_pmem->nd_region;
				break;
			}

	/* what has been found in the meantime */
	queue_work(system_dfl_wq, &region->shown);
	return devm_add_action_or_reset(dev, cxl_pmem_bad_hide, region);
}

/* The region that has all of these addresses; cxl_pmem_bad_rwsem is held. */
static struct cxl_pmem_bad *cxl_pmem_bad_find(struct nvdimm_bus *nvdimm_bus,
					      u64 address, u64 length)
{
	struct cxl_pmem_bad *region;

	lockdep_assert_held(&cxl_pmem_bad_rwsem);

	if (!length || length - 1 > ULLONG_MAX - address)
		return NULL;
	list_for_each_entry(region, &cxl_pmem_bads, list)
		if (region->nvdimm_bus == nvdimm_bus &&
		    address >= region->map.hpa.start &&
		    address + length - 1 <= region->map.hpa.end)
			return region;
	return NULL;
}

/*
 * Where the device has no such command, or is not known, the write that follows is
 * the cure, as it is for ordinary memory.
 */
static int cxl_pmem_bad_clear_line(const struct cxl_bad_map *map, u64 hpa)
{
	struct cxl_mbox_clear_poison clear = { };
	struct cxl_memdev_state *mds;
	struct cxl_mbox_cmd mbox_cmd;
	struct cxl_memdev *cxlmd;
	u64 dpa;

	cxlmd = cxl_bad_map_dpa(map, hpa, &dpa);
	if (!cxlmd)
		return 0;
	mds = to_cxl_memdev_state(cxlmd->cxlds);
	if (!mds ||
	    !test_bit(CXL_POISON_ENABLED_CLEAR, mds->poison.enabled_cmds))
		return 0;

	clear.address = cpu_to_le64(dpa);
	mbox_cmd = (struct cxl_mbox_cmd) {
		.opcode = CXL_MBOX_OP_CLEAR_POISON,
		.size_in = sizeof(clear),
		.payload_in = &clear,
	};
	return cxl_internal_send_cmd(&cxlmd->cxlds->cxl_mbox, &mbox_cmd);
}

/* The data is zero afterwards, and so is what was good of the range. */
static int cxl_pmem_bad_clear(struct nvdimm_bus *nvdimm_bus,
			      struct nd_cmd_clear_error *cmd)
{
	struct cxl_pmem_bad *region;

	cmd->cleared = 0;
	if ((cmd->address | cmd->length) % CXL_BAD_LINE)
		return -EINVAL;

	guard(rwsem_read)(&cxl_pmem_bad_rwsem);
	region = cxl_pmem_bad_find(nvdimm_bus, cmd->address, cmd->length);
	if (!region)
		return -ENXIO;

	for (; cmd->cleared < cmd->length; cmd->cleared += CXL_BAD_LINE) {
		int rc;

		if (cmd->cleared >= CXL_PMEM_BAD_KILLED &&
		    fatal_signal_pending(current))
			break;
		rc = cxl_pmem_bad_clear_line(&region->map,
					     cmd->address + cmd->cleared);
		/* what has been cleared must be known to the caller */
		if (rc && !cmd->cleared)
			return rc;
		if (rc)
			break;
		cond_resched();
	}
	return 0;
}

/**
 * cxl_pmem_bad_ctl - carry out a command to an nvdimm bus of CXL devices
 * @nvdimm_bus: the bus
 * @cmd: %ND_CMD_ARS_CAP or %ND_CMD_CLEAR_ERROR
 * @buf: the command, and where the answer goes
 * @buf_len: length of @buf in bytes
 *
 * There is no scrub that the bus could start; what %ND_CMD_ARS_CAP is answered is in
 * which units poison is cleared.
 *
 * Context: Process context, may sleep. Does not wait for a disk.
 * Return: 0; -ENOTTY for another command; -EINVAL if @buf is too small, or the range
 * is not a multiple of %CXL_BAD_LINE; -ENXIO if it is not that of one region; or why
 * the device has not cleared its first line.
 */
int cxl_pmem_bad_ctl(struct nvdimm_bus *nvdimm_bus, unsigned int cmd,
		     void *buf, unsigned int buf_len)
{
	struct nd_cmd_ars_cap *cap = buf;

	switch (cmd) {
	case ND_CMD_ARS_CAP:
		if (buf_len < sizeof(*cap))
			return -EINVAL;
		scoped_guard(rwsem_read, &cxl_pmem_bad_rwsem)
			if (!cxl_pmem_bad_find(nvdimm_bus, cap->address,
					       cap->length))
				return -ENXIO;
		cap->status = 0;
		cap->max_ars_out = 0;
		cap->clear_err_unit = CXL_BAD_LINE;
		cap->flags = 0;
		cap->reserved = 0;
		return 0;
	case ND_CMD_CLEAR_ERROR:
		if (buf_len < sizeof(struct nd_cmd_clear_error))
			return -EINVAL;
		return cxl_pmem_bad_clear(nvdimm_bus, buf);
	default:
		return -ENOTTY;
	}
}

/**
 * cxl_pmem_bad_init - hear what devices say is bad
 *
 * Context: Process context.
 * Return: 0 or -EEXIST.
 */
int cxl_pmem_bad_init(void)
{
	return cxl_bad_register_notifier(&cxl_pmem_bad_nb);
}

/**
 * cxl_pmem_bad_exit - hear it no more
 *
 * Context: Process context. All regions are gone.
 */
void cxl_pmem_bad_exit(void)
{
	cxl_bad_unregister_notifier(&cxl_pmem_bad_nb);
}
