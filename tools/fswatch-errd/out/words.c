// SPDX-License-Identifier: GPL-2.0-only
#include "words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "loss_words.h"
#include "text.h"

/* each kind of news has its entry in catalog/fswatch-errd.catalog */
static const struct meaning {
	const char *name, *id;
	int priority;
} meanings[] = {
	{ "lost", "5f0c2b6e1d8e4a9b9a3c7d1e0f4b2a61", LOG_CRIT },
	{ "grown", "8a41d0c3f26b4f7c8de2b5907c13e6a2", LOG_CRIT },
	{ "content-unknown", "c2e97fd0a4b84c1e9f6038d7b12a5c93", LOG_ERR },
	{ "acknowledged", "1b7d3e8f9c2a4d60b5e8f1a7c6d0e2b4", LOG_NOTICE },
	{ "closed", "e4a8c1f70d3b4b5291c6e7f2a8b0d3c5", LOG_NOTICE },
	{ "more", "9d2f6b1a3c5e4e7fb8a0c4d9e1f7a2b6", LOG_CRIT },
	{ "unowned", "6b0e9d4c7a1f4c52b3d8f5a0e2c7916d", LOG_WARNING },
	{ "changed", "4d7a2c9e5b8f4f16a0c3e6d1b9f07e84", LOG_NOTICE },
	/* those without a place; the others are losses */
	{ "data-lost", "6bba4a1579e22c01443453490c12d5d2", LOG_CRIT },
	{ "metadata", "4edbfe8dd4d853a5c28e6ee6293303f3", LOG_CRIT },
	{ "buffered-write", "d65e569397b9aa96b2e7a9498a65bff8", LOG_CRIT },
	{ "shutdown", "3c8e5a0b7f1d49d2a6b4e9c0d7f3a1e7", LOG_CRIT },
	{ "degraded", "7b1e4d9c0a6f4f38c2d5a8e3b9f0c6d8", LOG_WARNING },
	{ "test", "a6d0f3c8b2e94a17d5c1b7e0f8a4d2e9", LOG_NOTICE },
	{ "ledger-corrupt", "d1c7b5a3e9f04e26b8d4a0c6f2e8b1fa", LOG_CRIT },
	/* all others: reads and writes that failed */
	{ "", "2e9a7c4f1b8d4d05e3f6c0a9b7d1e5fb", LOG_WARNING },
};

static const struct meaning *meaning_of(const char *name)
{
	const struct meaning *meaning = meanings;

	while (*meaning->name && strcmp(meaning->name, name))
		meaning++;
	return meaning;
}

static int copy_loss(void *arg, const struct ledger_loss *loss)
{
	struct words *words = arg;

	words->loss = *loss;
	words->has_loss = true;
	if (!loss->path)
		return 0;
	words->loss.path = strdup(loss->path);
	return words->loss.path ? 0 : -ENOMEM;
}

static char *loss_text(const struct words *words)
{
	const struct ledger_loss *loss = &words->loss;
	char *subject = loss_subject(loss), *text, *sb, word[FSERROR_WORD_MAX];
	int len = -1;

	sb = text_escape(loss->sb_id);
	if (subject && sb)
		len = asprintf(&text,
			       "%s: loss %" PRId64 ": %" PRIu64
			       " bytes of %s at %" PRIu64 ", %s on %s%s%s%s%s",
			       words->name, loss->id, loss->end - loss->start,
			       subject, loss->start, loss->fstype, sb,
			       loss->cause ? ", " : "",
			       loss->cause ?
				       fserror_cause_name(loss->cause, word) :
				       "",
			       loss->state == LEDGER_CLOSED ? ", " : "",
			       loss->state == LEDGER_CLOSED ?
				       ledger_why_name(loss->why) :
				       "");
	free(subject);
	free(sb);
	return len < 0 ? NULL : text;
}

static char *other_text(const struct words *words,
			const struct ledger_news *news)
{
	const char *rest = news->text ? strchr(news->text, ' ') : NULL;
	char *text;
	int len;

	if (news->type == LEDGER_NEWS_CHANGED)
		len = asprintf(
			&text,
			"changed: %" PRIu64
			" changes of losses that are not told one by one, none of them a loss of data: see fswatch-err list --known --closed",
			news->count);
	else if (news->type == LEDGER_NEWS_MORE)
		len = asprintf(
			&text,
			"more: %" PRIu64
			" changes of losses that are not told one by one: see fswatch-err list --known",
			news->count);
	else
		len = asprintf(&text, "%s%s%s", words->name, rest ? ":" : "",
			       rest ? rest : "");
	return len < 0 ? NULL : text;
}

static void name_news(struct words *words, const struct ledger_news *news)
{
	const char *name = ledger_news_name(news->type);
	size_t len;

	if (news->type == LEDGER_NEWS_EVENT && news->text)
		name = news->text;
	if (!name)
		return;
	len = strcspn(name, " ");
	if (len >= sizeof(words->name))
		len = sizeof(words->name) - 1;
	memcpy(words->name, name, len);
}

/* a bad range that no file has is nothing to get up for */
static void name_unowned(struct words *words, const struct ledger_news *news)
{
	if ((news->type == LEDGER_NEWS_OPENED ||
	     news->type == LEDGER_NEWS_GROWN) &&
	    words->has_loss && ledger_is_unowned(&words->loss))
		snprintf(words->name, sizeof(words->name), "unowned");
}

int words_make(struct words *words, struct ledger *ledger,
	       const struct ledger_news *news)
{
	const struct ledger_query query = { .closed = true, .id = news->loss };
	const struct meaning *meaning;
	int err;

	memset(words, 0, sizeof(*words));
	name_news(words, news);
	if (news->loss) {
		err = ledger_each(ledger, &query, copy_loss, words);
		if (err) {
			words_free(words);
			return err;
		}
	}
	name_unowned(words, news);
	meaning = meaning_of(words->name);
	words->id = meaning->id;
	words->priority = meaning->priority;
	words->text = words->has_loss ? loss_text(words) :
					other_text(words, news);
	if (words->text)
		return 0;
	words_free(words);
	return -ENOMEM;
}

void words_free(struct words *words)
{
	free(words->text);
	free((char *)words->loss.path);
	words->text = NULL;
	words->loss.path = NULL;
}

const char *words_severity(int priority)
{
	return priority <= LOG_ERR     ? "critical" :
	       priority == LOG_WARNING ? "warning" :
					 "notice";
}

void words_json(struct json *json, const struct words *words,
		const struct ledger_news *news)
{
	const char *rest = news->text ? strchr(news->text, ' ') : NULL;

	json_open_object(json, NULL);
	json_put_u64(json, "id", news->id);
	json_put_string(json, "news", words->name);
	loss_json_time(json, "time", news->time);
	json_put_string(json, "text", words->text);
	json_put_string(json, "severity", words_severity(words->priority));
	if (news->type == LEDGER_NEWS_MORE || news->type == LEDGER_NEWS_CHANGED)
		json_put_u64(json, "count", news->count);
	if (words->has_loss) {
		json_open_object(json, "loss");
		loss_json(json, &words->loss);
		json_close_object(json);
	}
	if (rest)
		json_put_json(json, "event", rest + 1);
	json_close_object(json);
}
