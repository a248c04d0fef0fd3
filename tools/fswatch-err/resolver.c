// SPDX-License-Identifier: GPL-2.0-only
#include "resolver.h"

#include <errno.h>
#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "mounts.h"

#define STOP_SECONDS 2 /* that a thread may take to notice the end */
#define CHUNK 256 /* inodes that are answered together by the quick thread */

/* inodes that are asked for, each once */
struct gathered {
	struct answer **v;
	size_t nr, room;
	void *tree; /* of tsearch(3), the same by inode */
};

/* one of the threads */
struct stage {
	struct resolver *resolver;
	bool quick;
	pthread_t thread;
	bool started;
	pthread_cond_t asked;
	struct gathered in;
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

/* gathering */

static int compare_answers(const void *pa, const void *pb)
{
	const struct answer *a = pa, *b = pb;

	return paths_compare(&a->rec, &b->rec);
}

static void answer_free(struct answer *answer)
{
	if (answer)
		free(answer->asks);
	free(answer);
}

static void no_free(void *node)
{
	(void)node;
}

/* forget the tree, not what it leads to */
static void forget_tree(struct gathered *gathered)
{
	tdestroy(gathered->tree, no_free);
	gathered->tree = NULL;
}

static void gathered_free(struct gathered *gathered)
{
	forget_tree(gathered);
	while (gathered->nr)
		answer_free(gathered->v[--gathered->nr]);
	free(gathered->v);
	memset(gathered, 0, sizeof(*gathered));
}

/* room for one more of @size bytes in what has @nr of @room; 0 or -ENOMEM */
static int make_room(void *array, size_t nr, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 4;
	void *bigger;

	if (nr < *room)
		return 0;
	bigger = reallocarray(*(void **)array, more, size);
	if (!bigger)
		return -ENOMEM;
	*(void **)array = bigger;
	*room = more;
	return 0;
}

/* the answer that is to be given for the inode of @rec, or NULL */
static struct answer *gather_inode(struct gathered *gathered,
				   const struct fserror_record *rec)
{
	struct answer *answer = calloc(1, sizeof(*answer)), **found;

	if (!answer || make_room(&gathered->v, gathered->nr, &gathered->room,
				 sizeof(struct answer *)))
		goto free_answer;
	answer->rec = *rec;
	found = tsearch(answer, &gathered->tree, compare_answers);
	if (!found)
		goto free_answer;
	if (*found != answer) {
		free(answer);
		return *found;
	}
	gathered->v[gathered->nr++] = answer;
	return answer;

free_answer:
	free(answer);
	return NULL;
}

static int add_ask(struct answer *answer, const struct ask *ask)
{
	if (make_room(&answer->asks, answer->nr_asks, &answer->room,
		      sizeof(*answer->asks)))
		return -ENOMEM;
	answer->asks[answer->nr_asks++] = *ask;
	return 0;
}

static int gather(struct gathered *gathered, const struct fserror_record *rec,
		  const struct ask *asks, size_t nr)
{
	struct answer *answer = gather_inode(gathered, rec);
	size_t i;
	int err = answer ? 0 : -ENOMEM;

	for (i = 0; i < nr && !err; i++)
		err = add_ask(answer, &asks[i]);
	return err;
}

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

/*
 * Give the main thread these answers, and let the other thread search for what
 * is pending, in one step: else its answer could come first.
 */
static int hand_over(struct resolver *resolver, struct answers *answers)
{
	const struct answer *answer;
	size_t i;
	int err = 0;

	pthread_mutex_lock(&resolver->lock);
	for (i = 0; i < answers->nr && !err; i++) {
		answer = answers->v[i];
		if (answer->paths->state == PATH_PENDING)
			err = gather(&resolver->search.in, &answer->rec,
				     answer->asks, answer->nr_asks);
	}
	*resolver->done_end = answers;
	resolver->done_end = &answers->next;
	pthread_cond_signal(&resolver->search.asked);
	pthread_mutex_unlock(&resolver->lock);
	wake(resolver);
	return err;
}

/* find the names for @answers, which has all but these */
static int look_up(const struct stage *stage, struct answers *answers)
{
	const struct path_hooks hooks = {
		.tick = tick,
		.arg = stage->resolver,
		.quick = stage->quick,
		.progress = stage->resolver->progress,
	};
	const struct fserror_record **recs;
	struct mounts *mounts;
	size_t i;
	int err;

	recs = calloc(answers->nr, sizeof(*recs));
	if (!recs)
		return -ENOMEM;
	for (i = 0; i < answers->nr; i++)
		recs[i] = &answers->v[i]->rec;
	/* anew each time: what was mounted meanwhile counts */
	mounts = mounts_load();
	if (!mounts) {
		err = -errno;
		goto free_recs;
	}
	err = paths_resolve(mounts, recs, answers->nr, &hooks, &answers->batch);
	for (i = 0; i < answers->nr && !err; i++)
		answers->v[i]->paths = path_batch_get(&answers->batch, i);
	mounts_free(mounts);

free_recs:
	free(recs);
	return err;
}

/* takes the @nr inodes of @v, and gives the answers for them */
static int answer_some(const struct stage *stage, struct answer **v, size_t nr)
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
	return hand_over(stage->resolver, answers);
}

/* wait for something to do; false: the end */
static bool take_asked(struct stage *stage, struct gathered *work)
{
	struct resolver *resolver = stage->resolver;
	bool stop;

	pthread_mutex_lock(&resolver->lock);
	while (!resolver->stop && !stage->in.nr)
		pthread_cond_wait(&stage->asked, &resolver->lock);
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
	size_t at, nr;
	int err = 0;

	while (!err && take_asked(stage, &work)) {
		forget_tree(&work);
		for (at = 0; at < work.nr && !err; at += nr) {
			nr = work.nr - at;
			if (stage->quick && nr > CHUNK)
				nr = CHUNK;
			err = answer_some(stage, work.v + at, nr);
		}
		/* what was answered is not ours any more */
		while (work.nr > at)
			answer_free(work.v[--work.nr]);
		free(work.v);
	}
	if (err)
		fail(stage->resolver, err);
	return NULL;
}

/* for the main thread */

static int start_stage(struct stage *stage, struct resolver *resolver,
		       bool quick)
{
	int err;

	stage->resolver = resolver;
	stage->quick = quick;
	pthread_cond_init(&stage->asked, NULL);
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

static bool join_stage(const struct stage *stage, const struct timespec *until)
{
	return !stage->started ||
	       !pthread_timedjoin_np(stage->thread, NULL, until);
}

static void free_stage(struct stage *stage)
{
	if (!stage->resolver)
		return;
	pthread_cond_destroy(&stage->asked);
	gathered_free(&stage->in);
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
		if (!paths_possible(recs[i]))
			continue;
		ask = (struct ask){ .id = *first + i,
				    .seq = recs[i]->seq,
				    .group =
					    fserror_kind_group(recs[i]->kind) };
		err = gather(&resolver->quick.in, recs[i], &ask, 1);
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
