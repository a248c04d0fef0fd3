// SPDX-License-Identifier: GPL-2.0-only
#include "listing.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "supervise.h"

int listing_open(struct listing *listing, uint64_t timeout)
{
	int err;

	memset(listing, 0, sizeof(*listing));
	listing->wakeup =
		(struct wakeup){ .fd = -1, .signals = -1, .timer = -1 };
	err = fserror_client_open(&listing->client);
	if (err)
		return cmd_failed(listing->client, err);
	if (wakeup_open(&listing->wakeup, timeout)) {
		warn("cannot watch for signals");
		return CMD_ERROR;
	}
	supervise_limit(timeout);
	fserror_client_set_wakeup(listing->client, listing->wakeup.fd);
	return CMD_OK;
}

void listing_close(struct listing *listing)
{
	missing_free(&listing->missing);
	wakeup_close(&listing->wakeup);
	fserror_client_close(listing->client);
}

static bool is_over(const struct listing *listing)
{
	return listing->missing.interrupted || listing->missing.timed_out;
}

/* a signal came, or the time is over */
static void see_end(struct listing *listing)
{
	if (wakeup_by_signal(&listing->wakeup))
		listing->missing.interrupted = true;
	else
		listing->missing.timed_out = true;
}

/* until all names are there, or nobody waits for them any more */
static int await_names(struct listing *listing)
{
	struct pollfd fds[2] = {
		{ .fd = pending_fd(&listing->pending), .events = POLLIN },
		{ .fd = listing->wakeup.fd, .events = POLLIN },
	};
	int err;

	while (listing->pending.unnamed && !is_over(listing)) {
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (fds[1].revents)
			see_end(listing);
		err = pending_look(&listing->pending, true);
		if (err)
			return err;
	}
	return 0;
}

/* the records are chosen already: what is below a path, only names tell */
static enum select_answer answer_for(const struct listing *listing,
				     const struct view *view)
{
	return listing->wanted.places.paths.nr ?
		       wanted_view(&listing->wanted, view) :
		       SELECT_YES;
}

/* drop the views that are not wanted, count what cannot be said */
static void choose(struct listing *listing, struct views *views)
{
	size_t i, nr = 0;

	for (i = 0; i < views->nr; i++) {
		switch (answer_for(listing, &views->v[i])) {
		case SELECT_NO:
			continue;
		case SELECT_UNKNOWN:
			listing->missing.unplaced++;
			continue;
		case SELECT_YES:
			break;
		}
		views->v[nr] = views->v[i];
		missing_count(&listing->missing, &views->v[nr], listing->names);
		nr++;
	}
	views->nr = nr;
}

/* what is known of the files already; is there any of which nothing is? */
static bool recall(struct listing *listing, struct views *views)
{
	const struct path_result *paths;
	bool any = false;
	size_t i;

	if (listing->known.nr == KNOWN_NAMES_MAX)
		known_names_free(&listing->known);
	for (i = 0; i < views->nr; i++) {
		if (!paths_possible(views->v[i].rec))
			continue;
		paths = known_names_get(&listing->known, views->v[i].rec);
		view_set_paths(&views->v[i], paths);
		any |= !paths;
	}
	return any;
}

static int remember(struct listing *listing, const struct views *views)
{
	const struct view *view;
	size_t i;
	int err = 0;

	for (i = 0; i < views->nr && !err; i++) {
		view = &views->v[i];
		if (view->paths && view->paths->state != PATH_PENDING)
			err = known_names_put(&listing->known, view->rec,
					      view->paths);
	}
	return err;
}

static int name(struct listing *listing, struct views *views)
{
	bool any;
	int err;

	if (!listing->names)
		return 0;
	any = recall(listing, views);
	/* also if it is over: then they are said to be pending */
	err = pending_hold(&listing->pending, views);
	if (!err)
		err = await_names(listing);
	pending_release(&listing->pending);
	if (!err && any)
		err = remember(listing, views);
	return err ? err : views_look_again(views);
}

static int drop_answer(void *arg, const struct view *view,
		       const struct ask *ask)
{
	(void)arg;
	(void)view;
	(void)ask;
	return 0;
}

static int no_names(int err)
{
	warnx("cannot look up mounts and names: %s", strerror(-err));
	return err;
}

static int tell_batch(struct listing *listing)
{
	const struct fserror_record *recs[LISTING_BATCH];
	const struct mounts *mounts;
	struct views views;
	size_t i;
	int err;

	if (!listing->nr)
		return 0;
	for (i = 0; i < listing->nr; i++)
		recs[i] = &listing->recs[i];
	mounts = mount_cache_get(&listing->mounts);
	if (!mounts)
		return no_names(-errno);
	err = views_make_unnamed(&views, mounts, recs, listing->nr,
				 fserror_client_boot_id(listing->client));
	listing->nr = 0;
	if (!err) {
		err = name(listing, &views);
		if (err)
			views_free(&views);
	}
	if (err)
		return no_names(err);
	choose(listing, &views);
	listing->any |= views.nr;
	err = views.nr ? listing->batch(listing->arg, &views) : 0;
	if (err && err != -ECANCELED)
		warnx("%s", strerror(-err));
	views_free(&views);
	/* the views had what the answers have */
	pending_tell(&listing->pending, drop_answer, NULL);
	return err;
}

static int take_record(void *arg, const struct fserror_record *rec)
{
	struct listing *listing = arg;

	listing->recs[listing->nr++] = *rec;
	return listing->nr == LISTING_BATCH ? tell_batch(listing) : 0;
}

static int ask(struct listing *listing, struct select *select)
{
	struct missing *missing = &listing->missing;
	int err;

	err = dump_each(listing->client, select, &missing->state, take_record,
			listing);
	if (err == -EINTR) {
		see_end(listing);
		missing->cut = true;
		err = 0;
	}
	if (!err)
		err = tell_batch(listing);
	if (err || missing->cut)
		return err;
	err = proof_load(&missing->proof, listing->client, select,
			 !listing->any);
	if (err == -EINTR) {
		see_end(listing);
		missing->cut = true;
		err = 0;
	}
	return err;
}

/* for the boot id */
static int ask_boot(struct listing *listing)
{
	struct fserror_stat *stat;
	int err = fserror_client_stat(listing->client, &stat);

	if (!err)
		fserror_stat_free(stat);
	return err;
}

int listing_run(struct listing *listing, struct select *select, bool names,
		int (*batch)(void *arg, const struct views *views), void *arg)
{
	int err;

	listing->names = names || select->paths.nr;
	listing->batch = batch;
	listing->arg = arg;
	wanted_init(&listing->wanted, select);
	err = ask_boot(listing);
	if (err == -EINTR) {
		see_end(listing);
		listing->missing.cut = true;
		return CMD_OK;
	}
	if (err)
		return cmd_failed(listing->client, err);
	listing->recs = calloc(LISTING_BATCH, sizeof(*listing->recs));
	/* after the signals are blocked, so that no thread gets them */
	err = listing->recs ? 0 : -ENOMEM;
	if (!err && listing->names)
		err = pending_open(&listing->pending, true);
	if (err) {
		warnx("cannot look up names: %s", strerror(-err));
	} else {
		err = ask(listing, select);
		if (listing->names)
			pending_close(&listing->pending);
	}
	mount_cache_free(&listing->mounts);
	known_names_free(&listing->known);
	free(listing->recs);
	listing->recs = NULL;
	return err ? CMD_ERROR : CMD_OK;
}
