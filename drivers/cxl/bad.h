/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is bad of the memory of CXL devices: from their events and lists of poison
 * to the nvdimm bus, and back to them when it is written.
 */
#ifndef __CXL_BAD_H__
#define __CXL_BAD_H__

#include <linux/notifier.h>
#include <linux/range.h>
#include <linux/types.h>
#include <cxl/event.h>
#include "cxl.h"

struct cxl_memdev;
struct cxl_mbox_poison_out;
struct cxl_pmem_region;
struct nvdimm_bus;

/* poison is listed, injected and cleared in units of so many bytes */
#define CXL_BAD_LINE	64

/* so many pieces of a range at most are entered by themselves */
#define CXL_BAD_PIECES	256

/**
 * enum cxl_bad_what - what has happened to memory of a device
 * @CXL_BAD_FOUND: it is bad
 * @CXL_BAD_CLEARED: its poison was cleared, and the data with it
 */
enum cxl_bad_what {
	CXL_BAD_FOUND,
	CXL_BAD_CLEARED,
};

/**
 * struct cxl_bad_range - memory of a device that something has happened to
 * @cxlmd: the device
 * @dpa: first device physical address
 * @length: in bytes
 */
struct cxl_bad_range {
	const struct cxl_memdev *cxlmd;
	u64 dpa;
	u64 length;
};

/**
 * struct cxl_bad_target - a device of an interleave set
 * @cxlmd: the device
 * @start: first device physical address that belongs to the region
 */
struct cxl_bad_target {
	struct cxl_memdev *cxlmd;
	u64 start;
};

/**
 * struct cxl_bad_map - how the memory of a region is spread over its devices
 * @hpa: host physical addresses of the region
 * @base: that of the first byte of the first device
 * @target_size: bytes of each device that belong to the region
 * @stripe: after so many bytes of the host the interleaving begins again
 * @piece: so many bytes at most are contiguous for host and device, a power of two
 * @eiw: encoded interleave ways
 * @eig: encoded interleave granularity
 * @nr_targets: number of devices; 0 if the addresses cannot be translated
 * @targets: the devices, by their position
 * @cxlrd: root decoder that translates addresses in its own way, or NULL
 *
 * It is a copy, so that no lock of the topology is taken where memory is written.
 */
struct cxl_bad_map {
	struct range hpa;
	u64 base;
	u64 target_size;
	u64 stripe;
	u64 piece;
	u8 eiw;
	u16 eig;
	int nr_targets;
	struct cxl_bad_target targets[CXL_DECODER_MAX_INTERLEAVE];
	struct cxl_root_decoder *cxlrd;
};

typedef void (*cxl_bad_piece_fn)(u64 hpa, u64 length, void *data);

#ifdef CONFIG_CXL_REGION
u64 cxl_bad_event_dpa(enum cxl_event_type event_type,
		      const union cxl_event *evt);
void cxl_bad_event(const struct cxl_memdev *cxlmd,
		   enum cxl_event_type event_type, const union cxl_event *evt);
void cxl_bad_poison_list(const struct cxl_memdev *cxlmd,
			 const struct cxl_mbox_poison_out *po);
void cxl_bad_line(const struct cxl_memdev *cxlmd, u64 dpa,
		  enum cxl_bad_what what);
int cxl_bad_register_notifier(struct notifier_block *nb);
void cxl_bad_unregister_notifier(struct notifier_block *nb);
int cxl_bad_map_init(struct cxl_bad_map *map, struct cxl_region *cxlr);
void cxl_bad_map_walk(const struct cxl_bad_map *map,
		      const struct cxl_memdev *cxlmd, u64 dpa, u64 length,
		      cxl_bad_piece_fn fn, void *data);
struct cxl_memdev *cxl_bad_map_dpa(const struct cxl_bad_map *map, u64 hpa,
				   u64 *dpa);

int devm_cxl_pmem_bad_add(struct cxl_pmem_region *cxlr_pmem,
			  struct nvdimm_bus *nvdimm_bus);
int devm_cxl_pmem_bad_show(struct cxl_pmem_region *cxlr_pmem);
int cxl_pmem_bad_ctl(struct nvdimm_bus *nvdimm_bus, unsigned int cmd,
		     void *buf, unsigned int buf_len);
int cxl_pmem_bad_init(void);
void cxl_pmem_bad_exit(void);
#else
static inline void cxl_bad_event(const struct cxl_memdev *cxlmd,
				 enum cxl_event_type event_type,
				 const union cxl_event *evt)
{
}

static inline void cxl_bad_poison_list(const struct cxl_memdev *cxlmd,
				       const struct cxl_mbox_poison_out *po)
{
}

static inline void cxl_bad_line(const struct cxl_memdev *cxlmd, u64 dpa,
				enum cxl_bad_what what)
{
}

static inline int devm_cxl_pmem_bad_add(struct cxl_pmem_region *cxlr_pmem,
					struct nvdimm_bus *nvdimm_bus)
{
	return 0;
}

static inline int devm_cxl_pmem_bad_show(struct cxl_pmem_region *cxlr_pmem)
{
	return 0;
}

static inline int cxl_pmem_bad_ctl(struct nvdimm_bus *nvdimm_bus,
				   unsigned int cmd, void *buf,
				   unsigned int buf_len)
{
	return -ENOTTY;
}

static inline int cxl_pmem_bad_init(void)
{
	return 0;
}

static inline void cxl_pmem_bad_exit(void)
{
}
#endif

#endif
