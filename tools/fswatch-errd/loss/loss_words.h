/* SPDX-License-Identifier: GPL-2.0-only */
/* A loss in words, for fswatch-errd and for fswatch-err. */
#ifndef ERRD_LOSS_WORDS_H
#define ERRD_LOSS_WORDS_H

#include "json_writer.h"
#include "ledger.h"

/*
 * "critical": bytes of a file, metadata, or what may be either; "warning": a bad range
 * that no file has.
 */
const char *loss_severity(bool unowned);

/* what the bytes are of, safe to print, for free(); NULL if there is no memory */
char *loss_subject(const struct ledger_loss *loss);

/* a member, unless the time is 0, which is never */
void loss_json_time(struct json *json, const char *key, uint64_t time);

/* the members of an object that is open */
void loss_json(struct json *json, const struct ledger_loss *loss);

#endif /* ERRD_LOSS_WORDS_H */
