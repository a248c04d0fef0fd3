// SPDX-License-Identifier: GPL-2.0-only
#include "damage.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "damage_known.h"
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
	struct wanted wanted;
	size_t i, nr = 0;

	wanted_init(&wanted, select);
	for (i = 0; i < views->nr; i++) {
		switch (wanted_view(&wanted, &views->v[i])) {
		case SELECT_NO:
			continue;
		case SELECT_UNKNOWN:
			damage->missing.unplaced++;
			continue;
		case SELECT_YES:
			break;
		}
		views->v[nr] = views->v[i];
		missing_count(&damage->missing, &views->v[nr], true);
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

/* what is wanted besides what the kernel lists */
struct source {
	bool known;
	const char *dir;
};

static int load(struct damage *damage, struct fserror_client *client,
		struct select *select, const struct path_hooks *hooks,
		const struct source *source)
{
	struct fserror_stat *stat;
	int err;

	memset(damage, 0, sizeof(*damage));
	/* for the boot id */
	err = fserror_client_stat(client, &stat);
	if (err)
		return cmd_failed(client, err);
	fserror_stat_free(stat);
	err = dump_each(client, select, &damage->missing.state, keep,
			&damage->records);
	if (!err && source->known)
		err = damage_add_known(&damage->records, client, source->dir);
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
	if (!proof_load(&damage->missing.proof, client, select,
			!damage->views.nr))
		return CMD_OK;
	damage_free(damage);
	return CMD_ERROR;
}

int damage_load(struct damage *damage, struct fserror_client *client,
		struct select *select, const struct path_hooks *hooks)
{
	const struct source kernel = { 0 };

	return load(damage, client, select, hooks, &kernel);
}

int damage_load_known(struct damage *damage, struct fserror_client *client,
		      struct select *select, const char *dir)
{
	const struct source ledger = { .known = true, .dir = dir };

	return load(damage, client, select, NULL, &ledger);
}

void damage_free(struct damage *damage)
{
	missing_free(&damage->missing);
	views_free(&damage->views);
	records_free(&damage->records);
}

bool damage_may_be_more(const struct damage *damage)
{
	return missing_may_be_more(&damage->missing);
}

int damage_say_missing(const struct damage *damage)
{
	return missing_say(&damage->missing);
}
