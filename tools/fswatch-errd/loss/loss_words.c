// SPDX-License-Identifier: GPL-2.0-only
#include "loss_words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json_words.h"
#include "text.h"

const char *loss_severity(bool unowned)
{
	return unowned ? "warning" : "critical";
}

char *loss_subject(const struct ledger_loss *loss)
{
	char *name, *text = NULL, word[FSERROR_WORD_MAX];
	const char *what = loss->meta ? fserror_meta_name(loss->meta, word) :
					NULL;

	if (loss->has_ino && loss->path) {
		name = text_escape(loss->path);
		if (name && what && asprintf(&text, "%s of %s", what, name) < 0)
			text = NULL;
		if (!what)
			return name;
		free(name);
		return text;
	}
	if (loss->has_ino) {
		if (asprintf(&text, "%s%sinode %" PRIu64, what ? what : "",
			     what ? " of " : "", loss->ino) < 0)
			return NULL;
		return text;
	}
	return strdup(what			      ? what :
		      loss->layer[0]		      ? loss->layer :
		      loss->kind == FSERROR_KIND_BULK ? "many files" :
		      ledger_is_unowned(loss) ? "the device that no file has" :
						"the device");
}

void loss_json_time(struct json *json, const char *key, uint64_t time)
{
	if (time)
		json_put_time(json, key, time);
}

static void put_places(struct json *json, const struct ledger_loss *loss)
{
	if (!loss->has_device)
		return;
	json_open_object(json, "device");
	json_put_dev(json, "dev", loss->major, loss->minor);
	json_put_u64(json, "offset", loss->placed ? loss->dstart : loss->start);
	json_put_u64(json, "length", ledger_device_length(loss));
	json_close_object(json);
	if (!loss->origin_major && !loss->origin_minor)
		return;
	json_open_object(json, "origin");
	json_put_dev(json, "dev", loss->origin_major, loss->origin_minor);
	json_put_u64(json, "offset", loss->ostart);
	json_close_object(json);
}

void loss_json(struct json *json, const struct ledger_loss *loss)
{
	char word[FSERROR_WORD_MAX];

	json_put_u64(json, "id", loss->id);
	json_put_string(json, "state", ledger_state_name(loss->state));
	if (loss->state == LEDGER_CLOSED)
		json_put_string(json, "why", ledger_why_name(loss->why));
	json_put_string(json, "severity",
			loss_severity(ledger_is_unowned(loss)));
	json_put_string(json, "condition",
			ledger_condition_name(loss->condition));
	json_put_string(json, "kind", fserror_kind_name(loss->kind, word));
	if (loss->meta)
		json_put_string(json, "meta",
				fserror_meta_name(loss->meta, word));
	if (loss->cause)
		json_put_string(json, "cause",
				fserror_cause_name(loss->cause, word));
	if (loss->error)
		json_put_u64(json, "errno", loss->error);
	json_put_bytes(json, "fstype", loss->fstype);
	if (loss->has_uuid)
		json_put_uuid(json, "uuid", loss->uuid);
	if (loss->copy)
		json_put_u64(json, "copy", loss->copy);
	if (loss->sb_id[0])
		json_put_bytes(json, "sb_id", loss->sb_id);
	if (loss->has_ino) {
		if (loss->root)
			json_put_u64(json, "root", loss->root);
		json_put_u64(json, "ino", loss->ino);
		json_put_u64(json, "gen", loss->generation);
	}
	if (loss->path)
		json_put_bytes(json, "path", loss->path);
	if (loss->in_file) {
		json_put_u64(json, "offset", loss->start);
		json_put_u64(json, "length", loss->end - loss->start);
	}
	put_places(json, loss);
	if (loss->layer[0])
		json_put_bytes(json, "layer", loss->layer);
	if (loss->flags)
		json_put_flags(json, loss->flags);
	if (loss->count > 1)
		json_put_u64(json, "count", loss->count);
	loss_json_time(json, "first_seen", loss->first_seen);
	loss_json_time(json, "last_seen", loss->last_seen);
	loss_json_time(json, "changed", loss->changed);
	json_put_uuid(json, "boot_id", loss->boot);
	if (loss->note[0])
		json_put_bytes(json, "note", loss->note);
}
