/* SPDX-License-Identifier: GPL-2.0-only */
/* What restore has written, as if a file had been healed. */
#ifndef FSW_HEALED_H
#define FSW_HEALED_H

#include <stdlib.h>

#include "losses.h"
#include "restore.h"

/* a page with one bad sector, of the file of lost_bytes(5, ...) */
static inline void write_healed(struct restore_written *written)
{
	static struct heal_run run = { .range = { 0, 4096 },
				       .outcome = HEAL_DONE };
	struct fserror_record rec = lost_bytes(5, 512, 512);
	struct range lost = { 512, 1024 };
	struct restore_item item = {
		.rec = &rec,
		.heal = { .damage = { .v = &lost, .nr = 1 },
			  .runs = &run,
			  .nr_runs = 1,
			  .written = 4096 },
	};

	if (restore_written_init(written) ||
	    restore_written_add(written, &item))
		abort();
}

#endif /* FSW_HEALED_H */
