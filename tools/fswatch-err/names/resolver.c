// SPDX-License-Identifier: GPL-2.0-only
#include "resolver.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "gathered.h"
#include "mount_cache.h"
#include "mounts.h"

#define STOP_SECONDS 1 /* that a thread may take to notice the end */
#define CHUNK 256 /* inodes that are answered together by the quick thread */

/* milliseconds: how long a mount is waited for, and how often it is looked for */
#define MOUNT_WAIT 10000
#define MOUNT_SOON 2000 /* until then it is likely to come */
#define MOUNT_OFTEN 50
#define MOUNT_SELDOM 1000

/* one of the threads */
struct stage {
	struct resolver *resolver;
	bool quick;
	pthread_t thread;
	bool started;
	pthread_cond_t asked;
	struct gathered in;
	struct gathered absent; /* not mounted yet; only the quick thread's */
	struct mount_cache mounts;
};

struct resolver {
	pthread_mutex_t lock; /* for all that follows, but the descriptor */
	struct stage quick, search;
	struct answers *done, **done_end;
	bool stop;
	int error; /* why a thread could not go on */
	uint64_t next_id;
	bool progress;
	int fd;
};

/* answering, in the threads */

static int tick(void *arg)
{
	struct resolver *resolver = arg;
	bool stop;

	pthread_mutex_lock(&resolver->lock);
	stop = resolver->stop;
	pthread_mutex_unlock(&resolver->lock);
	return stop ? -EINTR : 0;
}

/* the main thread is to look; an eventfd takes this without waiting */
static void wake(const struct resolver *resolver)
{
	const uint64_t one = 1;

	while (write(resolver->fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void fail(struct resolver *resolver, int err)
{
	pthread_mutex_lock(&resolver->lock);
	resolver->error = err;
	pthread_mutex_unlock(&resolver->lock);
	wake(resolver);
}

static uint64_t now_in_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* is it likely to be told in the middle of mount(2)? Not if it is only listed. */
static bool is_of_new_mount(const struct fserror_record *rec)
{
	return rec->flags & FSERROR_RECORD_FLAG_REPLAY &&
	       fserror_has(rec, FSERROR_A_RECORD_SEQ);
}

/* keep those that may be mounted soon: they are pending until then */
static int keep_absent(struct stage *stage, struct answers *answers)
{
	struct answer *answer, *absent;
	size_t i, j;

	for (i = 0; i < answers->nr; i++) {
		answer = answers->v[i];
		if (answer->paths->state != PATH_UNMOUNTED || answer->absent ||
		    !is_of_new_mount(&answer->rec))
			continue;
		absent = gathered_inode(&stage->absent, &answer->rec);
		if (!absent)
			return -ENOMEM;
		if (!absent->absent)
			absent->absent = now_in_ms();
		for (j = 0; j < answer->nr_asks; j++) {
			if (gathered_ask(absent, &answer->asks[j]))
				return -ENOMEM;
		}
		answer->absent = absent->absent;
		answers->batch.results[answers->batch.of[i]].state =
			PATH_PENDING;
	}
	return 0;
}

/*
 * Give the main thread these answers, and let the other thread search for what
 * is pending, in one step: else its answer could come first.
 */
static int hand_over(struct stage *stage, struct answers *answers)
{
	struct resolver *resolver = stage->resolver;
	const struct answer *answer;
	size_t i;
	int err = 0;

	pthread_mutex_lock(&resolver->lock);
	for (i = 0; i < answers->nr && !err; i++) {
		answer = answers->v[i];
		if (answer->paths->state == PATH_PENDING)
			err = gathered_asks(&resolver->search.in, &answer->rec,
					    answer->asks, answer->nr_asks);
	}
	if (!err && stage->quick)
		err = keep_absent(stage, answers);
	*resolver->done_end = answers;
	resolver->done_end = &answers->next;
	pthread_cond_signal(&resolver->search.asked);
	pthread_mutex_unlock(&resolver->lock);
	wake(resolver);
	return err;
}

/* find the names for @answers, which has all but these */
static int look_up(struct stage *stage, struct answers *answers)
{
	const struct path_hooks hooks = {
		.tick = tick,
		.arg = stage->resolver,
		.quick = stage->quick,
		.progress = stage->resolver->progress,
	};
	const struct fserror_record **recs;
	const struct mounts *mounts;
	size_t i;
	int err;

	recs = calloc(answers->nr, sizeof(*recs));
	if (!recs)
		return -ENOMEM;
	for (i = 0; i < answers->nr; i++)
		recs[i] = &answers->v[i]->rec;
	/* what was mounted meanwhile counts */
	mounts = mount_cache_get(&stage->mounts);
	if (!mounts) {
		err = -errno;
		goto free_recs;
	}
	err = paths_resolve(mounts, recs, answers->nr, &hooks, &answers->batch);
	for (i = 0; i < answers->nr && !err; i++)
		answers->v[i]->paths = path_batch_get(&answers->batch, i);

free_recs:
	free(recs);
	return err;
}

/* takes the @nr inodes of @v, and gives the answers for them */
static int answer_some(struct stage *stage, struct answer **v, size_t nr)
{
	struct answers *answers = calloc(1, sizeof(*answers));
	size_t i;
	int err;

	if (answers)
		answers->v = calloc(nr, sizeof(struct answer *));
	if (!answers || !answers->v) {
		for (i = 0; i < nr; i++)
			answer_free(v[i]);
		free(answers);
		return -ENOMEM;
	}
	memcpy(answers->v, v, nr * sizeof(*v));
	answers->nr = nr;
	err = look_up(stage, answers);
	if (err) {
		answers_free(answers);
		return err;
	}
	return hand_over(stage, answers);
}

/* all of @work, which is taken */
static int answer_all(struct stage *stage, struct gathered *work)
{
	size_t at, nr;
	int err = 0;

	gathered_forget_tree(work);
	for (at = 0; at < work->nr && !err; at += nr) {
		nr = work->nr - at;
		if (stage->quick && nr > CHUNK)
			nr = CHUNK;
		err = answer_some(stage, work->v + at, nr);
	}
	/* what was answered is not ours any more */
	while (work->nr > at)
		answer_free(work->v[--work->nr]);
	free(work->v);
	return err;
}

/* is @answer to be given, because its mount is there, or will not come? */
static bool waited_enough(const struct mounts *mounts,
			  const struct answer *answer, uint64_t now)
{
	size_t count;

	mounts_of(mounts, makedev(answer->rec.major, answer->rec.minor),
		  &count);
	return count || now - answer->absent >= MOUNT_WAIT;
}

/* look for the mounts that are waited for */
static int look_for_mounts(struct stage *stage)
{
	struct gathered absent = stage->absent, ready = { 0 };
	const uint64_t now = now_in_ms();
	const struct mounts *mounts;
	struct answer *answer;
	int err = 0;

	if (!absent.nr)
		return 0;
	mounts = mount_cache_get(&stage->mounts);
	if (!mounts)
		return -errno;
	memset(&stage->absent, 0, sizeof(stage->absent));
	gathered_forget_tree(&absent);
	while (absent.nr && !err) {
		answer = absent.v[--absent.nr];
		if (!gathered_put(waited_enough(mounts, answer, now) ?
					  &ready :
					  &stage->absent,
				  answer))
			err = -ENOMEM;
	}
	gathered_free(&absent);
	if (err)
		gathered_free(&ready);
	else
		err = answer_all(stage, &ready);
	return err;
}

/* when the mounts are to be looked for again */
static struct timespec next_look(const struct gathered *absent)
{
	const uint64_t now = now_in_ms();
	uint64_t at = now + MOUNT_SELDOM;
	size_t i;

	for (i = 0; i < absent->nr; i++) {
		if (now - absent->v[i]->absent < MOUNT_SOON)
			at = now + MOUNT_OFTEN;
	}
	return (struct timespec){ .tv_sec = (time_t)(at / 1000),
				  .tv_nsec = (long)(at % 1000) * 1000000 };
}

/* wait for something to do; false: the end */
static bool take_asked(struct stage *stage, struct gathered *work)
{
	struct resolver *resolver = stage->resolver;
	const struct timespec until = next_look(&stage->absent);
	bool stop;
	int rc = 0;

	pthread_mutex_lock(&resolver->lock);
	while (!resolver->stop && !stage->in.nr && !rc) {
		if (stage->absent.nr)
			rc = pthread_cond_timedwait(&stage->asked,
						    &resolver->lock, &until);
		else
			pthread_cond_wait(&stage->asked, &resolver->lock);
	}
	stop = resolver->stop;
	if (!stop) {
		*work = stage->in;
		memset(&stage->in, 0, sizeof(stage->in));
	}
	pthread_mutex_unlock(&resolver->lock);
	return !stop;
}

static void *run(void *arg)
{
	struct stage *stage = arg;
	struct gathered work;
	int err = 0;

	while (!err && take_asked(stage, &work)) {
		err = answer_all(stage, &work);
		if (!err)
			err = look_for_mounts(stage);
	}
	if (err)
		fail(stage->resolver, err);
	return NULL;
}

/* for the main thread */

static int start_stage(struct stage *stage, struct resolver *resolver,
		       bool quick)
{
	pthread_condattr_t attr;
	int err;

	stage->resolver = resolver;
	stage->quick = quick;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&stage->asked, &attr);
	pthread_condattr_destroy(&attr);
	err = pthread_create(&stage->thread, NULL, run, stage);
	stage->started = !err;
	return -err;
}

int resolver_start(struct resolver **out, bool progress)
{
	struct resolver *resolver = calloc(1, sizeof(*resolver));
	int err;

	*out = NULL;
	if (!resolver)
		return -ENOMEM;
	resolver->progress = progress;
	resolver->done_end = &resolver->done;
	pthread_mutex_init(&resolver->lock, NULL);
	resolver->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = resolver->fd < 0 ? -errno : 0;
	if (!err)
		err = start_stage(&resolver->quick, resolver, true);
	if (!err)
		err = start_stage(&resolver->search, resolver, false);
	if (err) {
		resolver_stop(resolver);
		return err;
	}
	*out = resolver;
	return 0;
}

/* is the thread at its end? Else it is left alone. */
static bool join_stage(const struct stage *stage, const struct timespec *until)
{
	if (!stage->started ||
	    !pthread_timedjoin_np(stage->thread, NULL, until))
		return true;
	pthread_detach(stage->thread);
	return false;
}

static void free_stage(struct stage *stage)
{
	if (!stage->resolver)
		return;
	pthread_cond_destroy(&stage->asked);
	gathered_free(&stage->in);
	gathered_free(&stage->absent);
	mount_cache_free(&stage->mounts);
}

void resolver_stop(struct resolver *resolver)
{
	struct answers *answers;
	struct timespec until;
	bool quick, search;

	if (!resolver)
		return;
	pthread_mutex_lock(&resolver->lock);
	resolver->stop = true;
	pthread_cond_signal(&resolver->quick.asked);
	pthread_cond_signal(&resolver->search.asked);
	pthread_mutex_unlock(&resolver->lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_SECONDS;
	quick = join_stage(&resolver->quick, &until);
	search = join_stage(&resolver->search, &until);
	if (!quick || !search)
		return;
	free_stage(&resolver->quick);
	free_stage(&resolver->search);
	while ((answers = resolver->done)) {
		resolver->done = answers->next;
		answers_free(answers);
	}
	if (resolver->fd >= 0)
		close(resolver->fd);
	pthread_mutex_destroy(&resolver->lock);
	free(resolver);
}

int resolver_fd(const struct resolver *resolver)
{
	return resolver->fd;
}

int resolver_ask(struct resolver *resolver,
		 const struct fserror_record *const *recs, size_t nr,
		 uint64_t *first)
{
	struct ask ask;
	size_t i;
	int err = 0;

	*first = resolver->next_id;
	resolver->next_id += nr;
	pthread_mutex_lock(&resolver->lock);
	for (i = 0; i < nr && !err; i++) {
		if (!recs[i] || !paths_possible(recs[i]))
			continue;
		ask = (struct ask){ .id = *first + i,
				    .seq = recs[i]->seq,
				    .group =
					    fserror_kind_group(recs[i]->kind) };
		err = gathered_asks(&resolver->quick.in, recs[i], &ask, 1);
	}
	pthread_cond_signal(&resolver->quick.asked);
	pthread_mutex_unlock(&resolver->lock);
	return err;
}

int resolver_take(struct resolver *resolver, struct answers **answers)
{
	uint64_t count;
	int err;

	/* before the look, else what comes in between would wake nobody */
	while (read(resolver->fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&resolver->lock);
	*answers = resolver->done;
	resolver->done = NULL;
	resolver->done_end = &resolver->done;
	err = resolver->error;
	pthread_mutex_unlock(&resolver->lock);
	return err;
}

void answers_free(struct answers *answers)
{
	size_t i;

	for (i = 0; i < answers->nr; i++)
		answer_free(answers->v[i]);
	free(answers->v);
	path_batch_free(&answers->batch);
	free(answers);
}
