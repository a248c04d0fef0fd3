/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is damaged now, all of it at once, for who has to have it together; listing.h is
 * for the others.
 */
#ifndef FSW_DAMAGE_H
#define FSW_DAMAGE_H

#include <libfserror.h>

#include "missing.h"
#include "select.h"
#include "view.h"

/* records that are kept, for records_free() */
struct records {
	struct fserror_record **v;
	size_t nr, room;
};

/* keep a copy; 0 or -ENOMEM */
int records_add(struct records *records, const struct fserror_record *rec);
void records_free(struct records *records);

struct damage {
	struct records records;
	struct views views; /* only what was chosen */
	struct missing missing; /* what was not, or may not be all */
};

/*
 * Ask the kernel, and look everything up. @hooks may be NULL. Returns CMD_OK, or
 * another exit code after saying what is wrong; then there is nothing to free.
 */
int damage_load(struct damage *damage, struct fserror_client *client,
		struct select *select, const struct path_hooks *hooks);

/*
 * The same, with the losses of files that the ledger in @dir (NULL: the usual place)
 * has besides, of filesystems that are mounted.
 */
int damage_load_known(struct damage *damage, struct fserror_client *client,
		      struct select *select, const char *dir);

void damage_free(struct damage *damage);

/* may more be damaged than was listed? */
bool damage_may_be_more(const struct damage *damage);

/* say on stderr what is missing; CMD_OK if nothing is, else CMD_INCOMPLETE */
int damage_say_missing(const struct damage *damage);

#endif /* FSW_DAMAGE_H */
