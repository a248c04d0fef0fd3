/* SPDX-License-Identifier: GPL-2.0-only */
/* A loss in words, for fswatch-errd and for fswatch-err. */
#ifndef ERRD_LOSS_WORDS_H
#define ERRD_LOSS_WORDS_H

#include "json_writer.h"
#include "ledger.h"

/* what the bytes are of, safe to print, for free(); NULL if there is no memory */
char *loss_subject(const struct ledger_loss *loss);

/* the members of an object that is open */
void loss_json(struct json *json, const struct ledger_loss *loss);

#endif /* ERRD_LOSS_WORDS_H */
