// SPDX-License-Identifier: GPL-2.0-only
/* The ledger for a report: what is open, acknowledged, and over. */
#include "known.h"

#include <err.h>
#include <string.h>

#include "ledger.h"

struct viewing {
	int (*visit)(void *arg, const struct loss_view *loss);
	void *arg;
	const uint8_t *uuid;
	int result;
};

static enum loss_level level_of(const struct ledger_loss *loss)
{
	if (loss->state == LEDGER_ACKNOWLEDGED)
		return LOSS_ACKNOWLEDGED;
	if (ledger_is_unowned(loss))
		return LOSS_UNOWNED;
	return loss->condition == LEDGER_BAD ? LOSS_BAD : LOSS_DOUBTFUL;
}

static void to_view(const struct ledger_loss *loss, struct loss_view *view)
{
	*view = (struct loss_view){
		.id = loss->id,
		.fs = loss->fs,
		.fstype = loss->fstype,
		.sb_id = loss->sb_id,
		.has_uuid = loss->has_uuid,
		.has_ino = loss->has_ino,
		.in_file = loss->in_file,
		.root = loss->root,
		.ino = loss->ino,
		.generation = loss->generation,
		.path = loss->has_ino ? loss->path : NULL,
		.start = loss->start,
		.end = loss->end,
		.has_device = loss->has_device,
		.placed = loss->placed,
		.major = loss->major,
		.minor = loss->minor,
		.role = loss->role,
		.dstart = loss->dstart,
		.length = ledger_device_length(loss),
		.kind = loss->kind,
		.meta = loss->meta,
		.cause = loss->cause,
		.flags = loss->flags,
		.layer = loss->layer,
		.level = level_of(loss),
		.closed = loss->state == LEDGER_CLOSED ?
				  ledger_why_name(loss->why) :
				  NULL,
		.first_seen = loss->first_seen,
		.last_seen = loss->last_seen,
		.changed = loss->changed,
	};
	memcpy(view->uuid, loss->uuid, sizeof(view->uuid));
}

static int visit_loss(void *arg, const struct ledger_loss *loss)
{
	struct viewing *viewing = arg;
	struct loss_view view;

	if (viewing->uuid &&
	    (!loss->has_uuid ||
	     memcmp(loss->uuid, viewing->uuid, sizeof(loss->uuid))))
		return 0;
	to_view(loss, &view);
	viewing->result = viewing->visit(viewing->arg, &view);
	return viewing->result ? 1 : 0;
}

int known_losses(const char *dir, const uint8_t *uuid,
		 int (*visit)(void *arg, const struct loss_view *loss),
		 void *arg)
{
	struct viewing viewing = { .visit = visit, .arg = arg, .uuid = uuid };
	const struct ledger_query query = { .closed = true };
	struct ledger *ledger;
	int rc = ledger_open(&ledger, dir ? dir : LEDGER_DIR, LEDGER_READ);

	if (!rc)
		rc = ledger_each(ledger, &query, visit_loss, &viewing);
	if (rc < 0)
		warnx("%s", ledger_error(ledger));
	ledger_close(ledger);
	return rc < 0 ? -1 : viewing.result;
}
