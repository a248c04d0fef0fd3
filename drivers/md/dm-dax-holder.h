/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DM_DAX_HOLDER_H
#define DM_DAX_HOLDER_H

#include <linux/kconfig.h>

struct block_device;
struct dax_device;

#if IS_ENABLED(CONFIG_FS_DAX)
struct dax_device *dm_dax_get(struct block_device *bdev);
void dm_dax_put(struct dax_device *dax_dev);
#else
static inline struct dax_device *dm_dax_get(struct block_device *bdev)
{
	return NULL;
}

static inline void dm_dax_put(struct dax_device *dax_dev)
{
}
#endif

#endif /* DM_DAX_HOLDER_H */
