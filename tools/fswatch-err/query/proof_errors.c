// SPDX-License-Identifier: GPL-2.0-only
/* What has failed, or was found, of which the list of damage says nothing. */
#include "proof.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "text.h"
#include "view.h"
#include "wanted.h"

static bool wants_any(const struct select *select, uint32_t kinds)
{
	return !select->kinds || select->kinds & kinds;
}

/*
 * A failed read may have lost data, of any inode and by any cause: the counters do
 * not say. Of the other kinds it says nothing.
 */
bool proof_errors_matter(const struct select *select)
{
	return wants_any(select,
			 UINT32_C(1) << FSERROR_KIND_BUFFERED_READ |
				 UINT32_C(1) << FSERROR_KIND_BUFFERED_WRITE |
				 UINT32_C(1) << FSERROR_KIND_DIRECTIO_READ |
				 UINT32_C(1) << FSERROR_KIND_DIRECTIO_WRITE |
				 UINT32_C(1) << FSERROR_KIND_DATA_LOST |
				 UINT32_C(1) << FSERROR_KIND_MEDIA |
				 UINT32_C(1) << FSERROR_KIND_BULK);
}

/*
 * What a filesystem has found by itself is in no list. Metadata that do not make sense may
 * be those that are listed as bad, as a read that failed may have lost what is listed.
 */
static uint64_t unlisted_of(const struct select *select,
			    const struct fserror_filesystem *fs, bool clear)
{
	uint64_t nr = 0;

	if (wants_any(select, UINT32_C(1) << FSERROR_KIND_DATA_LOST))
		nr += fs->unlisted;
	if (clear && wants_any(select, UINT32_C(1) << FSERROR_KIND_METADATA))
		nr += fs->unlisted_metadata;
	return nr;
}

static int add_errors(struct proof *proof, const struct mounts *mounts,
		      const struct fserror_filesystem *fs,
		      const struct fserror_record *rec, uint64_t errors,
		      uint64_t unlisted, bool shutdown)
{
	const char *source = NULL, *target = NULL;
	char *name;
	int err = 0;

	if (fserror_has(rec, FSERROR_A_RECORD_MAJOR))
		view_mount(mounts, makedev(rec->major, rec->minor), &source,
			   &target);
	name = text_escape(target ? target : source ? source : fs->sb_id);
	if (!name)
		return -ENOMEM;
	if (shutdown)
		err = proof_add(proof, "the filesystem '%s' shut itself down",
				name);
	if (!err && errors)
		err = proof_add(
			proof,
			"%" PRIu64
			" %s of '%s' failed since it was mounted, see 'fswatch-err status'",
			errors,
			errors == 1 ? "read or write" : "reads or writes",
			name);
	if (!err && unlisted)
		err = proof_add(
			proof,
			"%" PRIu64
			" %s of '%s' since it was mounted %s in no list of damage, see 'fswatch-err log'",
			unlisted, unlisted == 1 ? "loss" : "losses", name,
			unlisted == 1 ? "is" : "are");
	free(name);
	return err;
}

/* A failed read is told, too, if it has lost something: then that is listed. */
int proof_add_errors(struct proof *proof, const struct select *select,
		     const struct filesystems *list,
		     const struct mounts *mounts, bool clear)
{
	const bool io = proof_errors_matter(select);
	struct fserror_record rec;
	struct wanted wanted;
	int err = 0;
	size_t i;

	wanted_init(&wanted, select);
	for (i = 0; i < list->nr && !err; i++) {
		const struct fserror_filesystem *fs = &list->v[i];
		const uint64_t errors = io ? fs->io_errors : 0;
		const uint64_t unlisted = unlisted_of(select, fs, clear);
		const bool shutdown = io && FS_HAS(fs, SHUTDOWN);

		if (!errors && !unlisted && !shutdown)
			continue;
		filesystem_name(fs, &rec);
		if (!wanted_filesystem(&wanted, mounts, &rec))
			continue;
		proof->io_errors += errors;
		proof->unlisted += unlisted;
		proof->shutdown += shutdown;
		err = add_errors(proof, mounts, fs, &rec, clear ? errors : 0,
				 unlisted, shutdown);
	}
	return err;
}

/* what failed before the mount; the counters of this one say nothing of it */
int proof_add_history(struct proof *proof, const struct history *history)
{
	int err = 0;

	if (history->unlisted) {
		proof->unlisted += history->unlisted;
		err = proof_add(
			proof,
			"%" PRIu64
			" %s since boot, before the present mount, %s in no list of damage, see 'fswatch-err log'",
			history->unlisted,
			history->unlisted == 1 ? "loss" : "losses",
			history->unlisted == 1 ? "is" : "are");
	}
	if (err)
		return err;
	if (history->errors) {
		proof->io_errors += history->errors;
		return proof_add(
			proof,
			"%" PRIu64
			" %s failed since boot, before the present mount, see 'fswatch-err log --io'",
			history->errors,
			history->errors == 1 ? "read or write" :
					       "reads or writes");
	}
	if (!history->gone || proof->io_errors)
		return 0;
	return proof_add(
		proof,
		"%" PRIu64
		" reads or writes failed since boot, of which the kernel does not know any more what they were of",
		history->gone);
}
