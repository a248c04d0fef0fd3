// SPDX-License-Identifier: GPL-2.0-only
#include "damage.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

/* drop the views that are not wanted, count what cannot be said */
static void choose(struct damage *damage, const struct select *select)
{
	struct views *views = &damage->views;
	const struct fserror_record *rec;
	size_t i, nr = 0;

	for (i = 0; i < views->nr; i++) {
		switch (select_view(select, &views->v[i])) {
		case SELECT_NO:
			continue;
		case SELECT_UNKNOWN:
			damage->unknown++;
			continue;
		case SELECT_YES:
			break;
		}
		views->v[nr] = views->v[i];
		rec = views->v[nr].rec;
		damage->unresolved +=
			!!(rec->flags & FSERROR_RECORD_FLAG_UNRESOLVED);
		damage->unnamed += !view_named(&views->v[nr]);
		nr++;
	}
	views->nr = nr;
}

static int look_up(struct damage *damage, const struct select *select,
		   const uint8_t *boot_id, const struct path_hooks *hooks)
{
	const struct fserror_record **recs;
	size_t i, nr = 0;
	int err;

	recs = calloc(damage->records.nr + 1, sizeof(*recs));
	if (!recs)
		return -ENOMEM;
	/* names of what is not wanted anyway are not searched for */
	for (i = 0; i < damage->records.nr; i++) {
		if (select_record(select, damage->records.v[i]))
			recs[nr++] = damage->records.v[i];
	}
	err = views_make(&damage->views, recs, nr, boot_id, hooks);
	free(recs);
	return err;
}

int damage_load(struct damage *damage, struct fserror_client *client,
		struct select *select, const struct path_hooks *hooks)
{
	struct fserror_stat *stat;
	int err;

	memset(damage, 0, sizeof(*damage));
	/* for the boot id */
	err = fserror_client_stat(client, &stat);
	if (err)
		return cmd_failed(client, err);
	fserror_stat_free(stat);
	err = fserror_client_damage(client, select_filesystem(select),
				    &damage->records);
	if (err == -ENODEV) /* not mounted, or of a kind that cannot tell */
		err = fserror_client_damage(client, NULL, &damage->records);
	if (err < 0)
		return cmd_failed(client, err);
	damage->changing = err == 1;
	err = look_up(damage, select, fserror_client_boot_id(client), hooks);
	if (err) {
		warnx("cannot look up mounts and names: %s", strerror(-err));
		fserror_records_free(&damage->records);
		return CMD_ERROR;
	}
	choose(damage, select);
	return CMD_OK;
}

void damage_free(struct damage *damage)
{
	views_free(&damage->views);
	fserror_records_free(&damage->records);
}

bool damage_complete(const struct damage *damage)
{
	return !damage->changing && !damage->unresolved && !damage->unnamed &&
	       !damage->unknown;
}

int damage_say_missing(const struct damage *damage)
{
	if (damage->changing)
		warnx("the damage changed each time while it was being listed: this may be incomplete");
	if (damage->unresolved)
		warnx("%zu damaged ranges of devices could not be mapped to files",
		      damage->unresolved);
	if (damage->unnamed)
		warnx("%zu damaged ranges are in inodes whose names are not all known",
		      damage->unnamed);
	if (damage->unknown)
		warnx("%zu damaged ranges may be below the path or not: their names are not known",
		      damage->unknown);
	return damage_complete(damage) ? CMD_OK : CMD_INCOMPLETE;
}
