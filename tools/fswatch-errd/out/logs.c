// SPDX-License-Identifier: GPL-2.0-only
#include "logs.h"

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "words.h"

#define AT_ONCE 64
#define EVERY_MS 1000
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

int logs_open(struct logs *logs, const struct conf *conf)
{
	*logs = (struct logs){ .conf = conf, .stop = -1 };
	return ledger_open(&logs->ledger, conf->ledger, LEDGER_CHANGE);
}

/* fields of an entry, as the journal wants them */
struct entry {
	struct iovec v[24];
	int nr;
};

static void __attribute__((format(printf, 2, 3)))
put(struct entry *entry, const char *fmt, ...)
{
	struct iovec *v = &entry->v[entry->nr];
	char *text;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0 || entry->nr == sizeof(entry->v) / sizeof(*v)) {
		if (len >= 0)
			free(text);
		return;
	}
	*v = (struct iovec){ text, len };
	entry->nr++;
}

static void put_loss(struct entry *entry, const struct ledger_loss *loss)
{
	char word[FSERROR_WORD_MAX];
	const uint8_t *u = loss->uuid;

	put(entry, "FSERROR_LOSS=%" PRId64, loss->id);
	put(entry, "FSERROR_KIND=%s", fserror_kind_name(loss->kind, word));
	if (loss->cause)
		put(entry, "FSERROR_CAUSE=%s",
		    fserror_cause_name(loss->cause, word));
	put(entry, "FSERROR_FSTYPE=%s", loss->fstype);
	if (loss->has_uuid)
		put(entry,
		    "FSERROR_UUID=%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		    u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9],
		    u[10], u[11], u[12], u[13], u[14], u[15]);
	if (loss->has_ino)
		put(entry, "FSERROR_INODE=%" PRIu64, loss->ino);
	if (loss->path)
		put(entry, "FSERROR_PATH=%s", loss->path);
	put(entry, "FSERROR_OFFSET=%" PRIu64, loss->start);
	put(entry, "FSERROR_LENGTH=%" PRIu64, loss->end - loss->start);
	put(entry, "FSERROR_STATE=%s", ledger_state_name(loss->state));
	put(entry, "FSERROR_WHY=%s", ledger_why_name(loss->why));
}

static int to_journal(const struct words *words, const struct ledger_news *news)
{
	struct entry entry = { .nr = 0 };
	int rc;

	put(&entry, "MESSAGE=%s", words->text);
	put(&entry, "MESSAGE_ID=%s", words->id);
	put(&entry, "PRIORITY=%d", words->priority);
	put(&entry, "SYSLOG_IDENTIFIER=fswatch-errd");
	put(&entry, "FSERROR_NEWS=%s", words->name);
	put(&entry, "FSERROR_NEWS_ID=%" PRId64, news->id);
	put(&entry, "FSERROR_NEWS_TIME=%" PRIu64, news->time);
	put(&entry, "FSERROR_SEVERITY=%s", words_severity(words->priority));
	if (words->has_loss)
		put_loss(&entry, &words->loss);
	rc = entry.nr < 8 ? -ENOMEM : sd_journal_sendv(entry.v, entry.nr);
	while (entry.nr)
		free(entry.v[--entry.nr].iov_base);
	return rc;
}

/* a line has no fields: what makes the news one of its kind is at its end */
static int to_syslog(const struct words *words, const struct ledger_news *news)
{
	syslog(words->priority, "%s [news %" PRId64 "/%" PRIu64 "]",
	       words->text, news->id, news->time);
	return 0;
}

struct telling {
	struct ledger *ledger;
	int (*tell)(const struct words *words, const struct ledger_news *news);
	int64_t last;
	unsigned int nr;
};

static int tell(void *arg, const struct ledger_news *news)
{
	struct telling *telling = arg;
	struct words words;
	int err = words_make(&words, telling->ledger, news);

	if (err)
		return err;
	err = telling->tell(&words, news);
	words_free(&words);
	if (err)
		return err;
	telling->last = news->id;
	telling->nr++;
	return 0;
}

static int tell_all(struct logs *logs, const char *who,
		    int (*how)(const struct words *words,
			       const struct ledger_news *news))
{
	struct telling telling = { .ledger = logs->ledger, .tell = how };
	uint64_t gone;
	int64_t last;
	int err, saved;

	err = ledger_told(logs->ledger, who, &last, &gone);
	if (err)
		return err;
	if (gone)
		syslog(LOG_ERR, "%" PRIu64 " news are too old to be told",
		       gone);
	do {
		telling.nr = 0;
		telling.last = last;
		err = ledger_news_each(logs->ledger, last, AT_ONCE, tell,
				       &telling);
		saved = telling.last == last ?
				0 :
				ledger_set_told(logs->ledger, who,
						telling.last);
		last = telling.last;
	} while (!err && !saved && telling.nr == AT_ONCE);
	return err ? err : saved;
}

/* @what is done for each that is to be told */
static int for_each_log(struct logs *logs,
			int (*what)(struct logs *logs, const char *who,
				    int (*how)(const struct words *words,
					       const struct ledger_news *news)))
{
	const bool journal = logs->conf->journal &&
			     !access(JOURNAL_SOCKET, W_OK);
	int err = 0;

	if (journal)
		err = what(logs, "journal", to_journal);
	if (!err && (logs->conf->syslog || (logs->conf->journal && !journal)))
		err = what(logs, "syslog", to_syslog);
	return err;
}

static int remember(struct logs *logs, const char *who,
		    int (*how)(const struct words *words,
			       const struct ledger_news *news))
{
	uint64_t gone;
	int64_t last;

	(void)how;
	return ledger_told(logs->ledger, who, &last, &gone);
}

int logs_register(struct logs *logs)
{
	return for_each_log(logs, remember);
}

int logs_tell(struct logs *logs)
{
	return for_each_log(logs, tell_all);
}

static void *run(void *arg)
{
	struct logs *logs = arg;
	struct pollfd stop = { .fd = logs->stop, .events = POLLIN };

	do {
		if (logs_tell(logs))
			poll(&stop, 1, 10 * EVERY_MS);
	} while (poll(&stop, 1, EVERY_MS) == 0);
	return NULL;
}

int logs_start(struct logs *logs)
{
	logs->stop = eventfd(0, EFD_CLOEXEC);
	if (logs->stop < 0)
		return -errno;
	return -pthread_create(&logs->thread, NULL, run, logs);
}

void logs_stop(struct logs *logs)
{
	const uint64_t one = 1;

	if (write(logs->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(logs->thread, NULL);
}

void logs_close(struct logs *logs)
{
	ledger_close(logs->ledger);
	if (logs->stop >= 0)
		close(logs->stop);
}
