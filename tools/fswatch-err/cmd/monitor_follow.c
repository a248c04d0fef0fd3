// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events in their order, and what is done when some did not arrive.
 *
 * Who falls behind says so once, asks for what is missing not more often than once a
 * second, and lists the damage once when that is at its end, not once for each hole.
 */
#include "monitor.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "dump.h"
#include "proof.h"
#include "text.h"

#define ASK_MS \
	1000 /* between two questions for what is missing, or what is bad */
#define QUIET_MS 10000 /* after which it is said again */

/* the present damage */

struct listing {
	struct monitor *m;
	struct fserror_record *v; /* MONITOR_BATCH of them */
	const struct fserror_record **recs;
	size_t nr;
	int stopped; /* what ended the log, and was said */
};

static int print_listed(struct listing *listing)
{
	size_t i;
	int err;

	for (i = 0; i < listing->nr; i++)
		listing->recs[i] = &listing->v[i];
	err = monitor_print_records(listing->m, listing->recs, listing->nr,
				    false);
	listing->nr = 0;
	return err;
}

static int list_record(void *arg, const struct fserror_record *rec)
{
	struct listing *listing = arg;

	listing->v[listing->nr++] = *rec;
	return listing->nr == MONITOR_BATCH ? print_listed(listing) : 0;
}

static int print_damage(struct monitor *m, struct sync_info *sync)
{
	struct listing listing = { .m = m };
	struct dump_state state = { 0 };
	int err;

	listing.v = calloc(MONITOR_BATCH, sizeof(*listing.v));
	listing.recs = calloc(MONITOR_BATCH, sizeof(*listing.recs));
	if (!listing.v || !listing.recs) {
		err = monitor_no_memory();
		goto free_listing;
	}
	err = dump_each(m->client, &m->options.select, &state, list_record,
			&listing);
	if (!err)
		err = print_listed(&listing);
	dump_say_missing(&state);
	m->as_of = state.as_of;
	m->listed = now_ms();
	m->list_at = 0;
	sync->dumped = true;
	sync->damaged = state.records;
	sync->incomplete = !dump_complete(&state) || m->unseen;

free_listing:
	free(listing.recs);
	free(listing.v);
	return err;
}

/* the sync event, after the present damage if @damage */
static int synchronise(struct monitor *m, enum sync_reason reason,
		       uint32_t group, bool damage)
{
	struct sync_info sync = { .reason = reason, .group = group };
	const struct line line = { .sync = &sync };
	int err;

	if (damage) {
		err = print_damage(m, &sync);
		if (err)
			return err;
	}
	sync.boot_id = fserror_client_boot_id(m->client);
	sync.seq = fserror_client_last_seq(m->client, group);
	sync.now = now_ns();
	return monitor_print_line(m, &line);
}

/*
 * What of the selection cannot be seen. Reads that failed are not of that: they are
 * events, those of before are in the log.
 */
static int say_unseen(struct monitor *m)
{
	struct proof proof = { 0 };
	int err;

	err = proof_load(&proof, m->client, &m->options.select, false);
	if (err)
		return err;
	proof_say(&proof);
	m->unseen = proof.nr;
	proof_free(&proof);
	return 0;
}

int monitor_start(struct monitor *m)
{
	int err = say_unseen(m);

	if (err)
		return err;
	return synchronise(m, SYNC_START, FSERROR_GROUP_DAMAGE,
			   m->options.initial);
}

/* what the kernel still has */

static int log_record(void *arg, const struct fserror_record *rec)
{
	struct listing *listing = arg;

	listing->m->follow[listing->m->options.group].logged = rec->seq;
	if (wanted_record(&listing->m->wanted, rec))
		listing->stopped = list_record(listing, rec);
	return listing->stopped;
}

static int log_lost(void *arg, uint64_t first, uint64_t last)
{
	struct listing *listing = arg;
	struct monitor *m = listing->m;
	const struct lost_info lost = {
		.group = m->options.group,
		.boot_id = fserror_client_boot_id(m->client),
		.first = first,
		.last = last,
		.now = now_ns(),
	};
	const struct line line = { .lost = &lost };

	/* from the beginning is all that there is: nobody has missed the rest */
	if (!m->options.since)
		return 0;
	m->lost = true;
	listing->stopped = monitor_print_line(m, &line);
	return listing->stopped;
}

int monitor_start_log(struct monitor *m)
{
	static const struct fserror_events_visitor visitor = {
		.lost = log_lost,
		.record = log_record,
	};
	const struct fserror_position position = {
		.group = m->options.group,
		.since = m->options.since,
		.boot_id = fserror_client_boot_id(m->client),
	};
	struct listing listing = { .m = m };
	int err = 0;

	/* what has happened to filesystems that are gone may be asked for */
	if (m->options.follow)
		err = say_unseen(m);
	if (err)
		return err;
	listing.v = calloc(MONITOR_BATCH, sizeof(*listing.v));
	listing.recs = calloc(MONITOR_BATCH, sizeof(*listing.recs));
	if (!listing.v || !listing.recs) {
		err = monitor_no_memory();
		goto free_listing;
	}
	err = fserror_events_each(m->client, &position, &visitor, &listing);
	if (listing.stopped)
		goto free_listing;
	if (err == -ERANGE)
		warnx("there is no event %" PRIu64 " yet", position.since);
	else if (err && err != -EINTR)
		cmd_failed(m->client, err);
	if (!err)
		err = print_listed(&listing);

free_listing:
	free(listing.recs);
	free(listing.v);
	return err;
}

/* what did not arrive */

static int recover(struct monitor *m, uint32_t group)
{
	struct follow *follow = &m->follow[group];
	int err;

	follow->ask_at = 0;
	follow->asked = now_ms();
	err = fserror_client_recover(m->client, group);
	if (err && err != -EINTR)
		cmd_failed(m->client, err);
	return err;
}

static int handle_missed(struct monitor *m, const struct fserror_event *event)
{
	struct follow *follow = &m->follow[event->group];
	const struct missed_info missed = {
		.group = event->group,
		.overrun = event->overrun,
		.seq = fserror_client_last_seq(m->client, event->group),
		.now = now_ns(),
	};
	const struct line line = { .missed = &missed };
	const uint64_t now = now_ms(), before = follow->missed;
	int err = 0;

	follow->behind = true;
	follow->missed = now;
	if (!before || now - before >= QUIET_MS) {
		/* JSON has no event for this, nor has a table: sync ends it */
		if (m->options.table.json || table_wanted(&m->options.table))
			warnx("%s, asking for all events after %" PRIu64,
			      text_missed_reason(missed.overrun), missed.seq);
		else
			err = monitor_print_line(m, &line);
	}
	if (err)
		return err;
	if (follow->asked && now - follow->asked < ASK_MS) {
		follow->ask_at = follow->asked + ASK_MS;
		return 0;
	}
	return recover(m, event->group);
}

static void handle_lost(struct monitor *m, const struct fserror_event *event)
{
	struct follow *follow = &m->follow[event->group];

	m->lost = true;
	if (!follow->lost_last)
		follow->lost_first = event->first;
	follow->lost_last = event->last;
}

/* say what is lost, and list the damage if it was of that; once for all holes */
static int settle(struct monitor *m, uint32_t group)
{
	struct follow *follow = &m->follow[group];
	const struct lost_info lost = {
		.group = group,
		.boot_id = fserror_client_boot_id(m->client),
		.first = follow->lost_first,
		.last = follow->lost_last,
		.now = now_ns(),
	};
	const struct line line = { .lost = &lost };
	int err, end;

	follow->lost_last = 0;
	err = monitor_print_line(m, &line);
	if (err)
		return err;
	end = monitor_count(m);
	err = synchronise(m, SYNC_LOST, group, group == FSERROR_GROUP_DAMAGE);
	return err ? err : end;
}

static int handle_other(struct monitor *m, const struct fserror_event *event)
{
	struct follow *follow = &m->follow[event->group];

	switch (event->type) {
	case FSERROR_EVENT_MISSED:
		return handle_missed(m, event);
	case FSERROR_EVENT_LOST:
		handle_lost(m, event);
		return 0;
	case FSERROR_EVENT_RECOVERED:
		if (!follow->behind)
			return 0;
		follow->behind = false;
		return follow->lost_last ? settle(m, event->group) :
					   synchronise(m, SYNC_RECOVERED,
						       event->group, false);
	case FSERROR_EVENT_RECORD:
		break;
	}
	return 0;
}

/* what is to be done when nothing more has arrived; @more: now there may be more */
static int do_rest(struct monitor *m, bool *more)
{
	struct follow *follow;
	uint32_t group;
	int err = 0;

	for (group = 1; !err && group <= FSERROR_GROUP_MAX; group++) {
		follow = &m->follow[group];
		if (follow->ask_at && now_ms() >= follow->ask_at)
			err = recover(m, group);
		else if (follow->lost_last && !follow->behind)
			err = settle(m, group);
		else
			continue;
		*more = true;
	}
	if (!err && m->list_at && now_ms() >= m->list_at) {
		err = synchronise(m, SYNC_UNKNOWN, FSERROR_GROUP_DAMAGE, true);
		*more = true;
	}
	return err;
}

uint64_t monitor_due(const struct monitor *m)
{
	uint64_t due = m->list_at, at;
	uint32_t group;

	for (group = 1; group <= FSERROR_GROUP_MAX; group++) {
		at = m->follow[group].ask_at;
		if (at && (!due || at < due))
			due = at;
	}
	return due;
}

static void free_batch(struct fserror_event **batch, size_t nr)
{
	while (nr)
		fserror_event_free(batch[--nr]);
}

/* was it told by the list of damage, or by the log, already? */
static bool was_listed(const struct monitor *m,
		       const struct fserror_event *event)
{
	return event->group == FSERROR_GROUP_DAMAGE &&
	       event->record.seq <= m->as_of &&
	       fserror_record_in_dump(&event->record);
}

/* what a later kernel says may be of damage: then it is to be listed */
static void see_kind(struct monitor *m, const struct fserror_event *event)
{
	const uint64_t now = now_ms(), next = m->listed + ASK_MS;

	if (event->group == FSERROR_GROUP_DAMAGE && !m->options.log &&
	    event->record.kind > FSERROR_KIND_MAX &&
	    event->record.seq > m->as_of && !m->list_at)
		m->list_at = m->listed && next > now ? next : now;
}

/*
 * Records up to @room, and what comes then if it is none, in @other. Returns what
 * fserror_client_next() did at last.
 */
static int gather(struct monitor *m, struct fserror_event **batch, size_t room,
		  size_t *nr, struct fserror_event **other)
{
	struct fserror_event *event;
	int more = 1;

	*nr = 0;
	*other = NULL;
	m->arrived = false;
	while (*nr < room) {
		more = fserror_client_next(m->client, &event);
		if (more <= 0)
			break;
		if (event->type != FSERROR_EVENT_RECORD) {
			*other = event;
			break;
		}
		see_kind(m, event);
		if (was_listed(m, event))
			fserror_event_free(event);
		else
			batch[(*nr)++] = event;
	}
	return more;
}

/* events beyond the count shall not cost a search for names */
static size_t room_for(const struct monitor *m)
{
	if (m->options.has_count &&
	    m->options.count - m->counted < MONITOR_BATCH)
		return m->options.count - m->counted;
	return MONITOR_BATCH;
}

/*
 * Records in batches, names looked up together. Anything else ends a batch and is
 * handled after it.
 */
static int print_batch(struct monitor *m, struct fserror_event **batch,
		       const struct fserror_record **recs, bool *more)
{
	struct fserror_event *other;
	size_t nr, i;
	int rc, err = 0;

	rc = gather(m, batch, room_for(m), &nr, &other);
	*more = rc > 0;
	if (rc < 0) {
		cmd_failed(m->client, rc);
		err = rc;
	}
	for (i = 0; i < nr; i++)
		recs[i] = &batch[i]->record;
	if (nr && !err)
		err = monitor_print_records(m, recs, nr, true);
	if (!err && other)
		err = handle_other(m, other);
	fserror_event_free(other);
	free_batch(batch, nr);
	return err ? err : monitor_print_names(m);
}

int monitor_print_events(struct monitor *m)
{
	const struct fserror_record **recs =
		calloc(MONITOR_BATCH, sizeof(*recs));
	struct fserror_event **batch = calloc(MONITOR_BATCH, sizeof(*batch));
	bool more = true;
	int err = 0;

	if (!recs || !batch)
		err = monitor_no_memory();
	/*
	 * While a batch waited for its names, or for the reader, more may have
	 * been taken out of the sockets: no later wait would wake up for that.
	 */
	while (!err && (more || m->arrived)) {
		err = print_batch(m, batch, recs, &more);
		if (!err && !more)
			err = do_rest(m, &more);
	}
	free(batch);
	free(recs);
	return err;
}
