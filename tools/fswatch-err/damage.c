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
		   const uint8_t *boot_id, const struct path_hooks *hooks,
		   bool names)
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
	err = names ? views_make(&damage->views, recs, nr, boot_id, hooks) :
		      views_make_unnamed(&damage->views, recs, nr, boot_id);
	free(recs);
	return err;
}

/* CMD_OK, or another exit code after saying what is wrong */
static int prove(struct damage *damage, struct fserror_client *client,
		 const struct select *select)
{
	struct fserror_filesystems list = { 0 };
	int err = fserror_client_filesystems(client, &list);

	if (err < 0)
		return cmd_failed(client, err);
	err = proof_make(&damage->proof, select, &list, !damage->views.nr);
	fserror_filesystems_free(&list);
	if (!err)
		return CMD_OK;
	warnx("%s", strerror(-err));
	return CMD_ERROR;
}

static int load(struct damage *damage, struct fserror_client *client,
		struct select *select, const struct path_hooks *hooks,
		bool names)
{
	struct fserror_stat *stat;
	int err, code;

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
	err = look_up(damage, select, fserror_client_boot_id(client), hooks,
		      names);
	if (err) {
		warnx("cannot look up mounts and names: %s", strerror(-err));
		fserror_records_free(&damage->records);
		return CMD_ERROR;
	}
	choose(damage, select);
	if (!names)
		damage->unnamed = 0;
	code = prove(damage, client, select);
	if (code != CMD_OK)
		damage_free(damage);
	return code;
}

int damage_load(struct damage *damage, struct fserror_client *client,
		struct select *select, const struct path_hooks *hooks)
{
	return load(damage, client, select, hooks, true);
}

int damage_load_unnamed(struct damage *damage, struct fserror_client *client,
			struct select *select)
{
	return load(damage, client, select, NULL, select->paths.nr);
}

void damage_free(struct damage *damage)
{
	proof_free(&damage->proof);
	views_free(&damage->views);
	fserror_records_free(&damage->records);
}

bool damage_complete(const struct damage *damage)
{
	return !damage->changing && !damage->unresolved && !damage->unnamed &&
	       !damage->unknown && !damage->proof.nr;
}

int damage_say_missing(const struct damage *damage)
{
	size_t i;

	for (i = 0; i < damage->proof.nr; i++)
		warnx("%s", damage->proof.missing[i]);
	if (damage->changing)
		warnx("the damage changed each time while it was being listed: this may be incomplete");
	if (damage->unresolved)
		warnx("%zu damaged %s could not be mapped to files",
		      damage->unresolved,
		      damage->unresolved == 1 ? "range of a device" :
						"ranges of devices");
	if (damage->unnamed)
		warnx("%zu damaged %s in inodes whose names are not all known",
		      damage->unnamed,
		      damage->unnamed == 1 ? "range is" : "ranges are");
	if (damage->unknown)
		warnx("%zu damaged %s may be below the path or not, as not all names are known",
		      damage->unknown,
		      damage->unknown == 1 ? "range" : "ranges");
	return damage_complete(damage) ? CMD_OK : CMD_INCOMPLETE;
}
