// SPDX-License-Identifier: GPL-2.0-only
#include "known_damage.h"

#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "filesystems.h"
#include "known.h"

struct adding {
	const struct select *select;
	int (*record)(void *arg, const struct fserror_record *rec);
	void *arg;
	size_t *unresolved;
	struct filesystems mounted;
	const uint8_t *boot_id; /* of now */
};

static bool is_of(const struct fserror_filesystem *fs,
		  const struct fserror_record *rec)
{
	if (strcmp(fs->fstype, rec->fstype))
		return false;
	if (!fserror_has(rec, FSERROR_A_RECORD_UUID))
		return !FS_HAS(fs, UUID) && !strcmp(fs->sb_id, rec->sb_id);
	return FS_HAS(fs, UUID) &&
	       !memcmp(fs->uuid, rec->uuid, sizeof(fs->uuid));
}

/* the mount that it was told in; or the only one of the filesystem; or NULL */
static const struct fserror_filesystem *
find_mount(const struct adding *adding, const struct fserror_record *rec,
	   const uint8_t *boot)
{
	const bool same_boot = !memcmp(boot, adding->boot_id, FSERROR_UUID_LEN);
	const struct fserror_filesystem *fs, *found = NULL;
	size_t i, nr = 0;

	for (i = 0; i < adding->mounted.nr; i++) {
		fs = &adding->mounted.v[i];
		if (!is_of(fs, rec))
			continue;
		if (same_boot && fs->instance == rec->instance)
			return fs;
		found = fs;
		nr++;
	}
	return nr == 1 ? found : NULL;
}

static int add(void *arg, const struct fserror_record *rec, const uint8_t *boot)
{
	struct adding *adding = arg;
	const struct fserror_filesystem *fs = find_mount(adding, rec, boot);
	struct fserror_record here = *rec;

	if (!fs)
		return 0;
	here.instance = fs->instance;
	here.major = fs->major;
	here.minor = fs->minor;
	here.present |= 1 << FSERROR_A_RECORD_MAJOR |
			1 << FSERROR_A_RECORD_MINOR;
	if (!select_record(adding->select, &here))
		return 0;
	if (fserror_has(rec, FSERROR_A_RECORD_INO))
		return adding->record(adding->arg, &here);
	if (adding->unresolved)
		++*adding->unresolved;
	return 0;
}

int known_damage_each(struct fserror_client *client, struct select *select,
		      const char *dir,
		      int (*record)(void *arg,
				    const struct fserror_record *rec),
		      void *arg, size_t *unresolved)
{
	struct adding adding = { .select = select,
				 .record = record,
				 .arg = arg,
				 .unresolved = unresolved };
	struct fserror_stat *stat;
	int err = fserror_client_stat(client, &stat);

	/* for the boot id */
	if (!err) {
		adding.boot_id = stat->boot_id;
		err = filesystems_load(&adding.mounted, client);
		if (err)
			cmd_failed(client, err);
		else
			err = known_records(dir, add, &adding);
		fserror_stat_free(stat);
	} else {
		cmd_failed(client, err);
	}
	filesystems_free(&adding.mounted);
	return err;
}
