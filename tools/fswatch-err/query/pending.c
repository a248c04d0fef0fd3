// SPDX-License-Identifier: GPL-2.0-only
#include "pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define USED UINT64_MAX /* id of a question that needs not be told any more */

static const struct path_result no_answer = { .state = PATH_PENDING };

int pending_open(struct pending *pending, bool progress)
{
	memset(pending, 0, sizeof(*pending));
	pending->end = &pending->taken;
	return resolver_start(&pending->resolver, progress);
}

void pending_close(struct pending *pending)
{
	struct answers *answers;

	resolver_stop(pending->resolver);
	while ((answers = pending->taken)) {
		pending->taken = answers->next;
		answers_free(answers);
	}
}

int pending_fd(const struct pending *pending)
{
	return resolver_fd(pending->resolver);
}

int pending_hold(struct pending *pending, struct views *views)
{
	const struct fserror_record **recs;
	size_t i;
	int err;

	recs = calloc(views->nr + 1, sizeof(*recs));
	if (!recs)
		return -ENOMEM;
	pending->unanswered = 0;
	for (i = 0; i < views->nr; i++) {
		if (views->v[i].paths || !paths_possible(views->v[i].rec))
			continue;
		recs[i] = views->v[i].rec;
		views->v[i].paths = &no_answer;
		pending->unanswered++;
	}
	pending->unnamed = pending->unanswered;
	pending->open += pending->unanswered;
	pending->held = views->v;
	pending->nr_held = views->nr;
	err = resolver_ask(pending->resolver, recs, views->nr, &pending->first);
	free(recs);
	return err;
}

static void give(struct pending *pending, const struct answer *answer,
		 struct ask *ask)
{
	struct view *view;

	if (answer->paths->state != PATH_PENDING)
		pending->open--;
	if (!pending->held || ask->id < pending->first ||
	    ask->id - pending->first >= pending->nr_held)
		return;
	view = &pending->held[ask->id - pending->first];
	if (view->paths == &no_answer)
		pending->unanswered--;
	view_set_paths(view, answer->paths);
	if (answer->paths->state != PATH_PENDING) {
		pending->unnamed--;
		ask->id = USED;
	}
}

static int take(struct pending *pending)
{
	struct answers *answers;
	int err;

	err = resolver_take(pending->resolver, &answers);
	if (!answers)
		return err;
	*pending->end = answers;
	if (!pending->fresh)
		pending->fresh = answers;
	while (*pending->end)
		pending->end = &(*pending->end)->next;
	return err;
}

int pending_look(struct pending *pending, bool named)
{
	struct answers *answers;
	size_t i, j;
	int err;

	err = take(pending);
	if (err)
		return err;
	/* one by one: what nobody waits for any more is to be told as news */
	while ((answers = pending->fresh)) {
		if (pending->held && !pending->unanswered && !named)
			return 0;
		pending->fresh = answers->next;
		for (i = 0; i < answers->nr; i++) {
			for (j = 0; j < answers->v[i]->nr_asks; j++)
				give(pending, answers->v[i],
				     &answers->v[i]->asks[j]);
		}
	}
	return 0;
}

void pending_release(struct pending *pending)
{
	pending->held = NULL;
	pending->nr_held = 0;
}

/* what was damaged before the start is told once for each inode */
static int tell_answer(const struct answer *answer,
		       int (*tell)(void *arg, const struct view *view,
				   const struct ask *ask),
		       void *arg)
{
	const struct view view = { .rec = &answer->rec,
				   .paths = answer->paths };
	bool told = false;
	size_t i;
	int err;

	if (answer->paths->state == PATH_PENDING)
		return 0;
	for (i = 0; i < answer->nr_asks; i++) {
		const struct ask *ask = &answer->asks[i];

		if (ask->id == USED || (!ask->seq && told))
			continue;
		told |= !ask->seq;
		err = tell(arg, &view, ask);
		if (err)
			return err;
	}
	return 0;
}

int pending_tell(struct pending *pending,
		 int (*tell)(void *arg, const struct view *view,
			     const struct ask *ask),
		 void *arg)
{
	struct answers *answers;
	size_t i;
	int err = 0;

	while (!err && (answers = pending->taken)) {
		for (i = 0; i < answers->nr && !err; i++)
			err = tell_answer(answers->v[i], tell, arg);
		pending->taken = answers->next;
		if (!pending->taken)
			pending->end = &pending->taken;
		answers_free(answers);
	}
	return err;
}
