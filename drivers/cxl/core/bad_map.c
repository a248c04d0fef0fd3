// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses of a region's memory, from device to host and back.
 *
 * The map of a region is a copy of what the decoders are set to. It is made when the
 * driver of the region is bound and is good for as long as that is: the decoders are
 * not changed without the region's driver being unbound, which waits until the disks
 * on it are gone.
 *
 * LOCKING: cxl_rwsem.region and cxl_rwsem.dpa while the map is made; none afterwards.
 */
#include <linux/align.h>
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/range.h>
#include <bad.h>
#include <cxlmem.h>
#include <cxl.h>
#include "core.h"

/**
 * cxl_bad_map_init - copy how a region's memory is spread
 * @map: is set
 * @cxlr: the region
 *
 * Context: Process context. Takes cxl_rwsem.
 * Return: 0; -ENXIO if the region is not committed; -EOPNOTSUPP if addresses of it
 * cannot be translated: it uses normalized addresses, or is spread over three, six or
 * twelve host bridges and does not begin at a multiple of as many times 256 MiB. @map
 * has no devices then, but knows the addresses.
 */
int cxl_bad_map_init(struct cxl_bad_map *map, struct cxl_region *cxlr)
{
	struct cxl_region_params *p = &cxlr->params;
	struct cxl_root_decoder *cxlrd = cxlr->cxlrd;
	struct cxl_decoder *cxld = &cxlrd->cxlsd.cxld;

	guard(rwsem_read)(&cxl_rwsem.region);
	guard(rwsem_read)(&cxl_rwsem.dpa);

	*map = (struct cxl_bad_map){ };
	if (p->state != CXL_CONFIG_COMMIT || !p->res)
		return -ENXIO;

	map->hpa.start = p->res->start;
	map->hpa.end = p->res->end;
	map->base = p->res->start + p->cache_size;
	if (test_bit(CXL_REGION_F_NORMALIZED_ADDRESSING, &cxlr->flags) ||
	    cxl_region_is_unaligned_mod3(cxlr))
		return -EOPNOTSUPP;
	if (ways_to_eiw(p->interleave_ways, &map->eiw) ||
	    granularity_to_eig(p->interleave_granularity, &map->eig))
		return -EOPNOTSUPP;

	map->stripe = max((u64)p->interleave_ways * p->interleave_granularity,
			  (u64)cxld->interleave_ways *
			  cxld->interleave_granularity);
	map->piece = min(p->interleave_granularity,
			 cxld->interleave_granularity);
	if (cxlrd->ops.hpa_to_spa && cxlrd->ops.spa_to_hpa)
		map->cxlrd = cxlrd;

	for (int i = 0; i < p->nr_targets; i++) {
		struct cxl_endpoint_decoder *cxled = p->targets[i];

		if (!cxled || !cxled->dpa_res || cxled->pos < 0 ||
		    cxled->pos >= p->nr_targets)
			return -EOPNOTSUPP;
		map->targets[cxled->pos] = (struct cxl_bad_target) {
			.cxlmd = cxled_to_memdev(cxled),
			.start = cxled->dpa_res->start,
		};
		map->target_size = resource_size(cxled->dpa_res);
	}
	map->nr_targets = p->nr_targets;
	return 0;
}
EXPORT_SYMBOL_NS_GPL(cxl_bad_map_init, "CXL");

/* The host's address of a byte of the device at @pos, or ULLONG_MAX. */
static u64 cxl_bad_map_hpa(const struct cxl_bad_map *map, int pos, u64 offset)
{
	u64 hpa = cxl_calculate_hpa_offset(offset, pos, map->eiw, map->eig);

	if (hpa == ULLONG_MAX)
		return ULLONG_MAX;
	hpa += map->base;
	if (map->cxlrd)
		hpa = map->cxlrd->ops.hpa_to_spa(map->cxlrd, hpa);
	if (hpa < map->hpa.start || hpa > map->hpa.end)
		return ULLONG_MAX;
	return hpa;
}

/* More pieces than are worth an entry each: all the stripes that have one. */
static void cxl_bad_map_stripes(const struct cxl_bad_map *map, int pos,
				u64 first, u64 last, cxl_bad_piece_fn fn,
				void *data)
{
	u64 start = cxl_calculate_hpa_offset(first, pos, map->eiw, map->eig);
	u64 end = cxl_calculate_hpa_offset(last, pos, map->eiw, map->eig);

	start = map->base + div64_u64(start, map->stripe) * map->stripe;
	end = map->base + (div64_u64(end, map->stripe) + 1) * map->stripe - 1;
	end = min(end, map->hpa.end);
	if (start <= end)
		fn(start, end - start + 1, data);
}

/**
 * cxl_bad_map_walk - find the host's addresses of a range of a device
 * @map: of a region
 * @cxlmd: the device
 * @dpa: first device physical address
 * @length: in bytes; what does not belong to the region is left out
 * @fn: is called for each piece that is contiguous for the host
 * @data: for @fn
 *
 * The pieces are %CXL_BAD_PIECES at most. A range that has more is one piece, from its
 * first stripe to its last, with what other devices have of them.
 *
 * Context: That of @fn. The region's driver stays bound.
 */
void cxl_bad_map_walk(const struct cxl_bad_map *map,
		      const struct cxl_memdev *cxlmd, u64 dpa, u64 length,
		      cxl_bad_piece_fn fn, void *data)
{
	u64 first, last, next;
	int pos;

	for (pos = 0; pos < map->nr_targets; pos++)
		if (map->targets[pos].cxlmd == cxlmd)
			break;
	if (pos == map->nr_targets || !length)
		return;

	/* a device may have said anything */
	last = length - 1 > ULLONG_MAX - dpa ? ULLONG_MAX : dpa + length - 1;
	if (last < map->targets[pos].start)
		return;
	first = max(dpa, map->targets[pos].start) - map->targets[pos].start;
	last = min(last - map->targets[pos].start, map->target_size - 1);
	if (first > last)
		return;

	if (map->nr_targets > 1 &&
	    (last >> ilog2(map->piece)) - (first >> ilog2(map->piece)) >=
	    CXL_BAD_PIECES) {
		cxl_bad_map_stripes(map, pos, first, last, fn, data);
		return;
	}
	for (; first <= last; first = next) {
		u64 hpa = cxl_bad_map_hpa(map, pos, first);

		next = last + 1;
		if (map->nr_targets > 1)
			next = min(next, ALIGN_DOWN(first, map->piece) + map->piece);
		if (hpa != ULLONG_MAX)
			fn(hpa, min(next - first, map->hpa.end - hpa + 1), data);
	}
}
EXPORT_SYMBOL_NS_GPL(cxl_bad_map_walk, "CXL");

/**
 * cxl_bad_map_dpa - find the device and its address for an address of the host
 * @map: of a region
 * @hpa: host physical address
 * @dpa: set to the device physical address
 *
 * Context: Any. The region's driver stays bound.
 * Return: the device, or NULL if none has the address, or it cannot be translated.
 */
struct cxl_memdev *cxl_bad_map_dpa(const struct cxl_bad_map *map, u64 hpa,
				   u64 *dpa)
{
	u64 offset;
	int pos;

	if (!map->nr_targets || hpa < map->hpa.start || hpa > map->hpa.end)
		return NULL;
	if (map->cxlrd)
		hpa = map->cxlrd->ops.spa_to_hpa(map->cxlrd, hpa);
	if (hpa == ULLONG_MAX || hpa < map->base)
		return NULL;

	pos = cxl_calculate_position(hpa - map->base, map->eiw, map->eig);
	offset = cxl_calculate_dpa_offset(hpa - map->base, map->eiw, map->eig);
	if (pos < 0 || pos >= map->nr_targets || offset >= map->target_size)
		return NULL;
	*dpa = map->targets[pos].start + offset;
	return map->targets[pos].cxlmd;
}
EXPORT_SYMBOL_NS_GPL(cxl_bad_map_dpa, "CXL");
