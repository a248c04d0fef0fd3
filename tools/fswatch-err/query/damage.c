// SPDX-License-Identifier: GPL-2.0-only
#include "damage.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "wanted.h"

int records_add(struct records *records, const struct fserror_record *rec)
{
	size_t room = records->room ? records->room * 2 : 64;
	struct fserror_record **v, *copy;

	if (records->nr == records->room) {
		v = reallocarray(records->v, room,
				 sizeof(struct fserror_record *));
		if (!v)
			return -ENOMEM;
		records->v = v;
		records->room = room;
	}
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *rec;
	records->v[records->nr++] = copy;
	return 0;
}

void records_free(struct records *records)
{
	while (records->nr)
		free(records->v[--records->nr]);
	free(records->v);
	memset(records, 0, sizeof(*records));
}

/* drop the views that are not wanted, count what cannot be said */
static void choose(struct damage *damage, const struct select *select)
{
	struct views *views = &damage->views;
	const struct fserror_record *rec;
	struct wanted wanted;
	size_t i, nr = 0;

	wanted_init(&wanted, select);
	for (i = 0; i < views->nr; i++) {
		switch (wanted_view(&wanted, &views->v[i])) {
		case SELECT_NO:
			continue;
		case SELECT_UNKNOWN:
			damage->unplaced++;
			continue;
		case SELECT_YES:
			break;
		}
		views->v[nr] = views->v[i];
		rec = views->v[nr].rec;
		/* the owners of a bulk are not told one by one */
		damage->unresolved += rec->kind == FSERROR_KIND_BULK ||
				      rec->flags &
					      FSERROR_RECORD_FLAG_UNRESOLVED;
		damage->unnamed += !view_named(&views->v[nr]);
		nr++;
	}
	views->nr = nr;
}

static int keep(void *arg, const struct fserror_record *rec)
{
	return records_add(arg, rec);
}

static int look_up(struct damage *damage, const uint8_t *boot_id,
		   const struct path_hooks *hooks)
{
	const struct fserror_record **recs;
	size_t i;
	int err;

	recs = calloc(damage->records.nr + 1, sizeof(*recs));
	if (!recs)
		return -ENOMEM;
	for (i = 0; i < damage->records.nr; i++)
		recs[i] = damage->records.v[i];
	err = views_make(&damage->views, recs, damage->records.nr, boot_id,
			 hooks);
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
	err = dump_each(client, select, &damage->state, keep, &damage->records);
	if (err) {
		if (err == -ENOMEM)
			warnx("%s", strerror(ENOMEM));
		records_free(&damage->records);
		return CMD_ERROR;
	}
	err = look_up(damage, fserror_client_boot_id(client), hooks);
	if (err) {
		warnx("cannot look up mounts and names: %s", strerror(-err));
		records_free(&damage->records);
		return CMD_ERROR;
	}
	choose(damage, select);
	if (!proof_load(&damage->proof, client, select, !damage->views.nr))
		return CMD_OK;
	damage_free(damage);
	return CMD_ERROR;
}

void damage_free(struct damage *damage)
{
	proof_free(&damage->proof);
	views_free(&damage->views);
	records_free(&damage->records);
}

bool damage_may_be_more(const struct damage *damage)
{
	return !dump_complete(&damage->state) || damage->unplaced ||
	       damage->proof.nr;
}

bool damage_complete(const struct damage *damage)
{
	return !damage_may_be_more(damage) && !damage->unresolved &&
	       !damage->unnamed;
}

int damage_say_missing(const struct damage *damage)
{
	proof_say(&damage->proof);
	dump_say_missing(&damage->state);
	if (damage->unresolved)
		warnx("%zu damaged %s could not be mapped to files",
		      damage->unresolved,
		      damage->unresolved == 1 ? "range of a device" :
						"ranges of devices");
	if (damage->unnamed)
		warnx("%zu damaged %s in inodes whose names are not all known",
		      damage->unnamed,
		      damage->unnamed == 1 ? "range is" : "ranges are");
	if (damage->unplaced)
		warnx("%zu damaged %s may be below the path or not, as not all names are known",
		      damage->unplaced,
		      damage->unplaced == 1 ? "range" : "ranges");
	return damage_complete(damage) ? CMD_OK : CMD_INCOMPLETE;
}
