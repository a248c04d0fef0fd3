/* SPDX-License-Identifier: GPL-2.0-only */
/* News in words: for a log, and as JSON for programs. */
#ifndef ERRD_WORDS_H
#define ERRD_WORDS_H

#include "json_writer.h"
#include "ledger.h"

/* of what a text of ledger_add_event() begins with */
#define WORDS_NAME_MAX 32

struct words {
	char name[WORDS_NAME_MAX]; /* of the news: lost, closed, shutdown, ... */
	char *text; /* one line for a person, safe to print */
	const char *id; /* MESSAGE_ID */
	int priority; /* as in syslog(3) */
	bool has_loss;
	struct ledger_loss loss; /* path is a copy, freed with the words */
};

/*
 * Word @news, with the loss that it is about as it is now. Returns 0, or a negative
 * errno as ledger_each() does.
 */
int words_make(struct words *words, struct ledger *ledger,
	       const struct ledger_news *news);
void words_free(struct words *words);

/* "critical", "warning", or "notice": nothing is to be done about it */
const char *words_severity(int priority);

/* as an object of a list, or the outermost one */
void words_json(struct json *json, const struct words *words,
		const struct ledger_news *news);

#endif /* ERRD_WORDS_H */
